"""One network of D4.2, section 5: filters and LSTM layers on samples of sound, or the same layers on features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from seral_core.errors import BadPlan, MissingExtra
from seral_core.features.prosody import prosody
from seral_core.files import replacing
from seral_core.recipes.cells import Trial
from seral_core.recipes.end_to_end.following import Followed, followed
from seral_core.recipes.in_time import InTime, Parts
from seral_core.recipes.outputs_in_time import Outputs, watched, watched_to_the_end
from seral_core.scores.metrics import ccc
from seral_core.sequences.chain import Chain
from seral_core.sequences.scoring import paired, scores, together
from seral_core.types import Floats

Hears = Literal["samples", "features"]
Learns = Literal["ccc", "mse"]
#: What is measured of a network on test recordings, after the chain and before it.
MEASURED = ("ccc", "rmse")
#: Table of what the chain kept, beside a trial.
CHAIN = "chain.parquet"


@dataclass(frozen=True)
class System:
    """What is trained for all targets together.

    Parameters
    ----------
    hears : {"samples", "features"}
        Samples of sound, or features made by hand.
    learns : {"ccc", "mse"}
        The CCC of all frames of a batch, or squared error.

    Examples
    --------
    >>> System("samples", "ccc").name
    'samples ccc'
    """

    hears: Hears
    learns: Learns

    @property
    def name(self) -> str:
        """What its trials are called."""
        return f"{self.hears} {self.learns}"


@dataclass(frozen=True)
class Size:
    """How large networks are, and how long they learn; the defaults are the paper's where it says.

    Parameters
    ----------
    filters : int
        Of both layers; two channels are left by pooling.
    every : int
        One sample of so many stays, after a low-pass filter: 1 for 16 kHz, 2 for 8 kHz.
    cells : int
        LSTM cells a layer and direction, of two layers.
    batch : int
        Pieces a step; the paper has 50.
    epochs, patience : int
        Passes over all pieces at most, and passes without improvement after which training ends.
    longer : int
        Networks on features, which cost a tenth, have so many times the epochs.
    seconds, heard : float
        Length of pieces in training, and of those that recordings are predicted in: a network that hears more at once
        has fewer ends, where it knows only one side.
    """

    filters: int = 40
    every: int = 1
    cells: int = 128
    batch: int = 10
    epochs: int = 60
    patience: int = 15
    longer: int = 1
    seconds: float = 6.0
    heard: float = 30.0

    def epochs_of(self, hears: str) -> int:
        """Return how many epochs networks on samples or features have at most."""
        return self.epochs * (self.longer if hears == "features" else 1)


@dataclass(frozen=True)
class Networks:
    """Trains one network; keeps what it says of recordings, and what its cells do beside energy and pitch.

    Parameters
    ----------
    sounds, features : InTime
        The same recordings, as samples and as features.
    systems : tuple of System
        Those whose names are variants of trials.
    size : Size
        Of all networks.
    """

    sounds: InTime
    features: InTime
    systems: tuple[System, ...]
    size: Size = Size()

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Yield scores on test recordings; a killed training goes on from its last epoch."""
        try:
            from seral_core.deep.sequence_training import SequenceTraining, fit
            from seral_core.deep.waveform_network import waveform_outputs
        except ImportError:
            raise MissingExtra("the recipe end-to-end", "torch", "deep") from None
        system = next(each for each in self.systems if each.name == trial.variant)
        task = _Task(self, system.hears, trial.seed)
        parts, size = task.parts, self.size
        epochs = size.epochs_of(system.hears)
        how = SequenceTraining(
            rate=0.002, batch=size.batch, epochs=epochs, schedule="plateau", patience=size.patience, seed=trial.seed
        )
        fitted = fit(
            task.network(), task.pieces(parts.train, size.seconds), task.pieces(parts.dev, size.heard),
            _loss(system.learns), mean_ccc, how, trial.folder, watched(trial.folder, epochs, system.name),
        )  # fmt: skip
        dev, test = (waveform_outputs(fitted.network, task.heard(ids), task.frames) for ids in (parts.dev, parts.test))
        after = self._after(trial, parts, dev, test)
        Outputs(*after, fitted.history, fitted.best_epoch).save(trial.folder)
        if system == System("samples", "ccc"):
            self._follow(task, fitted.network).save(trial.folder)
        watched_to_the_end(trial.folder)
        for number, target in enumerate(parts.task):
            for column, text in ((number + len(parts.task), ""), (number, ", before the chain")):
                found = scores([each[:, column] for each in after[1]], parts.gold(parts.test, target.name))
                yield from ((target.name, f"{name}{text}", 0, found[name]) for name in MEASURED)

    def _after(
        self, trial: Trial, parts: Parts, dev: list[Floats], test: list[Floats]
    ) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
        """Return predictions with further columns, those after the chain that is best on development recordings."""
        tables, chained = [], ([*dev], [*test])
        for number, target in enumerate(parts.task):
            gold = parts.gold(parts.dev, target.name)
            chain = Chain.fit([each[:, number] for each in dev], gold, parts.rate_hz)
            tables.append(chain.table().assign(target=target.name))
            for of_part in chained:
                after = chain.apply([each[:, number] for each in of_part])
                of_part[:] = [np.column_stack(pair) for pair in zip(of_part, after, strict=True)]
        with replacing(trial.folder / CHAIN) as draft:
            pd.concat(tables).to_parquet(draft, index=False)
        return tuple(chained[0]), tuple(chained[1])

    def _follow(self, task: _Task, network: Any) -> Followed:
        parts = task.parts
        ids = (*parts.dev, *parts.test)
        heard = dict(zip(ids, task.heard(ids), strict=True))
        samples = zip(ids, parts.features(ids), strict=True)
        curves = {i: prosody(each.ravel(), len(each), parts.rate_hz) for i, each in samples}
        return followed((network, task.network()), heard, curves, (parts.dev, parts.test), task.frames)


