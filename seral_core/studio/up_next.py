"""What to label next, for people who label with another tool: the trainer looks once, and says what it wants."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from seral_core.corpora.corpus import segment_place
from seral_core.errors import BadPlan
from seral_core.files import read_text, replacing
from seral_core.folders import inside
from seral_core.guard import sheet
from seral_core.studio.clips import Order
from seral_core.studio.project import LabelProject
from seral_core.studio.screenings import Screenings
from seral_core.studio.session import Session
from seral_core.studio.stable_random import stable_random
from seral_core.studio.trainer import work


def up_next(folder: Path, n: int) -> list[str]:
    """Return the clips that a project wants labelled next: what its strategy asks for, then some at random.

    The model learns from all answers before. Clips that are set aside for testing or have known answers are left out.

    Parameters
    ----------
    folder : Path
        Of the project.
    n : int
        How many.

    Raises
    ------
    BadPlan
        When the model cannot be trained.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> folder = made_project(clips=30)
    >>> len(set(up_next(folder, 5))), up_next(folder, 5) == up_next(folder, 5)
    (5, True)
    """
    if not work(folder, idle_s=0.0):
        why = read_text(inside(folder, "run/trouble.txt")).strip()
        raise BadPlan(f"the model of {folder} could not be trained: {why}")
    session = Session(folder, train=False)
    queue = session.queue
    queue.sync()
    found = dict.fromkeys(i for i in queue.ranked.now().segments if i in queue.pool and not _done(queue.slots, i))
    order = Order(queue.pool, lambda segment: stable_random(session.studio.seed, "next", segment))
    while len(found) < n:
        drawn = order.first(lambda segment: segment not in found and not _done(queue.slots, segment))
        if drawn is None:
            break
        found[drawn] = None
    return list(found)[:n]


def _done(slots: Screenings, segment: str) -> bool:
    return segment in slots.enough or bool(slots.answered(segment))


def write_next(segments: list[str], to: Path, studio: LabelProject) -> None:
    """Write clips as a table with empty cells for the answers; filled in, ``seral labels import`` takes it.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "next.csv"
    >>> write_next(["a.wav", "b.wav#1.000-2.500"], path, LabelProject("recordings", ("emotion=anger,fear",)))
    >>> path.read_text().splitlines()
    ['file,start,end,rater,emotion', 'a.wav,0.0,,,', 'b.wav,1.0,2.5,,']
    """
    frame = pd.DataFrame([segment_place(segment) for segment in segments], columns=["file", "start", "end"])
    if frame["end"].isna().all() and (frame["start"] == 0).all():
        frame = frame[["file"]]
    with replacing(to) as draft:
        blank = dict.fromkeys(("rater", *(target.name for target in studio.task)), "")
        sheet(frame.assign(**blank)).to_csv(draft, index=False, encoding="utf-8")
