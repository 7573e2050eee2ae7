"""Pretrained speech encoders that have a short name: a new one is a line of this table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """An encoder with a short name.

    Parameters
    ----------
    name : str
        The short name.
    repository : str
        Its name at Hugging Face.
    licence : str
        Of the weights.
    ms_per_s : float
        Processor time for a second of speech, in milliseconds, at the middle layer, as measured on one thread of a
        2.5 GHz Xeon.

    Examples
    --------
    >>> known["whisper-tiny.en"].repository
    'openai/whisper-tiny.en'
    """

    name: str
    repository: str
    licence: str
    ms_per_s: float


#: By short name, the first choice first.
known: dict[str, Known] = {
    each.name: each
    for each in (
        Known("whisper-tiny.en", "openai/whisper-tiny.en", "MIT", 5.5),
        Known("whisper-base", "openai/whisper-base", "MIT", 12),
        Known("wavlm-base-plus", "microsoft/wavlm-base-plus", "CC BY-SA 3.0", 90),
        Known("hubert-base", "facebook/hubert-base-ls960", "Apache 2.0", 90),
        Known("wav2vec2-base", "facebook/wav2vec2-base", "Apache 2.0", 90),
        Known("data2vec-audio-base", "facebook/data2vec-audio-base", "Apache 2.0", 105),
    )
}
