"""A database in audformat, the field's open format for annotated audio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from seral_core.corpora.answers import Given, target_of
from seral_core.corpora.base import readers
from seral_core.corpora.corpus import ABOUT, Corpus, checked, segment_ids, segment_index
from seral_core.corpora.odd_numbers import usable_numbers
from seral_core.corpora.tables import GOLD, as_text
from seral_core.corpora.words import sexes
from seral_core.errors import BadCorpus, MissingExtra, NotAFile
from seral_core.files import read_text, regular
from seral_core.types import Target

_HEADER = "db.yaml"
_ABOUT = {**{name: name for name in ABOUT}, "gender": "sex"}


@dataclass(frozen=True)
class AudformatDatabase:
    """A folder with ``db.yaml``: schemes become targets, raters stay raters, splits stay splits.

    A column counts when its scheme has labels, is a number or a truth; free text and times do not.
    ``speaker``, ``session``, ``gender`` or ``sex``, and ``split`` describe segments; what is known
    about a file holds for its segments, what the labels of the scheme ``speaker`` say holds for the
    speaker.

    Answers of raters of the type ``vote`` are left out where the people they combine are known, and
    so is what machines say.

    Parameters
    ----------
    machines : bool
        Keep what machines say beside what people say.
    ranges : mapping of target to (low, high)
        Native ranges of scales, over those of the schemes; where neither is known, they are guessed, and noted so.
    lenient : bool
        Leave out single answers that are no numbers of their scale, and name their segments, instead of refusing all.

    References
    ----------
    .. [1] https://audeering.github.io/audformat

    Examples
    --------
    >>> AudformatDatabase().recognises(Path("no such folder"))
    0.0
    """

    machines: bool = False
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    lenient: bool = False

    name: ClassVar[str] = "audformat"
    pattern: ClassVar[str] = "an audformat database (a folder with db.yaml)"

    def recognises(self, path: Path) -> float:
        """Return certainty where the folder has an audformat header."""
        return 1.0 if (path / _HEADER).is_file() else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the database in the folder ``path``.

        Raises
        ------
        MissingExtra
            When audformat is not installed.
        BadCorpus
            When the header or a table cannot be read, or no table has labels.
        """
        database = load_database(path)
        parts = list(_labels(database))
        if not parts:
            raise BadCorpus(
                f"audformat database {path} has no labels; expected a table with a column whose "
                "scheme has labels or numbers; check its schemes"
            )
        answers = _of_people(database, pd.concat(parts), self.machines)
        task, ratings, notes = _targets(database, answers, self)
        segments = _segments(database, answers.index.drop_duplicates().sort_values())
        files = pd.unique(segments.index.get_level_values("file"))
        root = path if any((path / file).is_file() for file in files) else None
        licence, citation = str(database.license or ""), str(database.meta.get("citation") or database.source or "")
        return Corpus(database.name, segments, checked(ratings, task), task, root, licence, citation, notes)


def load_database(path: Path) -> Any:
    """Load an audformat database, and execute nothing that its files may hold.

    audformat itself obeys tags of Python objects in the header and unpickles tables: both are
    refused here.

    Raises
    ------
    MissingExtra
        When audformat is not installed.
    BadCorpus
        When it cannot be read, or holds pickles or Python objects.

    Examples
    --------
    >>> load_database(Path("no such folder"))
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: no such folder cannot be read as an audformat database (FileNotFoundError: ...
    """
    try:
        import audformat
    except ImportError:
        raise MissingExtra(f"reading {path / _HEADER}", "audformat", "audformat") from None
    try:
        _check_harmless(path)
        return audformat.Database.load(str(path), load_data=True)
    except (BadCorpus, NotAFile):
        raise
    except Exception as why:  # yaml, csv and audformat each raise their own kinds
        raise BadCorpus(
            f"{path} cannot be read as an audformat database ({type(why).__name__}: {why}); "
            "expected db.yaml and its tables; save it again with audformat"
        ) from why


def _check_harmless(path: Path) -> None:
    import yaml

    for file in path.glob(f"{Path(_HEADER).stem}.*"):
        regular(file)
    header = yaml.safe_load(read_text(path / _HEADER))
    for kind in ("tables", "misc_tables"):
        for table in header.get(kind) or {}:
            name = f"{Path(_HEADER).stem}.{table}"
            if set("/\\\0") & set(name) or (path / f"{name}.pkl").exists():
                raise BadCorpus(
                    f"table {table!r} of {path} is a pickle or is elsewhere; expected CSV or "
                    f"parquet beside {_HEADER}, for a pickle may run any program; save it again "
                    "with storage_format='parquet'"
                )


def _labels(database: Any) -> Iterator[pd.DataFrame]:
    """Give the answers of every column of labels in long form, on their segments."""
    for table_id in database.tables:
        table = database[table_id]
        frame = _segmented(table.df)
        for name, column in table.columns.items():
            if name in _ABOUT or not _is_target(database, column):
                continue
            columns = {
                "segment": segment_ids(frame.index),  # type: ignore[arg-type]
                "target": _target_name(table, name),
                "rater": str(column.rater_id or GOLD),
                "scheme": column.scheme_id,
                "value": frame[name].astype(object),
            }
            yield pd.DataFrame(columns, index=frame.index).dropna(subset="value")


