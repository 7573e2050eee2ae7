"""What users type and what files hold may be anything: the answer is a sentence, never a traceback."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from seral_core import toml
from seral_core.cli import commands
from seral_core.corpora import fetch
from seral_core.corpora.base import open_corpus
from seral_core.corpora.files import some_audio
from seral_core.errors import BadCorpus, BadFeatures, BadLabel, BadPlan, SeralError, UnknownName
from seral_core.exchange import export_labels
from seral_core.exchange.label_studio import read as read_tasks
from seral_core.features.ready import load_features
from seral_core.learners.base import learners
from seral_core.runs.grid import Grid, run_grid
from seral_core.runs.parts import part
from seral_core.runs.plan import Plan
from seral_core.runs.watch_folder import Watch, target_from
from seral_core.store import Answer, LabelStore
from seral_core.studio.project import FILE, LabelProject, new_project
from seral_core.types import Target
from tests.loops import run


def type_in(*words: str) -> None:
    """Carry out a command as the command line does, but let its errors through."""
    done = CliRunner().invoke(commands, [*words], standalone_mode=False)
    if done.exception is not None:
        raise done.exception


def a_recording_named(name: bytes, folder: Path) -> Path:
    (folder / "sounds").mkdir()
    Path(os.fsdecode(os.fsencode(folder / "sounds") + b"/" + name)).touch()
    return folder / "sounds"


def an_npz(folder: Path) -> Path:
    """Make features whose header claims 7 TiB."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    header += b" " * (117 - len(header)) + b"\n"
    path = folder / "big.npz"
    np.savez(path, ids=np.array(["a"]))
    with zipfile.ZipFile(path, "a") as bundle:
        bundle.writestr("values.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return path


def a_table(folder: Path, rows: str) -> Path:
    (folder / "clips.csv").write_text(rows)
    return folder / "clips.csv"


def tasks(folder: Path, number: str) -> Path:
    path = folder / "tasks.json"
    result = '{"from_name": "emotion", "value": {"start": 0, "end": %s, "choices": ["fear"]}}' % number  # noqa: UP031
    path.write_text('[{"data": {"audio": "a.wav"}, "annotations": [{"result": [%s]}]}]' % result)  # noqa: UP031
    return path


def a_zip(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "corpus.zip", "w") as bundle:
        bundle.writestr(".", b"nothing")
    return folder / "corpus.zip"


def a_store(folder: Path) -> LabelStore:
    store = LabelStore(folder / "labels.sqlite")
    store.append([Answer("1", "a.wav", "emotion", "anger", rater="r1")])
    return store


SMALL = Plan("clips.csv", initial=1, budget=2)
CASES: dict[str, tuple[Callable[[Path], object], type[SeralError], str]] = {
    "no jobs": (lambda folder: list(run_grid(Grid(SMALL, ("random",)), folder, jobs=0)), BadPlan, "got 0 jobs"),
    "a port below 1": (lambda _: type_in("dashboard", "--port", "-1", "--no-browser"), BadPlan, "port is -1; expected"),
    "a port too high": (lambda _: type_in("dashboard", "--port", "70000", "--no-browser"), BadPlan, "1 to 65535"),
    "a huge seed": (lambda _: Plan(seed=10**400), BadPlan, "seed is 1000.*; expected 0 or more, at most 9"),
    "a huge seed of a project": (lambda _: LabelProject("x", ("arousal",), seed=10**30), BadPlan, "seed is"),
    "a huge number of seeds": (
        lambda folder: type_in("grid", "--corpus", str(a_table(folder, "file,emotion\na,x\nb,y\n")), "--budget", "2",
                               "--seeds", "1" + "0" * 12, "--out", str(folder / "out")),
        BadPlan, "seeds; expected 1 to",
    ),
    "two learners": (lambda _: part(learners, "svm:3+ridge", ()), BadPlan, r"svm:3\+ridge. names 2; expected one"),
    "a wait without end": (
        lambda folder: Watch(folder, folder / "out", (Target("arousal"),), folder / "a.csv", settle_s=float("inf")),
        BadPlan, "settle is inf",
    ),
    "a scale without end": (lambda _: target_from("arousal=1:1" + "0" * 400), BadPlan, "target 'arousal=1:1"),
    "a name that is not UTF-8": (
        lambda folder: some_audio(a_recording_named(b"caf\xe9.wav", folder)), BadCorpus, "not in UTF-8",
    ),
    "a plan with a name that is not UTF-8": (
        lambda _: Plan("caf\udce9").to_toml(), BadPlan, "is not in UTF-8; rename",
    ),
    "features that claim 7 TiB": (lambda folder: load_features(an_npz(folder)), BadFeatures, "big.npz cannot be read"),
    "an end at infinity": (
        lambda folder: open_corpus(a_table(folder, "file,start,end,emotion\na.wav,0,inf,anger\n")),
        BadCorpus, "from 0 s to inf s; expected",
    ),
    "a number of 400 digits": (
        lambda folder: read_tasks(tasks(folder, "9" * 400)), BadLabel, "tasks.json cannot be read",
    ),
    "an archive with an empty entry": (
        lambda folder: fetch._unpack(a_zip(folder), folder / "emodb"), BadCorpus, "has no name",
    ),
    "an export of words as numbers": (
        lambda folder: export_labels(a_store(folder), folder / "out", task=(Target("emotion", low=1, high=5),)),
        BadLabel, r"emotion is anger; expected a number in \[1, 5\]",
    ),
    "an export with unknown classes": (
        lambda folder: export_labels(a_store(folder), folder / "out", task=(Target("emotion", ("fear", "joy")),)),
        BadLabel, "emotion is 'anger'; expected one of fear, joy",
    ),
    "an export of a target nobody answered": (
        lambda folder: export_labels(a_store(folder), folder / "out", task=(Target("emotoin", ("anger",)),)),
        UnknownName, "did you mean 'emotion'",
    ),
    "a project that is its own corpus": (
        lambda folder: new_project(folder, LabelProject(str(folder), ("arousal",))),
        BadCorpus,
        "are the project itself",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_answered_by_a_sentence(case: str, tmp_path: Path) -> None:
    do, kind, sentence = CASES[case]
    with pytest.raises(kind, match=sentence):
        do(tmp_path)


def test_two_projects_that_are_each_other_s_corpus_are_a_sentence(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / name).mkdir()
        made = LabelProject(str(tmp_path / other), ("arousal",), run="x")
        (tmp_path / name / FILE).write_text(made.to_toml())
    with pytest.raises(BadCorpus, match="are the project itself"):
        open_corpus(tmp_path / "a")


def test_a_looping_link_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from seral_core.cli import main

    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for words in (["stream", "--watch", "loop", "--target", "arousal"], ["resume", "loop"], ["corpora", "loop"]):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["seral", *words])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


GRID = Grid(Plan(corpus="clips.csv", targets=("emotion",), ranges=("arousal=1:9",)), ("random", "margin"), (0, 1), (0,))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_grid_edited_by_hand_is_opened_or_answered_by_a_sentence(data: st.DataObject) -> None:
    lines = GRID.to_toml().splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    name, sign, _ = lines[at].partition(" = ")
    odd = st.sampled_from(
        ["", "-1", "0", "1.5", "nan", "-inf", "1e999", "9" * 5000, "10" * 20, '""', '"x"', "true", "[]", "[[]]", "{}",
         "[1]", '["a", 1]', "2020-01-01", "{a = 1}", '"\\u0000"', "'\\'", "[" * 2000, "seed", "=", "[plan]", "[[plan]]"]
    )  # fmt: skip
    how = data.draw(st.sampled_from(["value", "name", "line", "double", "out"]))
    match how:
        case "value":
            lines[at] = f"{name}{sign}{data.draw(odd)}"
        case "name":
            lines[at] = lines[at].replace(name, data.draw(st.text(max_size=5)), 1)
        case "line":
            lines.insert(at, data.draw(odd))
        case "double":
            lines.insert(at, lines[at])
        case "out":
            del lines[at]
    try:
        made = Grid.from_toml("\n".join(lines))
    except SeralError:
        pass
    else:
        assert Grid.from_toml(made.to_toml()) == made
        assert made.plans()


def test_a_grid_that_was_edited_after_its_start_is_noticed(tmp_path: Path) -> None:
    GRID.save(tmp_path)
    assert Grid.load(tmp_path) == GRID
    path = tmp_path / "grid.toml"
    path.write_text(path.read_text().replace("    1,\n", "    2,\n", 1))
    with pytest.raises(BadPlan, match="was edited after the start"):
        Grid.load(tmp_path)
    with pytest.raises(BadPlan, match="was edited after the start"):
        GRID.save(tmp_path)
    path.write_text(GRID.to_toml())  # as earlier versions wrote it
    assert Grid.load(tmp_path) == GRID


def test_a_request_with_half_a_letter_and_a_cut_connection_are_no_mistakes() -> None:

    from starlette.requests import Request
    from starlette.responses import Response

    from seral_dashboard import routes_label
    from seral_dashboard.access import Gate

    with pytest.raises(routes_label.NotUnderstood, match="is no JSON object"):
        routes_label.said(json.dumps({"comment": "\ud800"}).encode())

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "path_params": {"project": "x"}}
    assert run(Gate(None, "secret", 1)._login(Request(scope, receive))).status_code == 400  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes_label, "_check", lambda _: Response(status_code=204))
        assert run(routes_label.tell(Request(scope, receive))).status_code == 400


