"""What the results of Label Studio say: classes, numbers, texts and spans, as cells of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seral_core.corpora.channels import of_channel
from seral_core.corpora.corpus import segment_place
from seral_core.exchange.contents import span

#: What a result may hold that says something of a recording.
_CLASSES, _NUMBERS = ("choices", "labels", "timeserieslabels"), ("number", "rating")


def rows_of(value: Mapping[str, Any], segment: str, apart: bool, *, is_text: bool) -> Iterator[dict[str, Any]]:
    """Give what the value of a result says as cells of a row.

    Parameters
    ----------
    value : mapping
        With ``choices``, ``labels``, ``number`` ..., and with ``start`` and ``end`` of a span and its ``channel``.
    segment : str
        Which the task is about.
    apart : bool
        Whether its channels are told apart. Label Studio counts them from 0, and says 0 where there is one only.
    is_text : bool
        Whether a ``text`` is a comment.

    Examples
    --------
    >>> list(rows_of({"start": 1, "end": 2, "channel": 1, "labels": ["anger"]}, "a.wav", True, is_text=False))
    [{'segment': 'a.wav#ch2#1.000-2.000', 'class': 'anger', 'secondary': '[]'}]
    """
    where = {"segment": segment}
    if "start" in value and "end" in value:
        channel = channel_of(value) if apart else None
        file = segment_place(segment)[0]
        file = file if channel is None else of_channel(file, channel + 1)
        where["segment"] = span(file, float(value["start"]), float(value["end"]))
    for kind in _CLASSES:
        if value.get(kind):
            first, *others = [value[kind]] if isinstance(value[kind], str) else map(str, value[kind])
            yield where | {"class": first, "secondary": json.dumps(others)}
    for kind in _NUMBERS:
        if value.get(kind) is not None:  # null is a field that was left empty
            yield where | {"number": value[kind]}
    if value.get("text") and is_text:
        text = value["text"]
        yield where | {"kind": "comment", "comment": text if isinstance(text, str) else "\n".join(map(str, text))}


def channel_of(value: Mapping[str, Any]) -> int | None:
    """Return the channel of a labelled span, counted from 0; None where it names none or several.

    Examples
    --------
    >>> channel_of({"channel": 1}), channel_of({"channel": [0]}), channel_of({"channel": [0, 1]}), channel_of({})
    (1, 0, None, None)
    """
    channels = value.get("channel")
    channels = channels if isinstance(channels, list) else [channels]
    return channels[0] if len(channels) == 1 and type(channels[0]) is int and channels[0] >= 0 else None


def has_channels(results: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether labels name another channel than the first.

    Examples
    --------
    >>> has_channels([{"value": {"channel": 0}}]), has_channels([{"value": {"channel": 1}}])
    (False, True)
    """
    return any(channel_of(result.get("value") or {}) for result in results)
