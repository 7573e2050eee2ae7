"""The scale of a project's pool in partitions, and which of its clips are set aside: one look at each partition."""

from __future__ import annotations

from collections.abc import Callable, Collection
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.far.block import Block
from seral_core.far.description import Moments
from seral_core.far.engine import Engine
from seral_core.far.table import FarTable
from seral_core.features.normaliser import Normaliser
from seral_core.folders import inside
from seral_core.studio.files import read_arrays, write_arrays
from seral_core.studio.project import LabelProject
from seral_core.studio.stable_random import stable_random
from seral_core.types import Ints

Report = Callable[[int, int, str], object]


def pool_scale(
    run: Path,
    studio: LabelProject,
    gold: Collection[str],
    table: FarTable,
    engine: Engine,
    report: Report | None = None,
) -> tuple[Normaliser, Ints]:
    """Return how features come to the scale of the clips that may be trained on, and the rows of the others.

    Parameters
    ----------
    run : Path
        The project's ``run`` folder, which keeps both.
    studio : LabelProject
        Says what is set aside for testing.
    gold : collection of str
        Clips with known answers.
    table : FarTable
        All clips, as they were extracted.
    engine : Engine
        Who looks at the partitions.
    report : callable, optional
        Told ``(done, total, what)``, in partitions.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.far.engine import Here
    >>> from seral_core.far.table import far_example
    >>> studio = LabelProject("recordings", ("emotion=anger,sadness",), test_share=0.0)
    >>> scale, away = pool_scale(Path(tempfile.mkdtemp()), studio, {"e"}, far_example(), Here())
    >>> scale.centre, away
    (array([1.5]), array([4]))
    """
    asked = studio.seed, studio.test_share, frozenset(gold)
    words = f"{table.fingerprint} {len(table)} {asked[:2]} {sorted(gold)}"
    of, path = sha256(words.encode()).hexdigest(), inside(run, "scale.npz")
    kept = read_arrays(path)
    if str(kept.get("of", "")) != of:
        kept = {"of": np.array(of), **_look(table, asked, engine, report)}
        write_arrays(path, kept)
    mean, variance = kept["mean"], kept["variance"]
    return Normaliser(False, mean, variance, mean, variance, names=table.names), kept["away"].astype(np.intp)


Asked = tuple[int, float, frozenset[str]]


def _look(table: FarTable, asked: Asked, engine: Engine, report: Report | None) -> dict[str, NDArray[Any]]:
    firsts, away = [*table.firsts()], [np.zeros(0, dtype=np.intp)]
    trained, everything = Moments(0, *_nothing(table)), Moments(0, *_nothing(table))
    results = engine.map(_aside, [block for _, block in firsts], asked)
    for number, ((first, _), (kept, out, rows)) in enumerate(zip(firsts, results, strict=True)):
        if report is not None:
            report(number, len(firsts), "")
        trained, everything = trained.joined(kept), everything.joined(kept).joined(out)
        away.append(rows + first)
    of = trained if trained.count else everything
    return {"mean": of.mean, "variance": of.square / max(of.count, 1), "away": np.concatenate(away)}


def _nothing(table: FarTable) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.zeros(table.values.shape[1]), np.zeros(table.values.shape[1])


def _aside(block: Block, asked: Asked) -> tuple[Moments, Moments, Ints]:
    """Return the moments of a partition's clips that may be trained on, those of the others, and the others' rows."""
    seed, share, gold = asked
    out = np.array([s in gold or stable_random(seed, "test", s) < share for s in block.ids()], dtype=bool)
    values = block.table().values
    return Moments.of(values[np.flatnonzero(~out)]), Moments.of(values[np.flatnonzero(out)]), np.flatnonzero(out)
