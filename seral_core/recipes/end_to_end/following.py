"""How recurrent cells go with energy and pitch of recordings that a network never heard (Figure 6.2).

Of several hundred cells, one goes with almost any slow curve. So every correlation is held against those that the same
search finds where it should find little: a network before training, and curves that are moved in time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.errors import BadLog
from seral_core.files import DAMAGED, replacing
from seral_core.types import Floats

FILE = "cells.npz"
#: Curves are moved by so many parts of a recording, but for none.
PARTS = 10


@dataclass(frozen=True, eq=False)
class Followed:
    """Correlations of cells with the curves of `seral_core.features.prosody.CURVES`.

    Parameters
    ----------
    trained_dev, trained_test, untrained_dev, untrained_test : Floats of shape (recordings, curves, cells)
        Pearson's correlation of each cell.
    moved : Floats of shape (recordings, curves)
        The highest absolute correlation of any trained cell with the curve moved in time, of test recordings; the mean
        over all moves. What leaves the end comes in at the beginning.
    curves, activations : Floats of shape (curves, frames)
        Of the first test recording, and of the cell that goes best with each curve.
    cells : Floats of shape (curves,)
        Which cells these are.
    """

    trained_dev: Floats
    trained_test: Floats
    untrained_dev: Floats
    untrained_test: Floats
    moved: Floats
    curves: Floats
    activations: Floats
    cells: Floats

    def save(self, folder: Path) -> None:
        """Write all into the folder of a trial, in single precision."""
        single = {name: values.astype(np.float32) for name, values in vars(self).items()}
        with replacing(folder / FILE) as draft, draft.open("wb") as file:
            np.savez_compressed(file, **single)

    @classmethod
    def load(cls, folder: Path) -> Followed:
        """Read what `save` wrote.

        Raises
        ------
        BadLog
            Where it is damaged, or not there.
        """
        try:
            with np.load(folder / FILE, allow_pickle=False) as found:
                return cls(**{name: found[name].astype(np.float64) for name in cls.__dataclass_fields__})
        except (KeyError, OSError, *DAMAGED) as wrong:
            raise BadLog(
                f"{folder / FILE} cannot be read ({wrong}); expected what cells of a trained network do; remove its "
                "folder and start the recipe again"
            ) from None


def highest(correlations: Floats) -> Floats:
    """Return the highest absolute correlation of any cell, of shape (recordings, curves).

    Examples
    --------
    >>> highest(np.array([[[0.2, -0.7, 0.1]]]))
    array([[0.7]])
    """
    return np.asarray(np.abs(correlations).max(axis=-1))


def chosen(others: Floats, correlations: Floats) -> Floats:
    """Return the correlation of the cell that goes best with each curve on other recordings.

    Parameters
    ----------
    others, correlations : Floats of shape (recordings, curves, cells)
        Of recordings that tell which cell it is and which sign it has, and of those that count.

    Returns
    -------
    Floats of shape (recordings, curves)
        Below 0 where the cell goes the other way.

    Examples
    --------
    >>> chosen(np.array([[[0.2, -0.7]]]), np.array([[[0.9, -0.4]], [[0.9, 0.1]]])).ravel()
    array([ 0.4, -0.1])
    """
    mean = others.mean(axis=0)
    cells = np.abs(mean).argmax(axis=-1)
    rows = np.arange(len(mean))
    return np.asarray(np.sign(mean[rows, cells]) * correlations[:, rows, cells])


def followed(
    networks: tuple[Any, Any], heard: Mapping[str, Any], curves: Mapping[str, Floats],
    parts: tuple[Sequence[str], Sequence[str]], frames: int,
) -> Followed:  # fmt: skip
    """Compare the cells of a network, trained and untrained, with energy and pitch.

    Parameters
    ----------
    networks : pair of WaveformNetwork
        After and before training.
    heard : mapping of id to array of shape (frames, samples)
        What networks hear of recordings.
    curves : mapping of id to Floats of shape (curves, frames)
        Of the same recordings, as `seral_core.features.prosody.prosody` gives them.
    parts : pair of sequences of str
        Ids of the development and the test part.
    frames : int
        Of a piece.
    """
    (trained, before), (dev, test) = networks, parts

    def each(network: Any, ids: Sequence[str]) -> list[Floats]:
        return [_correlations(_activations(network, heard[i], frames), curves[i]) for i in ids]

    first = _activations(trained, heard[test[0]], frames)
    best = np.abs(_correlations(first, curves[test[0]])).argmax(axis=1)
    moved = [_moved(_activations(trained, heard[i], frames), curves[i]) for i in test]
    return Followed(
        trained_dev=np.stack(each(trained, dev)), trained_test=np.stack(each(trained, test)),
        untrained_dev=np.stack(each(before, dev)), untrained_test=np.stack(each(before, test)),
        moved=np.stack(moved), curves=curves[test[0]], activations=first[:, best].T, cells=best.astype(np.float64),
    )  # fmt: skip


def _activations(network: Any, heard: Any, frames: int) -> Floats:
    from seral_core.deep.waveform_network import Cells, waveform_outputs

    return waveform_outputs(Cells(network), [heard], frames)[0]


def _correlations(activations: Floats, curves: Floats) -> Floats:
    from seral_core.deep.waveform_network import cell_correlations

    return np.stack([cell_correlations(activations, curve) for curve in curves])


def _moved(activations: Floats, curves: Floats) -> Floats:
    """Return the highest correlation with each curve moved round by tenths of the recording, the mean over moves."""
    by = [len(activations) * part // PARTS for part in range(1, PARTS)]
    each = [highest(_correlations(activations, np.roll(curves, shift, axis=1))) for shift in by]
    return np.asarray(np.mean(each, axis=0))
