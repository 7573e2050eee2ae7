"""The outcome in one sentence: what it claims is what the curves and intervals say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seral_core.scores.headline import headline


def curves(gains: dict[str, float], *, parts: int = 5, noise: float = 0.0) -> pd.DataFrame:
    """Scores that rise with the labels, higher by a gain; ``noise`` differs between test parts."""
    rng, rows = np.random.default_rng(0), []
    for fold in range(parts):
        for name, gain in gains.items():
            off = noise * rng.normal()
            rows += [(name, 0, fold, x, 0.3 + x / 200 + gain + off) for x in (20, 40, 60, 80)]
    frame = pd.DataFrame(rows, columns=["curve", "seed", "fold", "spent", "value"])
    return frame.assign(corpus="a", split=f"speakers:{parts}", judge="held-out")


def test_a_clear_gain_is_told_in_labels() -> None:
    found = headline(curves({"random": 0.0, "margin": 0.1, "entropy": 0.05}))
    assert found is not None
    assert found.helps is True
    assert found.text.startswith("With 60 labels, margin does what random needs 80 for: 95 % interval 20 to 20 labels")


@pytest.mark.parametrize(
    ("gains", "parts", "noise", "helps", "says"),
    [
        ({"random": 0.0, "margin": 0.01}, 5, 0.1, False, "does not help here beyond chance"),
        ({"random": 0.1, "margin": 0.0}, 5, 0.001, False, "does worse than random"),
        ({"random": 0.0, "margin": 0.1}, 1, 0.0, None, "Too few test parts"),
    ],
)
def test_what_is_not_known_is_not_claimed(gains, parts, noise, helps, says) -> None:
    found = headline(curves(gains, parts=parts, noise=noise))
    assert found is not None
    assert (found.helps, says in found.text) == (helps, True), found.text


def test_low_errors_are_good_ones() -> None:
    frame = curves({"random": 0.1, "margin": 0.0})
    falling = frame.assign(value=1 - frame["value"] + 0.2 * (frame["curve"] == "random"))
    found = headline(falling, higher_is_better=False)
    assert found is not None
    assert found.helps


def test_nothing_is_said_without_a_baseline() -> None:
    assert headline(curves({"margin": 0.1})) is None
    assert headline(curves({"margin": 0.1}).iloc[:0]) is None
