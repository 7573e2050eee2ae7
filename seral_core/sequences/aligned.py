"""Features and gold traces of recordings, frame by frame: what sequence models learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import few
from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.table import FeatureTable
from seral_core.types import Floats, Target, Task
from seral_core.units import taken


@dataclass(frozen=True, eq=False)
class Sequences:
    """Recordings as frames of features, with a value of gold for each frame.

    Parameters
    ----------
    table : FeatureTable
        A row a recording, its units are frames.
    gold : mapping of str to Floats of shape (units,)
        By target: a value a frame of the table, nan where there is none.
    task : tuple of Target
        What gold is of.
    notes : tuple of str
        What was left out, cut or resampled, one sentence each.

    Raises
    ------
    BadFeatures
        Where gold is not as long as the table has frames.

    Examples
    --------
    >>> table = FeatureTable(np.eye(3), ("a.wav", "b.wav"), bounds=np.array([0, 2, 3]), rate_hz=2.0)
    >>> found = Sequences(table, {"arousal": np.array([0.1, 0.2, np.nan])}, (Target("arousal", rate_hz=2.0),))
    >>> found.of("a.wav")[1]["arousal"], found.only(["b.wav"]).gold["arousal"]
    (array([0.1, 0.2]), array([nan]))
    """

    table: FeatureTable
    gold: Mapping[str, Floats]
    task: Task
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, values in self.gold.items():
            if len(values) != len(self.table.values):
                raise BadFeatures(
                    f"got {len(values)} values of {name} for {len(self.table.values)} frames; expected one each; use "
                    "aligned(), which joins them by id and time"
                )

    @property
    def ids(self) -> tuple[str, ...]:
        """The recordings, in the order of the table."""
        return self.table.ids

    def __len__(self) -> int:
        return len(self.table)

    def only(self, ids: Iterable[str]) -> Sequences:
        """Return some recordings, in this order; raise `BadFeatures` for an unknown one."""
        rows = self.table.rows(ids)
        units, _ = taken(self.table.bounds, rows)
        return replace(
            self, table=self.table.take(rows), gold={name: values[units] for name, values in self.gold.items()}
        )

    def of(self, segment: str) -> tuple[NDArray[np.floating], dict[str, Floats]]:
        """Return one recording: features of shape (frames, features), and gold of shape (frames,) by target."""
        (row,) = self.table.rows([segment])
        part = slice(self.table.bounds[row], self.table.bounds[row + 1])
        return self.table.values[part], {name: values[part] for name, values in self.gold.items()}


def aligned(corpus: Corpus, table: FeatureTable, task: Task) -> Sequences:
    """Join traces and features by id and time; frame ``i`` of either covers ``[i / rate, (i + 1) / rate)``.

    Features decide: a frame without gold has nan, and gold behind the last frame is cut. Where the rates differ, gold
    is brought to that of the features. Recordings that one side lacks are left out. Notes say all of this.

    Parameters
    ----------
    corpus : Corpus
        Its gold of each target is a trace a recording.
    table : FeatureTable
        Of frames, in any order of recordings.
    task : tuple of Target
        Scales with a rate.

    Returns
    -------
    Sequences
        In the order of the corpus.

    Raises
    ------
    BadPlan
        Where a target has no rate or is no scale.
    BadFeatures
        Where the table has no frames in time, or no recording has both features and gold.

    Examples
    --------
    >>> from seral_core.corpora.corpus import rating_frame
    >>> target, traces = Target("arousal", rate_hz=2.0), {"a.wav": (0.1, 0.2, 0.3), "b.wav": (0.5,)}
    >>> ratings = rating_frame([(name, "arousal", "gold", trace) for name, trace in traces.items()])
    >>> corpus = replace(toy_corpus(), ratings=ratings, task=(target,))
    >>> table = FeatureTable(np.zeros((5, 3)), ("b.wav", "a.wav"), bounds=np.array([0, 3, 5]), rate_hz=2.0)
    >>> found = aligned(corpus, table, (target,))
    >>> found.ids, found.gold["arousal"]
    (('a.wav', 'b.wav'), array([0.1, 0.2, 0.5, nan, nan]))
    >>> found.notes
    ('left out for having no features: 2 of 4 recordings, c.wav, d.wav',)
    """
    rate_hz = _rate(table, task)
    gold = {target.name: corpus.gold(target.name).dropna() for target in task}
    rated = {segment for traces in gold.values() for segment in traces.index}
    ids = [segment for segment in corpus.ids if segment in table and segment in rated]
    if not ids:
        raise BadFeatures(
            f"no recording of {corpus.name} has both features and a trace of {', '.join(gold)}; expected one or more; "
            f"got features of {few(table.ids, 2)} and traces of {few(sorted(rated), 2)}; extract this corpus"
        )
    notes = _missing(corpus, table, rated)
    found = table.only(ids)
    frames = np.diff(found.bounds)
    values = {}
    for target in task:
        traces = [np.asarray(gold[target.name].get(segment, ()), dtype=np.float64) for segment in ids]
        notes += _differences(target, rate_hz, ids, [len(trace) / target.rate_hz for trace in traces], frames / rate_hz)
        placed = [at_rate(t, target.rate_hz, rate_hz, n) for t, n in zip(traces, frames.tolist(), strict=True)]
        values[target.name] = np.concatenate(placed)
    return Sequences(found, values, task, (*corpus.notes, *table.notes, *notes))


def at_rate(trace: Floats, from_hz: float, to_hz: float, frames: int) -> Floats:
    """Return a trace at another rate: the mean over each new frame of what it had there.

    Parameters
    ----------
    trace : Floats of shape (old frames,)
        One value holds for the whole of its frame; nan where there is none.
    from_hz, to_hz : float
        Frames per second.
    frames : int
        How many frames to return.

    Returns
    -------
    Floats of shape (frames,)
        nan where a new frame touches no value; one that does so in part has the mean of that part.

    Examples
    --------
    >>> at_rate(np.array([1.0, 3.0, 5.0]), 2.0, 1.0, 2), at_rate(np.array([1.0, np.nan]), 1.0, 2.0, 4)
    (array([2., 5.]), array([ 1.,  1., nan, nan]))
    """
    if from_hz == to_hz:
        found = np.full(frames, np.nan)
        found[: len(trace)] = trace[:frames]
        return found
    have = ~np.isnan(trace)
    borders = np.arange(len(trace) + 1) / from_hz
    wanted = np.arange(frames + 1) / to_hz
    width = np.diff(_up_to(borders, have.astype(np.float64), wanted))
    area = np.diff(_up_to(borders, np.where(have, trace, 0.0), wanted))
    # A sliver of a frame is rounding, no value.
    return np.asarray(np.divide(area, width, out=np.full(frames, np.nan), where=width > 1e-6 / to_hz))


def _up_to(borders: Floats, heights: Floats, wanted: Floats) -> Floats:
    """Return the area below some steps from the beginning to each of some moments."""
    return np.asarray(np.interp(wanted, borders, np.concatenate([[0.0], np.cumsum(heights * np.diff(borders))])))


def _rate(table: FeatureTable, task: Task) -> float:
    wrong = [target.name for target in task if not target.is_scale or not target.rate_hz]
    if wrong or not task:
        raise BadPlan(
            f"got {', '.join(wrong) or 'no target'}; expected scales that are rated in time, with a rate; choose other "
            "targets, or give them their rate (rate_hz)"
        )
    if not table.rate_hz:
        raise BadFeatures(
            "got features without a rate; expected frames in time; extract some with frames, such as log-mel-frames, "
            "or give the table its frames per second (rate_hz)"
        )
    return table.rate_hz


def _missing(corpus: Corpus, table: FeatureTable, rated: set[str]) -> list[str]:
    lacks = {
        "no features": [segment for segment in corpus.ids if segment not in table],
        "no trace": [segment for segment in corpus.ids if segment in table and segment not in rated],
    }
    return [
        f"left out for having {what}: {len(ids)} of {len(corpus)} recordings, {few(ids, 3)}"
        for what, ids in lacks.items()
        if ids
    ]


def _differences(
    target: Target, rate_hz: float, ids: Sequence[str], traces_s: Sequence[float], frames_s: Any
) -> list[str]:
    """Say what is resampled, and which recordings' traces end elsewhere, by more than a second or a frame."""
    notes = []
    if target.rate_hz != rate_hz:
        notes.append(
            f"{target.name} has {target.rate_hz:g} values per second and was brought to the features' {rate_hz:g}"
        )
    most_s = max(1.0, 1 / rate_hz, 1 / target.rate_hz) + 1e-9
    apart = np.array(traces_s) - np.asarray(frames_s)
    for what, far in (
        ("end before the features, whose last frames have none", apart < -most_s),
        ("go on behind the features and are cut", apart > most_s),
    ):
        if far.any():
            late = [segment for segment, one in zip(ids, far, strict=True) if one]
            notes.append(f"traces of {target.name} {what}: {len(late)} of {len(ids)} recordings, {few(late, 3)}")
    return notes
