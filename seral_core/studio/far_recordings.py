"""The recordings of a project whose features lie in partitions and are too many to be held: the set says what there is.

A small set is brought into memory, and its project is like any other.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from seral_core.corpora.catalogue import fetched
from seral_core.corpora.tables import is_table, only_table
from seral_core.errors import BadPlan
from seral_core.far.corpus import FarCorpus, far_corpus
from seral_core.far.listed import Listed, listed
from seral_core.far.table import FarTable
from seral_core.home import placed
from seral_core.runs.far_data import check_strategy
from seral_core.runs.far_features import far_features, is_far
from seral_core.studio.ids_alone import NOTE, ids_alone
from seral_core.studio.project import LabelProject

#: Sets of more clips are served where they lie.
FEW_CLIPS = 20_000
#: Clips whose recordings are looked for when a project is made.
LOOKED_FOR = 50


def far_set(features: str, dask: str = "") -> FarTable | None:
    """Return the feature set of a project that is served where it lies; None where its features fit in memory.

    Parameters
    ----------
    features, dask : str
        As the project has them: with a cluster, also a small set is served so.

    Examples
    --------
    >>> far_set("SERALv01")
    """
    if not is_far(features):
        return None
    table = far_features(features)
    return table if dask or len(table) > FEW_CLIPS else None


def far_recordings(studio: LabelProject, table: FarTable) -> FarCorpus:
    """Return the clips of a feature set whose recordings a project has; none of them is looked for.

    Parameters
    ----------
    studio : LabelProject
        Its corpus is a folder of recordings, below which the set's ids name files, a table of clips, or the set itself.
    table : FarTable
        Its features.

    Raises
    ------
    BadPlan
        When it is neither, or the project asks for what is not done with so many clips.
    BadCorpus, BadFeatures
        When the table cannot be read in pieces, or names clips without features.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.far.table import far_example
    >>> far_recordings(LabelProject(tempfile.mkdtemp(), ("emotion=anger,sadness",)), far_example()).ids[2]
    'c'
    """
    _check_asked(studio, table)
    if ids_alone(studio.corpus, studio.features):
        return far_corpus(Path(studio.corpus).name, table, None, (NOTE,))
    path = placed(studio.corpus)
    path = path if path.exists() else fetched(studio.corpus)
    found = path if is_table(path) else only_table(path) if path.is_dir() else None
    if found is not None:
        return _of_table(studio, table, found)
    if not path.is_dir():
        raise BadPlan(
            f"got {studio.corpus} with features of {len(table):,} clips in partitions; expected a folder of "
            "recordings, below which the ids of the features name files, or a table of clips (CSV or parquet); give "
            "one of these"
        )
    notes = ("speakers are not known: give a table with the columns file and speaker to have them",)
    return far_corpus(path.name, table, path.resolve(), notes, links=studio.links)


def _of_table(studio: LabelProject, table: FarTable, path: Path) -> FarCorpus:
    options = {name: value for name, value in studio.how.options.items() if name in ("columns", "root")}
    found = listed(path, table, options)
    notes = []
    if found.labels:
        notes.append(
            f"labels of {', '.join(found.labels)} in {path.name} are not used; give known answers in a table of their "
            "own (--gold)"
        )
    if found.missing:
        notes.append(f"{found.missing:,} rows of {path.name} have no features and are left out")
    rows = found.rows
    return far_corpus(
        path.stem, table if rows is None else table.among(rows), found.root, tuple(notes), links=studio.links,
        who=partial(_who, table, found),
    )  # fmt: skip


def _who(table: FarTable, found: Listed, ids: list[str]) -> list[str | None]:
    rows = table.there(ids)
    speakers = found.speakers_of(rows.clip(min=0))
    return [speaker if row >= 0 else None for speaker, row in zip(speakers, rows.tolist(), strict=True)]


def _check_asked(studio: LabelProject, table: FarTable) -> None:
    """Raise `BadPlan` where a project asks for what is not done with clips in partitions."""
    asks = {
        "--stretch": studio.stretch > 0,
        "traces": any(target.rate_hz for target in studio.task),
        "--gold corpus": studio.gold == "corpus",
    }
    for what, asked in asks.items():
        if asked:
            raise BadPlan(
                f"got {what} with features of {len(table):,} clips in partitions; expected one answer per clip, and "
                "known answers in a table of their own (--gold known.csv); leave it out, or label a part of the clips"
            )
    if studio.learned:
        check_strategy(studio.strategy, studio.learned)


def check_recorded(corpus: FarCorpus) -> None:
    """Raise `BadPlan` where there is a folder of recordings, and none of some clips drawn at random has one.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> check_recorded(far_corpus("calls", far_example(), Path("calls")))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: none of 5 clips has its recording below calls, such as d; expected the ids of the ...
    """
    if corpus.root is None:
        return
    some = corpus.table.names_of(corpus.table.drawn(0.0, 0, LOOKED_FOR))
    if some and not any(corpus.path(segment)[0].is_file() for segment in some):
        raise BadPlan(
            f"none of {len(some)} clips has its recording below {corpus.root}, such as {some[0]}; expected the ids of "
            "the features to name files there; choose the folder that they are relative to"
        )
