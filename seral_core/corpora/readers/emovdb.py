"""EmoV-DB: four English speakers, amusement, anger, disgust, sleepiness and neutral speech."""

from __future__ import annotations

import re
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said
from seral_core.corpora.words import noun

#: bea/Amused/amused_1-15_0001.wav, or bea_Amused/... as the archives unpack.
_NAME = re.compile(
    r"(?:.*/)?(bea|jenie|josh|sam)[/_][a-z]+/(amused|anger|angry|disgust|disgusted|neutral|sleepiness|sleepy)"
    r"_(?:\d+-\d+_)?(\d{4})\.\w+",
    re.IGNORECASE,
)
_SEX = {"bea": "female", "jenie": "female", "josh": "male", "sam": "male"}


class EmoVDB(NamedFiles):
    """Emotional Voices Database: ``sam/Angry/anger_1-28_0003.wav`` is Sam, anger, sentence 3.

    References
    ----------
    .. [1] Adigwe et al., The emotional voices database: towards controlling the emotion dimension in
       voice generation systems, arXiv 1806.09514, 2018.

    Examples
    --------
    >>> EmoVDB().parse("sam/Angry/anger_1-28_0003.wav")
    {'emotion': 'anger', 'speaker': 'sam', 'sex': 'male', 'sentence': '0003'}
    """

    name: ClassVar[str] = "emovdb"
    pattern: ClassVar[str] = "sam/Angry/anger_1-28_0003.wav (speaker, emotion, sentence)"
    licence: ClassVar[str] = "free for research"
    citation: ClassVar[str] = (
        "Adigwe et al., The emotional voices database: towards controlling the emotion dimension in voice generation "
        "systems, 2018"
    )

    def parse(self, file: str) -> Said | None:
        """Return what a relative path says, or None."""
        match = _NAME.fullmatch(file)
        if match is None:
            return None
        speaker, emotion, sentence = (part.lower() for part in match.groups())
        return {"emotion": noun(emotion), "speaker": speaker, "sex": _SEX[speaker], "sentence": sentence}


readers.register(EmoVDB.name)(EmoVDB())
