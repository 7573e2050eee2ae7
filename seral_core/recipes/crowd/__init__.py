"""Crowds: how many raters to ask about a clip, whom, and how to learn from their votes."""

from __future__ import annotations

from dataclasses import dataclass

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.reading import settled
from seral_core.errors import BadPlan
from seral_core.recipes.base import Cell, Progress, Report, Result, recipes
from seral_core.recipes.cells import Part, Trials
from seral_core.recipes.crowd.learning import WAYS, Learning
from seral_core.recipes.crowd.report import report_of
from seral_core.recipes.settings import Settings, option
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.speech import corpus_of, speech_of

#: First answers, and answers per round, as shares of the smallest pool.
FIRST, STEP, QUICK_STEP = 0.1, 0.05, 0.1
#: Names of what is asked, and its options; ``{cap}`` is the most raters of a clip.
MANY = {
    "1 rater": "votes=1",
    "3 raters": "votes=3",
    "{cap} raters": "votes={cap}",
    "until 2 agree": "votes={cap}:agree=2",
    "until 3 agree": "votes={cap}:agree=3",
    "until 80 % sure": "votes={cap}:until=0.8",
}
WHOM = {
    "anybody": "votes=3",
    "the best known": "votes=3:whom=best",
    "Thompson": "votes=3:whom=thompson",
    "Thompson, until 80 % sure": "votes={cap}:whom=thompson:until=0.8",
    "Thompson, while worth it": "votes={cap}:whom=thompson:worth=0.5",
}
#: Seconds until an answer is there, on average.
DELAY_S = 20


