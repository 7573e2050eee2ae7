"""Normalisation of speakers where features lie in partitions: sums of each speaker, partition by partition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from seral_core.far.block import AT_ONCE, Block
from seral_core.far.description import Moments
from seral_core.far.engine import Engine
from seral_core.far.table import FarTable
from seral_core.far.voices import Voices
from seral_core.features.normalise import divisors, towards_pool
from seral_core.features.normaliser import Normaliser
from seral_core.types import Floats, Ints

#: Of rows whose speaker nobody knows.
NOBODY = 0


def by_speaker(
    table: FarTable, speakers: Sequence[str | None], pool: Ints, scale: Normaliser, engine: Engine
) -> tuple[FarTable, Normaliser]:
    """Return a table with each speaker's clips as z-scores, on the pool's scale; and that scale.

    Values are those of `seral_core.features.normaliser.Normaliser.fit` in memory, to rounding. Sums are joined in the
    order of the partitions, so that they do not depend on who works on them. A speaker lends nothing to others, but for
    what clips of the pool lend to the pool's mean and variance.

    Parameters
    ----------
    table : FarTable
        As extracted: pool and test part.
    speakers : sequence of (str or None) of length ``len(table)``
        Who speaks; of None, the pool's mean and variance are taken.
    pool : Ints
        Row numbers of the pool, ascending.
    scale : Normaliser
        The pool's, without speakers.
    engine : Engine
        Who looks at partitions: twice, once for speakers and once for the pool after that.

    Examples
    --------
    >>> from seral_core.far.engine import Here
    >>> from seral_core.far.table import far_example
    >>> from seral_core.runs.far_data import scale_of
    >>> raw, rows = far_example(np.array([[1.0], [3.0], [11.0], [13.0]])), np.arange(4)
    >>> done, scale = by_speaker(raw, ["x", "x", "y", "y"], rows, scale_of(raw, rows, Here()), Here())
    >>> done.take(rows).values.ravel().round(2), scale.speakers
    (array([-1.23, -0.69,  0.69,  1.23], dtype=float32), True)
    """
    number = {speaker: i for i, speaker in enumerate(dict.fromkeys(s for s in speakers if s is not None), NOBODY + 1)}
    codes = np.array([NOBODY if speaker is None else number[speaker] for speaker in speakers], dtype=np.intp)
    mine = [codes[first : first + len(block)] for first, block in table.firsts()]
    own: dict[int, Moments] = {}
    for found in engine.map(_of_speakers, zip([b for _, b in table.firsts()], mine, strict=True), None):
        own |= {code: own[code].joined(each) if code in own else each for code, each in found.items()}
    drawn = {NOBODY: (scale.mean, scale.variance)} | {
        code: towards_pool(each.mean, each.square / each.count, each.count, scale.mean, scale.variance)
        for code, each in own.items()
    }
    means = {code: mean for code, (mean, _) in drawn.items()}
    by = {code: divisors(mean, variance, scale.variance) for code, (mean, variance) in drawn.items()}
    left = iter(mine)
    voices = [_voices(block, next(left), means, by) if len(block) else None for block in table.blocks]
    spoken = [(block, who) for block, who in zip(table.among(pool).blocks, voices, strict=True) if len(block)]
    after: Moments | None = None
    for each in engine.map(_after, spoken, None):
        after = each if after is None else after.joined(each)
    assert after is not None  # a pool without rows has no scale
    scale = replace(scale, speakers=True, centre=after.mean, spread=after.square / after.count)
    return table.scaled(scale, voices), scale


def _of_speakers(item: tuple[Block, Ints], _: None) -> dict[int, Moments]:
    """Return the moments of each speaker whose speaker is known, in one partition."""
    block, codes = item
    values = block.table().values
    return {code: Moments.of(values[codes == code]) for code in np.unique(codes).tolist() if code != NOBODY}


def _voices(block: Block, codes: Ints, means: dict[int, Floats], by: dict[int, Floats]) -> Voices:
    here, local = np.unique(codes, return_inverse=True)
    who = np.zeros(block.part.rows, dtype=np.min_scalar_type(len(here)))
    who[block.whole_rows()] = local
    return Voices(
        who, np.stack([means[code] for code in here.tolist()]), np.stack([by[code] for code in here.tolist()])
    )


def _after(item: tuple[Block, Voices], _: None) -> Moments:
    """Return the moments of what speakers' scales make of the pool's rows of one partition."""
    block, voices = item
    values, whole = block.table().values, block.whole_rows()
    found = Moments(0, np.zeros(values.shape[1]), np.zeros(values.shape[1]))
    for start in range(0, len(values), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        found = found.joined(Moments.of(voices.of(values[some], whole[some])))
    return found
