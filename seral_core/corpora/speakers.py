"""Speakers whose names are used again in every session, as F and M are: other people, or the same ones."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import few
from seral_core.corpora.words import SEXES, plain

#: So few names that come back in so many sessions are asked about.
FEW, OFTEN = 4, 2
#: The part of all sessions in which a name comes back.
_NEARLY_ALL = 0.8


def told_apart(corpus: Corpus) -> Corpus:
    """Return a corpus in which speakers called after their sex are people of their own session.

    F of session 1 is nobody of session 2, and a split by such speakers would be one by sex. Other names that come
    back in nearly all sessions are asked about in a note.

    Examples
    --------
    >>> about = {"session": ["1", "1", "2", "2"], "speaker": ["F", "M", "F", "M"]}
    >>> corpus = replace(toy_corpus(), segments=toy_corpus().segments.assign(**about))
    >>> told_apart(corpus).segments["speaker"].tolist()
    ['1_F', '1_M', '2_F', '2_M']
    """
    speaker, session = corpus.segments["speaker"], corpus.segments["session"]
    names = sorted(map(str, speaker.dropna().unique()))
    if not names:
        return corpus
    sessions = session.groupby(speaker.to_numpy()).nunique()
    sexes = all(plain(name) in SEXES for name in names)
    if sexes and sessions.max() > 1:
        own = [f"{s}_{who}" if pd.notna(s) and pd.notna(who) else None for s, who in zip(session, speaker, strict=True)]
        who = pd.Series(own, corpus.segments.index, dtype=object)
        note = (
            f"speakers are called {few(names)} in {session.nunique()} sessions: each is taken for a person of that "
            f"session, such as {who.dropna().iloc[0]} (--column description=session where they are the same people)"
        )
        return replace(corpus, segments=corpus.segments.assign(speaker=who), notes=(*corpus.notes, note))
    note = ""
    if sexes:
        note = (
            f"speakers are called {few(names)}; if that is only their sex: --column sex=NAME, and who speaks is unknown"
        )
    elif len(names) <= FEW and session.nunique() >= OFTEN and sessions.min() >= _NEARLY_ALL * session.nunique():
        note = (
            f"speakers {few(names)} are in nearly all of {session.nunique()} sessions; if they are others in each, "
            f"write it into their names, such as {session.dropna().iloc[0]}_{names[0]}: only then a split parts them"
        )
    return replace(corpus, notes=(*corpus.notes, note)) if note else corpus
