"""The rules for every reader of corpora; run them over your own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from seral_core.corpora.base import Reader
from seral_core.corpora.channels import file_and_channel
from seral_core.corpora.corpus import ABOUT, INDEX, RATINGS, Corpus, checked, noun
from seral_core.digests import digest
from seral_core.errors import BadCorpus


def check_reader(reader: Reader, path: str | Path) -> Corpus:
    r"""Open ``path`` with ``reader`` and check that the corpus is as the rest of SERAL expects it.

    Parameters
    ----------
    reader : Reader
        The reader to check.
    path : str or Path
        Something small that it can open.

    Returns
    -------
    Corpus
        What it opened, for checks of your own.

    Raises
    ------
    AssertionError
        With a sentence about the first rule that is broken.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.corpora.base import readers
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "labels.csv").write_text("file,arousal\na.wav,0.5\nb.wav,-0.5\n")
    ...     len(check_reader(readers["table"], Path(folder, "labels.csv")))
    2
    """
    path = Path(path)
    assert reader.name, "a reader has a name"
    assert reader.pattern, "a reader says its layout in a few words"
    _check_refusals(reader)
    sure = reader.recognises(path)
    assert 0 < sure <= 1, f"{reader.name} recognises {path} with {sure}; expected more than 0, at most 1"
    corpus = reader.read(path)
    _check_segments(corpus)
    _check_ratings(corpus)
    again = reader.read(path)
    assert again.ids == corpus.ids, "reading twice gives the same segments"
    assert digest(again.ratings) == digest(corpus.ratings), "reading twice gives the same ratings"
    return corpus


def _check_refusals(reader: Reader) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for nothing in (Path(folder), Path(folder) / "missing"):
            assert reader.recognises(nothing) == 0, f"{reader.name} recognises {nothing.name}, where nothing is"
            try:
                reader.read(nothing)
            except BadCorpus:
                continue
            raise AssertionError(f"{reader.name} opens {nothing.name}, where nothing is; expected BadCorpus")


def _check_segments(corpus: Corpus) -> None:
    assert len(corpus) > 0, "a corpus has segments"
    assert tuple(corpus.segments.index.names) == INDEX, f"segments have the index {INDEX}"
    files = corpus.segments.index.get_level_values("file")
    assert not any("\\" in f or f.startswith("./") for f in files), "files are relative, with forward slashes"
    for time in ("start", "end"):
        values = corpus.segments.index.get_level_values(time)
        assert pd.api.types.is_timedelta64_dtype(values), f"{time} is a time delta"
    for column in ABOUT:
        known = corpus.segments[column].dropna()
        assert all(isinstance(value, str) for value in known), f"{column} is text or missing"
    if corpus.root is not None:
        assert any((corpus.root / file_and_channel(f)[0]).is_file() for f in files), "with a root, files lie below it"


def _check_ratings(corpus: Corpus) -> None:
    assert tuple(corpus.ratings.columns[:4]) == RATINGS, f"ratings have the columns {RATINGS}"
    strangers = set(corpus.ratings["segment"]) - set(corpus.ids)
    assert not strangers, f"ratings of segments that are not in the corpus: {sorted(strangers)[:3]}"
    names = [target.name for target in corpus.task]
    assert len(set(names)) == len(names), f"targets have different names, not {names}"
    assert set(corpus.ratings["target"]) <= set(names), "every rating belongs to a target of the task"
    twice = corpus.ratings.duplicated(["segment", "target", "rater"])
    assert not twice.any(), f"a rater answers once: {corpus.ratings[twice].head(1).to_dict('records')}"
    checked(corpus.ratings, corpus.task)
    for target in corpus.task:
        assert all(noun(c) == c for c in target.classes), f"classes are the field's nouns: {target.classes}"
        assert len(corpus.gold(target.name)) == len(corpus), "gold has one value per segment"
    assert corpus.task or corpus.notes, "a corpus without targets says so in its notes"
