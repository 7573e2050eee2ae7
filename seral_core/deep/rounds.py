"""The training of one round: where it starts, its epochs, when it stops, and its checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from seral_core.deep.devices import drawing_from
from seral_core.deep.fine_tuning_settings import FineTuning
from seral_core.deep.network import Network, as_tensor
from seral_core.deep.sounds import Sounds, batches, cut
from seral_core.features.audio import RATE_HZ
from seral_core.files import remove, replacing
from seral_core.learners.base import Progress
from seral_core.learners.softmax import SoftmaxRegression
from seral_core.threads import one_thread
from seral_core.types import Floats, Ints


@dataclass(frozen=True)
class Labels:
    """What a round learns from.

    Parameters
    ----------
    segments : sequence of str
        Labelled clips.
    values : Ints of shape (clips,)
        Class numbers.
    weights : Floats of shape (clips,)
        Of each in the loss.
    apart : bool array of shape (clips,)
        Those that only tell when to stop.
    """

    segments: Sequence[str]
    values: Ints
    weights: Floats
    apart: NDArray[np.bool_]

    def part(self, apart: bool) -> Labels:
        """Return those to learn from, or those that tell when to stop."""
        rows = np.flatnonzero(self.apart == apart)
        segments = [self.segments[i] for i in rows.tolist()]
        return Labels(segments, self.values[rows], self.weights[rows], self.apart[rows])


@dataclass
class Training:
    """One round's training.

    Parameters
    ----------
    network : Network
        Begins as the last round's.
    settings : FineTuning
        How.
    labels : Labels
        All of them.
    vectors_of, scale_of : callable
        Give vectors of whole clips by the present network, and by what they are scaled.
    sounds : Sounds
        At 16 kHz.
    device : torch.device
        Where to compute.
    """

    network: Network
    settings: FineTuning
    labels: Labels
    vectors_of: Callable[[Sequence[str]], Tensor]
    scale_of: Callable[[Sequence[str]], tuple[Tensor, Tensor]]
    sounds: Sounds
    device: torch.device

    def run(self, key: int, folder: Path | None) -> Iterator[Progress]:
        """Train to the end; where a training of the same address was stopped, go on with it.

        Where vectors are kept, and a training costs seconds, it is done twice: held-out labels tell how many
        epochs, and then all labels are learned from for as long.
        """
        best = 0
        if self.settings.keeps_vectors:
            means, scales = self.scale_of(self.labels.segments)
            self._kept = (self.vectors_of(self.labels.segments) - means) / scales
            self._row = {segment: row for row, segment in enumerate(self.labels.segments)}
        if self.labels.apart.any():
            yield from self._epochs(self.labels.part(False), self.labels.part(True), key, folder, self.settings.epochs)
            best = self._best_epoch
        if self.settings.keeps_vectors or not self.labels.apart.any():
            whole = replace(self.labels, apart=np.zeros(len(self.labels.segments), dtype=bool))
            yield from self._epochs(whole, None, key + 1, folder, best)
        yield Progress(1.0, f"{best} of {self.settings.epochs} epochs")

    def _epochs(
        self, train: Labels, held: Labels | None, key: int, folder: Path | None, most: int
    ) -> Iterator[Progress]:
        place = folder / f"training-{key:x}.pt" if folder is not None and not self.settings.keeps_vectors else None
        learned = [p for p in self.network.parameters() if p.requires_grad]
        with drawing_from(key):
            self._start(train)
        optimiser = torch.optim.Adam(learned, lr=self.settings.rate)
        state: dict[str, Any] = {"epoch": 0, "waited": 0, "best_epoch": 0, "loss": self._loss(held), "history": []}
        state = self._restored(place, optimiser) or state | {"best": self._weights()}
        while state["epoch"] < most and state["waited"] < self.settings.patience:
            for step in self._one(train, optimiser, key, state["epoch"], most):
                yield replace(step, epochs=tuple(state["history"]))
            state["epoch"] += 1
            loss = self._loss(held)
            better = held is None or loss < state["loss"]
            state["waited"] = 0 if better else state["waited"] + 1
            if better:
                state |= {"best_epoch": state["epoch"], "loss": loss, "best": self._weights()}
            if held:
                state["history"].append({"epoch": state["epoch"], "validation_loss": loss})
            self._keep(place, state, optimiser)
            told = f"epoch {state['epoch']}: validation loss {loss:.3f}" if held else f"epoch {state['epoch']}"
            yield Progress(state["epoch"] / most, told, tuple(state["history"]))
        self.network.load_state_dict(state["best"], strict=False)
        self.network.eval()
        self._best_epoch = int(state["best_epoch"])
        if place is not None:
            remove(place)

    def _start(self, train: Labels) -> None:
        """Begin the classifier with logistic regression on what the encoder now gives."""
        seen = np.unique(train.values)
        if self.settings.start == "last" or len(seen) < 2:
            return
        self.network.eval()
        with torch.inference_mode():
            means, scales = self.scale_of(train.segments)
            rows = ((self.vectors_of(train.segments) - means) / scales).cpu().numpy()
        with one_thread():
            model = SoftmaxRegression(C=self.settings.C).fit(rows, train.values, train.weights)
        linear = self.network.classifier.linear
        with torch.no_grad():
            linear.weight.zero_()
            linear.bias.fill_(float(model.intercept_.min()))
            linear.weight[seen] = as_tensor(model.coef_.astype(np.float32), self.device)
            linear.bias[seen] = as_tensor(model.intercept_.astype(np.float32), self.device)

    def _one(
        self, train: Labels, optimiser: torch.optim.Optimizer, key: int, epoch: int, most: int
    ) -> Iterator[Progress]:
        rng = np.random.default_rng([key, epoch])
        lengths = [1] * len(train.segments) if self._whole_clips else [self.sounds.length(s) for s in train.segments]
        found = batches(lengths, self.settings.batch, rng)
        self.network.train()
        for number, rows in enumerate(found):
            with drawing_from(key, epoch, number):
                some = [train.segments[row] for row in rows]
                loss = self._cross_entropy(self._scaled(some, rng), train.values[rows], train.weights[rows])
                (loss / self.settings.accumulate).backward()
                if (number + 1) % self.settings.accumulate == 0 or number + 1 == len(found):
                    optimiser.step()
                    optimiser.zero_grad(set_to_none=True)
            if not self.settings.keeps_vectors:
                done = (epoch + (number + 1) / len(found)) / most
                yield Progress(done, f"epoch {epoch + 1} of {most}, step {number + 1} of {len(found)}")

    @property
    def _whole_clips(self) -> bool:
        return self.settings.train == "frozen"

    def _scaled(self, segments: Sequence[str], rng: np.random.Generator) -> Tensor:
        """Return scaled vectors of a batch in training: of whole clips, or of cuts of the same length."""
        if self.settings.keeps_vectors:
            return self._kept[[self._row[segment] for segment in segments]]
        means, scales = self.scale_of(segments)
        if self._whole_clips:
            return (self.vectors_of(segments) - means) / scales
        most, hop = int(self.settings.crop_s * RATE_HZ), self.network.backbone.about.hop
        pieces, _ = cut([self.sounds[segment] for segment in segments], most, hop, rng)
        return (self.network.vectors(pieces, self.device) - means) / scales

    def _cross_entropy(self, vectors: Tensor, values: Ints, weights: Floats) -> Tensor:
        """Return Eq. 9: the mean over clips, each with its weight."""
        scores = self.network.classifier(vectors)
        each = functional.cross_entropy(scores, as_tensor(values.astype(np.int64), self.device), reduction="none")
        weight = as_tensor(weights.astype(np.float32), self.device)
        return (each * weight).sum() / weight.sum()

    def _loss(self, held: Labels | None) -> float:
        if held is None:
            return float("inf")
        self.network.eval()
        with drawing_from(0), torch.inference_mode():
            means, scales = self.scale_of(held.segments)
            vectors = (self.vectors_of(held.segments) - means) / scales
            # A class that only these labels have cannot be said, and tells nothing.
            return float(self._cross_entropy(vectors, held.values, held.weights))

    def _weights(self) -> dict[str, Tensor]:
        return {name: value.detach().cpu().clone() for name, value in self.network.learned.items()}

    def _keep(self, place: Path | None, state: dict[str, Any], optimiser: torch.optim.Optimizer) -> None:
        if place is not None:
            with replacing(place) as draft:
                torch.save({**state, "now": self._weights(), "optimiser": optimiser.state_dict()}, draft)

    def _restored(self, place: Path | None, optimiser: torch.optim.Optimizer) -> dict[str, Any] | None:
        if place is None or not place.exists():
            return None
        state: dict[str, Any] = torch.load(place, weights_only=True)
        self.network.load_state_dict(state.pop("now"), strict=False)
        optimiser.load_state_dict(state.pop("optimiser"))
        return state
