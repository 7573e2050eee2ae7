"""Corpora to and from Hugging Face `datasets`, with their sound."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadCorpus, MissingExtra
from seral_core.files import replacing
from seral_core.home import home


def is_dataset(given: object) -> bool:
    """Whether an object is a `datasets.Dataset`.

    Examples
    --------
    >>> is_dataset(pd.DataFrame())
    False
    """
    return type(given).__module__.startswith("datasets.") and hasattr(given, "features")


def table_of(dataset: Any) -> tuple[pd.DataFrame, Path]:
    """Return a dataset's columns as a table with a column ``file``, and the folder that its sound was put in.

    The sound is written below ``cache`` of SERAL's home, once a dataset; numbers of classes become their names.

    Parameters
    ----------
    dataset : datasets.Dataset
        With a column of sound.

    Raises
    ------
    BadCorpus
        When it has no column of sound, or a row of it is empty.
    """
    from datasets import Audio, ClassLabel

    sound = [name for name, feature in dataset.features.items() if isinstance(feature, Audio)]
    if len(sound) != 1:
        raise BadCorpus(
            f"got a dataset with {len(sound)} columns of sound among {', '.join(dataset.column_names)}; expected one, "
            "such as dataset.cast_column('audio', Audio())"
        )
    frame = dataset.remove_columns(sound).to_pandas()
    for name, feature in dataset.features.items():
        if isinstance(feature, ClassLabel):
            known = [feature.int2str(int(v)) if pd.notna(v) and v >= 0 else None for v in frame[name]]
            frame[name] = known
    folder = home("cache") / "datasets" / str(dataset._fingerprint)
    folder.mkdir(parents=True, exist_ok=True)
    rows = dataset.cast_column(sound[0], Audio(decode=False))[sound[0]]
    width = len(str(len(dataset)))
    return frame.assign(file=[_put(row, folder, f"{i:0{width}d}") for i, row in enumerate(rows)]), folder


def dataset_of(corpus: Corpus) -> Any:
    """Return a corpus as a `datasets.Dataset`: a row per segment, with its sound and its gold.

    Parameters
    ----------
    corpus : Corpus
        With sound; of a segment that is a part of a recording, ``start`` and ``end`` say which, in seconds.

    Returns
    -------
    datasets.Dataset
        Columns ``audio`` (where the whole recording is), ``segment``, ``start``, ``end``, ``speaker``, ``session``,
        ``sex``, ``split`` and one per target.

    Raises
    ------
    MissingExtra
        When `datasets` is not installed.
    BadCorpus
        When the corpus has no sound.
    """
    try:
        from datasets import Audio, Dataset
    except ImportError:
        raise MissingExtra("a Hugging Face dataset", "datasets", "datasets") from None
    places = [corpus.path(segment) for segment in corpus.ids]
    gold = {target.name: corpus.gold(target.name) for target in corpus.task}
    frame = corpus.about.astype("string").assign(**gold).reset_index()
    frame.insert(0, "audio", [str(path) for path, *_ in places])
    frame.insert(2, "start", [start for _, start, _, _ in places])
    frame.insert(3, "end", [end for _, _, end, _ in places])
    columns = {str(name): frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame}
    return Dataset.from_dict(columns).cast_column("audio", Audio())


def _put(row: Any, folder: Path, name: str) -> str:
    """Write one row's sound, or copy it, and return the name of its file."""
    if not row or not (row.get("bytes") or row.get("path")):
        raise BadCorpus(f"row {int(name)} of the dataset has no sound; expected some in every row; filter it out")
    source = Path(row["path"] or "sound.wav")
    file = name + (source.suffix or ".wav")
    if not (folder / file).exists():
        with replacing(folder / file) as draft:
            if row.get("bytes"):
                draft.write_bytes(row["bytes"])
            else:
                shutil.copyfile(source, draft)
    return file
