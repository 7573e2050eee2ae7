"""Training on sequences: batches of like length, when to stop, a checkpoint an epoch; numpy in, numpy out."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from seral_core.deep.concordance import Loss
from seral_core.deep.devices import device_of, drawing_from
from seral_core.deep.padded import Numbers, as_sequence, outputs_of, padded
from seral_core.deep.sounds import batches
from seral_core.digests import digest
from seral_core.errors import BadFeatures, BadPlan
from seral_core.files import remove, replacing
from seral_core.types import Floats

#: Features of shape (frames, columns), and gold of shape (frames, targets) with nan where there is none.
Example: TypeAlias = tuple[Numbers, Numbers]
#: How good outputs are, one array of shape (frames, outputs) a sequence, beside gold; higher is better.
Score: TypeAlias = Callable[[list[Floats], list[Numbers]], float]
#: What was measured in an epoch.
Epoch: TypeAlias = dict[str, float]


class SequenceNetwork(Protocol):
    """A torch module that takes features of shape (sequences, frames, columns), and the length of each sequence."""

    def __call__(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Return outputs of shape (sequences, frames, outputs)."""
        ...


@dataclass(frozen=True)
class SequenceTraining:
    """How a network of sequences is trained; the defaults are those of Le et al. (2017).

    Parameters
    ----------
    optimiser : {"adam", "sgd"}
        Which takes the steps.
    rate : float
        Learning rate at the beginning.
    momentum : float
        Of "sgd"; D4.2 takes .9.
    l2 : float
        Weight of the squared weights in the loss.
    batch : int
        Sequences a step.
    epochs : int
        Most passes over all sequences.
    schedule : {"two-stage", "plateau", "fixed"}
        "two-stage": ``first`` epochs, then from the best of them on, with the rate halved after every epoch that does
        not improve the score on dev, until it is below ``least_rate``. "plateau": the rate stays, and training ends
        after ``patience`` epochs without improvement. Both keep the best epoch. "fixed": all epochs, and the last is
        kept.
    first : int
        Epochs of the first stage.
    least_rate : float
        Where the second stage ends.
    patience : int
        Of "plateau".
    seed : int
        Of the order of sequences, and of what the network draws.
    device : str
        "auto", "cpu", "cuda" or "mps".

    Examples
    --------
    >>> SequenceTraining(schedule="soon")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got schedule 'soon'; expected two-stage, plateau or fixed; correct it
    """

    optimiser: Literal["adam", "sgd"] = "adam"
    rate: float = 0.002
    momentum: float = 0.9
    l2: float = 0.0
    batch: int = 1
    epochs: int = 40
    schedule: Literal["two-stage", "plateau", "fixed"] = "two-stage"
    first: int = 20
    least_rate: float = 1e-5
    patience: int = 10
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.schedule not in ("two-stage", "plateau", "fixed"):
            raise BadPlan(f"got schedule '{self.schedule}'; expected two-stage, plateau or fixed; correct it")
        if self.optimiser not in ("adam", "sgd"):
            raise BadPlan(f"got optimiser '{self.optimiser}'; expected adam or sgd; correct it")
        if min(self.batch, self.epochs, self.first, self.patience) < 1 or not self.rate > 0:
            raise BadPlan(
                f"got batches of {self.batch}, {self.epochs} epochs, {self.first} in the first stage, patience "
                f"{self.patience} and rate {self.rate:g}; expected 1 or more of each and a positive rate; correct them"
            )


@dataclass(frozen=True)
class Fitted:
    """What a training came to.

    Parameters
    ----------
    network : Module
        With the weights that were kept.
    history : tuple of dict
        An entry an epoch: ``epoch``, ``loss`` of training (by sequence), ``validation_score`` on dev, and ``rate``.
    best_epoch : int
        Whose weights were kept; 0 for those of the beginning.
    diverged : bool
        Whether training ended because loss or weights were no numbers any more; that epoch is not in ``history``.
    device : str
        Where to compute.
    """

    network: Any
    history: tuple[Epoch, ...]
    best_epoch: int
    diverged: bool = False
    device: str = "cpu"

    def outputs(self, features: Sequence[Numbers], batch: int = 8) -> list[Floats]:
        """Return what the network says of sequences of shape (frames, columns), each of shape (frames, outputs)."""
        return outputs_of(self.network, features, batch, self.device)


