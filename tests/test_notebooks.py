"""Every notebook runs from top to bottom, and is kept without outputs."""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from seral_core.process import FOLDERS

nbformat = pytest.importorskip("nbformat", reason="the dev extra is not installed")

#: One after another with one cache, so that the built-in corpus is made once.
pytestmark = pytest.mark.xdist_group("notebooks")

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: Packages of an extra that a notebook needs.
NEEDS = {"05_pretrained_encoders": ("torch", "transformers"), "07_networks_in_time": ("torch",)}


def name(path: Path) -> str:
    return path.stem


def figures(notebook: Any) -> list[Any]:
    """What each figure is kept as."""
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ())]
    return [data for data in outputs if "application/vnd.plotly.v1+json" in data]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_runs_and_its_figures_are_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbclient import NotebookClient
    from traitlets.config import Config

    for package in NEEDS.get(path.stem, ()):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install -e '.[deep]'")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, FOLDERS)))  # found without being installed
    notebook = nbformat.read(path, as_version=4)
    begin = time.perf_counter()
    with TemporaryDirectory() as sockets:  # a free port may be taken by another before a kernel binds it
        no_ports = Config(ConnectionFileMixin={"transport": "ipc", "ip": f"{sockets}/kernel"})
        where = {"metadata": {"path": str(path.parent)}}
        NotebookClient(notebook, timeout=280, kernel_name="python3", resources=where, config=no_ports).execute()
    assert all(figure.keys() & {"image/png", "text/html"} for figure in figures(notebook)), "exports would be without"
    print(f"{path.name} took {time.perf_counter() - begin:.0f} s")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    kept = [cell.id for cell in cells if cell.outputs or cell.execution_count is not None]
    assert not kept, f"cells {', '.join(kept)} have outputs; strip them: nbstripout {path.relative_to(ROOT)}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_asks_one_question_and_checks_its_numbers(path: Path) -> None:
    first, *_, last = nbformat.read(path, as_version=4).cells
    assert first.cell_type == "markdown"
    assert first.source.split("\n")[0].startswith("# ")
    assert first.source.split("\n")[0].endswith("?")
    assert "assert " in last.source
