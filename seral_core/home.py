"""Where things are on this computer: SERAL's own folders, and the folder that the user is in."""

from __future__ import annotations

import os
from pathlib import Path

#: Names the folder that the user is in, once SERAL works elsewhere; its children see it too.
HERE = "SERAL_HERE"


def home(*parts: str) -> Path:
    """Return a folder of SERAL's own, made when first asked for.

    It is ``$SERAL_HOME`` where that is set, otherwise the user's data folder.

    Examples
    --------
    >>> home("cache").name
    'cache'
    """
    import platformdirs

    base = here() / (os.environ.get("SERAL_HOME") or platformdirs.user_data_dir("seral", appauthor=False))
    return private_folder(base.joinpath(*parts))


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner may read, and those above it that are missing; return it.

    A folder that is there already keeps its rights.

    Examples
    --------
    >>> import tempfile
    >>> made = private_folder(Path(tempfile.mkdtemp()) / "project" / "uploads")
    >>> oct(made.stat().st_mode & 0o777), oct(made.parent.stat().st_mode & 0o777)
    ('0o700', '0o700')
    """
    if not folder.is_dir():
        if folder.parent != folder:
            private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def here() -> Path:
    """Return the folder that the user is in: paths that a user types are relative to it.

    SERAL's own processes work in another one, see `seral_core.process.elsewhere`.

    Examples
    --------
    >>> here() == Path.cwd()
    True
    """
    return Path(os.environ.get(HERE) or Path.cwd())


def placed(text: str | Path) -> Path:
    """Return the absolute path that a user means.

    Examples
    --------
    >>> placed("recordings") == Path.cwd() / "recordings", placed("~/recordings") == Path.home() / "recordings"
    (True, True)
    """
    return here() / Path(text).expanduser()


def absolute(text: str) -> str:
    """Return the absolute path where ``text`` is a path that exists, so that a plan means the same from any folder.

    Examples
    --------
    >>> absolute("synthetic")
    'synthetic'
    """
    return str((here() / text).resolve()) if text and (here() / text).exists() else text
