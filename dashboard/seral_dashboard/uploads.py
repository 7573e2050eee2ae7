"""Recordings that somebody uploads: looked at before they are kept, under names that can do no harm."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seral_core.corpora.files import AUDIO
from seral_core.errors import BadCorpus
from seral_core.files import read_bytes
from seral_core.home import private_folder

MB = 1_000_000
#: What one file, and all of an upload together, may take; and how long a recording may be, since
#: some pack well.
PER_FILE, ALL, MOST_FILES, LONGEST_S = 100 * MB, 2000 * MB, 5000, 3 * 3600
MOST_CHANNELS = 32
#: Of what libsndfile finds in a file to the ending that it gets.
ENDINGS = {
    "WAV": ".wav", "WAVEX": ".wav", "RF64": ".wav", "FLAC": ".flac", "OGG": ".ogg", "MP3": ".mp3", "AIFF": ".aiff",
    "AU": ".au", "CAF": ".caf", "W64": ".w64",
}  # fmt: skip
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Kept:
    """What became of an upload.

    Parameters
    ----------
    names : tuple of str
        Files that were kept, as they are called now.
    refused : tuple of str
        What was not, a sentence each.
    """

    names: tuple[str, ...]
    refused: tuple[str, ...]


def save(files: Iterable[tuple[str, bytes]], folder: Path) -> Kept:
    """Write uploaded recordings into a folder; nothing else is written, and nothing is overwritten.

    Parameters
    ----------
    files : iterable of (name, content)
        As they were sent; a name is only ever taken for the last part of a path.
    folder : Path
        Made where it is missing.

    Raises
    ------
    BadCorpus
        When not one of them is a recording.

    Examples
    --------
    >>> import tempfile
    >>> save([("../evil.sh", b"rm -rf /")], Path(tempfile.mkdtemp()))
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: evil.sh is not kept: it is no recording that can be read; choose WAV, FLAC, ...
    """
    names: list[str] = []
    refused: list[str] = []
    total = 0
    for number, (name, content) in enumerate(files):
        wrong, ending = looked_at(name, content)
        if not wrong and (number >= MOST_FILES or total + len(content) > ALL):
            wrong = f"an upload may have {MOST_FILES} files and {ALL // MB} MB; put more into a folder and open that"
        if wrong:
            refused.append(f"{safe_name(name)} is not kept: {wrong}")
            continue
        total += len(content)
        names.append(_write(folder, safe_name(name, ending), content))
    if not names:
        raise BadCorpus(refused[0] if refused else "got no file; expected recordings; choose some")
    return Kept(tuple(names), tuple(refused))


def looked_at(name: str, content: bytes) -> tuple[str, str]:
    """Return what is wrong with a file, empty where nothing is, and the ending that its content asks for."""
    import soundfile

    if Path(name.replace("\\", "/")).suffix.lower() not in AUDIO and "." in name:
        return "it is no recording that can be read; choose WAV, FLAC, OGG, MP3 or AIFF", ""
    if len(content) > PER_FILE:
        return f"it has {len(content) // MB} MB; a file may have {PER_FILE // MB} MB; cut it, or open its folder", ""
    try:
        about = soundfile.info(io.BytesIO(content))
    except (soundfile.LibsndfileError, RuntimeError, TypeError, ValueError):
        return "it is no recording that can be read; choose WAV, FLAC, OGG, MP3 or AIFF", ""
    if about.format not in ENDINGS or not about.frames:
        return "it holds no sound in a known format; choose WAV, FLAC, OGG, MP3 or AIFF", ""
    if about.channels > MOST_CHANNELS:
        return f"it has {about.channels} channels; expected at most {MOST_CHANNELS}; mix it down", ""
    if about.frames > LONGEST_S * about.samplerate:
        what = f"it is longer than {LONGEST_S // 3600} hours, or does not say how long"
        return f"{what}; save it again, or cut it into parts", ""
    return "", ENDINGS[about.format]


def safe_name(given: str, ending: str = "") -> str:
    r"""Return a name that is a file's on every system, and leads nowhere.

    Examples
    --------
    >>> safe_name("../../etc/passwd"), safe_name("C:\\a\\Ärger 1.WAV", ".wav"), safe_name("con.wav", ".wav")
    ('passwd', 'Ärger 1.wav', '_con.wav')
    """
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, suffix = last.rpartition(".")
    stem, suffix = (stem, dot + suffix) if stem else (last, "")
    stem = re.sub(r"[^\w .()+=,-]", "_", stem).strip(" .") or "recording"
    stem = f"_{stem}" if _RESERVED.fullmatch(stem) else stem
    while len(stem.encode()) > 120:
        stem = stem[:-1]
    return stem.rstrip(" .") + (ending or re.sub(r"[^\w.]", "_", suffix)[:12])


def _write(folder: Path, name: str, content: bytes) -> str:
    private_folder(folder)
    path, number = folder / name, 1
    while True:
        try:
            with path.open("xb") as file:
                file.write(content)
            return path.name
        except FileExistsError:
            if read_bytes(path) == content:
                return path.name
            number += 1
            path = folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
