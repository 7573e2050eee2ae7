"""Files that one process writes and others read: the old content or the new, never a half of it."""

from __future__ import annotations

import errno
import glob
import io
import os
import shutil
import stat
import struct
import sys
import time
import tokenize
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from io import BufferedReader, FileIO
from pathlib import Path

from seral_core.errors import NotAFile

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
try:
    from lzma import LZMAError
except ImportError:  # Python can be built without it
    LZMAError = zlib.error  # type: ignore[assignment,misc]

#: What reading a file of arrays can raise where the file is damaged, or claims more than there is.
DAMAGED = (
    OSError, ValueError, LookupError, TypeError, EOFError, MemoryError, OverflowError, NotImplementedError,
    RuntimeError, SyntaxError, zipfile.BadZipFile, zlib.error, LZMAError, struct.error, tokenize.TokenError,
)  # fmt: skip

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}
#: Endings of what SQLite opens beside a database, and of that itself.
SQLITE = ("", "-wal", "-shm", "-journal")
#: A draft that was not written to for so long has no writer any more, in seconds; one that nobody holds, for so long.
LEFT_S, UNHELD_S = 86_400, 10.0
#: A full disk or quota, a file that grew too large, or a place that is only read: the file that was written is meant.
_OF_WRITING = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG, errno.EROFS)


def regular(path: Path) -> Path:
    """Return the path of a file of a user, before it is opened: a pipe would be waited for without end.

    Parameters
    ----------
    path : Path
        A file, or a link to one; a path that leads nowhere is returned as it is.

    Raises
    ------
    NotAFile
        When it is a pipe, a socket, a device or a folder. Being an ``OSError`` too, it becomes part
        of the sentence of the account that reads the file.

    Examples
    --------
    >>> regular(Path("nowhere.csv")).name
    'nowhere.csv'
    >>> regular(Path("/dev/null"))
    Traceback (most recent call last):
    seral_core.errors.NotAFile: null is a device, and is not opened; expected a file; ...
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except OSError:
        return path
    if kind in _KINDS:
        raise _no_file(path, kind)
    return path


def opened(path: Path) -> BufferedReader:
    """Open a file of a folder that may come from anybody, to read it; never wait for a pipe.

    What lies in a project, run, stream or recipe is read through this, or through `read_text` and
    `read_bytes`, and what takes only a path is given it by way of `regular`.

    Parameters
    ----------
    path : Path
        A file, or a link to one; whether a link may be followed, `seral_core.folders.inside` says.

    Raises
    ------
    NotAFile
        When it is a pipe, a socket, a device or a folder; also when it became one a moment ago.

    Examples
    --------
    >>> opened(Path("/dev/null"))
    Traceback (most recent call last):
    seral_core.errors.NotAFile: null is a device, and is not opened; expected a file; ...
    """
    return open(_descriptor(path, os.O_RDONLY), "rb")


def appending(path: Path) -> FileIO:
    """Open a file to write at its end, unbuffered, as `opened` does; it is made where it is missing.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "events.jsonl"
    >>> with appending(path) as file:
    ...     file.write(b"a line")
    6
    """
    return open(_descriptor(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab", buffering=0)


def _descriptor(path: Path, flags: int) -> int:
    regular(path)
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0), 0o666)
    kind = stat.S_IFMT(os.fstat(handle).st_mode)
    if kind in _KINDS:
        os.close(handle)
        raise _no_file(path, kind)
    return handle


def read_bytes(path: Path, most: int = sys.maxsize) -> bytes:
    """Return what a file holds; see `opened`.

    Parameters
    ----------
    path : Path
        A file, or a link to one.
    most : int
        Bytes that are read of a file that may come from anybody.

    Raises
    ------
    NotAFile
        When it is no file; `ValueError` when it is larger.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "notes.txt"
    >>> path.write_text("too much"), read_bytes(path)
    (8, b'too much')
    >>> read_bytes(path, 4)
    Traceback (most recent call last):
    ValueError: it is larger than 4 bytes
    """
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size <= most:
            found = file.read() if most == sys.maxsize else file.read(most + 1)
            if len(found) <= most:
                return found
    raise ValueError(f"it is larger than {f'{most // 1_000_000:,} MB' if most >= 1_000_000 else f'{most} bytes'}")


def read_text(path: Path, encoding: str = "utf-8", *, most: int = sys.maxsize) -> str:
    """Return the text of a file; see `opened` and, for ``most``, `read_bytes`.

    Examples
    --------
    >>> read_text(Path("/dev/zero"))
    Traceback (most recent call last):
    seral_core.errors.NotAFile: zero is a device, and is not opened; expected a file; ...
    """
    with io.TextIOWrapper(io.BytesIO(read_bytes(path, most)), encoding=encoding) as file:
        return file.read()


def _no_file(path: Path, kind: int) -> NotAFile:
    return NotAFile(f"{path.name} is {_KINDS[kind]}, and is not opened; expected a file; name one, or remove it")


@contextmanager
def replacing(path: Path, *, mode: int | None = None, to_disk: bool = True) -> Iterator[Path]:
    """Lend a draft that takes the place of ``path`` when it is complete, and is gone otherwise.

    The draft is on the disk before it takes the place, so that a power failure leaves the old
    content or the new. A draft that a killed writer of the same file left behind is removed by the
    next one.

    Parameters
    ----------
    path : Path
        The file to be made or replaced; its folder is made where it is missing.
    mode : int, optional
        Rights of the file, such as ``0o600``; left out: those of the file it replaces, or the usual
        ones.
    to_disk : bool
        Whether to wait for the disk. Not needed for what is rewritten all the time, or can be made
        again.

    Yields
    ------
    Path
        A file beside it, with the same ending, to write to.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "new" / "table.csv"
    >>> with replacing(path) as draft:
    ...     _ = draft.write_text("all")
    >>> path.read_text(), [file.name for file in path.parent.iterdir()]
    ('all', ['table.csv'])
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_drafts(path)
    draft = path.with_name(f".{path.stem[:50]}.{uuid.uuid4().hex[:12]}.draft{path.suffix[:20]}")
    with named(path, draft):
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode))
    try:
        if mode is None:
            with suppress(OSError):
                draft.chmod(path.stat().st_mode & 0o777)
        with named(path, draft), held(draft):
            yield draft
            if to_disk:
                _to_disk(draft)
            draft.replace(path)
        if to_disk:
            _to_disk(path.parent)
    finally:
        draft.unlink(missing_ok=True)


