"""Where the sound of a FLAC or Ogg ends: decoders stop without a word where its header, or its first stream, does.

FLAC's frames say which samples they hold (RFC 9639), and Ogg's pages of which stream they are (RFC 3533).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

#: The last frame of a FLAC, or page of an Ogg, begins within so many bytes of the end.
_TAIL = 2**18
_FIRST_PAGE = 2


def last_sample(path: Path) -> tuple[int, int] | None:
    """Return after which sample the last frame of a FLAC ends, and how many its header promises.

    Parameters
    ----------
    path : Path
        Any file.

    Returns
    -------
    (int, int) or None
        None for other kinds, where the header promises nothing, and where the file does not end with a whole frame.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import soundfile
    >>> path = Path(tempfile.mkdtemp()) / "a.flac"
    >>> soundfile.write(path, np.zeros(20_000), 16_000)
    >>> last_sample(path)
    (20000, 20000)
    """
    stat = path.stat()
    return _last_sample(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=200_000)
def _last_sample(path: Path, _changed: int, size: int) -> tuple[int, int] | None:
    with path.open("rb") as file:
        head = file.read(26)
        if head[:4] != b"fLaC" or len(head) < 26:
            return None
        block, total = int.from_bytes(head[8:10], "big"), int.from_bytes(head[18:26], "big") & (2**36 - 1)
        file.seek(max(42, size - _TAIL))
        tail = file.read()
    ends = (end for at in _from_behind(tail) if (end := _frame_end(tail[at:], block)) is not None)
    end = next(ends, None) if total else None
    return None if end is None else (end, total)


def _from_behind(tail: bytes) -> Iterator[int]:
    """Give all places where a frame may begin, the last one first."""
    at = len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        if tail[at + 1 : at + 2] in (b"\xf8", b"\xf9"):
            yield at


def _frame_end(frame: bytes, block: int) -> int | None:
    """Return after which sample a frame ends that is whole; None where these bytes are no such frame."""
    if len(frame) < 10:
        return None
    coded = frame[4]
    more = 0 if coded < 0x80 else 8 - (coded ^ 0xFF).bit_length() - 1
    number = coded & (0x7F >> (more + 1 if more else 0))
    for byte in frame[5 : 5 + more]:
        number = number << 6 | byte & 0x3F
    at, code = 5 + more, frame[2] >> 4
    sizes = {1: 192} | {n: 576 << (n - 2) for n in range(2, 6)} | {n: 256 << (n - 8) for n in range(8, 16)}
    size = sizes.get(code, 0)
    if code in (6, 7):
        size = int.from_bytes(frame[at : at + code - 5], "big") + 1
        at += code - 5
    at += {12: 1, 13: 2, 14: 2}.get(frame[2] & 0xF, 0)
    whole = at < len(frame) and _crc(frame[:at], 0x07, 8) == frame[at] and not _crc(frame, 0x8005, 16)
    start = number if frame[1] & 1 else number * block
    return start + size if whole and size else None


def _crc(data: bytes, polynomial: int, bits: int) -> int:
    table, mask, found = _crc_table(polynomial, bits), (1 << bits) - 1, 0
    for byte in data:
        found = (found << 8 & mask) ^ table[(found >> (bits - 8)) ^ byte]
    return found


@lru_cache(maxsize=2)
def _crc_table(polynomial: int, bits: int) -> tuple[int, ...]:
    table = []
    for value in range(256):
        value <<= bits - 8
        for _ in range(8):
            value = (value << 1) ^ (polynomial if value >> (bits - 1) else 0)
            value &= (1 << bits) - 1
        table.append(value)
    return tuple(table)


def is_chained(path: Path) -> bool:
    """Tell whether an Ogg holds streams one behind the other, of which decoders play the first.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import soundfile
    >>> path = Path(tempfile.mkdtemp()) / "a.ogg"
    >>> soundfile.write(path, np.zeros(16_000), 16_000)
    >>> is_chained(path)
    False
    """
    stat = path.stat()
    return _is_chained(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=200_000)
def _is_chained(path: Path, _changed: int, size: int) -> bool:
    with path.open("rb") as file:
        head = file.read(_TAIL)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    first, at = set[int](), 0
    while head[at : at + 5] == b"OggS\0" and len(head) >= at + 27 and head[at + 5] & _FIRST_PAGE:
        first.add(struct.unpack_from("<I", head, at + 14)[0])
        count = head[at + 26]
        at += 27 + count + sum(head[at + 27 : at + 27 + count])
    last = tail.rfind(b"OggS\0")
    whole = first and 0 <= last <= len(tail) - 27
    return bool(whole) and struct.unpack_from("<I", tail, last + 14)[0] not in first
