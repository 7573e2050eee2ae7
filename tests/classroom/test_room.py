"""A class without web or screen: who joins, what counts, what survives a kill, and what the models learn."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path

import pytest

from seral_core.classroom.ballots import Ballot, Together
from seral_core.classroom.learned import curves_of, last_model
from seral_core.classroom.learning import Learning
from seral_core.classroom.plan import TEACHER, ClassPlan, new_class
from seral_core.classroom.question import quadrants
from seral_core.classroom.room import AGAIN_S, GRACE_S, LEAD_S, Classroom, NotOfClass
from seral_core.classroom.testing import made_class
from seral_core.errors import BadLabel, BadLog, BadPlan, BadStore, SeralError
from seral_core.studio.given import Answered, NotGiven

CLASSES = ("anger", "neutral", "sadness")


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_class(folder=tmp_path_factory.mktemp("class"))


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A class of its own for each test; the table and its features are shared."""
    import shutil

    copy = tmp_path / "class"
    shutil.copytree(made, copy)
    return copy


@pytest.fixture
def room(folder: Path, clock: Clock) -> Classroom:
    return Classroom(folder, clock)


def secret(i: int) -> str:
    return f"{i:032x}"


def a_vote(value: str = "anger", question: int = 1, made: str = "") -> dict[str, object]:
    return {"id": made or str(uuid.uuid4()), "question": question, "value": value, "after_s": 2.5, "plays": 1}


def joined(room: Classroom, n: int) -> list[str]:
    return [room.join(f"rater {i}", secret(i)) for i in range(n)]


def test_a_removed_nickname_is_gone_for_good_and_its_phone_may_come_back_under_another(room: Classroom) -> None:
    rude = room.join("Rude", secret(1))
    room.open_next()
    room.vote(rude, a_vote())
    room.remove(rude)
    again = Classroom(room.folder)
    assert (room.story.raters, again.story.raters, again.story.question and again.story.question.counts) == (
        [],
        [],
        [1, 0, 0],
    )
    with pytest.raises(NotOfClass):
        again.whose(secret(1))
    for phone in (1, 2):
        with pytest.raises(BadLabel, match="removed the nickname 'rude'; choose another"):
            again.join("rude", secret(phone))
    assert again.join("Anna", secret(1)) == "Anna"
    with pytest.raises(BadPlan, match="nobody here is called 'Rude'"):
        again.remove("Rude")


def test_two_phones_with_one_nickname_are_told_apart_and_one_phone_stays_itself(room: Classroom) -> None:
    assert room.join("Anna", secret(1)) == "Anna"
    assert room.join("  anna ", secret(2)) == "anna 2"
    assert room.join("Anna", secret(1)) == "Anna", "the reply was lost, and it asks again"
    assert room.join(TEACHER, secret(3)) == f"{TEACHER} 2"
    assert room.whose(secret(2)) == "anna 2"
    assert {rater.name for rater in Classroom(room.folder).studio.raters} == {TEACHER, "Anna", "anna 2", f"{TEACHER} 2"}
    with pytest.raises(NotOfClass, match="type the word"):
        room.whose(secret(9))


@pytest.mark.parametrize("name", ["", "   ", "x" * 25, "a\u202eb", "a\x00b", None])
def test_a_nickname_that_would_spoil_the_wall_is_refused(room: Classroom, name: str) -> None:
    with pytest.raises(BadLabel, match="nickname"):
        room.join(name, secret(1))
    assert not room.story.raters


def test_a_vote_is_a_row_of_the_label_store_like_any_other(room: Classroom) -> None:
    (anna,) = joined(room, 1)
    room.open_next()
    assert room.vote(anna, a_vote("neutral")) == 1
    (row,) = room.store.current(anna)
    assert (row.value, row.source, row.purpose, row.kind) == ("neutral", "human", "query", "answer")
    assert (row.segment, row.round, row.run) == (room.clip(1), 1, room.studio.run)
    assert row.answered_at == room.story.questions[0].opened.starts_at + 2.5


def test_a_vote_may_be_changed_until_the_reveal_and_not_after(room: Classroom) -> None:
    anna, ben = joined(room, 2)
    room.open_next()
    first = a_vote("anger")
    assert [room.vote(anna, first), room.vote(anna, a_vote("sadness")), room.vote(anna, first)] == [1, 1, 0]
    assert room.story.question is not None
    assert room.story.question.counts == [0, 0, 1], "a letter that is sent twice does not undo what came after it"
    room.reveal()
    with pytest.raises(Answered):
        room.vote(anna, a_vote("anger"))
    late = a_vote("anger")
    assert room.vote(ben, late) == 1, "it is kept"
    assert room.story.question.counts == [0, 0, 1], "and does not count: gold was on the wall"
    assert [row.guess_visible for row in room.store.current(ben)] == [True]
    again = Classroom(room.folder)
    assert again.story.questions[0].counts == [0, 0, 1]
    assert again.vote(ben, late) == 0
    assert again.vote(anna, first) == 0
    assert again.story.questions[0].counts == [0, 0, 1]


