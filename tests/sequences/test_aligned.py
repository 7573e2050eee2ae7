"""Features and gold joined by id and time; parts of a corpus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seral_core.corpora.corpus import Corpus, rating_frame, segment_ids, segment_index
from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.table import FeatureTable
from seral_core.sequences.aligned import aligned, at_rate
from seral_core.sequences.parts import parts
from seral_core.types import Target

AROUSAL, VALENCE = Target("arousal", rate_hz=2.0), Target("valence", rate_hz=2.0)


@dataclass
class Traced:
    """What is asked of a corpus with traces."""

    traces: dict[str, dict[str, tuple[float, ...] | None]]
    ids: tuple[str, ...] = ("a", "b", "c", "d")
    name: str = "traced"
    notes: tuple[str, ...] = field(default=("from the reader",))

    def __len__(self) -> int:
        return len(self.ids)

    def gold(self, target: str) -> pd.Series[Any]:
        return pd.Series({i: self.traces[target].get(i) for i in self.ids}, dtype=object)


def frames(ids: str, lengths: list[int], rate_hz: float = 2.0) -> FeatureTable:
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    values = np.arange(2.0 * bounds[-1]).reshape(-1, 2)
    return FeatureTable(values, tuple(ids), bounds=bounds, rate_hz=rate_hz)


def test_rows_are_joined_by_id_in_the_order_of_the_corpus() -> None:
    corpus = Traced({"arousal": {"b": (0.4, 0.5), "a": (0.1, 0.2, 0.3)}})
    found = aligned(corpus, frames("ba", [2, 3]), (AROUSAL,))
    assert found.ids == ("a", "b")
    features, gold = found.of("b")
    assert features.tolist() == [[0, 1], [2, 3]]
    assert gold["arousal"].tolist() == [0.4, 0.5]
    assert found.of("a")[1]["arousal"].tolist() == [0.1, 0.2, 0.3]


def test_gold_is_padded_with_nan_and_cut_to_the_features() -> None:
    corpus = Traced({"arousal": {"a": (0.1, 0.2, 0.3), "b": (0.4,)}, "valence": {"a": (0.5, 0.6, 0.7)}})
    found = aligned(corpus, frames("ab", [2, 3]), (AROUSAL, VALENCE))
    assert np.array_equal(found.gold["arousal"], [0.1, 0.2, 0.4, np.nan, np.nan], equal_nan=True)
    # Of valence, b was never rated.
    assert np.array_equal(found.gold["valence"], [0.5, 0.6, np.nan, np.nan, np.nan], equal_nan=True)


def test_what_either_side_lacks_is_left_out_and_noted() -> None:
    corpus = Traced({"arousal": {"a": (0.1, 0.2), "d": (0.3, 0.4)}})
    found = aligned(corpus, frames("abcx", [2, 2, 2, 2]), (AROUSAL,))
    assert found.ids == ("a",)
    assert found.notes == (
        "from the reader",
        "left out for having no features: 1 of 4 recordings, d",
        "left out for having no trace: 2 of 4 recordings, b, c",
    )


def test_traces_that_end_elsewhere_by_more_than_a_second_are_noted() -> None:
    corpus = Traced({"arousal": {"a": (0.1,) * 4, "b": (0.1,) * 7, "c": (0.1,) * 1, "d": (0.1,) * 6}}, notes=())
    found = aligned(corpus, frames("abcd", [4, 4, 4, 4]), (AROUSAL,))
    assert found.notes == (
        "traces of arousal end before the features, whose last frames have none: 1 of 4 recordings, c",
        "traces of arousal go on behind the features and are cut: 1 of 4 recordings, b",
    )


def test_gold_comes_to_the_rate_of_the_features_and_says_so() -> None:
    corpus = Traced({"arousal": {"a": (0.0, 1.0)}}, notes=(), ids=("a",))
    found = aligned(corpus, frames("a", [5], rate_hz=5.0), (AROUSAL,))
    assert found.gold["arousal"].tolist() == pytest.approx([0, 0, 0.5, 1, 1])
    assert found.notes == ("arousal has 2 values per second and was brought to the features' 5",)


def test_resampling_by_hand_with_gaps() -> None:
    trace = np.array([1.0, np.nan, 3.0, 5.0, np.nan, np.nan])
    # Frames of three quarters: the first sees 1 alone, the second 3 (half a frame), and so on.
    assert at_rate(trace, 2.0, 1.0, 4).tolist()[:2] == [1.0, 4.0]
    assert np.isnan(at_rate(trace, 2.0, 1.0, 4)[2:]).all()
    assert at_rate(np.array([0.0, 3.0]), 2.0, 4 / 3, 1).tolist() == pytest.approx([1.0])
    assert np.array_equal(at_rate(trace, 2.0, 2.0, 3), trace[:3], equal_nan=True)
    assert np.isnan(at_rate(np.zeros(0), 2.0, 1.0, 2)).all()


def test_resampling_back_and_forth_changes_nothing() -> None:
    trace = np.where(np.arange(50) % 7 == 0, np.nan, np.arange(50.0))
    fine = at_rate(trace, 2.0, 50.0, 50 * 25)
    assert np.allclose(at_rate(fine, 50.0, 2.0, 50), trace, equal_nan=True)


def test_some_recordings_are_taken_with_their_gold() -> None:
    corpus = Traced({"arousal": {"a": (0.1, 0.2), "b": (0.3,), "c": (0.4, 0.5)}})
    found = aligned(corpus, frames("abc", [2, 1, 2]), (AROUSAL,)).only(["c", "a"])
    assert found.ids == ("c", "a")
    assert found.gold["arousal"].tolist() == [0.4, 0.5, 0.1, 0.2]
    with pytest.raises(BadFeatures, match="first 'z'"):
        found.only(["z"])


def test_what_cannot_be_joined_is_refused() -> None:
    corpus = Traced({"arousal": {"a": (0.1, 0.2)}, "mood": {}})
    with pytest.raises(BadFeatures, match="no recording of traced has both"):
        aligned(corpus, frames("x", [2]), (AROUSAL,))
    with pytest.raises(BadFeatures, match="got features without a rate"):
        aligned(corpus, FeatureTable(np.eye(1), ("a",)), (AROUSAL,))
    for task in ((), (Target("arousal"),), (Target("mood", ("good", "bad"), rate_hz=2.0),)):
        with pytest.raises(BadPlan, match="expected scales that are rated in time"):
            aligned(corpus, frames("a", [2]), task)


def spoken(files: list[str], speakers: list[str | None], split: list[str | None], **times: list[float]) -> Corpus:
    index = segment_index(files, **times)
    segments = pd.DataFrame({"speaker": speakers, "split": split}, index=index)
    votes = rating_frame([(i, "arousal", "r", 0.1 * n) for n, i in enumerate(segment_ids(index))])
    return Corpus("spoken", segments, votes, (Target("arousal"),))


NINE = [f"{i}.wav" for i in range(9)]


def shares(corpus: Corpus, seed: int = 0) -> dict[str, list[str]]:
    """The first letters of each part's files, each once."""
    return {part: sorted({i.split("#")[0][:-4] for i in ids}) for part, ids in parts(corpus, seed).items()}


