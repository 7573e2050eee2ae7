"""Names of recordings in two columns of a table: a folder in one, a file in another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.file_column import sounds
from seral_core.corpora.files import audio_files, few, sample
from seral_core.corpora.find_files import as_path, same_name
from seral_core.corpora.tables import as_text
from seral_core.corpora.usual_names import names_recordings, squashed
from seral_core.errors import BadCorpus

#: How people call a column of folders.
_CALLED = (
    "folder foldername folderpath subfolder dir dirname directory subdir subdirectory path ordner verzeichnis dossier "
    "repertoire carpeta cartella pasta klasor katalog map"
)
_FOLDERS = frozenset(_CALLED.split())
#: So many columns are tried in pairs at most.
_TRIED = 8
#: What tells the rows of one recording apart.
_OWN = ("start", "end", "duration", "channel", "rater", "target")


def with_folders(
    frame: pd.DataFrame, roles: Mapping[str, str], root: Path, said: Collection[str] = ()
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table whose column of files has the folders in it that another column, or two, say, and a note.

    They are joined where names come back or are not in the folder, and more recordings are there once they are
    joined; a column that is called as one of folders is joined where the recordings are there, or names come back.

    Parameters
    ----------
    frame : DataFrame
        As written.
    roles : mapping of role to column
        What is known; ``file`` is the column of files.
    root : Path
        Folder of the files.
    said : collection of str
        Columns of which somebody said what they are: they are no folders.

    Examples
    --------
    >>> table = pd.DataFrame({"folder": ["a", "b"], "file": ["1.wav", "1.wav"]})
    >>> joined, notes = with_folders(table, {"file": "file"}, Path("no such folder"))
    >>> joined["file"].tolist(), notes
    (['a/1.wav', 'b/1.wav'], ('names of files are joined with column folder, such as a/1.wav',))

    Raises
    ------
    BadCorpus
        When rows of one file differ in another column that names files.
    """
    column = roles["file"]
    names = as_text(frame[column])
    again = names.duplicated().any()
    as_written = all(_is_file(root, name) for name in names.dropna().unique())
    free = [c for c in frame.columns if c != column and c not in said and frame[c].notna().any()]
    called = [c for c in free if squashed(str(c)) in _FOLDERS and sounds(frame[c]) <= 0.5]
    if as_written and not again and not called:
        return frame, ()
    parts, folders = list(_parts(free)), {c: _as_folders(frame[c]) for c in free}
    if as_written:  # a folder of all recordings is listed only where that can be of use
        parts = [each for each in parts if any(_is_file(root, name) for name in _some(_joined(folders, each, names)))]
    there = {same_name(file) for file in audio_files(root)} if parts else set()
    found = {name for name in names.dropna().unique() if same_name(name) in there}
    best: tuple[int, str, pd.Series[Any]] = (len(found), "", names)
    for each in parts if there else ():
        joined = _joined(folders, each, names)
        hits = joined[[same_name(name) in there for name in joined.fillna("")]]
        enough = hits.nunique() >= best[0] if not best[1] and each[0] in called else hits.nunique() > best[0]
        if enough and len(hits) >= names.isin(found).sum() and not joined.equals(names):
            best = (hits.nunique(), " and ".join(each), joined)
    if not best[1] and again:
        best = (0, called[0], _joined(folders, called[:1], names)) if called else best
    if best[1]:
        example = best[2][best[2] != names].iloc[0]
        note = f"names of files are joined with column {best[1]}, such as {example}"
        return frame.assign(**{column: best[2]}), (note,)
    _refuse_other_names(frame, roles, names, free)
    return frame, ()


def _is_file(root: Path, name: str) -> bool:
    try:
        return (root / as_path(name)).is_file()
    except (ValueError, OSError):  # a name that no file can have
        return False


def _some(names: pd.Series[Any]) -> list[str]:
    return sample([name for name in names.dropna().unique() if "/" in name], 20)


def _parts(columns: list[str]) -> Iterator[list[str]]:
    yield from ([column] for column in columns)
    yield from map(list, permutations(columns[:_TRIED], 2))


def _as_folders(column: pd.Series[Any]) -> pd.Series[Any]:
    cells = as_text(column)
    return cells.map({cell: as_path(cell).strip("/") for cell in cells.dropna().unique()}).astype(object)


def _joined(folders: Mapping[str, pd.Series[Any]], parts: list[str], names: pd.Series[Any]) -> pd.Series[Any]:
    """Return names with the folders before them that some columns say; a cell that is empty says none."""
    joined = names
    for part in reversed(parts):
        folder = folders[part]
        joined = joined.where(folder.isna() | joined.isna(), folder + "/" + joined)
    return joined


def _refuse_other_names(
    frame: pd.DataFrame, roles: Mapping[str, str], names: pd.Series[Any], free: Collection[str]
) -> None:
    own = [as_text(frame[roles[role]]).rename(role) for role in _OWN if role in roles]
    rows = pd.concat([names.rename("file"), *own], axis=1)
    for column in free:
        if column in roles.values() or not (names_recordings([column]) or sounds(frame[column]) > 0.5):
            continue
        differ = rows.duplicated(keep=False) & ~pd.concat([rows, frame[column].rename("other")], axis=1).duplicated(
            keep=False
        )
        if differ.any():
            which = [str(index + 2) for index in frame.index[differ & (names == names[differ].iloc[0])]]
            raise BadCorpus(
                f"rows {few(which)} name the file {names[differ].iloc[0]}, but differ in column {column}; say which "
                f"names the recordings: --column file={column}, or --column description={column}"
            )
