"""What kind of folder a folder is, and what may be read and written in it: nothing of another kind, nothing outside."""

from __future__ import annotations

import glob
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from seral_core.errors import BadPlan
from seral_core.files import clear_drafts, held, named, regular

Kind = Literal["project", "stream", "recipe", "grid", "run", "model"]
#: The file that makes a folder what it is; the first one that is there counts.
FILES: dict[Kind, str] = {
    "project": "studio.toml",
    "stream": "watch.toml",
    "recipe": "recipe.toml",
    "grid": "grid.toml",
    "run": "plan.toml",
    "model": "model.json",
}
_NAMES: dict[Kind, str] = {
    "project": "a labelling project",
    "stream": "a stream",
    "recipe": "a recipe",
    "grid": "a run or grid",
    "run": "one run of a grid",
    "model": "a model",
}
#: What may lie in a folder before something is started there: traces of an attempt, and answers that
#: wait for questions.
_TRACES = {
    "runs", "control", "trouble.txt", "crash.txt", "preparing.json", "progress.json", "answers.csv", "questions.csv",
    "events.jsonl", "clips.sqlite", "uploads",
}  # fmt: skip


def kind_of(folder: Path) -> Kind | None:
    """Return what SERAL keeps in a folder; None for any other, and for what is no folder.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> kind_of(folder), (folder / "grid.toml").touch(), kind_of(folder)
    (None, None, 'grid')
    """
    return next((kind for kind, name in FILES.items() if (folder / name).is_file()), None)


def inside(folder: Path, name: str) -> Path:
    """Return the path of what SERAL keeps in a folder, unless a symbolic link there leads out of it.

    A folder may come from anybody. SERAL reads, overwrites and deletes what it keeps there, and a
    link would have it do so to any file of the user. The folder itself may be a link: the user
    named it.

    Parameters
    ----------
    folder : Path
        Of a project, run, grid, stream or recipe; need not exist.
    name : str
        What is kept, such as ``"events.jsonl"`` or ``"runs/0123"``.

    Raises
    ------
    BadPlan
        When it, or a folder on the way to it, is a link that leads out.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> inside(folder, "runs/0123").relative_to(folder).as_posix()
    'runs/0123'
    >>> (folder / "runs").symlink_to(folder.parent)
    >>> inside(folder, "runs/0123")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: ...runs is a link that leads out of its folder, to ...; expected ...
    """
    path = folder
    for part in Path(name).parts:
        path = path / part
        if leads_out(folder, path):
            raise BadPlan(
                f"{path} is a link that leads out of its folder, to {os.path.realpath(path)}; "
                "expected what SERAL keeps to lie in the folder; nothing was read or written "
                "there; put what it should hold in its place, or remove it"
            )
    return path


def leads_out(folder: Path, path: Path) -> bool:
    """Return whether a path in a folder is a symbolic link to something outside of it.

    Examples
    --------
    >>> leads_out(Path("project"), Path("project/labels.sqlite"))
    False
    """
    return path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def claim(folder: Path, kind: Kind) -> None:
    """Raise `BadPlan` where a folder holds something of another kind, which would be overwritten or hidden.

    Whether what it holds of the same kind is the same thing, its own code must say.

    Parameters
    ----------
    folder : Path
        Where something is to be started or continued; need not exist.
    kind : {"project", "stream", "recipe", "grid", "run", "model"}
        What is to be started.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "recipe.toml").touch()
    >>> claim(folder, "recipe")
    >>> claim(folder, "grid")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: ... holds a recipe; expected a new folder, or one that holds a run or grid; ...
    """
    found = kind_of(folder)
    if found not in (None, kind):
        raise BadPlan(
            f"{folder} holds {_NAMES[found]}; expected a new folder, or one that holds "
            f"{_NAMES[kind]}; nothing was written there; choose another folder (--out)"
        )
    if folder.exists() and not folder.is_dir():
        raise BadPlan(f"{folder} is a file; expected a folder, made where it is missing; choose another (--out)")


def claim_file(path: Path | None, *, replace: bool = False, outside: Path | None = None) -> None:
    """Raise `BadPlan` where a file of the user would be replaced that nobody has agreed to replace, or it is a pipe.

    Parameters
    ----------
    path : Path, optional
        What is to be written, if anything.
    replace : bool
        Whether the user agreed to it.
    outside : Path, optional
        A folder whose own results are not replaced whatever the user agreed to.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> claim_file(path), path.touch(), claim_file(path, replace=True)
    (None, None, None)
    >>> claim_file(path)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: ...labels.csv is there already; expected a new file; nothing was written; ...
    """
    if path is None or path.is_dir():
        return
    if not replace and path.exists():
        raise BadPlan(
            f"{path} is there already; expected a new file; nothing was written; name another one, or replace it "
            "(--replace; in Python replace=True)"
        )
    if outside is not None and path.exists() and path.resolve().is_relative_to(outside.resolve()):
        raise BadPlan(f"{path} may be a result that {outside} keeps; expected a file elsewhere; name another one")
    regular(path)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Lend a draft that becomes a new or empty folder when all is written, and is gone otherwise.

    Parameters
    ----------
    folder : Path
        The folder to be made; those above it are made where they are missing.

    Raises
    ------
    BadPlan
        When it holds something, or is a file.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "labels"
    >>> with new_folder(folder) as draft:
    ...     _ = (draft / "a.csv").write_text("all")
    >>> [path.name for path in folder.parent.rglob("*")]
    ['labels', 'a.csv']
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadPlan(f"{folder} holds something already; expected a new or empty folder; name another one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    clear_drafts(folder.parent, glob.escape(folder.name[:50]))
    draft = folder.with_name(f".{folder.name[:50]}.{uuid.uuid4().hex[:12]}.draft")
    try:
        with named(folder, draft):
            draft.mkdir()
            with held(draft):
                yield draft
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def claim_fresh(folder: Path, kind: Kind) -> None:
    """Do what `claim` does, and refuse a folder with anything in it that SERAL does not know: recordings, say.

    Parameters
    ----------
    folder, kind
        As in `claim`.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> claim_fresh(folder, "grid")
    >>> (folder / "summary.json").touch()
    >>> claim_fresh(folder, "grid")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: ... holds other things already (summary.json); expected a new or empty folder; ...
    """
    claim(folder, kind)
    if kind_of(folder) is None and folder.is_dir():
        others = list(_strangers(path.name for path in folder.iterdir()))
        if others:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            raise BadPlan(
                f"{folder} holds other things already ({', '.join(sorted(others)[:3])}{more}); "
                "expected a new or empty folder; nothing was written there; choose another folder "
                "(--out)"
            )


def _strangers(names: Iterable[str]) -> Iterable[str]:
    return (name for name in names if not name.startswith(".") and name not in _TRACES)
