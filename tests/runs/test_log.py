"""What is written down stays readable, whatever happens to the process or the disk."""

from __future__ import annotations

import json
import math
import multiprocessing
import re
import time
from collections.abc import Callable
from dataclasses import asdict
from io import FileIO
from pathlib import Path

import pytest

from seral_core.errors import BadLog, BadPlan
from seral_core.runs.events import Asked, Finished, Labelled, Scored, Started, from_json, to_json
from seral_core.runs.log import DiskTrouble, Log
from seral_core.runs.plan import Plan
from seral_core.runs.run import alone, ask_to, run, running, wish
from seral_core.types import Label


@pytest.mark.parametrize(
    "event",
    [
        Started(9, 0, 5, ("emotion",), ("a speaker leaks",), "abc"),
        Started(0, 0, math.inf, ("emotion",)),
        Scored(1, 20, {"emotion": {"uar": 0.5}}, {"emotion": {"confusion": [[1, 0], [0, 1]]}}),
        Asked(0, "query", ("a.wav", "b.wav#0.000-1.000")),
        Labelled(0, "query", (Label("a.wav", "emotion", "anger", "gold"), Label("a.wav", "arousal", 0.25, "gold"))),
        Finished(5, "the budget is spent"),
    ],
)
def test_events_go_to_json_and_back(event: object) -> None:
    line = json.dumps(to_json(event))  # type: ignore[arg-type]
    assert from_json(json.loads(line)) == event
    assert line == json.dumps({"event": type(event).__name__, **asdict(event)})  # type: ignore[call-overload]


def test_a_run_leaves_its_plan_and_every_event(small_plan: Plan, tmp_path: Path) -> None:
    log = run(small_plan, tmp_path)
    assert log.plan == small_plan
    assert log.finished()
    assert isinstance(log.events()[-1], Finished)


def test_a_line_cut_off_in_writing_is_passed_over_and_written_again(small_plan: Plan, tmp_path: Path) -> None:
    log = run(small_plan, tmp_path)
    whole = log.path.read_bytes()
    expected = log.events()
    lines = whole.splitlines(keepends=True)
    log.path.write_bytes(b"".join(lines[:9]) + lines[9][: len(lines[9]) // 2])
    assert log.events() == expected[:9]
    run(small_plan, tmp_path)
    assert log.events() == expected


def test_a_corrupted_line_is_named_and_can_be_set_aside(small_plan: Plan, tmp_path: Path) -> None:
    log = run(small_plan, tmp_path)
    expected = log.events()
    lines = log.path.read_bytes().splitlines(keepends=True)
    lines[6] = b"\x00\x00 no json\n"
    log.path.write_bytes(b"".join(lines))
    with pytest.raises(BadLog, match=r"line 7 of .*seral resume --repair"):
        run(small_plan, tmp_path)
    assert b"".join(lines) == log.path.read_bytes(), "a refused run must not touch the log"
    moved = log.repair()
    assert moved == len(lines) - 6
    assert len(log.path.with_suffix(".jsonl.damaged").read_bytes().splitlines()) == moved
    run(small_plan, tmp_path)
    assert log.events() == expected


Lines = list[bytes]


def _false_label(lines: Lines, other: Lines) -> Lines:
    """Insert an answer that could have been given, written as earlier versions wrote it."""
    at = next(i for i, line in enumerate(lines) if b'"Labelled"' in line)
    data = json.loads(lines[at])
    del data["chain"]
    return [*lines[: at + 1], json.dumps(data, separators=(",", ":")).encode() + b"\n", *lines[at + 1 :]]


def _edited(lines: Lines, other: Lines) -> Lines:
    at = next(i for i, line in enumerate(lines) if b'"Scored"' in line)
    return [*lines[:at], lines[at].replace(b'"uar":0.', b'"uar":1.', 1), *lines[at + 1 :]]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_false_label, id="a plausible false label"),
        pytest.param(_edited, id="an edited number"),
        pytest.param(lambda lines, other: [*lines[:5], lines[4], *lines[5:]], id="a doubled line"),
        pytest.param(lambda lines, other: [*lines[:4], lines[5], lines[4], *lines[6:]], id="swapped lines"),
        pytest.param(lambda lines, other: [*lines[:5], *lines[6:]], id="a line left out"),
        pytest.param(lambda lines, other: [*lines[:5], other[5], *lines[6:]], id="a line of another run"),
        pytest.param(lambda lines, other: other, id="the log of another run"),
    ],
)
def test_a_log_that_was_changed_is_refused_and_goes_on_from_the_last_good_line(
    change: Callable[[Lines, Lines], Lines], small_plan: Plan, tmp_path: Path
) -> None:
    log, other = run(small_plan, tmp_path), run(small_plan.varied(seed=1), tmp_path)
    lines, expected = log.path.read_bytes().splitlines(keepends=True), log.events()
    changed = change(lines[:-1], other.path.read_bytes().splitlines(keepends=True)[:-1])
    log.path.write_bytes(b"".join(changed))
    first = next(i for i, line in enumerate(changed) if line != lines[i]) if changed != lines else -1
    with pytest.raises(BadLog, match=rf"line {first + 1} of .*resume --repair"):
        run(small_plan, tmp_path)
    assert log.path.read_bytes() == b"".join(changed), "a refused run must not touch the log"
    assert log.repair() == len(changed) - first
    assert log.path.with_suffix(".jsonl.damaged").read_bytes() == b"".join(changed[first:])
    assert run(small_plan, tmp_path).events() == expected


def test_a_log_follows_from_its_plan(small_plan: Plan, tmp_path: Path) -> None:
    log = run(small_plan, tmp_path)
    log.plan_path.write_text(small_plan.varied(seed=5).to_toml())
    with pytest.raises(BadLog, match=r"is not what was written after plan\.toml"):
        log.events()