@lru_cache(maxsize=4096)  # once a process: some files are rewritten several times a second
def _clear_drafts(path: Path) -> None:
    clear_drafts(path.parent, glob.escape(path.stem[:50]), glob.escape(path.suffix[:20]))


def clear_drafts(folder: Path, stem: str, suffix: str = "") -> None:
    """Remove the drafts of files or folders that their writers left behind because they were killed.

    Parameters
    ----------
    folder : Path
        Where they lie.
    stem, suffix : str
        How the name of what was to be written begins and ends, as a pattern of `glob`.

    Examples
    --------
    >>> clear_drafts(Path("nowhere"), "labels", ".csv")
    """
    for draft in folder.glob(f".{stem}.{'[0-9a-f]' * 12}.draft{suffix}"):
        with suppress(OSError):
            if _is_beside(draft) or not _left_behind(draft):
                continue
            if draft.is_dir() and not draft.is_symlink():
                shutil.rmtree(draft, ignore_errors=True)
                continue
            for ending in SQLITE[::-1]:  # the draft of a database goes last, so that none of these is left without it
                Path(f"{draft}{ending}").unlink(missing_ok=True)


def _is_beside(path: Path) -> bool:
    """Whether SQLite keeps this beside the draft of a database that is there: it is that one's writer who counts."""
    return any(path.name.endswith(e) and Path(str(path).removesuffix(e)).exists() for e in SQLITE if e)


@contextmanager
def held(draft: Path) -> Iterator[None]:
    """Hold a draft as long as its writer lives, so that others can tell one that was left behind.

    Examples
    --------
    >>> with held(Path("nowhere")):
    ...     pass
    """
    handle = None
    if fcntl is not None:
        with suppress(OSError):  # where a disk knows no such locks, a draft is left behind when it is old
            handle = os.open(draft, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _left_behind(draft: Path) -> bool:
    age_s = time.time() - draft.lstat().st_mtime
    if age_s > LEFT_S or fcntl is None or age_s < UNHELD_S:
        return age_s > LEFT_S
    handle = os.open(draft, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where its writer lives
    finally:
        os.close(handle)
    return True


@contextmanager
def named(path: Path, draft: Path) -> Iterator[None]:
    """Have trouble with writing a draft, such as a full disk, name the file that it is for.

    Examples
    --------
    >>> with named(Path("labels.csv"), Path(".labels.draft.csv")):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    OSError: [Errno 28] No space left on device: 'labels.csv'
    """
    try:
        yield
    except OSError as wrong:
        if str(wrong.filename).startswith(str(draft)) or (wrong.filename is None and _is_of_writing(wrong)):
            wrong.filename = str(path)
        raise


def _is_of_writing(wrong: OSError) -> bool:
    return wrong.errno in _OF_WRITING or "No space left" in str(wrong)  # some libraries say it in words alone


def remove(path: Path) -> None:
    """Remove a file that nobody writes any more, and whatever killed writers of it left behind; it may be missing.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("checkpoint.pt", ".checkpoint.0123456789ab.draft.pt", "weights.pt"):
    ...     (folder / name).touch()
    >>> remove(folder / "checkpoint.pt")
    >>> [file.name for file in folder.iterdir()]
    ['weights.pt']
    """
    drafts = f".{glob.escape(path.stem[:50])}.{'[0-9a-f]' * 12}.draft{glob.escape(path.suffix[:20])}"
    for each in (path, *path.parent.glob(drafts)):
        each.unlink(missing_ok=True)


def write_text(path: Path, text: str, *, mode: int | None = None, to_disk: bool = True) -> None:
    """Replace a text file in one step; see `replacing`.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "plan.toml"
    >>> write_text(path, "seed = 3")
    >>> path.read_text()
    'seed = 3'
    """
    with replacing(path, mode=mode, to_disk=to_disk) as draft:
        draft.write_text(text, encoding="utf-8", newline="")


def _to_disk(path: Path) -> None:
    """Wait until a file or folder is on the disk; folders cannot be opened everywhere."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
