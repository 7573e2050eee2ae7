"""How long things have lain in a folder, where clocks may jump: only time that was seen to pass counts.

Each look adds what the clock says has passed since the look before: at most a day, and nothing where it went back. So
a clock that jumps ahead makes things older by a day and not by years, and a folder that is looked at seldom ages late.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from seral_core.files import read_bytes, write_text

FILE = ".aging.json"
#: What one look adds at most.
STEP = timedelta(days=1)
#: How long after a look the next one is written down.
SELDOM = timedelta(minutes=10)


def ages(folder: Path, names: Iterable[str], now: datetime) -> dict[str, timedelta]:
    """Return for how long each of these has been seen in a folder; what is new, since now.

    Parameters
    ----------
    folder : Path
        Where they lie; looks are written down there.
    names : iterable of str
        All that lie there.
    now : datetime
        What the clock says.

    Examples
    --------
    >>> import tempfile
    >>> folder, begin = Path(tempfile.mkdtemp()), datetime(2026, 1, 1)
    >>> [ages(folder, ["a"], begin + timedelta(days))["a"].days for days in (0, 0.5, 1, 4000, 2, 3)]
    [0, 0, 1, 2, 2, 3]
    """
    at, seen = _read(folder)
    passed = min(max(now.timestamp() - at, 0.0), STEP.total_seconds())
    names = list(names)
    if not at <= now.timestamp() < at + SELDOM.total_seconds() or not seen.keys() >= set(names):
        seen = {name: seen[name] + passed if name in seen else 0.0 for name in names}
        with suppress(OSError):  # a place that is only read keeps what is in it
            write_text(folder / FILE, json.dumps({"at": now.timestamp(), "seen": seen}), to_disk=False)
    return {name: timedelta(seconds=seen[name]) for name in names}


def _read(folder: Path) -> tuple[float, dict[str, float]]:
    """Return when the last look was, and what it found; a file that is damaged makes all things new."""
    try:
        found = json.loads(read_bytes(folder / FILE, 10_000_000))
        seen = {str(name): float(seconds) for name, seconds in found["seen"].items()}
        at = float(found["at"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return 0.0, {}
    return at, {name: seconds for name, seconds in seen.items() if 0 <= seconds < 1e10}
