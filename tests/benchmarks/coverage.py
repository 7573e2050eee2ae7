"""Do intervals hold what they promise? Simulated experiments whose true difference is known, counted.

``python -m tests.benchmarks coverage`` prints two tables of how often a 95 % interval holds the truth. In the first,
two strategies differ by nothing on the population of speakers, but each speaker, tested or trained on, favours one of
them a little, and so does each run. In the second nothing is assumed: linear models learn actively from simulated
speakers, and the truth is the mean of all experiments.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.scores.groups import ScoredOn, group_values, half_width

#: Standard deviations of what a tested speaker, a training speaker and a run do to a difference.
TESTED, TRAINED, RUN = 0.04, 0.01, 0.03
SPEAKERS = 10
ROW = "{:<44} {:>10} {:>10} {:>14}"


@dataclass(frozen=True)
class Design:
    """Which runs an experiment has.

    Parameters
    ----------
    name : str
        In words.
    parts : int
        Groups of speakers.
    held : int
        How many of them a fold holds back.
    seeds : int
        Repetitions of each fold.
    whole : bool
        Whether runs are scored on their pool.
    turns : bool
        Whether each seed has one fold alone.
    """

    name: str
    parts: int = 5
    held: int = 1
    seeds: int = 5
    whole: bool = False
    turns: bool = False

    @property
    def on(self) -> ScoredOn:
        """What runs are scored on."""
        split = f"speakers:{self.parts}" if self.held == 1 else f"{self.held} of {self.parts}"
        return ScoredOn(split=split, judge="whole-set" if self.whole else "held-out")

    def gaps(self, rng: Generator, times: int) -> tuple[NDArray[np.float64], list[int]]:
        """Draw differences between strategies that differ by nothing, of shape (runs, experiments); and their folds."""
        part = np.arange(SPEAKERS) % self.parts
        tested, trained = (std * rng.standard_normal((SPEAKERS, times)) for std in (TESTED, TRAINED))
        folds = list(combinations(range(self.parts), self.held))
        pairs = [(seed, fold) for seed in range(self.seeds) for fold in range(len(folds))]
        pairs = [pair for pair in pairs if not self.turns or pair[0] % len(folds) == pair[1]]
        gaps = []
        for _, fold in pairs:
            pool = ~np.isin(part, folds[fold])
            scored = pool if self.whole else ~pool
            by_speaker = tested[scored].mean(axis=0) + trained[pool].mean(axis=0)
            gaps.append(by_speaker + RUN * rng.standard_normal(times))
        return np.array(gaps), [fold for _, fold in pairs]


#: How often an interval may hold the truth.
RANGE = (0.93, 0.97)
DESIGNS = (
    Design("5 test parts, 5 seeds each"),
    Design("5 test parts, 10 seeds taking turns", seeds=10, turns=True),
    Design("3 test parts, 5 seeds each", parts=3),
    Design("10 test parts of one speaker, 5 seeds each", parts=10),
)
#: Where parts overlap it may do so oftener: solving for what groups contribute magnifies the chance in single runs.
OVERLAPPING = (
    Design("'2 of 5', on what is held back, 3 seeds each", held=2, seeds=3),
    Design("'2 of 5', on the pool, 3 seeds each", held=2, seeds=3, whole=True),
    Design("5 pools, 5 seeds each", whole=True),
)


def share_held(values: NDArray[np.float64], truth: float = 0.0, widened: float = 1.0) -> float:
    """Return how often the truth lies in Student's interval over values of shape (values, experiments)."""
    half, mean = widened * half_width(values), values.mean(axis=0)
    return float((np.abs(mean - truth) <= half).mean())


def coverage(design: Design, times: int, seed: int = 0) -> tuple[float, float]:
    """Return how often 0 lies in the interval over runs, and in SERAL's, of experiments without a true difference."""
    gaps, folds = design.gaps(np.random.default_rng(seed), times)
    return share_held(gaps), share_held(group_values(gaps, folds, design.on))


