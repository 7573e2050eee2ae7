"""A class over HTTP: who joins, what a phone may ask, what it never learns, and who is kept out."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from seral_core.classroom.plan import open_class
from seral_core.classroom.testing import made_class
from seral_core.errors import BadStore
from seral_core.studio.project import open_project
from seral_dashboard import classes, projects
from seral_dashboard.access import Gate
from tests.dashboard.class_rooms import ROUTES, opened_class
from tests.dashboard.label import Reply, serving
from tests.patience import PATIENCE


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(ROUTES) as port:
        yield port


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> classes.Hub:
    """An open class of three questions whose clips can be heard; nothing trains beside it."""
    return opened_class(made_class(folder=tmp_path, questions=3, answer_s=0.0), tmp_path, monkeypatch)


class Phone:
    """A phone, or a program that pretends to be one."""

    def __init__(self, port: int, hub: classes.Hub, secret: str = "") -> None:
        self.port, self.hub, self.secret = port, hub, secret or uuid.uuid4().hex
        self.place = f"/api/class/{projects.key_of(hub.folder)}"

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        content = None if body is None else json.dumps(body).encode()
        with contextlib.closing(line):
            line.request(method, path, content, {"Authorization": f"Bearer {self.secret}"})
            answer = line.getresponse()
            return Reply(answer.status, answer.headers, answer.read())

    def join(self, name: str, word: str = "", **more: Any) -> Reply:
        word = word or ("" if more else self.hub.room.plan.word)
        return self.ask("POST", "/api/class/join", {"name": name, "word": word, "secret": self.secret, **more})

    def look(self, after: str = "") -> Any:
        return self.ask("GET", f"{self.place}/look?after={after}").json()

    def vote(self, value: str, question: int = 1) -> Reply:
        body = {"id": str(uuid.uuid4()), "question": question, "value": value, "after_s": 1.0}
        return self.ask("POST", f"{self.place}/answer", body)

    def wall(self, verb: str, method: str = "POST") -> Any:
        return self.ask(method, f"/api/wall/{projects.key_of(self.hub.folder)}/{verb}").json()


def joined(port: int, hub: classes.Hub, *names: str) -> list[Phone]:
    phones = [Phone(port, hub) for _ in names]
    for phone, name in zip(phones, names, strict=True):
        assert phone.join(name).status == 200
    return phones


def test_a_phone_joins_by_word_as_people_type_it_or_by_the_code(port: int, hub: classes.Hub) -> None:
    word, one, two = hub.room.plan.word, Phone(port, hub), Phone(port, hub)
    assert one.join("Anna", f" {word[:4].upper()}-{word[4:]} ").json()["rater"] == "Anna"
    assert two.join("Anna", key=hub.room.plan.key).json() == {"place": one.place, "rater": "Anna 2"}
    assert one.look()["rater"] == "Anna"
    code = Phone(port, hub).ask("GET", f"/api/wall/{projects.key_of(hub.folder)}/code")
    assert code.content.startswith(b"<svg")


def test_words_are_guessed_a_few_times_a_minute_and_the_code_still_opens(port: int, hub: classes.Hub) -> None:
    guest = Phone(port, hub)
    assert [guest.join("x", "badaguesses").status for _ in range(4)] == [401, 401, 401, 429]
    assert guest.join("x").status == 429, "the right word is not told either"
    assert guest.join("x", key="not-the-key").status == 401
    assert guest.join("Anna", key=hub.room.plan.key).status == 200


def test_a_phone_that_did_not_join_gets_nothing(port: int, hub: classes.Hub) -> None:
    (anna,) = joined(port, hub, "Anna")
    hub.room.open_next()
    for secret in (uuid.uuid4().hex, "", hub.room.plan.word, hub.room.plan.key):
        stranger = Phone(port, hub, secret or " ")
        for reply in (stranger.ask("GET", f"{anna.place}/look"), stranger.vote("anger"),
                      stranger.ask("GET", f"{anna.place}/clip?question=1")):  # fmt: skip
            assert (reply.status, reply.json()["reason"]) == (403, "stranger")
    assert not hub.room.store.rows()


def test_a_phone_gets_no_further_than_its_class(port: int, hub: classes.Hub) -> None:
    """Neither as a rater of the labelling project that the class is, nor at the wall, nor anywhere behind the gate."""
    (anna,) = joined(port, hub, "Anna")
    hub.room.open_next()
    project = projects.key_of(hub.folder)
    assert anna.ask("GET", f"/api/label/{project}/next").status == 401
    assert anna.ask("GET", f"/rate/{anna.secret}").status == 404
    assert anna.secret not in {rater.secret for rater in open_project(hub.folder).raters}
    assert anna.secret not in "".join(path.read_text() for path in hub.folder.glob("*.toml"))
    for path in ("/wall/x", f"/wall/{project}", f"/api/wall/{project}/look", f"/api/wall/{project}/open", "/class",
                 f"/api/class/{project}/look/../../../x", f"/api/clip/{project}", "/wall.js", "/join/a/b"):  # fmt: skip
        assert not Gate.is_open(path), path
    for path in ("/join", "/join/QR_key-1", "/class.js", "/class.css", f"/api/class/{project}/look", "/api/class/join"):
        assert Gate.is_open(path), path


def test_a_phone_hears_the_present_clip_and_the_next_and_learns_no_name_and_no_gold_early(
    port: int, hub: classes.Hub
) -> None:
    (anna,) = joined(port, hub, "Anna")
    assert anna.ask("GET", f"{anna.place}/clip?question=1").status == 403
    opened = hub.room.open_next()
    numbers = ("1", "2", "3", "0", "-1", "x", f"000001{'0' * 5000}")
    heard = [anna.ask("GET", f"{anna.place}/clip?question={number}") for number in numbers]
    assert [reply.status for reply in heard] == [200, 200, *[422] * 5], "by number alone"
    assert heard[0].content[:4] == b"RIFF"
    said = json.dumps(anna.look())
    assert opened.segment not in said
    assert opened.then not in said
    assert "gold" not in said
    assert opened.segment not in "".join(str(reply.headers) for reply in heard)
    hub.room.reveal()
    hub.room.open_next()
    assert anna.ask("GET", f"{anna.place}/clip?question=1").status == 422, "what is over is not played any more"


def test_the_last_vote_reveals_and_all_who_wait_are_told(port: int, hub: classes.Hub) -> None:
    anna, ben = joined(port, hub, "Anna", "Ben")
    told: list[Any] = []
    ben_waits = threading.Thread(target=lambda: told.append(ben.look("0.lobby")))
    ben_waits.start()
    assert anna.wall("open")["step"] == "1.question"
    ben_waits.join(PATIENCE)
    assert told[0]["step"] == "1.question"
    anna_waits = threading.Thread(target=lambda: told.append(anna.look("1.question")))
    ben_waits = threading.Thread(target=lambda: told.append(ben.look("1.question")))
    for one in (anna_waits, ben_waits):
        one.start()
    while not all(hub._waiting[name] for name in ("Anna", "Ben")):
        time.sleep(0.01)
    assert anna.vote("anger").json() == {"saved": 1}
    assert ben.vote("sadness").json() == {"saved": 1}
    for one in (anna_waits, ben_waits):
        one.join(PATIENCE)
    assert [seen["step"] for seen in told[1:]] == ["1.revealed", "1.revealed"]
    assert {seen["mine"] for seen in told[1:]} == {"anger", "sadness"}
    assert told[1]["gold"] == hub.room.gold(hub.room.story.questions[0])
    (past,) = anna.wall("history", "GET")["questions"]
    assert sorted(value for _, value in past["votes"]) == ["anger", "sadness"]


def test_a_phone_that_is_late_or_slept_is_told_the_present_question(port: int, hub: classes.Hub) -> None:
    (anna,) = joined(port, hub, "Anna")
    hub.room.open_next()
    hub.room.reveal()
    hub.room.open_next()
    assert anna.look("0.lobby")["step"] == "2.question"
    (late,) = joined(port, hub, "Late")
    assert late.look()["step"] == "2.question"
    assert late.vote("anger", 2).status == 200
    assert late.vote("anger", 1).json() == {"saved": 1}, "kept, though it came when all was over"
    assert hub.room.story.questions[0].counts == [0, 0, 0]


def test_a_phone_sees_no_path_of_what_goes_wrong_and_may_send_its_vote_again(
    port: int, hub: classes.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    (anna,) = joined(port, hub, "Anna")
    hub.room.open_next()

    def full(*_: object, **__: object) -> int:
        raise BadStore(f"{hub.folder}/labels.sqlite: the disk is full")

    monkeypatch.setattr(hub.room.store, "append", full)
    reply = anna.vote("anger")
    assert reply.status == 503
    assert str(hub.folder) not in reply.content.decode()
    monkeypatch.undo()
    for body in (b"[]", b"{", b'{"id": "\\ud800"}', b"x" * 5000):
        line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        with contextlib.closing(line):
            line.request("POST", f"{anna.place}/answer", body, {"Authorization": f"Bearer {anna.secret}"})
            assert line.getresponse().status in (413, 422)
    assert anna.vote("anger").json() == {"saved": 1}


def test_a_blind_wall_says_how_many_voted_and_shows_what_only_at_the_reveal(port: int, hub: classes.Hub) -> None:
    hub.room.plan = replace(hub.room.plan, blind=True)
    anna, ben = joined(port, hub, "Anna", "Ben")
    anna.wall("open")
    assert anna.vote("anger").status == 200
    seen = anna.wall("look", "GET")
    assert (seen["voted"], seen["counts"]) == (["Anna"], [])
    assert anna.wall("reveal")["counts"] == [1, 0, 0]
    assert anna.wall("remove?rater=Ben")["raters"] == ["Anna"]
    assert ben.ask("GET", f"{ben.place}/look?after=").json()["reason"] == "stranger"


def test_what_the_wall_cannot_do_now_it_says_in_a_sentence(port: int, hub: classes.Hub) -> None:
    anna = Phone(port, hub)
    assert "open the next one" in anna.wall("reveal")["error"]
    assert "step 'dance'" in anna.wall("dance")["error"]
    assert anna.wall("end")["phase"] == "ended"
    assert Phone(port, hub).join("Anna").status == 401, "a class that is over is not joined"
    assert open_class(hub.folder).word == hub.room.plan.word
