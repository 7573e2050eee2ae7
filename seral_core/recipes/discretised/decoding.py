"""After training: networks of all seeds averaged, the best setting chosen on development recordings, and decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core.files import replacing
from seral_core.folders import inside
from seral_core.recipes.cells import Trial, Trials
from seral_core.recipes.discretised.training import KINDS, Kind, Resolutions, System
from seral_core.recipes.in_time import InTime, Parts
from seral_core.recipes.outputs_in_time import Outputs
from seral_core.scores.metrics import ccc
from seral_core.sequences.heads import Decoder, Head
from seral_core.sequences.priors import log_proba
from seral_core.sequences.scoring import paired, scores, together
from seral_core.sequences.sweep import Sweep, sweep
from seral_core.types import Floats
from seral_core.unpacking import read_parquet

#: What Table 2 compares, and what a network of each kind is called there.
SYSTEMS = ("REG-MSE", "REG-CCC", "CLS-Raw", "CLS-Decoded")
REGRESSION: dict[Kind, str] = {"mse": "REG-MSE", "ccc": "REG-CCC"}
PARTS = ("dev", "test")
#: Column of seeds in tables: this one stands for the average over all.
TOGETHER = -1
#: What is kept of a target, a file each.
TABLES = ("scores_by_seed", "sweep", "chosen")


@dataclass(frozen=True)
class Decoding:
    """Decodes one target; everything it needs is on the disk when training has ended.

    Parameters
    ----------
    data : InTime
        The recordings.
    trials : Trials
        Of all networks.
    systems : tuple of System
        What they are.
    beam : int
        States that go on from frame to frame.
    """

    data: InTime
    trials: Trials
    systems: tuple[System, ...]
    beam: int = 50

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Yield the scores of Table 2 on test recordings; traces, settings and the sweep are kept in the folder."""
        target, parts = trial.variant, self.data.open()
        recipe = trial.folder.parents[2]
        trained = {kind: self._best(recipe, kind, target, parts) for kind in KINDS}
        traces: dict[str, tuple[Floats, ...]] = {}
        rows: list[dict[str, Any]] = []
        chosen: dict[str, System] = {kind: found.system for kind, found in trained.items()}
        for kind, name in REGRESSION.items():
            for seed, outputs in trained[kind].outputs.items():
                for part in PARTS:
                    traces[f"{name} {seed} {part}"] = tuple(each[:, 0] for each in getattr(outputs, part))
        swept, said = self._decoded(trained["levels"].outputs, target, parts)
        traces |= said
        for key, each in traces.items():
            name, number, part = key.rsplit(" ", 2)
            ids = getattr(parts, part)
            found = scores(each, parts.gold(ids, target))
            rows.append({"system": name, "seed": int(number), "part": part, "target": target, **found})
        _keep(trial.folder, traces, pd.DataFrame(rows), swept, chosen, target)
        for row in rows:
            if row["seed"] == TOGETHER and row["part"] == "test":
                yield target, f"ccc of {row['system']}", 0, row["ccc"]

    def _best(self, recipe: Path, kind: Kind, target: str, parts: Parts) -> _Trained:
        """Return the setting whose average over seeds is best on development recordings."""
        mine = [each for each in self.systems if (each.kind, each.target) == (kind, target)]
        folders = {(t.variant, t.seed): t.folder for t in self.trials.trials(recipe)}
        resolutions, gold, found = None, parts.gold(parts.dev, target), []
        if kind == "levels":
            resolutions = Resolutions.of(parts, target)
        for system in mine:
            each = {seed: Outputs.load(folders[system.name, seed]) for seed in self.trials.seeds}
            outputs = {TOGETHER: _averaged(list(each.values()), resolutions), **each}
            dev = outputs[TOGETHER].dev
            values = [resolutions.values(one) if resolutions else one[:, 0] for one in dev]
            found.append(_Trained(system, outputs, ccc(*together(paired(values, gold)))))
        return max(found, key=lambda one: one.dev)

    def _decoded(
        self, outputs: Mapping[int, Outputs], target: str, parts: Parts
    ) -> tuple[Sweep, dict[str, tuple[Floats, ...]]]:
        """Return the sweep, and the traces without and with decoding of every seed and of all together."""
        resolutions = Resolutions.of(parts, target)
        gold = {part: parts.gold(getattr(parts, part), target) for part in ("train", "dev")}
        heads = [Head.fit(levels, [*gold["train"], *gold["dev"]]) for levels in resolutions.levels]
        said = {
            (seed, part): [resolutions.log_proba(each) for each in getattr(found, part)]
            for seed, found in outputs.items()
            for part in PARTS
        }
        swept = sweep(said[TOGETHER, "dev"], gold["dev"], heads, beam=self.beam)
        traces: dict[str, tuple[Floats, ...]] = {}
        for (seed, part), recordings in said.items():
            decoder: Decoder = swept.best
            traces[f"CLS-Raw {seed} {part}"] = tuple(decoder.raw(each) for each in recordings)
            traces[f"CLS-Decoded {seed} {part}"] = tuple(decoder.values(each) for each in recordings)
        return swept, traces


