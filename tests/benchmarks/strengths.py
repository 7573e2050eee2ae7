"""The strength of a linear model chosen in every round: scikit-learn's grid search against the batch of `linear`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV

from seral_core.features.table import FeatureTable
from seral_core.learners.base import learners
from seral_core.learners.linear import STRENGTHS, CVLogistic, CVRidge
from seral_core.oracles.base import Oracle
from seral_core.runs.events import Asked, Scored
from seral_core.runs.judge import WholeSet
from seral_core.runs.loops import pool_loop
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.scores.metrics import ccc, uar
from seral_core.strategies.base import strategies
from seral_core.types import Label, Query, Target, Task

EMOTION = Target("emotion", ("anger", "happiness", "neutral", "sadness", "fear"))
AFFECT = tuple(Target(name) for name in ("arousal", "valence", "dominance"))
SHARES = (0.3, 0.25, 0.2, 0.15, 0.1)
START, QUERIES = 20, 200


@dataclass(frozen=True)
class Clips:
    """Clips as in the paper's experiment: principal components that hold 80 to 90 % of what 88 features vary."""

    rows: int = 2350
    components: int = 25
    seed: int = 0

    @cached_property
    def classes(self) -> NDArray[np.intp]:
        """Class numbers of shape (rows,), of unequal frequency."""
        return np.random.default_rng(self.seed).choice(len(SHARES), self.rows, p=SHARES)

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Components of shape (rows, components); about two thirds of the clips can be separated."""
        rng = np.random.default_rng(self.seed + 1)
        hidden = rng.standard_normal((self.rows, 12)) + 0.7 * rng.standard_normal((len(SHARES), 12))[self.classes]
        x = hidden @ rng.standard_normal((12, 88))
        own = rng.standard_normal((self.rows, 88)) @ rng.standard_normal((88, 88)) / np.sqrt(88)
        x = x / x.std(axis=0) + 0.9 * own
        return PCA(self.components).fit_transform((x - x.mean(axis=0)) / x.std(axis=0))

    @cached_property
    def scales(self) -> NDArray[np.float64]:
        """Values of shape (rows, 3), within [-1, 1]."""
        rng = np.random.default_rng(self.seed + 2)
        teacher = rng.standard_normal((self.components, 3)) / np.sqrt(self.components)
        return np.tanh(0.3 * self.values @ teacher + 0.3 * rng.standard_normal((self.rows, 3)))

    def gold(self, task: Task) -> dict[str, NDArray]:
        return {t.name: self.scales[:, AFFECT.index(t)] if t.is_scale else self.classes for t in task}


@dataclass(frozen=True)
class Teacher(Oracle):
    """Answers with what the clips are."""

    clips: Clips
    price: float = 1.0

    def answer(self, query: Query, learner: object, rng: np.random.Generator) -> list[Label]:
        gold, cost = self.clips.gold(query.task), 1 / len(query.task)
        return [
            Label(i, t.name, _value(t, gold[t.name][int(i)]), "gold", cost) for i in query.segments for t in query.task
        ]


def searched(tol: float = 1e-4) -> GridSearchCV:
    """Return what a plain implementation trains in every round."""
    model = LogisticRegression(max_iter=10_000, tol=tol)
    return GridSearchCV(model, {"C": [1 / strength for strength in STRENGTHS]}, cv=3, scoring="balanced_accuracy")


def plain_rounds(clips: Clips, queries: int = QUERIES) -> Iterator[tuple[NDArray[np.intp], GridSearchCV, float]]:
    """Yield the labelled rows, the model and its score on the whole set, with the plainest loop there can be."""
    known = list(range(START))
    for _ in range(queries):
        rows = np.sort(known)
        model = searched().fit(clips.values[rows], clips.classes[rows])
        proba = np.zeros((clips.rows, len(SHARES)))
        proba[:, model.classes_] = model.predict_proba(clips.values)
        guess = proba.argmax(axis=1)
        guess[rows] = clips.classes[rows]
        yield rows, model, uar(clips.classes, guess, len(SHARES))
        doubt = entr(proba).sum(axis=1)
        doubt[rows] = -1
        known.append(int(doubt.argmax()))


def rounds(clips: Clips, task: Task, strategy: str, queries: int = QUERIES) -> Iterator[Asked | Scored]:
    """Yield what SERAL's loop says, judged on the whole set in every round as the paper has it."""
    ids = tuple(map(str, range(clips.rows)))
    pool, teacher, gold = Pool(FeatureTable(clips.values, ids), task), Teacher(clips), clips.gold(task)
    pool.add(teacher.answer(Query(ids[:START], task), None, np.random.default_rng(0)))
    step = Step("query", strategies[strategy], teacher, 1)
    learner = learners["cross-validated"](task)
    for event in pool_loop(pool, learner, [step], WholeSet(task, gold), budget=START + queries):
        if isinstance(event, Asked | Scored):
            yield event


