"""Lessons stop at every exercise until it is solved; they and the appendices run to their ends, and keep no outputs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from seral_core.process import FOLDERS

nbformat = pytest.importorskip("nbformat", reason="the dev extra is not installed")
pytest.importorskip("jupytext", reason="jupytext is not installed: pip install -e '.[dev]'")
from notebooks.editions import HERE, SOURCES, WITHOUT, badges, edition, source, text  # noqa: E402

#: One after another with one cache, so that the built-in corpus is made once.
pytestmark = pytest.mark.xdist_group("notebooks")

APPENDICES = sorted(HERE.glob("appendix_*.ipynb"))
#: Packages of an extra that an appendix needs.
NEEDS = {"pretrained_encoders": ("torch", "transformers"), "networks_in_time": ("torch",)}


def name(path: Path) -> str:
    return path.stem.removeprefix("appendix_")


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Runs cells as Jupyter does, in this process: a kernel for each notebook would load all packages anew."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # which a shell takes for itself
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    yield shell
    shell.reset(new_session=False)


def ran(shell: Any, cell: Any) -> BaseException | None:
    """What a cell raised."""
    from IPython.utils.capture import capture_output

    with capture_output():
        result = shell.run_cell(cell.source)
    return result.error_before_exec or result.error_in_exec


def run(shell: Any, cell: Any) -> None:
    wrong = ran(shell, cell)
    if wrong is not None:
        raise AssertionError(f"cell {cell.id}:\n{cell.source}") from wrong


def stops(shell: Any, after: list[Any]) -> None:
    """Say that the cells after an unsolved exercise stop with a sentence, before the next exercise."""
    from seral_core.course.answers import NotYet

    for cell in after:
        if {"stub", "solution", "proof"} & set(cell.metadata.tags):
            break
        if wrong := ran(shell, cell):
            assert isinstance(wrong, NotYet), f"cell {cell.id} stops with {type(wrong).__name__}: {wrong}"
            return
    raise AssertionError(f"nothing stops before cell {cell.id} where the exercise above is not solved")


@pytest.mark.slow
@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_lesson_stops_at_every_exercise_and_runs_to_its_end_once_solved(path: Path, shell: Any) -> None:
    begin = time.process_time()
    cells = [cell for cell in source(path).cells if cell.cell_type == "code"]
    for place, cell in enumerate(cells):
        tags = set(cell.metadata.tags)
        if "stub" in tags:
            run(shell, cell)
        elif "solution" in tags:
            stops(shell, cells[place + 1 :])
            run(shell, cell)
        else:
            run(shell, cell)
    print(f"{path.name}: {time.process_time() - begin:.1f} s of computing")


@pytest.mark.slow
@pytest.mark.parametrize("path", APPENDICES, ids=name)
def test_an_appendix_runs(path: Path, shell: Any) -> None:
    for package in NEEDS.get(name(path), ()):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install -e '.[deep]'")
    begin = time.process_time()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            run(shell, cell)
    print(f"{path.name}: {time.process_time() - begin:.1f} s of computing")


@pytest.mark.slow
def test_in_jupyter_figures_are_kept_and_an_exercise_stops_with_its_sentence_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from traitlets.config import Config

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, FOLDERS)))  # found without being installed
    notebook = edition(HERE / "source" / "5_scales.py", "student")
    with TemporaryDirectory() as sockets:  # a free port may be taken by another before a kernel binds it
        no_ports = Config(ConnectionFileMixin={"transport": "ipc", "ip": f"{sockets}/kernel"})
        where = {"metadata": {"path": str(HERE)}}
        client = NotebookClient(notebook, timeout=280, kernel_name="python3", resources=where, config=no_ports)
        with pytest.raises(CellExecutionError):
            client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    figures = [output.data for output in outputs if "application/vnd.plotly.v1+json" in output.get("data", {})]
    assert figures
    assert all(figure.keys() & {"image/png", "text/html"} for figure in figures), "exports would be without"
    (stopped,) = [output for output in outputs if output.output_type == "error"]
    assert stopped.traceback == ["✗ `informative` returns nothing yet: write its lines in place of the three dots."]


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_lesson_has_what_every_lesson_has(path: Path) -> None:
    first, *cells = source(path).cells
    title, rest = first.source.split("\n", 1)
    assert title.startswith("# ")
    assert title.endswith("?")
    assert all(
        part in rest for part in (f"*Lesson {path.stem[0]} · ", " minutes ", "After this lesson you can", "\n- ")
    )
    tags = [set(cell.metadata.tags) for cell in cells]
    assert set().union(*tags) <= {"stub", "solution", "teacher", "proof", "reveal"}
    assert all("solution" in after for tag, after in pairwise(tags) if "stub" in tag)
    assert any("check.predicted(" in cell.source for cell in cells)
    assert any("teacher" in tag for tag in tags)
    assert "assert " in cells[-1].source
    assert tags[-1] == {"proof"}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_student_gets_no_solution_and_no_assertion(path: Path) -> None:
    hidden = [cell.source for cell in source(path).cells if WITHOUT["student"] & set(cell.metadata.tags)]
    shown = [cell.source for cell in edition(path, "student").cells]
    assert hidden
    assert not set(hidden) & set(shown)
    assert not any("assert " in cell for cell in shown)
    kept = HERE / f"{path.stem}.ipynb"
    assert kept.read_text("utf-8") == text(edition(path, "student")), (
        f"{kept.name} is not made of its source: make course"
    )


def test_an_instructor_gets_no_stub() -> None:
    cells = [cell.source for path in SOURCES for cell in edition(path, "instructor").cells]
    assert not any(cell.rstrip().endswith("\n    ...") for cell in cells)
    assert not any("= ...  #" in cell for cell in cells)


def test_badges_are_those_of_the_repository_that_is_named() -> None:
    first, install, *_ = edition(SOURCES[0], "student", address="https://github.com/someone/seral").cells
    assert "/github/someone/seral/blob/main/notebooks/0_listen.ipynb" in first.source
    assert "/v2/gh/someone/seral/main?labpath=notebooks%2F0_listen.ipynb" in first.source
    assert "git+https://github.com/someone/seral" in install.source
    assert badges("https://example.org/seral", "0_listen") == ""


@pytest.mark.parametrize("path", sorted(HERE.glob("*.ipynb")), ids=name)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    kept = [cell.id for cell in cells if cell.outputs or cell.execution_count is not None]
    assert not kept, f"cells {', '.join(kept)} have outputs; strip them: nbstripout {path.name}"


def test_every_notebook_is_a_lesson_or_an_appendix() -> None:
    assert {path.stem for path in HERE.glob("*.ipynb")} == {path.stem for path in (*SOURCES, *APPENDICES)}


@pytest.mark.parametrize("path", APPENDICES, ids=name)
def test_an_appendix_asks_one_question_and_checks_its_numbers(path: Path) -> None:
    first, *_, last = nbformat.read(path, as_version=4).cells
    assert first.cell_type == "markdown"
    assert first.source.split("\n")[0].startswith("# ")
    assert first.source.split("\n")[0].endswith("?")
    assert "assert " in last.source
