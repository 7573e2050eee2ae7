"""Which files of a folder are recordings, and how to name them in a message."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from seral_core.errors import BadCorpus

#: Endings of the formats that libsndfile reads.
AUDIO = frozenset(
    f".{ending}"
    for ending in (
        *("wav", "flac", "ogg", "oga", "opus", "mp3", "aif", "aiff", "aifc", "au", "snd"),
        *("caf", "w64", "rf64", "sph", "nist", "voc", "avr", "sf", "paf", "svx"),
    )
)
#: Endings of sound that it does not read.
UNREAD = frozenset(
    f".{ending}"
    for ending in (
        *("m4a", "m4b", "aac", "wma", "mp4", "m4v", "mov", "avi", "mkv", "mka", "webm", "weba", "amr", "3gp", "3gpp"),
        *("3g2", "ac3", "ape", "wv", "ra", "rm", "mpc", "dss", "ds2", "qcp", "awb", "spx", "tta", "flv", "mpg", "mpeg"),
    )
)
_SOUND = AUDIO | UNREAD
#: Endings of lossless formats, preferred where one clip is there twice.
LOSSLESS = frozenset({".wav", ".flac", ".aif", ".aiff"})


@dataclass(frozen=True)
class Listing:
    """What lies below a folder: names relative to it, with forward slashes, sorted.

    Parameters
    ----------
    audio : tuple of str
        Recordings that can be opened.
    unread : tuple of str
        Recordings of formats that are not read, such as .m4a, without a copy beside them that is.
    foreign : tuple of str
        Recordings whose names are not in UTF-8, which no table or log can hold.
    locked : tuple of str
        Recordings and folders without permission to read them.
    lost : tuple of str
        Those of ``audio`` that are links to files that are not there now.
    """

    audio: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is left out, a sentence for each reason.

        Examples
        --------
        >>> Listing(unread=("a.m4a", "b.m4a")).notes
        ('2 files left out, .m4a is not read: convert them, such as with: ffmpeg -i IN.m4a OUT.wav',)
        """
        notes = [unread_note(self.unread)] if self.unread else []
        if self.foreign:
            notes.append(
                f"{len(self.foreign)} recordings are left out, such as {self.foreign[0]!a}: their names are not in "
                "UTF-8; rename them, such as with: convmv -f latin1 -t utf8"
            )
        if self.locked:
            notes.append(
                f"{len(self.locked)} files and folders are left out, you have no permission to read them: "
                f"{few(self.locked)}; change it, such as with: chmod -R u+rX"
            )
        if self.lost:
            notes.append(f"{len(self.lost)} recordings are links to files that are not there: {few(self.lost)}")
        return tuple(notes)


def unread_note(names: Sequence[str]) -> str:
    """Return the sentence on recordings whose formats are not read.

    Parameters
    ----------
    names : sequence of str
        At least one.

    Examples
    --------
    >>> unread_note(["a.m4a", "b.wma", "c.m4a"])
    '3 files left out, .m4a (2) and .wma (1) are not read: convert them, such as with: ffmpeg -i IN.m4a OUT.wav'
    """
    kinds = Counter(ending_of(name) for name in names).most_common()
    if len(kinds) == 1:
        which = f"{kinds[0][0]} is"
    else:
        each = [f"{ending} ({n})" for ending, n in kinds]
        which = f"{', '.join(each[:-1])} and {each[-1]} are"
    how = f"convert them, such as with: ffmpeg -i IN{kinds[0][0]} OUT.wav"
    return f"{len(names)} file{'s' * (len(names) != 1)} left out, {which} not read: {how}"


def ending_of(name: str) -> str:
    """Return the ending of a file's name in small letters, with its dot.

    Examples
    --------
    >>> ending_of("anna/one.WAV"), ending_of("anna/one")
    ('.wav', '')
    """
    return os.path.splitext(name)[1].lower()


