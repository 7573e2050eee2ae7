"""The figure of a recording in time shows all of it with few points, gaps as gaps, and what was asked for in order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.emotion_in_time import COLUMNS, MOST_POINTS, emotion_in_time, envelope
from seral_core.types import Target

RATE_HZ = 25.0


def a_corpus(traces: dict[str, np.ndarray], file: str = "a.wav") -> Corpus:
    rows = [(file, "arousal", rater, tuple(trace.tolist())) for rater, trace in traces.items()]
    about = pd.DataFrame({"speaker": ["1"]}, index=segment_index([file]))
    return Corpus("one", about, rating_frame(rows), (Target("arousal", rate_hz=RATE_HZ),))


def test_an_hour_is_drawn_with_few_points_and_its_gap_stays_a_gap() -> None:
    hour = np.sin(np.arange(int(3600 * RATE_HZ)) / 5000)
    hour[int(600 * RATE_HZ) : int(1200 * RATE_HZ)] = np.nan
    figure = emotion_in_time(a_corpus({"anna": hour}), "a.wav", predictions={"ridge": hour / 2})
    for line in figure.data:
        times, values = np.array(line.x), np.array(line.y)
        assert len(values) <= MOST_POINTS
        assert times[-1] > 3590
        silent = np.isnan(values)
        assert 600 <= times[silent].min() < 605
        assert 1195 < times[silent].max() <= 1200
    assert [line.name for line in figure.data] == ["1 rater", "gold", "ridge"]


def test_raters_share_one_entry_of_the_legend_and_gold_is_bolder() -> None:
    figure = emotion_in_time(a_corpus({name: np.linspace(0, 1, 50) for name in ("anna", "ben")}), "a.wav")
    anna, ben, gold = figure.data
    assert (anna.showlegend, ben.showlegend, anna.name) == (True, False, "2 raters")
    assert gold.line.width > 2 * anna.line.width


def test_stretches_are_shaded_with_their_number_in_the_order_of_asking() -> None:
    asked = ["a.wav#1.000-1.500", "other.wav#0.000-1.000", "a.wav#0.000-0.500"]
    figure = emotion_in_time(a_corpus({"anna": np.zeros(50)}), "a.wav", asked=asked)
    shades = [(shape.x0, shape.x1) for shape in figure.layout.shapes]
    assert shades == [(1.0, 1.5), (0.0, 0.5)]
    assert [(note.x, note.text) for note in figure.layout.annotations] == [(1.25, "1"), (0.25, "3")]


def test_the_waveform_has_few_columns_and_is_loud_where_the_recording_is(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).uniform(-0.1, 0.1, 80_000)
    sound[60_000:] *= 5
    soundfile.write(tmp_path / "a.wav", sound, 8000)
    corpus = replace(a_corpus({"anna": np.zeros(250)}), root=tmp_path)
    found, seconds = envelope(corpus, "a.wav")
    assert (len(found), seconds) == (COLUMNS, 10.0)
    assert np.abs(found).max() == 1.0
    loud = found[:, 1] > 0.3
    assert np.flatnonzero(loud)[0] == 750
    assert loud[750:].all()
    assert emotion_in_time(corpus, "a.wav").data[0].name == "waveform"
