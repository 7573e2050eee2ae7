"""ShEMO: 87 Persian speakers from radio plays, six emotions."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said

_NAME = re.compile(r"([fm])(\d\d)([ashwfn])(\d\d)", re.IGNORECASE)
_EMOTION = {"a": "anger", "s": "sadness", "h": "happiness", "w": "surprise", "f": "fear", "n": "neutral"}


class ShEMO(NamedFiles):
    """Sharif Emotional Speech Database: ``F01A02.wav`` is the first woman, anger, her second clip of it.

    References
    ----------
    .. [1] Mohamad Nezami, Jamshid Lou and Karami, ShEMO: a large-scale validated database for Persian
       speech emotion detection, Language Resources and Evaluation 2019.

    Examples
    --------
    >>> ShEMO().parse("female/F01A02.wav")
    {'emotion': 'anger', 'speaker': 'F01', 'sex': 'female', 'number': '02'}
    """

    name: ClassVar[str] = "shemo"
    pattern: ClassVar[str] = "F01A02.wav (sex and speaker, emotion letter, number)"
    licence: ClassVar[str] = "free for research"
    citation: ClassVar[str] = (
        "Mohamad Nezami, Jamshid Lou and Karami, ShEMO: a large-scale validated database for Persian speech emotion "
        "detection, Language Resources and Evaluation 2019"
    )

    def parse(self, file: str) -> Said | None:
        """Return what a file name says, or None."""
        match = _NAME.fullmatch(PurePosixPath(file).stem)
        if match is None:
            return None
        sex, speaker, letter, number = match.groups()
        return {
            "emotion": _EMOTION[letter.lower()],
            "speaker": sex.upper() + speaker,
            "sex": "female" if sex.lower() == "f" else "male",
            "number": number,
        }


readers.register(ShEMO.name)(ShEMO())
