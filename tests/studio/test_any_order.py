"""Whatever raters do, in any order, in any process: the queue keeps its promises."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from seral_core.studio.session import Session
from seral_core.studio.testing import made_project

from .conftest import said, skipped

RATERS = ("anna", "ben", "cleo")


class World:
    """Two servers on one project, and raters who do all sorts of things."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.k = self.rng.choice([1, 1, 2, 3])
        how = {"repeat_share": self.rng.choice([0.0, 0.1]), "test_share": self.rng.choice([0.0, 0.2])}
        how |= {"gold": "corpus", "gold_share": 0.1} if self.rng.random() < 0.4 else {}
        self.folder = made_project(self.rng.choice([9, 25, 60]), folder=folder, raters=RATERS, k=self.k, batch=5, **how)
        self.servers = [Session(self.folder, train=False) for _ in range(2)]
        self.pressed: dict[str, object] = {}

    def step(self) -> None:
        rater, server = self.rng.choice(RATERS), self.rng.randrange(2)
        session = self.servers[server]
        match self.rng.choices(["label", "skip", "unsure", "undo", "restart", "rank", "free"], [60, 6, 4, 10, 3, 4, 3])[
            0
        ]:
            case "restart":
                self.servers[server] = Session(self.folder, train=False)
            case "rank":
                self.rank(session)
            case "undo":
                self.undo(session, rater)
            case "free":
                if session.queue.pool:
                    segment = self.rng.choice(sorted(session.queue.pool))
                    self.press(session, rater, {"segment": segment, "shown": ""})
            case kind:
                clips = session.next(rater)["clips"]
                if clips and kind == "skip":
                    session.record(rater, skipped(clips[0]))
                elif clips:
                    self.press(session, rater, clips[0], unsure=kind == "unsure")

    def press(self, session: Session, rater: str, clip: dict[str, str], unsure: bool = False) -> None:
        payload = said(clip, self.rng.choice(["anger", "neutral", "sadness"]))
        payload["answers"][0]["unsure"] = unsure
        before = [c["shown"] for c in session.next(rater)["clips"]]
        done = session.record(rater, payload)
        assert done["saved"] == 1
        after = [c["shown"] for c in done["clips"]]
        if clip["shown"]:  # what was at hand moves up, unless others have labelled it meanwhile
            left = [shown for shown in before[1:] if shown in after]
            assert after[: len(left)] == left
        self.pressed[payload["answers"][0]["id"]] = (rater, clip["segment"], payload["answers"][0]["value"])

    def undo(self, session: Session, rater: str) -> None:
        session.queue.sync()
        last = session.queue.slots.last(rater)
        told = session.undo(rater)
        if last is not None and last.position >= 0 and not last.replaced:
            assert told["clips"][0]["segment"] == told["undone"]

    def rank(self, session: Session) -> None:
        session.run.mkdir(exist_ok=True)
        ids = list(session.corpus.ids)
        self.rng.shuffle(ids)
        said = {"round": self.rng.randrange(9), "segments": ids[: self.rng.randrange(12)]}
        (session.run / "next.json").write_text(json.dumps(said))

    def check(self) -> None:
        one, other = self.servers
        for rater in RATERS:
            assert one.next(rater) == other.next(rater)
        fresh = Session(self.folder, train=False)
        for rater in RATERS:
            assert fresh.next(rater) == one.next(rater)
        rows = one.store.rows()
        answers = {row.id: (row.rater, row.segment, row.value) for row in rows if row.kind in ("answer", "unsure")}
        assert answers == self.pressed
        for rater in RATERS:
            hand = one.queue.slots.hand(rater)
            given = [s for s in hand.slots if not s.void]
            assert sorted(s.position for s in given) == sorted({s.position for s in given})
            often = Counter(s.segment for s in given if s.purpose != "repeat" and s.state != "skipped")
            assert max(often.values(), default=0) <= 1
            assert max(Counter(s.segment for s in given if s.purpose == "repeat").values(), default=0) <= 1


@pytest.mark.parametrize("seed", range(16))
def test_promises_hold_whatever_happens(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, seed)
    for _ in range(120):
        world.step()
    world.check()


@pytest.mark.parametrize("seed", range(4))
def test_in_the_end_every_clip_has_the_raters_it_asked_for(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, seed)
    for _ in range(60):
        world.step()
    monkeypatch.setattr("seral_core.studio.queue.ABSENT_S", -1.0)
    session = Session(world.folder, train=False)
    for _ in range(400):
        for rater in RATERS:
            for clip in session.next(rater)["clips"][:1]:
                session.record(rater, said(clip))
    assert all(session.next(rater)["clips"] == [] for rater in RATERS)
    for segment in session.queue.test | session.queue.pool:
        unsure = {
            s.rater
            for h in session.queue.slots.hands.values()
            for s in h.slots
            if s.segment == segment and s.state == "unsure"
        }
        assert len(session.queue.slots.answered(segment)) >= min(world.k, len(RATERS) - len(unsure))
