"""ASVP-ESD: emotional sounds, with and without words, from films and the web."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said

#: Modality, vocal channel, emotion, intensity, statement, actor, age, source, language, and perhaps more.
_NAME = re.compile(r"03-(0[12])-(\d\d)-(\d\d)-(\d\d)-(\d+)-(\d\d)-(\d\d)(?:-\d+)*", re.IGNORECASE)
#: Codes above 12 differ between releases, so they are left empty.
_EMOTION = {
    "01": "boredom", "02": "neutral", "03": "happiness", "04": "sadness", "05": "anger", "06": "fear",
    "07": "disgust", "08": "surprise", "09": "excitement", "10": "pleasure", "11": "pain", "12": "disappointment",
}  # fmt: skip


class AsvpEsd(NamedFiles):
    """ASVP-ESD: ``03-01-06-01-02-12-02-01-01-16.wav`` in ``actor_12`` is actor 12, fear.

    References
    ----------
    .. [1] Landry et al., ASVP-ESD: a dataset and its benchmark for emotion recognition using both
       speech and non-speech utterances, 2020.

    Examples
    --------
    >>> parsed = AsvpEsd().parse("actor_12/03-01-06-01-02-12-02-01-01-16.wav")
    >>> parsed["emotion"], parsed["speaker"], parsed["channel"]
    ('fear', '12', 'speech')
    """

    name: ClassVar[str] = "asvp-esd"
    pattern: ClassVar[str] = (
        "03-01-06-01-02-12-02-01-01-16.wav (modality, channel, emotion, intensity, ..., actor, ...)"
    )
    licence: ClassVar[str] = "free for research"
    citation: ClassVar[str] = (
        "Landry et al., ASVP-ESD: a dataset and its benchmark for emotion recognition using both speech and "
        "non-speech utterances, 2020"
    )

    def parse(self, file: str) -> Said | None:
        """Return what a file name says, or None."""
        match = _NAME.fullmatch(PurePosixPath(file).stem)
        if match is None:
            return None
        channel, emotion, intensity, _, actor, _, _ = match.groups()
        return {
            "emotion": _EMOTION.get(emotion),
            "speaker": actor,
            "channel": "speech" if channel == "01" else "other sounds",
            "intensity": {"01": "normal", "02": "high"}.get(intensity),
        }


readers.register(AsvpEsd.name)(AsvpEsd())
