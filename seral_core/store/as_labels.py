"""Answers of a store as labels that a learner may be trained on."""

from __future__ import annotations

from collections.abc import Collection

from seral_core.store.answer import Answer, Purpose
from seral_core.store.labels import LabelStore
from seral_core.types import Label, Source, Target, Task, Trace, Value

#: Purposes whose answers a learner may be trained on; test answers never are.
TRAINING: tuple[Purpose, ...] = ("query", "free")


def labels_of(
    store: LabelStore, task: Task, *, purposes: Collection[Purpose] = TRAINING, source: Source = "human"
) -> tuple[Label, ...]:
    """Return the valid answers of a store as labels, in order of arrival.

    Parameters
    ----------
    store : LabelStore
        Where the answers are.
    task : tuple of Target
        What is wanted; every value is checked against its target. A clip costs 1 for all of them
        together.
    purposes : collection of str
        Answers of other purposes are left out: those set aside for testing never reach a learner by
        default, and gold and repeats are about the rater.
    source : {"human", "simulated", "machine"}
        Who must have given them.

    Returns
    -------
    tuple of Label
        Skips, comments and unsure answers give none; a rater gives one per segment and target. Raw
        traces come as values at their target's rate, from the start of the segment to the last
        sample.

    Raises
    ------
    BadLabel
        When an answer does not fit its target.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from seral_core.types import Target
    >>> store = LabelStore(Path(tempfile.mkdtemp()) / "labels.sqlite")
    >>> _ = store.append([Answer("1", "a.wav", "arousal", 0.5, rater="r1")])
    >>> labels_of(store, (Target("arousal"), Target("valence")))
    (Label(segment='a.wav', target='arousal', value=0.5, annotator='r1', cost=0.5, weight=1.0, source='human'),)
    """
    targets = {target.name: target for target in task}
    share = 1 / len(task)
    last = {
        (row.rater, row.segment, row.target): row
        for row in store.current()
        if row.kind == "answer" and row.target in targets
        if (row.trace if targets[row.target].rate_hz else row.value) is not None
        if row.purpose in purposes and row.source == source
    }
    return tuple(
        Label(row.segment, row.target, _value(row, targets[row.target]), row.rater, share, row.weight, row.source)
        for row in last.values()
    )


def _value(row: Answer, target: Target) -> Value | Trace:
    if not target.rate_hz:
        return target.check(row.value)
    from seral_core.scores.traces import resampled

    samples = row.trace or ()
    times, values = [sample[0] for sample in samples], [sample[1] for sample in samples]
    # One value at least, however short the trace is.
    found = resampled(times, values, target.rate_hz, max(max(times), 1 / target.rate_hz))
    return tuple(target.units(found).tolist())
