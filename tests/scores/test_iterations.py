"""Tests in every iteration, against scipy called once a point and Holm worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from seral_core.errors import BadPlan
from seral_core.scores.iterations import significance
from seral_core.scores.statistics import Curve

PAIRS = tuple((seed, fold) for seed in range(2) for fold in range(6))
SPENT = np.arange(20.0, 26.0)


def curve(name: str, height: float, seed: int) -> Curve:
    return Curve(name, SPENT, height + np.random.default_rng(seed).normal(size=(12, 6)), PAIRS)


def by_hand(p: list[float]) -> list[float]:
    order = np.argsort(p)
    out, highest = [0.0] * len(p), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[at]))
        out[at] = highest
    return out


@pytest.mark.parametrize("lower", [False, True])
def test_p_values_are_those_of_scipy_corrected_within_each_iteration(lower: bool) -> None:
    mine, others = curve("mine", 1.0, 0), [curve(str(i), i / 2, i + 1) for i in range(3)]
    found = significance(mine, others, lower_is_better=lower)
    sign = -1 if lower else 1
    for point in range(len(SPENT)):
        gaps = [sign * (mine.values[:, point] - other.values[:, point]) for other in others]
        for side, p in (("greater", found.better), ("less", found.worse)):
            means = [gap.reshape(2, 6).mean(axis=0) for gap in gaps]  # of both seeds of a test part
            expected = by_hand([float(ttest_1samp(each, 0, alternative=side).pvalue) for each in means])
            np.testing.assert_allclose(p[:, point], expected, atol=1e-9)


def test_runs_are_paired_by_seed_and_fold_and_not_by_place() -> None:
    mine, other = curve("mine", 1.0, 0), curve("other", 0.0, 1)
    turned = Curve("other", SPENT, other.values[::-1], other.pairs[::-1])
    np.testing.assert_allclose(significance(mine, [turned]).better, significance(mine, [other]).better)


def test_equal_curves_are_never_significant() -> None:
    mine = curve("mine", 1.0, 0)
    found = significance(mine, [mine, curve("other", 0.0, 1)])
    assert (found.better[0] == 1).all()
    assert (found.worse[0] == 1).all()
    assert found.share("mine") == (0.0, 0.0)


def test_curves_without_common_runs_are_refused() -> None:
    other = Curve("other", SPENT, np.zeros((1, 6)), ((9, 9),))
    with pytest.raises(BadPlan, match="same seeds and folds"):
        significance(curve("mine", 1.0, 0), [other])


def test_runs_on_two_test_parts_are_not_tested() -> None:
    pairs = tuple((seed, seed % 2) for seed in range(12))
    mine, other = (replace(curve(name, height, 0), pairs=pairs) for name, height in (("mine", 9.0), ("other", 0.0)))
    found = significance(mine, [other])
    assert (found.tested, found.share("other")) == (False, (0.0, 0.0))
    assert np.isnan(found.better).all()
