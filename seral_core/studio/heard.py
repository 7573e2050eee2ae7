"""Which recording a clip was when a rater got it: where it is another one now, its answers are about the old one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import few
from seral_core.errors import SeralError
from seral_core.files import opened
from seral_core.store import Answer, LabelStore

#: Begins the word for a recording, in the comment of the row that says that a clip was given.
BEGIN = "recording:"
#: Bytes at the start, in the middle and at the end of a recording that tell it from others; a short one is read whole.
PIECE = 65_536


def word_of(segment: str, corpus: Corpus | None) -> str:
    """Return the word for the recording of a clip, of its size, last change and content; empty where it is not read.

    Examples
    --------
    >>> word_of("a.wav", None)
    ''
    """
    with suppress(OSError, SeralError, KeyError):
        return word_for(corpus.path(segment)[0]) if corpus is not None else ""
    return ""


def word_for(path: Path) -> str:
    """Return the word for a recording; empty where it cannot be read.

    Examples
    --------
    >>> word_for(Path("nowhere.wav"))
    ''
    """
    with suppress(OSError, SeralError):
        stat = path.stat()
        return f"{BEGIN}{stat.st_size}_{stat.st_ctime_ns}_{_content(path, stat.st_size, stat.st_ctime_ns)}"
    return ""


def is_other(word: str, path: Path) -> bool:
    """Whether a recording has another content than the one that a word is for; where it cannot be read, it has not.

    Examples
    --------
    >>> import os, tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.wav"
    >>> _ = path.write_bytes(b"sound")
    >>> word, time = word_for(path), path.stat().st_mtime_ns
    >>> os.utime(path, (1, 1))
    >>> before = is_other(word, path)
    >>> _ = path.write_bytes(b"other")
    >>> os.utime(path, ns=(time, time))
    >>> before, is_other(word, path)
    (False, True)
    """
    with suppress(OSError, SeralError, ValueError):
        size, touched_ns, content = word.removeprefix(BEGIN).split("_")
        stat = path.stat()
        if (stat.st_size, stat.st_ctime_ns) == (int(size), int(touched_ns)):
            return False  # thousands are looked at when a project is opened: those that nobody touched are not read
        return stat.st_size != int(size) or _content(path, stat.st_size, stat.st_ctime_ns) != content
    return False


def other_now(store: LabelStore, corpus: Corpus) -> tuple[str, ...]:
    """Return a note where raters answered on recordings that are others now than those that they were given.

    Parameters
    ----------
    store : LabelStore
        Of the project.
    corpus : Corpus
        The recordings.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> other_now(LabelStore(Path(tempfile.mkdtemp()) / "labels.sqlite"), toy_corpus())
    ()
    """
    if corpus.root is None and not corpus.parts:
        return ()
    answers = [row for row in store.current() if row.kind == "answer" and row.screen]
    words = {row.screen: word for row in store.rows(kind="shown") for word in _words(row)} if answers else {}
    here = corpus.here(row.segment for row in answers)
    places = {(row.segment, words[row.screen]) for row in answers if row.screen in words and row.segment in here}
    others = sorted({segment for segment, word in places if is_other(word, corpus.path(segment)[0])})
    if not others:
        return ()
    one = len(others) == 1
    return (
        f"{len(others)} clip{'' if one else 's'} that raters answered {'is' if one else 'are'} another recording now "
        f"than the one they were given: {few(others)}; the answers count for what is there now; put the "
        f"recording{'s' * (not one)} back as {'it was' if one else 'they were'}, or have "
        f"{'it' if one else 'them'} labelled again",
    )


def _words(row: Answer) -> Iterable[str]:
    return (word for word in row.comment.split() if word.startswith(BEGIN))


@lru_cache(maxsize=10_000)
def _content(path: Path, size: int, touched_ns: int) -> str:
    found = hashlib.sha256()
    with opened(path) as file:
        for at in (0, (size - PIECE) // 2, size - PIECE) if size > 3 * PIECE else (0,):
            file.seek(at)
            found.update(file.read(PIECE if size > 3 * PIECE else 3 * PIECE))
    return found.hexdigest()[:24]
