"""A folder is watched: every recording is taken once and whole, whatever happens to the process."""

from __future__ import annotations

import csv
import multiprocessing
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from numpy.typing import NDArray

from seral_core.cli import commands
from seral_core.errors import BadLog, BadPlan
from seral_core.features.base import extractors
from seral_core.oracles.answers import Answers
from seral_core.runs.events import Asked, Event, Labelled, Passed
from seral_core.runs.incoming import Arriving, looks_whole
from seral_core.runs.live_stream import watch
from seral_core.runs.log import Log
from seral_core.runs.watch_folder import Watch, decided, save, saved, streams, tally, target_from
from seral_core.types import Query, Target

RATE_HZ, SAMPLES = 16_000, 3200
EMOTION, AROUSAL = Target("emotion", ("anger", "sadness")), Target("arousal")


@extractors.register("tiny")
class Tiny:
    """Two numbers per clip, and its length, which shows whether it was read to its end."""

    key, rate_hz, names = "tiny.1", RATE_HZ, ("loud", "fast", "samples")

    def __call__(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        crossings = np.mean(np.diff(np.sign(signal)) != 0)
        return np.array([signal.std(), crossings, len(signal)], dtype=np.float32)


@extractors.register("tiny-frames")
class TinyFrames(Tiny):
    """The same for each of two halves, or more where a clip is longer."""

    key, frames_hz = "tiny-frames.1", 10.0

    def __call__(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        whole = super().__call__
        return np.stack([whole(part) for part in np.array_split(signal, 2)])


def sound(path: Path, number: int) -> bytes:
    """Return a wav file's bytes; even numbers are loud and fast."""
    rng, loud = np.random.default_rng(number), number % 2 == 0
    t = np.arange(SAMPLES) / RATE_HZ
    tone = (0.5 if loud else 0.1) * np.sin(2 * np.pi * (600 if loud else 150) * t) + 0.01 * rng.normal(size=SAMPLES)
    draft = path.with_suffix(f".{number}.draft")
    soundfile.write(draft, tone, RATE_HZ, format="WAV")
    content = draft.read_bytes()
    draft.unlink()
    return content


def record(folder: Path, numbers: range) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / f"clip{number:03d}.wav").write_bytes(sound(folder / "x", number))
    return [f"clip{number:03d}.wav" for number in numbers]


def plan_for(tmp: Path, **changes: object) -> Watch:
    (tmp / "in").mkdir(parents=True, exist_ok=True)
    usual: dict[str, object] = {
        "task": (EMOTION,),
        "answers": tmp / "answers.csv",
        "features": "tiny",
        "buffer": 4,
        "initial": 4,
        "settle_s": 0.02,
    }
    return Watch(tmp / "in", tmp / "out", **{**usual, **changes})  # type: ignore[arg-type]


def answer(path: Path, names: list[str]) -> None:
    """Answer as a person would, in a table of one's own."""
    rows = [(name, EMOTION.classes[int(name[4:7]) % 2]) for name in names]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("file", "emotion"), *rows])


def split(events: list[Event]) -> tuple[list[str], list[str]]:
    asked = [i for e in events if isinstance(e, Asked) for i in e.segments]
    return asked, [i for e in events if isinstance(e, Passed) for i in e.segments]


def open_questions(plan: Watch) -> list[str]:
    with (plan.out / "questions.csv").open() as file:
        return [row["file"] for row in csv.DictReader(file)]


def test_first_clips_are_asked_for_then_half_of_each_buffer(tmp_path: Path) -> None:
    plan, said = plan_for(tmp_path), list[str]()
    names = record(plan.folder, range(12))
    events = list(watch(plan, once=True, tell=said.append))
    asked, passed = split(events)
    assert sorted(asked + passed) == names
    assert [len(e.segments) for e in events if isinstance(e, Asked)] == [4, 2, 2]
    assert sorted(line.split()[1] for line in said) == names
    assert sum(line.startswith("ask ") for line in said) == 8
    assert open_questions(plan) == asked