HOLDS = ("studio.toml", "watch.toml", "recipe.toml", "grid.toml", "plan.toml")
KINDS = ("project", "stream", "recipe", "grid")


@pytest.mark.parametrize("holds", HOLDS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_begun_in_the_folder_of_another_kind(holds: str, kind: str, tmp_path: Path) -> None:
    from seral_core.recipes.base import recipes
    from seral_core.recipes.base import save_settings as keep_recipe
    from seral_core.runs.live_stream import watch

    if (holds, kind) in zip(HOLDS, KINDS, strict=False):
        return
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / holds).write_text("kept = 1\n")
    (tmp_path / "out" / "summary.json").write_text("kept")
    stream = Watch(tmp_path, tmp_path / "out", (Target("arousal"),), tmp_path / "answers.csv")
    begin: dict[str, Callable[[], object]] = {
        "project": lambda: new_project(tmp_path / "out", LabelProject("x", ("arousal",))),
        "stream": lambda: list(watch(stream, once=True)),
        "recipe": lambda: keep_recipe("han2013", recipes["han2013"].settings(), tmp_path / "out"),
        "grid": lambda: GRID.save(tmp_path / "out"),
    }
    with pytest.raises(BadPlan, match=r"out holds .*; expected a new folder, or one that holds .*choose another"):
        begin[kind]()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {holds, "summary.json"}


