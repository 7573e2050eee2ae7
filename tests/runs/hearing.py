"""A small learner that hears: waveforms, three units per clip, members of its own, long training, checkpoints.

Run as a module it carries out a plan: the test kills that process at random moments.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.random import Generator

from seral_core.features.signals import Signals
from seral_core.features.table import FeatureTable
from seral_core.files import replacing
from seral_core.learners.base import Known, Learner, Progress, learners
from seral_core.runs.plan import Plan
from seral_core.runs.run import run
from seral_core.types import Classes, Floats, Prediction, Task

UNITS, BANDS, MEMBERS = 3, 8, 2


@dataclass
class Hearing:
    """Energies in a few bands of each third of a clip; one softmax per member, trained by gradient descent."""

    task: Task
    signals: Signals
    folder: Path | None
    epochs: int
    epoch_s: float
    goes_on = True
    weights: Floats | None = field(default=None, repr=False)

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        (target,) = self.task
        answers = known.answers[target.name]
        heard = self._heard([known.table.ids[row] for row in answers.rows]).mean(1)
        wanted = np.eye(len(target.classes))[answers.values]
        key = int(rng.integers(2**40))  # the address of this training: the same when it is repeated
        begun = rng.normal(0, 0.1, (MEMBERS, BANDS + 1, len(target.classes))) if self.weights is None else self.weights
        epoch, self.weights = self._unfinished(key) or (0, begun)
        while epoch < self.epochs:
            draw = np.random.default_rng([key, epoch])
            for member in range(MEMBERS):
                some = draw.permutation(len(heard))[: max(1, len(heard) * 2 // 3)]
                error = _softmax(heard[some] @ self.weights[member]) - wanted[some]
                self.weights[member] = self.weights[member] - 5.0 * heard[some].T @ error / len(some)
            epoch += 1
            time.sleep(self.epoch_s)
            self._keep_unfinished(key, epoch)
            yield Progress(epoch / self.epochs, f"epoch {epoch}")

    def predict(self, table: FeatureTable) -> Prediction:
        """Return beliefs of three units per clip: the mean over members."""
        whole = self.committee(table)[self.task[0].name]
        assert isinstance(whole, Classes)
        return {self.task[0].name: Classes(whole.proba.mean(0, keepdims=True), whole.bounds)}

    def committee(self, table: FeatureTable) -> Prediction:
        """Return the beliefs of its own members."""
        assert self.weights is not None
        units = self._heard(table.ids).reshape(-1, BANDS + 1)
        proba = np.stack([_softmax(units @ member) for member in self.weights])
        return {self.task[0].name: Classes(proba, np.arange(0, len(units) + 1, UNITS))}

    def embed(self, table: FeatureTable) -> Floats:
        """Return what it hears, averaged over a clip."""
        return self._heard(table.ids).mean(1)

    def save(self, folder: Path) -> None:
        np.save(folder / "weights.npy", self.weights)  # type: ignore[arg-type]

    def load(self, folder: Path) -> None:
        self.weights = np.load(folder / "weights.npy")

    def _heard(self, segments: tuple[str, ...] | list[str]) -> Floats:
        """Return features of shape (segments, UNITS, BANDS + 1); the last one is 1."""
        rows = []
        for signal in self.signals.at(8_000).of(segments):
            for part in np.array_split(signal, UNITS):
                power = np.abs(np.fft.rfft(part, 512)) ** 2
                rows.append([*(np.log(band.sum() + 1e-9) / 10 for band in np.array_split(power, BANDS)), 1.0])
        return np.array(rows).reshape(len(segments), UNITS, BANDS + 1)

    def _unfinished(self, key: int) -> tuple[int, Floats] | None:
        path = self._place(key)
        if path is None or not path.exists():
            return None
        with np.load(path) as kept:
            return int(kept["epoch"]), kept["weights"]

    def _keep_unfinished(self, key: int, epoch: int) -> None:
        path = self._place(key)
        if path is not None:
            with replacing(path) as draft, draft.open("wb") as file:
                np.savez(file, epoch=epoch, weights=self.weights)  # type: ignore[arg-type]

    def _place(self, key: int) -> Path | None:
        return self.folder / f"training-{key}.npz" if self.folder is not None else None


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


@learners.register("hearing")
def hearing(
    task: Task, *, signals: Signals, folder: Path | None, device: str, epochs: int = 4, epoch_s: float = 0.0
) -> Learner:
    """Hear three units per clip; for the tests."""
    assert device in ("auto", "cpu")
    return Hearing(task, signals, folder, epochs, epoch_s)


hearing.at_once = 1  # type: ignore[attr-defined]

if __name__ == "__main__":
    run(Plan.load(Path(sys.argv[1])), Path(sys.argv[2]))
