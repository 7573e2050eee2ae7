"""Li et al. 2024, AFTER: a pretrained encoder is adapted without labels, then fine-tuned with those it asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seral_core.corpora.reading import settled
from seral_core.deep.tapt_job import BY_RANDOM_WEIGHTS
from seral_core.deep.tiny import TINY
from seral_core.errors import BadPlan
from seral_core.features.base import placed_features
from seral_core.recipes.after.preparation import Preparation
from seral_core.recipes.after.report import report_of
from seral_core.recipes.base import Cell, Progress, Report, Result, recipes
from seral_core.recipes.cells import Part, Trials
from seral_core.recipes.settings import Settings, option
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.speech import corpus_of, speech_of
from seral_core.strategies.base import strategies
from seral_core.strategies.compose import phases_of

#: What Table 7 compares, and what Figure 2 adds.
MAIN = ("random", "entropy")
MORE = ("least-confidence", "margin", "alps", "batchbald")
#: First labels of all methods: the clips nearest to centres that k-means finds, 1 % of the pool.
START, ELSE, SHARE = "k-means-elbow", "k-means", 0.01
#: What else Figure 3 begins with.
STARTS = ("random", "dacs", "bmal")
#: Labels of a round, as a share of the pool: with 1 % first, 10, 40 and 100 % are met exactly.
STEP, QUICK_STEP = 0.03, 0.09
#: Epochs of pre-training when it is to be quick, of a pretrained backbone and of one with random weights.
QUICK_EPOCHS = {False: 2, True: 10}
FT, TAPT = "FT", "TAPT+FT"


@dataclass(frozen=True, kw_only=True)
class AfterSettings(Settings):
    """What a user sets of the experiment; what is left out is as in the paper, or fits two cores.

    Parameters
    ----------
    corpus, reader, classes
        As in `seral_core.runs.plan.Plan`.
    backbone : str
        Encoder: short name, folder, Hugging Face name, ``tiny-wav2vec2`` or ``tiny-hubert``.
    train, layer, pool : str
        As in `seral_core.deep.fine_tuning_settings.FineTuning`.
    tapt : int
        Most epochs of pre-training; 0 for 10, or 2 when quick; for 20, or 10, of a tiny backbone.
    tapt_clips : int
        Clips it hears at most; 0 for all, or 300 when quick.
    test : str
        Test part; empty: the repetitions take turns at five groups of speakers.
    repetitions : int
        0 for 5, or 3 when quick.
    more : bool
        With the other strategies of section 3.3 (Figure 2) and other first labels (Figure 3).
    device : {"auto", "cpu", "cuda", "mps"}
        Where to compute.

    Examples
    --------
    >>> AfterSettings(repetitions=-1)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: repetitions is -1; expected 1 or more, or 0 for 5, or 3 when quick; correct it
    """

    corpus: str = option("synthetic", "Built-in or fetched corpus, folder or table.", kind="corpus")
    reader: str = option("", "How to read it (see 'seral corpora').", kind="reader", shown="recognised")
    classes: tuple[str, ...] = option((), "Only clips of these emotions.", shown="all")
    backbone: str = option(
        "whisper-tiny.en", "Encoder: short name, folder, Hugging Face name, tiny-wav2vec2 or tiny-hubert."
    )
    train: str = option("frozen", "What learns besides the classifier.", choices=("frozen", "lora", "full"))
    layer: str = option("middle", "Layer of the encoder: middle, weighted, or a number.", rare=True)
    pool: str = option("mean-std", "How frames are pooled.", choices=("mean-std", "mean", "attention"), rare=True)
    tapt: int = option(
        0,
        "Most epochs of pre-training; of a tiny backbone 20, or 10 when quick.",
        least=1,
        shown="10, or 2 when quick",
        label="Pre-training epochs",
    )
    tapt_clips: int = option(
        0, "Clips that pre-training hears at most.", least=4, shown="all, or 300 when quick", rare=True,
        label="Pre-training clips",
    )  # fmt: skip
    test: str = option(
        "", "Test part, such as session=5.", kind="part", label="Test part", shown="five groups of speakers, in turns"
    )
    repetitions: int = option(0, "How often.", least=1, shown="5, or 3 when quick")
    more: bool = option(False, "With all strategies and other first labels of the paper.", label="Also Figures 2 and 3")
    device: str = option("auto", "Where to compute.", choices=("auto", "cpu", "cuda", "mps"), rare=True)


@dataclass(frozen=True)
class After:
    """Task adaptation pre-training and active fine-tuning of a pretrained speech encoder.

    References
    ----------
    .. [1] Li, Wang, Zhang, Funakoshi and Okumura, Active learning with task adaptation pre-training for speech
       emotion recognition, 2024.

    Examples
    --------
    >>> recipes["after"].paper.split(",")[0]
    'Li'
    """

    paper = (
        "Li, Wang, Zhang, Funakoshi and Okumura, Active learning with task adaptation pre-training for speech emotion "
        "recognition, 2024"
    )
    settings = AfterSettings
    examples = (
        "--corpus ravdess --quick --out out/after",
        "--corpus ravdess --backbone tiny-wav2vec2 --out out/tiny",
    )

    def cells(self, settings: AfterSettings, progress: Progress | None = None) -> tuple[Part, ...]:
        """Return the pre-training of every test part, then a grid without it and one with it."""
        settings = replace(settings, backbone=placed_features(settings.backbone))
        plan = plan_of(settings)
        speech = speech_of(plan, progress)
        plan = sized(plan, speech.smallest_pool(speech.corpus.task[:1], plan.split), settings)
        seeds = tuple(range(settings.choose("repetitions", 5, quick=3)))
        folds = speech.folds(plan.split)[: len(seeds)]
        learner = {name: learner_of(settings, tapt=name == TAPT) for name in (FT, TAPT)}
        before = Trials("preparation", Preparation(plan, tuple(learner.items())), (FT, TAPT), (0,), folds)
        chosen = strategies_of(settings)
        found: list[Part] = [before]
        for name in (FT, TAPT):
            grid = Grid(plan.varied(learner=learner[name]), chosen, seeds, folds, turns=True)
            found.append(Cell("pool", grid, f" ({name})", name))
        for start in (name for name in STARTS if settings.more and name in strategies):
            grid = Grid(plan.varied(learner=learner[TAPT], start=start), ("entropy",), seeds, folds, turns=True)
            found.append(Cell("first labels", grid, f" from {start}", start))
        return tuple(found)

    def report(self, result: Result) -> Report:
        """Return Tables 7 and 8 and Figures 2 to 6 of the paper, beside what was measured."""
        return report_of(result, self.paper)


def plan_of(settings: AfterSettings) -> Plan:
    """Return the plan that all runs share, but for learner and sizes.

    Its features are what the encoder's convolutions give, which the first labels are chosen on (section 3.4).

    Raises
    ------
    BadPlan
        When the corpus has no category, or no audio.
    """
    plan = Plan(
        corpus=settings.corpus, **settled(settings.corpus, settings.reader).entries, classes=settings.classes,
        strategy="entropy",
        start=START if START in strategies else ELSE,
        features=f"{settings.backbone}:layer=0:pool=mean", budget=10**9, split=settings.test or Plan.split,
        device=settings.device,
    )  # fmt: skip
    corpus = corpus_of(plan)
    target = next((target for target in corpus.task if not target.is_scale), None)
    if target is None or corpus.root is None:
        lacks = "audio" if target is not None else "category"
        raise BadPlan(f"{corpus.name} has no {lacks}; expected recordings with emotions; choose another corpus")
    return plan.varied(targets=(target.name,))


def sized(plan: Plan, pool: int, settings: AfterSettings) -> Plan:
    """Return the plan with first labels, labels of a round and budget as shares of the smallest pool.

    Algorithm 1 has k = round(N_s / tau) labels a round; here the share is given and tau follows.

    Raises
    ------
    BadPlan
        When the pool is too small.

    Examples
    --------
    >>> plan = sized(Plan(budget=10**9), 1152, AfterSettings())
    >>> plan.initial, plan.batch, plan.budget
    (12, 35, 1152)
    """
    initial, batch = max(2, round(SHARE * pool)), max(1, round((QUICK_STEP if settings.quick else STEP) * pool))
    if initial + batch > pool:
        raise BadPlan(f"the smallest pool has {pool} clips; expected enough for {initial} first labels; add some")
    return plan.varied(initial=initial, batch=batch, budget=pool)


def learner_of(settings: AfterSettings, *, tapt: bool) -> str:
    """Return the learner of a method.

    Examples
    --------
    >>> learner_of(AfterSettings(quick=True), tapt=True)
    'fine-tuned:backbone=whisper-tiny.en:train=frozen:layer=middle:pool=mean-std:tapt=2:tapt_clips=300'
    >>> learner_of(AfterSettings(backbone="tiny-hubert"), tapt=True)
    'fine-tuned:backbone=tiny-hubert:train=frozen:layer=middle:pool=mean-std:tapt=20'
    """
    text = f"fine-tuned:backbone={settings.backbone}:train={settings.train}:layer={settings.layer}:pool={settings.pool}"
    clips = settings.choose("tapt_clips", 0, quick=300)
    random_weights = settings.backbone in TINY
    epochs = settings.choose(
        "tapt", int(BY_RANDOM_WEIGHTS[random_weights]["epochs"]), quick=QUICK_EPOCHS[random_weights]
    )
    more = f":tapt={epochs}" + (f":tapt_clips={clips}" if clips else "")
    return text + (more if tapt else "")


def strategies_of(settings: AfterSettings) -> tuple[str, ...]:
    """Return what is compared: the paper's two, and, where more is wanted, the others that there are.

    Examples
    --------
    >>> strategies_of(AfterSettings())
    ('random', 'entropy')
    """
    others = tuple(name for name in MORE if settings.more and phases_of(name)[0].name in strategies)
    return (*MAIN, *others)


recipes.register("after")(After())
