"""Traces in a corpus: gold by rule, cut into stretches, kept whole, and refused where they do not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seral_core.corpora.base import open_corpus, read_corpus
from seral_core.corpora.corpus import Corpus, checked, rating_frame, segment_index, toy_corpus
from seral_core.corpora.merged import merge
from seral_core.corpora.reading import Reading
from seral_core.corpora.stretches import in_stretches
from seral_core.corpora.traces import as_trace
from seral_core.errors import BadCorpus, BadPlan, SeralError
from seral_core.oracles.crowd import Crowd
from seral_core.scores.agreement import agreement
from seral_core.scores.trace_gold import TraceGold
from seral_core.scores.traces import gold_trace, shifted
from seral_core.types import Query, Target

NAN = float("nan")
TASK = (
    Target("arousal", rate_hz=2.0),
    Target("valence", low=0, high=4, rate_hz=2.0),
    Target("emotion", ("anger", "joy")),
)


def wave(frames: int, seed: int = 0) -> np.ndarray:
    return np.sin(np.arange(frames) / (9 + seed) + seed) * 0.8


def traced() -> Corpus:
    """Two recordings: three raters of unequal length and one with a gap; gold alone for valence."""
    first, second = wave(60), wave(41, 1)
    second[:5] = NAN
    rows = [
        ("a.wav", "arousal", "r1", as_trace(first)),
        ("a.wav", "arousal", "r2", as_trace(np.roll(first, 3)[:50])),
        ("a.wav", "arousal", "r3", as_trace(-first / 2)),
        ("b.wav", "arousal", "r1", as_trace(second)),
        ("a.wav", "valence", "gold", as_trace(first + 2)),
        ("a.wav", "emotion", "r1", "anger"),
    ]
    segments = pd.DataFrame({"speaker": ["01", "02"]}, index=segment_index(["a.wav", "b.wav"]))
    return Corpus("traced", segments, checked(rating_frame(rows), TASK), TASK)


def of(corpus: Corpus, segment: str, target: str = "arousal") -> np.ndarray:
    return np.array(corpus.gold(target)[segment])


def test_gold_of_traces_follows_the_rule_and_missing_ends_are_no_votes() -> None:
    corpus = traced()
    table = np.full((3, 60), NAN)
    for row, trace in zip(table, corpus.of("arousal")["value"], strict=False):
        row[: len(trace)] = trace
    np.testing.assert_allclose(of(corpus, "a.wav"), gold_trace(table))
    mean = replace(corpus, trace_gold=TraceGold("mean"))
    np.testing.assert_allclose(of(mean, "a.wav"), np.nanmean(table, axis=0))
    assert np.isnan(of(corpus, "b.wav")[:5]).all(), "a frame that nobody rated has no gold"
    assert corpus.gold("valence")["b.wav"] is None, "nor has a recording that nobody rated"
    assert corpus.gold("emotion").tolist()[0] == "anger"
    late = replace(corpus, trace_gold=TraceGold("mean", shift_s=4.0))
    np.testing.assert_allclose(of(late, "a.wav"), shifted(of(mean, "a.wav"), 4.0, 2.0))
    assert np.isnan(of(late, "a.wav")[-8:]).all()


def test_a_trace_called_gold_counts_alone_and_is_shifted_too() -> None:
    corpus = traced()
    rows = pd.concat([corpus.ratings, rating_frame([("a.wav", "arousal", "gold", (0.5, 0.25) * 20)])])
    with_gold = replace(corpus, ratings=rows, trace_gold=TraceGold(delay="raters", shift_s=0.5), _gold={})
    assert of(with_gold, "a.wav")[:3].tolist() == [0.25, 0.5, 0.25]
    asked = Query(("a.wav",), TASK[:1])
    answers = list(Crowd(with_gold, votes=9).answer(asked, None, np.random.default_rng(0)))  # type: ignore[arg-type]
    assert {label.annotator for label in answers} == {"r1", "r2", "r3"}, "and is no rater who could be asked"
    assert agreement(with_gold.of("arousal"), TASK[0]) == agreement(corpus.of("arousal"), TASK[0])


def test_lags_of_raters_are_taken_back() -> None:
    truth = np.convolve(np.random.default_rng(3).normal(size=700), np.hanning(60), "valid") / 12
    rater = [shifted(truth, -late, 25.0) for late in (0.0, 2.0, 1.2)]
    found = TraceGold(delay="raters").of(np.stack(rater), 25.0)
    have = ~np.isnan(found)
    assert np.abs(found - truth)[have].max() < 1e-9
    assert np.nanmax(np.abs(TraceGold().of(np.stack(rater), 25.0) - truth)) > 0.1


def test_gold_of_a_stretch_is_that_part_of_the_gold_of_its_recording() -> None:
    corpus = replace(traced(), trace_gold=TraceGold("ewe", delay="raters", shift_s=1.0))
    parts = in_stretches(corpus, 10.0, whole=["b.wav"])
    assert parts.ids == ("a.wav#0.000-10.000", "a.wav#10.000-20.000", "a.wav#20.000-30.000", "b.wav")
    assert parts.about["recording"].tolist() == ["a.wav"] * 3 + ["b.wav"]
    joined = np.concatenate([of(parts, segment) for segment in parts.ids[:3]])
    np.testing.assert_allclose(joined, of(corpus, "a.wav"))
    np.testing.assert_allclose(of(parts, "b.wav"), of(corpus, "b.wav"))
    assert parts.gold("emotion").tolist()[:3] == ["anger"] * 3
    assert set(parts.of("arousal")["rater"]) == {"r1", "r2", "r3", "gold"}, "raters stay, to be asked"
    again = in_stretches(parts.only(parts.ids[:1]), 5.0)
    assert again.ids == ("a.wav#0.000-5.000", "a.wav#5.000-10.000")
    np.testing.assert_allclose(of(again, again.ids[1]), of(corpus, "a.wav")[10:20])
    assert again.about["recording"].tolist() == ["a.wav"] * 2


def test_stretches_are_equal_and_lie_on_frames() -> None:
    segments = pd.DataFrame(index=segment_index(["a.wav"], [3.0]))
    task = (Target("arousal", rate_hz=25.0),)
    rows = rating_frame([("a.wav#3.000-", "arousal", "r1", as_trace(np.linspace(-1, 1, 1003)))])
    parts = in_stretches(Corpus("one", segments, rows, task), 10.0)
    lengths = parts.gold("arousal").map(len)
    assert lengths.sum() == 1003
    assert lengths.max() - lengths.min() <= 1
    assert parts.ids[1] == "a.wav#13.040-23.040"
    for wrong in (0.0, NAN):
        with pytest.raises(BadPlan, match="expected at least one frame"):
            in_stretches(traced(), wrong)
    with pytest.raises(BadPlan, match="has no traces"):
        in_stretches(toy_corpus(), 10.0)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ((0.0, 1.5), "arousal of r1 is 1.5 at 0.5 s; expected numbers in"),
        (0.5, "expected a trace: a tuple of numbers"),
        ((), "expected a trace"),
        (("anger",), "expected numbers"),
        ((float("inf"),), "is inf at 0 s"),
    ],
)
def test_a_rating_that_is_no_trace_is_refused(value: object, why: str) -> None:
    with pytest.raises(BadCorpus, match=why):
        checked(rating_frame([("a.wav", "arousal", "r1", value)]), TASK)  # type: ignore[list-item]


def test_a_label_keeps_frames_without_a_value_and_a_single_value_may_not_be_missing() -> None:
    np.testing.assert_array_equal(TASK[0].units((0.5, NAN)), [0.5, NAN])
    with pytest.raises(SeralError, match="is nan; expected a number"):
        Target("arousal").units(NAN)


def test_traces_survive_parquet_and_a_selection(tmp_path: Path) -> None:
    corpus = traced()
    corpus.to_frame().to_parquet(tmp_path / "all.parquet")
    back = pd.read_parquet(tmp_path / "all.parquet")
    for kept, (_, _, _, value) in zip(back["trace"], corpus.ratings.itertuples(index=False), strict=True):
        if isinstance(value, tuple):
            np.testing.assert_array_equal(kept, value)
        else:
            assert kept is None
    assert back["word"].dropna().tolist() == ["anger"]
    assert "trace" not in toy_corpus().to_frame()
    one = corpus.only(["b.wav"])
    assert one.gold("arousal").index.tolist() == ["b.wav"]
    np.testing.assert_array_equal(of(one, "b.wav"), of(corpus, "b.wav"))


def test_merged_corpora_keep_traces_their_scales_and_their_gold() -> None:
    corpus = traced()
    wide = replace(corpus, task=(Target("valence", low=-1, high=1, rate_hz=2.0),), _gold={})
    rows = corpus.of("valence").assign(value=[as_trace(wave(60))])
    both = merge(corpus, replace(wide, ratings=rows), scales="map")
    np.testing.assert_allclose(of(both, "traced-2/a.wav", "valence"), 2 * (wave(60) + 1))
    np.testing.assert_allclose(of(both, "traced/a.wav", "valence"), wave(60) + 2)
    with pytest.raises(BadCorpus, match="different rules for the gold of traces"):
        merge(corpus, replace(corpus, trace_gold=TraceGold("mean")))


def test_how_traces_become_gold_is_an_option_wherever_a_corpus_is_opened() -> None:
    corpus = open_corpus(traced(), gold="mean", shift=4)
    assert corpus.trace_gold == TraceGold("mean", shift_s=4.0)
    assert corpus.notes[-1] == "gold of traces: mean of the raters, moved back by 4 s"
    assert Reading(said=("trace delay=raters",)).options == {"delay": "raters"}
    with pytest.raises(BadPlan, match="expected ewe or mean"):
        open_corpus(traced(), gold="median")
    with pytest.raises(BadPlan, match="expected seconds"):
        open_corpus(traced(), shift="late")
    with pytest.raises(BadCorpus, match="which has no traces"):
        read_corpus("synthetic:clips=8:speakers=2", Reading(said=("trace gold=mean",)))


def test_a_corpus_as_large_as_recola_is_checked_and_has_gold_at_once() -> None:
    rng = np.random.default_rng(0)
    task = (Target("arousal", rate_hz=25.0), Target("valence", rate_hz=25.0))
    files = [f"{i}.wav" for i in range(27)]
    rows = [
        (file, t.name, f"r{r}", as_trace(np.clip(rng.normal(size=7500) / 4, -1, 1)))
        for file in files
        for t in task
        for r in range(6)
    ]
    segments = pd.DataFrame(index=segment_index(files))
    corpus = Corpus("large", segments, checked(rating_frame(rows), task), task)
    assert {len(trace) for t in task for trace in corpus.gold(t.name)} == {7500}
    assert len(in_stretches(corpus, 30.0)) == 270
