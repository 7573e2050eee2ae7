"""Sound for training: read once, put into batches of clips of like length, each cut to the same length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.features.audio import Signal
from seral_core.features.signals import Signals
from seral_core.types import Ints

#: No more sound than this is held in memory, in bytes: four and a half hours.
MOST_BYTES = 2**29


class Sounds:
    """The samples of segments as 16-bit numbers; as many as fit are held, the others are read each time.

    Parameters
    ----------
    signals : Signals
        At 16 kHz.
    most_bytes : int
        Of what is held.

    Examples
    --------
    >>> class Ones(dict):
    ...     def __missing__(self, name): return np.ones(4, np.float32)
    >>> sounds = Sounds(Ones())
    >>> sounds["a"], sounds.length("a")
    (array([1., 1., 1., 1.], dtype=float32), 4)
    """

    def __init__(self, signals: Signals, most_bytes: int = MOST_BYTES) -> None:
        self.signals, self.left = signals, most_bytes
        self._held: dict[str, NDArray[np.int16]] = {}
        self._lengths: dict[str, int] = {}

    def __getitem__(self, segment: str) -> Signal:
        """Return the samples of a segment, float32 in [-1, 1]."""
        found = self._held.get(segment)
        if found is None:
            found = np.round(np.clip(self.signals[segment], -1, 1) * 32767).astype(np.int16)
            self._lengths[segment] = len(found)
            if found.nbytes <= self.left:
                self._held[segment], self.left = found, self.left - found.nbytes
        return found.astype(np.float32) / np.float32(32767)

    def length(self, segment: str) -> int:
        """Return how many samples a segment has."""
        if segment not in self._lengths:
            self[segment]
        return self._lengths[segment]


def batches(lengths: Sequence[int], size: int, rng: Generator) -> list[Ints]:
    """Return the positions of clips in batches: of like length, in an order drawn at random.

    Parameters
    ----------
    lengths : sequence of int
        Of all clips.
    size : int
        Clips a batch; the last one may have fewer.
    rng : Generator
        Shuffles clips of like length, and the batches.

    Examples
    --------
    >>> found = batches([5, 50, 6, 51], 2, np.random.default_rng(0))
    >>> sorted(sorted(batch.tolist()) for batch in found)
    [[0, 2], [1, 3]]
    """
    near = np.asarray(lengths) * rng.uniform(0.9, 1.1, len(lengths))
    order = np.argsort(near, kind="stable").astype(np.intp)
    found = [order[at : at + size] for at in range(0, len(order), size)]
    return [found[i] for i in rng.permutation(len(found))]


def cut(sounds: Sequence[Signal], most: int, hop: int, rng: Generator) -> tuple[list[Signal], Ints]:
    """Cut clips to one length, so that none is padded: padding changes what an encoder with group norm hears.

    Parameters
    ----------
    sounds : sequence of float32 array
        Each at least one hop long.
    most : int
        Longest cut, in samples.
    hop : int
        Cuts begin at a multiple of it, that is, with a frame.
    rng : Generator
        Draws where each cut begins.

    Returns
    -------
    cuts : list of float32 array
        As long as the shortest clip, or ``most``.
    first : Ints
        The frame that each cut begins with.

    Examples
    --------
    >>> cuts, first = cut([np.arange(9.0), np.arange(5.0)], 6, 2, np.random.default_rng(0))
    >>> [len(each) for each in cuts], bool((first * 2 == [each[0] for each in cuts]).all())
    ([5, 5], True)
    """
    length = min(most, *(len(sound) for sound in sounds))
    first = np.array([rng.integers((len(sound) - length) // hop + 1) for sound in sounds], dtype=np.intp)
    return [sound[hop * at : hop * at + length] for sound, at in zip(sounds, first, strict=True)], first


def held_out(speakers: Sequence[str | None], share: float, rng: Generator) -> NDArray[np.bool_]:
    """Return which clips are kept for validation: whole speakers where some fit into the share, otherwise clips.

    Parameters
    ----------
    speakers : sequence of (str or None)
        Who speaks, one entry a clip.
    share : float
        Of the clips, in (0, 1); at least one clip is kept, and at least one is left.
    rng : Generator
        Draws them.

    Examples
    --------
    >>> held_out(["a"] * 5 + ["b"] * 5, 0.5, np.random.default_rng(0)).reshape(2, 5).all(axis=1).sum()
    np.int64(1)
    >>> held_out(["a"] * 10, 0.1, np.random.default_rng(0)).sum()
    np.int64(1)
    """
    wanted = max(1, round(share * len(speakers)))
    names = np.array([str(speaker) for speaker in speakers])
    chosen = np.zeros(len(names), dtype=bool)
    known = sorted({speaker for speaker in speakers if isinstance(speaker, str)})
    for name in rng.permutation(known) if len(known) > 1 else ():
        more = chosen | (names == name)
        if more.sum() <= 1.5 * wanted:
            chosen = more
        if chosen.sum() >= 0.7 * wanted:
            return chosen
    return np.isin(np.arange(len(names)), rng.permutation(len(names))[: min(wanted, len(names) - 1)])
