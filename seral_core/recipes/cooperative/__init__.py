"""MixedEmotions D4.2, section 2.3: learning with little labour, where people and the machine share the labelling."""

from __future__ import annotations

from dataclasses import dataclass

from seral_core.corpora.reading import settled
from seral_core.errors import BadPlan
from seral_core.recipes.base import Progress, Report, Result, recipes
from seral_core.recipes.cells import Part, Trials
from seral_core.recipes.cooperative.damage import VARIANTS, Damage
from seral_core.recipes.cooperative.report import report_of
from seral_core.recipes.cooperative.ways import WAYS, Labour, WayCell, plan_of
from seral_core.recipes.settings import Settings, option
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.speech import corpus_of, speech_of, task_of

#: Of a pool that is too small for the budget, no more than this share is labelled by people.
MOST = 0.5


@dataclass(frozen=True, kw_only=True)
class CooperativeSettings(Settings):
    """What a user sets of the experiment.

    Parameters
    ----------
    corpus, reader, features, target
        What is labelled; the target is a category, by default the first that the corpus has.
    test : str
        How to split, such as ``"session"``; empty for five groups of speakers.
    learner : str
        Of one view; that of two views has one of it for each. Its confidences are what the machine goes by.
    active : str
        The strategy that chooses for people where they are not asked at random.
    initial, batch, budget : int
        First labels, labels per round, and labels of people in all; 0: 20, 10 and 200, or half of a small pool.
    above : float
        From which confidence on the machine labels.
    quota : int
        How many of each class it labels in a round, at most.
    weight : float
        What a label of the machine counts in training.
    wrong, start : float, int
        Of the trial of damage: share of wrong first labels, and their number.
    careless, rounds : float, int
        Of that trial: from which confidence on the machine labels, and how often.
    repetitions : int
        Seeds, each with every group of test speakers; 0: ten, or one when quick.

    Examples
    --------
    >>> CooperativeSettings(weight=0.5, quick=True).choose("repetitions", 10, quick=1)
    1
    """

    corpus: str = option("synthetic", "Built-in or fetched corpus, folder or table.", kind="corpus")
    reader: str = option("", "How to read it (see 'seral corpora').", kind="reader", shown="recognised")
    features: str = option(
        "SERALv01", "Extractors joined by + (a view each), or path to ready features.", kind="features"
    )
    target: str = option("", "The category that is labelled.", shown="the corpus's first", rare=True)
    test: str = option(
        "", "Test part, such as session=5.", kind="part", label="Test part", shown="five groups of speakers, in turns"
    )
    learner: str = option("logistic-regression", "What learns; its confidence counts.", kind="learner", rare=True)
    active: str = option("margin", "Strategy that chooses for people.", rare=True)
    initial: int = option(20, "First labels.", least=2, label="First labels", rare=True)
    batch: int = option(0, "Labels of people per round.", least=1, shown="10, or 20 when quick", rare=True)
    budget: int = option(0, "Labels of people in all.", least=4, shown="200, or half of a small pool", rare=True)
    above: float = option(0.8, "From which confidence on the machine labels.", least=0.0, rare=True)
    quota: int = option(4, "Labels of the machine per class and round.", least=1, rare=True)
    weight: float = option(1.0, "What a label of the machine counts.", least=0.01, rare=True)
    wrong: float = option(0.2, "Share of wrong first labels in the trial of damage.", least=0.0)
    start: int = option(100, "First labels in that trial.", least=2, rare=True)
    careless: float = option(0.6, "From which confidence on the machine labels in that trial.", least=0.0, rare=True)
    rounds: int = option(10, "Rounds of the machine in that trial.", least=1, rare=True)
    repetitions: int = option(0, "How often, with every test part.", least=1, shown="10, or 1 when quick", rare=True)


@dataclass(frozen=True)
class Cooperative:
    """Active, self-training, co-training and cooperative learning, by the labels that people have to give.

    References
    ----------
    .. [1] MixedEmotions, Deliverable D4.2, 2016, section 2.3.
    .. [2] Zhang, Coutinho, Deng and Schuller, Cooperative learning and its application to emotion
       recognition from speech, IEEE/ACM TASLP 23(1), 2015.

    Examples
    --------
    >>> recipes["cooperative"].paper[:40]
    'MixedEmotions, Deliverable D4.2, section'
    """

    paper = "MixedEmotions, Deliverable D4.2, section 2.3: learning cooperatively (after Zhang et al. 2015), 2016"
    settings = CooperativeSettings
    examples = (
        "--corpus synthetic --quick --out out/cooperative",
        "--corpus path/to/ravdess --features SERALv01+eGeMAPSv02 --out out/mine",
    )

    def cells(self, settings: CooperativeSettings, progress: Progress | None = None) -> tuple[Part, ...]:
        """Return a grid for each way to learn, and the trial with wrong first labels."""
        plan = Plan(
            corpus=settings.corpus, **settled(settings.corpus, settings.reader).entries, features=settings.features,
            targets=_target(settings), learner=settings.learner, initial=settings.initial,
            batch=settings.choose("batch", 10, quick=20), budget=10**9, split=settings.test or Plan.split,
        )  # fmt: skip
        speech = speech_of(plan, progress)
        (target,) = task_of(plan, corpus_of(plan))
        if target.is_scale:
            raise BadPlan(f"{target.name} is a scale; expected a category, such as emotion; choose another target")
        pool = speech.smallest_pool((target,), plan.split)
        budget = settings.choose("budget", min(200, int(MOST * pool)))
        if not plan.initial + plan.batch <= budget <= pool:
            raise BadPlan(
                f"got {plan.initial} first labels, {plan.batch} per round and a budget of {budget}; expected at least "
                f"one round, and no more than the {pool} clips of the smallest pool; correct them"
            )
        labour = Labour(
            settings.active, plan.batch, settings.above, settings.weight, settings.quota, len(target.classes)
        )
        seeds, folds = tuple(range(settings.choose("repetitions", 10, quick=1))), speech.folds(plan.split)
        plan = plan.varied(budget=budget, targets=(target.name,))
        grids = {way.name: plan_of(way, plan, labour) for way in WAYS}
        start = min(settings.start, int(MOST * pool))
        damage = Damage(
            plan.varied(initial=start, budget=start), settings.careless, settings.quota,
            max(1, start // len(target.classes)), settings.wrong, settings.rounds,
        )  # fmt: skip
        return (
            *(WayCell("pool", Grid(p, (p.strategy,), seeds, folds), part=name, way=name) for name, p in grids.items()),
            Trials("damage", damage, VARIANTS, seeds, folds),
        )

    def report(self, result: Result) -> Report:
        """Return human labels needed for levels of UAR, what the machine got wrong, and what bounds its damage."""
        return report_of(result, self.paper)


def _target(settings: CooperativeSettings) -> tuple[str, ...]:
    if settings.target:
        return (settings.target,)
    plan = Plan(corpus=settings.corpus, **settled(settings.corpus, settings.reader).entries)
    return tuple(target.name for target in corpus_of(plan).task if not target.is_scale)[:1]


recipes.register("cooperative")(Cooperative())
