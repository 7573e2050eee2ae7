"""The outcome of a comparison in one sentence, for people who see it for ten seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seral_core.scores.savings import Saving, saving
from seral_core.scores.spent import LISTENED, Spent, spent_in
from seral_core.scores.statistics import Curve, Difference, aligned, difference


@dataclass(frozen=True)
class Headline:
    """What a comparison found.

    Parameters
    ----------
    text : str
        A sentence or two.
    helps : bool or None
        Whether asking did better than the baseline beyond chance; None where that is not known.
    """

    text: str
    helps: bool | None


def headline(frame: pd.DataFrame, baseline: str = "random", *, higher_is_better: bool = True) -> Headline | None:
    """Say what the best strategy saves against a baseline, or that none can be told apart from it.

    Parameters
    ----------
    frame : DataFrame
        In long form, of one target and metric, with a column ``curve``, as `seral_core.scores.statistics.aligned`
        takes it.
    baseline : str
        The curve that others are held against.
    higher_is_better : bool
        Whether a high score is a good one.

    Returns
    -------
    Headline or None
        None where the baseline was not run, or no other curve has paired runs with it.

    Examples
    --------
    >>> rows = [(c, s, f, x, y + f / 100) for c, ys in (("margin", (0.4, 0.6, 0.7)), ("random", (0.4, 0.5, 0.6)))
    ...         for s in (0, 1) for f in range(5) for x, y in zip((20, 30, 40), ys)]
    >>> frame = pd.DataFrame(rows, columns=["curve", "seed", "fold", "spent", "value"])
    >>> print(headline(frame.assign(corpus="a", split="speakers:5", judge="held-out")).text)
    With 30 labels, margin does what random needs 40 for: 95 % interval 10 to 10 labels fewer.
    """
    curves = {curve.name: _upright(curve, higher_is_better) for curve in aligned(frame)} if len(frame) else {}
    if baseline not in curves:
        return None
    gaps = {name: difference(curve, curves[baseline]) for name, curve in curves.items() if name != baseline}
    known = {name: gap for name, gap in gaps.items() if gap is not None}
    if not known:
        return None
    best = max(known, key=lambda name: (known[name].up, known[name].mean))
    if known[best].up:
        saved = saving(curves[best], curves[baseline], np.random.default_rng(0))
        return Headline(_saved(best, baseline, saved, known[best], spent_in(frame)), True)
    if not any(gap.known for gap in known.values()):
        return Headline(f"Too few test parts to say whether asking helps: {_best(best, baseline, known[best])}.", None)
    worse = [name for name, gap in known.items() if gap.down]
    if worse and len(worse) == len(known):
        return Headline(f"Asking does worse than {baseline} here: {_best(best, baseline, known[best])}.", False)
    return Headline(f"Asking does not help here beyond chance: {_best(best, baseline, known[best])}.", False)


def _upright(curve: Curve, higher: bool) -> Curve:
    """Return a curve on which a high score is a good one."""
    return curve if higher else Curve(curve.name, curve.spent, -curve.values, curve.pairs, curve.on)


def _saved(name: str, baseline: str, saved: Saving, gap: Difference, spent: Spent) -> str:
    if not saved.reached or saved.labels >= saved.baseline_labels:
        return f"{name} does better than {baseline}: {gap.text()} on average over the curve."
    ours, theirs = spent.text(round(saved.labels)), spent.text(round(saved.baseline_labels))
    what = " labels" if spent.counted == "labels" else " of listening" if spent.unit == LISTENED else ""
    text = f"With {ours}{what}, {name} does what {baseline} needs {theirs} for"
    if not saved.known or not np.isfinite(saved.low):
        return f"{text}; over the curve {gap.text()}."
    low, high = (f"{share * saved.total / 100 / spent.per:.0f}" for share in (saved.low, saved.high))
    return f"{text}: 95 % interval {low} to {high} {spent.counted} fewer."


def _best(name: str, baseline: str, gap: Difference) -> str:
    return f"{name}, the best, differs from {baseline} by {gap.text()} on average"
