"""What students get wrong is told in a sentence that names it; what is right in another way is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seral_core.course import bias, fairness, listening, own_data, own_recordings, raters, scales, the_loop
from seral_core.course.answers import NotYet, predicted


def ranked(proba: Any, places: slice = slice(-2, None), axis: int = 1) -> Any:
    return np.diff(np.sort(proba, axis=axis)[:, places], axis=1)[:, 0]


def looping(asked: Callable[..., Any]) -> Callable[..., Any]:
    def loop(choose: Any) -> Any:
        labelled = list(range(20))
        while True:
            yield len(labelled), 0.5, list(labelled)
            left = np.setdiff1d(np.arange(300), labelled)
            labelled += list(asked(choose, np.full((len(left), 2), 0.5), left))

    return loop


def half(quantile: float = 3.1824, ddof: int = 1) -> Callable[[Any], Any]:
    def interval(values: Any) -> Any:
        reach = quantile * np.std(values, ddof=ddof) / 2
        return np.mean(values), np.mean(values) - reach, np.mean(values) + reach

    return interval


def numbered(speakers: Any, n: int) -> Any:
    return np.unique(speakers, return_inverse=True)[1]


WRONG = [
    (the_loop.margin, lambda p, left, r: None, "returns nothing yet"),
    (the_loop.margin, lambda p, left, r: np.argsort(ranked(p)), "places in `left`"),
    (the_loop.margin, lambda p, left, r: left[np.argsort(-ranked(p))], "turn the order round"),
    (the_loop.margin, lambda p, left, r: left[np.argsort(p.max(axis=1))], "second likeliest"),
    (the_loop.margin, lambda p, left, r: left[np.argsort(ranked(p, slice(0, 2)))], "two *least* likely"),
    (the_loop.margin, lambda p, left, r: left, "order in which the clips came"),
    (the_loop.margin, lambda p, left, r: left[np.argmin(ranked(p))], "Return all of `left`"),
    (the_loop.margin, lambda p, left, r: undefined, "stopped with NameError"),  # type: ignore[name-defined]  # noqa: F821
    (the_loop.loop, looping(lambda choose, p, left: ...), "three dots left"),
    (the_loop.loop, looping(lambda choose, p, left: left[:10]), "never asks `choose`"),
    (the_loop.loop, looping(lambda choose, p, left: choose(p, left, 0)), "ask for ten at a time"),
    (the_loop.loop, looping(lambda choose, p, left: choose(p, left, 0)[-10:]), "puts first"),
    (the_loop.loop, looping(lambda choose, p, left: choose(p[:10], left[:10], 0)), "all clips that are left"),
    (the_loop.loop, looping(lambda choose, p, left: choose(left, p, 0)[:10]), "probabilities first"),
    (bias.shares, lambda labels, classes: [list(labels).count(one) for one in classes], "These are counts"),
    (
        bias.shares,
        lambda labels, classes: [labels.count(one) / 4 for one in classes],
        "compared with a value one by one",
    ),
    (bias.shares, lambda labels, classes: 0.75, "Return a list"),
    (bias.shares, lambda labels, classes: np.unique(labels, return_counts=True)[1] / 4, "has share 0"),
    (bias.chance_to_miss, lambda share, n: share**n, "all labels are of the class"),
    (bias.chance_to_miss, lambda share, n: 1 - (1 - share) ** n, "chance to meet"),
    (bias.chance_to_miss, lambda share, n: 1 - share * n, "probability .75"),
    (fairness.parts, lambda speakers, n: np.arange(len(speakers)) % n, "that is the leak"),
    (fairness.parts, numbered, "the parts are 0, 1 and 2"),
    (fairness.parts, lambda speakers, n: np.minimum(numbered(speakers, n), 2), "parts of 2"),
    (fairness.interval, half(1.96), "1.96 standard errors"),
    (fairness.interval, half(ddof=0), "ddof=1"),
    (fairness.interval, half(2 * 3.1824), "square root of the number"),
    (fairness.interval, half(2.3534), "90 % interval"),
    (fairness.interval, half(-3.1824), "lower one first"),
    (fairness.grouped, lambda gains: half(2.2 / np.sqrt(3))(gains["gain"]), "counts 12 runs"),
    (fairness.grouped, lambda gains: gains.groupby("part")["gain"].mean(), "what `interval` returns"),
    (listening.agreement, lambda one, other: sum(a == b for a, b in zip(one, other, strict=True)), "number of clips"),
    (listening.agreement, lambda one, other: one == other, "compares the whole"),
    (raters.majority, lambda votes: max(votes, key=votes.count), "it is a tie"),
    (raters.majority, lambda votes: None, "returns nothing"),
    (scales.informative, lambda p: abs(p - 0.5), "change the sign"),
    (scales.informative, lambda p: p - 0.5, "absolute value"),
    (scales.needed, lambda spent, scores, level: spent[int(np.argmax(np.array(scores) > level))], "reaching is enough"),
    (scales.needed, lambda spent, scores, level: spent[int(np.argmax(np.array(scores) >= level))], "return np.nan"),
    (own_recordings.half_width, lambda share, n: (share * (1 - share) / n) ** 0.5, "standard error"),
    (own_recordings.half_width, lambda share, n: 3.92 * (share * (1 - share) / n) ** 0.5, "whole width"),
    (own_recordings.clips_needed, lambda half: 0.25 * (1.96 / half) ** 2, "round up"),
    (own_data.pipeline, ..., "not filled in"),
    (own_data.pipeline, 3, "scikit-learn estimator"),
    (own_data.strategy, lambda view, n, rng: np.arange(n), "breaks what the loop needs"),
]


@pytest.mark.parametrize(("check", "answer", "said"), WRONG)
def test_what_is_wrong_is_named(check: Callable[[Any], Any], answer: Any, said: str) -> None:
    with pytest.raises(NotYet) as found:
        check(answer)
    assert said in str(found.value)


def test_what_is_right_in_another_way_is_right() -> None:
    the_loop.margin(lambda p, left, r: [int(clip) for _, clip in sorted(zip(ranked(p), left, strict=True))])
    bias.shares(lambda labels, classes: [np.mean(labels == one) for one in classes])
    bias.shares(lambda labels, classes: pd.Series(labels).value_counts(normalize=True).reindex(classes, fill_value=0))
    fairness.parts(lambda speakers, n: [int(speaker) % n for speaker in speakers])
    fairness.grouped(lambda gains: half()(gains.groupby(gains.part).gain.mean().to_numpy()))


def test_guesses_are_read_as_people_write_them() -> None:
    assert predicted(" c", ["A", "B", "C"]) == "C"
    for strange in (True, "0.5", 2, float("nan")):
        with pytest.raises(NotYet, match="a number from 0 to 1"):
            predicted(strange)
