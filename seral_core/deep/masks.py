"""Which frames are hidden while an encoder is pre-trained: spans that cover a given share of a clip."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray


def spans(clips: int, frames: int, share: float, length: int, rng: Generator) -> NDArray[np.bool_]:
    """Draw spans until they cover a share of the frames, no less and no more.

    The paper masks 15 % of the features and leaves open how. Single frames of 20 ms are guessed from their
    neighbours, so spans are masked as in wav2vec 2.0; but where that draws starts with a probability, whose spans
    overlap and cover an unknown share, here the last span is cut where the share is reached.

    Parameters
    ----------
    clips, frames : int
        Shape of the batch.
    share : float
        Of frames that are masked, in (0, 1); at least one frame is, and one is not.
    length : int
        Of a span, in frames.
    rng : Generator
        Draws where spans begin.

    Returns
    -------
    bool array of shape (clips, frames)

    Examples
    --------
    >>> spans(2, 100, 0.15, 10, np.random.default_rng(0)).mean(axis=1)
    array([0.15, 0.15])
    """
    wanted = min(max(1, round(share * frames)), max(1, frames - 1))
    length = min(length, wanted)
    masks = np.zeros((clips, frames), dtype=bool)
    for mask in masks:
        while mask.sum() < wanted:
            start = int(rng.integers(frames - length + 1))
            new = start + np.flatnonzero(~mask[start : start + length])
            mask[new[: wanted - int(mask.sum())]] = True
    return masks
