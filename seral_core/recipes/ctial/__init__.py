"""Xu et al. 2023: labels of one kind, classes or dimensions, help to choose what is labelled with the other."""

from __future__ import annotations

from dataclasses import dataclass

from seral_core.corpora.base import read_corpus
from seral_core.corpora.corpus import Corpus, noun
from seral_core.corpora.reading import Reading, settled
from seral_core.errors import BadPlan
from seral_core.learners.linear import MEASURES
from seral_core.norms import norms
from seral_core.recipes.base import Cell, Progress, Report, Result, recipes
from seral_core.recipes.ctial.report import report_of
from seral_core.recipes.settings import Settings, option
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.source import ADAPTATIONS, SAME, Source
from seral_core.runs.source_model import categories, dimensions, related_task
from seral_core.runs.speech import Speech, corpus_of, origin_of, speech_of, task_of
from seral_core.types import Task

#: What is compared, in the paper's order; nrc-mapping asks for nothing and is added by the report.
STRATEGIES = {
    "dim2cat": ("random", "entropy", "least-confidence", "source-mtigs", "cti", "ent-ctial", "lc-ctial"),
    "cat2dim": ("random", "mtigs", "source-least-confidence", "ctigs", "cti", "mtigs-ctial"),
}
INITIAL, QUERIES = 20, 200
#: Repetitions of each of the paper's 10 partitions; across corpora there is one partition, repeated
#: so often each time.
REPETITIONS, ACROSS = 3, 10
PARTITIONS = "2 of 5"
#: Of a pool that is too small for 220 labels, no more than this share is labelled.
MOST = 0.5
#: A quick look asks for so many labels at once, and repeats each partition once.
QUICK_BATCH = 5


@dataclass(frozen=True, kw_only=True)
class CtialSettings(Settings):
    """What a user sets of the experiment; what is left out is as in the paper.

    Parameters
    ----------
    direction : {"dim2cat", "cat2dim"}
        Whether dimensions are known and classes asked for, or the other way round.
    source, source_reader, source_ranges, source_features
        What is labelled already; as in `seral_core.runs.plan.Plan`.
    target, target_reader, target_ranges, target_features
        What labels are asked for; left out: the same corpus, of which every choice of two of five
        sessions (or groups of speakers) is the source once.
    classes : tuple of str
        Only clips of these emotions; empty: all, or those that both corpora have where classes are
        the source.
    norms : str
        Path to a lexicon; empty for the eight words of the paper.
    adapt : str
        Of the features across corpora; ``auto``: TCA for dimensions, BDA for classes.
    initial, queries, repetitions : int
        First labels, labels that are asked for one by one, and repetitions of each partition; 0 for
        the paper's.
    measure : {"balanced-accuracy", "accuracy"}
        What the strength of a classifier is chosen by in its cross-validation. The paper does not say; it reports
        balanced accuracy.
    normalise : {"auto", "on", "off"}
        Speaker normalisation of the features; the paper has none.

    Examples
    --------
    >>> CtialSettings(direction="cat2dim").source
    'synthetic'
    """

    direction: str = option(
        "dim2cat", "From dimensions to classes, or from classes to dimensions.", choices=tuple(STRATEGIES)
    )
    source: str = option(
        "synthetic", "What is labelled already: built-in or fetched corpus, folder or table.", kind="corpus"
    )
    source_reader: str = option("", "How to read it.", kind="reader", of="source", shown="recognised")
    source_ranges: tuple[str, ...] = option(
        (),
        "Range of a scale of the source: arousal=1:9.",
        kind="ranges",
        of="source",
        flag="source-range",
        shown="the reader's",
    )
    source_features: str = option(
        "SERALv01", "Extractor (see 'seral features'), or path to ready features.", kind="features", of="source"
    )
    target: str = option("", "What labels are asked for.", kind="corpus", shown="the source: within-corpus")
    target_reader: str = option("", "How to read it.", kind="reader", of="target", shown="recognised", rare=True)
    target_ranges: tuple[str, ...] = option(
        (), "Range of a scale of the target.", kind="ranges", of="target", flag="target-range", shown="the reader's"
    )
    target_features: str = option(
        "", "Features of the target.", kind="features", of="target", shown="the source's extractor"
    )
    classes: tuple[str, ...] = option((), "Only clips of these emotions.", shown="all, or those that both corpora have")
    norms: str = option(
        "",
        "Lexicon that goes before the built-in words: word, valence, arousal, dominance in [0, 1], with tabs.",
        kind="file",
        shown="the paper's Table 1",
    )
    adapt: str = option(
        "auto",
        "How the features of two corpora are brought together.",
        choices=("auto", *ADAPTATIONS),
        rare=True,
        label="Adaptation",
    )
    initial: int = option(0, "First labels.", least=1, shown=f"{INITIAL}", label="First labels", rare=True)
    queries: int = option(
        0, "Labels asked for after them.", least=1, shown=f"{QUERIES}, or fewer in a small pool", rare=True
    )
    repetitions: int = option(
        0,
        "Of each partition; ten times as many across corpora.",
        least=1,
        shown=f"{REPETITIONS}, or 1 when quick",
        rare=True,
    )
    measure: str = option(
        MEASURES[0],
        "What the strength of a classifier is chosen by.",
        choices=MEASURES,
        rare=True,
        label="Strength by",
    )
    normalise: str = option(
        "off",
        "Speaker normalisation of the features.",
        choices=("auto", "on", "off"),
        rare=True,
        label="Speaker normalisation",
    )


