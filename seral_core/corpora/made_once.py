"""A folder of generated recordings, made in one step when it is first asked for: whole, or not there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.errors import BadCorpus
from seral_core.types import Floats

DRAFT = ".synthetic-draft-"
#: Called as ``report(done, total, text)`` while recordings are made.
Report = Callable[[int, int, str], object]


def later(default: Any) -> Any:
    """Return a parameter that older corpora have not got: at its default it is left out of what they depend on."""
    return field(default=default, metadata={"later": True})


@dataclass(frozen=True)
class Generated:
    """All that a generated corpus depends on: each has a frozen dataclass of its own below this one.

    Examples
    --------
    >>> Generated().text, len(Generated().key)
    ('{}', 12)
    """

    @property
    def text(self) -> str:
        """The parameters as JSON."""
        unused = {f.name for f in fields(self) if f.metadata.get("later") and getattr(self, f.name) == f.default}
        return json.dumps({name: v for name, v in asdict(self).items() if name not in unused}, default=int)

    @property
    def key(self) -> str:
        """Short hash, part of the name of the folder."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    def check_counts(self, **least: int) -> None:
        """Raise `BadCorpus` where a parameter is no whole number, or below its least."""
        for name, smallest in least.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < smallest:
                raise BadCorpus(
                    f"{name} of the synthetic corpus is {value!r}; expected a whole number of at least {smallest}; "
                    "correct it, or leave it out for the usual corpus"
                )


def made_once(root: Path, text: str, count: int, build: Callable[[Path], object], ours: bool, size: str) -> None:
    """Make a folder of recordings unless this very one is there already.

    Parameters
    ----------
    root : Path
        Where it goes.
    text : str
        All that it depends on; kept in it as ``recipe.json``.
    count : int
        Number of recordings (.wav).
    build : callable
        Fills a folder that it is given.
    ours : bool
        Whether what is in the way may be removed.
    size : str
        How much space it takes, for messages.

    Raises
    ------
    BadCorpus
        When something else is in the way, or the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp()) / "made"
    >>> for _ in range(2):
    ...     made_once(root, "one", 1, lambda draft: print((draft / "a.wav").write_text("")), True, "nothing")
    0
    """
    if _complete(root, text, count):
        return
    with _unfinished(root, size) as draft:
        _clear(root, ours=ours)
        build(draft)
        (draft / "recipe.json").write_text(text)
        _finish(draft, root, text, count)


def write_sound(path: Path, sound: Floats, rate_hz: int) -> None:
    """Write samples within (-1, 1) as a WAV of 16 bits.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    import soundfile

    try:
        soundfile.write(path, np.round(sound * 32767).astype(np.int16), rate_hz, subtype="PCM_16")
    except soundfile.SoundFileError as wrong:
        raise OSError(f"{path.name}: {wrong}") from None


def _complete(root: Path, text: str, count: int) -> bool:
    """Whether this very corpus is there, with all its recordings."""
    try:
        made = (root / "recipe.json").read_text()
    except (OSError, ValueError):
        return False
    return made == text and sum(1 for f in os.scandir(root) if f.name.endswith(".wav")) == count


def _clear(root: Path, *, ours: bool) -> None:
    """Remove what is in the way, or complain where it may be somebody's."""
    if not root.exists():
        return
    if root.is_dir() and (ours or not any(root.iterdir())):
        shutil.rmtree(root)
        return
    raise BadCorpus(
        f"{root} holds something else; expected a new or empty folder for the synthetic corpus; name another folder"
    )


@contextmanager
def _unfinished(root: Path, size: str) -> Iterator[Path]:
    """Lend a folder beside ``root`` that is gone afterwards, whatever happens."""
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        _sweep(root.parent)
        draft = root.parent / f"{DRAFT}{uuid.uuid4().hex[:12]}"
        draft.mkdir()
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as wrong:
        raise BadCorpus(
            f"the synthetic corpus could not be written to {root}: {wrong}; expected a writable "
            f"folder with space (about {size}); free some space, or set SERAL_HOME to "
            "another folder"
        ) from wrong


def _sweep(parent: Path) -> None:
    """Remove what killed builds left a day ago or longer."""
    for old in parent.glob(f"{DRAFT}*"):
        with suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > 86_400:
                shutil.rmtree(old, ignore_errors=True)


def _finish(draft: Path, root: Path, text: str, count: int) -> None:
    """Put the draft in place in one step; where another process was faster, its corpus is as good."""
    try:
        draft.rename(root)
    except OSError:
        if not _complete(root, text, count):
            raise
