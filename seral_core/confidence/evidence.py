"""Evidence from a corpus: who speaks, and how far the raters of labelled clips agree."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from seral_core.confidence.base import Evidence
from seral_core.corpora.corpus import Corpus
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known
from seral_core.scores.ratings import counts
from seral_core.scores.retention import vote_entropy_of
from seral_core.types import Floats, Target


def evidence_of(known: Known, target: Target, corpus: Corpus, asked: Collection[str] = ()) -> Evidence:
    """Return what measures may learn from, given the corpus whose raters labelled the clips.

    Votes of clips that nobody was asked about are left out.

    Parameters
    ----------
    known : Known
        What the model was trained on.
    target : Target
        What is predicted.
    corpus : Corpus
        Of the same clips.
    asked : collection of str
        Clips that raters answered beside those that are labelled: their votes tie, so that they have no label.

    Examples
    --------
    >>> corpus, table = toy_corpus(), FeatureTable(np.eye(4), ("a.wav", "b.wav", "c.wav", "d.wav"))
    >>> answers = {"emotion": Answers(np.array([0, 1]), np.array([0, 0]), np.ones(2))}
    >>> evidence = evidence_of(Known(table, corpus.task[:1], answers), corpus.task[0], corpus)
    >>> evidence.speakers, evidence.agreement.round(2)
    (('01', '02', '01', '02'), array([1.  , 0.67,  nan,  nan]))
    """
    ids = list(known.table.ids)
    said = corpus.about["speaker"].reindex(ids)
    speakers = tuple(said.astype(str)) if said.notna().all() else ()
    rows = np.union1d(known.answers[target.name].rows, known.table.rows(asked))
    agreement, disagreement = (np.full(len(ids), np.nan) for _ in range(2))
    agreement[rows], disagreement[rows] = votes_of(corpus, target, [ids[row] for row in rows])
    return Evidence(known, target, speakers, agreement, disagreement)


def votes_of(corpus: Corpus, target: Target, ids: list[str]) -> tuple[Floats, Floats]:
    """Return how far raters agree and disagree about some clips.

    Parameters
    ----------
    corpus : Corpus
        With ratings.
    target : Target
        What was rated.
    ids : list of str
        Which clips.

    Returns
    -------
    agreement, disagreement : Floats of shape (clips,)
        Both in [0, 1]. Of a category the share of raters who answered as most did, and the entropy of the votes over
        that of a tie of all classes; of a scale 1 less the standard deviation of the ratings over half the range, and
        that deviation. nan where fewer than two answered; all nan of targets with a rate.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> [part.round(2).tolist() for part in votes_of(corpus, corpus.task[0], ["a.wav", "b.wav"])]
    [[1.0, 0.67], [0.0, 0.92]]
    """
    if target.rate_hz:
        return np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    ratings = corpus.of(target.name)
    if target.is_scale:
        values = pd.to_numeric(ratings["value"]).groupby(ratings["segment"].to_numpy())
        spread = (values.std(ddof=0) / ((target.high - target.low) / 2)).where(values.count() > 1).reindex(ids)
        disagreement = spread.to_numpy(np.float64).clip(0, 1)
        return 1 - disagreement, disagreement
    votes = counts(ratings, target.classes).reindex(ids).to_numpy(np.float64)
    total = votes.sum(axis=1)
    several = np.where(total > 1, total, np.nan)
    entropy = vote_entropy_of(np.nan_to_num(votes))
    return votes.max(axis=1) / several, np.where(np.isnan(several), np.nan, entropy)


def toy_evidence(target: Target | None = None) -> Evidence:
    """Return evidence about thirty clips of five speakers on a line, for examples and tests; twenty are labelled.

    Clips near the middle, where the classes meet, have divided votes.

    Examples
    --------
    >>> toy_evidence().known.table
    FeatureTable(30 rows, 2 features)
    """
    target = target or Target("emotion", ("anger", "sadness"))
    rng = np.random.default_rng(0)
    values = np.stack([np.linspace(-2, 2, 30), rng.normal(size=30)], axis=1)
    table = FeatureTable(values, tuple(f"c{i}" for i in range(30)))
    rows = np.flatnonzero(np.arange(30) % 3)
    half = (target.high - target.low) / 2
    far = np.tanh(values[:, 0] + rng.normal(0, 0.4, 30))
    gold = target.low + half * (1 + far[rows]) if target.is_scale else (far[rows] > 0).astype(np.intp)
    agreement = np.full(30, np.nan)
    agreement[rows] = 0.5 + np.minimum(np.abs(values[rows, 0]), 1) / 2
    known = Known(table, (target,), {target.name: Answers(rows, gold, np.ones(len(rows)))})
    return Evidence(known, target, tuple(f"s{i % 5}" for i in range(30)), agreement, 2 * (1 - agreement))