@pytest.mark.parametrize(
    "words",
    [
        ["grid", "--corpus", "clips.csv", "--budget", "2"],
        ["run", "--corpus", "clips.csv", "--budget", "2"],
        ["recipe", "han2013", "--corpus", "clips.csv"],
        ["stream", "--watch", ".", "--target", "arousal", "--once"],
    ],
)
def test_a_folder_of_recordings_is_no_place_for_results(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "curves.parquet").write_text("of somebody else")
    with pytest.raises(BadPlan, match=r"holds other things already \(curves.parquet\)"):
        type_in(*words, "--out", str(tmp_path / "recordings"))
    assert [path.name for path in (tmp_path / "recordings").iterdir()] == ["curves.parquet"]


def test_a_stream_continues_as_it_was_started_and_not_otherwise(tmp_path: Path) -> None:
    from dataclasses import replace

    from seral_core.runs.watch_folder import save, saved

    plan = Watch(tmp_path, tmp_path / "out", (target_from("arousal=1:9"),), tmp_path / "out" / "answers.csv", buffer=5)
    save(plan)
    save(replace(plan, settle_s=2.0, answers=tmp_path / "others.csv"))
    for change in ({"buffer": 6}, {"strategy": "random"}, {"task": (Target("arousal"),)}, {"folder": tmp_path / "out"}):
        with pytest.raises(BadPlan, match="holds a stream whose"):
            save(replace(plan, **change))
    assert saved(tmp_path / "out").buffer == 5


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 50_000 + " = 1",
        "[" + "a . " * 50_000 + "a]",
        "x = {y = 1, " + "'a b'." * 50_000 + "b = 1}",
        "x = '" + "a" * 5_000_000 + "'",
    ],
)
def test_settings_that_would_take_minutes_to_read_are_a_sentence(text: str) -> None:
    with pytest.raises(BadPlan, match="expected"):
        toml.parse(text, "the plan")


def test_texts_with_many_dots_are_no_keys() -> None:
    text = "see " + ".".join("ab" * 100)
    assert toml.parse(f"caption = {text!r}\nnames = ['{text}']", "the plan")["names"] == [text]


def test_settings_that_an_editor_saved_with_a_mark_of_its_encoding_are_read(tmp_path: Path) -> None:
    for text in ('name = "caf\u00e9"\n', toml.sealed('name = "caf\u00e9"\n')):
        (tmp_path / "marked.toml").write_text(text, encoding="utf-8-sig")
        assert toml.read(tmp_path / "marked.toml") == {"name": "caf\u00e9"}
    assert LabelProject.from_toml("\ufeff" + LabelProject("recordings", ("arousal",)).to_toml()).corpus == "recordings"
    marked = toml.sealed("seed = 1\n").replace("1\n", "2\n")
    (tmp_path / "edited.toml").write_text(marked, encoding="utf-8-sig")
    with pytest.raises(BadPlan, match="edited"):
        toml.read(tmp_path / "edited.toml")
