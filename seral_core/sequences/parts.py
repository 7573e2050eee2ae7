"""Train, dev and test parts of a corpus: its own, completed by speakers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd

from seral_core.corpora.channels import file_and_channel
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import few
from seral_core.corpora.folds import splits
from seral_core.errors import BadPlan

_PARTS = {"train": r"train", "dev": r"dev|val", "test": r"test|eval"}


def parts(corpus: Corpus, seed: int = 0) -> dict[str, tuple[str, ...]]:
    """Return the segments of each part.

    Where the corpus comes with a split, it is taken: names that begin with train, dev or val, test or eval. A corpus
    with a development and an evaluation part but no training part trains on the former. A part that is missing is one
    of three groups of the training part's speakers; without any split all three are. Where fewer than three speakers
    are known, recordings are dealt instead, and `seral_core.corpora.folds.speaker_alarms` says what that means.

    Parameters
    ----------
    corpus : Corpus
        Whole recordings or stretches of them; the stretches of a recording stay together.
    seed : int
        Decides which speakers come together.

    Returns
    -------
    dict of str to tuple of str
        Segment ids of ``train``, ``dev`` and ``test``, each in the order of the corpus; no two share a segment.

    Raises
    ------
    BadPlan
        When the split has other names or gaps, or there are fewer than three recordings to deal.

    Examples
    --------
    >>> parts(toy_corpus())
    {'train': ('c.wav', 'd.wav'), 'dev': ('a.wav',), 'test': ('b.wav',)}
    """
    given = _given(corpus)
    missing = [part for part in ("dev", "test") if not given[part]]
    if not missing:
        return given
    deal = _thirds(corpus.only(given["train"]), seed)
    dealt = {part: deal.pop() for part in reversed(missing)}
    rest = {segment for group in deal for segment in group}
    return {**given, **dealt, "train": tuple(segment for segment in given["train"] if segment in rest)}


def _given(corpus: Corpus) -> dict[str, tuple[str, ...]]:
    """Return the corpus's own parts; what has no split is all training part."""
    split = corpus.about["split"]
    if split.isna().all():
        return {"train": corpus.ids, "dev": (), "test": ()}
    part = split.map(_part, na_action="ignore")
    if part.isna().any():
        wrong = part.index[part.isna()][0]
        value = split[wrong]
        raise BadPlan(
            f"{wrong} of {corpus.name} has {'no split' if pd.isna(value) else f'split {value!r}'}; expected train, dev "
            f"or test; the splits are {few(sorted(map(str, split.dropna().unique())), 5)}: rename or complete them"
        )
    found = {name: tuple(part.index[part == name]) for name in _PARTS}
    if not found["train"]:
        # MediaEval 2013 calls its training part development.
        rest = "dev" if found["dev"] else "test"
        found |= {"train": found[rest], rest: ()}
    return found


def _part(name: Any) -> str | None:
    return next((part for part, words in _PARTS.items() if re.match(words, str(name), re.IGNORECASE)), None)


def _thirds(corpus: Corpus, seed: int) -> list[tuple[str, ...]]:
    if corpus.about["speaker"].nunique() < 3:
        files = [file_and_channel(file)[0] for file in corpus.segments.index.get_level_values("file")]
        corpus = replace(corpus, segments=corpus.segments.assign(speaker=files))
    if corpus.about["speaker"].nunique() < 3:
        raise BadPlan(
            f"{corpus.name} has {corpus.about['speaker'].nunique()} recordings to make train, dev and test parts of; "
            "expected three or more; give it a split, or more recordings"
        )
    return [split.test for split in splits(corpus, "speakers:3", seed=seed)]
