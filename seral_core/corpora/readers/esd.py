"""ESD: ten Mandarin and ten English speakers, five emotions."""

from __future__ import annotations

import re
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said
from seral_core.corpora.words import noun_of

#: The speaker is a folder and the beginning of each name; the emotion is a folder only.
_NAME = re.compile(r"(?:.*/)?(00(?:0[1-9]|1\d|20))/([^/]+)/(?:(train|test|evaluation)/)?\1_(\d{6})\.\w+", re.IGNORECASE)
_SPLIT = {"train": "train", "test": "test", "evaluation": "dev"}


class Esd(NamedFiles):
    """Emotional Speech Dataset: ``0011/Angry/0011_000351.wav`` is speaker 11, anger, utterance 351.

    References
    ----------
    .. [1] Zhou, Sisman, Liu and Li, Emotional voice conversion: theory, databases and ESD, Speech Communication 2022.

    Examples
    --------
    >>> Esd().parse("0011/Angry/0011_000351.wav")
    {'emotion': 'anger', 'speaker': '0011', 'split': None, 'language': 'en', 'utterance': '000351'}
    """

    name: ClassVar[str] = "esd"
    pattern: ClassVar[str] = "0011/Angry/0011_000351.wav (speaker, emotion, speaker and utterance)"
    licence: ClassVar[str] = "free for research, on signing a form"
    citation: ClassVar[str] = (
        "Zhou, Sisman, Liu and Li, Emotional voice conversion: theory, databases and ESD, Speech Communication 2022"
    )

    def parse(self, file: str) -> Said | None:
        """Return what a relative path says, or None."""
        match = _NAME.fullmatch(file)
        emotion = noun_of(match[2]) if match else None
        if match is None or emotion is None:
            return None
        return {
            "emotion": emotion,
            "speaker": match[1],
            "split": _SPLIT.get((match[3] or "").lower()),
            "language": "zh" if int(match[1]) <= 10 else "en",
            "utterance": match[4],
        }


readers.register(Esd.name)(Esd())
