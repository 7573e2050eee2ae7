"""Clips for the browser: any recording or part of one as WAV, from corpora that were opened and no others."""

from __future__ import annotations

import hashlib
import io
import threading
from functools import lru_cache

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


@lru_cache(maxsize=256)
def wav(key: str, segment: str) -> bytes:
    """Return a segment as a WAV file of 16-bit samples, at its own rate.

    The segment is looked up in the corpus; nothing of what came is ever made into a path. What a table or a
    link in the folder leads to elsewhere is not played.
    """
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