@dataclass(frozen=True, kw_only=True)
class CrowdSettings(Settings):
    """What a user sets of the experiment.

    Parameters
    ----------
    corpus, reader, features, targets, test
        As in `seral_core.runs.plan.Plan`; the target is a category.
    votes : str
        A corpus whose votes simulated raters are like, by name or path; empty: this corpus's own, where several people
        rated each clip, and raters that are drawn elsewhere.
    raters : int
        How many there are.
    skill, spread : float
        Of raters that are drawn, see `seral_core.crowds.raters.drawn_raters`.
    cap : int
        Most raters of a clip.
    strategy, learner : str
        Who chooses clips, and what is trained on votes joined by majority.
    budget : int
        Answers in all; 0 for as many as the smallest pool has clips.
    repetitions : int
        Seeds, each with every test part; 0 for 10, or 3 when quick.

    Raises
    ------
    BadPlan
        When there are fewer raters than are asked about a clip, or too few are asked for a majority.

    Examples
    --------
    >>> CrowdSettings(cap=3)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got 12 raters, at most 3 for a clip; expected 4 or more for a clip, and as ...
    """

    corpus: str = option("synthetic", "Built-in or fetched corpus, folder or table.", kind="corpus")
    reader: str = option("", "How to read it (see 'seral corpora').", kind="reader", shown="recognised")
    features: str = option("SERALv01", "Extractor (see 'seral features'), or path to ready features.", kind="features")
    targets: tuple[str, ...] = option(
        (), "What is rated: one category.", kind="targets", flag="target", shown="the corpus's first category"
    )
    votes: str = option(
        "", "Corpus whose votes raters are like, such as a folder of CREMA-D's.", kind="file", shown="this corpus's own"
    )
    raters: int = option(12, "How many raters there are.", least=2)
    skill: float = option(0.6, "Share of right answers of raters that are drawn.", least=0.01, rare=True)
    spread: float = option(0.2, "How far their skills differ: a standard deviation.", least=0.0, rare=True)
    cap: int = option(5, "Most raters of a clip.", least=1)
    strategy: str = option("random", "Who chooses clips (see 'seral strategies').", rare=True)
    learner: str = option("recommended", "What is trained.", kind="learner", rare=True)
    budget: int = option(0, "Answers in all.", least=20, shown="as many as the smallest pool has clips")
    test: str = option("", "Test parts, such as session.", kind="part", shown="five groups of speakers", rare=True)
    repetitions: int = option(0, "Seeds, each with every test part.", least=1, shown="10, or 3 when quick")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 4 <= self.cap <= self.raters:
            raise BadPlan(
                f"got {self.raters} raters, at most {self.cap} for a clip; expected 4 or more for a clip, and as many "
                "raters; correct --cap or --raters"
            )

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of every test part."""
        return tuple(range(self.choose("repetitions", 10, quick=3)))


@dataclass(frozen=True)
class Crowd:
    """Votes of a crowd: fixed numbers of raters against dynamic ones, whom to ask, gold, and soft labels.

    Examples
    --------
    >>> recipes["crowd"].paper.split(",")[0]
    'Zhang'
    """

    paper = (
        "Zhang, Coutinho, Zhang, Quan and Schuller, Dynamic active learning based on agreement and applied to emotion "
        "recognition in spoken interactions, ICMI 2015; and AFTER, sections 5.7 and 5.8"
    )
    settings = CrowdSettings
    examples = (
        "--quick --out out/crowd",
        "--corpus ravdess --votes path/to/cremad-votes --quick --out out/crowd-ravdess",
    )

    def cells(self, settings: CrowdSettings, progress: Progress | None = None) -> tuple[Part, ...]:
        """Return a grid for each way to ask, of how many and of whom, and the trainings on votes of the whole pool."""
        plan = Plan(
            corpus=settings.corpus, **settled(settings.corpus, settings.reader).entries, features=settings.features,
            learner=settings.learner, strategy=settings.strategy, split=settings.test or Plan.split, budget=10**9,
        )  # fmt: skip
        corpus = corpus_of(plan)
        plan = plan.varied(targets=(category_of(corpus, settings.targets),))
        speech = speech_of(plan, progress)
        folds = speech.folds(plan.split)
        pool = speech.smallest_pool((corpus.target(plan.targets[0]),), plan.split)
        like, drawn = crowds_of(settings, corpus, plan.targets[0])
        parts: list[Part] = []
        for scenario, ways, crowd in (("how many", MANY, like), ("whom", WHOM, drawn)):
            for name, asked in ways.items():
                text = f"raters:n={settings.raters}:{crowd}:delay={DELAY_S}:{asked.format(cap=settings.cap)}"
                mine = sized(plan, pool, settings, about(asked, settings.cap))
                grid = Grid(mine.varied(oracle=text), (settings.strategy,), settings.seeds, folds)
                parts.append(Cell(scenario, grid, f", {name.format(cap=settings.cap)}", name.format(cap=settings.cap)))
        each = tuple(sorted({1, 3, settings.cap}))
        learning = Learning(plan, f"raters:n={settings.raters}:{like}", each)
        parts.append(Trials("learning", learning, tuple(WAYS), settings.seeds, folds))
        return tuple(parts)

    def report(self, result: Result) -> Report:
        """Return curves, answers saved, claims, what was asked, and gold by each method."""
        return report_of(result, self.paper)


def category_of(corpus: Corpus, wanted: tuple[str, ...]) -> str:
    """Return the category that raters are asked about.

    Raises
    ------
    BadPlan
        When there is none, or something else is wanted.

    Examples
    --------
    >>> category_of(toy_corpus(), ())
    'emotion'
    """
    categories = [target.name for target in corpus.task if not target.is_scale and not target.rate_hz]
    if len(wanted) > 1 or not set(wanted) <= set(categories) or not categories:
        raise BadPlan(
            f"got {' and '.join(wanted) or 'no target'}; expected one category, and {corpus.name} has "
            f"{', '.join(categories) or 'none'}; correct --target, or choose another corpus"
        )
    return wanted[0] if wanted else categories[0]


def crowds_of(settings: CrowdSettings, corpus: Corpus, target: str) -> tuple[str, str]:
    """Return options of two crowds: one like real raters where there are votes, and one whose skills are drawn."""
    drawn = f"skill={settings.skill:g}:spread={settings.spread:g}"
    several = corpus.of(target).groupby("segment").size().max() > 1
    like = settings.votes or ("own" if several else "")
    return (f"like={like}" if like else drawn), drawn


def about(asked: str, cap: int) -> int:
    """Return how many answers a clip takes, about: those that are fixed, or 3.

    Examples
    --------
    >>> about("votes=1", 5), about("votes={cap}", 5), about("votes={cap}:agree=2", 5)
    (1, 5, 3)
    """
    fixed = dict(pair.split("=") for pair in asked.format(cap=cap).split(":"))
    return int(fixed["votes"]) if not fixed.keys() & {"agree", "until", "worth"} else 3


def sized(plan: Plan, pool: int, settings: CrowdSettings, votes: int) -> Plan:
    """Return the plan with so many clips a round that all ways ask for about as many answers.

    Parameters
    ----------
    plan : Plan
        What is run.
    pool : int
        Clips of the smallest pool.
    settings : CrowdSettings
        Uses ``budget`` and ``quick``.
    votes : int
        Answers about a clip, about.

    Raises
    ------
    BadPlan
        When the pool is too small, or the budget is larger than it.

    Examples
    --------
    >>> plan = sized(Plan(budget=10**9), 480, CrowdSettings(), 3)
    >>> plan.initial, plan.batch, plan.budget
    (16, 8, 480)
    """
    budget = settings.budget or pool
    if not 20 <= budget <= pool:
        raise BadPlan(
            f"got a budget of {budget} answers for a pool of {pool} clips; expected 20 or more, and no more than "
            "clips, so that one rater a clip can use it up; correct --budget, or choose a larger corpus"
        )
    step = budget * (QUICK_STEP if settings.quick else STEP)
    first, batch = max(2, round(FIRST * budget / votes)), max(1, round(step / votes))
    return plan.varied(initial=first, batch=batch, budget=budget)


recipes.register("crowd")(Crowd())
