"""What a measure of confidence is: it learns from `Evidence` how far a trained model can be trusted, clip by clip.

    measure(evidence, learner, rng) -> sure,   sure(table) -> one number in [0, 1] for each row

A measure without parameters is a function, one with parameters a frozen dataclass with ``__call__``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Learner
from seral_core.options import option_values, split_options
from seral_core.registry import Registry
from seral_core.types import Floats, Ints, Target

#: From a table to how sure the model may be of each row, in [0, 1].
Sure: TypeAlias = Callable[[FeatureTable], Floats]


@dataclass(frozen=True)
class Evidence:
    """All that a measure may learn from; nothing of clips that nobody labelled but their features.

    Parameters
    ----------
    known : Known
        What the model was trained on; its table is the whole pool.
    target : Target
        What is predicted, and how sure one may be of it.
    speakers : tuple of str
        Who speaks in each row of the table; empty where nobody knows.
    agreement : Floats of shape (rows,), optional
        Share of raters who answered as most did, or on a scale 1 less their spread; nan where fewer than two
        answered, or nobody was asked. Clips whose votes tie have no label, but count here. None where votes are not
        known.
    disagreement : Floats of shape (rows,), optional
        From 0 to 1: the entropy of the votes, or on a scale the spread of the ratings. The same rows.

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> evidence = toy_evidence()
    >>> len(evidence.answers), float(evidence.voted()[1].max())
    (20, 1.0)
    """

    known: Known
    target: Target
    speakers: tuple[str, ...] = ()
    agreement: Floats | None = None
    disagreement: Floats | None = None

    @property
    def answers(self) -> Answers:
        """What is known of the target: one value per row."""
        return self.known.answers[self.target.name].pooled()

    def voted(self) -> tuple[Ints, Floats, Floats]:
        """Return the rows that two raters or more answered, with their agreement and disagreement.

        Raises
        ------
        BadPlan
            When there are none.
        """
        if self.agreement is not None and self.disagreement is not None:
            rows = np.flatnonzero(~np.isnan(self.agreement))
            if len(rows):
                return rows, self.agreement[rows], self.disagreement[rows]
        raise BadPlan(
            f"this measure learns from how far raters agree about {self.target.name}, but no labelled clip has the "
            "answers of two raters; take a corpus with votes, or another measure, such as calibrated"
        )


class Measure(Protocol):
    """Anything that says how sure a model may be: ``measure(evidence, learner, rng)``.

    Parameters
    ----------
    evidence : Evidence
        What may be learned from.
    learner : Learner
        Trained on ``evidence.known``; copied where more models are needed, never trained again itself.
    rng : Generator
        All that is random is drawn from it.

    Returns
    -------
    callable
        From a table to Floats of shape (rows,) in [0, 1].

    Examples
    --------
    >>> from seral_core.confidence.contract import check_measure
    >>> check_measure(lambda evidence, learner, rng: lambda table: np.full(len(table), 0.5))
    """

    def __call__(self, evidence: Evidence, learner: Learner, rng: Generator, /) -> Sure:
        """Return what says how sure the model may be."""
        ...


#: Measures by name: functions `Measure`, or dataclasses whose instances are.
measures: Registry[Callable[..., Any]] = Registry("confidence measure", "seral_core.confidence")


def measure_from(text: str) -> Measure:
    """Return a measure by its name, with options behind it.

    Parameters
    ----------
    text : str
        Such as ``"calibrated"`` or ``"ensemble:part=unknown:members=20"``.

    Raises
    ------
    UnknownName, BadPlan
        When there is no such measure, it has no such option, or the value is of another type.

    Examples
    --------
    >>> measure_from("ensemble:part=unknown")
    Ensemble(part='unknown', members=10)
    >>> measure_from("calibrate")
    Traceback (most recent call last):
    seral_core.errors.UnknownName: confidence measure 'calibrate'; did you mean 'calibrated'? known: ...
    """
    name, given = split_options(text)
    part = measures[name]
    have = {f.name: f.default for f in fields(part)} if isinstance(part, type) and is_dataclass(part) else {}
    options = option_values(given, have, name, text)
    made: Measure = part(**options) if isinstance(part, type) else part
    return made
