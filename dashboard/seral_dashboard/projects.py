"""Labelling projects as the pages and routes need them: found, opened once, and known by their raters' secrets."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from filelock import FileLock, Timeout

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.links import links_note
from seral_core.errors import BadClip, SeralError
from seral_core.files import read_text, regular
from seral_core.folders import inside
from seral_core.home import home
from seral_core.studio.background import running_trainer
from seral_core.studio.copies import Copied, check_original, settle
from seral_core.studio.project import FILE, LabelProject, Rater, open_project
from seral_core.studio.recordings import check_there
from seral_core.studio.session import Session
from seral_dashboard import clips
from seral_dashboard.access import NotAllowed

#: How long a long clip may be streamed with the ticket that was given out for it.
TICKET_S = 12 * 3600

_sessions: dict[Path, Session] = {}
_folders: dict[str, Path] = {}
_marks: dict[Path, FileLock] = {}
_lock = threading.Lock()


class NoLink(NotAllowed):
    """A secret that belongs to no rater of the project."""

    sentence = "this link is not valid, or not any more; ask the person who sent it for a new one"

    def __init__(self) -> None:
        super().__init__(self.sentence)


class UnclearLink(NoLink):
    """A secret that only copies of its project have, as far as this computer knows."""

    sentence = "the project of this link was copied or moved; ask the person who sent it to open it again"


def folders() -> list[Path]:
    """Return the folders of all projects that this computer knows, the last changed one first."""
    own = [path.parent for path in home("labels").glob(f"*/{FILE}")]
    known = {folder.resolve() for folder in [*own, *_remembered()] if (folder / FILE).is_file()}
    return sorted(known, key=lambda folder: (-(folder / FILE).stat().st_mtime, str(folder)))


def remember(folder: Path) -> None:
    """Keep a project that lies elsewhere, so that it is found again."""
    folder = folder.resolve()
    if folder not in folders():
        with _list().open("a", encoding="utf-8") as file:
            file.write(f"{folder}\n")


def _list() -> Path:
    return home() / "labelled.txt"


def _remembered() -> list[Path]:
    return [Path(line) for line in read_text(_list()).splitlines()] if _list().exists() else []


def key_of(folder: Path) -> str:
    """Return a project's key in addresses."""
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]


def by_key(key: str) -> Path:
    """Return the project that an address names, or raise `NoLink`."""
    if key in _folders and (_folders[key] / FILE).is_file():
        return _folders[key]
    _folders.update({key_of(folder): folder for folder in folders()})
    if key not in _folders or not (_folders[key] / FILE).is_file():
        raise NoLink
    return _folders[key]


