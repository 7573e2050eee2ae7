"""Models of rounds, kept beside a run: a killed run goes on from the last one, and equals an uninterrupted one.

A learner that can be kept has ``save(folder)`` and ``load(folder)``; one that goes on from the last
round's model says so with ``goes_on = True``. Only the model of the last round is kept. Where none
fits, all rounds are trained once more: the labels are recorded, so the same models come out.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path
from typing import Protocol

import numpy as np

from seral_core.files import read_text
from seral_core.folders import inside
from seral_core.learners.base import Known, Learner


class Checkpoints(Protocol):
    """Where models are kept."""

    @property
    def last(self) -> int:
        """The last round whose model is kept; -1 for none."""
        ...

    def save(self, learner: Learner, number: int, known: Known) -> None:
        """Keep the model of a round in place of the one before."""
        ...

    def restore(self, learner: Learner, number: int, known: Known) -> bool:
        """Bring back the model of a round; return whether it was there and was trained on just this."""
        ...


class _Nowhere:
    last = -1

    def save(self, learner: Learner, number: int, known: Known) -> None:
        """Keep nothing."""

    def restore(self, learner: Learner, number: int, known: Known) -> bool:
        """Bring nothing back."""
        return False


#: For runs that are kept nowhere.
nothing_kept: Checkpoints = _Nowhere()


class KeptModels:
    """Keeps models in a folder, ``model-00003`` for round 3.

    Parameters
    ----------
    folder : Path
        Of the run.

    Examples
    --------
    >>> import tempfile
    >>> from types import SimpleNamespace
    >>> from seral_core.features.table import FeatureTable
    >>> known, folder = Known(FeatureTable(np.eye(2), ("a", "b")), (), {}), Path(tempfile.mkdtemp())
    >>> write = lambda to: (to / "weights.txt").write_text("0.5")
    >>> KeptModels(folder).save(SimpleNamespace(save=write), 3, known)
    >>> reader = SimpleNamespace(load=lambda of: print((of / "weights.txt").read_text()))
    >>> kept = KeptModels(folder)
    >>> kept.last, kept.restore(reader, 3, known), kept.restore(reader, 2, known)
    0.5
    (3, True, False)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return str(self.folder / "model-*")

    @property
    def last(self) -> int:
        """The last round whose model is kept; -1 for none."""
        return max((int(path.name[6:]) for path in self._all()), default=-1)

    def save(self, learner: Learner, number: int, known: Known) -> None:
        """Keep the model of a round in place of the one before; learners without ``save`` are passed over."""
        write = getattr(learner, "save", None)
        if write is None:
            return
        draft, before = self.folder / f".model-{uuid.uuid4().hex[:12]}.draft", self._all()
        draft.mkdir(parents=True)
        write(draft)
        (draft / "trained-on").write_text(_digest(known), encoding="utf-8")
        target = self._path(number)
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
        for path in (*before, *self.folder.glob(".model-*.draft")):
            if path != target:
                shutil.rmtree(path, ignore_errors=True)

    def restore(self, learner: Learner, number: int, known: Known) -> bool:
        """Bring back the model of a round; return whether it was there and was trained on just this."""
        read, path = getattr(learner, "load", None), self._path(number)
        if read is None or not path.is_dir():
            return False
        try:
            trained_on = read_text(inside(path, "trained-on"))
        except OSError:
            return False
        if trained_on != _digest(known):
            return False
        read(path)
        return True

    def _all(self) -> list[Path]:
        found = [path for path in self.folder.glob("model-*") if path.name[6:].isdecimal()]
        return [inside(self.folder, path.name) for path in found]

    def _path(self, number: int) -> Path:
        return inside(self.folder, f"model-{number:05d}")


def _digest(known: Known) -> str:
    digest = hashlib.sha256(known.table.fingerprint.encode())
    for name, answers in sorted(known.answers.items()):
        digest.update(name.encode())
        for array in (answers.rows, answers.values, answers.weights, answers.bounds):
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
