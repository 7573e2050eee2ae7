"""The back end: a linear support vector regression that learned clean speech, and predicts from any (section 3.4.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seral_core.errors import BadLog
from seral_core.features.spectra import Floats32
from seral_core.files import DAMAGED, replacing
from seral_core.folders import inside
from seral_core.recipes.cells import Trial, Trials, folder_name
from seral_core.recipes.denoise.conditions import CLEAN, Condition
from seral_core.recipes.denoise.speech import Made, windows_of
from seral_core.recipes.in_time import InTime, Parts
from seral_core.recipes.outputs_in_time import Outputs
from seral_core.scores.metrics import ccc
from seral_core.sequences.scoring import paired, together
from seral_core.types import Floats

FILE = "regressions.npz"
NAME = "linear support vector regression"
#: What complexity is chosen among, on clean speech of the development part.
COMPLEXITIES = (*(base * 10.0**power for power in range(-6, 0) for base in (1, 5)), 1.0)


@dataclass(frozen=True, eq=False)
class Regressions:
    """A line for each scale.

    Parameters
    ----------
    mean, deviation : Floats of shape (26,)
        Of the features of clean training speech.
    weights : Floats of shape (26, scales)
        Of features with mean 0 and deviation 1.
    middle : Floats of shape (scales,)
        Mean gold of training.
    complexity : Floats of shape (scales,)
        That was best on the development part.
    """

    mean: Floats
    deviation: Floats
    weights: Floats
    middle: Floats
    complexity: Floats

    def predict(self, windows: Sequence[Floats32]) -> tuple[Floats, ...]:
        """Return predictions for recordings, each of shape (frames, scales)."""
        return tuple((each - self.mean) / self.deviation @ self.weights + self.middle for each in windows)

    @classmethod
    def load(cls, folder: Path) -> Regressions:
        """Read what a trial kept.

        Raises
        ------
        BadLog
            Where it cannot be read.
        """
        path = inside(folder, FILE)
        try:
            with np.load(path, allow_pickle=False) as found:
                return cls(**{name: found[name] for name in found.files})
        except (TypeError, OSError, *DAMAGED) as wrong:
            raise BadLog(
                f"{path} cannot be read ({wrong}); expected lines of the regression; remove its folder and start the "
                "recipe again"
            ) from None


@dataclass(frozen=True)
class Recogniser:
    """Learns clean speech, and predicts from speech of all conditions as it is, without enhancement.

    Parameters
    ----------
    data : InTime
        The recordings.
    made : Made
        Their MFCCs.
    conditions : tuple of Condition
        That they were made in.
    """

    data: InTime
    made: Made
    conditions: tuple[Condition, ...]

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Yield the CCC on test recordings by condition."""
        parts, recipe = self.data.open(), trial.folder.parents[2]
        clean = {part: windows_of(self.made.cepstra(recipe, CLEAN, part), parts, part) for part in ("train", "dev")}
        found = learned(parts, clean["train"], clean["dev"])
        with replacing(trial.folder / FILE) as draft, draft.open("wb") as file:
            np.savez(file, **vars(found))
        for condition in self.conditions:
            frames = {part: self.made.cepstra(recipe, condition, part) for part in ("dev", "test")}
            yield from predicted(trial.folder, condition, found, parts, frames)


def learned(parts: Parts, train: Sequence[Floats32], dev: Sequence[Floats32]) -> Regressions:
    """Fit a line for each scale, with the complexity that is best on the development part."""
    every = np.concatenate(train).astype(np.float64)
    mean, deviation = every.mean(axis=0), every.std(axis=0)
    deviation[deviation == 0] = 1.0
    inputs, weights, middles, best = (every - mean) / deviation, [], [], []
    for target in parts.task:
        gold = np.concatenate(parts.gold(parts.train, target.name))
        have = ~np.isnan(gold)
        middle = float(gold[have].mean())
        tried = [(_line(inputs[have], gold[have] - middle, c), c) for c in COMPLEXITIES]
        truth = parts.gold(parts.dev, target.name)

        scores = [
            ccc(*together(paired([(each - mean) / deviation @ line + middle for each in dev], truth)))
            for line, _ in tried
        ]
        line, complexity = tried[int(np.argmax(scores))]
        weights.append(line)
        middles.append(middle)
        best.append(complexity)
    return Regressions(mean, deviation, np.stack(weights, axis=1), np.array(middles), np.array(best))


def _line(inputs: Floats, gold: Floats, complexity: float) -> Floats:
    """Return the weights of L2-regularised regression with squared loss beyond nothing, as LIBLINEAR finds them."""
    from sklearn.svm import LinearSVR

    regression = LinearSVR(
        epsilon=0.0, C=complexity, loss="squared_epsilon_insensitive", dual=False, fit_intercept=False, random_state=0
    )
    return np.asarray(regression.fit(inputs, gold).coef_)


def predicted(
    folder: Path, condition: Condition, found: Regressions, parts: Parts, frames: dict[str, list[Floats32]],
    history: Sequence[dict[str, float]] = (), best_epoch: int = 0,
) -> Iterator[tuple[str, str, float, float]]:  # fmt: skip
    """Keep what is predicted from speech of one condition; yield the CCC on test recordings.

    Parameters
    ----------
    folder : Path
        Of the trial; a folder in it gets the predictions.
    condition : Condition
        That the speech was in, before enhancement.
    found : Regressions
        Predict.
    parts : Parts
        The recordings.
    frames : dict of str to list of float32 arrays of shape (frames, 13)
        Of parts ``dev`` and ``test``.
    history, best_epoch
        Of the network that enhanced them.
    """
    said = {part: found.predict(windows_of(each, parts, part)) for part, each in frames.items()}
    place = folder / folder_name(condition.name)
    place.mkdir(parents=True, exist_ok=True)
    Outputs(said["dev"], said["test"], tuple(history), best_epoch).save(place)
    for column, target in enumerate(parts.task):
        gold = parts.gold(parts.test, target.name)
        score = ccc(*together(paired([each[:, column] for each in said["test"]], gold)))
        yield target.name, f"ccc of {condition.name}", 0, score


def regressions_of(trials: Trials, recipe: Path) -> Regressions:
    """Return what the recogniser learned."""
    return Regressions.load(trials.trials(recipe)[0].folder)


def outputs_of(folder: Path, condition: Condition) -> Outputs:
    """Return what was predicted from speech of a condition in one trial."""
    return Outputs.load(inside(folder, folder_name(condition.name)))