def test_answers_are_learned_from_after_a_restart_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    plan, said = plan_for(tmp_path), list[str]()
    first = record(plan.folder, range(8))
    asked, _ = split(list(watch(plan, once=True)))
    answer(plan.answers, asked)
    for name in asked:
        (plan.folder / name).unlink()  # what was asked for is kept, even where its recording is gone
    later = record(plan.folder, range(8, 16))
    events = list(watch(plan, once=True, tell=said.append))
    assert sorted(i for part in split(events) for i in part) == later
    assert sorted(i for part in split(Log(plan.out).events()) for i in part) == first + later
    labels = [label for e in events if isinstance(e, Labelled) for label in e.labels]
    assert {label.segment for label in labels} == set(asked)
    assert {label.source for label in labels} == {"human"}
    assert any("anger 0." in line or "sadness 0." in line for line in said), "what the learner believes is shown"
    assert not set(open_questions(plan)) & set(asked)


def test_answers_that_come_while_nothing_arrives_are_in_time_for_the_next_buffer(tmp_path: Path) -> None:
    plan, said = plan_for(tmp_path), list[str]()
    record(plan.folder, range(4))
    asked, _ = split(list(watch(plan, once=True)))
    list(watch(plan, once=True))  # starts and ends without anything new
    answer(plan.answers, asked)
    record(plan.folder, range(4, 8))
    kinds = [type(event) for event in watch(plan, once=True, tell=said.append)]
    assert kinds.index(Labelled) < kinds.index(Asked)
    assert sum("anger" in line or "sadness" in line for line in said) == 4, "all four were looked at with a model"


def test_a_recording_that_changes_during_long_work_is_taken_once_it_is_complete(tmp_path: Path) -> None:
    first, second = record(tmp_path, range(2))
    ahead = [0.0]
    arriving = Arriving(tmp_path, set(), True, 0.01, 0.1, clock=lambda: time.monotonic() + ahead[0])
    taken = []
    for name in arriving:
        taken.append(name)
        if name == first:
            (tmp_path / second).write_bytes(sound(tmp_path / "x", 3) + b"more")
            ahead[0] += 3600
    assert taken == [first, second]


ALIKE = [" one.wav", "one.wav", "=two.wav", "'=two.wav", "three.wav"]


def alike(tmp: Path, names: list[str]) -> None:
    for name in names:
        (tmp / "in").mkdir(parents=True, exist_ok=True)
        (tmp / "in" / name).write_bytes(sound(tmp / "x", len(list((tmp / "in").iterdir()))))


def learned_in(plan: Watch) -> dict[str, object]:
    table = decided(plan.out)
    return dict(table.loc[table["answered"], ["file", "emotion"]].itertuples(index=False))


def test_an_answer_is_credited_to_no_recording_with_a_similar_name(tmp_path: Path) -> None:
    alike(tmp_path, ALIKE)
    plan = plan_for(tmp_path, initial=5)
    list(watch(plan, once=True))
    plan.answers.write_text("file,emotion\n one.wav,anger\n'=two.wav,sadness\n")
    for _ in range(2):
        list(watch(plan, once=True))
        assert learned_in(plan) == {" one.wav": "anger", "=two.wav": "sadness"}
    assert sorted(open_questions(plan)) == sorted(["one.wav", "''=two.wav", "three.wav"])
    with plan.answers.open("a") as file:
        file.write("''=two.wav,anger\none.wav ,sadness\n")
    list(watch(plan, once=True))
    assert learned_in(plan) == dict(zip(ALIKE[:4], ["anger", "sadness", "sadness", "anger"], strict=True))


def test_a_name_with_a_return_in_it_takes_no_other_recordings_answer(tmp_path: Path) -> None:
    alike(tmp_path, ["r5.wav", "x\rr5.wav"])
    plan = plan_for(tmp_path, initial=2, buffer=2)
    list(watch(plan, once=True))
    with (plan.out / "questions.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert sorted(row[0] for row in rows) == ["r5.wav", r"x\rr5.wav"]
    with plan.answers.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *([name, {"r5.wav": "anger"}.get(name, "sadness")] for name, *_ in rows)])
    list(watch(plan, once=True))
    assert learned_in(plan) == {"r5.wav": "anger", "x\rr5.wav": "sadness"}


