"""ARFF: tables of Weka and openSMILE, with a line per attribute before the rows."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.errors import BadCorpus
from seral_core.files import read_text

_ATTRIBUTE = re.compile(r"@attribute\s+('(?:[^'\\]|\\.)*'|\"[^\"]*\"|\S+)\s+(\S.*)", re.IGNORECASE)
_NUMBERS = ("numeric", "real", "integer")


def read_arff(path: Path) -> pd.DataFrame:
    r"""Read an ARFF file: numbers as numbers, and everything else as text as it is written.

    Parameters
    ----------
    path : Path
        In UTF-8 or Latin-1; ``?`` stands for a number that is missing.

    Raises
    ------
    BadCorpus
        When it has no attributes or no ``@data``, or its rows are sparse or have another number of cells.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "dev_1.arff"
    >>> head = "@relation lld\n@attribute name string\n@attribute frameTime numeric\n@attribute F0 real\n\n@data\n"
    >>> _ = path.write_text(head + "'dev_1',0.00,120\n'dev_1',0.04,?\n")
    >>> read_arff(path).values.tolist()
    [['dev_1', 0.0, 120.0], ['dev_1', 0.04, nan]]
    """
    kinds: dict[str, str] = {}
    lines = _text(path).splitlines()
    for number, line in enumerate(lines):
        bare = line.strip()
        if bare.lower() == "@data":
            return _rows(lines[number + 1 :], kinds, path)
        if bare.lower().startswith("@attribute"):
            match = _ATTRIBUTE.fullmatch(bare)
            name = match[1].strip("'\"") if match else ""
            if match is None or name in kinds:
                raise _bad(path, f"line {number + 1} is {bare:.60}", "@attribute NAME TYPE, each name once")
            kinds[name] = match[2].lower()
    raise _bad(path, "there is no @data", "attributes, then @data and the rows")


def _rows(lines: list[str], kinds: dict[str, str], path: Path) -> pd.DataFrame:
    kept = [line for line in lines if line.strip() and not line.lstrip().startswith("%")]
    if kept and kept[0].lstrip().startswith("{"):
        raise _bad(path, "its rows are sparse", "a cell for each attribute")
    if not kinds or not kept:
        raise _bad(path, f"it has {len(kinds)} attributes and {len(kept)} rows", "some of both")
    cells = list(csv.reader(kept, quotechar="'", skipinitialspace=True, escapechar="\\"))
    odd = next((row for row in cells if len(row) != len(kinds)), None)
    if odd is not None:
        raise _bad(path, f"a row has {len(odd)} cells ({', '.join(odd):.60})", f"{len(kinds)}, one for each attribute")
    frame = pd.DataFrame(cells, columns=list(kinds))
    return frame.assign(**{name: _numbers(frame[name], path) for name in kinds if kinds[name] in _NUMBERS})


def _numbers(column: pd.Series[Any], path: Path) -> pd.Series[Any]:
    try:
        return pd.to_numeric(column.str.strip().replace("?", None))
    except ValueError as why:
        raise _bad(path, f"attribute {column.name} is numeric ({why})", "numbers") from None


def _text(path: Path) -> str:
    try:
        return read_text(path, "utf-8-sig")
    except UnicodeDecodeError:
        return read_text(path, "latin-1")


def _bad(path: Path, got: str, expected: str) -> BadCorpus:
    return BadCorpus(f"{path.name} cannot be read as ARFF ({got}); expected {expected}; write it again")
