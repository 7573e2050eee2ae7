"""What a project's raters answered, as labels that a model learns from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from seral_core.oracles.votes import labels_from_votes
from seral_core.store import TRAINING, Answer
from seral_core.studio.project import LabelProject
from seral_core.types import Label


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