def test_an_answer_to_a_recording_that_was_let_go_is_none_to_a_similar_name(tmp_path: Path) -> None:
    answers = Answers(tmp_path / "answers.csv", learned={"one.wav": {}, " one.wav": {}})
    answers.path.write_text("file,emotion\n one.wav,anger\n")
    assert answers.usable(Query(("one.wav",), (EMOTION,))) == ()
    answers.path.write_text("file,emotion\none.wav,sadness\n  one.wav,anger\n")
    (label,) = answers.answer(Query(("one.wav",), (EMOTION,)), None, np.random.default_rng(0))
    assert label.value == "sadness", "the row with the very name counts"


def test_a_row_that_was_learned_from_is_not_taken_for_a_recording_that_arrives_later(tmp_path: Path) -> None:
    alike(tmp_path, ["one.wav"])
    plan = plan_for(tmp_path, initial=1, buffer=1, keep=1.0)
    list(watch(plan, once=True))
    plan.answers.write_text("file,emotion\n one.wav,anger\n")
    list(watch(plan, once=True))
    alike(tmp_path, [" one.wav"])
    said: list[str] = []
    list(watch(plan, once=True, tell=said.append))
    list(watch(plan, once=True, tell=said.append))
    assert learned_in(plan) == {"one.wav": "anger"}
    assert any("may be the row that 'one.wav' was learned from" in line for line in said)
    plan.answers.write_text("file,emotion\n one.wav,anger\none.wav,anger\n")
    list(watch(plan, once=True))
    assert learned_in(plan) == {"one.wav": "anger", " one.wav": "anger"}


def test_corrections_of_what_was_learned_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    names = record(tmp_path / "in", range(4))
    plan = plan_for(tmp_path)
    list(watch(plan, once=True))
    answer(plan.answers, names)
    said: list[str] = []
    list(watch(plan, once=True, tell=said.append))
    assert not any("correction" in line for line in said)
    plan.answers.write_text("file,emotion\n" + "".join(f"{name},{EMOTION.classes[0]}\n" for name in names))
    list(watch(plan, once=True, tell=said.append))
    (line,) = [line for line in said if "correction" in line]
    assert line.startswith(
        "answers.csv has 2 corrections of what was learned, which are not used; first line 3 (clip001.wav): "
        "emotion is anger, but sadness was learned"
    )
    shown = CliRunner().invoke(commands, ["show", str(plan.out)])
    assert "answers.csv has 2 corrections" in shown.output
    assert learned_in(plan) == {name: EMOTION.classes[i % 2] for i, name in enumerate(names)}