@pytest.mark.parametrize("dev", ["dev", "devel", "Development", "validation", "val"])
@pytest.mark.parametrize("test", ["test", "Eval", "evaluation"])
def test_the_corpus_s_own_parts_are_taken(dev: str, test: str) -> None:
    corpus = spoken(NINE[:4], ["s", "s", "t", "u"], ["train", dev, test, "Training"])
    assert shares(corpus) == {"train": ["0", "3"], "dev": ["1"], "test": ["2"]}


def test_without_a_split_speakers_are_dealt_in_thirds() -> None:
    corpus = spoken(NINE, [f"s{i // 2}" for i in range(8)] + ["s4"], [None] * 9)
    found = parts(corpus)
    speakers = {part: set(corpus.speakers_of(ids)) for part, ids in found.items()}
    assert sorted(i for ids in found.values() for i in ids) == NINE
    assert sum(map(len, speakers.values())) == len(set.union(*speakers.values())) == 5
    assert sorted(map(len, speakers.values())) == [1, 2, 2]
    assert found == parts(corpus)
    assert any(parts(corpus, seed) != found for seed in range(1, 5))


def test_a_part_that_is_missing_is_a_third_of_the_training_speakers() -> None:
    corpus = spoken(NINE, [f"s{i}" for i in range(9)], ["train"] * 6 + ["test"] * 3)
    found = parts(corpus)
    assert found["test"] == tuple(NINE[6:])
    assert (len(found["train"]), len(found["dev"])) == (4, 2)
    assert not set(found["train"]) & set(found["dev"])


def test_a_development_part_without_a_training_part_is_trained_on() -> None:
    """As in MediaEval 2013."""
    corpus = spoken(NINE, [None] * 9, ["development"] * 6 + ["evaluation"] * 3)
    found = parts(corpus)
    assert found["test"] == tuple(NINE[6:])
    assert (len(found["train"]), len(found["dev"])) == (4, 2)


def test_stretches_of_a_recording_stay_together_where_nobody_knows_who_speaks() -> None:
    files = [name for name in NINE[:3] for _ in range(4)]
    starts = [float(10 * i) for _ in range(3) for i in range(4)]
    corpus = spoken(files, [None] * 12, [None] * 12, starts_s=starts, ends_s=[s + 10 for s in starts])
    assert sorted(shares(corpus).values()) == [["0"], ["1"], ["2"]]
    assert sorted(map(len, parts(corpus).values())) == [4, 4, 4]


def test_the_channels_of_a_recording_stay_together() -> None:
    calls = spoken([f"{i}.wav#ch{c}" for i in range(3) for c in (1, 2)], [None] * 6, [None] * 6)
    assert sorted("".join(sorted({i[0] for i in ids})) for ids in parts(calls).values()) == ["0", "1", "2"]


def test_parts_that_cannot_be_made_are_refused() -> None:
    with pytest.raises(BadPlan, match="2 recordings to make"):
        parts(spoken(NINE[:2], [None] * 2, [None] * 2))
    with pytest.raises(BadPlan, match=r"1.wav of spoken has no split; .* the splits are dev, train"):
        parts(spoken(NINE[:3], [None] * 3, ["train", None, "dev"]))
    with pytest.raises(BadPlan, match="has split 'extra'"):
        parts(spoken(NINE[:2], [None] * 2, ["train", "extra"]))
