"""What a project's raters answered, as labels that a model learns from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from seral_core.oracles.votes import labels_from_votes
from seral_core.store import TRAINING, Answer
from seral_core.studio.project import LabelProject
from seral_core.types import Label, Task

#: A model of fewer labelled clips is none.
FEW = 6


def training_labels(
    studio: LabelProject, rows: Iterable[Answer], without: Collection[str] = (), purposes: Sequence[str] = TRAINING
) -> tuple[Label, ...]:
    """Return one label for each clip and target that raters answered, joined in the project's way.

    Parameters
    ----------
    studio : LabelProject
        Its learned targets count, and its way to join.
    rows, without, purposes
        As in `seral_core.oracles.votes.labels_from_votes`.

    Examples
    --------
    >>> studio = LabelProject("recordings", ("emotion=anger,sadness",))
    >>> (label,) = training_labels(studio, [Answer("1", "a.wav", "emotion", "anger", rater="anna")])
    >>> label.value, label.annotator
    ('anger', 'anna')
    """
    return labels_from_votes(rows, studio.learned, join=studio.join, without=without, purposes=purposes)


def trainable(task: Task, labels: Sequence[Label]) -> Task:
    """Return the targets that a model can be trained of: six labels or more, and not all of one class.

    Examples
    --------
    >>> from seral_core.types import Label, Target
    >>> labels = [Label(f"{i}.wav", "emotion", "anger", "anna") for i in range(9)]
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> trainable(task, labels), trainable(task, [*labels, Label("9.wav", "emotion", "sadness", "anna")]) == task
    ((), True)
    """
    values = {target.name: [label.value for label in labels if label.target == target.name] for target in task}
    return tuple(t for t in task if len(values[t.name]) >= FEW and (t.is_scale or len(set(values[t.name])) > 1))
