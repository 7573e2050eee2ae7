"""EMOVO: six Italian actors, fourteen sentences, seven emotions."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said

_NAME = re.compile(r"(dis|gio|neu|pau|rab|sor|tri)-([fm])([1-3])-([a-z]+\d?)", re.IGNORECASE)
_EMOTION = {
    "dis": "disgust", "gio": "happiness", "neu": "neutral", "pau": "fear", "rab": "anger", "sor": "surprise",
    "tri": "sadness",
}  # fmt: skip


class Emovo(NamedFiles):
    """Italian emotional speech: ``rab-f1-b1.wav`` is rabbia, the first woman, sentence b1.

    References
    ----------
    .. [1] Costantini et al., EMOVO corpus: an Italian emotional speech database, LREC 2014.

    Examples
    --------
    >>> Emovo().parse("f1/rab-f1-b1.wav")
    {'emotion': 'anger', 'speaker': 'f1', 'sex': 'female', 'sentence': 'b1'}
    """

    name: ClassVar[str] = "emovo"
    pattern: ClassVar[str] = "rab-f1-b1.wav (emotion letters, speaker, sentence)"
    licence: ClassVar[str] = "free for research"
    citation: ClassVar[str] = "Costantini et al., EMOVO corpus: an Italian emotional speech database, LREC 2014"

    def parse(self, file: str) -> Said | None:
        """Return what a file name says, or None."""
        match = _NAME.fullmatch(PurePosixPath(file).stem)
        if match is None:
            return None
        letters, sex, number, sentence = (part.lower() for part in match.groups())
        return {
            "emotion": _EMOTION[letters],
            "speaker": sex + number,
            "sex": "female" if sex == "f" else "male",
            "sentence": sentence,
        }


readers.register(Emovo.name)(Emovo())
