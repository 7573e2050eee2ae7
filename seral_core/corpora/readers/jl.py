"""JL corpus: four speakers from New Zealand, five primary and five secondary emotions."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said

_NAME = re.compile(
    r"((?:fe)?male)([12])_(angry|sad|neutral|happy|excited|anxious|apologetic|assertive|concerned|encouraging)"
    r"_(\d+[a-z]?)_(\d+)",
    re.IGNORECASE,
)


class JL(NamedFiles):
    """JL corpus: ``female1_angry_10a_1.wav`` is the first woman, anger, sentence 10a.

    References
    ----------
    .. [1] James, Tian and Watson, An open source emotional speech corpus for human robot
       interaction applications, Interspeech 2018.

    Examples
    --------
    >>> JL().parse("female1_angry_10a_1.wav")
    {'emotion': 'angry', 'speaker': 'female1', 'sex': 'female', 'sentence': '10a', 'take': '1'}
    """

    name: ClassVar[str] = "jl"
    pattern: ClassVar[str] = "female1_angry_10a_1.wav (speaker, emotion, sentence, take)"
    licence: ClassVar[str] = "CC0 1.0"
    citation: ClassVar[str] = (
        "James, Tian and Watson, An open source emotional speech corpus for human robot interaction applications, "
        "Interspeech 2018"
    )

    def parse(self, file: str) -> Said | None:
        """Return what a file name says, or None."""
        match = _NAME.fullmatch(PurePosixPath(file).stem)
        if match is None:
            return None
        sex, number, emotion, sentence, take = (part.lower() for part in match.groups())
        return {"emotion": emotion, "speaker": sex + number, "sex": sex, "sentence": sentence, "take": take}


readers.register(JL.name)(JL())
