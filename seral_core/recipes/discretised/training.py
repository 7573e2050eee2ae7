"""One network of Le et al.: a deep BLSTM that learns levels, or values by squared error or concordance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from seral_core.errors import MissingExtra
from seral_core.recipes.cells import Trial
from seral_core.recipes.in_time import InTime, Parts
from seral_core.recipes.outputs_in_time import Outputs, watched, watched_to_the_end
from seral_core.scores.metrics import ccc
from seral_core.sequences.levels import LEVELS, Levels, averaged
from seral_core.sequences.priors import class_priors, log_proba, without_priors
from seral_core.sequences.scoring import paired, scores, together
from seral_core.types import Floats

Kind = Literal["levels", "mse", "ccc"]
KINDS: tuple[Kind, ...] = ("levels", "mse", "ccc")
#: What is measured of a network on test recordings.
MEASURED = ("ccc", "rmse")


@dataclass(frozen=True)
class System:
    """What is trained for one target.

    Parameters
    ----------
    kind : {"levels", "mse", "ccc"}
        Classes at four resolutions with cost-sensitive cross-entropy, or values with a loss of regression.
    target : str
        Which scale.
    layers, cells : int
        Of the network; cells a layer and direction.
    l2 : float
        Weight of the squared weights in the loss.
    first, epochs : int
        Epochs of the first stage of training, and of both at most.
    batch : int
        Recordings a step; the paper has one.

    Examples
    --------
    >>> System("levels", "arousal", 3).name, System("ccc", "valence", 4, l2=2e-5).name
    ('levels arousal 3 layers', 'ccc valence 4 layers l2 2e-05')
    """

    kind: Kind
    target: str
    layers: int
    l2: float = 0.0
    cells: int = 80
    first: int = 20
    epochs: int = 40
    batch: int = 1

    @property
    def name(self) -> str:
        """What its trials are called."""
        return f"{self.kind} {self.target} {self.layers} layers" + (f" l2 {self.l2:g}" if self.l2 else "")


@dataclass(frozen=True, eq=False)
class Resolutions:
    """The levels of one scale at all resolutions, and how common they are in training.

    Parameters
    ----------
    levels : tuple of Levels
        Of 4, 6, 8 and 10 clusters, found on the training and development part (section 4.1).
    priors : tuple of Floats
        Share of each level among training frames.
    """

    levels: tuple[Levels, ...]
    priors: tuple[Floats, ...]

    @classmethod
    def of(cls, parts: Parts, target: str) -> Resolutions:
        """Find the levels of a target; always the same ones."""
        train, dev = (parts.gold(ids, target) for ids in (parts.train, parts.dev))
        both, rng = np.concatenate([*train, *dev]), np.random.default_rng(0)
        levels = tuple(Levels.fit(both, k, rng) for k in LEVELS)
        priors = tuple(class_priors([each.classes(gold) for gold in train], len(each)) for each in levels)
        return cls(levels, priors)

    @property
    def heads(self) -> tuple[int, ...]:
        """Number of levels at each resolution."""
        return tuple(map(len, self.levels))

    def classes(self, gold: Floats) -> Floats:
        """Return the levels of a trace, of shape (frames, resolutions); nan where there is no gold."""
        found = np.stack([each.classes(gold) for each in self.levels], axis=1).astype(np.float64)
        found[found < 0] = np.nan
        return found

    def log_proba(self, scores: Floats) -> list[Floats]:
        """Return log probabilities of shape (frames, levels) by resolution, scaled by inverse class priors."""
        return [
            without_priors(each, prior) for each, prior in zip(log_proba(scores, self.heads), self.priors, strict=True)
        ]

    def values(self, scores: Floats) -> Floats:
        """Return the trace of the most probable levels: cluster means, averaged over resolutions (Figure 2)."""
        return averaged(self.levels, [each.argmax(axis=1) for each in self.log_proba(scores)])


@dataclass(frozen=True)
class Networks:
    """Trains one network and keeps what it says of development and test recordings.

    Parameters
    ----------
    data : InTime
        The recordings.
    systems : tuple of System
        Those whose names are variants of trials.
    """

    data: InTime
    systems: tuple[System, ...]

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Yield scores on test recordings; a killed training goes on from its last epoch."""
        try:
            from seral_core.deep.recurrent import Recurrent
            from seral_core.deep.sequence_training import SequenceTraining, fit
        except ImportError:
            raise MissingExtra("the recipe discretised", "torch", "deep") from None
        parts, system = self.data.open(), next(each for each in self.systems if each.name == trial.variant)
        task = _Task(parts, system)
        network = Recurrent(
            parts.sequences.table.values.shape[1], task.heads, system.cells, system.layers, seed=trial.seed
        )
        how = SequenceTraining(
            l2=system.l2, first=system.first, epochs=system.epochs, seed=trial.seed, batch=system.batch
        )
        train, dev = (task.examples(ids) for ids in (parts.train, parts.dev))
        fitted = fit(
            network, train, dev, task.loss, task.score, how, trial.folder,
            watched(trial.folder, system.epochs, system.name),
        )  # fmt: skip
        said = [tuple(fitted.outputs(parts.features(ids))) for ids in (parts.dev, parts.test)]
        Outputs(said[0], said[1], fitted.history, fitted.best_epoch).save(trial.folder)
        watched_to_the_end(trial.folder)
        found = scores([task.values(each) for each in said[1]], parts.gold(parts.test, system.target))
        yield from ((system.target, name, 0, found[name]) for name in MEASURED)


class _Task:
    """What a network of one system learns, and how its outputs become values."""

    def __init__(self, parts: Parts, system: System) -> None:
        from seral_core.deep.concordance import mean_squared, total_concordance
        from seral_core.deep.cost_sensitive import CostSensitive

        self.parts, self.target = parts, system.target
        self.resolutions = Resolutions.of(parts, system.target) if system.kind == "levels" else None
        self.heads = self.resolutions.heads if self.resolutions else (1,)
        losses: dict[str, Any] = {"mse": mean_squared, "ccc": total_concordance}
        self.loss = CostSensitive(self.heads) if self.resolutions else losses[system.kind]

    def examples(self, ids: Sequence[str]) -> list[tuple[Any, Any]]:
        gold = self.parts.gold(ids, self.target)
        wanted = [self.resolutions.classes(each) if self.resolutions else each[:, None] for each in gold]
        return list(zip(self.parts.features(ids), wanted, strict=True))

    def values(self, output: Floats) -> Floats:
        return self.resolutions.values(output) if self.resolutions else np.asarray(output[:, 0], dtype=np.float64)

    def score(self, outputs: list[Floats], _: object) -> float:
        """Return the CCC of all frames of the development part, of values and not of levels."""
        gold = self.parts.gold(self.parts.dev, self.target)
        return ccc(*together(paired([self.values(each) for each in outputs], gold)))
