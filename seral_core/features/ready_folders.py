"""Folders of ready frames: a table for each recording, named by its file, as the AVEC challenges ship them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from seral_core.errors import BadFeatures
from seral_core.features.base import TABLES
from seral_core.features.ready_tables import Parts, frame_of, key_of, moment_of, parts_of, read_frame
from seral_core.files import regular


def read_feature_folder(folder: Path) -> Parts:
    r"""Read frames from a folder with a CSV, ARFF or parquet for each recording.

    Parameters
    ----------
    folder : Path
        With tables in it, or in folders below. Each has the same columns, and one of them says when a frame is; see
        `seral_core.features.ready_tables.read_feature_table`. A table that names several clips, or parts of a file, is
        taken as it is; another one is that of the recording which it is named like, whatever stands in a column for
        names, for that is often the same for all.

    Raises
    ------
    BadFeatures
        When there are no tables, one cannot be read, or two have other columns or steps of time.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("dev_1", "train_1"):
    ...     _ = (folder / f"{name}.csv").write_text("name;frameTime;F0\n'unknown';0.00;120.5\n'unknown';0.04;121.5\n")
    >>> parts = read_feature_folder(folder)
    >>> parts.ids, parts.names, parts.bounds, parts.rate_hz
    (['dev_1', 'train_1'], ['F0'], array([0, 2, 4]), 25.0)
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in TABLES and path.is_file())
    if not paths:
        raise BadFeatures(f"{folder} has no tables of features; expected {', '.join(TABLES)} for each recording")
    frames: list[pd.DataFrame] = []
    for path in paths:
        frame = _named(path, path.relative_to(folder).with_suffix("").as_posix())
        if frames and list(frame.columns) != list(frames[0].columns):
            odd = sorted({*frame.columns} ^ {*frames[0].columns})[:3] or ["in another order"]
            raise BadFeatures(
                f"{path} has other columns than {paths[0].name} ({', '.join(odd)}); "
                "expected the same in each; keep tables of one kind in a folder"
            )
        frames.append(frame)
    return read_frame(folder, lambda: parts_of(pd.concat(frames, ignore_index=True), folder))


def _named(path: Path, recording: str) -> pd.DataFrame:
    """Return a table with a column ``file`` that names the recording."""
    regular(path)
    frame = read_frame(path, lambda: frame_of(path))
    _check_header(frame, path)
    if moment_of(frame) is None and not {"start", "end"} <= {str(column).lower() for column in frame.columns}:
        raise BadFeatures(
            f"{path} does not say when its frames are; expected a column frameTime with seconds; add one, or write all "
            "frames into one .npz with ids, values, bounds and rate_hz"
        )
    key = key_of(frame)
    if key is None:
        return frame.assign(file=recording)
    if len(frame[key].unique()) > 1 or "start" in map(str.lower, frame.columns):
        return frame.rename(columns={key: "file"})
    return frame.drop(columns=key).assign(file=recording)


def _check_header(frame: pd.DataFrame, path: Path) -> None:
    """Raise where the first row holds numbers, for then it is a frame and no header."""
    numbers = pd.to_numeric(pd.Series(list(map(str, frame.columns))), errors="coerce").notna()
    if numbers.sum() > 1:
        first = ", ".join(list(map(str, frame.columns))[:3])
        raise BadFeatures(
            f"{path} begins with a row of numbers ({first}, ...); expected the names of the columns, such as "
            "name;frameTime;F0; add them as a first line"
        )
