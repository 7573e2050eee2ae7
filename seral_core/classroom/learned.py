"""What the trainer of a class has found so far, in files that it alone writes and the room reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.classroom import PLACE
from seral_core.folders import inside
from seral_core.studio.files import read_arrays, read_json, write_arrays, write_json
from seral_core.types import Floats

_ARRAYS, _CURVES = "model.npz", "curves.json"


@dataclass(frozen=True, eq=False)
class Model:
    """What the model that the room has taught believes of each clip of the pool.

    Parameters
    ----------
    round : int
        How many questions it has learned from.
    ids : sequence of str
        The pool.
    proba : Floats of shape (clips, classes)
        Of each class.
    unknown : Floats of shape (clips,)
        How far the members of an ensemble disagree, in [0, 1]; see `seral_core.confidence.doubt`.
    ranking : sequence of str
        Which clips to ask about next, best first.

    Examples
    --------
    >>> model = Model(0, ["a.wav"], np.array([[0.75, 0.25]]), np.array([0.1]), ["a.wav"])
    >>> model.of("a.wav"), model.of("b.wav")
    (([0.75, 0.25], 0.1), ([], 0.0))
    """

    round: int
    ids: Sequence[str]
    proba: Floats
    unknown: Floats
    ranking: Sequence[str]

    def of(self, segment: str) -> tuple[list[float], float]:
        """Return what is believed of a clip, and how far that is unknown; nothing of one that the model has not got."""
        if segment not in self.ids:
            return [], 0.0
        row = list(self.ids).index(segment)
        return [round(float(p), 6) for p in self.proba[row]], round(float(self.unknown[row]), 6)


def keep_learned(folder: Path, model: Model, curves: Sequence[dict[str, Any]]) -> None:
    """Replace what is known, the curves first: whoever sees the model finds its scores."""
    write_json(inside(folder, f"{PLACE}/{_CURVES}"), {"rounds": list(curves)})
    arrays = {"ids": np.array(model.ids), "proba": model.proba, "unknown": model.unknown}
    more = {"ranking": np.array(model.ranking, dtype=np.str_), "round": np.array(model.round)}
    write_arrays(inside(folder, f"{PLACE}/{_ARRAYS}"), {**arrays, **more})


def last_model(folder: Path) -> Model | None:
    """Return the newest model; None where there is none yet.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> keep_learned(folder, Model(2, ["a.wav"], np.array([[1.0, 0.0]]), np.zeros(1), []), [{"round": 2, "room": 0.5}])
    >>> last_model(folder).round, last_model(folder).ranking, curves_of(folder)
    (2, [], [{'round': 2, 'room': 0.5}])
    """
    arrays = read_arrays(inside(folder, f"{PLACE}/{_ARRAYS}"))
    if not {"ids", "proba", "unknown", "ranking", "round"} <= set(arrays):
        return None
    lists = {name: arrays[name].tolist() for name in ("ids", "ranking")}
    return Model(int(arrays["round"]), lists["ids"], arrays["proba"], arrays["unknown"], lists["ranking"])


def model_stamp(folder: Path) -> int:
    """Return what changes with every model; 0 where there is none."""
    path = inside(folder, f"{PLACE}/{_ARRAYS}")
    return path.stat().st_mtime_ns if path.exists() else 0


def curves_of(folder: Path) -> list[dict[str, Any]]:
    """Return the scores of each round so far."""
    found = read_json(inside(folder, f"{PLACE}/{_CURVES}")).get("rounds", [])
    return found if isinstance(found, list) else []
