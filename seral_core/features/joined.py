"""Several sets of features side by side, such as SERALv01+eGeMAPSv02."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadPlan
from seral_core.features.audio import Signal


@dataclass(frozen=True)
class Joined:
    """An extractor whose columns are those of several, each under the name of its set.

    Parameters
    ----------
    sets : tuple of str
        How each is written, such as ``"SERALv01"``.
    extractors : tuple of Extractor
        One for each set; of one row per clip, at one sampling rate.

    Raises
    ------
    BadPlan
        When a set is there twice, or they do not go together.

    Examples
    --------
    >>> from seral_core.features.given import OfFunction
    >>> mean, spread = OfFunction(lambda signal: [signal.mean()]), OfFunction(lambda signal: [signal.std()])
    >>> both = Joined(("mean", "spread"), (mean, spread))
    >>> both.names, both(np.ones(1600, np.float32))
    (('mean/f0', 'spread/f0'), array([1., 0.], dtype=float32))
    """

    sets: tuple[str, ...]
    extractors: tuple[Any, ...]

    def __post_init__(self) -> None:
        text = "+".join(self.sets)
        if len(set(self.sets)) < len(self.sets):
            raise BadPlan(f"features '{text}' name a set twice; expected each once; leave one out")
        if any(getattr(each, "frames_hz", 0.0) for each in self.extractors):
            raise BadPlan(f"features '{text}' join frames; expected sets of one row per clip; choose others")
        rates = {each.rate_hz for each in self.extractors}
        if len(rates) > 1:
            each = " and ".join(map(str, sorted(rates)))
            raise BadPlan(f"features '{text}' want sound at {each} Hz; expected one rate of all; choose others")

    @property
    def key(self) -> str:
        """Those of all sets."""
        return "+".join(each.key for each in self.extractors)

    @property
    def rate_hz(self) -> int:
        """That of all sets."""
        return int(self.extractors[0].rate_hz)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, such as ``SERALv01/pitch_st_mean``."""
        return tuple(f"{of}/{name}" for of, each in zip(self.sets, self.extractors, strict=True) for name in each.names)

    @property
    def cached(self) -> bool:
        """Whether rows are worth keeping: where those of any set are."""
        return any(getattr(each, "cached", True) for each in self.extractors)

    def __call__(self, signal: Signal) -> NDArray[np.float32]:
        """Return the features of one clip, those of each set in turn."""
        return np.concatenate([np.asarray(each(signal), np.float32) for each in self.extractors])


def sets_in(text: str, is_set: Callable[[str], bool]) -> tuple[str, ...]:
    """Split sets that are joined by ``+``; a sign within an option, such as ``pool=mean+std``, joins none.

    Parameters
    ----------
    text : str
        As of `seral_core.features.base.extractor_from`.
    is_set : callable
        Whether a part names an extractor.

    Examples
    --------
    >>> sets_in("SERALv01+mine:pool=mean+std", lambda part: part.partition(":")[0] in ("SERALv01", "mine"))
    ('SERALv01', 'mine:pool=mean+std')
    """
    found: list[str] = []
    for part in text.split("+"):
        if found and not is_set(part):
            found[-1] += f"+{part}"
        else:
            found.append(part)
    return tuple(found)
