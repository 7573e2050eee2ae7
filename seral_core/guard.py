"""Text of others, made safe where it is shown: a spreadsheet sees no formula in it, a terminal no command."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seral_core.files import replacing

if TYPE_CHECKING:
    import pandas as pd

#: A spreadsheet takes a cell that begins like this for a formula; an apostrophe before it makes it
#: text. So does a line within a cell, where the table is split at other marks than it was written
#: with.
_FORMULA = re.compile(r"'*(?:[\s\ufeff]*[=+\-@＝＋－＠]|\t)")
_LINES = re.compile(r"(\r\n|\r|\n)")
#: A cell whose first line is empty: some programs drop the break, and then see the second line
#: first.
_BREAK = re.compile(r"'*[\r\n]")
#: Letters of some scripts, and emoji, are joined by these; all other characters that cannot be seen
#: are spelled out.
_JOINERS = "\u200c\u200d"


def for_spreadsheet(cell: str) -> str:
    """Return a text as a cell that is no formula; `from_spreadsheet` gives it back.

    Examples
    --------
    >>> for_spreadsheet("=1+1"), for_spreadsheet("a=1"), from_spreadsheet(for_spreadsheet("'=1+1"))
    ("'=1+1", 'a=1', "'=1+1")
    """
    guarded = _by_line(cell, lambda line: f"'{line}" if _FORMULA.match(line) else line)
    return f"'{guarded}" if _BREAK.match(guarded) else guarded


def from_spreadsheet(cell: str) -> str:
    """Give back what `for_spreadsheet` was given.

    Examples
    --------
    >>> from_spreadsheet("'=1+1"), from_spreadsheet("'tis")
    ('=1+1', "'tis")
    """
    cell = cell[1:] if cell.startswith("'") and _BREAK.match(cell) else cell
    return _by_line(cell, lambda line: line[1:] if line.startswith("'") and _FORMULA.match(line) else line)


def _by_line(cell: str, change: Callable[[str], str]) -> str:
    parts = _LINES.split(cell)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))


def sheet(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts, and names of columns and rows, are no formulas; numbers stay numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> sheet(pd.DataFrame({"file": ["=cmd.wav"], "@value": [-1.5]})).to_dict("records")
    [{'file': "'=cmd.wav", "'@value": -1.5}]
    """

    def safe(cell: Any) -> Any:
        return for_spreadsheet(cell) if isinstance(cell, str) else cell

    import pandas as pd

    guarded = frame.copy()
    for at in range(frame.shape[1]):
        column = frame.iloc[:, at]
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)):
            guarded.isetitem(at, pd.array([safe(cell) for cell in column], dtype=object))
    return guarded.rename(columns=safe, index=safe)


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV that is safe to open in a spreadsheet.

    Examples
    --------
    >>> import pandas as pd
    >>> csv_text(pd.DataFrame({"file": ["=cmd.wav"], "arousal": [-0.5]})).splitlines()
    ['file,arousal', "'=cmd.wav,-0.5"]
    """
    return str(sheet(frame).to_csv(index=False, lineterminator="\r\n"))  # a lone return is quoted then


def write_csv(frame: pd.DataFrame, to: Path) -> None:
    """Write a table as CSV that is safe to open in a spreadsheet, in one step.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> path = Path(tempfile.mkdtemp()) / "table.csv"
    >>> write_csv(pd.DataFrame({"=file": ["a.wav"]}), path)
    >>> path.read_text().splitlines()
    ["'=file", 'a.wav']
    """
    with replacing(to) as draft:
        draft.write_bytes(csv_text(frame).encode("utf-8", "surrogatepass"))


def for_terminal(text: str) -> str:
    r"""Return a text as one line in which nothing commands a terminal: what cannot be seen is spelled out.

    Control characters (escapes, line breaks), marks that turn the direction of writing, and halves
    of characters that names of files may hold.

    Examples
    --------
    >>> print(for_terminal("\x1b]0;owned\x07.wav"), for_terminal("a\nb"), for_terminal("größe 声音 \udcff"))
    \x1b]0;owned\x07.wav a\nb größe 声音 \udcff
    """
    if text.isprintable():
        return text
    return "".join(char if _seen(char) else char.encode("unicode_escape").decode() for char in text)


def echo(*lines: str, err: bool = False, alarm: bool = False) -> None:
    r"""Print lines: the one way from SERAL to a terminal, which nothing in a name or a text may command.

    Parameters
    ----------
    *lines : str
        A line each; a line break within one is spelled out, as all that cannot be seen.
    err : bool
        Whether they go to the error stream.
    alarm : bool
        Whether they are red.

    Examples
    --------
    >>> echo("read \x1b[2J.wav", "and no more")
    read \x1b[2J.wav
    and no more
    """
    import click

    style = {"fg": "red", "bold": True} if alarm else {}
    for line in lines:
        click.secho(for_terminal(line), err=err, **style)  # type: ignore[arg-type]


def _seen(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
