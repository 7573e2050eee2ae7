"""Recordings of a corpus that lie outside of its folder, behind a link or because a table says so."""

from __future__ import annotations

import os
from functools import lru_cache

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import few


def leading_out(corpus: Corpus) -> list[str]:
    """Return the files of a corpus that lead out of its folder, in order.

    Raters are not played them unless the corpus's ``links`` allows it: a folder may come from anybody.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> leading_out(toy_corpus())
    []
    """
    real = lru_cache(maxsize=100_000)(os.path.realpath)
    found = []
    for file in corpus.segments.index.get_level_values("file").unique():
        place = corpus.place(file)
        if place is None:
            continue
        path = os.path.join(*place)
        above, name = os.path.split(path)
        at = os.path.realpath(path) if os.path.islink(path) else os.path.join(real(above), name)
        if os.path.commonpath([at, real(place[0])]) != real(place[0]):
            found.append(str(file))
    return found


def links_note(corpus: Corpus) -> str:
    """Return a sentence on recordings that raters are not played since they lie elsewhere; empty where there are none.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> links_note(toy_corpus())
    ''
    """
    found = [] if corpus.links else leading_out(corpus)
    if not found:
        return ""
    return (
        f"{len(found)} of {corpus.segments.index.get_level_values('file').nunique()} recordings lead out of the folder "
        f"of the corpus, as links do, so raters are not played them: {few(found)}; allow it with --follow-links"
    )
