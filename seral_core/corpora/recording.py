"""A recording: opened and decoded a block at a time, so that memory is bounded whatever its header says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadClip, NotAFile
from seral_core.files import regular

#: Samples of all channels that are decoded at once: half a megabyte.
BLOCK = 2**17
#: The length that libsndfile gives files that do not state theirs; no real file comes near.
_UNKNOWN = 2**48

_counting = threading.Lock()


class Recording:
    """An open recording.

    Parameters
    ----------
    path : Path
        Any file that libsndfile reads.

    Raises
    ------
    BadClip
        When it is missing, empty, no file or unreadable.

    Examples
    --------
    >>> Recording(Path("nowhere.wav"))
    Traceback (most recent call last):
    seral_core.errors.BadClip: nowhere.wav does not exist; record it again or leave it out
    """

    def __init__(self, path: Path) -> None:
        import soundfile

        self.path, self._wrong = path, (soundfile.SoundFileError, OSError, RuntimeError)
        try:
            regular(path)
        except NotAFile as why:
            raise BadClip(path.name, str(why).removeprefix(path.name).split(";")[0].strip()) from None
        try:
            if path.stat().st_size == 0:
                raise BadClip(path.name, "is empty (0 bytes)")
            self._file: Any = soundfile.SoundFile(path)
        except FileNotFoundError:
            raise BadClip(path.name, "does not exist") from None
        except self._wrong as why:
            raise self._unreadable(why) from None
        self.rate_hz, self.channels = int(self._file.samplerate), int(self._file.channels)
        self.seekable = bool(self._file.seekable())

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def frames(self) -> int | None:
        """How many samples a channel has, as the header says; None where it does not say."""
        return None if self._file.frames >= _UNKNOWN else int(self._file.frames)

    def span(self, start_s: float, end_s: float, frames: int) -> tuple[int, int]:
        """Return first and last sample of a part, counted from 0, or raise `BadClip`; nan is the end of the file."""
        start = round(start_s * self.rate_hz)
        stop = frames if np.isnan(end_s) else min(frames, round(min(end_s * self.rate_hz, frames)))
        if frames == 0:
            raise BadClip(self.path.name, "is empty (0 samples)")
        if not 0 <= start < stop:
            lasts = f"lasts {frames / self.rate_hz:.3f} s"
            raise BadClip(self.path.name, f"{lasts}, but the segment is {start_s:.3f} s to {end_s:.3f} s")
        return start, stop

    def blocks(
        self, start: int, stop: int | None = None, *, strict: bool = True, most: int = BLOCK
    ) -> Iterator[NDArray[np.float32]]:
        """Decode a part, a block at a time.

        Parameters
        ----------
        start, stop : int
            First sample, and the one after the last; None for all there is.
        strict : bool
            Whether damage raises `BadClip`; otherwise the part ends there.
        most : int
            Values in a block, of all channels together. Of an MP3 the samples where two blocks meet
            may differ in the last bit from those read at once.

        Yields
        ------
        float32 array of shape (samples, channels)
            In [-1, 1], at most ``most`` values; fewer samples in all where the file has fewer.
        """
        self._go_to(start)
        size, at = max(1, most // self.channels), start
        while stop is None or at < stop:
            block, whole = self._read(size if stop is None else min(size, stop - at), strict)
            at += len(block)
            if len(block):
                yield block
            if not whole:
                return

    def _go_to(self, start: int) -> None:
        try:
            if self.seekable:
                self._file.seek(start)
                return
        except self._wrong as why:
            raise self._unreadable(why) from None
        size = max(1, BLOCK // self.channels)
        for at in range(0, start, size):
            self._read(min(size, start - at), strict=True)

    def _read(self, size: int, strict: bool) -> tuple[NDArray[np.float32], bool]:
        """Return the next samples, and whether there may be more."""
        block = np.full((size, self.channels), np.nan, np.float32)
        try:
            found = self._file.read(out=block)
        except self._wrong as why:
            if strict:
                raise self._unreadable(why) from None
            there = ~np.isnan(block).all(axis=1)  # what was decoded before the damage is in the block
            return block[: len(block) if there.all() else int(there.argmin())], False
        return found, len(found) == size

    def _unreadable(self, why: Exception) -> BadClip:
        text = str(why).split(": ", 1)[-1].rstrip(".")
        return BadClip(self.path.name, f"cannot be read as audio ({text})")


def frames_of(path: Path) -> int:
    """Return how many samples a channel of a recording really has: headers may not say, or say what is not so.

    Where the last sample that the header promises cannot be reached, all are counted, once for each
    file.

    Raises
    ------
    BadClip
        As `Recording`.
    """
    with Recording(path):
        stat = path.stat()
    return _counted(path, stat.st_mtime_ns, stat.st_size)


def _counted(path: Path, changed: int, size: int) -> int:
    with _counting:  # many may ask at once: one counts
        return _count(path, changed, size)


@lru_cache(maxsize=10_000)
def _count(path: Path, _changed: int, _size: int) -> int:
    with Recording(path) as file:
        claimed = file.frames
        if claimed is not None and (claimed == 0 or not file.seekable or _reaches(file, claimed)):
            return claimed
    with Recording(path) as file:
        return sum(len(block) for block in file.blocks(0, claimed, strict=False))


def _reaches(file: Recording, frames: int) -> bool:
    try:
        return sum(len(block) for block in file.blocks(frames - 1, frames)) == 1
    except BadClip:
        return False


def duration_s(path: Path) -> float:
    """Return how long a recording is as its header says, in seconds; nan where it does not or cannot be read.

    Examples
    --------
    >>> duration_s(Path("nowhere.wav"))
    nan
    """
    try:
        with Recording(path) as file:
            return float("nan") if file.frames is None else file.frames / file.rate_hz
    except BadClip:
        return float("nan")


def rate_of(path: Path) -> float:
    """Return the sampling rate of a recording in Hz; nan where it cannot be read.

    Examples
    --------
    >>> rate_of(Path("nowhere.wav"))
    nan
    """
    try:
        with Recording(path) as file:
            return float(file.rate_hz)
    except BadClip:
        return float("nan")
