"""The loop of task adaptation pre-training: masked batches, epochs, early stopping, a checkpoint an epoch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seral_core.deep.backbone import Backbone
from seral_core.deep.codewords import codewords, described_frames
from seral_core.deep.devices import device_of, drawing_from, mixed
from seral_core.deep.masks import spans
from seral_core.deep.objectives import QUANTISED, Contrastive, MaskedPrediction, Tally
from seral_core.deep.sounds import Sounds, batches, cut, held_out
from seral_core.deep.tapt_job import TaptJob, said
from seral_core.features.audio import RATE_HZ
from seral_core.features.signals import Signals
from seral_core.files import replacing
from seral_core.learners.base import Progress

#: Temperature of the Gumbel softmax, where it begins and ends, and its factor for each step: with random weights, and
#: where pre-training ended at .5 already.
GUMBEL = {True: (2.0, 0.5, 0.9985), False: (0.5, 0.5, 1.0)}
#: Roles of random numbers beside the epoch's.
MODEL, SPLIT, HELD_OUT = 1_000_001, 1_000_002, 1_000_003


class Pretraining:
    """One adaptation on its way.

    Parameters
    ----------
    job : TaptJob
        What is to be done.
    work : Path
        Keeps ``codewords.npz`` and ``checkpoint.pt``.
    """

    def __init__(self, job: TaptJob, work: Path) -> None:
        self.job, self.work, self.settings, self.about = job, work, job.full_settings, job.about
        self.device = device_of(job.device)
        self.sounds = Sounds(Signals(job.corpus))
        self.history: list[dict[str, float]] = []
        self.epoch, self.step, self.seconds_before, self.waited = 0, 0, 0.0, 0
        self.best: dict[str, Tensor] = {}

    def run(self) -> Iterator[Progress]:
        """Train to the end; yield after every step."""
        begun_s = time.monotonic()
        train, held = self._split()
        yield from self._begin([*train, *held])
        self._restore()
        while self.epoch < self.settings.epochs and self.waited < self.settings.patience:
            text = said(self.history[-1], self.settings.epochs) if self.history else "first epoch"
            yield from self._one_epoch(train, text)
            self._judge(held)
            self._keep(begun_s)
            yield self._progress(self.epoch, said(self.history[-1], self.settings.epochs))

    def write(self, path: Path) -> None:
        """Write the weights of the best epoch, by the names that they have in a model's folder."""
        from safetensors.torch import save_file

        drop = {"backbone.network.": "", "backbone.mask_vector": "mask_vector", "objective.": ""}
        found = {}
        for name, value in self.best.items():
            prefix = next(each for each in drop if name.startswith(each))
            found[drop[prefix] + name.removeprefix(prefix)] = value.contiguous().clone()
        save_file(found, path, metadata={"format": "pt"})

    def _split(self) -> tuple[list[str], list[str]]:
        """Return the clips that are learned from, and those that the loss is watched on."""
        rng = np.random.default_rng([self.job.seed, SPLIT])
        clips = sorted(self.job.segments)
        if self.settings.most:
            clips = sorted(rng.permutation(clips)[: max(4, self.settings.most)].tolist())
        apart = held_out(self.job.corpus.speakers_of(clips), self.settings.held_out, rng)
        return [c for c, out in zip(clips, apart) if not out], [c for c, out in zip(clips, apart) if out]

    def _begin(self, clips: Sequence[str]) -> Iterator[Progress]:
        """Make codewords where they are needed, then network, objective and optimiser."""
        self.codes: dict[str, NDArray[np.int16]] = {}
        if self.about.kind not in QUANTISED:
            yield from self._make_codewords(clips)
        words = 1 + max((int(codes.max()) for codes in self.codes.values()), default=0)
        backbone = Backbone(self.about, checkpointing=self.settings.checkpointing)
        with drawing_from(self.job.seed, MODEL):  # not around the encoder: one that is loaded already draws nothing
            objective = (
                Contrastive(backbone, _further(self.about.weights))
                if self.about.kind in QUANTISED
                else MaskedPrediction(backbone, words)
            )
        if not self.job.random_weights:
            backbone.freeze_convolutions()
        self.model = torch.nn.ModuleDict({"backbone": backbone, "objective": objective}).to(self.device)
        self.optimiser = torch.optim.Adam(
            [p for p in self.model.parameters() if p.requires_grad], lr=self.settings.rate
        )

    def _make_codewords(self, clips: Sequence[str]) -> Iterator[Progress]:
        path = self.work / "codewords.npz"
        if not path.exists():
            frames = []
            wanted = described_frames(self.about, self.sounds, clips, heard=not self.job.random_weights)
            for number, each in enumerate(wanted):
                frames.append(each)
                yield Progress(0.0, f"frames for codewords: clip {number + 1} of {len(clips)}")
            found = codewords(frames, self.settings.words, self.job.seed)
            with replacing(path) as draft, draft.open("wb") as file:
                np.savez(file, codes=np.concatenate(found), ends=np.cumsum([len(each) for each in found]))
        with np.load(path) as kept:
            parts = np.split(kept["codes"], kept["ends"][:-1])
        self.codes = dict(zip(clips, parts, strict=True))

    def _one_epoch(self, clips: Sequence[str], text: str) -> Iterator[Progress]:
        rng = np.random.default_rng([self.job.seed, self.epoch])
        found, tally = batches([self.sounds.length(clip) for clip in clips], self.settings.batch, rng), None
        self.model.train()
        for number, rows in enumerate(found):
            last = (number + 1) % self.settings.accumulate == 0 or number + 1 == len(found)
            with drawing_from(self.job.seed, self.epoch, number):
                here = self._learn([clips[row] for row in rows], rng, last=last)
            tally = here if tally is None else _joined(tally, here)
            line = f"epoch {self.epoch + 1}, step {number + 1} of {len(found)}; {text}"
            yield self._progress(self.epoch + (number + 1) / len(found), line)
        assert tally is not None
        self.epoch += 1
        self.history.append({"epoch": self.epoch, **tally.means()})

    def _progress(self, epochs: float, text: str) -> Progress:
        return Progress(epochs / self.settings.epochs, text, tuple(self.history))

    def _learn(self, clips: Sequence[str], rng: np.random.Generator, *, last: bool) -> Tally:
        begin, end, factor = GUMBEL[self.job.random_weights]
        objective: Any = self.model["objective"]
        if isinstance(objective, Contrastive):
            objective.quantizer.temperature = max(begin * factor**self.step, end)
        loss, tally = self._through(clips, rng)
        (loss / self.settings.accumulate).backward()
        if last:
            self.step += 1
            for group in self.optimiser.param_groups:
                group["lr"] = self.settings.rate * min(1.0, self.step / max(1, self.settings.warm_up))
            self.optimiser.step()
            self.optimiser.zero_grad(set_to_none=True)
        return tally

    def _through(self, clips: Sequence[str], rng: np.random.Generator) -> tuple[Tensor, Tally]:
        """Hide frames of a batch, and return the loss and the tally of what is said about them."""
        backbone: Any = self.model["backbone"]
        pieces, first = cut([self.sounds[c] for c in clips], int(self.settings.crop_s * RATE_HZ), self.about.hop, rng)
        count = backbone.frames(len(pieces[0]))
        known = [self.codes[clip][at : at + count] for clip, at in zip(clips, first, strict=True) if self.codes]
        count = min([count, *(len(each) for each in known)])
        mask = np.zeros((len(clips), backbone.frames(len(pieces[0]))), dtype=bool)
        mask[:, :count] = spans(len(clips), count, self.settings.share, self.settings.span, rng)
        codes = np.zeros(mask.shape, dtype=np.int64)
        for row, each in enumerate(known):
            codes[row, :count] = each[:count]
        hidden = torch.from_numpy(mask).to(self.device)
        with mixed(self.device):
            heard = backbone(backbone.prepared(pieces).to(self.device), hidden)
            loss, tally = self.model["objective"](heard, hidden, torch.from_numpy(codes).to(self.device))
        return loss, tally

    def _judge(self, clips: Sequence[str]) -> None:
        """Write down the loss on held-out clips, with the same cuts and masks every time."""
        self.model.eval()
        rng, tally = np.random.default_rng([self.job.seed, HELD_OUT]), None
        for rows in batches([self.sounds.length(clip) for clip in clips], self.settings.batch, rng):
            with drawing_from(self.job.seed, HELD_OUT), torch.inference_mode():
                _, here = self._through([clips[row] for row in rows], rng)
            tally = here if tally is None else _joined(tally, here)
        assert tally is not None
        means = tally.means()
        names = {"loss": "held_out_loss", "accuracy": "held_out_accuracy", "perplexity": "held_out_perplexity"}
        before = min((each["held_out_loss"] for each in self.history[:-1]), default=np.inf)
        self.history[-1] |= {new: means[old] for old, new in names.items()}
        self.waited = 0 if means["loss"] < before else self.waited + 1
        if not self.waited:
            self.best = {name: value.detach().cpu().clone() for name, value in self.model.state_dict().items()}

    def _keep(self, begun_s: float) -> None:
        state = {
            "model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(), "best": self.best,
            "epoch": self.epoch, "step": self.step, "waited": self.waited, "history": self.history,
            "seconds": self.seconds_before + time.monotonic() - begun_s,
        }  # fmt: skip
        with replacing(self.work / "checkpoint.pt") as draft:
            torch.save(state, draft)

    def _restore(self) -> None:
        path = self.work / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.best = {name: value.cpu() for name, value in state["best"].items()}
        self.epoch, self.step, self.waited = state["epoch"], state["step"], state["waited"]
        self.history, self.seconds_before = state["history"], state["seconds"]


def _joined(tally: Tally, more: Tally) -> Tally:
    tally.add(more)
    return tally


def _further(paths: Sequence[Path]) -> dict[str, Tensor]:
    """Return weights beside the encoder's: those of the quantiser and its projections."""
    from safetensors import safe_open

    found: dict[str, Tensor] = {}
    for path in paths:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - it is no dictionary
                if name.startswith(("quantizer.", "project_q.", "project_hid.")):
                    found[name] = file.get_tensor(name).float()
    return found
