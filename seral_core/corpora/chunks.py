"""Bytes behind the sound of a recording that its header does not explain: sound that would be left out in silence."""

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