def test_what_people_wrote_is_never_touched(tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    record(plan.folder, range(16))
    text = "file,emotion,remark\nclip000.wav,anger,was hard\nclip001.wav,sadnes,\nclip003.wav,sadness,\n"
    plan.answers.write_text(text)
    said = list[str]()
    events = list(watch(plan, once=True, tell=said.append))
    assert plan.answers.read_text() == text
    given = [label.segment for e in events if isinstance(e, Labelled) for label in e.labels]
    assert given == ["clip000.wav", "clip003.wav"]
    assert sum("line 3 (clip001.wav): emotion is 'sadnes'" in line for line in said) == 1


def test_bad_clips_are_named_once_and_passed_over(tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    names = record(plan.folder, range(6))
    (plan.folder / "broken.wav").write_bytes(b"RIFF\x10\x00\x00\x00WAVEnot a sound at all")
    soundfile.write(plan.folder / "silent.wav", np.zeros(SAMPLES), RATE_HZ)
    said = list[str]()
    events = list(watch(plan, once=True, tell=said.append))
    assert sorted(i for part in split(events) for i in part) == names
    assert sorted(line.split(":")[0] for line in said if line.startswith("left")) == [
        "left out broken.wav",
        "left out silent.wav",
    ]
    again = list[str]()
    assert list(watch(plan, once=True, tell=again.append)) == []
    assert again == []
    (plan.folder / "silent.wav").write_bytes(sound(plan.folder / "x", 1))
    events = list(watch(plan, once=True, tell=again.append))
    assert [i for part in split(events) for i in part] == ["silent.wav"], (
        "a clip that was recorded again is looked at again"
    )


def test_a_recording_is_not_taken_while_it_is_being_written(tmp_path: Path) -> None:
    now = 0.0
    arriving = Arriving(tmp_path, set(), settle_s=1, patience_s=10, clock=lambda: now)
    path, content = tmp_path / "a.wav", sound(tmp_path / "x", 0)
    path.write_bytes(content[:-100])
    assert not looks_whole(path)
    for now in (0.0, 2.0, 5.0):  # noqa: B007
        assert arriving._complete(["a.wav"]) == []
    path.write_bytes(content)
    assert looks_whole(path)
    assert arriving._complete(["a.wav"]) == []
    now = 5.5
    assert arriving._complete(["a.wav"]) == []
    now = 6.0
    assert arriving._complete(["a.wav"]) == ["a.wav"]


def test_a_recording_that_never_gets_its_header_right_is_taken_in_the_end(tmp_path: Path) -> None:
    now = 0.0
    arriving = Arriving(tmp_path, set(), settle_s=1, patience_s=10, clock=lambda: now)
    (tmp_path / "a.wav").write_bytes(sound(tmp_path / "x", 0)[:-100])
    assert arriving._complete(["a.wav"]) == []
    now = 10.0
    assert arriving._complete(["a.wav"]) == ["a.wav"]


def test_another_target_is_refused_in_the_same_folder(tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    record(plan.folder, range(4))
    list(watch(plan, once=True))
    with pytest.raises(BadPlan, match="holds a stream whose targets is"):
        list(watch(plan_for(tmp_path, task=(AROUSAL,)), once=True))
    (plan.out / "watch.toml").unlink()  # as the first versions left it
    with pytest.raises(BadLog, match="started with other data"):
        list(watch(plan_for(tmp_path, task=(AROUSAL,)), once=True))


@pytest.mark.parametrize("text", ["", "file=a,b", "emotion=anger", "arousal=9:1", "=a,b", "emotion=,"])
def test_a_target_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadPlan, match="at least two classes"):
        target_from(text)


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"buffer": 0}, "expected 1 or more"),
        ({"keep": 0.0}, "expected a share over 0"),
        ({"settle_s": -1.0}, "expected seconds over 0"),
        ({"task": (AROUSAL, AROUSAL)}, "expected each once"),
        ({"task": ()}, "expected at least one"),
    ],
    ids=str,
)
def test_a_stream_that_cannot_be_is_refused(wrong: dict[str, object], remedy: str, tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match=remedy):
        plan_for(tmp_path, **wrong)


@pytest.mark.parametrize("strategy", ["variable-gate", "binary-confidence", ""])
def test_scales_and_gates_work_before_and_after_the_first_answers(tmp_path: Path, strategy: str) -> None:
    task = (AROUSAL,) if strategy else (AROUSAL, EMOTION)
    plan = plan_for(tmp_path, task=task, strategy=strategy, buffer=3)
    names = record(plan.folder, range(9))
    plan.answers.write_text(
        "file,arousal,emotion\n" + "".join(f"{n},{i / 9 - 0.5},anger\n" for i, n in enumerate(names))
    )
    names += record(plan.folder, range(9, 18))
    list(watch(plan, once=True))
    assert sorted(i for part in split(Log(plan.out).events()) for i in part) == names


def test_the_command_says_of_each_clip_whether_it_wants_a_label(tmp_path: Path) -> None:
    names = record(tmp_path / "in", range(6))
    how = ["--watch", str(tmp_path / "in"), "--target", "arousal=1:5", "--out", str(tmp_path / "out"), "--once"]
    how += ["--features", "tiny", "--settle", "0.02", "--initial", "2", "--buffer", "2"]
    said = CliRunner().invoke(commands, ["stream", *how], catch_exceptions=False)
    assert said.exit_code == 0
    lines = [line.split()[:2] for line in said.output.splitlines() if line.startswith(("ask", "pass"))]
    assert sorted(name for _, name in lines) == names
    assert sorted(word for word, _ in lines) == ["ask"] * 4 + ["pass"] * 2


