"""RAVDESS: 24 North American actors, two statements, eight emotions in two intensities."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said

#: Modality, channel, emotion, intensity, statement, repetition, actor; 03 is sound without picture.
_NAME = re.compile(r"03-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)")
_EMOTION = dict(
    zip("12345678", ["neutral", "calm", "happiness", "sadness", "anger", "fear", "disgust", "surprise"], strict=True)
)


class Ravdess(NamedFiles):
    """Ryerson Audio-Visual Database: ``03-01-05-02-01-01-12.wav`` is actor 12, strong anger.

    Files with a picture (modality 01 and 02) are left out; songs stay and are distinguished by
    ``channel``.

    References
    ----------
    .. [1] Livingstone and Russo, The Ryerson audio-visual database of emotional speech and song,
       PLoS ONE 2018.

    Examples
    --------
    >>> parsed = Ravdess().parse("Actor_12/03-01-05-02-01-01-12.wav")
    >>> parsed["emotion"], parsed["intensity"], parsed["speaker"], parsed["sex"]
    ('anger', 'strong', '12', 'female')
    """

    name: ClassVar[str] = "ravdess"
    pattern: ClassVar[str] = (
        "03-01-05-02-01-01-12.wav (modality, channel, emotion, intensity, statement, repetition, actor)"
    )
    licence: ClassVar[str] = "CC BY-NC-SA 4.0"
    citation: ClassVar[str] = (
        "Livingstone and Russo, The Ryerson audio-visual database of emotional speech and song, PLoS ONE 2018"
    )

    def parse(self, file: str) -> Said | None:
        """Return what a file name says, or None."""
        match = _NAME.fullmatch(PurePosixPath(file).stem)
        if match is None:
            return None
        channel, emotion, intensity, statement, repetition, actor = match.groups()
        return {
            "emotion": _EMOTION[emotion[1]],
            "speaker": actor,
            "sex": "male" if int(actor) % 2 else "female",
            "channel": "speech" if channel == "01" else "song",
            "intensity": "normal" if intensity == "01" else "strong",
            "statement": statement,
            "repetition": repetition,
        }


readers.register(Ravdess.name)(Ravdess())
