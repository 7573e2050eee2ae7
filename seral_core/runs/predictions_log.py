"""What the learner guessed of the pool after every round: needed to redraw maps, not to resume."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seral_core.files import DAMAGED, opened, replacing
from seral_core.folders import inside
from seral_core.learners.in_blocks import believed
from seral_core.runs.build import PreparedRun
from seral_core.runs.events import Event, Scored
from seral_core.runs.log import Log
from seral_core.types import Classes, Scale


@dataclass(frozen=True)
class PredictionsLog:
    """One small file per round below a run's folder; listens to a run, and reads back.

    Parameters
    ----------
    folder : Path
        The run's folder.

    Examples
    --------
    >>> import tempfile
    >>> from types import SimpleNamespace
    >>> from seral_core.types import Target
    >>> from seral_core.features.table import FeatureTable
    >>> belief = {"emotion": Classes(np.array([[[0.9, 0.1], [0.25, 0.75]]]))}
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> pool = SimpleNamespace(task=task, table=FeatureTable(np.eye(2), ("a.wav", "b.wav")))
    >>> keep = PredictionsLog(Path(tempfile.mkdtemp()))
    >>> keep(Scored(1, 20, {}), SimpleNamespace(pool=pool, learner=SimpleNamespace(predict=lambda table: belief)))
    >>> keep.read(1)["guess emotion"], keep.read(1)["sure emotion"], keep.read(2)
    (array([0, 1], dtype=int16), array([0.9 , 0.75], dtype=float32), None)
    """

    folder: Path

    def __call__(self, event: Event, made: PreparedRun) -> None:
        """Keep what the learner believes of the pool, whenever it was scored."""
        if not isinstance(event, Scored):
            return
        arrays: dict[str, NDArray[np.generic]] = {}
        beliefs = believed(made.learner.predict, made.pool.table)
        for name in (target.name for target in made.pool.task):
            belief = beliefs[name].pooled()
            match belief:
                case Classes():
                    arrays[f"guess {name}"] = belief.guess.astype(np.int16)
                    arrays[f"sure {name}"] = belief.mean.max(-1).astype(np.float32)
                case Scale(_, std):
                    arrays[f"guess {name}"] = belief.guess.astype(np.float32)
                    arrays[f"sure {name}"] = -std.mean(0).astype(np.float32)
        arrays = {"ids": np.array(made.pool.table.ids), **arrays}
        with replacing(self._path(event.round), to_disk=False) as draft:
            np.savez_compressed(draft, chain=self._chain(event.round, arrays), **arrays)  # type: ignore[arg-type]

    def read(self, round_number: int) -> dict[str, NDArray[np.generic]] | None:
        """Return ``ids`` and, for each target, ``guess <target>`` and ``sure <target>``, all of shape (pool,).

        Guesses are class numbers or native units; sureness is the highest probability, or the
        negative standard deviation. None where the round was not kept, or what is there is damaged
        or of another round or run.
        """
        try:
            with opened(self._path(round_number)) as file, np.load(file, allow_pickle=False) as kept:
                arrays = {name: kept[name] for name in kept.files}
        except DAMAGED:
            return None
        sealed = arrays.pop("chain", None)  # earlier versions wrote none
        return arrays if sealed is None or sealed == self._chain(round_number, arrays) else None

    def _chain(self, round_number: int, arrays: dict[str, NDArray[np.generic]]) -> NDArray[np.str_]:
        """Return the hash of a round, of this run."""
        chain = Log(self.folder).chain()
        chain.linked(f"{round_number}".encode())
        for name, array in arrays.items():
            chain.linked(name.encode() + array.tobytes())
        return np.array(chain.last)

    def _path(self, round_number: int) -> Path:
        return inside(self.folder, f"guesses/{round_number:05d}.npz")
