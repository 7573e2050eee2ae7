"""Classes on made-up corpora, for examples and tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seral_core.classroom.plan import ClassPlan, new_class
from seral_core.studio.testing import made_project


def made_class(clips: int = 40, folder: Path | None = None, ready: bool = True, **how: Any) -> Path:
    """Make a class on a table of clips without audio, with ready features that separate three classes.

    Parameters
    ----------
    clips : int
        How many, of five speakers, one of whom is for testing.
    folder : Path, optional
        Where; a temporary one where left out.
    ready : bool
        Whether the first model is there already, so that the first question can be asked.
    **how
        Further fields of `seral_core.classroom.plan.ClassPlan`.

    Examples
    --------
    >>> from seral_core.classroom.plan import open_class
    >>> open_class(made_class(clips=40, ready=False)).target
    'emotion'
    """
    from seral_core.classroom.learning import Learning

    root = made_project(clips, folder=folder).parent
    how = {"features": str(root / "features.npz"), "known": 9, "questions": 5, **how}
    made = new_class(ClassPlan(str(root / "clips.csv"), **how), root / "class")
    if ready:
        Learning(made).look()
    return made