def test_a_log_without_hashes_opens_and_goes_on_with_them(small_plan: Plan, tmp_path: Path) -> None:
    log = run(small_plan, tmp_path)
    expected, lines = log.events(), log.path.read_bytes().splitlines(keepends=True)
    old = [re.sub(rb',"chain":"[0-9a-f]{16}"', b"", line) for line in lines]
    log.path.write_bytes(b"".join(old))
    assert log.events() == expected
    log.path.write_bytes(b"".join(old[:7]))
    assert run(small_plan, tmp_path).events() == expected
    content = log.path.read_bytes()
    assert content.startswith(b"".join(old[:7]))
    log.path.write_bytes(content.replace(old[3], old[4], 1))  # what came before is protected from now on
    with pytest.raises(BadLog, match=r"line 8 of .* is not what was written after line 7"):
        log.events()


def test_lines_are_chained_by_the_process_that_goes_on(small_plan: Plan, tmp_path: Path) -> None:
    log, again = Log.create(tmp_path, small_plan), Log.create(tmp_path, small_plan)
    for writer in (log, log, again, log, again):
        writer.append(Finished(5, "über"))
    assert len(Log(log.folder).events()) == 5


@pytest.mark.parametrize("odd", ["NaN", "-Infinity", '"good"', "1" + "0" * 400, "[0.5]", "true", "null"])
@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('{"event":"Scored","round":0,"spent":20,"scores":{"emotion":{"uar":%s}}}', "scores"),
        ('{"event":"Scored","round":0,"spent":%s,"scores":{"emotion":{"uar":0.5}}}', "spent"),
        ('{"event":"Finished","spent":%s,"why":"so"}', "spent"),
        ('{"event":"Trained","round":%s,"labelled":5}', "round"),
        ('{"event":"Asked","round":0,"step":"query","segments":{"a.wav":%s}}', "segments"),
        ('{"event":"Labelled","round":0,"step":"query","labels":'
         '[{"segment":"a.wav","target":"arousal","value":0.5,"annotator":"me","cost":%s}]}', "labels"),
    ],
)  # fmt: skip
def test_a_forged_line_with_the_right_hash_is_refused_by_line_and_field(
    line: str, field: str, odd: str, tmp_path: Path
) -> None:
    log = Log.create(tmp_path, Plan())
    log.path.write_bytes(log.chain().linked((line % odd).encode()) + b"\n")
    for read in (log.events, log.lines):
        with pytest.raises(BadLog, match=rf"line 1 of .*: '{field}' of .*; expected a .*resume --repair"):
            read()
    assert log.repair() == 1
    assert log.events() == []


def test_a_full_disk_is_reported_and_loses_nothing(
    small_plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log.create(tmp_path, small_plan)
    written = 0

    def full_after_five(path: Path) -> FileIO:
        nonlocal written
        written += 1
        return open(path if written <= 5 else "/dev/full", "ab", buffering=0)

    monkeypatch.setattr("seral_core.runs.log.appending", full_after_five)
    with pytest.raises(DiskTrouble, match="all events before are kept; free some space"):
        run(small_plan, tmp_path)
    monkeypatch.undo()
    assert len(log.events()) == 5
    assert run(small_plan, tmp_path).finished()


def test_two_processes_never_write_one_log(small_plan: Plan, tmp_path: Path) -> None:
    log = Log.create(tmp_path, small_plan)
    with alone(log.folder):
        assert running(log.folder)
        with pytest.raises(BadPlan, match="is being run by another process"):
            run(small_plan, tmp_path)
    assert not log.path.exists()
    assert not running(log.folder)


def test_a_plan_that_was_changed_afterwards_is_noticed(small_plan: Plan, tmp_path: Path) -> None:
    log = run(small_plan, tmp_path)
    log.plan_path.write_text("")
    with pytest.raises(BadLog, match="is not the plan this run was made by"):
        _ = log.plan


def test_a_run_heeds_stop_and_goes_on_afterwards(small_plan: Plan, tmp_path: Path) -> None:
    log = Log.create(tmp_path, small_plan)
    ask_to(log.folder, "stop")
    run(small_plan, tmp_path)
    assert len(log.events()) == 1
    ask_to(log.folder, "")
    assert run(small_plan, tmp_path).finished()


def test_a_wish_to_a_grid_reaches_its_runs(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    ask_to(tmp_path, "pause")
    assert wish(tmp_path / "a") == "pause"


def _run(plan: str, runs: str) -> None:
    run(Plan.load(Path(plan)), Path(runs))


def test_a_run_killed_at_any_moment_gives_the_same_events(small_plan: Plan, tmp_path: Path) -> None:
    """Kill the process with SIGKILL, again and again, each time a little later; the log must come out the same."""
    plan = small_plan.varied(strategy="qbc", batch=2, budget=40, learner="random-forest:trees=5")
    expected = run(plan, tmp_path / "whole").events()
    (tmp_path / "plan.toml").write_text(plan.to_toml())
    log = Log(tmp_path / "killed" / plan.key)
    kills, seen = 0, 0
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.runs.warm"])
    for attempt in range(60):
        process = context.Process(target=_run, args=(str(tmp_path / "plan.toml"), str(tmp_path / "killed")))
        process.start()
        aim = seen + 7 + attempt % 4
        while process.is_alive() and (not log.path.exists() or log.path.read_bytes().count(b"\n") < aim):
            time.sleep(0.001)
        if process.is_alive():
            time.sleep(0.003 * (attempt % 5))
            process.kill()
            kills += 1
        process.join()
        seen = log.path.read_bytes().count(b"\n")
        if log.finished():
            break
    assert kills >= 5
    assert log.finished()
    assert log.events() == expected
