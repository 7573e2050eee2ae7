"""Intervals count groups of clips: how often they hold the truth, what a group is, and when there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from seral_core.errors import BadPlan
from seral_core.scores.groups import ScoredOn, basis_text, group_values, half_width, p_values
from seral_core.scores.statistics import WHERE, aligned, difference
from tests.benchmarks import coverage


def frame(*runs: tuple[str, int, int, float], where: tuple[str, str, str] | None = None) -> pd.DataFrame:
    """Return flat curves: name, seed, fold and height of each."""
    rows = [(name, seed, fold, x, y) for name, seed, fold, y in runs for x in (20, 30)]
    found = pd.DataFrame(rows, columns=["curve", "seed", "fold", "spent", "value"])
    return found if where is None else found.assign(**dict(zip(WHERE, where, strict=True)))


def against_random(found: pd.DataFrame):
    curves = {curve.name: curve for curve in aligned(found)}
    return difference(curves["mine"], curves["random"])


def paired(*gaps: tuple[int, int, float], where: tuple[str, str, str] | None = None):
    """Return the difference where each run of mine lies so much above its pair."""
    both = [(name, seed, fold, 0.5 + (name == "mine") * gap) for seed, fold, gap in gaps for name in ("mine", "random")]
    return against_random(frame(*both, where=where))


@pytest.mark.parametrize("design", coverage.DESIGNS, ids=lambda design: design.name)
def test_without_a_true_difference_zero_lies_in_about_95_of_100_intervals(design: coverage.Design) -> None:
    over_runs, ours = coverage.coverage(design, 1000)
    assert coverage.RANGE[0] <= ours <= coverage.RANGE[1]
    assert over_runs < 0.9, "runs that share their test speakers are not independent"


@pytest.mark.parametrize("design", coverage.OVERLAPPING, ids=lambda design: design.name)
def test_where_parts_overlap_zero_lies_in_no_fewer_intervals(design: coverage.Design) -> None:
    over_runs, ours = coverage.coverage(design, 1000)
    assert over_runs < 0.7
    assert ours >= coverage.RANGE[0]


def test_one_paired_run_has_no_interval() -> None:
    gap = paired((0, 0, 0.012))
    assert gap is not None
    assert (gap.known, gap.up, gap.down) == (False, False, False)
    assert gap.text() == "+0.012 [no interval]"


def test_many_runs_on_one_test_part_have_no_interval_however_alike_they_are() -> None:
    gap = paired(*((seed, 0, 0.1 + seed / 1000) for seed in range(20)))
    assert (gap.pairs, gap.groups, gap.known) == (20, 1, False)
    assert "say nothing of other speakers" in basis_text(gap.groups)


def test_the_interval_is_students_over_the_means_of_test_parts() -> None:
    gaps = {(seed, fold): fold / 10 + seed / 7 for seed in range(3) for fold in range(4)}
    gap = paired(*((seed, fold, each) for (seed, fold), each in gaps.items()))
    means = [np.mean([gaps[seed, fold] for seed in range(3)]) for fold in range(4)]
    low, high = stats.t.interval(0.95, 3, loc=np.mean(means), scale=stats.sem(means))
    assert (gap.low, gap.high, gap.groups) == (pytest.approx(low), pytest.approx(high), 4)
    assert gap.p == pytest.approx(stats.ttest_1samp(means, 0).pvalue)


def test_more_seeds_alone_make_no_interval_narrower() -> None:
    once = paired(*((0, fold, fold / 10) for fold in range(5)))
    often = paired(*((seed, fold, fold / 10) for fold in range(5) for seed in range(10)))
    assert (often.low, often.high) == (pytest.approx(once.low), pytest.approx(once.high))


@pytest.mark.parametrize(
    ("split", "judge"), [("2 of 5", "held-out"), ("2 of 5", "whole-set"), ("speakers:5", "whole-set")]
)
def test_groups_of_parts_that_overlap_are_found_again(split: str, judge: str) -> None:
    effects, folds = np.array([0.1, -0.2, 0.3, 0.0, 0.5]), range(10 if split == "2 of 5" else 5)
    on = ScoredOn(split=split, judge=judge)
    members = on.groups_of(folds)
    scores = np.array([effects[row].mean() for row in members])
    np.testing.assert_allclose(group_values(scores, list(folds), on), effects, atol=1e-12)


@pytest.mark.parametrize(("split", "judge"), [("2 of 5", "held-out"), ("speakers:5", "whole-set")])
def test_overlapping_parts_of_which_some_are_missing_have_no_interval(split: str, judge: str) -> None:
    gap = paired(*((0, fold, fold / 10) for fold in range(4)), where=("a", split, judge))
    assert (gap.groups, gap.known) == (0, False)
    assert "run all test parts" in basis_text(gap.groups)


def test_runs_on_different_clips_are_never_paired() -> None:
    mine = frame(*(("mine", 0, fold, 0.6) for fold in range(3)), where=("emodb", "speakers:5", "held-out"))
    other = frame(*(("random", 0, fold, 0.5) for fold in range(3)), where=("ravdess", "speakers:5", "held-out"))
    assert against_random(pd.concat([mine, other])) is None
    with pytest.raises(BadPlan, match="column 'curve'"):
        aligned(pd.concat([mine, other]).assign(curve="both"))


def test_a_test_of_groups_is_scipys_on_every_side() -> None:
    values = np.random.default_rng(0).normal(0.3, 1, (5, 3))
    for side in ("two-sided", "greater", "less"):
        np.testing.assert_allclose(p_values(values, side), stats.ttest_1samp(values, 0, alternative=side).pvalue)
    assert np.isnan(half_width(values[:2])).all()
    assert np.isnan(p_values(values[:2])).all()
