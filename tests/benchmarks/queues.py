"""The queue of a rater: processor time until the next clip is known, and until an answer is kept.

``python -m tests.benchmarks.queues``: 10,000 clips, 5,000 answers of five raters in the store.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

from seral_core.store import Answer
from seral_core.studio.session import Session
from seral_core.studio.testing import made_project

CLIPS, ANSWERS, RATERS, TIMES = 10_000, 5_000, 5, 200
#: Most that the next clip may take, in milliseconds of processor time.
AIM_MS = 2.0


def filled(k: int) -> Session:
    """Return a session on a project that has been labelled for a while."""
    names = tuple(f"r{i}" for i in range(RATERS))
    session = Session(
        made_project(CLIPS, folder=Path(tempfile.mkdtemp()), raters=names, k=k, repeat_share=0.05), train=False
    )
    rows = []
    for number in range(ANSWERS):
        rater, place = f"r{number % RATERS}", number // RATERS if k > 1 else number
        shown = str(uuid.uuid4())
        common = {"segment": f"{place:04}.wav", "rater": rater, "screen": shown}
        rows.append(Answer(shown, target="", kind="shown", shown_at=1e9, **common))
        rows.append(Answer(str(uuid.uuid4()), target="emotion", value="anger", answered_at=1e9, **common))
    session.store.append(rows)
    session.next("r0")
    return session


def measured(session: Session) -> tuple[float, float]:
    """Return median milliseconds of processor time of ``next`` and ``record``."""
    nexts, records = [], []
    for _ in range(TIMES):
        began = time.process_time()
        (clip, *_) = session.next("r0")["clips"]
        nexts.append(time.process_time() - began)
        said = {"id": str(uuid.uuid4()), "target": "emotion", "value": "anger"}
        began = time.process_time()
        session.record("r0", {**clip, "answers": [said], "answered_at": time.time()})
        records.append(time.process_time() - began)
    return 1e3 * statistics.median(nexts), 1e3 * statistics.median(records)


def main() -> int:
    """Print both; exit with 1 where the next clip takes too long."""
    fine = True
    for k in (1, RATERS + 1):
        one, other = measured(filled(k))
        fine &= one < AIM_MS
        print(f"{k} raters per clip: next {one:.2f} ms (aim {AIM_MS:g} ms), record {other:.2f} ms of processor time")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
