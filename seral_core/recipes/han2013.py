"""Han et al. 2013: active learning for dimensional emotion, from a pool and from a stream."""

from __future__ import annotations

from dataclasses import dataclass

from seral_core.errors import BadPlan
from seral_core.recipes.base import Cell, Progress, Report, Result, Setting, recipes
from seral_core.recipes.han2013_report import report_of
from seral_core.runs.build import corpus_of, fitting_budget
from seral_core.runs.grid import Grid, all_folds
from seral_core.runs.plan import Plan

ACTIVE, PASSIVE = "binary-confidence", "random"
#: What the paper names as future work.
MORE = (
    f"{ACTIVE}:levels=3", f"{ACTIVE}:levels=5", f"{ACTIVE}:measure=distance",
    "qbc", "predicted-error", "balanced-range",
)  # fmt: skip
#: The paper starts with 2,000 of 30,000 words and goes on in steps, or buffers, of 2,000.
SHARE = 2_000 / 30_000
#: Fewer first labels than this teach no regression.
FEWEST = 5


@dataclass(frozen=True)
class Han2013:
    """Active learning for arousal and valence, pool and stream: labels needed to reach passive learning's best.

    References
    ----------
    .. [1] Han, Li, Ruan, Ma and Schuller, Active learning for dimensional speech emotion recognition,
       Interspeech 2013.

    Examples
    --------
    >>> recipes["han2013"].paper.split(",")[0]
    'Han'
    """

    paper = (
        "Han, Li, Ruan, Ma and Schuller, Active learning for dimensional speech emotion recognition, Interspeech 2013"
    )

    def cells(self, setting: Setting, progress: Progress | None = None) -> tuple[Cell, ...]:
        """Return a grid for each target and scenario."""
        plan = Plan(
            corpus=setting.corpus, reader=setting.reader, ranges=setting.ranges, features=setting.features,
            learner=setting.learner or "svr", strategy=ACTIVE, budget=10**9, split=setting.test or Plan.split,
            normalise=setting.normalise,
        )  # fmt: skip
        targets = targets_of(plan, setting.targets)
        tasks: list[tuple[str, ...]] = [(target,) for target in targets]
        if setting.together and len(targets) > 1:
            tasks.append(targets)
        return tuple(
            cell for task in tasks for cell in _pair(plan.varied(targets=task), setting, len(task) > 1, progress)
        )

    def report(self, result: Result) -> Report:
        """Return Table 3 and Figure 1 of the paper, beside what was measured."""
        return report_of(result, self.paper, ACTIVE, PASSIVE)


def targets_of(plan: Plan, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is learned: what is wanted, or arousal and valence, or all scales of the corpus.

    Parameters
    ----------
    plan : Plan
        Says where the corpus is.
    wanted : tuple of str
        Empty for the default.

    Raises
    ------
    BadPlan
        When something that is wanted is a category, or the corpus has no scale.
    """
    corpus = corpus_of(plan)
    scales = [target.name for target in corpus.task if target.is_scale]
    for name in wanted:
        if not corpus.target(name).is_scale:
            raise BadPlan(f"{name} is a category; expected scales; {corpus.name} has {', '.join(scales) or 'none'}")
    if not scales:
        raise BadPlan(f"{corpus.name} has no scale; expected arousal, valence or another; choose another corpus")
    return wanted or tuple(name for name in ("arousal", "valence") if name in scales) or tuple(scales)


@dataclass(frozen=True)
class Sizes:
    """How many labels the paper's experiment takes on a pool of some size.

    Parameters
    ----------
    initial, step : int
        First labels; labels a round, and arrivals a buffer.
    pool, stream : int
        Labels at the end of each scenario.

    Examples
    --------
    >>> sizes_for(30_000, Setting())
    Sizes(initial=2000, step=2000, pool=30000, stream=16000)
    >>> sizes_for(450, Setting(step=40))
    Sizes(initial=30, step=40, pool=450, stream=230)
    """

    initial: int
    step: int
    pool: int
    stream: int


def sizes_for(pool: int, setting: Setting) -> Sizes:
    """Return the sizes for a pool of so many clips.

    Parameters
    ----------
    pool : int
        Rated clips in the smallest pool of the test parts.
    setting : Setting
        Uses ``initial``, ``step`` and ``quick``, which doubles a step that is not said.

    Raises
    ------
    BadPlan
        When the pool is too small.

    Examples
    --------
    >>> sizes_for(30_000, Setting(quick=True))
    Sizes(initial=2000, step=4000, pool=30000, stream=16000)
    """
    share = round(pool * SHARE)
    initial = setting.initial or max(FEWEST, share)
    step = setting.step or max(2, share) * (2 if setting.quick else 1)
    if initial + step > pool:
        raise BadPlan(
            f"the pool has {pool} rated clips; expected {initial} first labels and steps of {step} to fit into it; "
            "choose a larger corpus, a smaller test part, or smaller --initial and --step"
        )
    return Sizes(initial, step, pool, initial + (pool - initial) // step * kept(step))


def kept(buffer: int) -> int:
    """Return how many clips of a buffer are labelled: half of them.

    Examples
    --------
    >>> kept(2000), kept(1)
    (1000, 1)
    """
    return max(1, round(0.5 * buffer))


def _pair(plan: Plan, setting: Setting, together: bool, progress: Progress | None) -> list[Cell]:
    """Return the pool and the stream of one task."""
    sizes = sizes_for(int(fitting_budget(plan, plan.budget, progress)), setting)
    more = MORE if setting.more and not together else ()
    subset = () if together else (f"{ACTIVE}:subset={2 * sizes.step}",)
    plan = plan.varied(initial=sizes.initial, batch=sizes.step, budget=sizes.pool)
    stream = plan.varied(scenario="stream", buffer=sizes.step, keep=0.5, budget=sizes.stream)
    seeds = tuple(range(setting.repetitions or (3 if setting.quick else 10)))
    folds, suffix = all_folds(plan), f" ({' + '.join(plan.targets)})" if together else ""
    return [
        Cell("pool", Grid(plan, (ACTIVE, PASSIVE, *subset, *more), seeds, folds, turns=True), suffix),
        Cell("stream", Grid(stream, (ACTIVE, PASSIVE, *more), seeds, folds, turns=True), suffix),
    ]


recipes.register("han2013")(Han2013())
