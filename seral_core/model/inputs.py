"""What a model can be asked about: recordings, folders, tables, corpora, and features that are there already."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.base import open_corpus, readers
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.corpora.files import AUDIO, few
from seral_core.corpora.named import NamedFiles
from seral_core.errors import BadCorpus, BadFeatures
from seral_core.features.extract import Progress, features_for
from seral_core.features.ready import load_features
from seral_core.features.table import FeatureTable
from seral_core.home import here, placed
from seral_core.model.hearing import Hearing
from seral_core.model.who_speaks import Speakers, names_of, who_speaks
from seral_core.types import Ints


class NoPrediction(UserWarning):
    """Some clips cannot be used; their rows are empty."""


@dataclass(frozen=True, eq=False)
class Given:
    """What is to be predicted.

    Parameters
    ----------
    table : FeatureTable
        A row per clip that can be used; others are in its ``problems``.
    speakers : list of (str or None)
        Who speaks, one entry per row.
    corpus : Corpus or None
        Where the clips are heard; None where only features are known.
    notes : tuple of str
        What was guessed, one sentence each.
    ids : tuple of str
        All clips that were given, in order; empty: those of the table.
    rows : Ints, optional
        Where in ``ids`` each row of the table is.
    """

    table: FeatureTable
    speakers: list[str | None]
    corpus: Corpus | None = None
    notes: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    rows: Ints | None = None


def given(
    what: Any, hearing: Hearing, names: tuple[str, ...] = (), width: int = 0, speakers: Speakers = None,
    progress: Progress | None = None,
) -> Given:  # fmt: skip
    """Return anything that a model can be asked about as features, with who speaks.

    Parameters
    ----------
    what : Dataset, Corpus, FeatureTable, DataFrame, Series, array, path, or sequence of paths
        A path is a recording, a folder, a table of recordings, ready features, or has wildcards (``"new/*.wav"``). A
        DataFrame has the model's features as columns, or describes recordings as a table does.
    hearing : Hearing
        How the model makes features of sound.
    names : tuple of str
        Names of the model's features; empty where they are not known.
    width : int
        How many features the model has; 0 where that is not known.
    speakers : mapping, Series, sequence or str, optional
        Who speaks, as `seral_core.model.who_speaks.who_speaks` takes it; left out: what is known.
    progress : callable, optional
        Called with ``(done, total, text)`` while features are extracted.

    Raises
    ------
    BadCorpus, BadFeatures
        When there is nothing to predict, or it does not fit.

    Examples
    --------
    >>> given(np.array([[0.0, 1.0], [np.nan, 0.0]]), Hearing("SERALv01")).table.problems
    (('1', 'features are not finite'),)
    >>> given("nowhere/*.wav", Hearing("SERALv01"))
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: no recording is called nowhere/*.wav; expected one or more; check the path
    """
    if hasattr(what, "to_pandas"):
        what = what.to_pandas()
    labels = what.index if isinstance(what, pd.DataFrame | pd.Series) else None
    ready = _ready(what, names, width)
    if ready is not None:
        labels = pd.Index(ready.ids) if isinstance(what, FeatureTable | str | Path) else labels
        who = who_speaks(speakers, ready.ids, [None] * len(ready), labels)
        return _asked(ready, ready.ids, who, notes=ready.notes)
    corpus, notes = _opened(what)
    labels = what.index if isinstance(what, pd.Series) else pd.Index(corpus.ids)
    who = who_speaks(speakers, corpus.ids, corpus.speakers_of(corpus.ids), labels)
    table = _features(what, corpus, hearing, progress)
    corpus = _spoken_by(corpus, dict(zip(corpus.ids, who, strict=True)))
    return _asked(table, corpus.ids, who, corpus, (*notes, *table.notes))


def _asked(
    table: FeatureTable,
    ids: tuple[str, ...],
    who: list[str | None],
    corpus: Corpus | None = None,
    notes: tuple[str, ...] = (),
) -> Given:
    """Return clips that were given, of which some cannot be used."""
    if len(table) == len(ids):  # every clip has features, which need not be finite; ids need not be unique
        numbered = replace(table, ids=tuple(map(str, range(len(ids)))), problems=()).finite()
        rows = np.array(numbered.ids, dtype=np.intp)
    else:
        place = {segment: row for row, segment in enumerate(ids)}
        table = table.finite()
        rows = np.array([place[segment] for segment in table.ids], dtype=np.intp)
    usable = table.finite()
    if not len(usable):
        first = " ".join(usable.problems[0]) if usable.problems else "there are none"
        raise BadFeatures(
            f"none of the {len(ids)} clips can be used ({first}); expected one or more; check what was given"
        )
    return Given(usable, [who[row] for row in rows.tolist()], corpus, notes, ids, rows)


def _features(what: Any, corpus: Corpus, hearing: Hearing, progress: Progress | None) -> FeatureTable:
    """Return features of what is to be heard; a dataset has its own, for models that cannot hear."""
    try:
        made = hearing.extractor()
    except BadFeatures:
        if not _is_dataset(what):
            raise
        return what.features()  # type: ignore[no-any-return]
    return features_for(corpus, made, progress=progress)


def _is_dataset(what: Any) -> bool:
    """Whether an object is a `seral_core.dataset.Dataset`, which lives above this room."""
    return isinstance(getattr(what, "corpus", None), Corpus) and hasattr(what, "plan") and hasattr(what, "features")


def _ready(what: Any, names: tuple[str, ...], width: int) -> FeatureTable | None:
    """Return features that are there already; None for what has to be heard."""
    if isinstance(what, FeatureTable):
        return what
    if isinstance(what, pd.DataFrame):
        return _of_frame(what, names, width)
    if isinstance(what, str | Path):
        ready = str(what).lower().endswith((".npz", ".npy")) and placed(what).is_file()
        return load_features(what) if ready else None
    if isinstance(what, Sequence) and len(what) and not isinstance(what[0], str | Path):
        with suppress(TypeError, ValueError):
            what = np.asarray(what, dtype=np.float64)
    return _of_array(what) if hasattr(what, "__array__") and not _texts(what) else None


def _of_array(what: Any) -> FeatureTable:
    values = np.asarray(what)
    if values.ndim != 2:
        one = "; one clip is a row of its own: x.reshape(1, -1)" if values.ndim == 1 else ""
        raise BadFeatures(f"got an array of shape {values.shape}; expected (clips, features){one}")
    if values.dtype == object:
        with suppress(TypeError, ValueError):
            values = values.astype(np.float64)
    if not np.issubdtype(values.dtype, np.number):
        raise BadFeatures(f"got an array of {values.dtype}; expected numbers, one row per clip; convert it")
    kept = values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)
    return FeatureTable(kept, tuple(map(str, range(len(kept)))))


def _of_frame(frame: pd.DataFrame, names: tuple[str, ...], width: int) -> FeatureTable | None:
    """Return features by the names of columns; None for a DataFrame that describes recordings.

    Where the model knows no names, columns of numbers are taken in their order.
    """
    columns = list(map(str, frame.columns))
    numbers = [pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]
    notes: tuple[str, ...] = ()
    if not names and all(numbers) and len(columns) == width:
        notes, names = ("the model knows no names of features: columns were taken in their order",), tuple(columns)
    missing = [name for name in names if name not in columns]
    if not missing and names:
        chosen = frame.set_axis(columns, axis=1)[list(names)]
        try:
            values = chosen.to_numpy(np.float64, na_value=np.nan)
        except (TypeError, ValueError) as wrong:
            raise BadFeatures(f"got columns of features that are no numbers ({wrong}); convert them") from None
        return FeatureTable(values, tuple(names_of(frame.index)), names, notes=notes)
    like = f", such as {few(missing)}, which are missing" if missing else ""
    if columns and all(numbers) and (len(columns) == width or "file" not in frame.index.names):
        raise BadFeatures(
            f"got a DataFrame with {len(columns)} columns of numbers, {few(columns)}; expected the {width} features "
            f"that the model was trained on{like}; name the "
            "columns as they were, or give an array in their order"
        )
    return None


def _texts(what: Any) -> bool:
    """Whether an array or Series holds texts or paths, and no numbers."""
    values = np.asarray(what)
    return values.ndim == 1 and len(values) > 0 and all(isinstance(each, str | Path) for each in values.tolist())


def _opened(what: Any) -> tuple[Corpus, tuple[str, ...]]:
    """Return a corpus of what is to be heard, and what was guessed."""
    if isinstance(what, Corpus):
        return what, ()
    if _is_dataset(what):
        return what.corpus, ()
    if isinstance(what, str | Path):
        return _at(str(what))
    files = what.tolist() if hasattr(what, "tolist") else what
    if isinstance(files, Sequence) and len(files) and all(isinstance(each, str | Path) for each in files):
        return corpus_of_files([str(each) for each in files])
    if isinstance(what, pd.DataFrame):
        return open_corpus(what), ()
    got = "an empty list" if isinstance(files, Sequence) and not len(files) else type(what).__name__
    raise BadCorpus(
        f"got {got}; expected recordings (a path, wildcards, a list of paths), a folder, a table, a Dataset, a Corpus, "
        "a FeatureTable, a DataFrame of features, or an array of shape (clips, features)"
    )


def _at(text: str) -> tuple[Corpus, tuple[str, ...]]:
    path = placed(text)
    if path.is_file() and path.suffix.lower() in AUDIO:
        return corpus_of_files([text])
    if not path.exists() and glob.has_magic(text):
        found = sorted(glob.glob(str(Path(text).expanduser()), root_dir=here(), recursive=True))
        sounds = [name for name in found if Path(name).suffix.lower() in AUDIO]
        if not sounds:
            raise BadCorpus(f"no recording is called {text}; expected one or more; check the path")
        return corpus_of_files(sounds)
    corpus = open_corpus(text)
    return corpus, corpus.notes


def corpus_of_files(files: Sequence[str]) -> tuple[Corpus, tuple[str, ...]]:
    """Return recordings that were named one by one as a corpus, with who speaks where their names say it.

    Parameters
    ----------
    files : sequence of str
        Paths, absolute or from the folder that the user is in.

    Returns
    -------
    corpus : Corpus
        Without labels; ids are the paths as they were given.
    notes : tuple of str
        How it is known who speaks.

    Examples
    --------
    >>> corpus, notes = corpus_of_files(["Actor_12/03-01-05-01-01-01-12.wav"])
    >>> corpus.speakers_of(corpus.ids), notes
    (['12'], ('who speaks was read from the names of the recordings, which are those of ravdess',))
    """
    names = [Path(file).expanduser().as_posix() for file in files]
    segments = pd.DataFrame({"speaker": None}, index=segment_index(names), dtype=object)
    notes: tuple[str, ...] = ()
    for reader in readers.loadable().values():
        if isinstance(reader, NamedFiles):
            said = [reader.parsed(name) for name in names]
            if all(one is not None and one.get("speaker") for one in said):
                segments["speaker"] = [one["speaker"] for one in said if one is not None]
                notes = (
                    f"who speaks was read from the names of the recordings, which are those of {reader.name}",
                )  # fmt: skip
                break
    return Corpus("recordings", segments, rating_frame([]), (), here(), notes=notes), notes


def _spoken_by(corpus: Corpus, who: Mapping[str, str | None]) -> Corpus:
    """Return a corpus with who speaks in it, for models that hear."""
    speakers = [who.get(segment) for segment in corpus.ids]
    return replace(corpus, segments=corpus.segments.assign(speaker=np.array(speakers, dtype=object)), _gold={})