def test_a_stream_is_shown_exported_and_resumed_by_its_folder_alone(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, strategy="random")
    record(plan.folder, range(12))
    list(watch(plan, once=True))
    asked, passed = split(Log(plan.out).events())
    answer(plan.answers, asked[:3])
    assert "; 3 are filled in, to be learned from" in CliRunner().invoke(commands, ["show", str(plan.out)]).output
    record(plan.folder, range(12, 16))
    list(watch(plan, once=True))
    shown = CliRunner().invoke(commands, ["show", str(plan.out), "--out", str(tmp_path / "all.csv")])
    assert "16 arrived, 10 asked for (3 answered, 7 open), 6 passed; targets emotion, strategy random" in shown.output
    assert f"seral resume {plan.out}" in shown.output
    with (tmp_path / "all.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows if row["decision"] == "pass"][:4] == passed
    assert {row["file"]: row["emotion"] for row in rows if row["answered"] == "True"} == {
        name: EMOTION.classes[int(name[4:7]) % 2] for name in asked[:3]
    }
    assert saved(plan.out) == plan
    assert plan.out in streams()
    assert tally(decided(plan.out)).open == tuple(open_questions(plan))
    wrong = CliRunner().invoke(commands, ["show", str(plan.out), "--out", str(tmp_path / "all.txt")])
    assert isinstance(wrong.exception, BadPlan)


def test_a_damaged_log_is_mended_as_its_error_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_for(tmp_path)
    record(plan.folder, range(8))
    list(watch(plan, once=True))
    log = Log(plan.out)
    whole = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join([*whole[:3], b"{nothing\n", *whole[4:]]))
    with pytest.raises(BadLog, match="seral resume --repair"):
        list(watch(plan, once=True))
    monkeypatch.setattr("seral_core.cli.stream._watch", lambda plan: list(watch(plan, once=True)))
    done = CliRunner().invoke(commands, ["resume", "--repair", str(plan.out)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    asked, passed = split(log.events())
    assert len(asked + passed) == len(set(asked + passed)) == 8


def test_a_line_that_was_cut_off_while_written_is_written_again(tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    names = record(plan.folder, range(8))
    list(watch(plan, once=True))
    log = Log(plan.out)
    lines = log.path.read_bytes().splitlines(keepends=True)
    for cut in range(1, len(lines)):
        log.path.write_bytes(b"".join(lines[:cut]) + lines[cut][: len(lines[cut]) // 2])
        list(watch(plan, once=True))
        assert sorted(i for part in split(log.events()) for i in part) == names


def test_a_stream_that_was_edited_by_hand_is_refused_and_one_without_seal_goes_on(tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    save(plan)
    path = plan.out / "watch.toml"
    text = path.read_text()
    path.write_text(text.replace("buffer = ", "buffer = 1"))
    for going_on in (lambda: saved(plan.out), lambda: save(plan)):
        with pytest.raises(BadPlan, match="was edited after the start"):
            going_on()
    path.write_text(text.partition("\n")[2])  # as earlier versions left it
    assert saved(plan.out) == plan


def test_a_stream_whose_folder_is_gone_is_a_sentence(tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    list(watch(plan, once=True))
    plan.folder.rmdir()
    with pytest.raises(BadPlan, match="is no folder"):
        saved(plan.out)
    (plan.out / "watch.toml").write_text("folder = 3")
    with pytest.raises(BadPlan, match="cannot be read"):
        saved(plan.out)


KILLS = 8


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _watched(tmp: str, once: bool = False) -> None:
    for _ in watch(plan_for(Path(tmp)), once=once, tell=lambda _: None):
        pass


def _write_slowly(folder: Path, stop: threading.Event, written: list[str]) -> None:
    """Write recordings in three parts each, and every fifth by renaming; answer what is asked in between."""
    while not stop.is_set():
        number = len(written)
        content, path = sound(folder.parent / "x", number), folder / f"clip{number:03d}.wav"
        written.append(path.name)
        if number % 5 == 0:
            path.with_suffix(".part").write_bytes(content)
            path.with_suffix(".part").rename(path)
        else:
            with path.open("wb") as file:
                for part in (content[:700], content[700:3000], content[3000:]):
                    file.write(part)
                    file.flush()
                    time.sleep(0.01)
        time.sleep(0.02)
        if number % 30 == 29 and (folder.parent / "out" / "questions.csv").exists():
            answer(folder.parent / "answers.csv", written[:number])


def test_killed_at_any_moment_no_clip_is_asked_twice_and_none_skipped_unseen(tmp_path: Path) -> None:
    """SIGKILL again and again while another thread writes recordings into the folder."""
    plan = plan_for(tmp_path)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.runs.warm"])
    first = context.Process(target=_watched, args=(str(tmp_path), True))  # loads libraries for those to come
    first.start()
    first.join()
    stop, rng, log, kills, names = threading.Event(), np.random.default_rng(0), Log(plan.out), 0, list[str]()
    writer = threading.Thread(target=_write_slowly, args=(plan.folder, stop, names))
    writer.start()
    try:
        while kills < KILLS:
            process = context.Process(target=_watched, args=(str(tmp_path),))
            process.start()
            if kills % 2:
                process.join(float(rng.uniform(0.05, 0.5)))
            else:  # right after something was written down, when half a decision would show
                size = _size(log.path)
                while process.is_alive() and writer.is_alive() and _size(log.path) == size:
                    time.sleep(0.0005)
                time.sleep(float(rng.uniform(0, 0.004)))
            if process.is_alive():
                process.kill()
                kills += 1
            process.join()
    finally:
        stop.set()
        writer.join()
    _watched(str(tmp_path), once=True)
    asked, passed = split(log.events())
    assert sorted(asked + passed) == sorted(names)
    looked_at = [{*e.segments, *e.let_go} for e in log.events() if isinstance(e, Asked)]
    rounds = [set(e.segments) for e in log.events() if isinstance(e, Passed)]
    assert all(gone <= seen for gone, seen in zip(rounds, looked_at, strict=True)), "let go, but never looked at"
    labels = [label.segment for e in log.events() if isinstance(e, Labelled) for label in e.labels]
    assert len(labels) == len(set(labels))
    assert set(open_questions(plan)) == set(asked) - set(labels)


def test_clips_of_several_frames_are_asked_for_answered_and_learned_from(tmp_path: Path) -> None:
    plan, said = plan_for(tmp_path, features="tiny-frames"), list[str]()
    record(plan.folder, range(8))
    asked, _ = split(list(watch(plan, once=True)))
    answer(plan.answers, asked)
    record(plan.folder, range(8, 16))
    events = list(watch(plan, once=True, tell=said.append))
    assert any(isinstance(event, Labelled) for event in events)
    loud = {
        line.split()[1]: line.split()[2] for line in said if line.startswith(("ask", "pass")) and len(line.split()) > 2
    }
    assert {"anger", "sadness"} >= set(loud.values()) > set()


def stereo(folder: Path, *numbers: int) -> list[str]:
    """Record calls: two voices that take turns, one on either channel."""
    folder.mkdir(parents=True, exist_ok=True)
    turns = (np.arange(RATE_HZ * 2) // (RATE_HZ // 4)) % 2
    for number in numbers:
        rng = np.random.default_rng(number)
        two = rng.normal(0, 0.1, (RATE_HZ * 2, 2)) * np.stack([turns, 1 - turns], axis=1)
        soundfile.write(folder / f"call{number}.wav", two, RATE_HZ)
    return [f"call{number}.wav#ch{channel}" for number in numbers for channel in (1, 2)]


def test_each_channel_of_a_stream_is_asked_for_learned_from_and_never_twice(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, channel="each", initial=6)
    first = [*stereo(plan.folder, 0, 1), *record(plan.folder, range(1))]
    asked, _ = split(list(watch(plan, once=True)))
    assert sorted(asked) == sorted(first)
    with plan.answers.open("w", newline="") as file:
        csv.writer(file).writerows([("file", "emotion"), *((n, EMOTION.classes[i % 2]) for i, n in enumerate(asked))])
    later = stereo(plan.folder, 2, 3)
    events = list(watch(plan, once=True))
    assert {label.segment for e in events if isinstance(e, Labelled) for label in e.labels} == set(asked)
    assert sorted(i for part in split(events) for i in part) == later


def test_channels_that_were_decided_on_before_a_kill_are_not_asked_for_again(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, channel="each", buffer=3, initial=0)
    names = stereo(plan.folder, 0, 1)
    for event in watch(plan, once=True):
        if isinstance(event, Asked):  # three of the four channels are decided on
            break
    list(watch(plan, once=True))
    assert sorted(i for part in split(Log(plan.out).events()) for i in part) == names


def test_one_channel_is_taken_alone_and_recordings_without_it_are_named(tmp_path: Path) -> None:
    plan, said = plan_for(tmp_path, channel="2"), list[str]()
    names = [*stereo(plan.folder, 0), *record(plan.folder, range(1))]
    asked, _ = split(list(watch(plan, once=True, tell=said.append)))
    assert asked == ["call0.wav#ch2"] == names[1:2]
    assert "left out clip000.wav: it has no channel 2" in said


def test_voices_that_are_mixed_are_named_once_unless_that_was_said(tmp_path: Path) -> None:
    for channel in ("", "mix"):
        plan, said = plan_for(tmp_path / (channel or "usual"), channel=channel), list[str]()
        stereo(plan.folder, 0, 1)
        list(watch(plan, once=True, tell=said.append))
        assert sum("hold different voices" in line and "--channel each" in line for line in said) == (not channel)


def test_the_command_uses_what_is_remembered_of_channels_and_a_stream_goes_on_as_it_was_begun(tmp_path: Path) -> None:
    names = stereo(tmp_path / "in", 0)
    runner = CliRunner()

    def stream(*words: str) -> str:
        how = ("--watch", str(tmp_path / "in"), "--target", "emotion=anger,sadness", "--settle", "0.02", "--once")
        return runner.invoke(commands, ["stream", *how, "--features", "tiny", *words], catch_exceptions=False).output

    assert "ask   call0.wav " in stream("--out", str(tmp_path / "before"))
    runner.invoke(commands, ["corpora", str(tmp_path / "in"), "--channel", "each", "--remember"])
    shown = stream("--out", str(tmp_path / "after"))
    assert all(f"ask   {name}" in shown for name in names)
    assert "goes on as it was begun, without --channel" in stream("--out", str(tmp_path / "before"))
    assert "#ch" not in stream("--out", str(tmp_path / "mixed"), "--channel", "mix")


def test_two_targets_keep_to_the_share_of_a_buffer_too(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, task=(EMOTION, AROUSAL), buffer=3, initial=4)
    names = record(plan.folder, range(4))
    list(watch(plan, once=True))
    plan.answers.write_text(f"file,emotion,arousal\n{names[0]},anger,0.5\n")
    record(plan.folder, range(4, 16))
    asked, passed = split(list(watch(plan, once=True)))
    assert (len(asked), len(passed)) == (4, 8)


def test_a_name_that_commands_a_terminal_is_spelled_out_in_the_questions_and_answered_like_that(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, initial=1, buffer=1)
    record(plan.folder, range(1))
    odd = "clip000\x1b]0;x\x07.wav"
    (plan.folder / "clip000.wav").rename(plan.folder / odd)
    list(watch(plan, once=True))
    text = (plan.out / "questions.csv").read_text()
    assert ("\x1b" in text, r"clip000\x1b]0;x\x07.wav" in text) == (False, True)
    plan.answers.write_text(text.rstrip().rstrip(",") + ",anger\n")
    events = list(watch(plan_for(tmp_path, initial=1, buffer=1), once=True))
    record(plan.folder, range(1, 2))
    events += list(watch(plan, once=True))
    assert [label.segment for e in events if isinstance(e, Labelled) for label in e.labels] == [odd]


def test_answers_to_recordings_that_did_not_arrive_are_named_by_the_stream_and_when_it_is_shown(tmp_path: Path) -> None:
    plan, said = plan_for(tmp_path), list[str]()
    names = record(plan.folder, range(4))
    list(watch(plan, once=True))
    answer(plan.answers, names)
    with plan.answers.open("a") as file:
        file.write("nope.wav,anger\n")
    list(watch(plan, once=True, tell=said.append))
    shown = CliRunner().invoke(commands, ["show", str(plan.out)], catch_exceptions=False).output
    for text in ("\n".join(said), shown):
        assert text.count("answers.csv names 1 recording that did not arrive") == 1
        assert "line 6 ('nope.wav')" in text
