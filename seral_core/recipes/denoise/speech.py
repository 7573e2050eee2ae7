"""The same recordings in every condition, as 13 MFCCs every 10 ms, kept on the disk for what learns from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.errors import BadLog
from seral_core.features.audio import RATE_HZ, hear_long
from seral_core.features.mfcc_windows import mean_and_variance
from seral_core.features.noises import PARTS, snr_db
from seral_core.features.spectra import Floats32, cepstra
from seral_core.files import DAMAGED, replacing
from seral_core.folders import inside
from seral_core.recipes.cells import Trial, Trials
from seral_core.recipes.denoise.conditions import Condition, Sources
from seral_core.recipes.in_time import InTime, Parts

FILE = "cepstra.npz"
#: Seconds of sound that mean and variance are taken of (section 3.4.2).
WINDOW_S = 8.0


@dataclass(frozen=True)
class Speech:
    """Makes one condition of all recordings.

    Parameters
    ----------
    data : InTime
        The recordings.
    sources : Sources
        Of noise and impulse responses.
    conditions : tuple of Condition
        Those whose names are variants of trials.
    """

    data: InTime
    sources: Sources
    conditions: tuple[Condition, ...]

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Yield the level, and the signal-to-noise ratio as measured of what was made, over test recordings."""
        parts, condition = self.data.open(), next(each for each in self.conditions if each.name == trial.variant)
        found: dict[str, Any] = {}
        levels, ratios = [], []
        for part in PARTS:
            for number, segment in enumerate(getattr(parts, part)):
                heard = hear_long(*parts.corpus.path(segment), rate_hz=RATE_HZ).at(RATE_HZ)
                quiet, noisy = self.sources.degraded(heard, condition, part, number)
                found[f"{part}{number}"] = cepstra(noisy)
                levels.append(20 * np.log10(max(float(noisy.std()), 1e-9)))
                ratios.append(snr_db(quiet, noisy))
        with replacing(trial.folder / FILE) as draft, draft.open("wb") as file:
            np.savez(file, **found)
        yield "speech", "level_db", 0, float(np.mean(levels))
        if condition.snr_db is not None:
            yield "speech", "snr_db", 0, float(np.mean(ratios))
            yield "speech", "snr_db_least", 0, float(np.min(ratios))
            yield "speech", "snr_db_most", 0, float(np.max(ratios))


@dataclass(frozen=True)
class Made:
    """The cepstra that `Speech` kept, read again.

    Parameters
    ----------
    trials : Trials
        That made them.
    """

    trials: Trials

    def cepstra(self, recipe: Path, condition: Condition, part: str) -> list[Floats32]:
        """Return the frames of a part's recordings, each of shape (frames, 13).

        Raises
        ------
        BadLog
            Where they cannot be read.
        """
        trial = next(each for each in self.trials.trials(recipe) if each.variant == condition.name)
        path = inside(trial.folder, FILE)
        try:
            with np.load(path, allow_pickle=False) as found:
                count = sum(name.startswith(part) for name in found.files)
                return [found[f"{part}{number}"] for number in range(count)]
        except (KeyError, OSError, *DAMAGED) as wrong:
            raise BadLog(
                f"{path} cannot be read ({wrong}); expected MFCCs of all recordings; remove its folder and start the "
                "recipe again"
            ) from None


def windows_of(frames: Sequence[Floats32], parts: Parts, part: str) -> list[Floats32]:
    """Return mean and variance of MFCCs over 8 s around every frame of the gold, each of shape (frames, 26)."""
    counts = [len(each) for each in parts.features(getattr(parts, part))]
    return [
        mean_and_variance(np.asarray(each, dtype=np.float32), count, parts.rate_hz, WINDOW_S)
        for each, count in zip(frames, counts, strict=True)
    ]
