"""Support vector machines at the paper's size (Han et al. 2013): is the whole experiment practical?

``python -m tests.benchmarks kernel`` runs it: one dimension, 15 rounds, one active run and ten passive
ones, on 30,000 clips of 1,841 features. ``python -m tests.benchmarks kernel 1`` takes one passive run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.svm import SVC, SVR

from seral_core.features.table import FeatureTable
from seral_core.learners.base import Known, Learner, learners
from seral_core.learners.kernel import SizedSVC, SizedSVR
from seral_core.learners.landmarks import LandmarkSVC, LandmarkSVR
from seral_core.runs.events import Scored
from seral_core.runs.loops import pool_loop
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.strategies.compose import strategy_from
from seral_core.threads import one_thread
from seral_core.types import Label, Query, Target

AROUSAL = Target("arousal")
POOL, TEST, FEATURES, ROUNDS, PASSIVE = 30_000, 5_000, 1_841, 15, 10
LATENT = 60


def made_up(rows: int, features: int = FEATURES, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return features that say the same thing many times over, as acoustic ones do, and a teacher bent in several ways.

    Returns
    -------
    float32 array of shape (rows, features)
        Standardised; a third of each column's variance is its own noise.
    array of shape (rows,)
        Arousal in [-1, 1].
    """
    rng = np.random.default_rng(seed)
    hidden = (rng.standard_normal((rows, LATENT)) * np.arange(1, LATENT + 1) ** -0.5).astype(np.float32)
    x = hidden @ rng.standard_normal((LATENT, features)).astype(np.float32)
    x += 0.7 * np.abs(hidden) @ rng.standard_normal((LATENT, features)).astype(np.float32)
    x /= x.std(0)
    x += 0.7 * rng.standard_normal((rows, features), dtype=np.float32)
    x -= x.mean(0)
    x /= x.std(0)
    a, b, c, d, e = hidden[:, :5].T.astype(np.float64)
    bent = a + 1.6 * b * c + 0.6 * np.sin(3 * d) + np.abs(e)
    bent = (bent - bent.mean()) / bent.std()
    return x, np.tanh(0.5 * bent + 0.3 * rng.standard_normal(rows))


@dataclass(frozen=True)
class Teacher:
    """Knows every clip of the pool."""

    values: NDArray[np.float64]
    price: float = 1.0

    def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> list[Label]:
        return [Label(i, AROUSAL.name, float(self.values[int(i)]), "teacher") for i in query.segments]


def correlation(truth: NDArray[np.float64], guess: NDArray[np.float64]) -> float:
    """Return Pearson's correlation coefficient."""
    return float(np.corrcoef(truth, guess)[0, 1])


def exact_and_approximated(labels: int = 4_000) -> bool:
    """Print both machines' scores at so many labels; return whether they differ by less than 0.01."""
    x, y = made_up(labels + TEST)
    (x, test), (y, truth) = (x[:labels], x[labels:]), (y[:labels], y[labels:])
    with one_thread():
        scores = []
        for machine in (SVR(), SizedSVR(), LandmarkSVR(random_state=0)):
            begin = time.perf_counter()
            scores.append(correlation(truth, machine.fit(x, y).predict(test)))
            took = time.perf_counter() - begin
            print(
                f"{type(machine).__name__:12} {labels:,} x {FEATURES:,}  CC {scores[-1]:.4f}  {took:.1f} s", flush=True
            )
        for machine in (SVC(), SizedSVC(), LandmarkSVC(random_state=0)):
            begin = time.perf_counter()
            right = np.mean(machine.fit(x, y > 0).predict(test) == (truth > 0))
            took = time.perf_counter() - begin
            print(
                f"{type(machine).__name__:12} {labels:,} x {FEATURES:,}  accuracy {right:.4f}  {took:.1f} s", flush=True
            )
    return abs(scores[0] - scores[-1]) < 0.01


def experiment(strategy: str, seed: int, x: NDArray[np.float32], y: NDArray[np.float64]) -> tuple[str, float, float]:
    """Run one pool to its end; returns the strategy, seconds, and the last CC."""
    table = FeatureTable(x[:POOL], tuple(map(str, range(POOL))))
    held_out, truth = FeatureTable(x[POOL:], tuple(map(str, range(POOL, len(x))))), y[POOL:]

    def judge(learner: Learner, known: Known) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, object]]]:
        return {AROUSAL.name: {"cc": correlation(truth, learner.predict(held_out)[AROUSAL.name].guess)}}, {}

    step = Step("query", strategy_from(strategy), Teacher(y), POOL // ROUNDS)
    start = Step("first labels", strategy_from("random"), Teacher(y), POOL // ROUNDS)
    pool, learner = Pool(table, (AROUSAL,)), learners["svr"]((AROUSAL,))
    begin, last = time.perf_counter(), 0.0
    for event in pool_loop(pool, learner, [step], judge, start=start, seed=seed, budget=POOL):
        if isinstance(event, Scored):
            last, took = event.scores[AROUSAL.name]["cc"], time.perf_counter() - begin
            print(f"  {strategy} {seed}: {event.spent:6g} labels  CC {last:.4f}  {took:.0f} s", flush=True)
    return strategy, time.perf_counter() - begin, last


def main(passive: int = PASSIVE) -> int:
    """Run it all; return 0 where both aims are reached."""
    close = exact_and_approximated()
    begin = time.perf_counter()
    x, y = made_up(POOL + TEST)
    runs = [("binary-confidence", 0), *(("random", seed) for seed in range(passive))]
    done = Parallel(n_jobs=2, batch_size=1)(delayed(experiment)(strategy, seed, x, y) for strategy, seed in runs)
    minutes = (time.perf_counter() - begin) / 60
    for strategy, took, last in done:
        print(f"{strategy:18} {took / 60:5.1f} min  last CC {last:.4f}")
    print(f"{len(runs)} runs of {ROUNDS} rounds, {POOL:,} x {FEATURES:,}, in {minutes:.1f} min on two cores (aim: 30)")
    return 0 if close and minutes < 30 else 1
