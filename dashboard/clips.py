"""Clips for the browser: any recording or part of one as WAV, from corpora that were opened and no others."""

from __future__ import annotations

import hashlib
import io
import threading
from collections import OrderedDict

import numpy as np

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadClip, SeralError, UnknownName
from seral_core.features.audio import read_native


class NotOpen(SeralError, LookupError):
    """Clips of a corpus that this server has not opened."""


_opened: dict[str, Corpus] = {}
_lock = threading.Lock()


def admit(where: str, corpus: Corpus) -> str:
    """Allow the clips of a corpus to be listened to; return the key that stands for it in addresses."""
    key = hashlib.sha256(f"{where}\n{corpus.root}".encode()).hexdigest()[:12]
    with _lock:
        _opened[key] = corpus
    return key


def admitted(key: str) -> Corpus:
    """Return the corpus that a key stands for, or raise `NotOpen`."""
    if key not in _opened:
        raise NotOpen("the dashboard was started anew since this page was loaded; reload the page")
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


recent = Recent(256_000_000)


def wav(key: str, segment: str) -> bytes:
    """Return a segment as a WAV file of 16-bit samples, at its own rate.

    The segment is looked up in the corpus; nothing of what came is ever made into a path. What a table or a
    link in the folder leads to elsewhere is not played.
    """
    return recent.find((key, segment)) or recent.keep((key, segment), _made(key, segment))


def _made(key: str, segment: str) -> bytes:
    import soundfile

    corpus = admitted(key)
    if segment not in corpus.about.index:
        raise UnknownName("segment", segment[:80], ())
    path, start_s, end_s = corpus.path(segment)
    if corpus.root is None or not path.resolve().is_relative_to(corpus.root.resolve()):
        raise BadClip(segment[:80], "leads out of the folder of its corpus, so it is not played")
    samples, rate_hz = read_native(path, start_s, end_s)
    if not len(samples):
        raise BadClip(path.name, "is empty (0 samples)")
    file = io.BytesIO()
    soundfile.write(file, np.nan_to_num(samples).clip(-1, 1), rate_hz, format="WAV", subtype="PCM_16")
    return file.getvalue()
