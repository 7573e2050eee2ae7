"""What raters hear: each clip once, in an order of their own, the same after any end."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seral_core.studio.queue import test_part as part_for_tests
from seral_core.studio.session import Session

from .conftest import label, said, skipped

Make = Callable[..., Session]


def purposes(session: Session, rater: str = "me") -> Counter[str]:
    return Counter(slot.purpose for slot in session.queue.slots.hand(rater).slots if not slot.replaced)


def ranking(session: Session, segments: list[str], number: int = 1) -> None:
    path = session.folder / "run" / "next.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"round": number, "segments": segments}))


def test_every_clip_comes_once(session: Make) -> None:
    made = session(clips=30)
    heard = label(made, "me", 50)
    assert sorted(heard) == sorted(made.corpus.ids)


def test_the_open_clip_and_those_at_hand_survive_a_new_ranking_and_a_restart(session: Make) -> None:
    made = session(clips=60)
    label(made, "me", 5)
    before = made.next("me")["clips"]
    ranking(made, list(made.corpus.ids)[::-1])
    assert Session(made.folder, train=False).next("me")["clips"] == before


def test_ranked_clips_come_after_those_at_hand(session: Make) -> None:
    made = session(clips=60, batch=3)
    at_hand = [clip["segment"] for clip in made.next("me")["clips"]]
    pool = [i for i in made.corpus.ids if i in made.queue.pool and i not in at_hand]
    ranking(made, pool[-6:])
    heard = label(made, "me", 14)
    assert heard[:4] == at_hand
    ranked = [segment for segment in heard[4:] if segment in made.queue.pool]
    assert set(ranked[:6]) == set(pool[-6:])
    assert set(ranked[:3]) <= set(pool[-6:-1])


def test_two_raters_have_orders_of_their_own(session: Make) -> None:
    made = session(clips=60, k=2, raters=("anna", "ben"))
    anna, ben = label(made, "anna", 60), label(made, "ben", 60)
    assert anna != ben
    assert sorted(anna) == sorted(ben) == sorted(made.corpus.ids)


def test_a_clip_has_as_many_raters_as_it_asks_for(session: Make) -> None:
    made = session(clips=45, k=2, raters=tuple("abcd"))
    busy = True
    while busy:
        busy = sum(len(label(made, rater, 1)) for rater in "abcd") > 0
    given = Counter(row.segment for row in made.store.current())
    assert set(given.values()) == {2}
    assert len(given) == 45


def test_eight_threads_share_the_clips_without_hearing_one_twice(session: Make) -> None:
    made = session(clips=120, raters=tuple("abcdefgh"))
    threads = [threading.Thread(target=label, args=(made, rater, 200)) for rater in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = made.store.current()
    assert {row.segment for row in rows} == set(made.corpus.ids)
    assert max(Counter((row.segment, row.rater) for row in rows).values()) == 1


def test_a_rater_who_left_blocks_nobody(session: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seral_core.studio.queue.ABSENT_S", -1.0)
    made = session(clips=12, raters=("anna", "ben"))
    held = [clip["segment"] for clip in made.next("anna")["clips"]]
    heard = label(made, "ben", 20)
    assert set(held) <= set(heard)
    assert len(heard) == 12
    assert [clip["segment"] for clip in made.next("anna")["clips"]] == held[:1]


def test_what_lies_open_before_a_rater_is_left_to_that_rater(session: Make) -> None:
    made = session(clips=12, raters=("anna", "ben"))
    (first, *_) = made.next("anna")["clips"]
    assert len(label(made, "ben", 20)) == 11
    assert label(made, "anna", 20) == [first["segment"]]


def test_a_skipped_clip_goes_to_others(session: Make) -> None:
    made = session(clips=12, raters=("anna", "ben"))
    (clip, *_) = made.next("anna")["clips"]
    made.record("anna", skipped(clip))
    assert clip["segment"] in label(made, "ben", 12)


def test_a_skipped_clip_comes_back_at_the_end_once(session: Make) -> None:
    made = session(clips=12)
    (clip, *_) = made.next("me")["clips"]
    made.record("me", skipped(clip))
    assert label(made, "me", 11)[-1] != clip["segment"]
    (again,) = made.next("me")["clips"]
    assert again["segment"] == clip["segment"]
    made.record("me", skipped(again))
    assert made.next("me")["clips"] == []


def test_an_unsure_answer_is_no_label_and_asks_another_rater(session: Make) -> None:
    made = session(clips=12, raters=("anna", "ben"))
    (clip, *_) = made.next("anna")["clips"]
    payload = said(clip)
    payload["answers"][0].update(value=None, unsure=True)
    made.record("anna", payload)
    assert clip["segment"] not in [c["segment"] for c in made.next("anna")["clips"]]
    assert clip["segment"] in label(made, "ben", 12)
    assert made.progress("anna")["unsure"] == 1


def test_a_tenth_is_set_aside_at_random_and_asked_at_that_rate(session: Make) -> None:
    made = session(clips=400)
    assert 25 <= len(made.queue.test) <= 55
    label(made, "me", 100)
    assert 9 <= sum(slot.purpose == "test" for slot in made.queue.slots.hand("me").slots[:100]) <= 11
    assert all(
        (slot.purpose == "test") == (slot.segment in made.queue.test) for slot in made.queue.slots.hand("me").slots
    )


def test_the_test_part_stays_when_recordings_are_added(session: Make) -> None:
    studio = session(clips=3).studio
    few = part_for_tests(studio, [f"{i}.wav" for i in range(50)])
    assert few == part_for_tests(studio, [f"{i}.wav" for i in range(100)]) & {f"{i}.wav" for i in range(50)}


def test_a_ranking_never_brings_up_a_test_clip(session: Make) -> None:
    made = session(clips=200)
    ranking(made, sorted(made.queue.test))
    label(made, "me", 100)
    slots = made.queue.slots.hand("me").slots
    assert {slot.purpose for slot in slots if slot.segment in made.queue.test} == {"test"}


def test_repeats_come_at_their_rate_and_not_too_soon(session: Make) -> None:
    made = session(clips=400, repeat_share=0.1)
    label(made, "me", 200)
    slots = [slot for slot in made.queue.slots.hand("me").slots if slot.position < 200]
    repeats = [slot for slot in slots if slot.purpose == "repeat"]
    assert 15 <= len(repeats) <= 21
    for again in repeats:
        (first,) = (slot for slot in slots if slot.segment == again.segment and slot.purpose != "repeat")
        assert again.position - first.position > 10
    assert max(Counter(slot.segment for slot in repeats).values()) == 1


def test_a_repeat_keeps_both_answers(session: Make) -> None:
    made = session(clips=60, repeat_share=0.1)
    label(made, "me", 40)
    rows = made.store.current("me")
    (repeated, *_) = [row.segment for row in rows if row.purpose == "repeat"]
    assert sorted(row.purpose for row in rows if row.segment == repeated)[-1] == "repeat"
    assert len([row for row in rows if row.segment == repeated]) == 2


def test_a_screen_does_not_show_why_its_clip_was_chosen(session: Make) -> None:
    made = session(clips=60)
    assert set(made.next("me")["clips"][0]) == {"segment", "shown", "round", "seconds"}


def test_a_damaged_ranking_does_no_harm(session: Make) -> None:
    made = session(clips=20)
    path = made.folder / "run" / "next.json"
    path.parent.mkdir()
    for text in ("", "{", "[]", '{"round": "x", "segments": 3}', '{"round": 1, "segments": ["../../etc/passwd", 7]}'):
        path.write_text(text)
        assert len(label(made, "me", 2)) == 2


def test_two_processes_give_a_rater_the_same_clip(session: Make) -> None:
    made = session(clips=60)
    other = Session(made.folder, train=False)
    for _ in range(6):
        here, there = made.next("me")["clips"], other.next("me")["clips"]
        assert here == there
        made.record("me", said(here[0]))
        assert other.next("me")["clips"][0] == here[1]


def test_a_clip_that_vanished_from_the_corpus_is_not_shown(session: Make) -> None:
    made = session(clips=30)
    held = [clip["segment"] for clip in made.next("me")["clips"]]
    table = Path(made.studio.corpus)
    table.write_text("".join(line for line in table.read_text().splitlines(True) if not line.startswith(held[0])))
    again: Any = Session(made.folder, train=False)
    assert [clip["segment"] for clip in again.next("me")["clips"]][:3] == held[1:]


def test_two_servers_never_give_one_clip_to_more_raters_than_it_asks_for(project: Callable[..., Path]) -> None:
    folder = project(clips=60, raters=("anna", "ben"), k=1, test_share=0.0)
    (folder / "run").mkdir()
    wanted = [f"{i:04}.wav" for i in range(60)]
    (folder / "run" / "next.json").write_text(json.dumps({"round": 1, "segments": wanted}))
    here, there = Session(folder, train=False), Session(folder, train=False)
    append, chosen, bens = here.store.append, list[str](), list[str]()

    def overtaken(rows: Any, **how: Any) -> int:
        """Write as if the other server had been a moment quicker, with the very clips that were chosen here."""
        if not chosen:
            chosen[:] = [row.segment for row in rows]
            (folder / "run" / "next.json").write_text(json.dumps({"round": 1, "segments": chosen}))
            bens[:] = [clip["segment"] for clip in there.next("ben", 4)["clips"]]
        return append(rows, **how)

    here.store.append = overtaken  # type: ignore[method-assign]
    annas = [clip["segment"] for clip in here.next("anna", 4)["clips"]]
    assert sorted(bens) == sorted(chosen)
    assert len({*annas, *bens}) == 8
    assert [clip["segment"] for clip in there.next("ben", 4)["clips"]] == bens