def mean_ccc(outputs: Sequence[Floats], gold: Sequence[Any]) -> float:
    """Return the CCC of all frames, averaged over targets.

    Examples
    --------
    >>> mean_ccc([np.array([[0.0, 1.0], [1.0, 0.0]])], [np.array([[0.0, 0.0], [1.0, 1.0]])])
    0.0
    """
    each = [
        ccc(*together(paired([one[:, i] for one in outputs], [one[:, i] for one in gold])))
        for i in range(gold[0].shape[1])
    ]
    return float(np.mean(each))


def _loss(learns: Learns) -> Any:
    from seral_core.deep.concordance import mean_squared, total_concordance

    return total_concordance if learns == "ccc" else mean_squared


class _Task:
    """What a network hears of recordings, and what it learns."""

    def __init__(self, networks: Networks, hears: Hears, seed: int) -> None:
        self.size, self.hears, self.seed = networks.size, hears, seed
        self.parts = (networks.sounds if hears == "samples" else networks.features).open()
        self.frames = round(self.size.heard * self.parts.rate_hz)

    def network(self) -> Any:
        """Return the network before it learns, always with the same weights."""
        from seral_core.deep.recurrent import Recurrent
        from seral_core.deep.waveform_network import WaveformNetwork

        size, columns, heads = self.size, self.parts.sequences.table.values.shape[1], (1,) * len(self.parts.task)
        if self.hears == "features":
            return Recurrent(columns, heads, size.cells, 2, seed=self.seed)
        second = round(self.parts.rate_hz * columns / size.every / 2 / 2)  # half a second, of every other sample
        first = round(self.parts.rate_hz * columns / size.every / 200)
        return WaveformNetwork(
            columns // size.every, heads, filters=size.filters, first=first, second=second, pool=size.filters // 2,
            cells=size.cells, seed=self.seed,
        )  # fmt: skip

    def heard(self, ids: Sequence[str]) -> list[Any]:
        found = self.parts.features(ids)
        return [_sound(each, self.size.every) for each in found] if self.hears == "samples" else found

    def pieces(self, ids: Sequence[str], seconds: float) -> list[tuple[Any, Any]]:
        """Return recordings in pieces of so many seconds, those that have gold."""
        from seral_core.deep.waveform_network import in_pieces

        found: list[tuple[Any, Any]] = []
        frames = round(seconds * self.parts.rate_hz)
        for segment, heard in zip(ids, self.heard(ids), strict=True):
            gold = np.stack([self.parts.gold([segment], target.name)[0] for target in self.parts.task], axis=1)
            found += zip(in_pieces(heard, frames), in_pieces(gold, frames), strict=True)
        return [each for each in found if not np.isnan(each[1]).all()]


def _sound(frames: Floats, every: int) -> Any:
    """Return the samples of a recording with mean 0 and variance 1, one of so many, in single precision."""
    from scipy.signal import resample_poly

    from seral_core.deep.waveform_network import standardised

    samples = resample_poly(frames.ravel(), 1, every) if every > 1 else frames
    return standardised(samples.reshape(len(frames), -1)).astype(np.float32)


def check_alike(sounds: Parts, features: Parts) -> None:
    """Raise `BadPlan` where features are not of the same recordings and rate as the sound.

    Raises
    ------
    BadPlan
        With what differs.
    """
    if sounds.rate_hz != features.rate_hz:
        raise BadPlan(
            f"got features at {features.rate_hz:g} frames per second; expected {sounds.rate_hz:g}, as samples have; "
            f"choose others, or rate={sounds.rate_hz:g}"
        )
    each = ({*parts.train, *parts.dev, *parts.test} for parts in (sounds, features))
    if apart := set.symmetric_difference(*each):
        raise BadPlan(
            f"got sound and features of different recordings: {', '.join(sorted(apart)[:3])}; expected both of each; "
            "add what is missing, or take these recordings away"
        )
