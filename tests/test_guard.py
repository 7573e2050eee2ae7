"""Names and texts that others made: no terminal obeys them, and no spreadsheet calculates them."""

from __future__ import annotations

import ast
import csv
import logging
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile

import seral_core
from seral_core.cli import main
from seral_core.corpora.tables import read_table
from seral_core.guard import csv_text, for_spreadsheet, for_terminal, from_spreadsheet, sheet, write_csv
from seral_core.oracles.answers import Answers
from seral_core.runs.live_stream import watch
from seral_core.runs.watch_folder import Watch, target_from
from seral_core.studio import copies
from seral_core.types import Query, Target
from seral_dashboard import projects, serve

HOSTILE = [
    "\x1b]0;owned\x07.wav", "a\nALARM: none.wav", "\x9b2J.wav", "b\u202egpj.wav", "=HYPERLINK(1).wav", "+1+1.wav",
    "-2+3.wav", "@SUM(A1).wav", "'=quoted.wav", "plain.wav",
]  # fmt: skip
#: What a terminal would obey, or show otherwise than it is.
COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def is_formula(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    return False


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Recordings with such names, in folders that say a class, of which one is a command too."""
    folder = tmp_path / "data"
    rng = np.random.default_rng(0)
    for number, name in enumerate(HOSTILE):
        place = folder / ("anger", "=cmd\x1b[31m")[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        soundfile.write(place / name, rng.normal(size=8000) / 9, 16_000)
    return folder


def said(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """Run the command, and return what it printed, which commands nothing."""
    monkeypatch.setattr(sys, "argv", ["seral", *words])
    with pytest.raises(SystemExit):
        main()
    printed = "".join(capfd.readouterr())
    assert printed
    assert not COMMANDS.search(printed), repr(printed)
    return printed


def test_no_command_prints_what_a_terminal_obeys(
    hostile: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (hostile / "=labels\x1b[2J.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [[f"a/{name}", name, ("=cmd\x1b[31m", "anger\u202e")[i % 2]] for i, name in enumerate(HOSTILE)]
        csv.writer(file).writerows([["file", "speaker", "emotion\x07"], *rows])
    assert r"=cmd\x1b[31m" in said(capfd, monkeypatch, "corpora", str(hostile / "=labels\x1b[2J.csv"))
    odd = "\x1b]0;owned\x07\u202e"
    for words in (
        ["corpora", odd], ["show", odd], ["resume", odd], [odd], ["run", "--corpus", odd], ["run", "--seed", odd],
        ["run", "--corpus", str(hostile), "--strategy", odd], ["labels", "export", odd, "--to", "a.csv"],
        ["labels", "import", str(tmp_path), odd], ["recipe", odd], ["label", odd], ["fetch", odd],
        ["stream", "--watch", odd, "--target", "arousal"], ["corpora", str(hostile), "--reader", odd],
    ):  # fmt: skip
        assert r"\x1b" in said(capfd, monkeypatch, *words)


def test_a_stream_asks_with_hostile_names_and_takes_the_answers(
    hostile: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--target", "+emotion=anger,sadness", "--initial", "10", "--settle", "0.01", "--once"]
    out = tmp_path / "out"
    said(capfd, monkeypatch, "stream", "--watch", str(hostile), "--out", str(out), *words)
    with (out / "questions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + len(HOSTILE)
    assert not any(is_formula(cell) for row in rows for cell in row)
    with (out / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([rows[0], *([row[0], "anger"] for row in rows[1:])])
    assert "10 are filled in" in said(capfd, monkeypatch, "show", str(out), "--out", str(tmp_path / "all.csv"))
    again = said(capfd, monkeypatch, "stream", "--watch", str(hostile), "--out", str(out), *words)
    assert "learned from 10 answers" in again
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        assert not any(is_formula(cell) for row in csv.reader(file) for cell in row)
    kept = read_table(tmp_path / "all.csv").frame
    assert sorted(Path(file).name for file in kept["file"]) == sorted(HOSTILE)


def test_names_at_the_top_of_a_folder_are_asked_for_as_text(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    names = [name for name in HOSTILE if "\n" not in name]
    for name in names:
        soundfile.write(tmp_path / "in" / name, np.random.default_rng(0).normal(size=8000) / 9, 16_000)
    plan = Watch(tmp_path / "in", tmp_path, (target_from("arousal"),), tmp_path / "answers.csv", settle_s=0.01)
    list(watch(plan, once=True, tell=lambda _: None))
    with (tmp_path / "questions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert not any(is_formula(row[0]) for row in rows)
    (tmp_path / "answers.csv").write_text((tmp_path / "questions.csv").read_text().replace(",\n", ",0.5\n"))
    query = Query(tuple(names), plan.task)
    assert set(Answers(plan.answers).usable(query)) == set(names)


def test_an_answer_may_name_a_clip_as_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("file,arousal\n=a.wav,0.5\n'=b.wav,0.5\n'c.wav,0.5\n")
    query = Query(("=a.wav", "=b.wav", "'c.wav"), (Target("arousal"),))
    assert Answers(tmp_path / "a.csv").usable(query) == query.segments


def test_a_table_of_texts_and_numbers_has_no_formula_and_comes_back(tmp_path: Path) -> None:
    frame = pd.DataFrame({"=name": [*HOSTILE, None], "number": np.arange(-5.0, 6.0), "-many": pd.NA})
    write_csv(frame, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert not any(is_formula(cell) for row in csv.reader(file) for cell in row)
    again = read_table(tmp_path / "a.csv").frame
    assert again["=name"].tolist()[:-1] == HOSTILE
    assert again["number"].astype(float).tolist() == frame["number"].tolist()
    kinds = pd.DataFrame({"a": pd.Categorical(["=x", "y"])}, index=["@r", "s"])
    assert (sheet(kinds)["a"].tolist(), sheet(kinds).index.tolist()) == (["'=x", "y"], ["'@r", "s"])
    assert csv_text(pd.DataFrame({"a": [-1.5]})) == "a\r\n-1.5\r\n"


@pytest.mark.parametrize("cell", ["fine\r\n=cmd|'/c calc'!A1", "a\n@b\n'=c", "\ufeff=1", " +1", "\xa0-1"])
def test_no_line_of_a_cell_is_a_formula(cell: str) -> None:
    guarded = for_spreadsheet(cell)
    assert not any(line.strip("\ufeff \xa0").startswith(("=", "+", "-", "@")) for line in guarded.splitlines())
    assert from_spreadsheet(guarded) == cell


@pytest.mark.parametrize("name", HOSTILE)
def test_guarding_is_undone_and_done_once(name: str) -> None:
    assert from_spreadsheet(for_spreadsheet(name)) == name
    assert not COMMANDS.search(for_terminal(name))
    assert "\n" not in for_terminal(name)
    assert for_terminal(for_terminal(name)) == for_terminal(name)


def printed(path: Path) -> list[str]:
    """Return what a module prints by other ways than `seral_core.guard.echo`, or asks without making it safe."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name) and node.id == "print":
            found.append(f"{path}:{node.lineno} uses print")
        if not isinstance(node, ast.Call):
            continue
        name, first = ast.unparse(node.func), [ast.unparse(arg) for arg in node.args[:1] if not is_constant(arg)]
        if re.fullmatch(r"click\.s?echo|sys\.std(out|err)\.write|traceback\.print_\w+", name):
            found.append(f"{path}:{node.lineno} calls {name}")
        if name in ("click.confirm", "click.prompt", "input") and not all(a.startswith("for_terminal(") for a in first):
            found.append(f"{path}:{node.lineno} asks {first[0]}")
    return found


def is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def test_there_is_one_way_from_seral_to_a_terminal() -> None:
    root = Path(seral_core.__file__).parents[1]
    files = [*root.glob("seral_core/**/*.py"), *root.glob("dashboard/seral_dashboard/**/*.py")]
    assert len(files) > 200
    assert [line for path in files if path.name != "guard.py" for line in printed(path)] == []


def test_a_line_of_the_dashboards_log_is_a_line_and_commands_no_terminal() -> None:
    wrong = OSError("\x1b[2Jgone\nINFO forged")
    try:
        raise wrong
    except OSError:
        record = logging.LogRecord(
            "seral", logging.WARNING, "x.py", 1, "%s", ("\x1b]0;owned\x07\nforged",), sys.exc_info()
        )
    head, *trace = serve.Lines("%(levelname)s %(message)s").format(record).split("\n")
    assert head == r"WARNING \x1b]0;owned\x07\nforged"
    assert not any("\x1b" in line for line in trace)


def test_notes_on_a_project_of_others_command_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(serve, "kind_of", lambda place: "project")
    monkeypatch.setattr(copies, "take", lambda folder, marks: "\x1b]0;owned\x07")
    monkeypatch.setattr(projects, "studio", lambda folder: SimpleNamespace(marks=()))
    monkeypatch.setattr(projects, "notes", lambda folder: ["\x1b[31mx"])
    serve._first_page(tmp_path)
    assert capsys.readouterr().out == "note: \\x1b]0;owned\\x07\nnote: \\x1b[31mx\n"