def studio(folder: Path) -> LabelProject:
    """Return a project as its file is now."""
    return _read(folder, (folder / FILE).stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(folder: Path, _changed: int) -> LabelProject:
    return open_project(folder)


def session(folder: Path, train: bool = True) -> Session:
    """Return the one session that this process has on a project; when it is opened, the trainer may start too.

    Raises
    ------
    Copied
        When the raters' links lead to another project, of which this is a copy.
    """
    with _lock:
        if folder not in _sessions:
            check_links(folder)
        if folder not in _sessions:
            _sessions[folder] = Session(folder, train=train)
            _mark(folder)
        return _sessions[folder]


@contextmanager
def closed(folder: Path) -> Iterator[bool]:
    """Keep nothing of a project open for the length of a ``with`` block; tell whether no other process does either."""
    with _lock:
        _mark(folder)
        ours = _marks[folder].is_locked
        if ours:
            _marks.pop(folder).release()
            if (opened := _sessions.pop(folder, None)) is not None:
                if opened.trainer is not None:
                    opened.trainer.end()
                opened.store.close()
        yield ours and not running_trainer(folder)


def check_links(folder: Path) -> None:
    """Raise `Copied` where the raters' links of a project lead to another one, or may do so."""
    marks = studio(folder).marks
    if not check_original(folder, marks):
        for other in folders():
            if other != folder and marks & _marks_of(other):
                raise Copied(folder, other, holds=False)
    settle(folder, marks)


def _marks_of(folder: Path) -> frozenset[str]:
    try:
        return studio(folder).marks
    except (SeralError, OSError):
        return frozenset()


def sound(folder: Path, segment: str, corpus: Corpus | None = None) -> clips.Sound:
    """Return a clip of the project's corpus, ready to be read; of a stretch, with what is played before it.

    Parameters
    ----------
    folder : Path
        Of the project.
    segment : str
        Which clip.
    corpus : Corpus, optional
        Of a class, which has no session and no stretches; left out: that of the session.

    Raises
    ------
    BadClip
        When this clip is missing or damaged; `seral_core.studio.recordings.Away` when all in its
        folder are.
    """
    opened = session(folder) if corpus is None else None
    corpus = opened.corpus if opened is not None else corpus
    assert corpus is not None
    try:
        made = clips.sound(clips.admit(f"label {folder}", corpus), segment)
        if opened is None:
            return made
        return replace(made, start=max(0, made.start - round(opened.lead_in_s(segment) * made.rate_hz)))
    except BadClip:
        check_there(corpus, segment)
        raise


def _mark(folder: Path) -> None:
    """Mark a project as served, as long as this process lives and unless another one has it."""
    mark = _marks.setdefault(folder, FileLock(regular(inside(folder, ".served")), thread_local=False))
    with suppress(Timeout, OSError):
        if not mark.is_locked:
            mark.acquire(timeout=0)


def notes(folder: Path) -> list[str]:
    """Return what a person who serves a project should know: recordings that cannot be read, and other servers."""
    session_, found = session(folder), []
    if trouble := session_.look():
        found.append(
            f"the recordings of this project cannot be read: {trouble}; answers are stored "
            "nevertheless, and clips come by themselves once the recordings are back"
        )
    elif not session_.studio.links and (note := _links_note(folder)):
        found.append(note)
    _mark(folder)  # the other server may have ended
    if not _marks[folder].is_locked and os.access(folder, os.W_OK):
        found.append(
            "another dashboard has this project open too; both may be used: every answer is kept, one of them trains"
        )
    return found


@lru_cache(maxsize=20)
def _links_note(folder: Path) -> str:
    return links_note(session(folder).corpus)


def clip(folder: Path, segment: str) -> bytes:
    """Return a clip of the project's corpus as WAV, whole.

    Raises
    ------
    BadClip
        When it is too long for that.
    """
    made = sound(folder, segment)
    if not made.whole:
        minutes = made.seconds / 60
        raise BadClip(
            made.path.name, f"lasts {minutes:.0f} minutes, too long for a notebook; open it with 'seral label'"
        )
    return clips.wav(made)


def ticket(folder: Path, rater: str, segment: str, version: str) -> str:
    """Return where a rater's browser streams a version of a clip from, for as long as a session lasts."""
    query = {"segment": segment, "rater": rater, "until": str(int(time.time()) + TICKET_S), "version": version}
    return "stream?" + urlencode({**query, "ticket": _signed(studio(folder).rater(rater), query)})


def check_ticket(folder: Path, query: Mapping[str, str]) -> None:
    """Raise `NoLink` where a ticket was not given out for this clip, or not to this rater, or is too old."""
    name, until = query.get("rater", ""), query.get("until", "")
    rater = next((rater for rater in studio(folder).raters if rater.name == name), None)
    if rater is None or not until.isascii() or not until.isdecimal() or len(until) > 12 or int(until) < time.time():
        raise NoLink
    if not hmac.compare_digest(_signed(rater, query).encode(), query.get("ticket", "").encode("utf-8", "replace")):
        raise NoLink


def _signed(rater: Rater, query: Mapping[str, str]) -> str:
    text = " ".join(query.get(part, "") for part in ("until", "version", "segment"))
    return hmac.new(rater.secret.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def whose(folder: Path, secret: str) -> Rater:
    """Return the rater of a project whose secret it is, or raise `NoLink`."""
    rater = studio(folder).by_secret(secret)
    if rater is None:
        raise NoLink
    return rater


def of_secret(secret: str) -> tuple[Path, Rater]:
    """Return project and rater that a link leads to, or raise `NoLink`; never a copy of that project."""
    wrong = NoLink
    for folder in folders():
        try:
            rater = studio(folder).by_secret(secret)
            if rater is not None:
                check_links(folder)
                return folder, rater
        except Copied:
            wrong = UnclearLink
        except SeralError:
            continue  # a damaged project must not lock out the raters of others
    raise wrong
