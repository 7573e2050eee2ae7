"""K-means levels of traces and their reconstruction."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans

from seral_core.errors import BadLabel, BadPlan
from seral_core.scores.metrics import ccc, rmse
from seral_core.sequences.levels import Levels, averaged, reconstruction


def drift(frames: int = 3000, seed: int = 0) -> np.ndarray:
    """A trace that wanders, as arousal does."""
    steps = np.random.default_rng(seed).standard_normal(frames)
    return np.tanh(np.cumsum(steps) / np.sqrt(frames))


def test_levels_are_ascending_and_as_good_as_those_of_a_general_k_means() -> None:
    values = drift()
    levels = Levels.fit(values, 6, np.random.default_rng(0))
    assert (np.diff(levels.means) > 0).all()
    theirs = KMeans(6, n_init=10, random_state=0).fit(values[:, None])
    ours = ((values - levels.values(levels.classes(values))) ** 2).sum()
    assert ours <= theirs.inertia_ * 1.001


def test_the_mean_of_a_level_is_the_mean_of_the_values_that_belong_to_it() -> None:
    values = drift()
    levels = Levels.fit(values, 4, np.random.default_rng(1))
    classes = levels.classes(values)
    assert levels.means == pytest.approx([values[classes == level].mean() for level in range(4)])


def test_reconstruction_gains_with_every_level_more() -> None:
    table = reconstruction(np.append(drift(), np.nan))
    assert table["k"].tolist() == [4, 6, 8, 10]
    assert (np.diff(table["ccc"]) > 0).all()
    assert (np.diff(table["rmse"]) < 0).all()
    assert table["ccc"].between(0.9, 1).all()


def test_reconstruction_of_six_values_by_hand() -> None:
    # Levels 0, 3 and 9 (of 2, 2 and 2 values); every value is off by one half.
    values = np.array([-0.5, 0.5, 2.5, 3.5, 8.5, 9.5])
    (row,) = reconstruction(values, [3]).itertuples()
    assert row.rmse == pytest.approx(0.5)
    # Means agree; the variance within is .25, so CCC is 2 between / (between + within + between), with between 14.
    assert row.ccc == pytest.approx(2 * 14 / (2 * 14 + 0.25))


def test_the_same_rng_gives_the_same_levels() -> None:
    one, other = (Levels.fit(drift(), 8, np.random.default_rng(5)).means for _ in range(2))
    assert np.array_equal(one, other)


def test_frames_without_gold_have_no_level() -> None:
    levels = Levels.fit(np.array([np.nan, 0.0, 1.0, np.nan]), 2, np.random.default_rng(0))
    classes = levels.classes(np.array([np.nan, 0.1, 0.9]))
    assert classes.tolist() == [-1, 0, 1]
    assert np.array_equal(levels.values(classes), [np.nan, 0.0, 1.0], equal_nan=True)


@pytest.mark.parametrize("k", [0, 1, 4])
def test_more_levels_than_values_or_fewer_than_two_are_refused(k: int) -> None:
    with pytest.raises(BadPlan, match=f"got {k} levels for 3 different values"):
        Levels.fit(np.array([0.0, 0.0, 1.0, 2.0, np.nan]), k, np.random.default_rng(0))


def test_a_constant_trace_is_refused() -> None:
    with pytest.raises(BadPlan, match="1 different value"):
        Levels.fit(np.ones(100), 4, np.random.default_rng(0))


def test_numbers_that_are_no_level_are_refused() -> None:
    levels = Levels(np.array([0.0, 1.0]))
    for wrong in (2, -2):
        with pytest.raises(BadLabel, match=f"got level {wrong}; expected 0 to 1"):
            levels.values(np.array([0, wrong]))


def test_levels_that_are_not_ascending_are_refused() -> None:
    with pytest.raises(BadPlan, match="the lowest first"):
        Levels(np.array([1.0, 0.0]))


def test_several_heads_together_are_finer_than_the_finest_of_them() -> None:
    values, rng = drift(), np.random.default_rng(0)
    heads = [Levels.fit(values, k, rng) for k in (4, 6, 8, 10)]
    together = averaged(heads, [head.classes(values) for head in heads])
    coarse = heads[0].values(heads[0].classes(values))
    assert len(np.unique(together)) > 10
    assert ccc(values, together) > ccc(values, coarse)
    assert rmse(values, together) < rmse(values, coarse)
