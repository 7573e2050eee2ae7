"""Active learning in time: which stretches of recordings people should trace, at equal listening time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seral_core.corpora.reading import settled
from seral_core.errors import BadPlan
from seral_core.features.base import features_at, placed_features
from seral_core.recipes.base import Cell, Progress, Report, Result, recipes
from seral_core.recipes.continuous_al.report import report_of
from seral_core.recipes.in_time import BUILT_IN, TimeSettings
from seral_core.recipes.settings import option
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.speech import Speech, corpus_of, speech_of
from seral_core.types import Floats, Target, Task

#: Added to the name of what traces whole recordings.
WHOLE = ", whole recordings"


@dataclass(frozen=True, kw_only=True)
class ContinuousALSettings(TimeSettings):
    """What a user sets of the experiment.

    Parameters
    ----------
    learner : str
        Such as ``"ridge"``, ``"svr"`` or ``"blstm:epochs=10"``.
    stretch : float
        About how many seconds a stretch has.
    budget : float
        Seconds that are listened to in each run; 0 for half of the smallest pool.
    uncertainty, diversity, both : str
        Strategies that stand for these three.
    test : str
        How to split, such as ``"session"``; empty for five groups of speakers.
    repetitions : int
        Seeds, each with every test part; 0 for five, or three when quick.

    Raises
    ------
    BadPlan
        When two of the strategies are the same, or one is random.

    Examples
    --------
    >>> settings = ContinuousALSettings()
    >>> settings.strategies, len(ContinuousALSettings(quick=True).seeds)
    (('random', 'qbc', 'gsx', 'qbc-gsx'), 3)
    >>> ContinuousALSettings(both="qbc")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got qbc and gsx and qbc; expected three strategies that differ, none of them random; ...
    """

    features: str = option("mfcc-windows", "Extractor of frames, or path to ready ones.", kind="features")
    learner: str = option("ridge", "What is trained on traces, such as blstm.", kind="learner")
    stretch: float = option(10.0, "About how many seconds a stretch has.", least=1.0)
    budget: float = option(0.0, "Seconds listened to in each run.", least=1.0, shown="half of the pool")
    uncertainty: str = option("qbc", "Strategy that stands for uncertainty.", rare=True)
    diversity: str = option("gsx", "Strategy that stands for diversity.", rare=True)
    both: str = option("qbc-gsx", "Strategy that stands for both.", rare=True)
    test: str = option("", "Test parts, such as session.", kind="part", shown="five groups of speakers", rare=True)
    repetitions: int = option(0, "Seeds, each with every test part.", least=1, shown="5, or 3 when quick")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(set(self.strategies)) < 4:
            raise BadPlan(
                f"got {' and '.join(self.strategies[1:])}; expected three strategies that differ, none of them random; "
                "correct --uncertainty, --diversity or --both"
            )

    @property
    def strategies(self) -> tuple[str, ...]:
        """Of stretches: random, uncertainty, diversity and both."""
        return "random", self.uncertainty, self.diversity, self.both

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of every test part."""
        return tuple(range(self.choose("repetitions", 5, quick=3)))


@dataclass(frozen=True)
class Sizes:
    """How much is asked for, in segments; as much time in a round of stretches as one recording lasts on average.

    Parameters
    ----------
    stretches : int
        First labels and labels per round, of stretches; of whole recordings they are one.
    budget : float
        In seconds.

    Examples
    --------
    >>> sizes_for([np.array([60.0, 100.0, 80.0, 80.0, 80.0, 80.0])], 10.0)
    Sizes(stretches=8, budget=240.0)
    """

    stretches: int
    budget: float


def sizes_for(pools: list[Floats], stretch: float, budget: float = 0.0) -> Sizes:
    """Return how much to ask for.

    Parameters
    ----------
    pools : list of Floats of shape (recordings,)
        Seconds of the recordings in the pool of each test part.
    stretch : float
        Seconds of a stretch.
    budget : float
        In seconds; 0 for half of the smallest pool.

    Raises
    ------
    BadPlan
        When two recordings would not fit into the budget.
    """
    length = float(np.mean(np.concatenate(pools)))
    budget = budget or round(min(float(pool.sum()) for pool in pools) / 2, 3)
    longest = max(float(pool.max(initial=0.0)) for pool in pools)
    if budget < 2 * longest:
        raise BadPlan(
            f"got {budget:,.0f} s to listen to, and recordings of up to {longest:,.0f} s; expected time for two of "
            "them; raise --budget, or choose a corpus with more recordings"
        )
    return Sizes(max(1, round(length / stretch)), budget)


def scales_of(speech_task: Task, wanted: tuple[str, ...], name: str) -> tuple[Target, ...]:
    """Return the scales with a rate that are wanted, or all.

    Raises
    ------
    BadPlan
        When one that is wanted has no rate or is a category, or none has.
    """
    rated = {target.name: target for target in speech_task if target.is_scale and target.rate_hz}
    if not rated or set(wanted) - set(rated):
        raise BadPlan(
            f"{name} has {', '.join(rated) or 'no scale'} in time; expected scales that are rated in time"
            f"{', such as ' + ', '.join(wanted) if wanted else ''}; choose another corpus, such as {BUILT_IN}, or "
            "other targets"
        )
    return tuple(rated[each] for each in wanted or rated)


@dataclass(frozen=True)
class ContinuousAL:
    """Which stretches people should trace: uncertain ones, diverse ones, both or any, or whole recordings.

    Examples
    --------
    >>> recipes["continuous-al"].paper.split(":")[0]
    'No paper'
    """

    paper = "No paper: SERAL's own experiment on active learning for emotion that is traced in time"
    settings = ContinuousALSettings
    examples = (
        "--quick --out out/continuous-al",
        "--corpus out/recola --features out/recola/frames.csv --stretch 15 --out out/recola-al",
    )

    def cells(self, settings: ContinuousALSettings, progress: Progress | None = None) -> tuple[Cell, ...]:
        """Return two grids for each scale: whole recordings, and stretches by each strategy."""
        read = settled(settings.where, settings.reader, settings.ranges).entries
        late = (f"trace shift={settings.shift:g}",) if settings.shift else ()
        plan = Plan(
            corpus=settings.where, **{**read, "reading": (*read["reading"], *late)}, learner=settings.learner,
            strategy="random", split=settings.test or Plan.split, features=placed_features(settings.features),
        )  # fmt: skip
        corpus = corpus_of(plan)
        cells: list[Cell] = []
        for target in scales_of(corpus.task, settings.targets, corpus.name):
            mine = plan.varied(targets=(target.name,), features=features_at(plan.features, target.rate_hz))
            cells += _pair(mine, settings, speech_of(mine, progress), target)
        return tuple(cells)

    def report(self, result: Result) -> Report:
        """Return curves, differences at equal time, claims, and what was asked for."""
        return report_of(result, WHOLE)


def _pair(plan: Plan, settings: ContinuousALSettings, speech: Speech, target: Target) -> list[Cell]:
    sizes = sizes_for(speech.pools(plan, (target,)), settings.stretch, settings.budget)
    folds = speech.folds(plan.split)
    whole = plan.varied(initial=1, batch=1, budget=sizes.budget)
    parts = whole.varied(stretch=settings.stretch, initial=sizes.stretches, batch=sizes.stretches)
    return [
        Cell("at equal time", Grid(whole, ("random",), settings.seeds, folds), WHOLE, "whole"),
        Cell("at equal time", Grid(parts, settings.strategies, settings.seeds, folds), "", "stretches"),
    ]


recipes.register("continuous-al")(ContinuousAL())
