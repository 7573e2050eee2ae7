"""Several raters: clips end once they agree, and go to whoever is expected to help most, who is told so."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from seral_core.errors import BadPlan, UnknownName
from seral_core.studio.project import LabelProject
from seral_core.studio.session import Session

from .conftest import CLASSES, label, said, truth

Make = Callable[..., Session]


def wrong(clip: dict[str, Any]) -> dict[str, Any]:
    """Answer with the next class."""
    return said(clip, CLASSES[(CLASSES.index(truth(clip["segment"])) + 1) % 3])


def fast(clip: dict[str, Any]) -> dict[str, Any]:
    """Answer now, so that the rater counts as present."""
    return said(clip, answered_at=time.time())


def given(session: Session) -> Counter[str]:
    return Counter(row.segment for row in session.store.current() if row.kind == "answer")


def test_a_clip_ends_once_two_agree_and_asks_for_a_third_where_they_do_not(session: Make) -> None:
    made = session(clips=30, k=3, agree=2, raters=("ann", "ben", "cleo"), test_share=0.0)
    while sum(len(label(made, r, 1, answer)) for r, answer in (("ann", said), ("ben", wrong), ("cleo", said))):
        pass
    many, by = given(made), {i: {r.rater for r in made.store.current() if r.segment == i} for i in made.corpus.ids}
    assert set(many) == set(made.corpus.ids)
    assert set(many.values()) == {2, 3}
    for segment, count in many.items():
        assert (count == 3) == ("ben" in by[segment]), "ann and cleo agree at once, ben needs both"
    assert made.queue.slots.enough == set(made.corpus.ids)


def test_an_answer_taken_back_opens_the_clip_again(session: Make) -> None:
    made = session(clips=6, k=3, agree=2, raters=("ann", "ben"), test_share=0.0)
    heard = label(made, "ann", 6)
    label(made, "ben", 6)
    assert made.queue.slots.enough == set(heard)
    slot = made.queue.slots.last("ben")
    assert slot is not None
    made.queue.undo(slot, "ben", time.time())
    assert slot.segment not in made.queue.slots.enough


def test_begun_clips_go_to_whom_they_help_and_the_reason_says_so(session: Make) -> None:
    """Ann and ben have shown what they know, cleo errs: the open clips of ann's go to ben, and cleo begins new ones."""
    made = session(clips=90, k=3, whom="helpful", raters=("ann", "ben", "cleo"), test_share=0.0)
    for _ in range(25):
        for rater, answer in (("ann", fast), ("ben", fast), ("cleo", wrong)):
            label(made, rater, 1, answer)
    whom, known = made.queue._whom, made.queue._whom._known(made.studio.categories[0])[0]
    skill = {r: known.confusion(r).diagonal().mean() for r in ("ann", "ben", "cleo")}
    assert min(skill["ann"], skill["ben"]) > skill["cleo"] + 0.2
    helped = [s for s in made.queue.slots.hand("ben").slots if s.helps and s.state == "answered"]
    assert helped
    assert all(("ben", s.segment) in whom.chosen for s in helped)
    assert "you are expected to tell most" in made.why("ben", helped[-1].segment)["reason"]
    again = Session(made.folder, train=False)
    assert again.why("ben", helped[-1].segment)["reason"] == made.why("ben", helped[-1].segment)["reason"]


def test_everything_is_labelled_in_the_end_whoever_helps(session: Make) -> None:
    made = session(clips=20, k=2, whom="helpful", raters=("ann", "ben", "cleo"), test_share=0.1)
    while sum(len(label(made, r, 1, answer)) for r, answer in (("ann", fast), ("ben", fast), ("cleo", wrong))):
        pass
    assert set(given(made).values()) == {2}
    assert len(given(made)) == 20


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"k": 3, "agree": 4}, "at most 3 raters"),
        ({"k": 3, "agree": 1}, "2 or more who agree"),
        ({"whom": "helpful"}, "raise --k"),
    ],
)
def test_a_crowd_that_cannot_be_is_a_sentence(how: dict[str, Any], why: str) -> None:
    with pytest.raises(BadPlan, match=why):
        LabelProject("recordings", ("emotion=anger,sadness",), **how)
    with pytest.raises(UnknownName, match="who hears a clip"):
        LabelProject("recordings", ("emotion=anger,sadness",), k=2, whom="helpfull")
