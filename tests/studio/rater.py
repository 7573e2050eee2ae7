"""A rater in a process of its own, to be killed: says what is open, what is pressed and what was acknowledged.

``python rater.py FOLDER LOG LIMIT NAME``
"""

from __future__ import annotations

import random
import sys
import time
import uuid
from pathlib import Path

from seral_core.studio.session import Session


def main() -> None:
    """Label until so many clips are answered."""
    folder, limit, name = Path(sys.argv[1]), int(sys.argv[3]), sys.argv[4]
    session = Session(folder)
    target = session.studio.task[0]
    with open(sys.argv[2], "a", buffering=1, encoding="utf-8") as log:
        while session.progress(name)["answered"] < limit:
            (clip, *_) = session.next(name)["clips"]
            print("open", clip["segment"], clip["shown"], file=log)
            time.sleep(random.random() * 0.05)
            made, value = str(uuid.uuid4()), random.choice(target.classes)
            print("press", clip["segment"], clip["shown"], made, value, file=log)
            said = {"id": made, "target": target.name, "value": value}
            done = session.record(name, {**clip, "answers": [said], "answered_at": time.time()})
            print("saved", done["clips"][0]["segment"], done["clips"][0]["shown"], made, file=log)
        print("done", file=log)


if __name__ == "__main__":
    main()
