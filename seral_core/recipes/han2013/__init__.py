"""Han et al. 2013: active learning for dimensional emotion, from a pool and from a stream."""

from __future__ import annotations

from dataclasses import dataclass

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.reading import settled
from seral_core.errors import BadPlan
from seral_core.recipes.base import Cell, Progress, Report, Result, recipes
from seral_core.recipes.han2013.report import report_of
from seral_core.recipes.settings import Settings, option
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.speech import Speech, corpus_of, speech_of, task_of

ACTIVE, PASSIVE = "binary-confidence", "random"
#: What the paper names as future work.
MORE = (
    f"{ACTIVE}:levels=3",
    f"{ACTIVE}:levels=5",
    f"{ACTIVE}:measure=distance",
    "qbc",
    "predicted-error",
    "balanced-range",
)
#: The paper starts with 2,000 of 30,000 words and goes on in steps, or buffers, of 2,000.
SHARE = 2_000 / 30_000
#: Fewer first labels than this teach no regression.
FEWEST = 5


@dataclass(frozen=True, kw_only=True)
class Han2013Settings(Settings):
    """What a user sets of the experiment; what is left out is as in the paper, in shares of the corpus.

    Parameters
    ----------
    corpus, reader, ranges, features, normalise
        As in `seral_core.runs.plan.Plan`.
    targets : tuple of str
        What is learned; empty for arousal and valence.
    test : str
        Test part, such as ``"session=5"``; empty: the repetitions take turns at five groups of
        speakers.
    learner : str
        Empty for the paper's.
    initial, step : int
        First labels, and labels per round; 0 for the paper's shares of the pool.
    repetitions : int
        0 for the paper's.
    more : bool
        With the further strategies that the paper speaks of.
    together : bool
        Also with all targets at once.

    Examples
    --------
    >>> Han2013Settings(repetitions=-1)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: repetitions is -1; expected 1 or more, or 0 for the paper's, or 3 when quick; correct it
    """

    corpus: str = option("synthetic", "Built-in or fetched corpus, folder or table.", kind="corpus")
    reader: str = option("", "How to read it (see 'seral corpora').", kind="reader", shown="recognised")
    ranges: tuple[str, ...] = option(
        (), "Range of a scale: arousal=1:9.", kind="ranges", flag="range", shown="the reader's"
    )
    features: str = option("SERALv01", "Extractor (see 'seral features'), or path to ready features.", kind="features")
    targets: tuple[str, ...] = option((), "What to learn.", kind="targets", flag="target", shown="the paper's")
    test: str = option(
        "", "Test part, such as session=5.", kind="part", label="Test part", shown="five groups of speakers, in turns"
    )
    learner: str = option("", "Regression (see 'seral strategies').", kind="learner", shown="the paper's", rare=True)
    normalise: str = option(
        "auto",
        "Speaker normalisation of the features.",
        choices=("auto", "on", "off"),
        rare=True,
        label="Speaker normalisation",
    )
    initial: int = option(
        0, "First labels.", least=1, shown="the paper's share of the pool", label="First labels", rare=True
    )
    step: int = option(
        0, "Labels per round.", least=1, shown="the paper's share of the pool", label="Labels per round", rare=True
    )
    repetitions: int = option(0, "How often.", least=1, shown="the paper's, or 3 when quick", rare=True)
    more: bool = option(
        False, "With the further strategies that the paper speaks of.", label="With what the paper names as future work"
    )
    together: bool = option(False, "Also with all targets at once.", label="Also all targets at once")


@dataclass(frozen=True)
class Han2013:
    """Active learning for arousal and valence, pool and stream: labels needed to reach passive learning's best.

    References
    ----------
    .. [1] Han, Li, Ruan, Ma and Schuller, Active learning for dimensional speech emotion
       recognition, Interspeech 2013.

    Examples
    --------
    >>> recipes["han2013"].paper.split(",")[0]
    'Han'
    """

    paper = (
        "Han, Li, Ruan, Ma and Schuller, Active learning for dimensional speech emotion recognition, Interspeech 2013"
    )
    settings = Han2013Settings
    examples = (
        "--corpus synthetic --quick --out out/han2013",
        "--corpus ratings.csv --range arousal=1:9 --features features.npz --test session=5 --out out/mine",
    )

    def cells(self, settings: Han2013Settings, progress: Progress | None = None) -> tuple[Cell, ...]:
        """Return a grid for each target and scenario."""
        plan = Plan(
            corpus=settings.corpus,
            **settled(settings.corpus, settings.reader, settings.ranges).entries,
            features=settings.features,
            targets=settings.targets,
            learner=settings.learner or "svr",
            strategy=ACTIVE,
            budget=10**9,
            split=settings.test or Plan.split,
            normalise=settings.normalise,
        )
        targets = targets_of(corpus_of(plan), settings.targets)
        speech = speech_of(plan, progress)
        tasks: list[tuple[str, ...]] = [(target,) for target in targets]
        if settings.together and len(targets) > 1:
            tasks.append(targets)
        return tuple(cell for task in tasks for cell in _pair(plan.varied(targets=task), settings, speech))

    def report(self, result: Result) -> Report:
        """Return Table 3 and Figure 1 of the paper, beside what was measured."""
        return report_of(result, self.paper, ACTIVE, PASSIVE)