def fit(
    network: nn.Module, train: Sequence[Example], dev: Sequence[Example], loss: Loss, score: Score,
    settings: SequenceTraining, folder: Path | None = None, report: Callable[[tuple[Epoch, ...]], object] | None = None,
) -> Fitted:  # fmt: skip
    """Train a network to the end.

    Parameters
    ----------
    network : Module
        A `SequenceNetwork`; trained in place.
    train, dev : sequence of (features, gold)
        Of shape (frames, columns) and (frames, targets); gold is nan where there is none, and class numbers for losses
        of classes. Dev may be empty where the schedule is "fixed".
    loss : callable
        What is made smaller, such as `seral_core.deep.concordance.sum_of_concordance`.
    score : callable
        What on dev tells when to stop; higher is better.
    settings : SequenceTraining
        How.
    folder : Path, optional
        Where a checkpoint an epoch is kept; the same call goes on from it, and returns at once where it had ended.
    report : callable, optional
        Gets the history after each epoch.

    Returns
    -------
    Fitted
        The network with the weights of the best epoch.

    Examples
    --------
    >>> from seral_core.deep.concordance import mean_squared
    >>> from seral_core.deep.recurrent import Recurrent
    >>> rise = np.linspace(-1, 1, 20)[:, None]
    >>> better = lambda outputs, gold: -float(np.mean((outputs[0] - gold[0]) ** 2))
    >>> settings = SequenceTraining(rate=0.05, epochs=30)
    >>> fitted = fit(Recurrent(1, cells=4, layers=1), [(rise, rise)], [(rise, rise)], mean_squared, better, settings)
    >>> len(fitted.history), fitted.history[-1]["loss"] < fitted.history[0]["loss"] / 10
    (30, True)
    """
    training = FitSequences(network, train, dev, loss, score, settings, folder)
    for history in training.run():
        if report is not None:
            report(history)
    return training.fitted


