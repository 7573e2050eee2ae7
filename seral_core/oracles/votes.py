"""From what raters answered to labels: one for each clip and target, conflicts settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import pandas as pd

from seral_core.errors import BadLabel
from seral_core.scores.ratings import FOR_CLASSES, FOR_SCALES, gold
from seral_core.store import TRAINING, Answer
from seral_core.types import Label, Target, Task

#: Who gave a label that several raters agreed on.
TOGETHER = "raters"
#: What an answer weighs when its rater was not confident at all.
LEAST = 0.5


def labels_from_votes(
    rows: Iterable[Answer],
    task: Task,
    *,
    join: str = "",
    without: Collection[str] = (),
    purposes: Sequence[str] = TRAINING,
) -> tuple[Label, ...]:
    """Return one label for each clip and target that raters answered.

    An answer with a value that its target has not got, such as a class of another project, gives no label. An answer's
    weight is lowered by what its rater lacked in confidence; that of several by the
    share that answered otherwise. Votes that tie are settled by confidence, then by the secondary
    classes; what still ties gives no label.

    Parameters
    ----------
    rows : iterable of Answer
        Valid answers, see `seral_core.store.Standing`; the machine's own do not count.
    task : tuple of Target
        What is wanted.
    join : str
        How several raters' answers become one, as in `seral_core.scores.ratings.gold`; empty for
        the usual way.
    without : collection of str
        Clips that give no labels, such as the test part.
    purposes : sequence of str
        Which answers count; first ones, not repeats.

    Returns
    -------
    tuple of Label
        By target, then in order of first arrival. Each costs a listening for every rater.

    Examples
    --------
    >>> votes = [("anna", "anger", None), ("ben", "sadness", 0.2)]
    >>> rows = [Answer(r, "a.wav", "emotion", v, rater=r, confidence=c) for r, v, c in votes]
    >>> (label,) = labels_from_votes(rows, (Target("emotion", ("anger", "sadness")),))
    >>> label.value, label.weight, label.annotator, label.cost
    ('anger', 0.5, 'raters', 2)
    """
    targets = {target.name: target for target in task}
    given: dict[str, dict[str, list[Answer]]] = {name: defaultdict(list) for name in targets}
    for row in rows:
        is_label = row.kind == "answer" and row.value is not None and row.source != "machine"
        is_asked = row.target in given and row.segment not in without and fits(targets[row.target], row.value)
        if is_label and row.purpose in purposes and is_asked:
            given[row.target][row.segment].append(row)
    return tuple(label for target in task for label in _joined(join, target, given[target.name]))


def fits(target: Target, value: object) -> bool:
    """Tell whether a target takes a value: a store may hold answers of another project.

    Examples
    --------
    >>> fits(Target("arousal", low=1, high=5), 8.0), fits(Target("emotion", ("anger",)), "anger")
    (False, True)
    """
    try:
        return target.check(value) is not None
    except BadLabel:
        return False


def _joined(join: str, target: Target, given: dict[str, list[Answer]]) -> Iterable[Label]:
    several = {segment: rows for segment, rows in given.items() if len({row.rater for row in rows}) > 1}
    together = _together(join, target, several)
    for segment, rows in given.items():
        if segment not in several:
            yield Label(
                segment, target.name, target.check(rows[-1].value), rows[-1].rater, 1, _weight(rows[-1]), "human"
            )
        elif segment in together:
            value = target.check(together[segment])
            weight = sum(_weight(row) for row in rows if target.is_scale or row.value == value) / len(rows)
            yield Label(segment, target.name, value, TOGETHER, len(rows), round(max(weight, 0.05), 6), "human")


def _together(join: str, target: Target, several: dict[str, list[Answer]]) -> dict[str, object]:
    """Return the value of each clip that several raters answered; one that ties for good is missing."""
    if not several:
        return {}
    frame = pd.DataFrame(
        [(row.segment, row.rater, row.value) for rows in several.values() for row in rows],
        columns=["segment", "rater", "value"],
        dtype=object,
    )
    ways = FOR_SCALES if target.is_scale else FOR_CLASSES
    found = gold(frame, target, join if join in ways else "").dropna().to_dict()
    for segment, rows in several.items():
        if segment not in found and (settled := _settled(rows)) is not None:
            found[segment] = settled
    return {str(segment): value for segment, value in found.items()}


def _settled(rows: Sequence[Answer]) -> object | None:
    """Settle a tie: by confidence, then by who heard the other's class too."""
    votes: dict[object, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for row in rows:
        sure, second = votes[row.value]
        votes[row.value] = (round(sure + _weight(row), 6), second)
    for row in rows:
        for other in row.secondary:
            if other in votes:
                votes[other] = (votes[other][0], votes[other][1] + 1)
    ranked = sorted(votes.values(), reverse=True)
    if len(ranked) > 1 and ranked[0] == ranked[1]:
        return None
    return max(votes, key=lambda value: votes[value])


def _weight(row: Answer) -> float:
    sure = 1.0 if row.confidence is None else LEAST + (1 - LEAST) * row.confidence
    return round(row.weight * sure, 6)
