"""Feature tables: rows are found by id, whatever their order and length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seral_core.errors import BadFeatures
from seral_core.features.table import FeatureTable

names = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=12, unique=True)


def sequence_table() -> FeatureTable:
    """Clips of 2, 0, 1 and 3 units; each unit holds its own number."""
    return FeatureTable(np.arange(6.0)[:, None], ("a", "b", "c", "d"), bounds=np.array([0, 2, 2, 3, 6]))


@given(names, st.randoms(use_true_random=False))
def test_rows_follow_their_ids_in_any_order(ids, random) -> None:
    table = FeatureTable(np.arange(float(len(ids)))[:, None], tuple(ids))
    shuffled = random.sample(ids, len(ids))
    chosen = table.only(shuffled)
    assert chosen.ids == tuple(shuffled)
    assert [ids[int(value)] for value in chosen.values[:, 0]] == shuffled
    assert chosen.only(ids).fingerprint == table.fingerprint


@given(names, st.data())
def test_take_keeps_each_rows_units_together(ids, data) -> None:
    lengths = data.draw(st.lists(st.integers(0, 4), min_size=len(ids), max_size=len(ids)))
    bounds = np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)
    owner = np.repeat(np.arange(len(ids)), lengths)
    table = FeatureTable(owner[:, None].astype(float), tuple(ids), bounds=bounds)
    rows = data.draw(st.permutations(range(len(ids))))
    taken = table.take(rows)
    for place, row in enumerate(rows):
        units = taken.values[taken.bounds[place] : taken.bounds[place + 1], 0]
        assert units.tolist() == [row] * lengths[row]


def test_taking_no_rows_gives_an_empty_table() -> None:
    empty = sequence_table().take([])
    assert len(empty) == 0
    assert empty.values.shape == (0, 1)


def test_an_unknown_id_is_named() -> None:
    with pytest.raises(BadFeatures, match=r"1 of 2 segments, first 'z'"):
        sequence_table().rows(["a", "z"])


def test_an_id_that_is_there_twice_is_named() -> None:
    with pytest.raises(BadFeatures, match="'a' has two rows"):
        FeatureTable(np.zeros((3, 1)), ("a", "b", "a")).rows(["b"])


def test_values_and_ids_must_agree_in_number() -> None:
    with pytest.raises(BadFeatures, match=r"shape \(2, 3\) with 1 ids"):
        FeatureTable(np.zeros((2, 3)), ("a",))


def test_names_and_columns_must_agree_in_number() -> None:
    with pytest.raises(BadFeatures, match="2 feature names for 3 columns"):
        FeatureTable(np.zeros((1, 3)), ("a",), names=("x", "y"))


def test_a_clip_with_one_bad_unit_is_left_out_and_named() -> None:
    table = sequence_table()
    table.values[4] = np.nan
    kept = table.finite()
    assert kept.ids == ("a", "c")
    assert kept.problems == (("b", "has no frames"), ("d", "features are not finite"))
    assert kept.values.ravel().tolist() == [0, 1, 2]


def test_a_finite_table_stays_the_same() -> None:
    table = sequence_table().take([0, 2, 3])
    assert table.finite() is table


def test_frames_are_pooled_by_their_mean_once() -> None:
    table = sequence_table().take([3, 0])
    assert table.pooled().values.ravel().tolist() == [4.0, 0.5]
    assert (table.pooled().ids, table.pooled().plain) == (("d", "a"), True)
    assert table.pooled() is table.pooled()
    with pytest.raises(BadFeatures, match="row 1 has no frames"):
        sequence_table().pooled()


@pytest.mark.parametrize("bounds", [[0, 2, 2, 3], [0, 2, 1, 3, 6], [1, 2, 2, 3, 6], [0.0, 2.0, 2.0, 3.0, 6.0]])
def test_bounds_that_do_not_fit_are_refused(bounds: list[int]) -> None:
    with pytest.raises(BadFeatures, match=r"rise from 0 to 6|with 4 ids"):
        FeatureTable(np.arange(6.0)[:, None], ("a", "b", "c", "d"), bounds=np.array(bounds))


def test_tables_with_other_bounds_are_not_equal() -> None:
    values, ids = np.arange(4.0)[:, None], ("a", "b")
    marks = {FeatureTable(values, ids, bounds=np.array(b)).fingerprint for b in ([0, 1, 4], [0, 2, 4])}
    assert len(marks) == 2


def test_equal_fingerprints_need_equal_ids_and_values() -> None:
    one = FeatureTable(np.eye(2), ("a", "b"))
    assert one.fingerprint == FeatureTable(np.eye(2), ("a", "b")).fingerprint
    assert one.fingerprint != FeatureTable(np.eye(2), ("a", "c")).fingerprint
    assert one.fingerprint != FeatureTable(2 * np.eye(2), ("a", "b")).fingerprint
