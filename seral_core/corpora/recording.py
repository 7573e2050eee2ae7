"""A recording: opened and decoded a block at a time, so that memory is bounded whatever its header says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.chunks import lacking, unexplained
from seral_core.corpora.damage import is_whole, scale_fault
from seral_core.corpora.ends import is_chained, last_sample
from seral_core.corpora.mp3 import Frames, frames_in, with_length
from seral_core.errors import BadClip, NotAFile
from seral_core.files import regular

#: Samples of all channels that are decoded at once: half a megabyte.
BLOCK = 2**17
#: Why a clip cannot be used whose file is not there.
MISSING = "does not exist"
#: The length that libsndfile gives files that do not state theirs; no real file comes near.
_UNKNOWN = 2**48
#: A file without samples has fewer bytes, unless its header is wrong.
_HEADER = 4096
#: Behind the sound may be so many bytes a channel and second that nothing explains: a twentieth of 16-bit sound.
_REST = 0.1
#: So far may the last frame of a FLAC end from what its header says, in seconds.
_ROUNDED_S = 0.05

_counting = threading.Lock()


class Recording:
    """An open recording, or one channel of it.

    Parameters
    ----------
    path : Path
        Any file that libsndfile reads.
    channel : int, optional
        Decode this channel alone, counted from 1; left out: all.

    Raises
    ------
    BadClip
        When it is missing, empty, no file or unreadable, or has no such channel.

    Examples
    --------
    >>> Recording(Path("nowhere.wav"))
    Traceback (most recent call last):
    seral_core.errors.BadClip: nowhere.wav does not exist; record it again or leave it out
    """

    def __init__(self, path: Path, channel: int | None = None) -> None:
        import soundfile

        self._source: Path | BinaryIO
        self._mp3: Frames | None
        self.path = path
        try:
            regular(path)
        except NotAFile as why:
            raise BadClip(path.name, str(why).removeprefix(path.name).split(";")[0].strip()) from None
        try:
            if path.stat().st_size == 0:
                raise BadClip(path.name, "is empty (0 bytes)")
            self._source, self._mp3, self._at = path, None, 0
            self._file: Any = soundfile.SoundFile(path)
            self.seekable, self._frames = bool(self._file.seekable()), int(self._file.frames)
            if self._file.format == "MP3":
                self._count_frames()
        except BadClip:
            raise
        except FileNotFoundError:
            raise BadClip(path.name, MISSING) from None
        except Exception as why:  # whatever a damaged file makes of a decoder, it is this file that cannot be read
            raise self._unreadable(why) from None
        self.rate_hz, self._all = int(self._file.samplerate), int(self._file.channels)
        self.channels, self._one = self._all if channel is None else 1, channel
        if channel is not None and not 1 <= channel <= self._all:
            have = f"{self._all} channel{'s' * (self._all != 1)}"
            self._close()
            raise BadClip(path.name, f"has {have}, but the segment is on channel {channel}")

    def _count_frames(self) -> None:
        """Believe the frames of an MP3, not the length that its header says or that is guessed from its beginning."""
        found = frames_in(self.path)
        if found is None or found.lasts(self._frames):
            return
        if found.length > self._frames:  # libsndfile stops at the length that it believes
            self._mp3 = found
            self._reopen()
            self._frames = int(self._file.frames)
        else:
            self._frames = found.length

    @property
    def recounted(self) -> bool:
        """Whether it is longer than its header says."""
        return self._mp3 is not None

    @property
    def fault(self) -> str:
        """How its header lies about how much sound there is; empty where it does not."""
        if self._frames == 0 and self.path.stat().st_size > _HEADER:
            return (
                "has sound, but its header says that there is none: the recorder did not close it; convert it with "
                "ffmpeg"
            )
        little = _REST * self.rate_hz * self._all
        if lacking(self.path) > little:
            return (
                f"is cut off: {self._frames / self.rate_hz:.1f} s are there, and its header promises more; copy it "
                "again, or keep what is there: ffmpeg -i IN.wav OUT.wav"
            )
        if self._file.format == "OGG" and is_chained(self.path):
            return "holds several streams, one behind the other, and only the first is read; convert it with ffmpeg"
        ends = last_sample(self.path) if self._file.format == "FLAC" else None
        if ends is not None and abs(ends[0] - ends[1]) > _ROUNDED_S * self.rate_hz:
            there_s, promised_s = (samples / self.rate_hz for samples in ends)
            return (
                f"ends at {there_s:.1f} s, but its header promises {promised_s:.1f} s: it was cut off, or holds "
                "several files; copy it again, or convert what is there: ffmpeg -i IN.flac OUT.flac"
            )
        rest = unexplained(self.path)
        if rest <= little:
            return ""
        return (
            f"has {rest} bytes behind the {self._frames / self.rate_hz:.1f} s of sound that its header promises: if "
            "they are sound too: ffmpeg -ignore_length 1 -i IN.wav OUT.wav, else: ffmpeg -i IN.wav OUT.wav"
        )

    @property
    def is_float(self) -> bool:
        """Whether samples are kept as floats, which may be beyond full scale."""
        return self._file.subtype in ("FLOAT", "DOUBLE")

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        self._file.close()
        if not isinstance(self._source, Path):
            self._source.close()

    @property
    def frames(self) -> int | None:
        """How many samples a channel has, as the header says; None where it does not say."""
        return None if self._frames >= _UNKNOWN else self._frames

    def span(self, start_s: float, end_s: float, frames: int) -> tuple[int, int]:
        """Return first and last sample of a part, counted from 0, or raise `BadClip`; nan is the end of the file."""
        start = round(start_s * self.rate_hz)
        stop = frames if np.isnan(end_s) else min(frames, round(min(end_s * self.rate_hz, frames)))
        if why := self.fault:
            raise BadClip(self.path.name, why)
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
        size, at = max(1, most // self._all), start
        while stop is None or at < stop:
            block, whole = self._read(size if stop is None else min(size, stop - at), strict)
            at += len(block)
            if len(block):
                yield block
            if not whole:
                return

    def _go_to(self, start: int) -> None:
        if self.seekable:
            try:
                self._file.seek(start)
                self._at = start
                return
            except Exception:
                self._reopen()
        elif start < self._at:
            self._reopen()
        self._skip_to(start)

    def _skip_to(self, start: int) -> None:
        size = max(1, BLOCK // self._all)
        while self._at < start:
            if not self._read(min(size, start - self._at), strict=True)[1]:
                raise BadClip(self.path.name, f"ends at {self._at / self.rate_hz:.3f} s, where more was expected")

    def _reopen(self) -> None:
        """Open it again, to be decoded from its start: of some kinds libsndfile only believes that it can seek."""
        self._close()
        self.seekable, self._at = False, 0
        try:
            self._source = self.path if self._mp3 is None else with_length(self.path, self._mp3)
            self._file = _straight(self._source)
        except Exception as why:
            raise self._unreadable(why) from None

    def _read(self, size: int, strict: bool) -> tuple[NDArray[np.float32], bool]:
        """Return the next samples, and whether there may be more."""
        block = np.full((size, self._all), np.nan, np.float32)
        try:
            found = self._file.read(out=block)
        except Exception as why:
            if self.seekable:
                at = self._at
                self._reopen()
                self._skip_to(at)
                return self._read(size, strict)
            if strict:
                raise self._unreadable(why) from None
            there = ~np.isnan(block).all(axis=1)  # what was decoded before the damage is in the block
            return self._chosen(block[: len(block) if there.all() else int(there.argmin())]), False
        self._at += len(found)
        return self._chosen(found), len(found) == size

    def _chosen(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        return block if self._one is None else block[:, self._one - 1 : self._one]

    def _unreadable(self, why: Exception) -> BadClip:
        text = str(why).split(": ", 1)[-1].rstrip(".")
        return BadClip(self.path.name, f"cannot be read as audio ({text})")


def _straight(source: Any) -> Any:
    """Open a file that is read from its start to its end: otherwise soundfile seeks after every block."""
    import soundfile

    class Straight(soundfile.SoundFile):  # type: ignore[misc]
        def seekable(self) -> bool:
            return False

    return Straight(source)


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


def channels_of(path: Path) -> int:
    """Return how many channels a recording has; 0 where it cannot be read.

    Examples
    --------
    >>> channels_of(Path("nowhere.wav"))
    0
    """
    try:
        stat = path.stat()
        return _channels(path, stat.st_mtime_ns, stat.st_size)
    except OSError:
        return 0


@lru_cache(maxsize=200_000)
def _channels(path: Path, _changed: int, _size: int) -> int:
    try:
        with Recording(path) as file:
            return file.channels
    except BadClip:
        return 0


def check_scale(path: Path) -> None:
    """Raise `BadClip` where a recording holds integers that were written as floats: its quiet parts do not show it.

    All of it is decoded, once for each file; other kinds of files cannot hold such samples.
    """
    stat = path.stat()
    if why := _wrong_scale(path, stat.st_mtime_ns, stat.st_size):
        raise BadClip(path.name, why)


@lru_cache(maxsize=10_000)
def _wrong_scale(path: Path, _changed: int, _size: int) -> str:
    why = ""
    with Recording(path) as file:
        if file.is_float:
            for block in file.blocks(0, strict=False):
                if block.any() and not is_whole(block):
                    return ""
                why = scale_fault(block) or why
    return why


def duration_s(path: Path) -> float:
    """Return how long a recording is as its header says, in seconds; nan where it does not or cannot be read.

    Examples
    --------
    >>> duration_s(Path("nowhere.wav"))
    nan
    """
    try:
        with Recording(path) as file:
            return float("nan") if file.frames is None or file.fault else file.frames / file.rate_hz
    except BadClip:
        return float("nan")


def why_unreadable(path: Path) -> str:
    """Return why nothing of a recording can be used; empty where its header promises sound.

    Examples
    --------
    >>> why_unreadable(Path("nowhere.wav"))
    'nowhere.wav does not exist'
    """
    try:
        with Recording(path) as file:
            file.span(0.0, float("nan"), 1 if file.frames is None else file.frames)
    except BadClip as why:
        return f"{why.clip} {why.reason}"
    return ""


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
