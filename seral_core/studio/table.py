"""Features of a project's clips, on one scale, as its model sees them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.corpora.corpus import Corpus
from seral_core.features.extract import features_for
from seral_core.features.grown import grown
from seral_core.features.normalise import advise_normalisation
from seral_core.features.normaliser import Normaliser
from seral_core.features.table import FeatureTable
from seral_core.folders import inside
from seral_core.runs.far_features import in_memory_for, is_far
from seral_core.studio.files import read_arrays, write_arrays
from seral_core.types import Label, Task

Report = Callable[[int, int, str], object]
#: Files of a project's run: features, and those of clips that were added.
KEPT, MORE = "features.npz", "features-more.npz"


def prepared(
    corpus: Corpus,
    features: str,
    test: Collection[str],
    report: Report | None = None,
    by_speaker: bool | None = None,
) -> tuple[FeatureTable, Normaliser]:
    """Extract features and bring them to one scale, with statistics of the clips that may be trained on.

    Parameters
    ----------
    corpus : Corpus
        All clips.
    features : str
        Name of an extractor, or path to ready features.
    test : collection of str
        Clips set aside.
    report : callable, optional
        Told ``(done, total, what)`` while features are extracted.
    by_speaker : bool, optional
        Whether to normalise speakers; left out: where they are known well enough.

    Returns
    -------
    table : FeatureTable
        Clips that cannot be used are in ``problems``.
    normaliser : Normaliser
        How it was made.

    Raises
    ------
    SeralError
        When there are no usable features.

    Examples
    --------
    >>> import tempfile
    >>> where = f"{tempfile.mkdtemp()}/clips.npz"
    >>> corpus = toy_corpus()
    >>> np.savez(where, ids=corpus.ids, values=np.arange(8.0).reshape(4, 2))
    >>> prepared(corpus, where, {"d.wav"})[0].values[:, 0].round(2)
    array([-1.22,  0.  ,  1.22,  2.45], dtype=float32)
    """
    far = is_far(features)
    raw = (in_memory_for(features, corpus) if far else features_for(corpus, features, progress=report)).finite()
    rows = np.flatnonzero([segment not in test for segment in raw.ids])
    rows = rows if len(rows) else np.arange(len(raw))
    speakers = corpus.speakers_of(raw.ids)
    if by_speaker is None:
        by_speaker, _ = advise_normalisation(speakers)
    fitted = Normaliser.fit(raw, speakers, rows, speakers=by_speaker)
    return replace(fitted.of(raw, speakers), problems=raw.problems), fitted


def advice(corpus: Corpus, table: FeatureTable, task: Task, labels: Iterable[Label] = ()) -> tuple[bool, str]:
    """Return whether to normalise speakers, by who speaks and what is labelled so far, and why.

    Examples
    --------
    >>> advice(toy_corpus(), FeatureTable(np.eye(2), ("b.wav", "a.wav")), ())
    (False, "speaker normalisation is off: speaker '01' has 1 clip only, and fewer than 20 may mislead")
    """
    row = {segment: i for i, segment in enumerate(table.ids)}
    known = {t: np.full(len(table), np.nan if t.is_scale else -1.0) for t in task if not t.rate_hz}
    by_name = {target.name: (target, values) for target, values in known.items()}
    for label in labels:
        if label.target in by_name and label.segment in row:
            target, values = by_name[label.target]
            value = target.check(label.value)
            values[row[label.segment]] = value if target.is_scale else target.classes.index(str(value))
    return advise_normalisation(corpus.speakers_of(table.ids), known)


def keep_table(run: Path, table: FeatureTable, of: str = "", *, more: bool = False) -> None:
    """Write the features down, for those who want to know which clips are near.

    Parameters
    ----------
    run : Path
        The project's ``run`` folder.
    table : FeatureTable
        All of them; or with ``more``, those that come behind what was written before.
    of : str
        What they are a part of: with another word, what was added is forgotten.
    more : bool
        Whether these are added.

    Examples
    --------
    >>> import tempfile
    >>> run = Path(tempfile.mkdtemp())
    >>> keep_table(run, FeatureTable(np.eye(2, dtype=np.float32), ("a.wav", "b.wav")), "x")
    >>> kept_table(run).ids, kept_table(run / "other")
    (('a.wav', 'b.wav'), None)
    >>> keep_table(run, FeatureTable(np.ones((1, 2), dtype=np.float32), ("c.wav",)), "x", more=True)
    >>> kept_table(run).ids, kept_table(run, "y")
    (('a.wav', 'b.wav', 'c.wav'), None)
    """
    frames = {} if table.plain else {"bounds": table.bounds, "rate_hz": np.array(table.rate_hz)}
    write_arrays(
        inside(run, MORE if more else KEPT),
        {"of": np.array(of), "ids": np.array(table.ids), "values": np.asarray(table.values, np.float32), **frames},
    )


def kept_table(run: Path, of: str | None = None) -> FeatureTable | None:
    """Return the features that `keep_table` wrote, or None; also where they are of something else than ``of``."""
    arrays = read_arrays(inside(run, KEPT))
    if not {"ids", "values"} <= set(arrays) or (of is not None and str(arrays.get("of", "")) != of):
        return None
    bounds: Any = arrays.get("bounds")
    rate_hz = float(arrays.get("rate_hz", 0.0))
    table = FeatureTable(arrays["values"], _ids(arrays), bounds=bounds, rate_hz=rate_hz)
    if not (word := str(arrays.get("of", ""))):
        return table
    added = read_arrays(inside(run, MORE))
    if not {"ids", "values"} <= set(added) or str(added.get("of", "")) != word:
        return table
    return grown(table, FeatureTable(added["values"], _ids(added)))


def kept_stamp(run: Path) -> tuple[int, ...]:
    """Return numbers that change when the features are written anew, or some are added.

    Examples
    --------
    >>> kept_stamp(Path("nowhere"))
    (0, 0)
    """
    paths = [inside(run, name) for name in (KEPT, MORE)]
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)


def _ids(arrays: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(map(str, arrays["ids"].tolist()))
