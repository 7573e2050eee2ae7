"""Which files of a folder are recordings, and how to name them in a message."""

from __future__ import annotations

import os
from collections.abc import Sequence
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
#: Endings of lossless formats, preferred where one clip is there twice.
LOSSLESS = frozenset({".wav", ".flac", ".aif", ".aiff"})


def audio_files(folder: Path) -> list[str]:
    """Return the recordings below ``folder``, relative to it, with forward slashes, sorted.

    Hidden files and folders and the remains that macOS leaves in archives are left out, and names
    that are not in UTF-8, which no table or log can hold; see `unwritable`. Headers are not read. A
    path that is no folder has no recordings.

    Parameters
    ----------
    folder : Path
        Where to look, folders in folders included.

    Examples
    --------
    >>> audio_files(Path("no such folder"))
    []
    """
    return sorted(name for name in _all_audio(folder) if _is_unicode(name))


def unwritable(folder: Path) -> tuple[str, ...]:
    """Return a note on the recordings that `audio_files` leaves out for their names; none where there are none.

    Examples
    --------
    >>> unwritable(Path("no such folder"))
    ()
    """
    foreign = [name for name in _all_audio(folder) if not _is_unicode(name)]
    if not foreign:
        return ()
    return (
        f"{len(foreign)} recordings are left out, such as {foreign[0]!a}: their names are not in "
        "UTF-8; rename them, such as with: convmv -f latin1 -t utf8",
    )


def _all_audio(folder: Path) -> list[str]:
    found: list[str] = []
    # A link to a folder around this one would lead through the whole computer.
    seen: set[str] = {str(around) for around in Path(os.path.realpath(folder)).parents}
    for where, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(where)
        folders[:] = [] if real in seen else [f for f in folders if not f.startswith((".", "__MACOSX"))]
        if real in seen:
            continue
        seen.add(real)
        below = os.path.relpath(where, folder).replace(os.sep, "/")
        prefix = "" if below == "." else f"{below}/"
        found += [prefix + n for n in names if not n.startswith(".") and Path(n).suffix.lower() in AUDIO]
    return found


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
        if notes := unwritable(folder):
            raise BadCorpus(f"{folder} holds no recordings that can be used: {notes[0]}")
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
