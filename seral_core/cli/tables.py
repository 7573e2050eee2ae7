"""Tables that commands write: the name of the file says the kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from seral_core.errors import BadPlan
from seral_core.files import replacing

if TYPE_CHECKING:
    import pandas as pd


def write_table(frame: pd.DataFrame, to: Path, endings: str) -> None:
    """Write a table to a file of the kind that its name says.

    Parameters
    ----------
    frame : DataFrame
        The table.
    to : Path
        Made or replaced, in one step.
    endings : str
        What may be asked for, for the sentence.

    Raises
    ------
    BadPlan
        When the name ends otherwise.

    Examples
    --------
    >>> import pandas as pd
    >>> write_table(pd.DataFrame(), Path("curves.xls"), ".csv")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got a file ending in '.xls'; expected .csv; rename it
    """
    from seral_core.guard import write_csv

    writers: dict[str, Callable[[Path], object]] = {
        ".csv": lambda path: write_csv(frame, path),
        ".parquet": lambda path: frame.to_parquet(path, index=False),
        ".json": lambda path: frame.to_json(path, orient="records", indent=1),
    }
    if to.suffix not in writers:
        raise BadPlan(f"got a file ending in '{to.suffix}'; expected {endings}; rename it")
    with replacing(to) as draft:
        writers[to.suffix](draft)