def audio_files(folder: Path) -> list[str]:
    """Return the recordings below ``folder``, relative to it, with forward slashes, sorted.

    Hidden files and folders and the remains that macOS leaves in archives are left out, and what
    cannot be opened; see `listing`. Headers are not read. A path that is no folder has no recordings.

    Parameters
    ----------
    folder : Path
        Where to look, folders in folders included.

    Examples
    --------
    >>> audio_files(Path("no such folder"))
    []
    """
    return list(listing(folder).audio)


def left_out(folder: Path) -> tuple[str, ...]:
    """Return notes on the recordings that `audio_files` leaves out; none where there are none.

    Examples
    --------
    >>> left_out(Path("no such folder"))
    ()
    """
    return listing(folder).notes


_kept: ContextVar[dict[Path, Listing] | None] = ContextVar("kept", default=None)


@contextmanager
def listed_once() -> Iterator[None]:
    """List each folder only once within a ``with`` block: many readers look at the same one.

    Examples
    --------
    >>> with listed_once():
    ...     listing(Path("no such folder")) is listing(Path("no such folder"))
    True
    """
    token = _kept.set(_kept.get() or {})
    try:
        yield
    finally:
        _kept.reset(token)


def listing(folder: Path) -> Listing:
    """Return what lies below a folder, and what of it cannot be used.

    Examples
    --------
    >>> listing(Path("no such folder")).audio
    ()
    """
    kept = _kept.get()
    if kept is None:
        return _listing(folder)
    if folder not in kept:
        kept[folder] = _listing(folder)
    return kept[folder]


def _listing(folder: Path) -> Listing:
    locked: list[str] = []
    names = list(_walked(folder, locked))
    foreign = [name for name in names if not _is_unicode(name)]
    good = [name for name in names if _is_unicode(name)]
    lost: list[str] = []
    readable: list[str] = []
    for name in good:
        path = os.path.join(folder, name)
        if not os.access(path, os.R_OK):
            if os.path.exists(path):
                locked.append(name)
                continue
            lost.append(name)  # its disk may come back: the recording stays
        readable.append(name)
    audio = [name for name in readable if ending_of(name) in AUDIO]
    stems = {os.path.splitext(name)[0] for name in audio}
    unread = [n for n in readable if ending_of(n) in UNREAD and os.path.splitext(n)[0] not in stems]
    return Listing(*(tuple(sorted(names)) for names in (audio, unread, foreign, locked, lost)))


def _walked(folder: Path, locked: list[str]) -> Iterator[str]:
    """Yield the sound files below a folder; add the folders that may not be read to ``locked``."""

    def note(error: OSError) -> None:
        if isinstance(error, PermissionError):
            below = _below(str(error.filename), folder)
            locked.append(below.encode(errors="backslashreplace").decode() + "/")

    # A link to a folder around this one would lead through the whole computer.
    seen: set[str] = {str(around) for around in Path(os.path.realpath(folder)).parents}
    for where, folders, names in os.walk(folder, followlinks=True, onerror=note):
        real = os.path.realpath(where)
        folders[:] = [] if real in seen else [f for f in folders if not f.startswith((".", "__MACOSX"))]
        if real in seen:
            continue
        seen.add(real)
        below = _below(where, folder)
        prefix = "" if below == "." else f"{below}/"
        yield from (prefix + n for n in names if not n.startswith(".") and ending_of(n) in _SOUND)


def _below(path: str, folder: Path) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def some_audio(folder: Path) -> list[str]:
    """Return `audio_files` of a folder that must have some.

    Raises
    ------
    BadCorpus
        When there are none.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("b.flac", "a.wav", "notes.txt"):
    ...     (folder / name).touch()
    >>> some_audio(folder)
    ['a.wav', 'b.flac']
    """
    files = audio_files(folder)
    if not files:
        if notes := left_out(folder):
            raise BadCorpus(f"{folder} holds no recordings that can be used: {'; '.join(notes)}")
        raise BadCorpus(
            f"{folder} holds no recordings; expected .wav, .flac or another format of libsndfile, "
            "also in folders below; check the path"
        )
    return files


def few(names: Sequence[str], most: int = 3) -> str:
    """Return the first names and how many more there are.

    Examples
    --------
    >>> few(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
