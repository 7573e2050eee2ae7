"""The recurrent denoising autoencoder: frames of noisy speech in, those of clean speech out (MixedEmotions D4.2, 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.deep.concordance import squared_error
from seral_core.deep.padded import Numbers
from seral_core.deep.recurrent import Recurrent
from seral_core.deep.sequence_training import Epoch, Example, Fitted, SequenceTraining, fit
from seral_core.errors import BadFeatures
from seral_core.types import Floats

#: Section 3.4.2: gradient descent at 1e-6 with momentum .9, 8 sequences a step, at most 200 epochs, and an end after 20
#: without a lower error. So small a rate belongs to the sum of squared errors over frames, not to their mean.
DENOISING = SequenceTraining("sgd", rate=1e-6, momentum=0.9, batch=8, epochs=200, schedule="plateau", patience=20)
#: Layers, cells a direction, noise on inputs, and between what weights begin.
LAYERS, CELLS, NOISE, START = 2, 30, 0.1, 0.1


@dataclass(frozen=True)
class Standard:
    """Mean and deviation of each column.

    Parameters
    ----------
    mean, deviation : Floats of shape (columns,)
        A column that does not vary has deviation 1.

    Examples
    --------
    >>> standard = Standard.of([np.array([[1.0, 5.0], [3.0, 5.0]])])
    >>> standard.scaled(np.array([[3.0, 6.0]])), standard.back(np.array([[1.0, 1.0]]))
    (array([[1., 1.]]), array([[3., 6.]]))
    """

    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, sequences: Sequence[Numbers]) -> Standard:
        """Return the standard of all frames together."""
        frames = np.concatenate(list(sequences)).astype(np.float64)
        deviation = frames.std(axis=0)
        return cls(frames.mean(axis=0), np.where(deviation > 0, deviation, 1.0))

    def scaled(self, frames: Numbers) -> Floats:
        """Return frames with mean 0 and deviation 1."""
        return np.asarray((frames - self.mean) / self.deviation)

    def back(self, scaled: Numbers) -> Floats:
        """Return what `scaled` was made of."""
        return np.asarray(scaled * self.deviation + self.mean)


@dataclass(frozen=True)
class Denoiser:
    """A trained autoencoder.

    Parameters
    ----------
    fitted : Fitted
        The network, and how training went.
    noisy, clean : Standard
        Of what goes in and comes out.
    """

    fitted: Fitted
    noisy: Standard
    clean: Standard

    def enhanced(self, sequences: Sequence[Numbers]) -> list[Floats]:
        """Return what noisy frames, of shape (frames, columns), would be in clean speech."""
        outputs = self.fitted.outputs([self.noisy.scaled(each) for each in sequences])
        return [self.clean.back(each) for each in outputs]


def fit_denoiser(
    train: Sequence[Example], dev: Sequence[Example], settings: SequenceTraining = DENOISING, *, layers: int = LAYERS,
    cells: int = CELLS, noise: float = NOISE, folder: Path | None = None,
    report: Callable[[tuple[Epoch, ...]], object] | None = None,
) -> Denoiser:  # fmt: skip
    """Train the autoencoder on pairs of the same speech.

    Parameters
    ----------
    train, dev : sequence of (noisy, clean)
        Both of shape (frames, columns), such as 13 MFCCs every 10 ms.
    settings : SequenceTraining
        How; its seed is that of the weights too.
    layers, cells, noise
        Of the network, as in `seral_core.deep.recurrent.Recurrent`.
    folder, report
        As in `seral_core.deep.sequence_training.fit`.

    Returns
    -------
    Denoiser
        With the weights of the epoch whose mean squared error on dev was lowest.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> clean = [np.cumsum(rng.normal(size=(40, 2)), axis=0) for _ in range(4)]
    >>> pairs = [(each + rng.normal(size=each.shape), each) for each in clean]
    >>> settings = SequenceTraining(rate=0.01, epochs=2, schedule="plateau")
    >>> fit_denoiser(pairs[:3], pairs[3:], settings, cells=4).enhanced([pairs[3][0]])[0].shape
    (40, 2)
    """
    for noisy, clean in (*train, *dev):
        if noisy.shape != clean.shape:
            raise BadFeatures(
                f"got noisy frames of shape {noisy.shape} with clean ones of shape {clean.shape}; expected the same; "
                "extract both from recordings of one length in the same way"
            )
    first, second = (Standard.of([pair[side] for pair in train]) for side in (0, 1))
    to_learn, to_watch = (
        [(first.scaled(noisy), second.scaled(clean)) for noisy, clean in part] for part in (train, dev)
    )
    columns = len(first.mean)
    network = Recurrent(columns, (1,) * columns, cells, layers, noise=noise, start=START, seed=settings.seed)
    fitted = fit(network, to_learn, to_watch, squared_error, _nearness, settings, folder, report)
    return Denoiser(fitted, first, second)


def _nearness(outputs: list[Floats], gold: list[Any]) -> float:
    """Return the mean squared error with a minus."""
    return -float(np.mean((np.concatenate(outputs) - np.concatenate(gold)) ** 2))
