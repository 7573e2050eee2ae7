"""Where SERAL keeps things on this computer: runs, caches, downloaded corpora."""

from __future__ import annotations

import os
from pathlib import Path


def home(*parts: str) -> Path:
    """Return a folder of SERAL's own, made when first asked for.

    It is ``$SERAL_HOME`` where that is set, otherwise the user's data folder.

    Examples
    --------
    >>> home("cache").name
    'cache'
    """
    import platformdirs

    base = Path(os.environ.get("SERAL_HOME") or platformdirs.user_data_dir("seral", appauthor=False))
    folder = base.joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def absolute(text: str) -> str:
    """Return the absolute path where ``text`` is a path that exists, so that a plan means the same from any folder.

    Examples
    --------
    >>> absolute("synthetic")
    'synthetic'
    """
    return str(Path(text).resolve()) if text and Path(text).exists() else text