@dataclass(frozen=True, eq=False)
class _Trained:
    """A setting, what its networks said by seed and together, and the CCC of the average on development recordings."""

    system: System
    outputs: dict[int, Outputs]
    dev: float


def _averaged(each: Sequence[Outputs], resolutions: Resolutions | None) -> Outputs:
    """Return outputs averaged over seeds: values, or the probabilities of levels."""

    def mean(part: str) -> tuple[Floats, ...]:
        return tuple(_mean(list(same), resolutions) for same in zip(*(getattr(o, part) for o in each), strict=True))

    return Outputs(mean("dev"), mean("test"))


def _mean(same: list[Floats], resolutions: Resolutions | None) -> Floats:
    if resolutions is None:
        return np.asarray(np.mean(same, axis=0))
    by_head = [log_proba(one, resolutions.heads) for one in same]
    means = [np.logaddexp.reduce(of_head, axis=0) - np.log(len(same)) for of_head in zip(*by_head, strict=True)]
    return np.concatenate(means, axis=1)


def _keep(
    folder: Path,
    traces: Mapping[str, tuple[Floats, ...]],
    rows: pd.DataFrame,
    swept: Sweep,
    chosen: Mapping[str, System],
    target: str,
) -> None:
    with replacing(folder / "traces.npz") as draft, draft.open("wb") as file:
        arrays: dict[str, Any] = {f"{name} {i}": each for name, found in traces.items() for i, each in enumerate(found)}
        np.savez_compressed(file, **arrays)
    best, table = swept.best, swept.table.assign(target=target)
    table = table.assign(chosen=(table["order"] == best.order) & (table["weight"] == best.weight), raw=swept.raw)
    settings = pd.DataFrame(
        [{"target": target, "kind": kind, "layers": each.layers, "l2": each.l2} for kind, each in chosen.items()]
    )
    for name, frame in zip(TABLES, (rows, table, settings), strict=True):
        with replacing(folder / f"{name}.parquet") as draft:
            frame.to_parquet(draft, index=False)


@dataclass(frozen=True, eq=False)
class Decoded:
    """What was kept of the decoding of one target; see `Decoding`.

    Parameters
    ----------
    target : str
        Which.
    traces : mapping of (system, seed, part) to list of Floats
        By recording.
    rows, sweep, chosen : DataFrame
        Scores by system, seed and part; the sweep; and the settings that were chosen.
    """

    target: str
    traces: Mapping[tuple[str, int, str], list[Floats]]
    rows: pd.DataFrame
    sweep: pd.DataFrame
    chosen: pd.DataFrame

    @classmethod
    def load(cls, trials: Trials, recipe: Path, parts: Parts) -> list[Decoded]:
        """Return what a finished recipe kept, target by target."""
        found = []
        for trial in trials.trials(recipe):
            tables = {name: read_parquet(inside(trial.folder, f"{name}.parquet")) for name in TABLES}
            traces: dict[tuple[str, int, str], list[Floats]] = {}
            with np.load(inside(trial.folder, "traces.npz"), allow_pickle=False) as arrays:
                for key in arrays.files:
                    name, seed, part, _ = key.rsplit(" ", 3)
                    traces.setdefault((name, int(seed), part), []).append(arrays[key])
            found.append(cls(trial.variant, traces, *tables.values()))
        return found
