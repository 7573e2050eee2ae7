"""What the labels of a run took: clips, seconds of listening, and cost; any of them may be a curve's axis.

A clip that one rater answers about several targets in one go is listened to once. What the machine labels takes
nobody's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from seral_core.errors import BadPlan
from seral_core.runs.events import Labelled, Scored, Started
from seral_core.scores.spent import CLIPS, LABELLED, LISTENED

#: What curves may be drawn along, with the unit of each; cost is in what the run itself counts.
AXES = {"cost": "", "labels": LABELLED, "listened": LISTENED}


@dataclass
class Effort:
    """Adds up what the labels of one run took.

    Parameters
    ----------
    axis : {"cost", "labels", "listened"}
        What is added up: the cost as the run counts it, different clips that people labelled, or seconds listened.
    seconds : mapping of str to float
        How long each clip is, by segment id; for ``listened`` alone.

    Raises
    ------
    BadPlan
        When the length of a clip that was listened to is not known.

    Examples
    --------
    >>> from seral_core.types import Label
    >>> effort = Effort("listened", {"a.wav": 2.5})
    >>> effort.add(Labelled(0, "query", tuple(Label("a.wav", "emotion", "anger", rater) for rater in ("r1", "r2"))))
    >>> effort.spent(Scored(1, 2, {})), effort.unit(None)
    (5.0, 'seconds listened')
    """

    axis: str = "cost"
    seconds: Mapping[str, float] = field(default_factory=dict)
    _clips: set[str] = field(default_factory=set, init=False)
    _listened: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        if self.axis not in AXES:
            raise BadPlan(f"curves along '{self.axis}' are not known; expected one of {', '.join(AXES)}")

    def add(self, event: Labelled) -> None:
        """Add answers; those of a machine are passed over."""
        heard = {(label.segment, label.annotator) for label in event.labels if label.source != "machine"}
        self._clips |= {segment for segment, _ in heard}
        if self.axis != "listened":
            return
        for segment, _ in heard:
            lasts = self.seconds.get(segment, np.nan)
            if np.isnan(lasts):
                raise BadPlan(f"how long '{segment}' is cannot be told; curves along labels or cost need no recordings")
            self._listened += lasts

    def spent(self, event: Scored) -> float:
        """Return what was spent until a score."""
        match self.axis:
            case "labels":
                return float(len(self._clips))
            case "listened":
                return round(self._listened, 6)
        return event.spent

    def unit(self, begun: Started | None) -> str:
        """Return the unit of a run, given how it began."""
        return AXES[self.axis] or (begun.unit if begun else CLIPS)


def ended_together(frame: pd.DataFrame, finished: set[tuple[str, int, int]]) -> pd.DataFrame:
    """Cut the curves of each strategy where its first finished run ends: as many labels take one longer than another.

    Parameters
    ----------
    frame : DataFrame
        With columns ``strategy seed fold target metric spent value``.
    finished : set of (strategy, seed, fold)
        Runs that have ended. A strategy none of whose runs has is left as it is.

    Examples
    --------
    >>> rows = [("random", s, 0, "emotion", "uar", x * (1 + s), x / 100) for s in (0, 1) for x in (20, 40)]
    >>> frame = pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value"])
    >>> cut = ended_together(frame, {("random", 0, 0), ("random", 1, 0)})
    >>> cut[cut["seed"] == 1][["spent", "value"]].values.tolist()
    [[40.0, 0.2]]
    """
    ends: dict[str, float] = {}
    for run, last in frame.groupby(["strategy", "seed", "fold"])["spent"].max().items():
        if run in finished:
            ends[run[0]] = min(last, ends.get(run[0], np.inf))
    parts = []
    for (strategy, *_), mine in frame.groupby(["strategy", "seed", "fold", "target", "metric"], sort=False):
        end, rows = ends.get(str(strategy), np.inf), mine.sort_values("spent", kind="stable")
        kept = rows[rows["spent"] <= end]
        if len(kept) < len(rows) and len(kept) and kept["spent"].iloc[-1] < end:
            value = float(np.interp(end, rows["spent"], rows["value"].astype(float)))
            kept = pd.concat([kept, rows.iloc[[len(kept)]].assign(spent=end, value=value)])
        parts.append(kept)
    return pd.concat(parts, ignore_index=True) if parts else frame
