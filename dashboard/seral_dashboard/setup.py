"""What can be chosen for a new experiment, and what each choice means in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.folds import splits
from seral_core.errors import BadPlan, SeralError
from seral_core.far.agreed import agree
from seral_core.features.base import check_features, is_extractor
from seral_core.features.normalise import advise_normalisation
from seral_core.runs.fit import check_fit
from seral_core.runs.plan import Plan
from seral_core.runs.speech import codes, task_of
from seral_core.strategies.base import strategies
from seral_core.strategies.compose import (
    FOR_CLASSES,
    FOR_SCALES,
    chooses_first_labels,
    phases_of,
    strategy_from,
)
from seral_core.types import Target, Task

#: Shown side by side unless the user says otherwise.
USUAL = {"classes": ("recommended", "entropy", "random"), "scale": ("recommended", "igs", "random")}

SPLITS = {
    "speakers:5": "new speakers: five groups, one held out",
    "speaker": "new speakers: leave one out",
    "session": "new sessions: leave one out",
    "corpus": "another corpus: leave one of the merged ones out",
    "given": "the split that the corpus gives",
    "none": "no test part: score on the whole set",
}
ORACLES = {
    "gold": "recorded gold",
    "noisy": "a simulated rater, wrong in 20 % of the clips",
    "noisy:wrong=0.4": "a simulated rater, wrong in 40 % of the clips",
    "crowd": "three of the corpus's own raters",
}
SCENARIOS = {"pool": "all in a pool", "stream": "arriving in a stream"}
NORMALISE = {"auto": "advised", "on": "on", "off": "off"}
CAVEAT = (
    "Features of each speaker are brought to a common mean and spread, without labels. It usually helps much, but it "
    "uses the unlabelled clips of test speakers too, and misleads where a speaker has few clips or one emotion only."
)


@dataclass(frozen=True)
class About:
    """What a strategy does, and where it comes from."""

    sentence: str
    reference: str = ""


def about_strategy(text: str, scale: bool = False) -> About:
    """Return a strategy's first sentence and reference, from its documentation; ``scale`` is whether the target is one.

    Examples
    --------
    >>> about_strategy("entropy").sentence
    'Highest entropy of the predicted classes.'
    """
    try:
        parts = [strategies[phase.name] for phase in phases_of(text)]
        strategy_from(text)
    except SeralError as wrong:
        return About(f"cannot be used: {wrong}")
    sentences, references = [], []
    for part in parts:
        doc = (part.__doc__ or "").strip()
        sentences.append(doc.split("\n")[0])
        found = re.search(r"\.\. \[1\]\s+(.+?)(?=\n\s*\.\. \[|\n\s*\n|\Z)", doc, re.DOTALL)
        if found:
            references.append(_to_year(" ".join(found.group(1).split())))
    if text == "recommended":
        references.append(about_strategy(FOR_SCALES if scale else FOR_CLASSES).reference)
    return About(" Then: ".join(sentences), "; ".join(dict.fromkeys(references)))


def _to_year(reference: str) -> str:
    """Leave out what follows the year.

    Examples
    --------
    >>> _to_year("Settles, Active learning literature survey, 2009. As a survey.")
    'Settles, Active learning literature survey, 2009'
    """
    found = re.match(r".*?\b(?:19|20)\d\d\b", reference)
    return found.group() if found else reference.rstrip(".")


def begins_itself(strategy: str, task: Task) -> bool:
    """Whether a strategy chooses the first labels itself; one that cannot be used does not.

    Examples
    --------
    >>> begins_itself("typiclust:50+margin", (Target("emotion", ("anger", "sadness")),)), begins_itself("nosuch", ())
    (True, False)
    """
    try:
        return chooses_first_labels(strategy, task)
    except SeralError:
        return False


def check_speech(plan: Plan, corpus: Corpus) -> None:
    """Raise the `SeralError` that says why the features cannot be used, before any is; who fills in a form agrees."""
    agree(plan.features)
    check_features(plan.features)
    if corpus.root is None and is_extractor(plan.features):
        raise BadPlan(
            f"{corpus.name} has no audio, so {plan.features} cannot be extracted; expected ready features; "
            "type the path of a file (.npz, .npy, .csv, .parquet) under Features"
        )


def mistake(plan: Plan, corpus: Corpus, chosen: Sequence[str], pool: int) -> tuple[str, SeralError] | None:
    """Return what is wrong with a form, before anything is started, and which field it stands beside.

    Parameters
    ----------
    plan : Plan
        As the form says it.
    corpus : Corpus
        What is chosen from.
    chosen : sequence of str
        Strategies.
    pool : int
        How many clips there are to choose from, at least.

    Returns
    -------
    field : {"speech", "strategies", "labels"}
        In whose column it is put right.
    error : SeralError
        What to do.
    """
    if not chosen:
        return "strategies", BadPlan("no strategy was chosen; expected at least one; choose recommended, for instance")
    traced = corpus.target(plan.targets[0]).rate_hz > 0  # whose budget is in seconds, and checked with the rest
    if plan.budget > pool and not traced and not plan.oracle.startswith("crowd"):
        text = f"got {plan.budget:g} labels in all; expected at most {pool:,}, the number of clips to choose from"
        return "labels", BadPlan(f"{text}; lower the number of labels")
    try:
        check_speech(plan, corpus)
    except SeralError as wrong:
        return "speech", wrong
    try:
        for strategy in chosen:
            check_fit(plan.learner, strategy, task_of(plan, corpus))
    except SeralError as wrong:
        return "strategies", wrong
    return None


def usual_strategies(target: Target) -> tuple[str, ...]:
    """Return what is compared unless the user chooses."""
    return USUAL["scale" if target.is_scale else "classes"]


def possible_splits(corpus: Corpus) -> list[str]:
    """Return the splits that a corpus knows enough for."""
    possible = []
    for how in SPLITS:
        try:
            splits(corpus, how)
        except SeralError:
            continue
        possible.append(how)
    return possible


def advice(corpus: Corpus, task: Task) -> str:
    """Return whether speaker normalisation is advised for what is learned, and why."""
    known = {target: codes(corpus, target)[0] for target in task if not target.rate_hz}
    _, why = advise_normalisation(corpus.about["speaker"].tolist(), known)
    return why


@dataclass(frozen=True)
class Preview:
    """What a plan would do, before it is started: the smallest pool and test part of its folds, and their alarms."""

    pool: int
    test: int
    folds: int
    alarms: tuple[str, ...]


def preview(plan: Plan, corpus: Corpus, folds: Sequence[int] = (0,)) -> Preview:
    """Return the sizes of pool and test part, and what to be warned of.

    Raises
    ------
    SeralError
        When the corpus cannot be split so.
    """
    parts = splits(corpus, plan.split)
    chosen = [parts[fold] for fold in folds if fold < len(parts)]
    golds = [corpus.gold(name) for name in plan.targets or (corpus.task[0].name,)]
    rated = set.intersection(*(set(gold[gold.notna()].index) for gold in golds))
    alarms = dict.fromkeys(alarm for part in chosen for alarm in part.alarms)
    return Preview(
        min(len(rated.intersection(part.pool)) for part in chosen),
        min(len(rated.intersection(part.test)) for part in chosen),
        len(parts),
        tuple(alarms),
    )


def whole(value: Any) -> int:
    """Return a number that a widget gave."""
    return int(value or 0)
