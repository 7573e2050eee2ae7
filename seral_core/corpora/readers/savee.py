"""SAVEE: four British men, seven emotions."""

from __future__ import annotations

import re
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said

#: Speaker as a folder or as a prefix: DC/a01.wav or DC_a01.wav.
_NAME = re.compile(r"(?:.*/)?(dc|je|jk|kl)[/_](a|d|f|h|n|sa|su)(\d\d)\.\w+", re.IGNORECASE)
_EMOTION = {
    "a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "n": "neutral", "sa": "sadness", "su": "surprise",
}  # fmt: skip


class Savee(NamedFiles):
    """Surrey Audio-Visual Expressed Emotion: ``DC_a01.wav`` or ``DC/a01.wav``.

    References
    ----------
    .. [1] Haq and Jackson, Speaker-dependent audio-visual emotion recognition, AVSP 2009.

    Examples
    --------
    >>> Savee().parse("AudioData/JK/sa05.wav")
    {'emotion': 'sadness', 'speaker': 'JK', 'sex': 'male', 'text': '05'}
    """

    name: ClassVar[str] = "savee"
    pattern: ClassVar[str] = "DC_a01.wav or DC/a01.wav (speaker, emotion letters, number)"
    licence: ClassVar[str] = "free for research, on registration"
    citation: ClassVar[str] = "Haq and Jackson, Speaker-dependent audio-visual emotion recognition, AVSP 2009"

    def parse(self, file: str) -> Said | None:
        """Return what a relative path says, or None."""
        match = _NAME.fullmatch(file)
        if match is None:
            return None
        speaker, letters, number = match.groups()
        return {"emotion": _EMOTION[letters.lower()], "speaker": speaker.upper(), "sex": "male", "text": number}


readers.register(Savee.name)(Savee())
