"""A plan says everything about a run; from it alone any worker can build the run again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from seral_core import own, toml
from seral_core.errors import BadPlan, UnknownName
from seral_core.folders import inside
from seral_core.look import look
from seral_core.runs.entries import as_entries, own_remark
from seral_core.runs.source import Source
from seral_core.runs.step_plan import StepPlan

#: Entries of later versions are written only where they differ from their defaults: kept runs keep
#: their names.
LATER = ("classes", "pca", "source", "steps", "device", "reading", "stretch")
CHOICES = {
    "judge": ("held-out", "whole-set"),
    "normalise": ("auto", "on", "off"),
    "scenario": ("pool", "stream"),
    "device": ("auto", "cpu", "cuda", "mps"),
}


@dataclass(frozen=True)
class Plan:
    """One run, as plain data.

    Objects may be given for corpus, features, learner, strategy, start and oracle: a Corpus or DataFrame, an array or
    FeatureTable, an estimator, a function. The plan then holds a name with a hash of the object's code and parameters,
    see `seral_core.own`.

    Parameters
    ----------
    corpus : str
        ``"synthetic"``, the name of a fetched corpus, or a path.
    reader : str
        How to read a path; empty to recognise it.
    ranges : tuple of str
        Native ranges of a table's scales, such as ``"arousal=1:9"``; others are guessed.
    features : str
        Name of an extractor, or path to ready features.
    targets : tuple of str
        What is learned; empty for the corpus's first target.
    classes : tuple of str
        Only clips whose gold is one of these emotions are used, also of the source; empty for all.
    learner, strategy, oracle : str
        Names with options, such as ``"entropy:subset=500"`` or ``"typiclust:50+margin"``.
    start : {"random", "stratified", "k-means", ...}
        Chooses the first labels. Not used where the strategy says how long its first phase lasts.
    initial, batch : int
        Number of first labels, and of labels a round.
    budget : float
        Most that may be spent, in clips listened to; of targets with traces, in seconds.
    split : str
        As in `seral_core.corpora.folds.splits`, such as ``"speakers:5"`` or ``"session=Ses05"``;
        ``"none"`` for everything in the pool.
    fold : int
        Which of the split's parts is the test part, from 0.
    scenario : {"pool", "stream"}
        Choose from all that is left, or clip by clip as they arrive, in an order drawn by the seed.
    buffer : int
        Of a stream: how many arrivals are looked at together.
    keep : float
        Of a stream: most of a buffer that is labelled, in (0, 1]; a gate decides that itself.
    judge : {"held-out", "whole-set"}
        Score on the test part, or on the pool with known labels filled in.
    normalise : {"auto", "on", "off"}
        Speaker normalisation of the features.
    pca : float
        Features become the principal components of the pool that hold this share of its variance,
        in (0, 1); 0 for the features themselves.
    source : Source
        What is labelled already with other targets, whose model's beliefs strategies may use too.
    seed : int
        Of every random choice.
    steps : tuple of StepPlan
        What a round does, in order; left out, it is one step: ``strategy`` chooses ``batch`` clips,
        ``oracle`` answers. The first step that people answer has the plan's ``strategy``, unless
        another one has.
    device : {"auto", "cpu", "cuda", "mps"}
        Where learners that ask for a device compute.
    reading : tuple of str
        What else was said about how to read the corpus, such as ``"column speaker=SpkrID"``; see
        `seral_core.corpora.reading.Reading`.
    stretch : float
        Of targets with traces: recordings of the pool are cut into stretches of about so many seconds, which are asked
        for one by one; 0 for whole recordings. Test recordings stay whole.

    Examples
    --------
    >>> plan = Plan(strategy="margin", budget=100)
    >>> Plan.from_toml(plan.to_toml()) == plan
    True
    >>> len(plan.key), plan.key == replace(plan, seed=1).key
    (12, False)
    >>> Plan.from_toml('source = {corpus = "same"}').source.same
    True
    >>> Plan.from_toml('strategi = "margin"')
    Traceback (most recent call last):
    seral_core.errors.UnknownName: plan entry 'strategi'; did you mean 'strategy'? known: batch, ...
    """

    corpus: str = "synthetic"
    reader: str = ""
    ranges: tuple[str, ...] = ()
    features: str = "SERALv01"
    targets: tuple[str, ...] = ()
    learner: str = "recommended"
    strategy: str = "recommended"
    oracle: str = "gold"
    start: str = "random"
    initial: int = 20
    batch: int = 10
    budget: float = 200
    split: str = "speakers:5"
    fold: int = 0
    scenario: str = "pool"
    buffer: int = 20
    keep: float = 0.5
    judge: str = "held-out"
    normalise: str = "auto"
    seed: int = 0
    classes: tuple[str, ...] = ()
    pca: float = 0.0
    source: Source = field(default_factory=Source)
    steps: tuple[StepPlan, ...] = ()
    device: str = "auto"
    reading: tuple[str, ...] = ()
    stretch: float = 0.0

    def __post_init__(self) -> None:
        for name, value in as_entries(self).items():
            object.__setattr__(self, name, value)
        for name, low in (("initial", 1), ("batch", 1), ("buffer", 1), ("budget", 1), ("fold", 0), ("seed", 0)):
            if not low <= getattr(self, name) <= toml.LARGEST:  # nor nan
                raise BadPlan(toml.too_far(name, getattr(self, name), low))
        if not 0 < self.keep <= 1:
            raise BadPlan(f"keep is {self.keep}; expected a share over 0, at most 1; correct it")
        if not 0 <= self.pca < 1:
            raise BadPlan(f"pca is {self.pca}; expected a share of the variance below 1, or 0 for none; correct it")
        if not (self.stretch == 0 or 1 <= self.stretch <= toml.LARGEST):
            raise BadPlan(
                f"stretch is {self.stretch}; expected seconds, 1 or more, or 0 for whole recordings; correct --stretch"
            )
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise UnknownName(name, str(getattr(self, name)), choices)
        if self.initial > self.budget:
            raise BadPlan(
                f"got {self.initial} first labels and a budget of {self.budget:g}; "
                "expected fewer first labels than the budget; raise --budget or lower --initial"
            )
        if len(set(self.targets)) < len(self.targets):
            raise BadPlan(f"targets are {', '.join(self.targets)}; expected each once; leave out what is there twice")
        _check_steps(self)
        if self.steps:
            self._name_after_main_step()

    def _name_after_main_step(self) -> None:
        """Where all steps say their strategy, make that of the first which people answer the plan's own.

        So a run is named after it, and a grid varies it.
        """
        if all(step.strategy for step in self.steps):
            main = next(i for i, step in enumerate(self.steps) if not _by_machine(step.oracle or self.oracle))
            object.__setattr__(self, "strategy", self.steps[main].strategy)
            steps = (*self.steps[:main], replace(self.steps[main], strategy=""), *self.steps[main + 1 :])
            object.__setattr__(self, "steps", steps)

    def _repr_html_(self) -> str:
        usual, here = asdict(type(self)()), self.entries()
        return look(f"Plan {self.key}", {name: own.shown(str(v)) for name, v in here.items() if v != usual[name]})

    @property
    def whole_steps(self) -> tuple[StepPlan, ...]:
        """The steps of a round, with nothing left out.

        Examples
        --------
        >>> Plan(strategy="margin", batch=5).whole_steps
        (StepPlan(name='query', strategy='margin', oracle='gold', n=5, targets=()),)
        """
        return tuple(
            replace(
                step, strategy=step.strategy or self.strategy, oracle=step.oracle or self.oracle, n=step.n or self.batch
            )
            for step in self.steps or (StepPlan("query"),)
        )

    @property
    def key(self) -> str:
        """Hash of all that differs from the defaults: the name of the run's folder."""
        usual = asdict(type(self)())
        entries = json.dumps({k: v for k, v in asdict(self).items() if v != usual[k]}, sort_keys=True)
        return hashlib.sha256(entries.encode()).hexdigest()[:12]

    def to_toml(self) -> str:
        """Return the plan as TOML; objects from user code stand in it by name and hash."""
        text = toml.to_toml(self.entries())
        return own_remark(text) + text

    def entries(self) -> dict[str, Any]:
        """Return the plan as plain data, without later entries that have their defaults."""
        usual, here = asdict(type(self)()), asdict(self)
        here["steps"] = tuple(step.as_data() for step in self.steps)
        return {k: v for k, v in here.items() if k not in LATER or v != usual[k]}

    @classmethod
    def from_toml(cls, text: str) -> Plan:
        """Return the plan that `to_toml` wrote, or a user; what is left out has its default."""
        return toml.build(cls, toml.parse(text, "the plan"), "plan entry")

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read a plan from a file, or from the run folder that holds it."""
        path = inside(path, "plan.toml") if path.is_dir() else path
        if not path.is_file():
            raise BadPlan(f"no plan at {path}; expected a run folder or a TOML file; check the path")
        return toml.build(cls, toml.read(path), "plan entry")

    def varied(self, **changes: Any) -> Plan:
        """Return the plan with some entries changed; raise `UnknownName` for one that it does not have."""
        known = [each.name for each in fields(self)]
        for name in changes:
            if name not in known:
                raise UnknownName("plan entry", name, known)
        return replace(self, **changes)


def _check_steps(plan: Plan) -> None:
    names = [step.name for step in plan.steps]
    if len(set(names)) < len(names):
        raise BadPlan(f"steps {', '.join(names)} of a round; expected each name once; give them names: name=...")
    if plan.steps and plan.scenario == "stream":
        raise BadPlan("a stream has one step, because a clip passes once; leave the steps out, or choose a pool")
    if all(_by_machine(step.oracle) for step in plan.whole_steps):
        raise BadPlan("only the machine answers; expected a step with another oracle, such as oracle=gold; add one")
    for step in plan.steps:
        for name in step.targets:
            if plan.targets and name not in plan.targets:
                raise UnknownName(f"target of step {step.name}", name, plan.targets)


def _by_machine(oracle: str) -> bool:
    name = oracle.partition(":")[0].strip().lower()
    if name == Plan.oracle:
        return False  # mostly; looking for others takes a while
    from seral_core.oracles.base import oracles

    return name in oracles and bool(getattr(oracles[name], "by_machine", False))
