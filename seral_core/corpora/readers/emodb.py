"""EmoDB: German actors, ten sentences, seven emotions."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.named import NamedFiles, Said
from seral_core.corpora.words import LETTERS

_NAME = re.compile(r"(\d\d)([ab]\d\d)([wleaftn])([a-z]?)", re.IGNORECASE)
_SEX = dict.fromkeys(("03", "10", "11", "12", "15"), "male") | dict.fromkeys(("08", "09", "13", "14", "16"), "female")


class EmoDB(NamedFiles):
    """Berlin Database of Emotional Speech: ``03a01Fa.wav`` is speaker 03, text a01, Freude, version a.

    References
    ----------
    .. [1] Burkhardt et al., A database of German emotional speech, Interspeech 2005.

    Examples
    --------
    >>> EmoDB().parse("03a01Fa.wav")
    {'emotion': 'happiness', 'speaker': '03', 'sex': 'male', 'text': 'a01', 'version': 'a'}
    """

    name: ClassVar[str] = "emodb"
    pattern: ClassVar[str] = "03a01Fa.wav (speaker, text, emotion letter, version)"
    licence: ClassVar[str] = "free for research"
    citation: ClassVar[str] = "Burkhardt et al., A database of German emotional speech, Interspeech 2005"

    def parse(self, file: str) -> Said | None:
        """Return what a file name says, or None."""
        match = _NAME.fullmatch(PurePosixPath(file).stem)
        if match is None:
            return None
        speaker, text, letter, version = (part.lower() for part in match.groups())
        return {
            "emotion": LETTERS["EmoDB"][letter],
            "speaker": speaker,
            "sex": _SEX.get(speaker),
            "text": text,
            "version": version or None,
        }


readers.register(EmoDB.name)(EmoDB())
