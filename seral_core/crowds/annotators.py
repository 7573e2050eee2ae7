"""What votes so far say of the raters: confusions of each, known the better the more they have answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator

from seral_core.scores.dawid_skene import dawid_skene, named, whose
from seral_core.scores.skills import has_company, usual
from seral_core.types import Floats, Ints, Label, Target

#: How many votes of each class it is worth what is known of the whole crowd, for a single rater.
WORTH = 4.0
#: Rounds of the estimate: the last digits of a likelihood choose nobody else.
ROUNDS = 100


@dataclass(frozen=True, eq=False)
class Annotators:
    """An annotator model: for each rater and true class, a Dirichlet distribution of what is answered.

    Parameters
    ----------
    classes : tuple of str
        What is answered.
    marginals : Floats of shape (classes,)
        How frequent each class is.
    crowd : Floats of shape (classes, classes)
        Confusions of all raters together; those of one who is new.
    counts : dict of str to Floats of shape (classes, classes)
        Of each rater who has answered: expected number of votes, by true class (first axis) and answer.

    Examples
    --------
    >>> model = annotators_of([("a", "ann", "x"), ("a", "ben", "x"), ("b", "ann", "y"), ("b", "ben", "y")], ("x", "y"))
    >>> known, new = model.confusion("ann"), model.confusion("cleo")
    >>> bool(known[0, 0] > new[0, 0] > 0.5), model.posterior([("ann", 0), ("ben", 0)]).round(2).tolist()
    (True, [0.81, 0.19])
    """

    classes: tuple[str, ...]
    marginals: Floats
    crowd: Floats
    counts: dict[str, Floats]

    def believed(self, rater: str) -> Floats:
        """Return the parameters of a rater's Dirichlet distributions: of shape (classes, classes), by true class."""
        return np.asarray(WORTH * self.crowd + self.counts.get(whose(rater), 0.0))

    def confusion(self, rater: str) -> Floats:
        """Return a rater's expected confusions, rows summing to 1; those of the crowd for one who is new."""
        found = self.believed(rater)
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def drawn(self, rater: str, rng: Generator) -> Floats:
        """Return confusions that may be a rater's, drawn by how likely they are: the wider, the less is known."""
        drawn = rng.standard_gamma(np.maximum(self.believed(rater), 1e-9)) + 1e-12
        return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))

    def answered(self, rater: str) -> float:
        """Return how many answers a rater has given."""
        return float(np.sum(self.counts.get(whose(rater), 0.0)))

    def posterior(self, votes: Iterable[tuple[str, int]], prior: Floats | None = None) -> Floats:
        """Return how probable each class is after some votes on a clip.

        Parameters
        ----------
        votes : iterable of (str, int)
            Raters and the numbers of the classes they say.
        prior : Floats of shape (classes,), optional
            Before any vote; left out: ``marginals``.

        Returns
        -------
        Floats of shape (classes,)
            Summing to 1.
        """
        logs = np.log(np.maximum(self.marginals if prior is None else prior, 1e-12))
        for rater, said in votes:
            logs = logs + np.log(self.confusion(rater)[:, said])
        found = np.exp(logs - logs.max())
        return np.asarray(found / found.sum())


def annotators_of(votes: Iterable[tuple[str, str, str]], classes: Sequence[str]) -> Annotators:
    """Return what is known of raters after some votes.

    True classes and confusions are worked out together, as Dawid and Skene do, each rater being credited with some
    votes of a usual one; what is known of all raters then stands in for what is not known of single ones. A vote that
    is the only one on its clip tells nothing of its rater, and does not count.

    Parameters
    ----------
    votes : iterable of (str, str, str)
        Segment, rater and class. Votes without names are taken for one rater's, called ``anonymous``.
    classes : sequence of str
        Two or more; other votes are left out.

    Examples
    --------
    >>> annotators_of([], ("x", "y")).confusion("ann").tolist()
    [[0.6, 0.4], [0.4, 0.6]]
    """
    many = len(classes)
    rows = pd.DataFrame(list(votes), columns=["segment", "rater", "value"])
    rows = rows[rows["value"].isin(list(classes))]
    rows = rows[has_company(rows)]
    if rows.empty:
        return Annotators(tuple(classes), np.full(many, 1 / many), usual(many), {})
    found = dawid_skene(rows, classes, smoothing=usual(many, WORTH), tol=1e-6, most=ROUNDS)
    posterior = found.posterior.to_numpy()[found.posterior.index.get_indexer(pd.Index(rows["segment"]))]
    value: Ints = pd.Index(classes).get_indexer(pd.Index(rows["value"]))
    rater: Ints = pd.Index(found.raters).get_indexer(pd.Index(named(rows["rater"])))
    size = len(found.raters) * many
    counted = [np.bincount(rater * many + value, of, size).reshape(-1, many) for of in posterior.T]
    counts = np.stack(counted, axis=1)
    crowd = counts.sum(axis=0) + usual(many, WORTH)
    marginals = (found.marginals.to_numpy() * len(found.posterior) + 1) / (len(found.posterior) + many)
    return Annotators(
        tuple(classes),
        marginals,
        crowd / crowd.sum(axis=1, keepdims=True),
        dict(zip(found.raters, counts, strict=True)),
    )


def annotators_from(labels: Iterable[Label], target: Target) -> Annotators:
    """Return what is known of raters after some labels of a category; the machine's own do not count.

    Examples
    --------
    >>> emotion = Target("emotion", ("anger", "sadness"))
    >>> labels = [Label("a", "emotion", "anger", "ann"), Label("a", "emotion", "anger", "ben")]
    >>> round(annotators_from(labels, emotion).answered("ann"), 3)
    1.0
    """
    people = (label for label in labels if label.target == target.name and label.source != "machine")
    return annotators_of(((label.segment, label.annotator, str(label.value)) for label in people), target.classes)
