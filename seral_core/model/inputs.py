"""What a model can be asked about: recordings, folders, tables, corpora, and features that are there already."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from seral_core.corpora.base import open_corpus, readers
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.corpora.files import AUDIO
from seral_core.corpora.named import NamedFiles
from seral_core.errors import BadCorpus, BadFeatures
from seral_core.features.base import is_extractor
from seral_core.features.extract import Progress, features_for
from seral_core.features.ready import load_features
from seral_core.features.table import FeatureTable
from seral_core.home import here, placed

#: Who speaks: by segment id, one entry per clip, or one name for all of them.
Speakers: TypeAlias = Mapping[str, str] | Sequence[str | None] | str | None


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
    """

    table: FeatureTable
    speakers: list[str | None]
    corpus: Corpus | None = None
    notes: tuple[str, ...] = ()


def given(
    what: Any, features: str, names: tuple[str, ...] = (), speakers: Speakers = None, progress: Progress | None = None
) -> Given:
    """Return anything that a model can be asked about as features, with who speaks.

    Parameters
    ----------
    what : Corpus, FeatureTable, DataFrame, array, path, or sequence of paths
        A path is a recording, a folder, a table of recordings, ready features, or has wildcards (``"new/*.wav"``). A
        DataFrame has the model's features as columns, or describes recordings as a table does.
    features : str
        The model's extractor.
    names : tuple of str
        Names of the model's features; empty where they are not known.
    speakers : mapping, sequence or str, optional
        Who speaks: by segment id, one entry per clip, or one name for all; left out: what is known.
    progress : callable, optional
        Called with ``(done, total, text)`` while features are extracted.

    Raises
    ------
    BadCorpus, BadFeatures
        When there is nothing to predict, or it does not fit.

    Examples
    --------
    >>> given(np.eye(2), "SERALv01").table.ids
    ('0', '1')
    >>> given("nowhere/*.wav", "SERALv01")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: no recording is called nowhere/*.wav; expected one or more; check the path
    """
    ready = _ready(what, names)
    if ready is not None:
        return Given(ready, _who(speakers, ready.ids, [None] * len(ready)))
    corpus, notes = _opened(what)
    if not is_extractor(features) and not placed(features).is_file():
        raise BadFeatures(
            f"the model was trained on ready features ({features}), so it cannot hear recordings; expected features "
            "of the same kind; give a FeatureTable, an array, or a table with a column per feature"
        )
    table = features_for(corpus, features, progress=progress).finite()
    who = _who(speakers, table.ids, corpus.speakers_of(table.ids))
    return Given(table, who, _spoken_by(corpus, dict(zip(table.ids, who, strict=True))), (*notes, *table.notes))


def _ready(what: Any, names: tuple[str, ...]) -> FeatureTable | None:
    """Return features that are there already; None for what has to be heard."""
    if isinstance(what, FeatureTable):
        return what.finite()
    if isinstance(what, pd.DataFrame):
        return _of_frame(what, names)
    if isinstance(what, str | Path):
        ready = str(what).lower().endswith((".npz", ".npy")) and placed(what).is_file()
        return load_features(what).finite() if ready else None
    if hasattr(what, "__array__") and getattr(what, "ndim", 0) == 2:
        values = np.asarray(what)
        if not np.issubdtype(values.dtype, np.number):
            raise BadFeatures(f"got an array of {values.dtype}; expected numbers, one row per clip; convert it")
        kept = values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)
        return FeatureTable(kept, tuple(map(str, range(len(kept))))).finite()
    return None


def _of_frame(frame: pd.DataFrame, names: tuple[str, ...]) -> FeatureTable | None:
    columns = list(map(str, frame.columns))
    if not names or not set(names) <= set(columns):
        return None
    chosen = frame.set_axis(columns, axis=1)[list(names)]
    return FeatureTable(chosen.to_numpy(np.float64), tuple(map(str, frame.index)), names).finite()


def _opened(what: Any) -> tuple[Corpus, tuple[str, ...]]:
    """Return a corpus of what is to be heard, and what was guessed."""
    if isinstance(what, Corpus):
        return what, ()
    if isinstance(what, str | Path):
        return _at(str(what))
    if isinstance(what, Sequence) and len(what) and all(isinstance(each, str | Path) for each in what):
        return corpus_of_files([str(each) for each in what])
    if isinstance(what, pd.DataFrame):
        return open_corpus(what), ()
    raise BadCorpus(
        f"got {type(what).__name__}; expected recordings (a path, wildcards, a list of paths), a folder, a table, a "
        "Corpus, a FeatureTable, or an array of shape (clips, features)"
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


def _who(said: Speakers, ids: tuple[str, ...], known: list[str | None]) -> list[str | None]:
    """Return who speaks: as the user says, or as is known."""
    if said is None:
        return known
    if isinstance(said, str):
        return [said] * len(ids)
    if isinstance(said, Mapping):
        return [said.get(segment, found) for segment, found in zip(ids, known, strict=True)]
    if len(said) != len(ids):
        raise BadFeatures(
            f"got {len(said)} speakers for {len(ids)} clips that can be used; expected one each, a mapping from clip "
            "to speaker, or one name for all"
        )
    return list(said)
