"""Stretches: recordings in parts of about so many seconds, with their traces cut alike."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.corpus import RATINGS, Corpus, segment_ids, segment_index, segment_place
from seral_core.corpora.durations import durations_s
from seral_core.corpora.tables import GOLD
from seral_core.errors import BadPlan
from seral_core.scores.trace_gold import TraceGold

#: Where a stretch is kept that was cut out: the id of the whole recording.
WHOLE = "recording"


def in_stretches(corpus: Corpus, seconds: float, *, whole: Collection[str] = ()) -> Corpus:
    """Cut recordings into equal stretches, so that each can be asked for, rated and learned by itself.

    The gold of a stretch is that part of the gold of its recording: delays and weights of raters are worked out over
    the whole. It is kept as the ratings of a rater called gold, beside the raters' own traces.

    Parameters
    ----------
    corpus : Corpus
        With traces. A recording lasts as long as its longest trace; without any, as long as its audio.
    seconds : float
        About how long a stretch shall be. Borders lie on frames; a recording shorter than one and a half stretches
        stays whole, as does one of unknown length.
    whole : collection of str
        Ids of recordings that stay whole, such as those for testing.

    Returns
    -------
    Corpus
        In the order of ``corpus``; its segments have a column ``recording`` with the id of the whole.

    Raises
    ------
    BadPlan
        When the corpus has no traces, or ``seconds`` is shorter than a frame.

    Examples
    --------
    >>> from seral_core.corpora.corpus import rating_frame
    >>> from seral_core.types import Target
    >>> segments = pd.DataFrame({"speaker": ["01"]}, index=segment_index(["a.wav"]))
    >>> ratings = rating_frame([("a.wav", "arousal", "r1", (0.0, 0.1, 0.2, 0.3, 0.4))])
    >>> parts = in_stretches(Corpus("one", segments, ratings, (Target("arousal", rate_hz=1.0),)), 2.5)
    >>> parts.gold("arousal").to_dict(), parts.about["recording"].tolist()
    ({'a.wav#0.000-2.000': (0.0, 0.1), 'a.wav#2.000-5.000': (0.2, 0.3, 0.4)}, ['a.wav', 'a.wav'])
    """
    rate_hz = min((target.rate_hz for target in corpus.task if target.rate_hz), default=0.0)
    if not rate_hz:
        raise BadPlan(f"{corpus.name} has no traces; expected a target with a rate; leave the stretches out")
    if not seconds >= 1 / rate_hz:
        raise BadPlan(f"got stretches of {seconds:g} s; expected at least one frame, {1 / rate_hz:g} s; ask for longer")
    rows = [
        (at, start, end)
        for at, length in enumerate(_lengths_s(corpus))
        for start, end in ([(0.0, None)] if corpus.ids[at] in whole else _borders(length, seconds, rate_hz))
    ]
    places = [_place(corpus, at, start, end) for at, start, end in rows]
    index = segment_index(*map(list, zip(*places, strict=True)))
    segments = corpus.segments.iloc[[at for at, *_ in rows]].set_axis(index)
    wholes = corpus.about[WHOLE].tolist() if WHOLE in corpus.about else corpus.ids
    segments[WHOLE] = [wholes[at] for at, *_ in rows]
    cuts: dict[str, list[tuple[str, float, float | None]]] = {}
    for segment, (at, start, end) in zip(segment_ids(index), rows, strict=True):
        cuts.setdefault(corpus.ids[at], []).append((segment, start, end))
    rule = TraceGold(corpus.trace_gold.way)
    return replace(corpus, segments=segments, ratings=_cut(_with_gold(corpus), corpus, cuts), trace_gold=rule, _gold={})


def _lengths_s(corpus: Corpus) -> list[float]:
    """Return how long each segment is: its longest trace, else its audio; nan where nobody knows."""
    longest: dict[str, float] = {}
    for target in (target for target in corpus.task if target.rate_hz):
        rated = corpus.of(target.name)
        for segment, trace in zip(rated["segment"], rated["value"], strict=True):
            longest[segment] = max(longest.get(segment, 0.0), len(trace) / target.rate_hz)
    lacks = [segment for segment in corpus.ids if segment not in longest]
    audio = durations_s(corpus.only(lacks)) if lacks else pd.Series(dtype=float)
    return [longest.get(segment, audio.get(segment, np.nan)) for segment in corpus.ids]


def _borders(length_s: float, seconds: float, rate_hz: float) -> list[tuple[float, float | None]]:
    """Return start and end of each stretch of a recording; None is its own end."""
    parts = 1 if np.isnan(length_s) else round(length_s / seconds)
    if parts < 2:
        return [(0.0, None)]
    borders = np.round(np.arange(parts + 1) * length_s / parts * rate_hz) / rate_hz
    return list(zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True))


def _place(corpus: Corpus, at: int, start: float, end: float | None) -> tuple[str, float, float]:
    file, first, last = segment_place(corpus.ids[at])
    return file, first + start, last if end is None else first + end


def _with_gold(corpus: Corpus) -> pd.DataFrame:
    """Return the ratings, with gold as the traces of a rater called so."""
    timed = [target.name for target in corpus.task if target.rate_hz]
    ratings = corpus.ratings
    parts = [ratings[~(ratings["target"].isin(timed) & (ratings["rater"] == GOLD))]]
    for name in timed:
        gold = corpus.gold(name).dropna()
        made = {"segment": gold.index, "target": name, "rater": GOLD, "value": gold.to_numpy()}
        parts.append(pd.DataFrame(made, dtype=object))
    return pd.concat(parts, ignore_index=True)[list(RATINGS)]


def _cut(ratings: pd.DataFrame, corpus: Corpus, cuts: dict[str, list[tuple[str, float, float | None]]]) -> pd.DataFrame:
    """Return a rating for each stretch of each rating; one value for a recording stands for all its stretches."""
    rates = {target.name: target.rate_hz for target in corpus.task}
    made: list[tuple[Any, ...]] = []
    for segment, target, rater, value in ratings[list(RATINGS)].itertuples(index=False):
        for part, start, end in cuts[segment]:
            if not rates[target]:
                made.append((part, target, rater, value))
                continue
            first = round(start * rates[target])
            trace = value[first : None if end is None else round(end * rates[target])]
            if trace and not np.isnan(trace).all():
                made.append((part, target, rater, trace))
    return pd.DataFrame(made, columns=list(RATINGS), dtype=object)
