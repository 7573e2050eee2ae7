"""One network of D4.2: LSTM layers with an output for each scale, trained with one objective and learning rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from seral_core.errors import MissingExtra
from seral_core.files import replacing
from seral_core.folders import inside
from seral_core.recipes.cells import Trial
from seral_core.recipes.in_time import InTime, Parts
from seral_core.recipes.outputs_in_time import Outputs, watched, watched_to_the_end
from seral_core.scores.metrics import ccc
from seral_core.sequences.chain import Chain
from seral_core.sequences.scoring import paired, scores, together
from seral_core.types import Floats, Target, Task

Objective: TypeAlias = Literal["SSE", "sum of CCCs", "total CCC"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
#: Below a trial's folder: its outputs after the chain, and what the chain does.
AFTER, CHAIN = "after-chain", "chain.parquet"
#: What is measured of every network on test recordings; of those with the best rate, the report has more.
MEASURED = ("ccc", "rmse")


@dataclass(frozen=True)
class System:
    """What is compared: an objective, and the learning rate of its network.

    Parameters
    ----------
    objective : {"SSE", "sum of CCCs", "total CCC"}
        What is made smaller or larger: the sum of squared errors (Eq. 1), the sum of the CCC of every sequence of a
        batch (Eq. 2), or the CCC of all frames of a batch.
    rate : float
        Of stochastic gradient descent.

    Examples
    --------
    >>> System("sum of CCCs", 1e-3).name
    'sum of CCCs 0.001'
    """

    objective: Objective
    rate: float

    @property
    def name(self) -> str:
        """What its trials are called."""
        return f"{self.objective} {self.rate:g}"


@dataclass(frozen=True)
class Shape:
    """What all networks have in common; the defaults are those of section 4.5.2.

    Parameters
    ----------
    layers, cells : int
        LSTM layers, and cells of each; they read forward in time alone.
    noise : float
        Standard deviation of what is added to the standardised inputs in training.
    batch : int
        Recordings a step.
    epochs, patience : int
        Passes over all recordings at most, and how many without improvement end training; the paper names neither.
    """

    layers: int = 3
    cells: int = 128
    noise: float = 0.1
    batch: int = 5
    epochs: int = 100
    patience: int = 15


@dataclass(frozen=True)
class OwnObjective:
    """How well a network does on development recordings by its own objective; higher is better.

    Parameters
    ----------
    objective : {"SSE", "sum of CCCs", "total CCC"}
        As of `System`.

    Examples
    --------
    >>> gold = [np.array([[0.0], [1.0]]), np.array([[2.0], [np.nan]])]
    >>> said = [np.array([[1.0], [1.0]]), np.array([[2.0], [9.0]])]
    >>> OwnObjective("SSE")(said, gold), OwnObjective("total CCC")(gold[:1], gold[:1])
    (-1.0, 1.0)
    """

    objective: Objective

    def __call__(self, outputs: Sequence[Floats], gold: Sequence[np.ndarray]) -> float:
        """Return the objective over recordings of shape (frames, scales), with the sign that makes it to be raised."""
        if self.objective == "SSE":
            return -float(sum(np.nansum((said - truth) ** 2) for said, truth in zip(outputs, gold, strict=True)))
        found = 0.0
        for column in range(gold[0].shape[1]):
            pairs = paired([each[:, column] for each in outputs], [each[:, column] for each in gold])
            pairs = [together(pairs)] if self.objective == "total CCC" else pairs
            found += sum(ccc(*pair) for pair in pairs if len(pair[0]))
        return found


@dataclass(frozen=True)
class Networks:
    """Trains one network, fits the chain to what it says of development recordings, and keeps all.

    Parameters
    ----------
    data : InTime
        The recordings.
    systems : tuple of System
        Those whose names are variants of trials.
    shape : Shape
        Of the networks.
    """

    data: InTime
    systems: tuple[System, ...]
    shape: Shape = Shape()

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Yield scores on test recordings before and after the chain; a killed training goes on from its last epoch."""
        parts, system = self.data.open(), next(each for each in self.systems if each.name == trial.variant)
        raw = self._trained(parts, system, trial)
        raw.save(trial.folder)
        chains = {t.name: Chain.fit(_column(raw.dev, i), parts.gold(parts.dev, t.name), parts.rate_hz)
                  for i, t in enumerate(parts.task)}  # fmt: skip
        dev, test = (_chained(part, list(chains.values())) for part in (raw.dev, raw.test))
        after = Outputs(dev, test)
        (trial.folder / AFTER).mkdir(exist_ok=True)
        after.save(trial.folder / AFTER)
        steps = pd.concat([chain.table().assign(target=target) for target, chain in chains.items()])
        with replacing(inside(trial.folder, CHAIN)) as draft:
            steps.to_parquet(draft, index=False)
        watched_to_the_end(trial.folder)
        for suffix, outputs in (("", raw), (" after the chain", after)):
            for i, target in enumerate(parts.task):
                found = scores(_column(outputs.test, i), parts.gold(parts.test, target.name))
                yield from ((target.name, metric + suffix, 0, found[metric]) for metric in MEASURED)

    def _trained(self, parts: Parts, system: System, trial: Trial) -> Outputs:
        """Return what the trained network says, in the targets' own units."""
        try:
            from seral_core.deep import concordance
            from seral_core.deep.recurrent import Recurrent
            from seral_core.deep.sequence_training import SequenceTraining, fit
        except ImportError:
            raise MissingExtra("the recipe ccc-objective", "torch", "deep") from None
        losses: dict[Objective, Any] = {
            "SSE": concordance.squared_error,
            "sum of CCCs": concordance.sum_of_concordance,
            "total CCC": concordance.total_concordance,
        }
        shape, inputs = self.shape, parts.sequences.table.values.shape[1]
        network = Recurrent(
            inputs, (1,) * len(parts.task), shape.cells, shape.layers, bidirectional=False, noise=shape.noise,
            seed=trial.seed,
        )  # fmt: skip
        how = SequenceTraining(
            optimiser="sgd", rate=system.rate, momentum=0.9, batch=shape.batch, epochs=shape.epochs,
            schedule="plateau", patience=shape.patience, seed=trial.seed,
        )  # fmt: skip
        train, dev = (_examples(parts, ids) for ids in (parts.train, parts.dev))
        fitted = fit(
            network, train, dev, losses[system.objective], OwnObjective(system.objective), how, trial.folder,
            watched(trial.folder, shape.epochs, system.name),
        )  # fmt: skip
        said = (fitted.outputs(parts.features(ids)) for ids in (parts.dev, parts.test))
        dev_said, test_said = (tuple(_native(each, parts.task) for each in part) for part in said)
        return Outputs(dev_said, test_said, fitted.history, fitted.best_epoch)


def _examples(parts: Parts, ids: Sequence[str]) -> list[tuple[Any, Any]]:
    gold = zip(*(map(_in_unit_range, parts.gold(ids, t.name), [t] * len(ids)) for t in parts.task), strict=True)
    return [(features, np.stack(each, axis=1)) for features, each in zip(parts.features(ids), gold, strict=True)]


def _in_unit_range(values: Floats, target: Target) -> Floats:
    """Return a trace on [-1, 1], as learning rates mean the same there for all targets; CCC does not change by it."""
    return 2 * (values - target.low) / (target.high - target.low) - 1


def _native(outputs: Floats, task: Task) -> Floats:
    low, high = (np.array([getattr(target, end) for target in task]) for end in ("low", "high"))
    return np.asarray(low + (outputs + 1) / 2 * (high - low))


def _column(recordings: Sequence[Floats], column: int) -> list[Floats]:
    return [each[:, column] for each in recordings]


def _chained(recordings: Sequence[Floats], chains: Sequence[Chain]) -> tuple[Floats, ...]:
    columns = [chain.apply(_column(recordings, i)) for i, chain in enumerate(chains)]
    return tuple(np.stack(same, axis=1) for same in zip(*columns, strict=True))
