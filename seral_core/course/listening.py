"""Lesson 0, listening: checks what was answered, and how far listeners agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seral_core.course.answers import Right, alike, answer_of, called, need, predicted

__all__ = ["agreement", "heard", "predicted"]


def heard(project: Path | str, clips: int) -> dict[str, str]:
    """Return what was answered in a labelling project, once every clip has an answer.

    Parameters
    ----------
    project : Path or str
        Folder of the project.
    clips : int
        How many there are.

    Raises
    ------
    NotYet
        While some are left.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> heard(made_project(clips=6), 6)
    Traceback (most recent call last):
    seral_core.course.answers.NotYet: 0 of 6 clips have an answer. Go on in the widget above, then run this cell again.
    """
    from seral_core.studio.session import Session

    answers = {row.segment: str(row.value) for row in Session(Path(project), train=False).store.current()}
    go_on = "Go on in the widget above, then run this cell again."
    need(len(answers) >= clips, f"{len(answers)} of {clips} clips have an answer. {go_on}")
    return dict(sorted(answers.items()))


def agreement(function: Any) -> Right:
    """Check a function that says on what share of clips two listeners said the same.

    Examples
    --------
    >>> agreement(lambda one, other: sum(a == b for a, b in zip(one, other)) / len(one))
    ✓ agreement: 1 for the same answers, 0 for none in common.
    """
    one, other = ["anger", "fear", "neutral", "neutral"], ["anger", "anger", "neutral", "sadness"]
    got = called(function, "agreement", one, other)
    need(not alike(got, 2), "That is the number of clips. Divide it by how many there are.")
    need(
        not alike(got, [True, False, True, False]),
        "That says for each clip whether they agree. Return the share of those: their mean.",
    )
    need(
        not alike(got, False),
        "With lists, == compares the whole. Compare clip by clip, such as with zip or numpy arrays.",
    )
    hint = "The listeners agree on the first and the third of four clips: .5."
    answer_of(function, "agreement", (one, other), 0.5, hint)
    answer_of(function, "agreement", (one, one), 1.0, "Somebody agrees with themselves on every clip: 1.")
    return Right("agreement: 1 for the same answers, 0 for none in common.")
