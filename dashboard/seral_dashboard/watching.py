"""Watched streams as the pages need them: found, and followed while a process watches."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from seral_core.errors import BadPlan, SeralError
from seral_core.runs.watch_folder import Tally, Watch, decided, saved, streams, tally
from seral_dashboard import data


@dataclass(frozen=True)
class Stream:
    """A folder that is, or was, watched."""

    id: str
    folder: Path
    plan: Watch

    @property
    def label(self) -> str:
        """Name and contents in one line."""
        return f"{self.id}: {', '.join(target.name for target in self.plan.task)} of {self.plan.folder}"

    @property
    def watched(self) -> bool:
        """Whether a process watches now."""
        return data.locked(self.folder)


def named_streams() -> dict[str, Stream]:
    """Return all streams by their id, those shown on purpose first, then the last started."""
    outside = [Path(path) for path in os.environ.get("SERAL_STREAM", "").split(os.pathsep) if path]
    below = sorted(data.runs_folder().glob("*/watch.toml"))
    found: dict[str, Stream] = {}
    for folder in dict.fromkeys([*outside, *streams(), *(path.parent for path in below)]):
        try:
            plan = saved(folder)
        except SeralError:
            continue  # what it watched is gone, or it is of a later version
        name = folder.name
        if name in found:
            name += f"-{hashlib.sha256(str(folder).encode()).hexdigest()[:6]}"
        found[name] = Stream(name, folder, plan)
    return found


def show_too(folder: Path) -> str:
    """Offer a stream wherever it is; return its id, or raise the `SeralError` that says why it cannot be shown."""
    saved(folder)
    os.environ["SERAL_STREAM"] = str(folder.resolve())
    for stream in named_streams().values():
        if stream.folder == folder.resolve():
            return stream.id
    raise BadPlan(f"{folder} holds no stream; expected a folder with watch.toml, as 'seral stream --out' makes")


def decisions(stream: Stream) -> pd.DataFrame:
    """Return a row a recording, as `seral_core.runs.watch_folder.decisions` does; not to be changed."""
    path = stream.folder / "events.jsonl"
    return _decisions(stream.folder, path.stat().st_size if path.exists() else 0)


@lru_cache(maxsize=8)
def _decisions(folder: Path, _size: int) -> pd.DataFrame:
    return decided(folder)


def counts(stream: Stream) -> Tally:
    """Return how many recordings arrived, were asked for, answered and passed."""
    return tally(decisions(stream))


def growth(table: pd.DataFrame, most: int = 500) -> pd.DataFrame:
    """Return how the numbers grew with every arrival, at no more than about ``most`` of them.

    Returns
    -------
    DataFrame
        ``asked for``, ``answered`` (of those asked for so far) and ``passed``, by the number of
        arrivals.
    """
    asked = table["decision"] == "ask"
    grown = pd.DataFrame(
        {"asked for": asked.cumsum(), "answered": (asked & table["answered"]).cumsum(), "passed": (~asked).cumsum()}
    )
    grown.index = pd.RangeIndex(1, len(grown) + 1, name="arrived")
    thin = grown.iloc[:: max(1, len(grown) // most)]
    return thin if thin.index[-1:].equals(grown.index[-1:]) else pd.concat([thin, grown.iloc[-1:]])
