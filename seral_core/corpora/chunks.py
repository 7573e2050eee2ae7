"""Sound of a recording that its header does not promise, or that the header promises and the file lacks."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import BinaryIO

#: Of files in chunks: their first bytes, the order of bytes in sizes, and the name of the chunk with the sound.
_KINDS = {b"RIFF": ("<", b"data"), b"RIFX": (">", b"data"), b"FORM": (">", b"SSND")}
#: What programs put behind all chunks: tags.
_TAGS = (b"ID3", b"id3", b"TAG", b"APETAGEX", b"LYRICS", b"LIST", b"bext", b"iXML")
_NAME = re.compile(rb"[A-Za-z][\w \-+.]{3}")
_UNKNOWN = 0xFFFFFFFF
#: From so many bytes on, what a header promises is what programs write who do not know yet: a gigabyte.
_STREAMED = 2**30


def unexplained(path: Path) -> int:
    """Return how many bytes lie behind the sound of a WAV, AIFF or AU that no chunk, tag or padding explains.

    Parameters
    ----------
    path : Path
        Any file; of other kinds nothing is known, which is 0.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "half.wav"
    >>> form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    >>> _ = path.write_bytes(b"RIFF" + bytes(4) + b"WAVE" + form + struct.pack("<4sI", b"data", 100) + b"12" * 100)
    >>> unexplained(path)
    100
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b".snd" and len(head) == 12:
            offset, length = struct.unpack(">II", head[4:])
            end = size if length == _UNKNOWN else offset + length
        elif head[:4] in _KINDS:
            order, sound = _KINDS[head[:4]]
            end = _end_of_chunks(file, size, order, sound)
        else:
            return 0
        file.seek(end)
        rest = file.read(max(0, size - end))
    return 0 if rest.startswith(_TAGS) or not rest.strip(b"\0") else len(rest)


def lacking(path: Path) -> int:
    """Return how many bytes of the sound that its header promises a WAV, AIFF or AU lacks, as one that was cut off.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "cut.wav"
    >>> form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    >>> _ = path.write_bytes(b"RIFF" + bytes(4) + b"WAVE" + form + struct.pack("<4sI", b"data", 300) + b"12" * 100)
    >>> lacking(path)
    100
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b".snd" and len(head) == 12:
            offset, length = struct.unpack(">II", head[4:])
            return max(0, offset + length - size) if length < _STREAMED else 0
        order, sound = _KINDS.get(head[:4], ("", b""))
        at = 12
        while order and (chunk := _chunk(file, at, size, order)):
            at += 8 + chunk[1] + chunk[1] % 2
        file.seek(at)
        head = file.read(8)
        length = int(struct.unpack(f"{order}I", head[4:])[0]) if order and len(head) == 8 and head[:4] == sound else 0
        return max(0, at + 8 + length - size) if length < _STREAMED else 0


def _end_of_chunks(file: BinaryIO, size: int, order: str, sound: bytes) -> int:
    """Return where the last chunk ends that lies within a file; its size where the sound's does not."""
    at, heard = 12, False
    while chunk := _chunk(file, at, size, order):
        name, length = chunk
        heard |= name == sound
        at += 8 + length
        if length % 2 and not _chunk(file, at, size, order):  # some programs leave out the byte that makes it even
            at += 1
    return at if heard else size


def _chunk(file: BinaryIO, at: int, size: int, order: str) -> tuple[bytes, int] | None:
    """Return name and length of the chunk that begins at a byte; None where none does."""
    file.seek(at)
    head = file.read(8)
    if len(head) < 8 or head[:4] in _KINDS or not _NAME.fullmatch(head[:4]):
        return None
    length = int(struct.unpack(f"{order}I", head[4:])[0])
    return (head[:4], length) if at + 8 + length <= size else None
