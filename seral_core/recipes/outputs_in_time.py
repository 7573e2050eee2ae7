"""What networks said of every frame of development and test recordings, kept beside a trial for what comes after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seral_core.errors import BadLog
from seral_core.files import DAMAGED, replacing
from seral_core.runs.events import Trained, Training
from seral_core.runs.training_progress import TrainingProgress
from seral_core.types import Floats

FILE = "outputs.npz"


@dataclass(frozen=True, eq=False)
class Outputs:
    """Outputs of one network.

    Parameters
    ----------
    dev, test : tuple of Floats of shape (frames, outputs)
        One array a recording, in the order of the part.
    history : tuple of mapping
        What training measured, an entry an epoch.
    best_epoch : int
        Whose weights were kept.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> Outputs((np.ones((2, 1)),), (np.zeros((3, 1)),), ({"epoch": 1.0, "loss": 0.5},), 1).save(folder)
    >>> found = Outputs.load(folder)
    >>> found.dev[0].tolist(), found.test[0].shape, found.history
    ([[1.0], [1.0]], (3, 1), ({'epoch': 1.0, 'loss': 0.5},))
    """

    dev: tuple[Floats, ...]
    test: tuple[Floats, ...]
    history: tuple[Mapping[str, float], ...] = ()
    best_epoch: int = 0

    def save(self, folder: Path) -> None:
        """Write all into the folder of a trial, in single precision."""
        arrays = {f"{part}{i}": each for part in ("dev", "test") for i, each in enumerate(getattr(self, part))}
        names = list(dict.fromkeys(name for epoch in self.history for name in epoch))
        epochs = np.array([[epoch.get(name, np.nan) for name in names] for epoch in self.history])
        single = {name: each.astype(np.float32) for name, each in arrays.items()}
        with replacing(folder / FILE) as draft, draft.open("wb") as file:
            np.savez_compressed(
                file, epochs=epochs, names=np.array(names), best_epoch=np.array(self.best_epoch), **single
            )

    @classmethod
    def load(cls, folder: Path) -> Outputs:
        """Read what `save` wrote.

        Raises
        ------
        BadLog
            Where it is damaged, or not there.
        """
        try:
            with np.load(folder / FILE, allow_pickle=False) as found:
                names, epochs = [str(name) for name in found["names"]], found["epochs"]
                history = tuple({n: float(v) for n, v in zip(names, row, strict=True) if v == v} for row in epochs)
                dev, test = (tuple(_numbered(found, part)) for part in ("dev", "test"))
                return cls(dev, test, history, int(found["best_epoch"]))
        except (KeyError, OSError, *DAMAGED) as wrong:
            raise BadLog(
                f"{folder / FILE} cannot be read ({wrong}); expected what a trained network said; remove its folder "
                "and start the recipe again"
            ) from None


def _numbered(found: Mapping[str, Floats], part: str) -> Iterable[Floats]:
    number = 0
    while f"{part}{number}" in found:
        yield np.asarray(found[f"{part}{number}"], dtype=np.float64)
        number += 1


def watched(folder: Path, epochs: int, text: str) -> Callable[[Sequence[Mapping[str, float]]], None]:
    """Return what shows the history of a training while it goes on: ``training.json`` in the trial's folder.

    Parameters
    ----------
    folder : Path
        Of the trial.
    epochs : int
        How many there are at most.
    text : str
        What is trained.
    """
    listen = TrainingProgress(folder)

    def tell(history: Sequence[Mapping[str, float]]) -> None:
        listen(Training(0, len(history) / epochs, f"{text}, epoch {len(history)}", history))

    return tell


def watched_to_the_end(folder: Path) -> None:
    """Take the progress of a training away, as it is over."""
    TrainingProgress(folder)(Trained(0, 0))
