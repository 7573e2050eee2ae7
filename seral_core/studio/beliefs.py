"""What the model believed of every clip, round by round: for guesses, and to say why a clip was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.folders import inside
from seral_core.studio.files import read_arrays, write_arrays
from seral_core.types import Belief, Classes, Prediction, Scale

#: Rounds that are kept: a clip that is open was chosen in one of them.
KEPT = 8


@dataclass(frozen=True)
class Beliefs:
    """What was believed in one round.

    Parameters
    ----------
    round : int
        From 0.
    row : mapping of str to int
        Row of each clip.
    by_target : mapping of target name to Classes or Scale
        One member.
    labelled : tuple of str
        What the model had learned from: target and clip, with a line break between.

    Examples
    --------
    >>> belief = {"emotion": Classes(np.array([[[0.9, 0.1]]]))}
    >>> Beliefs(3, {"a.wav": 0}, belief).of("a.wav", {"emotion": ("anger", "sadness")})
    {'emotion': {'proba': {'anger': 0.9, 'sadness': 0.1}}}
    """

    round: int
    row: Mapping[str, int]
    by_target: Mapping[str, Belief]
    labelled: tuple[str, ...] = field(default=())

    def of(self, segment: str, classes: Mapping[str, tuple[str, ...]]) -> dict[str, Any] | None:
        """Return what is believed of a clip as plain data, or None where nothing is known of it."""
        if segment not in self.row:
            return None
        row = self.row[segment]
        found: dict[str, Any] = {}
        for name, belief in self.by_target.items():
            match belief.take(np.array([row])).pooled():
                case Classes(proba):
                    shares = zip(classes.get(name, ()), proba[0, 0].tolist(), strict=False)
                    found[name] = {"proba": {c: round(p, 4) for c, p in shares}}
                case Scale(mean, std):
                    found[name] = {"mean": round(float(mean[0, 0]), 4), "std": round(float(std[0, 0]), 4)}
        return found


def keep_beliefs(
    run: Path, number: int, ids: tuple[str, ...], prediction: Prediction, labelled: tuple[str, ...]
) -> None:
    """Write down a round's beliefs, and forget those of long ago.

    Examples
    --------
    >>> import tempfile
    >>> run = Path(tempfile.mkdtemp())
    >>> keep_beliefs(run, 2, ("a.wav",), {"arousal": Scale(np.array([[0.3]]), np.array([[0.1]]))}, ())
    >>> last_beliefs(run).round, last_beliefs(run, 2).of("a.wav", {})
    (2, {'arousal': {'mean': 0.3, 'std': 0.1}})
    """
    arrays: dict[str, NDArray[Any]] = {"ids": np.array(ids), "labelled": np.array(labelled, dtype=np.str_)}
    for name, belief in prediction.items():
        if not belief.is_plain:
            arrays[f"bounds {name}"] = belief.bounds
        match belief:
            case Classes():
                arrays[f"proba {name}"] = belief.mean.astype(np.float32)
            case Scale():
                spread = np.sqrt((belief.std**2).mean(0) + belief.mean.var(0))
                arrays[f"scale {name}"] = np.stack([belief.guess, spread]).astype(np.float32)
    write_arrays(_path(run, number), arrays)
    for old in _kept(run)[:-KEPT]:
        _path(run, old).unlink(missing_ok=True)


def last_beliefs(run: Path, number: int | None = None) -> Beliefs | None:
    """Return the beliefs of a round, or where they are not kept or no round is named, the last ones."""
    kept = _kept(run)
    if not kept:
        return None
    wanted = number if number in kept else kept[-1]
    path = _path(run, wanted)
    try:
        return _read(path, wanted, path.stat().st_mtime_ns)
    except OSError:
        return None


def _path(run: Path, number: int) -> Path:
    return inside(run, f"beliefs/{number:06}.npz")


def _kept(run: Path) -> list[int]:
    return sorted(int(path.stem) for path in inside(run, "beliefs").glob("[0-9]*.npz") if path.stem.isdecimal())


@lru_cache(maxsize=KEPT)
def _read(path: Path, number: int, _changed: int) -> Beliefs | None:
    arrays = read_arrays(path)
    if not {"ids", "labelled"} <= set(arrays):
        return None
    by_target: dict[str, Belief] = {}
    for key, values in arrays.items():
        kind, _, name = key.partition(" ")
        bounds: Any = arrays.get(f"bounds {name}")
        if kind == "proba":
            by_target[name] = Classes(np.asarray(values, np.float64)[None], bounds)
        elif kind == "scale":
            by_target[name] = Scale(np.asarray(values[:1], np.float64), np.asarray(values[1:], np.float64), bounds)
    row = {str(segment): i for i, segment in enumerate(arrays["ids"].tolist())}
    return Beliefs(number, row, by_target, tuple(arrays["labelled"].tolist()))