def asked(events: Iterator[Asked | Scored]) -> list[int]:
    return [int(i) for event in events if isinstance(event, Asked) for i in event.segments]


def chosen_strengths(clips: Clips) -> tuple[list[int], list[int]]:
    """Return the strengths that both choose in the rounds of one run, as their numbers."""
    pairs = [
        (model.best_index_, STRENGTHS.index(CVLogistic().fit(clips.values[rows], clips.classes[rows]).strength_))
        for rows, model, _ in plain_rounds(clips)
    ]
    theirs, ours = zip(*pairs, strict=True)
    return list(theirs), list(ours)


def plain_scales(clips: Clips) -> list[int]:
    """Ask for clips in the order of their numbers, with a grid search over ridges of three targets in every round."""
    for known in range(START, START + QUERIES):
        for t in range(3):
            model = GridSearchCV(Ridge(), {"alpha": list(STRENGTHS)}, cv=3)
            guess = model.fit(clips.values[:known], clips.scales[:known, t]).predict(clips.values)
            guess[:known] = clips.scales[:known, t]
            ccc(clips.scales[:, t], guess)
    return []


def scales(clips: Clips) -> list[int]:
    asked(rounds(clips, AFFECT, "random"))
    return []


def chosen_ridges(clips: Clips) -> tuple[list[int], list[int]]:
    """Return the strengths that both choose for one target, as their numbers."""
    theirs, ours = [], []
    for known in range(START, START + QUERIES, 4):
        x, y = clips.values[:known], clips.scales[:known, 0]
        theirs.append(int(GridSearchCV(Ridge(), {"alpha": list(STRENGTHS)}, cv=3).fit(x, y).best_index_))
        ours.append(STRENGTHS.index(CVRidge().fit(x, y).strength_))
    return theirs, ours


def curves(runs: int = 30) -> bool:
    """Print the mean curves of both over many runs; return whether they are the same but for chance."""
    from scipy.stats import wilcoxon

    theirs, ours = np.zeros((2, runs, QUERIES))
    for i in range(runs):
        clips = Clips(seed=10 * i)
        theirs[i] = [score for _, _, score in plain_rounds(clips)]
        said = (event for event in rounds(clips, (EMOTION,), "entropy") if isinstance(event, Scored))
        ours[i] = [event.scores["emotion"]["uar"] for event, _ in zip(said, range(QUERIES), strict=False)]
        print(f"run {i + 1}: mean UAR {theirs[i].mean():.4f} plain, {ours[i].mean():.4f} here", flush=True)
    gap = ours - theirs
    error = gap.std(axis=0, ddof=1) / np.sqrt(runs)
    for k in range(0, QUERIES, 20):
        print(f"{k:4} queries: {theirs[:, k].mean():.4f} plain, {ours[:, k].mean():.4f} here, +- {error[k]:.4f}")
    p = float(wilcoxon(gap.mean(axis=1)).pvalue)
    print(f"areas under the curves differ by {gap.mean():+.5f} (p = {p:.2f})")
    return p > 0.05


def _value(target: Target, value: float) -> str | float:
    return float(value) if target.is_scale else target.classes[int(value)]