@pytest.mark.parametrize(
    ("vote", "wrong"),
    [
        ({**a_vote(), "question": 2}, NotGiven),
        ({**a_vote(), "question": "1"}, BadLabel),
        ({**a_vote(), "value": "joy"}, BadLabel),
        ({**a_vote(), "value": None}, BadLabel),
        ({**a_vote(), "id": "7"}, BadLabel),
        ({**a_vote(), "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, "x"))}, BadLabel),
        ({**a_vote(), "plays": -1}, BadLabel),
    ],
)
def test_what_is_no_vote_is_refused_and_nothing_is_kept(
    room: Classroom, vote: dict[str, object], wrong: type[SeralError]
) -> None:
    (anna,) = joined(room, 1)
    room.open_next()
    with pytest.raises(wrong):
        room.vote(anna, vote)
    assert not room.store.rows()


def test_nobody_takes_the_id_of_anothers_vote_nor_spoils_those_written_with_it(room: Classroom) -> None:
    raters = joined(room, 8)
    room.open_next()
    made = str(uuid.uuid4())
    room.vote(raters[0], a_vote("anger", made=made))
    outcome: dict[str, object] = {}

    def cast(rater: str, vote: dict[str, object]) -> None:
        try:
            outcome[rater] = room.vote(rater, vote)
        except BadLabel as wrong:
            outcome[rater] = wrong

    votes = [a_vote("sadness", made=made), *(a_vote("neutral") for _ in raters[2:])]
    with room._lock:  # so that all of them wait, and are written together
        threads = [threading.Thread(target=cast, args=pair) for pair in zip(raters[1:], votes, strict=True)]
        for thread in threads:
            thread.start()
        while len(room._cast._waiting) < len(threads):
            pass
    for thread in threads:
        thread.join()
    assert isinstance(outcome.pop(raters[1]), BadLabel)
    assert outcome == dict.fromkeys(raters[2:], 1)
    assert room.story.question is not None
    assert room.story.question.counts == [1, 6, 0]


def test_a_vote_that_could_not_be_written_may_be_sent_again(room: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    (anna,) = joined(room, 1)
    room.open_next()

    def full(*_: object, **__: object) -> int:
        raise BadStore("the disk is full")

    vote = a_vote()
    monkeypatch.setattr(room.store, "append", full)
    with pytest.raises(BadStore):
        room.vote(anna, vote)
    monkeypatch.undo()
    assert room.vote(anna, vote) == 1


def test_the_server_reveals_when_all_who_are_there_have_voted_or_the_time_is_up(room: Classroom, clock: Clock) -> None:
    anna, ben, _ = joined(room, 3)
    assert not room.due([])
    room.open_next()
    room.vote(anna, a_vote())
    assert not room.due([anna, ben])
    assert room.due([anna]), "who has left is not waited for"
    assert not room.due([]), "a room that is empty for a moment is waited for"
    clock.now += LEAD_S + room.plan.answer_s + GRACE_S / 2
    assert not room.due([anna, ben])
    clock.now += GRACE_S
    assert room.due([anna, ben])


def test_a_server_that_was_killed_goes_on_where_the_class_stood_and_waits_for_its_phones(
    room: Classroom, clock: Clock
) -> None:
    anna, ben = joined(room, 2)
    room.open_next()
    room.vote(anna, a_vote())
    with room.log.path.open("ab") as file:
        file.write(b'{"event":"Reveal')  # it was writing when it was killed
    clock.now += 100
    again = Classroom(room.folder, clock)
    assert (again.story.step, again.story.raters, again.whose(secret(1))) == ("1.question", [anna, ben], ben)
    assert again.clip(2) == room.clip(2), "the next clip is the one that phones fetched"
    assert not again.due([anna]), "ben's phone is on its way back"
    assert again.vote(ben, a_vote()) == 1
    assert again.due([anna, ben])
    clock.now += AGAIN_S + 1
    again.reveal()
    assert Classroom(room.folder).story.step == "1.revealed"


def test_a_log_that_was_changed_is_not_believed(room: Classroom) -> None:
    joined(room, 2)
    room.log.path.write_bytes(room.log.path.read_bytes().replace(b"rater 1", b"rater 9"))
    with pytest.raises(BadLog, match="line 2"):
        Classroom(room.folder)


def test_a_full_disk_leaves_no_half_of_an_event(room: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = FileIO.write

    class Full(FileIO):
        def write(self, content: bytes) -> int:  # type: ignore[override]
            return whole(self, content[:20])

    with monkeypatch.context() as patch:
        patch.setattr("seral_core.classroom.events.appending", lambda path: Full(path, "ab"))
        with pytest.raises(OSError, match="No space left on device"):
            room.open_next()
    assert room.story.phase == "lobby"
    room.open_next()
    assert Classroom(room.folder).story.step == "1.question"


def test_a_vote_whose_writer_failed_is_not_taken_for_stored() -> None:
    found: list[object] = []

    def write(ballots: Sequence[Ballot]) -> None:
        if ballots:
            raise RuntimeError("a mistake")

    class Held(Together):
        def __call__(self, ballot: Ballot) -> int:
            try:
                return super().__call__(ballot)
            except Exception as wrong:
                found.append(wrong)
                return 0

    lock = threading.RLock()
    cast = Held(lock, write)
    with lock:
        votes = [Ballot("anna", str(i), 1, "anger", 1.0, None, 1) for i in range(3)]
        threads = [threading.Thread(target=cast, args=(vote,)) for vote in votes]
        for thread in threads:
            thread.start()
        while len(cast._waiting) < 3:
            pass
    for thread in threads:
        thread.join()
    assert sorted(type(wrong).__name__ for wrong in found) == ["BadStore", "BadStore", "RuntimeError"]


def test_a_phone_may_hear_the_present_clip_and_the_next_one_and_no_other(room: Classroom) -> None:
    with pytest.raises(NotGiven):
        room.clip(1)
    opened = room.open_next()
    assert [room.clip(1), room.clip(2)] == [opened.segment, opened.then]
    for number in (0, 3, -1):
        with pytest.raises(NotGiven):
            room.clip(number)


def test_a_class_is_carried_out_in_order_and_ends(room: Classroom) -> None:
    with pytest.raises(BadPlan, match="open the next one"):
        room.reveal()
    heard = []
    for number in range(1, room.plan.questions + 1):
        heard.append(room.open_next().segment)
        with pytest.raises(BadPlan, match="expected the lobby"):
            room.open_next()
        assert room.reveal().number == number
    assert len(set(heard)) == room.plan.questions, "no clip is asked about twice"
    with pytest.raises(BadPlan, match="end the class"):
        room.open_next()
    room.end()
    with pytest.raises(BadLabel, match="over"):
        room.join("Anna", secret(1))


def test_the_last_question_leads_nowhere(folder: Path) -> None:
    room = Classroom(folder)
    for _ in range(room.plan.questions - 1):
        assert room.open_next().then
        room.reveal()
    assert not room.open_next().then


def carried_out(folder: Path, says: Callable[[str, int], str]) -> Learning:
    """A class of four whose votes follow gold in some way, with a round of training after each question."""
    room, learning = Classroom(folder), Learning(folder)
    learning.look()
    raters = joined(room, 4)
    for number in range(1, room.plan.questions + 1):
        room.open_next()
        assert room.story.question is not None
        gold = room.gold(room.story.question)
        for i, rater in enumerate(raters):
            room.vote(rater, a_vote(says(gold, i), number))
        room.reveal()
        assert learning.look()
    return learning


def test_a_room_that_says_what_is_recorded_teaches_what_gold_teaches(folder: Path) -> None:
    learning = carried_out(folder, lambda gold, _: gold)
    assert [scores["round"] for scores in learning.curves] == [0, 1, 2, 3, 4, 5]
    assert all(scores["room"] == scores["gold"] for scores in learning.curves)
    assert curves_of(folder) == learning.curves
    again = Learning(folder)
    while again.look():
        pass
    assert again.curves == learning.curves, "worked out again, the class gives the same curves"


def test_a_room_that_splits_is_ambiguous_and_teaches_nothing_by_a_tie(folder: Path) -> None:
    other = {"anger": "neutral", "neutral": "sadness", "sadness": "anger"}
    learning = carried_out(folder, lambda gold, i: gold if i % 2 else other[gold])
    assert {scores["room"] for scores in learning.curves} == {learning.curves[0]["room"]}
    room = Classroom(folder)
    assert all(question.entropy > 0.6 for question in room.story.questions if question.entropy is not None)
    places, lines = quadrants(room.story.questions)
    assert None not in places
    assert 0 <= lines[1] <= 1


def test_the_model_did_not_know_the_answer_that_it_guessed(folder: Path) -> None:
    carried_out(folder, lambda gold, _: gold)
    model = last_model(folder)
    assert model is not None
    asked = {question.opened.segment for question in Classroom(folder).story.questions}
    assert not asked & set(model.ranking)
    assert model.round == 5
    assert all(len(question.guess) == len(CLASSES) for question in Classroom(folder).story.questions)


def test_a_corpus_without_a_recorded_emotion_makes_no_class(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text("file,speaker,arousal\na.wav,1,2\nb.wav,2,3.5\n")
    with pytest.raises(BadPlan, match="expected a corpus whose clips have a recorded emotion"):
        new_class(ClassPlan(str(tmp_path / "clips.csv")), tmp_path / "class")
    assert not (tmp_path / "class").exists()


@pytest.mark.parametrize("entry", ["word", "key"])
def test_a_word_that_is_markup_makes_no_class(entry: str) -> None:
    with pytest.raises(BadPlan, match="to join"):
        ClassPlan("synthetic", **{entry: "![x](http://example.org/x.png)"})  # type: ignore[arg-type]
