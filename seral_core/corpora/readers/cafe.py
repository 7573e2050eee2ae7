"""CaFE: six women and six men from Quebec, seven emotions in two intensities."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said

#: Actor, emotion, intensity (0 or 1 where it is neutral), sentence.
_NAME = re.compile(r"(0[1-9]|1[0-2])-([cdjnpst])-([0-2])-([1-6])", re.IGNORECASE)
_EMOTION = {
    "c": "anger", "d": "disgust", "j": "happiness", "n": "neutral", "p": "fear", "s": "surprise", "t": "sadness",
}  # fmt: skip


class Cafe(NamedFiles):
    """Canadian French Emotional speech: ``01-C-2-3.wav`` is actor 1, colère, strong, sentence 3.

    References
    ----------
    .. [1] Gournay, Lahaie and Lefebvre, A Canadian French emotional speech dataset, ACM MMSys 2018.

    Examples
    --------
    >>> Cafe().parse("Colère/Fort/02-C-2-3.wav")
    {'emotion': 'anger', 'speaker': '02', 'sex': 'female', 'intensity': 'strong', 'sentence': '3'}
    """

    name: ClassVar[str] = "cafe"
    pattern: ClassVar[str] = "01-C-2-3.wav (actor, emotion letter, intensity, sentence)"
    licence: ClassVar[str] = "CC BY-NC-SA 4.0"
    citation: ClassVar[str] = "Gournay, Lahaie and Lefebvre, A Canadian French emotional speech dataset, ACM MMSys 2018"

    def parse(self, file: str) -> Said | None:
        """Return what a file name says, or None."""
        match = _NAME.fullmatch(PurePosixPath(file).stem)
        if match is None:
            return None
        actor, letter, intensity, sentence = match.groups()
        emotion = _EMOTION[letter.lower()]
        return {
            "emotion": emotion,
            "speaker": actor,
            "sex": "male" if int(actor) % 2 else "female",
            "intensity": None if emotion == "neutral" else {"1": "mild", "2": "strong"}.get(intensity),
            "sentence": sentence,
        }


readers.register(Cafe.name)(Cafe())