@dataclass(frozen=True)
class Ctial:
    """Cross-task active learning between classes and dimensions, within a corpus and across corpora.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024.

    Examples
    --------
    >>> recipes["ctial"].paper.split(",")[0]
    'Xu'
    """

    paper = (
        "Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion "
        "recognition, IEEE Transactions on Affective Computing 2024"
    )
    settings = CtialSettings
    examples = (
        "--direction dim2cat --source synthetic --quick --out out/ctial",
        "--direction cat2dim --source emodb --target synthetic:shift=0.7:seed=1 --out out/across",
    )

    def cells(self, settings: CtialSettings, progress: Progress | None = None) -> tuple[Cell, ...]:
        """Return the one grid of a direction."""
        plan = plan_of(settings)
        speech = speech_of(plan, progress)
        plan = sized(plan, settings, speech)
        within = plan.source.same
        repetitions = settings.choose("repetitions", REPETITIONS, quick=1)
        seeds = tuple(range(repetitions if within else ACROSS * repetitions))
        folds = speech.folds(plan.split) if within else (0,)
        return (Cell("within" if within else "cross", Grid(plan, STRATEGIES[settings.direction], seeds, folds)),)

    def report(self, result: Result) -> Report:
        """Return Figures 3 to 8 of the paper as measured here, and which of its findings held."""
        return report_of(result, self.paper)


def plan_of(settings: CtialSettings) -> Plan:
    """Return the plan that all runs share, but for its sizes.

    Parameters
    ----------
    settings : CtialSettings
        What a user sets.

    Raises
    ------
    BadPlan
        When a corpus lacks what the direction needs, corpora share fewer than two classes, or one
        has no norm.

    Examples
    --------
    >>> plan_of(CtialSettings(direction="cat2dim")).targets
    ('arousal', 'valence', 'dominance')
    """
    within = not settings.target
    if within and (settings.target_reader or settings.target_ranges or settings.target_features):
        raise BadPlan("got options of a target, but no target; expected --target, or --source-... for a single corpus")
    if settings.target == settings.source:
        raise BadPlan("source and target are the same corpus; expected another one, or no --target for within-corpus")
    ours = settled(settings.source, settings.source_reader, settings.source_ranges)
    theirs = ours if within else settled(settings.target, settings.target_reader, settings.target_ranges)
    here, there = (settings.source, ours), (settings.source if within else settings.target, theirs)
    source = Source(
        SAME if within else settings.source,
        features="" if within else settings.source_features,
        adapt=settings.adapt,
        norms=settings.norms,
        **({} if within else ours.entries),
    )
    features = settings.source_features if within else settings.target_features or settings.source_features
    learner = "cross-validated" + (f":measure={settings.measure}" if settings.measure != MEASURES[0] else "")
    plan = Plan(
        there[0], **theirs.entries, features=features, learner=learner, strategy="cti", batch=1, budget=10**9,
        split=PARTITIONS if within else "none", judge="whole-set", normalise=settings.normalise, pca=0.9,
        classes=_classes(settings, here, there), source=source,
    )  # fmt: skip
    corpus = corpus_of(plan)
    asked = categories(corpus) if settings.direction == "dim2cat" else dimensions(corpus)
    plan = plan.varied(targets=tuple(target.name for target in asked))
    _check_norms(plan, asked, corpus if within else corpus_of(origin_of(plan, asked)))
    return plan


Where = tuple[str, Reading]


def _classes(settings: CtialSettings, here: Where, there: Where) -> tuple[str, ...]:
    """Return the emotions that are used: from classes to dimensions, those that both corpora have."""
    if settings.classes or here == there or settings.direction == "dim2cat":
        return settings.classes
    theirs = [t for t in read_corpus(*there).task if not t.is_scale][:1]
    if not theirs:
        return ()
    (ours,) = categories(read_corpus(*here))
    known = {noun(name) for name in theirs[0].classes}
    both = tuple(name for name in ours.classes if noun(name) in known)
    if len(both) < 2:
        raise BadPlan(
            f"{here[0]} has {', '.join(ours.classes)} and {there[0]} "
            f"{', '.join(theirs[0].classes)}; expected two classes or more that both have; choose "
            "another corpus"
        )
    return () if len(both) == len(ours.classes) == len(known) else both


def _check_norms(plan: Plan, asked: Task, origin: Corpus) -> None:
    """Raise the error that names a class without a norm before anything is computed."""
    both = (*asked, *related_task(plan.source, origin, asked))
    scales = [target for target in both if target.is_scale]
    for target in both:
        if not target.is_scale:
            try:
                norms(plan.source.norms).of(target.classes, scales)
            except BadPlan as wrong:
                raise BadPlan(f"{wrong}: --norms FILE, or --classes with all others") from None


def sized(plan: Plan, settings: CtialSettings, speech: Speech) -> Plan:
    """Return the plan with as many labels as the paper asks for, or fewer where the pool is small.

    Parameters
    ----------
    plan : Plan
        As `plan_of` gives it.
    settings : CtialSettings
        Uses ``initial``, ``queries`` and ``quick``.
    speech : Speech
        The corpus and features of the plan.

    Raises
    ------
    BadPlan
        When the pool cannot hold what is asked for.
    """
    pool = speech.smallest_pool(task_of(plan, speech.corpus), plan.split)
    initial = settings.choose("initial", min(INITIAL, max(1, pool // 5)))
    queries = settings.choose("queries", min(QUERIES, max(1, int(MOST * pool) - initial)))
    if initial + queries > pool:
        raise BadPlan(
            f"the smallest pool has {pool} rated clips; expected {initial} first labels and "
            f"{queries} more to fit into it; choose a larger corpus, or smaller --initial and "
            "--queries"
        )
    batch = min(QUICK_BATCH, queries) if settings.quick else 1
    queries -= queries % batch
    return plan.varied(initial=initial, budget=initial + queries, batch=batch)


recipes.register("ctial")(Ctial())
