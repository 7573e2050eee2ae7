"""Remember how a corpus is read, for a table and for the folder that is read from it alike."""

from __future__ import annotations

from pathlib import Path

from seral_core.corpora.base import recognised
from seral_core.corpora.reading import Reading, remember
from seral_core.corpora.tables import only_table
from seral_core.home import placed


def remember_all(where: str | Path, reading: Reading) -> list[str]:
    """Remember how a corpus is read, or forget it where nothing is said, and return the paths that this holds for.

    A folder that is read from its only table, and that table, are one corpus.

    Examples
    --------
    >>> remember_all("some/folder", Reading())
    ['some/folder']
    """
    path, table_reader = placed(where), "table"
    folder = path if path.is_dir() else path.parent
    table = only_table(folder)
    other = reading.reader not in ("", table_reader) or any(text.startswith("pattern ") for text in reading.said)
    one = table is not None and not other and path in (folder, table) and recognised(folder).name == table_reader
    places = [str(folder), str(table)] if one else [str(where)]
    for place in places:
        remember(place, reading)
    return places
