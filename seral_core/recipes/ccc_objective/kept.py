"""What finished trainings kept: the learning rate that is best for each objective and scale, traces and scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from seral_core.folders import inside
from seral_core.recipes.by_speaker import Runs
from seral_core.recipes.ccc_objective.training import AFTER, CHAIN, OBJECTIVES, Networks, Objective, System
from seral_core.recipes.cells import Trials
from seral_core.recipes.in_time import Parts
from seral_core.recipes.outputs_in_time import Outputs
from seral_core.scores.metrics import ccc
from seral_core.sequences.scoring import paired, scores, together
from seral_core.types import Floats
from seral_core.unpacking import read_parquet

PARTS = ("dev", "test")


@dataclass(frozen=True, eq=False)
class Trained:
    """One network: what it says before and after its chain, and what the chain does."""

    system: System
    seed: int
    raw: Outputs
    after: Outputs
    chain: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Kept:
    """All networks of a finished recipe.

    Parameters
    ----------
    parts : Parts
        The recordings.
    networks : tuple of Trained
        In the order of seeds, then of systems.
    """

    parts: Parts
    networks: tuple[Trained, ...]

    @classmethod
    def load(cls, trials: Trials, recipe: Path) -> Self:
        """Return what a finished recipe kept."""
        networks = trials.measure
        assert isinstance(networks, Networks)
        systems, found = {each.name: each for each in networks.systems}, []
        for trial in trials.trials(recipe):
            raw, after = Outputs.load(trial.folder), Outputs.load(trial.folder / AFTER)
            chain = read_parquet(inside(trial.folder, CHAIN))
            found.append(Trained(systems[trial.variant], trial.seed, raw, after, chain))
        return cls(networks.data.open(), tuple(found))

    @property
    def targets(self) -> tuple[str, ...]:
        """The scales."""
        return tuple(target.name for target in self.parts.task)

    @cached_property
    def by_rate(self) -> pd.DataFrame:
        """CCC of all development frames of every network, before the chain: ``objective rate seed target ccc``."""
        rows = [
            (each.system.objective, each.system.rate, each.seed, target, ccc(*together(paired(said, gold))))
            for target, gold in ((name, self.parts.gold(self.parts.dev, name)) for name in self.targets)
            for each in self.networks
            for said in (self._column(each.raw.dev, target),)
        ]
        return pd.DataFrame(rows, columns=["objective", "rate", "seed", "target", "ccc"])

    @cached_property
    def rates(self) -> dict[tuple[Objective, str], float]:
        """The learning rate of each objective and scale: the best mean over seeds on development recordings."""
        means = self.by_rate.groupby(["objective", "target", "rate"])["ccc"].mean()
        return {(name, target): float(means[name, target].idxmax()) for target in self.targets for name in OBJECTIVES}

    def chosen(self, objective: Objective, target: str) -> list[Trained]:
        """Return the networks with the chosen rate, by seed."""
        system = System(objective, self.rates[objective, target])
        return [each for each in self.networks if each.system == system]

    def runs(self, objective: Objective, target: str, part: str = "test", *, after: bool = False) -> Runs:
        """Return predicted traces by seed and recording, with the chosen rate."""
        found = (each.after if after else each.raw for each in self.chosen(objective, target))
        return [self._column(getattr(each, part), target) for each in found]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Scores of every chosen network: ``objective target rate part after seed rmse cc ccc ccc_each tau``."""
        rows = []
        for target in self.targets:
            for objective in OBJECTIVES:
                about = {"objective": objective, "target": target, "rate": self.rates[objective, target]}
                seeds = [each.seed for each in self.chosen(objective, target)]
                for part in PARTS:
                    gold = self.parts.gold(getattr(self.parts, part), target)
                    for after in (False, True):
                        for seed, run in zip(seeds, self.runs(objective, target, part, after=after), strict=True):
                            rows.append({**about, "part": part, "after": after, "seed": seed, **scores(run, gold)})
        return pd.DataFrame(rows)

    @cached_property
    def chains(self) -> pd.DataFrame:
        """Steps of the chain of every chosen network: ``objective target seed step setting before after kept``."""
        found = [
            each.chain[each.chain["target"] == target].assign(objective=objective, seed=each.seed)
            for target in self.targets
            for objective in OBJECTIVES
            for each in self.chosen(objective, target)
        ]
        return pd.concat(found, ignore_index=True)

    def mean(self, objective: Objective, target: str, metric: str, part: str = "test", *, after: bool = False) -> float:
        """Return a score of the chosen networks, the mean over seeds."""
        return float(self.values(objective, target, metric, part, after=after).mean())

    def values(
        self, objective: Objective, target: str, metric: str, part: str = "test", *, after: bool = False
    ) -> Floats:
        """Return a score of the chosen networks by seed."""
        return np.asarray(self._scores[objective, target, part, after][metric], dtype=np.float64)

    @cached_property
    def _scores(self) -> dict[Any, pd.DataFrame]:
        return dict(iter(self.scores.groupby(["objective", "target", "part", "after"])))

    def _column(self, recordings: Sequence[Floats], target: str) -> list[Floats]:
        return [each[:, self.targets.index(target)] for each in recordings]
