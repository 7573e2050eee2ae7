"""Clips for the browser: any recording or part of one as WAV, from corpora that were opened and no others."""

from __future__ import annotations

import hashlib
import logging
import struct
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus, segment_place
from seral_core.corpora.damage import scale_fault
from seral_core.corpora.recording import BLOCK, Recording, check_scale, frames_of
from seral_core.errors import BadClip, SeralError, UnknownName

_log = logging.getLogger("seral.dashboard")


class NotOpen(SeralError, LookupError):
    """Clips of a corpus that this server has not opened."""


_opened: dict[str, Corpus] = {}
_lock = threading.Lock()


def admit(where: str, corpus: Corpus) -> str:
    """Allow the clips of a corpus to be listened to; return its key in addresses."""
    key = hashlib.sha256(f"{where}\n{corpus.root}".encode()).hexdigest()[:12]
    with _lock:
        _opened[key] = corpus
    return key


def admitted(key: str) -> Corpus:
    """Return the corpus of a key, or raise `NotOpen`."""
    if key not in _opened:
        raise NotOpen("the dashboard was restarted after this page was loaded; reload the page")
    return _opened[key]


class Recent:
    """The last clips, as long as all together take less than so much memory; the last one in any case.

    Parameters
    ----------
    most_bytes : int
        Of all together.

    Examples
    --------
    >>> recent = Recent(5)
    >>> for name in ("a", "b", "c"):
    ...     _ = recent.keep((name, ""), b"xxx" if name == "a" else b"xx")
    >>> [recent.find((name, "")) for name in "abc"]
    [None, b'xx', b'xx']
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self._size = most_bytes, 0
        self._clips: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, place: tuple[str, str]) -> bytes | None:
        """Return a clip that is kept."""
        with self._lock:
            if place in self._clips:
                self._clips.move_to_end(place)
            return self._clips.get(place)

    def keep(self, place: tuple[str, str], content: bytes) -> bytes:
        """Keep a clip, and return it."""
        with self._lock:
            self._size += len(content) - len(self._clips.pop(place, b""))
            self._clips[place] = content
            while self._size > self.most_bytes and len(self._clips) > 1:
                self._size -= len(self._clips.popitem(last=False)[1])
        return content

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._clips.clear()
            self._size = 0


recent = Recent(128_000_000)

#: A clip up to this size, as WAV, is sent and drawn whole; a longer one is streamed, and the server draws it.
WHOLE = 16_000_000
#: Sizes in a WAV file have 32 bits.
MOST = 2**32 - 1
HEADER = 44
#: At most so many blocks are decoded at the same time, for all pages together.
_decoding = threading.BoundedSemaphore(4)


@dataclass(frozen=True)
class Sound:
    """A clip as a WAV file of 16-bit samples that is made while it is read.

    Parameters
    ----------
    path : Path
        The recording.
    start, stop : int
        First sample of the clip, and the one after its last.
    rate_hz, channels : int
        Of the clip.
    channel : int, optional
        Which one of the recording it is, counted from 1; left out: all.
    version : str
        Of the recording, see `version_of`: a part of another one is no part of this clip.
    """

    path: Path
    start: int
    stop: int
    rate_hz: int
    channels: int
    channel: int | None = None
    version: str = ""

    @property
    def size(self) -> int:
        """How many bytes the whole file has."""
        return HEADER + self._step * (self.stop - self.start)

    @property
    def whole(self) -> bool:
        """Whether it is sent whole."""
        return self.size <= WHOLE

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return (self.stop - self.start) / self.rate_hz

    @property
    def _step(self) -> int:
        return 2 * self.channels

    def header(self) -> bytes:
        """Return the header, which is before the samples."""
        size, rate, step = self.size - HEADER, self.rate_hz, self._step
        form = (16, 1, self.channels, rate, (rate * step) % 2**32, step, 16)
        return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", size + 36, b"WAVE", b"fmt ", *form, b"data", size)

    def read(self, first: int, last: int) -> Generator[bytes, None, None]:
        """Yield the bytes from ``first`` to ``last``, a block at a time; only that part is decoded.

        What is missing, because the recording is damaged or changed meanwhile, is silence: so many bytes are promised.
        """
        if first < HEADER:
            yield self.header()[first : last + 1]
        frame, skip = divmod(max(first - HEADER, 0), self._step)
        left = last + 1 - max(first, HEADER)
        try:
            with Recording(self.path, self.channel) as file:
                blocks = file.blocks(self.start + frame, self.stop, strict=False)
                while left > 0 and (part := _next(blocks)):
                    part = part[skip : skip + left]
                    skip, left = 0, left - len(part)
                    yield part
        except Exception:  # of whatever kind: the rest is promised
            _log.warning("%s cannot be read any more", self.path, exc_info=True)
        while left > 0:
            part = bytes(min(left, 2 * BLOCK))
            left -= len(part)
            yield part


def _next(blocks: Iterator[NDArray[np.float32]]) -> bytes:
    with _decoding:
        block = next(blocks, None)
        return b"" if block is None else pcm(block)


def pcm(samples: NDArray[np.float32]) -> bytes:
    """Return samples as 16-bit numbers; those of 16-bit recordings as they were recorded.

    Damage, which would hurt ears, becomes silence.

    Examples
    --------
    >>> np.frombuffer(pcm(np.array([0.5, -1.0, 2.0, np.nan], np.float32)), "<i2").tolist()
    [16384, -32768, 32767, 0]
    """
    fair = np.where(np.isfinite(samples), samples, 0)
    scaled = np.rint(fair.clip(-1, 1) * (0 if scale_fault(samples) else 32768))
    whole: NDArray[np.int16] = scaled.clip(-32768, 32767).astype("<i2")
    return whole.tobytes()


@contextmanager
def _one_clip(name: str) -> Iterator[None]:
    """Turn whatever goes wrong into a `BadClip`: it is this clip that cannot be played, and the page goes on."""
    try:
        yield
    except SeralError:
        raise
    except Exception as why:
        _log.warning("%s cannot be played", name, exc_info=True)
        raise BadClip(name, f"cannot be played ({type(why).__name__}: {why})") from why


def sound(key: str, segment: str) -> Sound:
    """Return a segment of a corpus that was opened, ready to be read.

    The segment is looked up in the corpus; nothing of the request is ever made into a path. What a table or a
    link in the folder leads to elsewhere is not played unless the corpus allows it.

    Raises
    ------
    BadClip
        When it cannot be played, for whatever reason.
    """
    corpus = admitted(key)
    if not corpus.has(segment):
        raise UnknownName("segment", segment[:80], ())
    with _one_clip(segment[:80]):
        return _sound(corpus, segment)


def _sound(corpus: Corpus, segment: str) -> Sound:
    path, start_s, end_s, channel = corpus.path(segment)
    place = corpus.place(segment_place(segment)[0])
    if place is None or not (corpus.links or path.resolve().is_relative_to(place[0].resolve())):
        why = "leads out of the folder of its corpus, so it is not played; allow it with --follow-links"
        raise BadClip(segment[:80], why)
    version = version_of(path)  # before it is read: a recording that is replaced is another clip
    with Recording(path, channel) as file:
        if file.is_float:
            check_scale(path)
        claimed = file.frames
        if claimed is None or claimed * 2 * file.channels > WHOLE:
            claimed = frames_of(path)  # a header may say more than there is
        made = Sound(path, *file.span(start_s, end_s, claimed), file.rate_hz, file.channels, channel, version)
    if made.size > MOST - 36:
        raise BadClip(
            path.name,
            f"lasts {made.seconds / 3600:.1f} hours, more than a WAV file can hold; name its parts in a table",
        )
    return made


def version_of(path: Path) -> str:
    """Return what tells a recording from another one that takes its place, and nothing else of it; empty of none.

    Examples
    --------
    >>> len(version_of(Path(__file__))), version_of(Path("nowhere.wav"))
    (24, '')
    """
    try:
        now = path.stat()
    except OSError:
        return ""
    return hashlib.blake2b(
        f"{now.st_ino} {now.st_size} {now.st_mtime_ns} {now.st_ctime_ns}".encode(), digest_size=12
    ).hexdigest()


def wav(made: Sound) -> bytes:
    """Return a clip that is sent whole; the last ones are kept."""
    with _one_clip(made.path.name):
        place = (str(made.path), f"{made.start}-{made.stop}-{made.channel} {version_of(made.path)}")
        return recent.find(place) or recent.keep(place, _made(made))


def _made(made: Sound) -> bytes:
    content = bytearray()
    with _decoding, Recording(made.path, made.channel) as file:
        blocks = file.blocks(made.start, made.stop, strict=file.frames is not None)
        for block in blocks:
            if fault := scale_fault(block):
                raise BadClip(made.path.name, fault)
            content += pcm(block)
    if not content:
        raise BadClip(made.path.name, "is empty (0 samples)")
    frames = len(content) // (2 * made.channels)  # fewer than promised where the file was cut off
    return replace(made, stop=made.start + frames).header() + bytes(content)
