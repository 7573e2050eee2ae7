"""Networks that make speech clean again: one for each condition (matched), or for all of an experiment (mixed)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.errors import BadLog, MissingExtra
from seral_core.features.framing import STEPS_HZ
from seral_core.features.spectra import CEPSTRA, Floats32
from seral_core.files import DAMAGED, replacing
from seral_core.folders import inside
from seral_core.recipes.cells import Trial, Trials
from seral_core.recipes.denoise.conditions import CLEAN, Condition, Experiment, all_conditions
from seral_core.recipes.denoise.recogniser import predicted, regressions_of
from seral_core.recipes.denoise.speech import Made
from seral_core.recipes.in_time import InTime
from seral_core.recipes.outputs_in_time import watched, watched_to_the_end
from seral_core.scores.metrics import ccc
from seral_core.types import Floats

FILE = "enhanced.npz"
#: Seconds of the first test recording whose frames are kept, for a figure.
SHOWN_S = 8.0
Pair = tuple[Floats32, Floats32]


@dataclass(frozen=True)
class System:
    """What one network learns to clean.

    Parameters
    ----------
    way : {"matched", "mixed"}
        One condition, or all of an experiment.
    what : str
        Name of the condition or experiment.
    conditions : tuple of Condition
        That it learns from, and is tested on.

    Examples
    --------
    >>> [each.name for each in systems_of((Experiment("noise", (Condition(snr_db=6),)),))]
    ['matched clean', 'matched noise 6 dB', 'mixed noise']
    """

    way: str
    what: str
    conditions: tuple[Condition, ...]

    @property
    def name(self) -> str:
        """What its trials are called."""
        return f"{self.way} {self.what}"


def systems_of(of: tuple[Experiment, ...]) -> tuple[System, ...]:
    """Return a network for each condition, and one for each experiment."""
    matched = (System("matched", each.name, (each,)) for each in all_conditions(of))
    return *matched, *(System("mixed", each.name, each.conditions) for each in of)


@dataclass(frozen=True)
class Schooling:
    """How networks learn, besides what the paper says.

    Parameters
    ----------
    stretch_s : float
        Recordings are cut into sequences of about so many seconds.
    quick : bool
        Adam in few epochs, on a share of the sequences: of mixed training each sequence is heard in one condition only,
        and of the development part every fifth is looked at.
    epochs : int
        Most of them; 0 for the paper's 200, or 15 when quick.
    """

    stretch_s: float
    quick: bool
    epochs: int = 0

    @property
    def most_epochs(self) -> int:
        """How many epochs there are at most."""
        return self.epochs or (15 if self.quick else 200)

    def settings(self, seed: int) -> Any:
        """Return the training of the paper, or a faster one."""
        from dataclasses import replace

        from seral_core.deep.denoiser import DENOISING
        from seral_core.deep.sequence_training import SequenceTraining

        if self.quick:
            return SequenceTraining("adam", rate=0.01, batch=32, epochs=self.most_epochs, schedule="plateau", seed=seed)
        return replace(DENOISING, seed=seed, epochs=self.most_epochs)

    def stretches(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Return all recordings, cut into parts of equal length.

        Examples
        --------
        >>> frames = np.zeros((250, 1), np.float32)
        >>> [len(noisy) for noisy, _ in Schooling(1.0, True).stretches([(frames, frames)])]
        [125, 125]
        """
        found = []
        for noisy, clean in pairs:
            count = max(1, round(len(noisy) / (self.stretch_s * STEPS_HZ)))
            found += list(zip(np.array_split(noisy, count), np.array_split(clean, count), strict=True))
        return found

    def chosen(self, each: Sequence[list[Pair]], part: str) -> list[Pair]:
        """Return what is learned from (``train``) or looked at (``dev``), of the stretches of all conditions."""
        if not self.quick:
            return [pair for stretches in each for pair in stretches]
        step = len(each) * (5 if part == "dev" else 1)
        return [pair for number, stretches in enumerate(each) for pair in stretches[number % step :: step]]


