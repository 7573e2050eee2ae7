"""A corpus keeps every vote, works out gold on demand, and joins by id."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seral_core.corpora.corpus import (
    Corpus,
    checked,
    noun,
    rating_frame,
    segment_id,
    segment_ids,
    segment_index,
    toy_corpus,
)
from seral_core.errors import BadCorpus, UnknownName
from seral_core.types import Target


def voted(*votes: str) -> Corpus:
    segments = pd.DataFrame(index=segment_index(["a.wav", "b.wav"]))
    ratings = rating_frame(("a.wav", "emotion", f"r{i}", v) for i, v in enumerate(votes))
    return Corpus("voted", segments, ratings, (Target("emotion", ("anger", "fear", "sadness")),))


def test_gold_is_the_class_with_most_votes() -> None:
    assert voted("anger", "anger", "fear").gold("emotion")["a.wav"] == "anger"


def test_a_tie_and_a_segment_nobody_rated_have_no_gold() -> None:
    assert voted("anger", "fear").gold("emotion").isna().all()
    assert voted().gold("emotion").isna().all()


def test_gold_on_a_scale_is_the_mean() -> None:
    segments = pd.DataFrame(index=segment_index(["a.wav"]))
    ratings = rating_frame([("a.wav", "arousal", "r1", 0.2), ("a.wav", "arousal", "r2", 0.6)])
    corpus = Corpus("c", segments, ratings, (Target("arousal"),))
    assert corpus.gold("arousal")["a.wav"] == pytest.approx(0.4)


def test_classes_without_votes_are_counted_as_zero() -> None:
    assert voted("anger").votes("emotion").loc["a.wav"].tolist() == [1, 0, 0]


def test_a_part_of_a_corpus_keeps_its_ratings_and_order() -> None:
    part = toy_corpus().only(["d.wav", "a.wav"])
    assert part.ids == ("a.wav", "d.wav")
    assert set(part.ratings["segment"]) == {"a.wav", "d.wav"}
    assert part.gold("emotion").tolist() == ["anger", "sadness"]


def test_ids_and_index_agree() -> None:
    index = segment_index(["a.wav", "a.wav", "b.wav"], [0.0, 1.5, 0.0], [1.5, 3.25, np.nan])
    assert segment_ids(index) == ["a.wav#0.000-1.500", "a.wav#1.500-3.250", "b.wav"]
    assert segment_id("a.wav", 1.5, 3.25) == "a.wav#1.500-3.250"


def test_a_segment_that_is_there_twice_is_an_error() -> None:
    segments = pd.DataFrame(index=segment_index(["a.wav", "a.wav"]))
    with pytest.raises(BadCorpus, match=r"segment a.wav is in c twice"):
        Corpus("c", segments, rating_frame([]), ())


def test_what_is_not_known_about_segments_is_missing() -> None:
    assert voted().about[["speaker", "session", "sex", "split"]].isna().all().all()


def test_a_corpus_without_audio_says_so() -> None:
    with pytest.raises(BadCorpus, match="toy has no audio"):
        toy_corpus().path("a.wav")


def test_a_misspelt_target_gets_the_nearest_one() -> None:
    with pytest.raises(UnknownName, match="did you mean 'arousal'"):
        toy_corpus().gold("arousel")


def test_a_rating_outside_its_target_names_the_segment() -> None:
    ratings = rating_frame([("a.wav", "arousal", "r1", 0.2), ("b.wav", "arousal", "r1", 7)])
    with pytest.raises(BadCorpus, match=r"segment b.wav: arousal is 7; expected a number in \[-1, 1\]"):
        checked(ratings, (Target("arousal"),))


@pytest.mark.parametrize(("name", "expected"), [("Wut", "anger"), (" HAP ", "happiness"), ("PS", "surprise")])
def test_class_names_become_the_nouns_of_the_field(name: str, expected: str) -> None:
    assert noun(name) == expected
    assert noun(expected) == expected
