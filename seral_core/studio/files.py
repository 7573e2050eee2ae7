"""Objects and arrays in small files that one process writes and others read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.files import DAMAGED, opened, read_text, replacing, write_text


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Replace a JSON file in one step; not waiting for the disk, for a state is rewritten several times a second.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "new" / "state.json"
    >>> write_json(path, {"round": 3})
    >>> read_json(path), read_json(path.with_name("other.json"))
    ({'round': 3}, {})
    """
    write_text(path, json.dumps(data, ensure_ascii=False), to_disk=False)


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object from a file; empty where it is missing or damaged."""
    try:
        data = json.loads(read_text(path))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Replace a file of arrays in one step.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "beliefs.npz"
    >>> write_arrays(path, {"ids": np.array(["a.wav"])})
    >>> read_arrays(path)["ids"].tolist(), read_arrays(path.with_name("other.npz"))
    (['a.wav'], {})
    """
    with replacing(path, to_disk=False) as draft:
        np.savez(draft, **arrays)  # type: ignore[arg-type]


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return arrays from a file, never unpickled; none where it is missing or damaged."""
    try:
        with opened(path) as file, np.load(file, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except DAMAGED:
        return {}
