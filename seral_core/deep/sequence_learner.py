"""A learner of traces: frames in order of time go through recurrent networks, each started and stopped on its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core.deep.padded import outputs_of
from seral_core.deep.recurrent import Recurrent
from seral_core.deep.sequence_training import Example, FitSequences, SequenceTraining
from seral_core.deep.sounds import held_out
from seral_core.deep.trace_coding import Coding, Cut, Straight
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.files import read_text, regular
from seral_core.folders import inside
from seral_core.learners.base import Known, Progress, check_scale, ends, seen
from seral_core.learners.scaled import Measure, labelled
from seral_core.scores.metrics import ccc
from seral_core.types import Floats, Ints, Prediction, Scale, Target, Task
from seral_core.units import shared, taken

#: Fewer labelled recordings than this are all learned from: none tells when to stop.
VALIDATED = 5
WEIGHTS, ABOUT = "networks.safetensors", "sequence-learner.json"


@dataclass
class SequenceLearner:
    """Recurrent networks that learn traces; see `seral_core.deep.blstm.blstm` for the parameters.

    Parameters
    ----------
    task : tuple of Target
        Scales with a rate.
    training : SequenceTraining
        How each network is trained.
    shape : mapping
        ``cells``, ``layers``, ``bidirectional`` and ``noise`` of the networks.
    loss : {"ccc", "sum-ccc", "mse", "levels"}
        What they learn by.
    members : int
        How many there are.
    validation : float
        Share of labelled recordings that tell when to stop.
    levels : int
        Of the loss "levels".
    folder : Path, optional
        For checkpoints within a training.
    """

    task: Task
    training: SequenceTraining
    shape: Mapping[str, Any]
    loss: str
    members: int
    validation: float
    levels: int
    folder: Path | None = None
    _networks: list[Recurrent] = field(default_factory=list, repr=False)
    _codings: dict[str, Coding] = field(default_factory=dict, repr=False)
    _measure: Measure | None = field(default=None, repr=False)
    _normalised: str = field(default="", repr=False)
    _notes: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.members > 1:  # one alone leaves it to bootstrap copies
            self.committee = self.predict

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Train every member from the beginning."""
        seeds = rng.integers(2**31, size=self.members).tolist()
        gold = self._gold(known)
        self._networks, self._notes, self._normalised = [], (), known.table.normalised
        self._codings = {t.name: self._coding(t, gold[:, i], rng) for i, t in enumerate(self.task)}
        rows = [row for row in labelled(known).tolist() if self._learnable(gold[_units(known.table, row)])]
        if not rows:
            return
        self._measure = Measure.of(known.table, np.array(rows, dtype=np.intp))
        table = self._measure.scaled(known.table)
        parts = [(table.values[_units(table, row)], gold[_units(table, row)]) for row in rows]
        trainings = []
        for number, seed in enumerate(seeds):
            trainings.append(self._member(parts, [table.ids[row] for row in rows], seed))
            for history in trainings[-1].run():
                done = (number + len(history) / self.training.epochs) / self.members
                yield Progress(min(1.0, done), f"member {number + 1}, epoch {len(history)}", history)
            self._networks.append(trainings[-1].network)
        broken = sum(training.fitted.diverged for training in trainings)
        if broken:
            self._notes = (f"training of {broken} of {self.members} members diverged; lower the rate",)
        for training in trainings:
            training.forget()

    def predict(self, table: FeatureTable) -> Prediction:
        """Return what each network believes of every frame."""
        check_scale(table, self._normalised)
        for target in self.task:
            seen(table, target)
        outputs = self._outputs(table)
        found, at = {}, 0
        for target in self.task:
            coding = self._codings[target.name]
            heads = [each[:, at : at + coding.width] for each in outputs]
            at += coding.width
            pairs = [coding.decoded(each) for each in heads] or [coding.constant(len(table.values))]
            mean, std = (np.stack(part) for part in zip(*pairs, strict=True))
            found[target.name] = Scale(np.clip(mean, target.low, target.high), std, table.bounds)
        return found

    def notes(self, labels: float) -> tuple[str, ...]:
        """Return what the user should know of the last training."""
        return self._notes

    def save(self, folder: Path) -> None:
        """Keep what was learned."""
        from safetensors.numpy import save_file

        parts: dict[str, Any] = {}
        for number, network in enumerate(self._networks):
            parts |= {f"{number}.{name}": value.cpu().numpy() for name, value in network.state_dict().items()}
        if self._measure is not None:
            parts |= {"mean": self._measure.mean, "width": self._measure.width}
        save_file(parts, folder / WEIGHTS)
        about = {"normalised": self._normalised, "members": len(self._networks),
                 "codings": {name: coding.kept() for name, coding in self._codings.items()}}  # fmt: skip
        (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Bring back what `save` kept."""
        import torch
        from safetensors.numpy import load_file

        about, parts = json.loads(read_text(inside(folder, ABOUT))), load_file(regular(inside(folder, WEIGHTS)))
        kind = Cut if self.loss == "levels" else Straight
        self._normalised = about["normalised"]
        self._codings = {name: kind.of_kept(kept) for name, kept in about["codings"].items()}
        self._measure = Measure(parts["mean"], parts["width"]) if "mean" in parts else None
        self._networks = []
        for number in range(about["members"]):
            assert self._measure is not None
            with torch.device("meta"):  # without memory: a model from elsewhere may name any size, and hold another
                network = self._network(len(self._measure.mean), 0)
            own = {name.partition(".")[2]: value for name, value in parts.items() if name.startswith(f"{number}.")}
            network.load_state_dict({name: torch.from_numpy(value) for name, value in own.items()}, assign=True)
            self._networks.append(network)

    def _gold(self, known: Known) -> Floats:
        """Return gold of every frame of the table and every target, nan where there is none."""
        gold = np.full((len(known.table.values), len(self.task)), np.nan)
        for number, target in enumerate(self.task):
            answers = known.answers[target.name]
            if len(answers.weights) and not (answers.weights == 1).all():
                raise BadPlan(
                    f"got labels of {target.name} with weights other than 1; expected full labels; let blstm learn "
                    "from people's labels alone, or choose another learner"
                )
            units, bounds = taken(seen(known.table, target).bounds, answers.rows)
            frames, values, _ = shared(bounds, answers.bounds, ends(target))
            gold[units[frames], number] = answers.values[values]
        return gold

    def _coding(self, target: Target, gold: Floats, rng: Generator) -> Coding:
        have = gold[~np.isnan(gold)]
        if self.loss == "levels":
            return Cut.fitted(target, have, self.levels, rng)
        return Straight.fitted(target, have)

    def _learnable(self, gold: Floats) -> bool:
        """Whether a recording has gold of a target that varies."""
        return any(self._codings[t.name].width and not np.isnan(gold[:, i]).all() for i, t in enumerate(self.task))

    @property
    def _varying(self) -> list[tuple[int, Coding]]:
        """Targets that networks learn, with their column."""
        codings = [(i, self._codings[target.name]) for i, target in enumerate(self.task)]
        return [(i, coding) for i, coding in codings if coding.width]

    def _network(self, inputs: int, seed: int) -> Recurrent:
        heads = tuple(coding.width for _, coding in self._varying)
        return Recurrent(inputs, heads, **self.shape, seed=seed)

    def _member(self, parts: Sequence[tuple[Any, Floats]], ids: Sequence[str], seed: int) -> FitSequences:
        coded: list[Example] = [
            (features, np.stack([coding.coded(gold[:, i]) for i, coding in self._varying], axis=1))
            for features, gold in parts
        ]
        apart = self._apart(ids, seed)
        train = [each for each, out in zip(coded, apart, strict=True) if not out]
        dev = [each for each, out in zip(coded, apart, strict=True) if out]
        how = replace(self.training, seed=seed, schedule=self.training.schedule if dev else "fixed")
        codings = tuple(coding for _, coding in self._varying)
        loss = codings[0].loss(self.loss, tuple(coding.width for coding in codings))
        network = self._network(parts[0][0].shape[1], seed)
        return FitSequences(network, train, dev, loss, Agreement(codings), how, self.folder)

    def _apart(self, ids: Sequence[str], seed: int) -> Any:
        """Return which recordings tell when to stop: parts of one recording stay together."""
        recordings = [segment.partition("#")[0] for segment in ids]
        if len(ids) < VALIDATED or not self.validation:
            return np.zeros(len(ids), dtype=bool)
        return held_out(recordings, self.validation, np.random.default_rng(seed))

    def _outputs(self, table: FeatureTable) -> list[Floats]:
        """Return what each network puts out, of shape (units, outputs), in the order of units."""
        if self._measure is None or not self._networks:
            return []
        scaled = self._measure.scaled(table)
        features = [scaled.values[_units(scaled, row)] for row in range(len(table))]
        device = self.training.device
        return [np.concatenate(outputs_of(network, features, device=device)) for network in self._networks]


@dataclass(frozen=True)
class Agreement:
    """How well decoded outputs agree with gold on recordings that were kept apart: mean CCC over targets.

    Parameters
    ----------
    codings : tuple of Coding
        Of the targets, in the order of outputs.
    """

    codings: tuple[Coding, ...]

    def __call__(self, outputs: list[Floats], gold: list[Any]) -> float:
        """Return the mean; a target without gold does not count."""
        together, truth, found, at = np.concatenate(outputs), np.concatenate(gold), [], 0
        for number, coding in enumerate(self.codings):
            have = ~np.isnan(truth[:, number])
            guess = coding.decoded(together[have, at : at + coding.width])[0]
            at += coding.width
            if have.any():
                found.append(ccc(coding.uncoded(truth[have, number]), guess))
        return float(np.mean(found))


def _units(table: FeatureTable, row: int) -> slice:
    bounds: Ints = table.bounds
    return slice(int(bounds[row]), int(bounds[row + 1]))
