"""What finished trials of the recipe end-to-end kept, by system and seed: predictions, chains, history and cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seral_core.folders import inside
from seral_core.recipes.base import Result
from seral_core.recipes.end_to_end.following import Followed
from seral_core.recipes.end_to_end.training import CHAIN, Networks, System
from seral_core.recipes.in_time import Parts
from seral_core.recipes.outputs_in_time import Outputs
from seral_core.sequences.scoring import scores
from seral_core.types import Floats
from seral_core.unpacking import read_parquet

STAGES = ("before the chain", "after the chain")


@dataclass(frozen=True, eq=False)
class Results:
    """All that the report needs.

    Parameters
    ----------
    parts : Parts
        The recordings as sound; gold is theirs.
    outputs : mapping of (system, seed) to Outputs
        Columns of predictions are targets, then targets after the chain.
    followed : mapping of seed to Followed
        Of the network on samples with CCC.
    chains : DataFrame
        What the chain kept: columns of `seral_core.sequences.chain.Chain.table`, ``target system seed``.
    """

    parts: Parts
    outputs: Mapping[tuple[str, int], Outputs]
    followed: Mapping[int, Followed]
    chains: pd.DataFrame

    @classmethod
    def load(cls, result: Result) -> Results:
        """Read the trials of a finished recipe."""
        (trials,) = result.cells
        networks: Networks = trials.measure
        done = trials.trials(result.folder)
        outputs = {(t.variant, t.seed): Outputs.load(t.folder) for t in done}
        followed = {t.seed: Followed.load(t.folder) for t in done if t.variant == System("samples", "ccc").name}
        chains = [
            read_parquet(inside(t.folder, CHAIN)).assign(system=t.variant, seed=t.seed) for t in done
        ]  # fmt: skip
        return cls(networks.sounds.open(), outputs, followed, pd.concat(chains, ignore_index=True))

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the scales."""
        return tuple(target.name for target in self.parts.task)

    @property
    def systems(self) -> tuple[str, ...]:
        """Names of the systems."""
        return tuple(dict.fromkeys(name for name, _ in self.outputs))

    @property
    def speakers(self) -> list[str | None]:
        """Of test recordings."""
        return list(self.parts.corpus.speakers_of(self.parts.test))

    def predictions(self, system: str, target: str, part: str = "test", stage: int = 1) -> list[list[Floats]]:
        """Return predictions by seed and recording, as long as gold, before (0) or after (1) the chain."""
        column = self.targets.index(target) + stage * len(self.targets)
        gold = self.parts.gold(getattr(self.parts, part), target)
        return [
            [as_long(each[:, column], len(truth)) for each, truth in zip(getattr(found, part), gold, strict=True)]
            for (name, _), found in self.outputs.items()
            if name == system
        ]

    def scores(self) -> pd.DataFrame:
        """Return a row for each system, seed, target, part and stage."""
        rows: list[dict[str, Any]] = []
        for system in self.systems:
            seeds = [seed for name, seed in self.outputs if name == system]
            for target in self.targets:
                for part in ("dev", "test"):
                    gold = self.parts.gold(getattr(self.parts, part), target)
                    for stage, text in enumerate(STAGES):
                        runs = self.predictions(system, target, part, stage)
                        about = {"system": system, "target": target, "part": part, "stage": text}
                        rows += [about | {"seed": s, **scores(run, gold)} for s, run in zip(seeds, runs, strict=True)]
        return pd.DataFrame(rows)

    def history(self) -> pd.DataFrame:
        """Return loss and score by epoch: columns ``kind seed target epoch`` and what training measured."""
        return pd.DataFrame([
            {"kind": system, "seed": seed, "target": "mean of all scales", **epoch}
            for (system, seed), found in self.outputs.items()
            for epoch in found.history
        ])  # fmt: skip


def as_long(values: Sequence[float] | Floats, frames: int) -> Floats:
    """Return a trace of so many frames: what is too long is cut, and the last value goes on.

    Examples
    --------
    >>> as_long(np.array([1.0, 2.0]), 3), as_long(np.array([1.0, 2.0]), 1)
    (array([1., 2., 2.]), array([1.]))
    """
    values = np.asarray(values, dtype=np.float64)
    return np.concatenate([values[:frames], np.repeat(values[-1:], max(0, frames - len(values)))])
