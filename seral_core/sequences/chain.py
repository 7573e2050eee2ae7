"""The chain after a regressor: median filter, centring, scaling and time shift, each kept where it helps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Self, TypeAlias, get_args

import numpy as np

from seral_core.errors import BadPlan
from seral_core.scores.metrics import ccc
from seral_core.sequences.scoring import paired, together
from seral_core.types import Floats

if TYPE_CHECKING:
    import pandas as pd

Name: TypeAlias = Literal["median", "centring", "scaling", "shift"]
#: Windows of the median filter that are tried, in seconds.
MEDIANS_S = tuple(round(0.4 * i, 1) for i in range(1, 51))
#: Shifts are tried from one frame (.04 s at 25 Hz) on, up to this, in seconds.
LONGEST_SHIFT_S = 10.0
#: By how much CCC must rise: less is rounding.
_LEAST = 1e-9


@dataclass(frozen=True)
class Step:
    """One step with its best setting, and what that brought on the development part.

    Parameters
    ----------
    name : {"median", "centring", "scaling", "shift"}
        What is done.
    setting : float
        Seconds of the filter's window or of the shift, what is added, or the factor.
    centre : float
        Of scaling: the value that stays where it is, the mean of the development part's predictions. Around 0, scaling
        would undo centring.
    before, after : float
        CCC of all frames of the development part together, without and with it.

    Examples
    --------
    >>> Step("scaling", 2.0, centre=1.0).apply(np.array([1.0, 1.5]), rate_hz=1.0)
    array([1., 2.])
    """

    name: Name
    setting: float
    centre: float = 0.0
    before: float = 0.0
    after: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether CCC rose."""
        return self.after > self.before + _LEAST

    def apply(self, values: Floats, rate_hz: float) -> Floats:
        """Return a trace after this step."""
        match self.name:
            case "median":
                return smoothed(values, self.setting, rate_hz)
            case "centring":
                return values + self.setting
            case "scaling":
                return self.centre + self.setting * (values - self.centre)
            case "shift":
                return delayed(values, self.setting, rate_hz)


@dataclass(frozen=True)
class Chain:
    """Steps after prediction, as in MixedEmotions D4.2, section 4.5.2, in this order.

    Parameters
    ----------
    rate_hz : float
        Frames per second.
    steps : tuple of Step
        All that were tried; those are applied that were kept.

    Examples
    --------
    >>> gold = [np.array([0.0, 1.0, 2.0, 1.0])]
    >>> chain = Chain.fit([gold[0] / 2], gold, rate_hz=1.0)
    >>> [(step.name, step.setting) for step in chain.steps if step.kept]
    [('centring', 0.5), ('scaling', 2.0)]
    >>> chain.apply([np.array([0.5, 1.0])])
    [array([1., 2.])]
    """

    rate_hz: float
    steps: tuple[Step, ...] = ()

    @classmethod
    def fit(cls, predictions: Sequence[Floats], gold: Sequence[Floats], rate_hz: float) -> Self:
        """Find each step on the development part, one after another; keep it where the CCC of all frames rises.

        Parameters
        ----------
        predictions : sequence of Floats of shape (frames,)
            One a recording of the development part, of one target.
        gold : sequence of Floats of shape (frames,)
            Of the same recordings; nan where there is none.
        rate_hz : float
            Frames per second.

        Raises
        ------
        BadPlan
            Where the two do not fit, a prediction is no number, or no frame has gold.
        """
        if not any(len(truth) for truth, _ in paired(predictions, gold)) or not rate_hz > 0:
            raise BadPlan(
                f"got {len(gold)} recordings at {rate_hz:g} Hz with no frame that has gold; expected a development "
                "part with gold, and its rate; give other recordings"
            )
        now, steps = [_numbers(values) for values in predictions], []
        for name in get_args(Name):
            before = _ccc(now, gold)
            tried = [
                replace(step, before=before, after=_ccc([step.apply(values, rate_hz) for values in now], gold))
                for step in _candidates(name, now, gold, rate_hz)
            ]
            if not tried:
                continue
            best = max(tried, key=lambda step: step.after)
            steps.append(best)
            if best.kept:
                now = [best.apply(values, rate_hz) for values in now]
        return cls(rate_hz, tuple(steps))

    def apply(self, predictions: Iterable[Floats]) -> list[Floats]:
        """Return predictions of other recordings, at the same rate, after the steps that were kept."""
        after = [_numbers(values) for values in predictions]
        for step in self.steps:
            if step.kept:
                after = [step.apply(values, self.rate_hz) for values in after]
        return after

    def table(self) -> pd.DataFrame:
        """Return a row for each step: its best setting, CCC without and with it, and whether it was kept.

        Examples
        --------
        >>> gold = [np.array([0.0, 1.0, 2.0, 1.0])]
        >>> Chain.fit([gold[0] / 2], gold, rate_hz=1.0).table()[["step", "setting", "kept"]]
               step  setting   kept
        0    median      1.6  False
        1  centring      0.5   True
        2   scaling      2.0   True
        3     shift      1.0  False
        """
        import pandas as pd

        rows = [(step.name, step.setting, step.before, step.after, step.kept) for step in self.steps]
        return pd.DataFrame(rows, columns=["step", "setting", "before", "after", "kept"])