def targets_of(corpus: Corpus, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is learned: what is wanted, or arousal and valence, or all scales of the corpus.

    Parameters
    ----------
    corpus : Corpus
        Of any task.
    wanted : tuple of str
        Empty for the default.

    Raises
    ------
    BadPlan
        When something that is wanted is a category or does not vary, or the corpus has no scale.
    """
    scales = [target.name for target in corpus.task if target.is_scale]
    for name in wanted:
        if not corpus.target(name).is_scale:
            raise BadPlan(f"{name} is a category; expected scales; {corpus.name} has {', '.join(scales) or 'none'}")
    if not scales:
        raise BadPlan(f"{corpus.name} has no scale; expected arousal, valence or another; choose another corpus")
    chosen = wanted or tuple(name for name in ("arousal", "valence") if name in scales) or tuple(scales)
    for name in chosen:
        if corpus.gold(name).nunique() < 2:
            raise BadPlan(f"{name} is the same in all clips of {corpus.name}; expected a scale to learn; leave it out")
    return chosen


@dataclass(frozen=True)
class Sizes:
    """How many labels the paper's experiment takes on a pool of some size.

    Parameters
    ----------
    initial, step : int
        First labels; labels per round, and arrivals per buffer.
    pool, stream : int
        Labels at the end of each scenario.

    Examples
    --------
    >>> sizes_for(30_000, Han2013Settings())
    Sizes(initial=2000, step=2000, pool=30000, stream=16000)
    >>> sizes_for(450, Han2013Settings(step=40))
    Sizes(initial=30, step=40, pool=450, stream=230)
    """

    initial: int
    step: int
    pool: int
    stream: int


def sizes_for(pool: int, settings: Han2013Settings, targets: tuple[str, ...] = ()) -> Sizes:
    """Return the sizes for a pool of so many clips.

    Parameters
    ----------
    pool : int
        Rated clips in the smallest pool of the test parts.
    settings : Han2013Settings
        Uses ``initial``, ``step`` and ``quick``, which doubles a step that is not set.
    targets : tuple of str
        What the clips are rated for; named where they are too few.

    Raises
    ------
    BadPlan
        When the pool is too small.

    Examples
    --------
    >>> sizes_for(30_000, Han2013Settings(quick=True))
    Sizes(initial=2000, step=4000, pool=30000, stream=16000)
    """
    share = round(pool * SHARE)
    initial = settings.choose("initial", max(FEWEST, share))
    step = settings.choose("step", max(2, share), quick=2 * max(2, share))
    if initial + step > pool:
        raise BadPlan(
            f"the pool has {pool} clips rated for {' and '.join(targets) or 'what is learned'}; "
            f"expected {initial} first labels and steps of {step} to fit into it; choose a larger "
            "corpus, a smaller test part, or smaller --initial and --step"
        )
    return Sizes(initial, step, pool, initial + (pool - initial) // step * asked_per_buffer(step))


def asked_per_buffer(buffer: int) -> int:
    """Return how many clips of a buffer are labelled: half of them.

    Examples
    --------
    >>> asked_per_buffer(2000), asked_per_buffer(1)
    (1000, 1)
    """
    return max(1, round(0.5 * buffer))


def _pair(plan: Plan, settings: Han2013Settings, speech: Speech) -> list[Cell]:
    """Return the pool and the stream of one task."""
    together = len(plan.targets) > 1
    sizes = sizes_for(speech.smallest_pool(task_of(plan, speech.corpus), plan.split), settings, plan.targets)
    more = MORE if settings.more and not together else ()
    subset = () if together else (f"{ACTIVE}:subset={2 * sizes.step}",)
    plan = plan.varied(initial=sizes.initial, batch=sizes.step, budget=sizes.pool)
    stream = plan.varied(scenario="stream", buffer=sizes.step, keep=0.5, budget=sizes.stream)
    seeds = tuple(range(settings.choose("repetitions", 10, quick=3)))
    folds, suffix = speech.folds(plan.split), f" ({' + '.join(plan.targets)})" if together else ""
    return [
        Cell("pool", Grid(plan, (ACTIVE, PASSIVE, *subset, *more), seeds, folds, turns=True), suffix),
        Cell("stream", Grid(stream, (ACTIVE, PASSIVE, *more), seeds, folds, turns=True), suffix),
    ]


recipes.register("han2013")(Han2013())
