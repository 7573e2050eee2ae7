"""The desk over HTTP: what a secret opens, what is kept, and what is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import soundfile

from seral_core.corpora.base import open_corpus
from seral_core.errors import BadCorpus, BadPlan, BadStore
from seral_core.studio.opening import opened_project
from seral_core.studio.project import add_raters
from seral_dashboard import clips, projects
from seral_dashboard.routes_label import MOST_BYTES
from tests.dashboard.label import EMOTION, Desk, Reply, project, recordings, serving


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as port:
        yield port


@pytest.fixture
def desk(port: int, tmp_path: Path) -> Desk:
    return Desk(port, project(tmp_path))


def an_answer(clip: dict[str, Any], value: Any = "anger", number: str = "1", **more: Any) -> dict[str, Any]:
    answers = [{"id": f"{clip['shown']}-{number}", "target": "emotion", "value": value}]
    return {"shown": clip["shown"], "segment": clip["segment"], "kind": "answer", "answers": answers, **more}


def given(desk: Desk, n: int) -> list[str]:
    """Clips that the desk gives."""
    return [clip["segment"] for clip in desk.get("next", n=n).json()["clips"]]


def test_a_secret_gives_clips_and_what_is_asked_of_them(desk: Desk) -> None:
    said = desk.get("next", n=4).json()
    assert len({clip["segment"] for clip in said["clips"]}) == 4
    assert said["rater"] == "anna"
    assert said["task"][0]["classes"] == ["anger", "happiness", "neutral", "sadness"]
    assert set(said["clips"][0]) == {"segment", "shown", "round", "seconds"}, "nothing says why a clip is shown"


def test_an_answer_is_in_the_store_when_it_is_acknowledged(desk: Desk) -> None:
    first, second, *_ = desk.get("next").json()["clips"]
    done = desk.post("answer", an_answer(first)).json()
    assert done["saved"] == 1
    assert done["clips"][0] == second
    assert [(row.segment, row.value, row.rater) for row in desk.said] == [(first["segment"], "anger", "anna")]


def test_an_answer_that_could_not_be_stored_may_be_sent_again(desk: Desk, tmp_path: Path) -> None:
    first, second, *_ = desk.get("next").json()["clips"]
    desk.post("answer", an_answer(first))
    away = (desk.folder / "labels.sqlite").rename(tmp_path / "away.sqlite")
    reply = desk.post("answer", an_answer(second))
    assert (reply.status, "sends them again" in reply.json()["error"]) == (503, True)
    away.rename(desk.folder / "labels.sqlite")
    assert desk.post("answer", an_answer(second)).json()["saved"] == 1


def test_a_recording_that_is_replaced_is_heard_as_it_is_now_and_answers_about_the_old_one_are_named(desk: Desk) -> None:
    clip, corpus = desk.get("next").json()["clips"][0], projects.studio(desk.folder).corpus
    before, place = desk.get("clip", segment=clip["segment"]).content, Path(corpus) / clip["segment"]
    desk.post("answer", an_answer(clip))
    old, size = place.read_bytes(), place.stat().st_size

    def named() -> list[str]:
        notes = (*opened_project(corpus, {}, project=desk.folder)[2], *open_corpus(desk.folder).notes)
        return [note for note in notes if "another recording now" in note]

    assert not named()
    soundfile.write(place, np.random.default_rng(1).normal(0, 0.1, 4000), 8000)
    assert place.stat().st_size == size, "only what is in it says that it is another one"
    now = desk.get("clip", segment=clip["segment"]).content
    assert (len(now), now == before) == (len(before), False)
    assert desk.get("clip", segment=clip["segment"]).content == now
    assert ["1 clip " in note and clip["segment"] in note for note in named()] == [True, True]
    again = desk.post("undo", {"shown": clip["shown"]}).json()["clips"][0]
    assert again["segment"] == clip["segment"]
    desk.post("answer", an_answer(again, id="again"))
    assert not named(), "it was heard again as it is now"
    place.write_bytes(old)
    assert len(named()) == 2


def hidden(reply: Reply, folder: Path, status: int) -> None:
    """Nothing of the computer is in what a rater gets, and the message says whom to inform."""
    assert reply.status == status
    text = reply.content.decode()
    assert not any(
        part in text for part in (str(folder), str(folder.parent), "/tmp", "postgresql", "127.0.0.1", ".log")
    )
    assert "tell the person who sent you the link" in text


def test_a_rater_sees_no_path_and_no_address_of_what_goes_wrong(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clip = desk.get("next").json()["clips"][0]
    log = f"see {desk.folder}/seral.log"
    errors = [
        (BadStore(f"postgresql://me@127.0.0.1/x: {log}"), 503),
        (BadCorpus(log), 503),
        (BadPlan(log), 503),
        (PermissionError(13, "Permission denied", str(desk.folder)), 503),
        (KeyError(str(desk.folder)), 500),
    ]
    for wrong, status in errors:

        def fail(*_: object, wrong: Exception = wrong, **__: object) -> None:
            raise wrong

        monkeypatch.setattr(projects.session(desk.folder).queue, "sync", fail)
        hidden(desk.get("next"), desk.folder, status)
        hidden(desk.post("answer", an_answer(clip)), desk.folder, status)
        assert str(desk.folder) in caplog.text or "127.0.0.1" in caplog.text, "the owner finds it in the log"
    monkeypatch.undo()
    (Path(projects.studio(desk.folder).corpus) / clip["segment"]).write_bytes(b"no sound")
    hidden(desk.get("clip", segment=clip["segment"]), desk.folder, 422)


def test_a_rater_is_not_shown_why_training_failed(desk: Desk) -> None:
    (desk.folder / "run").mkdir()
    (desk.folder / "run" / "trouble.txt").write_text(f"{desk.folder}/features.npz is gone")
    for reply in (desk.get("next"), desk.get("progress")):
        assert str(desk.folder) not in reply.content.decode()
        assert "every answer counts" in reply.content.decode()


def test_a_project_that_cannot_be_read_any_more_is_reported_without_its_path(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = desk.get("next").json()["clips"][0]
    text, secret = (desk.folder / "studio.toml").read_text(), desk.secret
    monkeypatch.setattr(Desk, "secret", secret)
    (desk.folder / "studio.toml").write_text("corpus = [")
    try:
        hidden(desk.get("next"), desk.folder, 503)
        hidden(desk.post("answer", an_answer(clip)), desk.folder, 503)
    finally:
        (desk.folder / "studio.toml").write_text(text)
    assert desk.post("answer", an_answer(clip)).json()["saved"] == 1


def test_the_same_answer_sent_again_is_kept_once(desk: Desk) -> None:
    clip = desk.get("next").json()["clips"][0]
    assert [desk.post("answer", an_answer(clip)).json()["saved"] for _ in range(3)] == [1, 0, 0]
    assert len(desk.said) == 1


def test_undo_asked_for_twice_takes_back_one_answer(desk: Desk) -> None:
    for _ in range(2):
        desk.post("answer", an_answer(desk.get("next").json()["clips"][0]))
    last, named = desk.said[-1], desk.get("next").json()["last"]
    assert named == {"shown": last.screen, "answers": [last.id]}
    assert [desk.post("undo", named).json()["undone"] for _ in range(2)] == [last.segment, None]
    unnamed = desk.post("undo", {"shown": ""})
    assert (unnamed.status, "expected the one to take back" in unnamed.json()["error"]) == (403, True)
    assert len(desk.said) == 1


def test_what_was_sent_says_nothing_of_who_sent_it(desk: Desk) -> None:
    clip = desk.get("next").json()["clips"][0]
    desk.post("answer", an_answer(clip, rater="ben", run="another"))
    assert [(row.rater, row.purpose) for row in desk.said] == [("anna", "query")]


@pytest.mark.parametrize("secret", ["", "wrong", "é" * 20, "x" * 5000])
def test_a_wrong_secret_opens_nothing(desk: Desk, secret: str) -> None:
    header = f"Bearer {secret}".encode().decode("latin-1")
    for method, path in [("GET", "next"), ("GET", "clip?segment=clip%2000.wav"), ("POST", "answer")]:
        reply = desk.ask(method, f"{desk.place}/{path}", b"{}" if method == "POST" else None, Authorization=header)
        assert reply.status == 401
        assert "ask the person who sent it for a new one" in reply.json()["error"]


def test_a_secret_opens_no_other_project(desk: Desk, port: int, tmp_path: Path) -> None:
    other = Desk(port, project(tmp_path / "other"))
    for path in ("next", "clip?segment=clip%2000.wav", "curve"):
        reply = desk.ask("GET", f"{other.place}/{path}")
        assert reply.status == 401


def test_without_the_header_a_request_is_refused_even_from_this_computer(desk: Desk) -> None:
    assert desk.ask("GET", f"{desk.place}/next", Authorization="").status == 401
    assert desk.ask("GET", f"{desk.place}/next", Authorization="", Cookie=f"secret={desk.secret}").status == 401


def test_a_rater_who_is_added_later_has_a_link_at_once(desk: Desk) -> None:
    add_raters(desk.folder, ["clara"])
    clara = Desk(desk.port, desk.folder, "clara")
    assert clara.get("next").json()["rater"] == "clara"
    assert clara.ask("GET", f"/rate/{clara.secret}").status == 200


def test_a_clip_is_what_was_recorded(desk: Desk) -> None:
    segment = desk.get("next").json()["clips"][0]["segment"]
    reply = desk.get("clip", segment=segment)
    sent, rate = soundfile.read(io.BytesIO(reply.content))
    recorded, _ = soundfile.read(Path(projects.studio(desk.folder).corpus) / segment)
    assert reply.headers["content-type"] == "audio/wav"
    assert reply.headers["cache-control"] == "no-store"
    assert rate == 8000
    assert np.allclose(sent, recorded, atol=2**-15)


CRAFTED = [
    "../secret.wav", "..\\secret.wav", "recordings/../../secret.wav", "/etc/passwd", "//etc/passwd", "C:\\secret.wav",
    "\\\\server\\share\\a.wav", "clip 00.wav\0.txt", "clip 00.wav/../../secret.wav", "%2e%2e%2fsecret.wav",
    "..%2fsecret.wav", "file:///etc/passwd", "....//secret.wav", "．．／secret.wav", "clip 00.WAV", "CON",
    "a" * 20_000, "clip 00.wav#",
    "", ".", "~/.ssh/id_rsa", "clip 00.wav\n", "\u202ewav.terces", "😀" * 400,
]  # fmt: skip


@pytest.mark.parametrize("name", CRAFTED, ids=range(len(CRAFTED)))
def test_a_crafted_name_reads_no_file(desk: Desk, tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / "secret.wav", np.ones(100), 8000)
    for form in (name, str(tmp_path / "secret.wav")):
        reply = desk.get("clip", segment=form)
        assert reply.status == 403
        assert "segment" in reply.json()["error"]


@pytest.mark.parametrize(
    "path", ["/api/label/{key}/clip/../../../secret.wav", "/rate/../../etc/passwd", "/rate/..%2f..%2fetc%2fpasswd",
             "/api/label/..%2f..%2fetc/clip", "/rate/%00", "/rate/" + "a" * 9000],
)  # fmt: skip
def test_a_crafted_path_leads_nowhere(desk: Desk, path: str) -> None:
    reply = desk.ask("GET", path.format(key=projects.key_of(desk.folder)))
    assert reply.status in (400, 401, 404)
    assert b"root:" not in reply.content


def test_a_link_out_of_the_corpus_is_not_followed(port: int, tmp_path: Path) -> None:
    folder = recordings(tmp_path / "recordings", 6)
    soundfile.write(tmp_path / "secret.wav", np.ones(800) / 2, 8000)
    (folder / "harmless.wav").symlink_to(tmp_path / "secret.wav")
    desk = Desk(port, project(tmp_path, corpus=str(folder)))
    assert "harmless.wav" in given(desk, 7)
    reply = desk.get("clip", segment="harmless.wav")
    assert reply.status in (404, 422)
    assert "cannot be played" in reply.json()["error"] or "segment" in reply.json()["error"]


def test_a_table_cannot_name_files_outside_its_folder(port: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "secret.wav", np.ones(800) / 2, 8000)
    folder = recordings(tmp_path / "inside", 6)
    rows = "\n".join(["../secret.wav,anger", *(f"clip {i:02}.wav,sadness" for i in range(6))])
    (folder / "table.csv").write_text(f"file,emotion\n{rows}\n", encoding="utf-8")
    desk = Desk(port, project(tmp_path, corpus=str(folder / "table.csv")))
    assert "../secret.wav" in given(desk, 7)
    reply = desk.get("clip", segment="../secret.wav")
    assert reply.status in (404, 422)
    assert b"RIFF" not in reply.content


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'"text"', b"{", b'{"plays": NaN}', b"\xff\xfe", b"[" * 100_000, b"null", b'{"a": Infinity}'],
)
def test_what_is_no_answer_is_refused_in_a_sentence(desk: Desk, body: bytes) -> None:
    reply = desk.post("answer", body)
    assert reply.status == 422
    assert "reload the page" in reply.json()["error"]
    assert "reason" not in reply.json(), "damaged on its way, perhaps: it may be sent again"
    assert desk.said == []


@pytest.mark.parametrize(
    "change", [{"segment": "../secret.wav"}, {"segment": 7}, {"shown": "never"}, {"kind": "delete"}, {"plays": -1},
               {"plays": True}, {"answers": "anger"}, {"answers": [{"id": "1", "target": "emotion", "value": "joy"}]},
               {"answers": [{"id": "x" * 500, "target": "emotion", "value": "anger"}]}, {"comment": "x" * 100_000},
               {"answers": []}, {"answered_at": "now"}, {"device": {"a": 1}}, {"guess_visible": "no"}],
    ids=str,
)  # fmt: skip
def test_an_answer_that_does_not_fit_is_refused_and_nothing_is_kept(desk: Desk, change: dict[str, Any]) -> None:
    clip = desk.get("next").json()["clips"][0]
    reply = desk.post("answer", {**an_answer(clip), **change})
    assert reply.status in (403, 422)
    assert reply.json()["error"]
    assert reply.json()["reason"] == "refused"
    assert desk.said == []


def test_a_rater_hears_and_answers_what_was_given_to_that_rater_alone(port: int, tmp_path: Path) -> None:
    folder = project(tmp_path, test_share=0.2, gold=str(known(tmp_path)), gold_share=0.2)
    anna, ben = Desk(port, folder), Desk(port, folder, "ben")
    session = projects.session(folder)
    mine, theirs = anna.get("next").json()["clips"], ben.get("next").json()["clips"]
    own, others = {clip["segment"] for clip in mine}, session.queue.all - {clip["segment"] for clip in mine}
    for segment in sorted(session.queue.all):
        assert anna.get("clip", segment=segment).status == (200 if segment in own else 403), segment
    answers = an_answer(mine[0])["answers"]
    bodies = [{"segment": segment, "kind": "answer", "answers": answers} for segment in sorted(others)]
    bodies += [{**body, "shown": mine[0]["shown"]} for body in bodies]
    bodies += [{**an_answer(theirs[0]), "answers": answers}, {**an_answer(mine[0]), "purpose": "query"}]
    bodies += [{**an_answer(mine[0]), "answers": [{**answers[0], "target": "arousal"}]}]
    replies = [anna.post("answer", body) for body in bodies]
    assert {reply.status for reply in replies} == {403, 422}
    assert {reply.json()["reason"] for reply in replies} == {"refused"}
    assert (anna.said, ben.said) == ([], [])
    assert anna.post("answer", an_answer(mine[0])).json()["saved"] == 1
    projects._sessions.pop(folder)  # as after a restart
    projects.session(folder, train=False)
    assert anna.get("clip", segment=mine[0]["segment"]).status == 200, "one's past clips too"
    assert anna.get("clip", segment=sorted(others)[0]).status == 403


def known(folder: Path) -> Path:
    path = folder / "known.csv"
    rows = "\n".join(f"clip {i:02}.wav,anger" for i in range(0, 24, 4))
    path.write_text(f"file,emotion\n{rows}\n", encoding="utf-8")
    return path


def test_a_second_answer_on_one_screen_is_shown_the_first(desk: Desk) -> None:
    clip = desk.get("next").json()["clips"][0]
    first, second = an_answer(clip), an_answer(clip, "sadness", "2")
    desk.post("answer", first)
    reply = desk.post("answer", second)
    assert (reply.status, reply.json()["reason"]) == (409, "answered")
    (stored,) = reply.json()["stored"]
    assert (stored["value"], [row.value for row in desk.said]) == ("anger", ["anger"])
    assert desk.post("answer", {**second, "corrects": [stored["id"]]}).json()["saved"] == 1
    assert [row.value for row in desk.said] == ["sadness"]


def test_answers_are_stored_while_the_recordings_are_away(desk: Desk, tmp_path: Path) -> None:
    first, second, *_ = desk.get("next").json()["clips"]
    corpus = Path(projects.studio(desk.folder).corpus)
    away = corpus.rename(tmp_path / "away")
    projects._sessions.pop(desk.folder)  # as after a restart
    session = projects.session(desk.folder, train=False)
    said = desk.get("next").json()
    assert (said["clips"], "cannot be read right now" in said["trouble"]) == ([], True)
    assert str(tmp_path) not in json.dumps(said)
    assert desk.post("answer", an_answer(first)).json()["saved"] == 1
    assert desk.get("clip", segment=second["segment"]).status == 503
    assert "reason" not in desk.get("clip", segment=second["segment"]).json()
    away.rename(corpus)
    session._look_again = 0.0
    assert desk.get("next").json()["clips"][0] == second


@pytest.mark.parametrize("left", [False, True])
def test_recordings_that_go_away_while_the_server_runs_are_waited_for_and_not_skipped(
    desk: Desk, tmp_path: Path, left: bool
) -> None:
    first, second, *_ = desk.get("next").json()["clips"]
    corpus, session = Path(projects.studio(desk.folder).corpus), projects.session(desk.folder)
    away = corpus.rename(tmp_path / "away")
    if left:
        corpus.mkdir()  # an empty folder stays where a disk was
    session._look_again = 0.0
    reply = desk.get("clip", segment=first["segment"])
    assert (reply.status, "cannot be read right now" in reply.json()["error"]) == (503, True)
    assert (str(tmp_path) in reply.content.decode(), "reason" in reply.json()) == (False, False)
    assert "cannot be read right now" in desk.get("next").json()["trouble"]
    assert any(str(corpus) in note for note in projects.notes(desk.folder)), "the owner learns where"
    assert desk.post("answer", an_answer(first)).json()["saved"] == 1
    if left:
        corpus.rmdir()
    away.rename(corpus)
    session._look_again = 0.0
    assert desk.get("next").json()["clips"][0] == second
    assert projects.notes(desk.folder) == []
    (corpus / second["segment"]).unlink()
    assert desk.get("clip", segment=second["segment"]).status == 422, "one clip alone is skipped"


def test_more_than_an_answer_can_hold_is_refused(desk: Desk) -> None:
    reply = desk.post("answer", b'{"comment": "' + b"x" * MOST_BYTES + b'"}')
    assert reply.status == 413
    assert "MB at once" in reply.json()["error"]


@pytest.mark.parametrize("verb", ["delete", "__class__", "sync", "store", "clip"])
def test_only_the_verbs_of_the_desk_are_answered(desk: Desk, verb: str) -> None:
    assert desk.post(verb, {}).status in (404, 405, 422)


def test_a_link_that_is_unknown_is_explained_and_read_as_text(desk: Desk) -> None:
    reply = desk.ask("GET", "/rate/" + quote("<script>alert(1)<script>", safe=""))
    assert reply.status == 404
    assert b"ask the person who sent it for a new one" in reply.content
    assert b"<script" not in reply.content


def test_the_page_may_load_nothing_from_elsewhere_and_be_in_no_frame(desk: Desk) -> None:
    reply = desk.ask("GET", f"/rate/{desk.secret}")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert desk.secret.encode() not in reply.content


def test_a_corpus_or_a_name_with_html_arrives_as_data(port: int, tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    desk = Desk(port, project(tmp_path, EMOTION, raters=(evil,), name=evil), evil)
    assert desk.get("next").json()["rater"] == evil
    assert evil.encode() not in desk.ask("GET", f"/rate/{desk.secret}").content


def test_nothing_that_is_sent_is_unpickled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    monkeypatch.setattr(pickle, "loads", lambda *_: pytest.fail("something was unpickled"))
    monkeypatch.setattr(pickle, "load", lambda *_: pytest.fail("something was unpickled"))
    clip = desk.get("next").json()["clips"][0]
    content = {**an_answer(clip), "comment": json.dumps({"py/object": "os.system"})}
    assert desk.post("answer", content).json()["saved"] >= 1
    clips.recent.clear()
    assert desk.get("clip", segment=clip["segment"]).status == 200
