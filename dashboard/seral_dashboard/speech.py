"""Corpora as the pages need them: opened once, remembered, and summed up."""

from __future__ import annotations

from contextlib import nullcontext
from threading import Lock
from typing import Any

import pandas as pd

from seral_core.corpora.base import absolute_corpus, parts_of
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.durations import durations_s
from seral_core.corpora.reading import Reading
from seral_core.corpora.reading import remembered as remembered_reading
from seral_core.files import write_text
from seral_core.home import home, placed
from seral_core.runs.speech import opened
from seral_core.runs.traced import means, traces_of
from seral_dashboard import clips
from seral_dashboard.data import experiments
from seral_dashboard.workers import crew

#: The built-in corpus is made on first use: twice at once takes twice as long.
_MAKING = Lock()


def corpus(where: str, reading: Reading | None = None) -> tuple[Corpus, str]:
    """Open a corpus as a plan does; return it and the key by which its clips can be listened to.

    Parameters
    ----------
    where : str
        Which.
    reading : Reading, optional
        How; left out, as is remembered.
    """
    reading = remembered_reading(where) if reading is None else reading
    with _MAKING if any(part.startswith("synthetic") for part in parts_of(where)[0]) else nullcontext():
        found = opened(where, reading.reader, reading.ranges, reading.said)
    if where == "synthetic":
        crew().prepare()
    return found, clips.admit(f"{where} {reading}".strip(), found)


def forget() -> None:
    """Read corpora again when they are next asked for."""
    opened.cache_clear()
    clips.recent.clear()


def known_corpora() -> list[str]:
    """Return what can be opened at once: the built-in corpus, fetched ones, and those of earlier experiments."""
    fetched = sorted(path.name for path in home("corpora").iterdir() if path.is_dir() and not path.name.startswith("."))
    used = [e.grid.plan.corpus for e in experiments()]
    return list(dict.fromkeys(["synthetic", *fetched, *(w for w in [*remembered(), *used] if _there(w))]))


def _there(where: str) -> bool:
    return all(part.startswith("synthetic") or placed(part).exists() for part in parts_of(where)[0])


def remembered() -> list[str]:
    """Return folders and tables that were opened before, the last one first."""
    path = home() / "opened.txt"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def place(where: str) -> str:
    """Return paths as ones that hold from everywhere, and names as they are."""
    return absolute_corpus(where)


def remember(where: str) -> str:
    """Keep a folder or table for the next time; return its absolute path."""
    where = place(where)
    before = [other for other in remembered() if other != where]
    write_text(home() / "opened.txt", "\n".join([where, *before][:20]) + "\n")
    return where


def clip_columns(corpus: Corpus) -> dict[str, Any]:
    """Return all clips column by column: id, speaker, seconds, gold of every target, of traces its mean.

    Besides, whether there is ``audio``, and which targets have traces to be drawn (``traced``).
    """
    about = corpus.about
    columns: dict[str, Any] = {
        "id": list(corpus.ids),
        "speaker": [None if pd.isna(s) else str(s) for s in about["speaker"]],
        "seconds": [round(float(s), 2) for s in durations_s(corpus)],
    }
    for target in corpus.task:
        if target.rate_hz:
            if target.is_scale:
                mean = means(traces_of(corpus, target)[0])
                columns[f"mean {target.name}"] = [None if pd.isna(v) else round(float(v), 2) for v in mean]
            continue
        gold = corpus.gold(target.name)
        values = [None if pd.isna(v) else (round(float(v), 2) if target.is_scale else str(v)) for v in gold]
        columns[target.name] = values
    traced = [target.name for target in corpus.task if target.rate_hz and target.is_scale]
    return {"columns": columns, "audio": corpus.root is not None, "traced": traced}