@dataclass(frozen=True)
class Enhancing:
    """Trains one network, cleans speech with it, and keeps what the recogniser makes of that.

    Parameters
    ----------
    data : InTime
        The recordings.
    made : Made
        Their MFCCs.
    recogniser : Trials
        Whose regressions predict.
    systems : tuple of System
        Those whose names are variants of trials.
    schooling : Schooling
        How networks learn.
    """

    data: InTime
    made: Made
    recogniser: Trials
    systems: tuple[System, ...]
    schooling: Schooling

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Yield the CCC on test recordings by condition; a killed training goes on from its last epoch."""
        try:
            from seral_core.deep.denoiser import fit_denoiser
        except ImportError:
            raise MissingExtra("the recipe denoise", "torch", "deep") from None
        parts, recipe = self.data.open(), trial.folder.parents[2]
        system = next(each for each in self.systems if each.name == trial.variant)
        train, dev = (self._learned_from(recipe, system, part) for part in ("train", "dev"))
        denoiser = fit_denoiser(
            train, dev, self.schooling.settings(trial.seed), folder=trial.folder,
            report=watched(trial.folder, self.schooling.most_epochs, system.name),
        )  # fmt: skip
        clean, regressions = self.made.cepstra(recipe, CLEAN, "test"), regressions_of(self.recogniser, recipe)
        kept: dict[str, Any] = {}
        for number, condition in enumerate(system.conditions):
            frames = {
                part: [
                    np.asarray(each, dtype=np.float32)
                    for each in denoiser.enhanced(self.made.cepstra(recipe, condition, part))
                ]
                for part in ("dev", "test")
            }
            kept[f"near{number}"] = nearness(frames["test"], clean)
            kept[f"shown{number}"] = frames["test"][0][: round(SHOWN_S * STEPS_HZ)]
            history, best = denoiser.fitted.history, denoiser.fitted.best_epoch
            yield from predicted(trial.folder, condition, regressions, parts, frames, history, best)
        with replacing(trial.folder / FILE) as draft, draft.open("wb") as file:
            np.savez(file, **kept)
        watched_to_the_end(trial.folder)

    def _learned_from(self, recipe: Path, system: System, part: str) -> list[Pair]:
        clean = self.made.cepstra(recipe, CLEAN, part)
        each = [
            self.schooling.stretches(list(zip(self.made.cepstra(recipe, condition, part), clean, strict=True)))
            for condition in system.conditions
        ]
        return self.schooling.chosen(each, part)


def nearness(frames: Sequence[Floats32], clean: Sequence[Floats32]) -> Floats:
    """Return the CCC of each MFCC with that of clean speech, over all frames together (Figure 4.2).

    Examples
    --------
    >>> clean = [np.random.default_rng(0).normal(size=(50, 13))]
    >>> nearness(clean, clean).round(3).tolist() == [1.0] * 13
    True
    """
    said, truth = np.concatenate(list(frames)), np.concatenate(list(clean))
    return np.array([ccc(truth[:, each], said[:, each]) for each in range(CEPSTRA)])


def enhanced_of(folder: Path, number: int) -> tuple[Floats, Floats32]:
    """Return how near enhanced MFCCs are to clean ones, and some frames of the first test recording.

    Parameters
    ----------
    folder : Path
        Of a trial.
    number : int
        Of the condition among its system's.

    Raises
    ------
    BadLog
        Where they cannot be read.
    """
    path = inside(folder, FILE)
    try:
        with np.load(path, allow_pickle=False) as found:
            return found[f"near{number}"], found[f"shown{number}"]
    except (KeyError, OSError, *DAMAGED) as wrong:
        raise BadLog(
            f"{path} cannot be read ({wrong}); expected MFCCs that a network cleaned; remove its folder and start the "
            "recipe again"
        ) from None
