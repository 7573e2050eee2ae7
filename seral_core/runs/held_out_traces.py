"""What the learner says of test recordings in time, after the latest round: to be looked at, not to resume."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seral_core.files import DAMAGED, opened, replacing
from seral_core.folders import inside
from seral_core.learners.base import predicted
from seral_core.runs.events import Event, Scored
from seral_core.runs.judge import HeldOut
from seral_core.scores.traces import thinned
from seral_core.types import Floats, Scale

if TYPE_CHECKING:
    from seral_core.runs.build import PreparedRun

FILE = "held_out.npz"
#: So many test recordings are kept, with so many values each: a screen has no more, and an hour fits.
MOST_RECORDINGS, MOST_VALUES = 40, 3000


@dataclass(frozen=True, eq=False)
class HeldOutTraces:
    """Curves of test recordings.

    Parameters
    ----------
    round : int
        After which they were worked out.
    curves : mapping of (recording, target) to (Floats, float)
        Values in native units, and how many there are per second.
    left_out : int
        How many further test recordings are not kept.
    """

    round: int
    curves: dict[tuple[str, str], tuple[Floats, float]]
    left_out: int = 0


def keep_held_out(folder: Path, event: Event, made: PreparedRun) -> None:
    """Keep the curves of a run's test recordings, whenever its learner was scored on traces; earlier ones go.

    Parameters
    ----------
    folder : Path
        Of the run.
    event : Event
        All but `Scored` are passed over.
    made : PreparedRun
        What the run is made of.
    """
    if not isinstance(event, Scored) or not isinstance(made.judge, HeldOut):
        return
    traced = [target for target in made.judge.task if target.rate_hz]
    if not traced:
        return
    table = made.judge.table
    arrays: dict[str, NDArray[np.generic]] = {"round": np.array(event.round), "test": np.array(len(table))}
    some = table.take(range(min(len(table), MOST_RECORDINGS)))
    beliefs = predicted(made.learner.predict, some)
    arrays["ids"] = np.array(some.ids)
    for target in traced:
        belief = beliefs[target.name]
        if not isinstance(belief, Scale):
            continue
        for row in range(len(some)):
            trace = np.asarray(belief.guess[belief.bounds[row] : belief.bounds[row + 1]], dtype=np.float64)
            values, rate_hz = thinned(trace, target.rate_hz, MOST_VALUES)
            arrays[f"{row} {target.name}"] = values.astype(np.float32)
            arrays[f"{row} rate {target.name}"] = np.array(rate_hz)
    with replacing(inside(folder, FILE), to_disk=False) as draft, draft.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def held_out_traces(folder: Path) -> HeldOutTraces | None:
    """Return what was kept of a run; None where nothing was, as in runs of earlier versions, or it is damaged.

    Examples
    --------
    >>> import tempfile
    >>> held_out_traces(Path(tempfile.mkdtemp())) is None
    True
    """
    try:
        with opened(inside(folder, FILE)) as file, np.load(file, allow_pickle=False) as kept:
            ids, curves = [str(each) for each in kept["ids"]], {}
            for key in kept.files:
                row, _, target = key.partition(" ")
                if row.isdecimal() and not target.startswith("rate "):
                    values = np.asarray(kept[key], dtype=np.float64)
                    curves[ids[int(row)], target] = values, float(kept[f"{row} rate {target}"])
            return HeldOutTraces(int(kept["round"]), curves, int(kept["test"]) - len(ids))
    except DAMAGED:
        return None