@dataclass(frozen=True)
class Learning:
    """Two ways to ask, margin and random, of linear models on clips of simulated speakers, normalised by speaker.

    Parameters
    ----------
    speakers : int
        In five test parts.
    style : float
        How much speakers differ in how they express a class, beside differences between clips of 1.
    """

    speakers: int = 10
    style: float = 1.0
    clips: int = 40
    dims: int = 8
    classes: int = 4
    seeds: int = 5

    def gaps(self, seed: int) -> NDArray[np.float64]:
        """Return how much higher margin's curve lies than random's, of shape (5 test parts, seeds)."""
        rng = np.random.default_rng(seed)
        centres = 0.9 * np.random.default_rng(1).standard_normal((self.classes, self.dims))
        speaker = np.repeat(np.arange(self.speakers), self.clips)
        y = np.tile(np.arange(self.classes), len(speaker) // self.classes)
        own = self.style * rng.standard_normal((self.speakers, self.classes, self.dims))
        x = centres[y] + own[speaker, y] + rng.standard_normal((len(y), self.dims))
        x -= np.stack([x[speaker == s].mean(axis=0) for s in range(self.speakers)])[speaker]
        x, found = np.column_stack([x, np.ones(len(x))]), np.zeros((5, self.seeds))
        for fold in range(5):
            test = speaker % 5 == fold
            for i in range(self.seeds):
                first = rng.choice(int((~test).sum()), 20, replace=False)
                areas = [self._area(x, y, test, first, rng, active) for active in (True, False)]
                found[fold, i] = areas[0] - areas[1]
        return found

    def _area(
        self, x: NDArray[np.float64], y: NDArray[np.intp], test: NDArray[np.bool_], first: NDArray[np.intp],
        rng: Generator, active: bool,
    ) -> float:  # fmt: skip
        """Return the mean UAR over eight rounds of ten labels each."""
        pool, answers, known = x[~test], np.eye(self.classes)[y[~test]], np.zeros(int((~test).sum()), bool)
        known[first], scores = True, []
        for _ in range(8):
            mine = pool[known]
            weights = np.linalg.solve(mine.T @ mine + 3 * np.eye(x.shape[1]), mine.T @ answers[known])
            guess = (x[test] @ weights).argmax(axis=1)
            scores.append(np.mean([(guess[y[test] == c] == c).mean() for c in range(self.classes)]))
            left = np.flatnonzero(~known)
            sure = np.sort(pool[left] @ weights, axis=1)
            order = np.argsort(sure[:, -1] - sure[:, -2]) if active else rng.permutation(len(left))
            known[left[order[:10]]] = True
        return float(np.mean(scores))

    def coverage(self, times: int) -> tuple[float, float, float]:
        """Return how often the mean of all experiments lies in intervals: over runs, SERAL's, and the resampled.

        The last is of the corrected resampled t test (Nadeau and Bengio 2003), wider as test parts share training data.
        """
        gaps = np.stack([self.gaps(seed) for seed in range(times)], axis=-1)
        runs, truth = gaps.reshape(-1, times), float(gaps.mean())
        groups = group_values(runs, np.repeat(np.arange(5), self.seeds).tolist(), ScoredOn())
        corrected = float(np.sqrt((1 / 5 + 1 / 4) / (1 / 5)))
        return share_held(runs, truth), share_held(groups, truth), share_held(groups, truth, corrected)


def main(times: int = 4000) -> int:
    """Print both tables; return 1 where an interval of SERAL's does not hold the truth as often as it should."""
    print(ROW.format("no true difference", "over runs", "SERAL", ""))
    fine = True
    for design in (*DESIGNS, *OVERLAPPING):
        over, ours = coverage(design, times)
        fine &= RANGE[0] <= ours <= (RANGE[1] if design in DESIGNS else 1.0)
        print(ROW.format(design.name, f"{over:.1%}", f"{ours:.1%}", ""), flush=True)
    print(ROW.format("margin against random, learned", "over runs", "SERAL", "Nadeau-Bengio"))
    for speakers, style in ((10, 1.0), (20, 1.0), (10, 2.0)):
        name = f"{speakers} speakers, style {style:g}, 5 parts x 5 seeds"
        over, ours, corrected = Learning(speakers, style).coverage(times // 5)
        fine &= RANGE[0] <= ours <= RANGE[1]
        print(ROW.format(name, f"{over:.1%}", f"{ours:.1%}", f"{corrected:.1%}"), flush=True)
    return 0 if fine else 1
