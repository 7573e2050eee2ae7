"""What a labelling project must be like, whoever wrote it down: one sentence for each thing that cannot be."""

from __future__ import annotations

from typing import Any

from seral_core import toml
from seral_core.errors import BadPlan, UnknownName
from seral_core.scores.ratings import FOR_CLASSES, FOR_SCALES
from seral_core.studio.screens import check_stretch, parts_of

#: Repeats beyond a tenth cost more than they are worth.
MOST_REPEATS = 0.1
#: Who hears a clip that others have answered: whoever comes, or whom it helps most.
WHOM = ("", "helpful")


def check_project(studio: Any) -> None:
    """Raise the error that says what is wrong with a project.

    Parameters
    ----------
    studio : LabelProject
        As it was written down.

    Raises
    ------
    BadPlan
        When a number is out of its range, or two entries do not go together.
    UnknownName
        When something is chosen that there is not.

    Examples
    --------
    >>> from seral_core.studio.project import LabelProject
    >>> check_project(LabelProject("recordings", ("emotion=anger,sadness",), k=3, agree=2))
    >>> LabelProject("recordings", ("arousal=1:5",), k=3, agree=2)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got agree=2, and no target is a category; numbers are seldom the same; leave agree out
    """
    for name, low in (("batch", 1), ("initial", 1), ("seed", 0), ("k", 1), ("agree", 0)):
        if not low <= getattr(studio, name) <= toml.LARGEST:
            raise BadPlan(toml.too_far(name, getattr(studio, name), low))
    for name, most in (("gold_share", 0.5), ("repeat_share", MOST_REPEATS), ("test_share", 0.5)):
        if not 0 <= getattr(studio, name) <= most:
            raise BadPlan(f"{name} is {getattr(studio, name):g}; expected a share from 0 to {most:g}; correct it")
    if studio.guess not in ("hidden", "shown"):
        raise UnknownName("guess", studio.guess, ("hidden", "shown"))
    if studio.join and studio.join not in (*FOR_CLASSES, *FOR_SCALES):
        raise UnknownName("way to join", studio.join, (*FOR_CLASSES, *FOR_SCALES))
    if studio.gold_share and not studio.gold:
        raise BadPlan("got gold_share without gold; say where known answers are: 'corpus', or a table")
    _check_raters(studio)
    _check_task(studio)
    _check_crowd(studio)


def _check_raters(studio: Any) -> None:
    names, all_secrets = [r.name for r in studio.raters], [r.secret for r in studio.raters]
    if len(set(names)) < len(names) or len(set(all_secrets)) < len(names) or not all(all_secrets):
        raise BadPlan(f"the raters are {', '.join(names)}; expected each name once, with a secret of its own")


def _check_task(studio: Any) -> None:
    names = [target.name for target in studio.task]
    if not names or len(set(names)) < len(names):
        raise BadPlan(f"the targets are {', '.join(names) or 'none'}; expected at least one, each name once")
    parts_of(studio.screen, studio.task)
    check_stretch(studio.stretch, studio.task)


def _check_crowd(studio: Any) -> None:
    """Check how many are asked about a clip, and whom."""
    if studio.whom not in WHOM:
        raise UnknownName("way to choose who hears a clip", studio.whom, WHOM)
    if studio.agree and not studio.categories:
        raise BadPlan(
            f"got agree={studio.agree}, and no target is a category; numbers are seldom the same; leave agree out"
        )
    if studio.whom and not studio.categories:
        raise BadPlan(f"got whom={studio.whom}, and no target is a category; skills are told by those; leave whom out")
    if studio.agree and not 2 <= studio.agree <= studio.k:
        raise BadPlan(
            f"got agree={studio.agree} and at most {studio.k} raters for a clip; expected 2 or more who agree, and as "
            "many raters; correct --agree or --k"
        )
    if studio.whom and studio.k < 2:
        raise BadPlan("got whom with one rater for each clip; expected two or more to choose among; raise --k")