def _candidates(name: Name, now: Sequence[Floats], gold: Sequence[Floats], rate_hz: float) -> Iterator[Step]:
    truth, guess = together(paired(now, gold))
    match name:
        case "median":
            windows = {_window(seconds, rate_hz): seconds for seconds in reversed(MEDIANS_S)}
            yield from (Step(name, windows[frames]) for frames in sorted(windows) if frames > 1)
        case "centring":
            yield Step(name, float(truth.mean() - guess.mean()))
        case "scaling" if np.ptp(guess) > 0:
            yield Step(name, float(truth.std() / guess.std()), centre=float(guess.mean()))
        case "shift":
            yield from (Step(name, frames / rate_hz) for frames in range(1, int(LONGEST_SHIFT_S * rate_hz + 1e-9) + 1))


def _ccc(predictions: Sequence[Floats], gold: Sequence[Floats]) -> float:
    return ccc(*together(paired(predictions, gold)))


def _numbers(values: Floats) -> Floats:
    values = np.asarray(values, dtype=np.float64)
    if not np.isfinite(values).all():
        raise BadPlan("a prediction has frames that are no numbers; expected one for every frame; check the learner")
    return values


def _window(seconds: float, rate_hz: float) -> int:
    """Return how many frames a window has: an odd number, so that it has a middle."""
    return round(seconds * rate_hz) | 1


def smoothed(values: Floats, window_s: float, rate_hz: float) -> Floats:
    """Return a trace after a median filter; at its ends, the first and last value go on.

    Parameters
    ----------
    values : Floats of shape (frames,)
        Without nan.
    window_s : float
        To the nearest odd number of frames, the longer of two, and no longer than the trace.
    rate_hz : float
        Frames per second.

    Examples
    --------
    >>> smoothed(np.array([0.0, 9.0, 1.0, 2.0, 3.0]), window_s=3.0, rate_hz=1.0)
    array([0., 1., 2., 2., 3.])
    """
    from scipy.ndimage import median_filter

    frames = min(_window(window_s, rate_hz), len(values) - 1 + len(values) % 2)
    return np.asarray(median_filter(values, frames, mode="nearest")) if frames > 1 else values


def delayed(values: Floats, by_s: float, rate_hz: float) -> Floats:
    """Put a trace later; until it begins, its first value holds.

    Parameters
    ----------
    values : Floats of shape (frames,)
        A trace.
    by_s : float
        In seconds, to the nearest frame.
    rate_hz : float
        Frames per second.

    Examples
    --------
    >>> delayed(np.array([1.0, 2.0, 3.0]), by_s=0.5, rate_hz=2.0)
    array([1., 1., 2.])
    """
    by = min(round(by_s * rate_hz), len(values))
    return np.concatenate([np.repeat(values[:1], by), values[: len(values) - by]])
