"""TESS: two Canadian women, 200 words, seven emotions."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said
from seral_core.corpora.words import noun

#: Speaker, word, emotion; a few published files have OA for OAF.
_NAME = re.compile(r"(oaf?|yaf)_(\w+?)_(angry|disgust|fear|happy|neutral|ps|sad)", re.IGNORECASE)


class Tess(NamedFiles):
    """Toronto emotional speech set: ``OAF_back_angry.wav`` is the older woman, the word back, anger.

    References
    ----------
    .. [1] Dupuis and Pichora-Fuller, Toronto emotional speech set (TESS), University of Toronto 2010.

    Examples
    --------
    >>> Tess().parse("OAF_Pleasant_surprise/OAF_back_ps.wav")
    {'emotion': 'surprise', 'speaker': 'OAF', 'sex': 'female', 'word': 'back'}
    """

    name: ClassVar[str] = "tess"
    pattern: ClassVar[str] = "OAF_back_angry.wav (speaker, word, emotion)"
    licence: ClassVar[str] = "CC BY-NC-ND 4.0"
    citation: ClassVar[str] = (
        "Dupuis and Pichora-Fuller, Toronto emotional speech set (TESS), University of Toronto 2010"
    )

    def parse(self, file: str) -> Said | None:
        """Return what a file name says, or None."""
        match = _NAME.fullmatch(PurePosixPath(file).stem)
        if match is None:
            return None
        speaker, word, emotion = match.groups()
        speaker = "YAF" if speaker.upper() == "YAF" else "OAF"
        return {"emotion": noun(emotion), "speaker": speaker, "sex": "female", "word": word.lower()}


readers.register(Tess.name)(Tess())
