"""The length of an MP3, counted frame by frame: its header may be missing, or be that of a part alone."""

from __future__ import annotations

import io
import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

#: By version (3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5): rates in Hz, and kbit/s by their number in a frame's header.
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_KBITS = {3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320), 2: _LOW, 0: _LOW}
#: Marks of a frame that holds no sound, but how long the recording is.
_MARKS = (b"Xing", b"Info", b"VBRI")
#: Encoders add up to so many frames of silence, which decoders take off again.
PADDING = 4


@dataclass(frozen=True)
class Frames:
    """The frames of an MP3.

    Parameters
    ----------
    start : int
        Where the first frame with sound begins, in bytes.
    count : int
        How many frames with sound there are.
    samples : int
        Samples of a channel in each.
    header : bytes
        Of the first one.
    """

    start: int
    count: int
    samples: int
    header: bytes

    @property
    def length(self) -> int:
        """How many samples a channel has, those that an encoder added included."""
        return self.count * self.samples

    def lasts(self, claimed: int) -> bool:
        """Whether a claimed number of samples is that of the frames, but for what encoders add.

        Examples
        --------
        >>> Frames(0, 100, 1152, b"").lasts(114_000), Frames(0, 100, 1152, b"").lasts(20_000)
        (True, False)
        """
        return abs(self.length - claimed) <= PADDING * self.samples


def frames_in(path: Path) -> Frames | None:
    """Return the frames of an MP3; None where it is of a kind whose frames have no known size.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    stat = path.stat()
    return _frames_in(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=10_000)
def _frames_in(path: Path, _changed: int, size: int) -> Frames | None:
    if size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = _starts(content)
        start = next(found, None)
        if start is None:
            return None
        count = 1 + sum(1 for _ in found)
        header = content[start : start + 4]
        length, samples = _size(header)
        if any(mark in content[start : start + length] for mark in _MARKS):
            start, count = start + length, count - 1
        return Frames(start, count, samples, header) if count else None


def _starts(content: Any) -> Iterator[int]:
    """Yield where frames begin; what lies before and between them, such as a title or a picture, is skipped."""
    at, kind = _after_titles(content), b""
    while at >= 0 and at + 4 <= len(content):
        size, _ = _size(content[at : at + 4])
        if size and (not kind or _kind(content, at) == kind) and _goes_on(content, at, at + size):
            kind = kind or _kind(content, at)
            yield at
            at += size
        else:
            at = content.find(b"\xff", at + 1)


def _goes_on(content: Any, at: int, after: int) -> bool:
    """Whether a frame is followed by another one, a title, or the end: other bytes may look like one by chance."""
    rest = content[after : after + 4]
    return len(rest) < 4 or rest[:3] in (b"TAG", b"APE", b"ID3") or _kind(content, after) == _kind(content, at)


def _kind(content: Any, at: int) -> bytes:
    """Return version, layer and rate of a frame, which do not change."""
    return bytes((content[at], content[at + 1] & 0xFE, content[at + 2] & 0x0C))


def _after_titles(content: Any) -> int:
    at = 0
    while content[at : at + 3] == b"ID3" and len(content) >= at + 10:
        a, b, c, d = content[at + 6 : at + 10]
        at += 10 + (a << 21 | b << 14 | c << 7 | d)
    return at


def _size(header: bytes) -> tuple[int, int]:
    """Return bytes and samples of a frame of layer III; (0, 0) where these are no header of one."""
    bits = int.from_bytes(header, "big")
    version, layer, kbits, rate = bits >> 19 & 3, bits >> 17 & 3, bits >> 12 & 15, bits >> 10 & 3
    if bits >> 21 != 0x7FF or version == 1 or layer != 1 or kbits in (0, 15) or rate == 3:
        return 0, 0
    samples = 1152 if version == 3 else 576
    return samples // 8 * _KBITS[version][kbits] * 1000 // _RATES[version][rate] + (bits >> 9 & 1), samples


def with_length(path: Path, frames: Frames) -> BinaryIO:
    """Open an MP3 as a file that begins with a header that states its real length."""
    return io.BufferedReader(_Headed(path, _header(path, frames), frames.start))


def _header(path: Path, frames: Frames) -> bytes:
    """Return a Xing header: a frame of the same kind that holds how many frames and bytes follow."""
    head = bytearray(frames.header)
    head[1] |= 1  # without check sum
    head[2] = head[2] & 0x0D | 0x90  # of a rate that leaves room
    mono, first = head[3] >> 6 == 3, frames.samples == 1152
    side = (17 if mono else 32) if first else (9 if mono else 17)
    size, _ = _size(bytes(head))
    told = struct.pack(">4sIII", b"Xing", 3, frames.count, path.stat().st_size - frames.start + size)
    return (bytes(head) + bytes(side) + told).ljust(size, b"\0")


class _Headed(io.RawIOBase):
    """A file from some byte on, after a header of ours."""

    def __init__(self, path: Path, header: bytes, start: int) -> None:
        self._file, self._header, self._skipped = path.open("rb"), header, start - len(header)
        self._end, self._at = path.stat().st_size - self._skipped, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: Any) -> int:
        if self._at < len(self._header):
            part = self._header[self._at : self._at + len(into)]
        else:
            self._file.seek(self._at + self._skipped)
            part = self._file.read(len(into))
        into[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        self._file.close()
        super().close()
