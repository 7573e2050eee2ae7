"""Two editions of every lesson from one source: exercises for students, solutions for instructors.

A source is a Python file with cells (jupytext's ``py:percent``), so that it is read, compared and linted like any code.
Its cells have tags, and nbconvert leaves out those of the other edition. nbgrader would bring a server, a database and
markers within cells for the same.

===========  =========================================================
``stub``     what a student gets to fill in; the next cell is its ``solution``
``solution`` what an instructor sees in its place
``teacher``  remarks for instructors
``proof``    what the text says, asserted; runs in the tests
``reveal``   what a prediction is about; folded in the gallery
===========  =========================================================
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbconvert.preprocessors import TagRemovePreprocessor

HERE = Path(__file__).parent
SOURCES = sorted((HERE / "source").glob("*.py"))
#: What an edition leaves out.
WITHOUT = {"student": {"solution", "teacher", "proof"}, "instructor": {"stub"}}
_INSTALL = """# Where SERAL is not installed, as on Colab, this gets it.
try:
    import seral_core
except ImportError:
    %pip install --quiet "seral-speech[notebook] @ git+{address}"
"""


def source(path: Path) -> Any:
    """Return a lesson with all its cells; they have the same ids each time."""
    notebook = jupytext.read(path, fmt="py:percent")
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        cell.id = f"c{number:02}"
        cell.metadata = {"tags": cell.metadata.get("tags", [])}
    return notebook


def without(notebook: Any, tags: set[str]) -> Any:
    """Return a notebook without the cells that have one of these tags."""
    remove = TagRemovePreprocessor(enabled=True, remove_cell_tags=tags)
    kept, _ = remove.preprocess(nbformat.from_dict(notebook), {})
    return kept


def edition(path: Path, kind: str, address: str | None = None) -> Any:
    """Return an edition of a lesson.

    Parameters
    ----------
    path : Path
        Its source.
    kind : {"student", "instructor"}
        Which.
    address : str, optional
        Of the repository, for badges; left out, the one in pyproject.toml, where there is one.
    """
    notebook = without(source(path), WITHOUT[kind])
    address = repository() if address is None else address
    if address and kind == "student":
        title, line, rest = notebook.cells[0].source.partition("\n")
        notebook.cells[0].source = f"{title}\n\n{badges(address, path.stem)}\n{line}{rest}"
        install = nbformat.v4.new_code_cell(_INSTALL.format(address=address), id="install", metadata={"tags": []})
        notebook.cells.insert(1, install)
    return notebook


def repository() -> str:
    """Return the address of the repository that pyproject.toml names, or nothing."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project.get("urls", {}).get("Repository", "")).removesuffix(".git").rstrip("/")


def badges(address: str, name: str) -> str:
    """Return the badges of a lesson; Colab and Binder open repositories on GitHub this way."""
    _, host, place = address.partition("github.com/")
    if not host:
        return ""
    colab, binder = "https://colab.research.google.com", "https://mybinder.org"
    opened = f"{colab}/github/{place}/blob/main/notebooks/{name}.ipynb"
    bound = f"{binder}/v2/gh/{place}/main?labpath=notebooks%2F{name}.ipynb"
    pictures = (f"![Open in Colab]({colab}/assets/colab-badge.svg)", f"![Open in Binder]({binder}/badge_logo.svg)")
    return f"[{pictures[0]}]({opened}) [{pictures[1]}]({bound})"


def text(notebook: Any) -> str:
    """Return a notebook as it is kept."""
    return str(nbformat.writes(notebook)) + "\n"
