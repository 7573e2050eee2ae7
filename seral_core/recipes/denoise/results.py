"""What a finished recipe kept: predictions with and without enhancement, and how near MFCCs are to clean ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seral_core.recipes.base import Result
from seral_core.recipes.by_speaker import gap
from seral_core.recipes.cells import Trials
from seral_core.recipes.denoise.conditions import CLEAN, Condition, Experiment, all_conditions, experiments
from seral_core.recipes.denoise.enhancing import Enhancing, System, enhanced_of, nearness
from seral_core.recipes.denoise.recogniser import outputs_of
from seral_core.recipes.in_time import Parts
from seral_core.recipes.outputs_in_time import Outputs
from seral_core.scores.metrics import ccc
from seral_core.scores.statistics import Difference
from seral_core.sequences.scoring import paired, together
from seral_core.types import Floats

#: How speech reaches the recogniser: as it is, or enhanced by networks of matched or mixed training.
NONE, MATCHED, MIXED = WAYS = ("not enhanced", "matched", "mixed")
#: By seed; seeds of what is not enhanced are all the same.
BySeed = Sequence[Outputs]


@dataclass(frozen=True, eq=False)
class Measured:
    """All of one recipe.

    Parameters
    ----------
    parts : Parts
        The recordings.
    experiments : tuple of Experiment
        What was compared.
    outputs : mapping of (way, experiment, condition) to sequence of Outputs
        Predictions, by seed.
    near : mapping of (way, experiment, condition) to Floats of shape (13,)
        CCC of each MFCC with that of clean speech, mean over seeds.
    """

    parts: Parts
    experiments: tuple[Experiment, ...]
    outputs: Mapping[tuple[str, str, str], BySeed]
    near: Mapping[tuple[str, str, str], Floats]

    @classmethod
    def load(cls, result: Result) -> Measured:
        """Read what a finished recipe kept."""
        _, recogniser, networks = result.cells
        enhancing: Enhancing = networks.measure
        both = experiments(quick=result.settings.quick)
        plain = recogniser.trials(result.folder)[0].folder
        outputs: dict[tuple[str, str, str], BySeed] = {}
        near: dict[tuple[str, str, str], Floats] = {}
        clean = enhancing.made.cepstra(result.folder, CLEAN, "test")
        as_they_are = {
            each.name: nearness(enhancing.made.cepstra(result.folder, each, "test"), clean)
            for each in all_conditions(both)
        }
        for experiment in both:
            for condition in experiment.conditions:
                key = (experiment.name, condition.name)
                outputs[NONE, *key] = [outputs_of(plain, condition)] * len(networks.seeds)
                near[NONE, *key] = as_they_are[condition.name]
                for way, what in ((MATCHED, condition.name), (MIXED, experiment.name)):
                    system = next(each for each in enhancing.systems if (each.way, each.what) == (way, what))
                    outputs[way, *key], near[way, *key] = _of(system, condition, networks, result)
        return cls(enhancing.data.open(), both, outputs, near)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the scales."""
        return tuple(target.name for target in self.parts.task)

    @property
    def speakers(self) -> list[str]:
        """Who speaks in each test recording; the recording itself where nobody knows."""
        known = self.parts.corpus.speakers_of(self.parts.test)
        return [name or segment for name, segment in zip(known, self.parts.test, strict=True)]

    def runs(self, way: str, of: Experiment, conditions: Sequence[Condition], target: str) -> list[list[Floats]]:
        """Return predictions of test recordings, by condition and seed."""
        column = self.targets.index(target)
        return [
            [each[:, column] for each in outputs.test]
            for condition in conditions
            for outputs in self.outputs[way, of.name, condition.name]
        ]

    def gap(
        self, one: str, other: str, experiment: Experiment, conditions: Sequence[Condition], target: str
    ) -> Difference:
        """Return how much higher test recordings score one way than another, over several conditions together."""
        runs, others = (self.runs(way, experiment, conditions, target) for way in (one, other))
        return gap(runs, others, self.parts.gold(self.parts.test, target), self.speakers)

    def scores(self) -> pd.DataFrame:
        """Return CCC of all frames together: columns ``experiment condition way seed part target ccc``."""
        rows: list[dict[str, Any]] = []
        for (way, experiment, condition), several in self.outputs.items():
            about = {"experiment": experiment, "condition": condition, "way": way}
            for seed, outputs in enumerate(several):
                for part in ("dev", "test"):
                    for column, target in enumerate(self.targets):
                        gold = self.parts.gold(getattr(self.parts, part), target)
                        said = [each[:, column] for each in getattr(outputs, part)]
                        found = ccc(*together(paired(said, gold)))
                        rows.append({**about, "seed": seed, "part": part, "target": target, "ccc": found})
        return pd.DataFrame(rows)

    def nearness(self) -> pd.DataFrame:
        """Return how near MFCCs are to clean ones: columns ``experiment condition way mfcc ccc``."""
        rows = [
            {"experiment": experiment, "condition": condition, "way": way, "mfcc": number, "ccc": float(value)}
            for (way, experiment, condition), values in self.near.items()
            for number, value in enumerate(values)
        ]
        return pd.DataFrame(rows)

    def history(self) -> pd.DataFrame:
        """Return error on development sequences by epoch: columns ``experiment way condition seed epoch error``.

        Of networks of mixed training the condition is ``"all"``; their history is kept with each condition.
        """
        rows: list[dict[str, Any]] = []
        for (way, experiment, condition), several in self.outputs.items():
            if way == NONE or (way == MIXED and condition != CLEAN.name):
                continue
            about = {"experiment": experiment, "way": way, "condition": "all" if way == MIXED else condition}
            for seed, outputs in enumerate(several):
                rows += [
                    {**about, "seed": seed, "epoch": epoch["epoch"], "error": -epoch["validation_score"]}
                    for epoch in outputs.history
                ]
        return pd.DataFrame(rows)


def _of(system: System, condition: Condition, networks: Trials, result: Result) -> tuple[BySeed, Floats]:
    """Return what the networks of a system made of one condition, by seed."""
    mine = [trial for trial in networks.trials(result.folder) if trial.variant == system.name]
    number = system.conditions.index(condition)
    near = [enhanced_of(trial.folder, number)[0] for trial in mine]
    return [outputs_of(trial.folder, condition) for trial in mine], np.mean(near, axis=0)
