"""Normalisation: statistics come from where they may come from, and shrink where clips are few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seral_core.errors import BadFeatures
from seral_core.features.normalise import ALIKE, advise_normalisation, likeness, speaker_normalise, standardise
from seral_core.features.table import FeatureTable
from seral_core.types import Target

POOL = np.arange(40)


def two_speakers(n: int = 20, shift: float = 100.0) -> tuple[FeatureTable, list[str]]:
    """Speakers x and y with n clips each; y lies ``shift`` higher and spreads twice as much."""
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0, 1, (n, 3)), rng.normal(shift, 2, (n, 3))])
    return FeatureTable(values, tuple(f"{i}" for i in range(2 * n))), ["x"] * n + ["y"] * n


def test_speakers_come_to_lie_on_one_another() -> None:
    table, speakers = two_speakers()
    values = speaker_normalise(table, speakers, POOL, shrinkage=0).values
    for part in (values[:20], values[20:]):
        assert np.allclose(part.mean(axis=0), 0, atol=1e-5)
        assert np.allclose(part.std(axis=0), 1, atol=1e-5)


def test_mean_and_variance_shrink_by_n_over_n_plus_five() -> None:
    table, speakers = two_speakers()
    pool_mean, pool_var = table.values.mean(axis=0), table.values.var(axis=0)
    own = table.values[:20]
    share = 20 / 25
    mean = share * own.mean(axis=0) + (1 - share) * pool_mean
    std = np.sqrt(share * own.var(axis=0) + (1 - share) * pool_var)
    assert np.allclose(speaker_normalise(table, speakers, POOL).values[:20], (own - mean) / std, atol=1e-5)


def test_a_single_clip_of_a_speaker_is_mostly_judged_by_the_pool() -> None:
    table, speakers = two_speakers()
    speakers[0] = "lone"
    lone = speaker_normalise(table, speakers, POOL).values[0]
    by_pool = standardise(table, POOL).values[0]
    assert np.sign(lone).tolist() == np.sign(by_pool).tolist()
    assert (np.abs(lone) > 0.5 * np.abs(by_pool)).all()


def test_a_test_speaker_uses_its_own_clips_and_never_changes_the_pools_statistics() -> None:
    table, speakers = two_speakers()
    pool = np.arange(20)
    changed = FeatureTable(np.concatenate([table.values[:20], table.values[20:] * 3 + 7]), table.ids)
    before, after = (speaker_normalise(t, speakers, pool).values for t in (table, changed))
    assert np.array_equal(before[:20], after[:20])
    assert not np.allclose(before[20:], after[20:])
    share = 20 / 25
    own = table.values[20:]
    mean = share * own.mean(axis=0) + (1 - share) * table.values[:20].mean(axis=0)
    std = np.sqrt(share * own.var(axis=0) + (1 - share) * table.values[:20].var(axis=0))
    assert np.allclose(before[20:], (own - mean) / std, atol=1e-4)


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_clips_of_an_unknown_speaker_take_the_pools_statistics(missing) -> None:
    table, speakers = two_speakers()
    speakers[:20] = [missing] * 20
    expected = standardise(table, POOL).values[:20]
    assert np.allclose(speaker_normalise(table, speakers, POOL).values[:20], expected)


def test_units_of_a_sequence_belong_to_their_clips_speaker() -> None:
    values = np.array([[0.0], [2.0], [10.0], [14.0]])
    table = FeatureTable(values, ("a", "b"), bounds=np.array([0, 2, 4]))
    done = speaker_normalise(table, ["x", "y"], np.arange(2), shrinkage=0)
    assert done.values.ravel().tolist() == [-1, 1, -1, 1]
    assert done.bounds.tolist() == [0, 2, 4]


@pytest.mark.parametrize("constant", [0.0, 1e6, -3e-7])
def test_constant_features_become_zero(constant) -> None:
    table, speakers = two_speakers()
    table.values[:, 1] = constant
    for done in (standardise(table, POOL), speaker_normalise(table, speakers, POOL)):
        assert (done.values[:, 1] == 0).all()
        assert np.isfinite(done.values).all()


def test_a_feature_that_is_constant_for_one_speaker_stays_finite() -> None:
    table, speakers = two_speakers()
    table.values[20:, 0] = 5.0
    for shrinkage in (0.0, 5.0):
        assert np.isfinite(speaker_normalise(table, speakers, POOL, shrinkage=shrinkage).values).all()


def test_standardise_uses_the_pool_alone() -> None:
    table, _ = two_speakers()
    done = standardise(table, np.arange(20)).values
    assert np.allclose(done[:20].mean(axis=0), 0, atol=1e-5)
    assert np.allclose(done[:20].std(axis=0), 1, atol=1e-5)
    assert (done[20:].mean(axis=0) > 50).all()


def test_results_are_float32_with_the_same_ids_and_another_key() -> None:
    table, speakers = two_speakers()
    keyed = FeatureTable(table.values, table.ids, key="k")
    for done in (standardise(keyed, POOL), speaker_normalise(keyed, speakers, POOL)):
        assert done.values.dtype == np.float32
        assert done.ids == table.ids
        assert done.key not in ("", "k")


@given(st.permutations(range(40)))
def test_normalisation_does_not_depend_on_the_order_of_rows(order) -> None:
    table, speakers = two_speakers()
    plain = speaker_normalise(table, speakers, POOL)
    shuffled = speaker_normalise(table.take(order), [speakers[i] for i in order], POOL)
    assert np.allclose(shuffled.only(table.ids).values, plain.values, atol=1e-5)


def test_wrong_lengths_and_an_empty_pool_are_refused() -> None:
    table, speakers = two_speakers()
    with pytest.raises(BadFeatures, match="got 39 speakers for 40 rows"):
        speaker_normalise(table, speakers[1:], POOL)
    with pytest.raises(BadFeatures, match="got no rows"):
        standardise(table, np.arange(0))


@pytest.mark.parametrize(
    ("speakers", "advised", "part"),
    [
        (["a"] * 20 + ["b"] * 20, True, "each of the 2 speakers has at least 20 clips"),
        (["a"] * 20 + ["b"] * 19, False, "speaker 'b' has 19 clips only"),
        (["a"] * 20 + ["b"], False, "speaker 'b' has 1 clip only"),
        (["a"] * 40 + [None], False, "the speaker of 1 of 41 clips is not known"),
        ([None] * 40, False, "the speakers are not known"),
        ([], False, "the speakers are not known"),
    ],
)
def test_advice_is_on_only_where_every_speaker_has_enough_clips(speakers, advised, part) -> None:
    got, reason = advise_normalisation(speakers)
    assert got is advised
    assert part in reason


def test_labels_that_belong_to_speakers_forbid_normalising_them() -> None:
    speakers = [name for name in "abcdef" for _ in range(30)]
    emotion, arousal = Target("emotion", ("anger", "joy", "neutral")), Target("arousal")
    own, spread = np.repeat([0, 1, 2] * 2, 30), np.arange(180) % 3
    assert likeness(own, speakers, is_scale=False)[0] == pytest.approx(1)
    assert abs(likeness(spread, speakers, is_scale=False)[0]) < 0.05
    assert likeness(own.astype(float), speakers, is_scale=True)[0] == pytest.approx(1)
    mixed = np.where(np.random.default_rng(0).random(180) < 0.7, own, spread)
    for values, target, advised in (
        (spread, emotion, True), (own, emotion, False), (mixed, emotion, False), (own / 2, arousal, False),
        (spread / 2, arousal, True), (np.where(np.arange(180) % 30 < 1, own, -1), emotion, True),
        (np.where(np.arange(180) % 60 < 2, own, -1), emotion, True), (np.zeros(180, int), emotion, True),
        (np.full(180, np.nan), arousal, True),
    ):  # fmt: skip
        got, reason = advise_normalisation(speakers, {target: values})
        assert got is advised, (target.name, values, reason)
        assert advised or f"a speaker's clips have much the same {target.name}" in reason
    unknown = likeness(own[:150].astype(float), [*speakers[:149], None], is_scale=True)
    assert unknown == pytest.approx(likeness(own[:149].astype(float), speakers[:149], is_scale=True))


@pytest.mark.parametrize("shares", [(0.97, 0.03), (0.25, 0.25, 0.25, 0.25)], ids=["unequal classes", "equal classes"])
@pytest.mark.parametrize("is_scale", [True, False])
def test_likeness_is_seldom_seen_where_there_is_none(shares: tuple[float, ...], is_scale: bool) -> None:
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(100):
        values, owner = rng.choice(len(shares), 120, p=shares), rng.integers(24, size=120)
        speakers = [f"s{number}" for number in owner]
        found = [likeness(values[:n].astype(float), speakers[:n], is_scale=is_scale) for n in range(10, 121, 10)]
        alarms += any(alike - doubt > ALIKE for alike, doubt in found)
    assert alarms <= 3
