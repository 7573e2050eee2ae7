"""Corpora as Hugging Face datasets, there and back."""

from __future__ import annotations

from typing import Any

import pytest

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.hugging_face import dataset_of
from seral_core.errors import BadCorpus
from seral_core.features.audio import read_segment

datasets: Any = pytest.importorskip("datasets", reason="Hugging Face datasets is not installed")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return open_corpus("synthetic:clips=20:speakers=4")


def test_a_corpus_goes_there_and_back_with_its_sound(corpus: Corpus) -> None:
    made = dataset_of(corpus)
    assert made["segment"] == list(corpus.ids)
    back = open_corpus(made.remove_columns(["segment", "start", "end", "split", "session"]))
    for name in ("emotion", "arousal"):
        assert back.gold(name).tolist() == corpus.gold(name).tolist()
    assert back.about["speaker"].tolist() == corpus.about["speaker"].tolist()
    one, other = (read_segment(*each.path(each.ids[3])) for each in (corpus, back))
    assert one.tolist() == other.tolist()


def test_numbers_of_classes_are_names_and_bytes_are_sound(corpus: Corpus) -> None:
    made = dataset_of(corpus).select(range(6)).remove_columns(["segment", "start", "end", "arousal", "valence"])
    names = sorted(set(made["emotion"]))
    made = made.cast_column("emotion", datasets.ClassLabel(names=names))
    raw = [{"bytes": corpus.path(segment)[0].read_bytes(), "path": None} for segment in corpus.ids[:6]]
    made = made.remove_columns("audio").add_column("audio", raw).cast_column("audio", datasets.Audio())
    back = open_corpus(made)
    assert back.gold("emotion").tolist() == corpus.gold("emotion").tolist()[:6]
    assert read_segment(*back.path(back.ids[0])).tolist() == read_segment(*corpus.path(corpus.ids[0])).tolist()


def test_a_dataset_without_sound_is_refused() -> None:
    with pytest.raises(BadCorpus, match="0 columns of sound among emotion"):
        open_corpus(datasets.Dataset.from_dict({"emotion": ["anger", "fear"]}))