class FitSequences:
    """One training on its way; see `fit` for the parameters."""

    def __init__(
        self, network: nn.Module, train: Sequence[Example], dev: Sequence[Example], loss: Loss, score: Score,
        settings: SequenceTraining, folder: Path | None = None,
    ) -> None:  # fmt: skip
        if not train or not (dev or settings.schedule == "fixed"):
            raise BadPlan(
                f"got {len(train)} sequences to learn from and {len(dev)} to tell when to stop; expected one or more "
                "of each; label more, or take the schedule fixed"
            )
        self.device = device_of(settings.device)
        self.network: Any = network.to(self.device)
        self.train, self.dev, self.loss, self.score, self.settings = train, dev, loss, score, settings
        self.examples = [_tensors(each, self.device) for each in train]
        self.file = None if folder is None else folder / f"training-{self._key()}.pt"
        self.state: dict[str, Any] = {"epoch": 0, "waited": 0, "best_epoch": 0, "best_score": -math.inf, "history": [],
                                      "ended": False, "diverged": False}  # fmt: skip
        self._begin_optimiser(settings.rate)
        self._remember()

    @property
    def fitted(self) -> Fitted:
        """What the training came to."""
        state = self.state
        return Fitted(self.network, tuple(state["history"]), state["best_epoch"], state["diverged"],
                      self.settings.device)  # fmt: skip

    def run(self) -> Iterator[tuple[Epoch, ...]]:
        """Train to the end; yield the history after each epoch."""
        self._restore()
        while not self.state["ended"]:
            self._one_epoch()
            self._judge()
            self._plan_next()
            self._keep()
            yield tuple(self.state["history"])
        self.network.load_state_dict(self.state["best"]["network"])
        self.network.eval()

    def forget(self) -> None:
        """Remove the checkpoint."""
        if self.file is not None:
            remove(self.file)

    def _one_epoch(self) -> None:
        settings, epoch, total = self.settings, self.state["epoch"], 0.0
        rng = np.random.default_rng([settings.seed, epoch])
        self.network.train()
        for number, rows in enumerate(batches([len(each[0]) for each in self.examples], settings.batch, rng)):
            with drawing_from(settings.seed, epoch, number):
                features, lengths = padded([self.examples[row][0] for row in rows])
                gold, _ = padded([self.examples[row][1] for row in rows], math.nan)
                known = ~gold.isnan()
                loss = self.loss(self.network(features, lengths), gold.nan_to_num(), known)
                self.optimiser.zero_grad(set_to_none=True)
                loss.backward()
                self.optimiser.step()
            total += float(loss.detach())
        self.state["epoch"] += 1
        entry = {"epoch": self.state["epoch"], "loss": total / len(self.examples), "rate": self._rate}
        self.state["history"].append(entry)

    def _judge(self) -> None:
        """Score dev; keep the weights where they are the best so far, and none that are no numbers."""
        entry, state = self.state["history"][-1], self.state
        sound = math.isfinite(entry["loss"]) and all(bool(w.isfinite().all()) for w in self.network.parameters())
        score = -math.inf
        if sound and self.dev:
            found = outputs_of(self.network, [each[0] for each in self.dev], 8, self.settings.device)
            sound = all(bool(np.isfinite(each).all()) for each in found)
            score = entry["validation_score"] = self._score(found) if sound else score
        if not sound:
            state["history"].pop()
        better = sound and (score > state["best_score"] or self.settings.schedule == "fixed")
        state["waited"] = 0 if better else state["waited"] + 1
        state["diverged"] = not sound
        if better:
            state |= {"best_epoch": state["epoch"], "best_score": score}
            self._remember()

    def _score(self, found: list[Floats]) -> float:
        score = float(self.score(found, [each[1] for each in self.dev]))
        if not math.isfinite(score):
            raise BadPlan(f"got {score} as the score on dev; expected a number; let every sequence of dev have gold")
        return score

    def _plan_next(self) -> None:
        """Set the rate of the next epoch, or end."""
        state, settings = self.state, self.settings
        if settings.schedule == "two-stage" and state["epoch"] == settings.first and not state["diverged"]:
            self.network.load_state_dict(state["best"]["network"])
            self.optimiser.load_state_dict(copy.deepcopy(state["best"]["optimiser"]))
        elif settings.schedule == "two-stage" and state["epoch"] > settings.first and state["waited"]:
            self._set_rate(self._rate / 2)
        state["ended"] = (
            state["diverged"]
            or state["epoch"] >= settings.epochs
            or (settings.schedule == "two-stage" and self._rate < settings.least_rate)
            or (settings.schedule == "plateau" and state["waited"] >= settings.patience)
        )

    def _begin_optimiser(self, rate: float) -> None:
        learned = [weights for weights in self.network.parameters() if weights.requires_grad]
        if self.settings.optimiser == "adam":
            self.optimiser: torch.optim.Optimizer = torch.optim.Adam(learned, lr=rate, weight_decay=self.settings.l2)
        else:
            self.optimiser = torch.optim.SGD(
                learned, lr=rate, momentum=self.settings.momentum, weight_decay=self.settings.l2
            )

    @property
    def _rate(self) -> float:
        return float(self.optimiser.param_groups[0]["lr"])

    def _set_rate(self, rate: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def _remember(self) -> None:
        self.state["best"] = copy.deepcopy(
            {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}
        )

    def _key(self) -> str:
        """Return a hash of all that the result depends on."""
        found = hashlib.sha256(repr((self.settings, self.network, len(self.train))).encode())
        found.update((digest(self.loss) + digest(self.score)).encode())
        for name, weights in self.network.state_dict().items():
            found.update(name.encode() + weights.detach().cpu().numpy().tobytes())
        for part in (part for example in (*self.train, *self.dev) for part in example):
            found.update(repr(part.shape).encode() + np.ascontiguousarray(part, dtype=np.float32).tobytes())
        return found.hexdigest()[:16]

    def _keep(self) -> None:
        if self.file is None:
            return
        kept = dict(self.state)
        if kept["ended"]:
            kept["best"] = {"network": kept["best"]["network"]}
        else:
            kept |= {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.file) as draft:
            torch.save(kept, draft)

    def _restore(self) -> None:
        if self.file is None or not self.file.exists():
            return
        state = torch.load(self.file, map_location=self.device, weights_only=True)
        if not state["ended"]:
            self.network.load_state_dict(state.pop("network"))
            self.optimiser.load_state_dict(state.pop("optimiser"))
        self.state = state


def _tensors(example: Example, device: torch.device) -> tuple[Tensor, Tensor]:
    features, gold = example
    if gold.ndim != 2 or len(features) != len(gold) or not len(gold):
        raise BadFeatures(
            f"got features of shape {features.shape} with gold of shape {gold.shape}; expected one row of gold for "
            "each frame, one or more frames; bring both to one rate"
        )
    return as_sequence(features, device), as_sequence(gold, device)