def _of_people(database: Any, answers: pd.DataFrame, machines: bool) -> pd.DataFrame:
    """Leave out what was worked out of people's answers, and what machines say, where people answered."""
    kinds = {name: str(rater.type) for name, rater in database.raters.items()}
    kind = answers["rater"].map(lambda rater: kinds.get(rater, "human"))
    voted = answers[kind.isin(["human", "other"])].set_index(["segment", "target"]).index
    keys = pd.MultiIndex.from_frame(answers[["segment", "target"]])
    left_out = (kind == "vote").to_numpy() & keys.isin(voted)
    if not machines and (kind != "machine").any():
        left_out |= (kind == "machine").to_numpy()
    return answers[~left_out]


def _target_name(table: Any, column: str) -> str:
    """Return the scheme's name, which raters and splits share; the column's where one rater has two of it."""
    scheme = table.columns[column].scheme_id
    raters = [other.rater_id for other in table.columns.values() if other.scheme_id == scheme]
    return str(scheme if len(set(raters)) == len(raters) else column)


def _is_target(database: Any, column: Any) -> bool:
    if column.scheme_id is None or column.scheme_id in _ABOUT:
        return False
    scheme = database.schemes[column.scheme_id]
    return scheme.labels is not None or scheme.dtype in ("bool", "float", "int")


def _segmented(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table on ``(file, start, end)``, whatever its own index is."""
    import audformat.utils

    index = audformat.utils.to_segmented_index(frame.index, allow_nat=True)
    files = [str(file).replace("\\", "/") for file in index.get_level_values("file")]
    seconds = [pd.TimedeltaIndex(index.get_level_values(t)).total_seconds().tolist() for t in ("start", "end")]
    return frame.set_axis(segment_index(files, *seconds))


def _targets(
    database: Any, answers: pd.DataFrame, how: AudformatDatabase
) -> tuple[tuple[Target, ...], pd.DataFrame, tuple[str, ...]]:
    task: list[Target] = []
    parts: list[pd.DataFrame] = []
    notes: tuple[str, ...] = ()
    for name in pd.unique(answers["target"]):
        rows = answers[answers["target"] == name].reset_index(drop=True)
        scheme = database.schemes[rows["scheme"].iloc[0]]
        given = scheme.minimum is not None and scheme.maximum is not None
        bounds = how.ranges.get(name) or ((float(scheme.minimum), float(scheme.maximum)) if given else None)
        labels = () if scheme.labels is None else tuple(map(str, scheme.labels_as_list))
        known = Given(bounds, labels)
        values, odd = (
            usable_numbers(name, rows["value"], rows["segment"], known) if how.lenient else (rows["value"], ())
        )
        target, values, guessed = target_of(name, values, known)
        task.append(target)
        parts.append(rows.loc[values.index].drop(columns="scheme").assign(value=values))
        notes += odd + guessed
    return tuple(task), pd.concat(parts, ignore_index=True).drop_duplicates(), notes


def _segments(database: Any, index: pd.Index[Any]) -> pd.DataFrame:
    """Return what all tables say about each segment, or about its file."""
    segments = pd.DataFrame({name: pd.Series(None, index, dtype=object) for name in ABOUT})
    for table_id in database.tables:
        table = database[table_id]
        frame = _segmented(table.df)
        known = {_ABOUT[column]: as_text(frame[column]) for column in table.columns if column in _ABOUT}
        if table.split_id:
            known["split"] = pd.Series(str(table.split_id), frame.index, dtype=object)
        for name, values in known.items():
            segments[name] = segments[name].fillna(_spread(values, index))
    sex_of = _sex_by_speaker(database)
    of_speaker = segments["speaker"].map(sex_of.get, na_action="ignore")
    sex = segments["sex"].fillna(of_speaker)
    named = sexes([None if pd.isna(name) else name for name in sex])[0]
    return segments.assign(sex=pd.Series(named, segments.index, dtype=object))


def _spread(values: pd.Series[Any], index: pd.Index[Any]) -> pd.Series[Any]:
    """Give every segment its own value, or the one of its file."""
    whole = values[values.index.get_level_values("end").isna()]
    of_file = dict(zip(whole.index.get_level_values("file"), whole, strict=True))
    files = pd.Series([of_file.get(file) for file in index.get_level_values("file")], index, dtype=object)
    return values.reindex(index).fillna(files)


def _sex_by_speaker(database: Any) -> dict[str, str]:
    """Return the sex of each speaker where the scheme ``speaker`` has it."""
    scheme = database.schemes.get("speaker")
    labels = scheme.labels if scheme is not None else None
    if isinstance(labels, str):  # a misc table holds them
        frame = database[labels].df
        labels = frame.to_dict(orient="index")
    if not isinstance(labels, dict):
        return {}
    says = {str(s): (d.get("gender") or d.get("sex")) for s, d in labels.items() if isinstance(d, dict)}
    return {speaker: str(sex) for speaker, sex in says.items() if sex}


readers.register(AudformatDatabase.name)(AudformatDatabase())
