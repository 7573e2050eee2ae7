"""MixedEmotions D4.2, section 2.4: measures of confidence compared on errors and on real votes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seral_core.confidence.base import measure_from, measures
from seral_core.confidence.evidence import votes_of
from seral_core.errors import BadPlan
from seral_core.recipes.base import Progress, Report, Result, recipes
from seral_core.recipes.cells import Part, Trials
from seral_core.recipes.confidence.measuring import Measuring
from seral_core.recipes.confidence.report import report_of
from seral_core.recipes.settings import Settings, option
from seral_core.runs.data import data_of
from seral_core.runs.plan import Plan

BASELINE = "posterior"
#: Beside what is registered: the two doubts of an ensemble alone, and the other way to calibrate.
MORE = ("ensemble:part=ambiguous", "ensemble:part=unknown", "calibrated:way=isotonic")


@dataclass(frozen=True, kw_only=True)
class ConfidenceSettings(Settings):
    """What a user sets of the experiment.

    Examples
    --------
    >>> ConfidenceSettings().corpus
    'synthetic:ambiguous=0.1:foreign=0.1'
    """

    corpus: str = option(
        "synthetic:ambiguous=0.1:foreign=0.1", "Built-in or fetched corpus, folder or table.", kind="corpus"
    )
    features: str = option("SERALv01", "Extractor, or path to ready features.", kind="features")
    target: str = option("", "A category or scale.", shown="the corpus's first")
    learner: str = option("logistic-regression", "Whose confidence is measured.")
    measures: tuple[str, ...] = option((), "Measures of confidence, with options.", shown="all")
    split: str = option("speakers:5", "How test speakers are held back; each part is a group of the intervals.")
    share: float = option(0.5, "Part of the pool that is labelled, at random.", least=0.0)
    repetitions: int = option(0, "Draws of labels, for each test part.", least=1, shown="10, or 2 when quick")


@dataclass(frozen=True)
class Confidence:
    """Which confidence finds a model's errors, says how often it is right, and knows when raters disagree.

    References
    ----------
    .. [1] MixedEmotions, Deliverable D4.2, Emotion Recognition from Multilingual Audio Content, 2016, section 2.4.

    Examples
    --------
    >>> recipes["confidence"].paper.split(",")[0]
    'MixedEmotions'
    """

    paper = "MixedEmotions, Deliverable D4.2, section 2.4: learning confidence measures, 2016"
    settings = ConfidenceSettings
    examples = (
        "--quick --out out/confidence",
        "--corpus path/to/votes.csv --measures posterior,agreement --out out/votes",
    )

    def cells(self, settings: ConfidenceSettings, progress: Progress | None = None) -> tuple[Part, ...]:
        """Return one set of trials: measures by test parts by draws of labels."""
        if not 0 < settings.share <= 1:
            raise BadPlan(f"got {settings.share:g} as share of labelled clips; expected above 0, at most 1")
        targets = (settings.target,) if settings.target else ()
        plan = Plan(
            corpus=settings.corpus,
            features=settings.features,
            targets=targets,
            split=settings.split,
            learner=settings.learner,
        )
        data = data_of(plan, progress)
        (target,) = data.task
        votes = not np.isnan(votes_of(data.corpus, target, list(data.corpus.ids))[0]).all()
        chosen = settings.measures or self._fitting(votes, scale=target.is_scale)
        for name in chosen:
            measure_from(name)
        seeds = tuple(range(settings.choose("repetitions", 10, 2)))
        measuring = Measuring(plan.varied(targets=(target.name,)), settings.share)
        return (Trials("confidence", measuring, chosen, seeds, data.folds, notes=data.notes),)

    def _fitting(self, votes: bool, *, scale: bool) -> tuple[str, ...]:
        """Return all measures that the corpus has something for."""
        every = (*measures, *MORE)
        without = {*(() if votes else ("agreement",)), *(("margin", "calibrated:way=isotonic") if scale else ())}
        return tuple(sorted((name for name in every if name not in without), key=lambda name: name != BASELINE))

    def report(self, result: Result) -> Report:
        """Return how far each measure can be trusted."""
        return report_of(result, BASELINE)


recipes.register("confidence")(Confidence())
