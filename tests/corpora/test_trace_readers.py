"""Traces open as RECOLA, SEWA, emotion in music and tables hold them, and what was understood is told."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.corpora.base import open_corpus, read_corpus, recognised
from seral_core.corpora.contract import check_reader
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.readers.emotion_in_music import EmotionInMusic
from seral_core.corpora.readers.recola import Recola
from seral_core.corpora.readers.sewa import Sewa
from seral_core.corpora.readers.table import Table
from seral_core.corpora.reading import Reading
from seral_core.corpora.samples import in_frames
from seral_core.errors import BadCorpus
from tests.corpora.published_traces import curve, music, recola, sewa, sound, written

NAN = float("nan")


def trace(corpus: Corpus, segment: str, target: str = "arousal", rater: str = "gold") -> np.ndarray:
    rows = corpus.of(target)
    return np.array(rows[(rows["segment"] == segment) & (rows["rater"] == rater)]["value"].iloc[0])


def test_recola_opens_with_gold_and_raters_at_25_hz(tmp_path: Path) -> None:
    corpus = check_reader(Recola(), recola(tmp_path))
    assert recognised(tmp_path).name == "recola"
    assert corpus.ids == ("recordings_audio/dev_1.wav", "recordings_audio/test_1.wav", "recordings_audio/train_1.wav")
    assert corpus.about["split"].tolist() == ["dev", "test", "train"]
    assert corpus.about["speaker"].tolist() == ["dev_1", "test_1", "train_1"]
    assert [(t.name, t.rate_hz, t.low) for t in corpus.task] == [("arousal", 25.0, -1.0), ("valence", 25.0, -1.0)]
    assert set(corpus.of("arousal")["rater"]) == {"gold", "FM1", "FM2", "FF1"}
    train = "recordings_audio/train_1.wav"
    np.testing.assert_allclose(trace(corpus, train), curve())
    np.testing.assert_allclose(trace(corpus, train, "valence", "FF1"), -curve(start=20))
    np.testing.assert_allclose(np.array(corpus.gold("arousal")[train]), curve(), err_msg="gold as it was given out")
    assert corpus.gold("arousal")["recordings_audio/test_1.wav"] is None
    told = " ".join(corpus.notes)
    assert "8 traces of 2 recordings at 25 Hz (a value every 40 ms), 2 s long, 4 raters for each" in told
    assert "1 of 3 recordings have no trace: recordings_audio/test_1.wav" in told


def test_recola_opens_without_audio_and_with_raters_alone(tmp_path: Path) -> None:
    corpus = Recola().read(recola(tmp_path, audio=False))
    assert corpus.ids == ("dev_1.wav", "train_1.wav")
    assert corpus.root is None
    for file in tmp_path.glob("ratings_gold_standard/*/*"):
        file.unlink()
    alone = open_corpus(tmp_path, gold="mean")
    np.testing.assert_allclose(np.array(alone.gold("arousal")["train_1.wav"]), curve() / 6, atol=1e-6)
    assert "gold is made of the raters' traces" in alone.notes


@pytest.mark.parametrize(("names", "comma"), [(True, False), (False, False), (False, True)])
def test_sewa_opens_with_or_without_names_and_with_decimal_commas(names: bool, comma: bool, tmp_path: Path) -> None:
    corpus = check_reader(Sewa(), sewa(tmp_path, names, comma))
    assert recognised(tmp_path).name == "sewa"
    assert corpus.about["split"].to_dict() == {"Devel_02.wav": "dev", "Test_01.wav": "test", "Train_01.wav": "train"}
    assert [(t.name, t.rate_hz) for t in corpus.task] == [("arousal", 10.0), ("valence", 10.0), ("liking", 10.0)]
    np.testing.assert_allclose(trace(corpus, "Train_01.wav", "valence"), -curve(30))
    assert "no audio: none of the recordings is in the folder" in corpus.notes


def test_emotion_in_music_opens_the_part_that_was_rated(tmp_path: Path) -> None:
    corpus = check_reader(EmotionInMusic(), music(tmp_path))
    assert recognised(tmp_path).name == "emotion-in-music"
    assert corpus.ids == ("audio/2.flac#15.000-45.000", "3.mp3#15.000-45.000")
    np.testing.assert_allclose(np.array(corpus.gold("arousal").iloc[1]), curve(60, 5))
    assert corpus.about[["speaker", "split"]].to_numpy().tolist() == [["Ann", "train"], ["Ben", "test"]]
    assert corpus.segments["genre"].tolist() == ["Blues", "Pop"]
    told = CliRunner().invoke(commands, ["corpora", str(tmp_path)], env={"COLUMNS": "200"}).output
    assert "0.5 minutes of audio, 1 clips without a readable recording" in told, "a part of a missing file is no audio"
    more = open_corpus(tmp_path, deviation=True)
    assert more.target("valence_deviation").low == 0
    np.testing.assert_allclose(trace(more, more.ids[0], "valence_deviation"), np.abs(curve(60)) / 10)


@pytest.mark.skipif("SERAL_TEST_DATA" not in os.environ, reason="needs the real corpora, see CONTRIBUTING.md")
def test_the_real_songs_open() -> None:
    corpus = open_corpus(Path(os.environ["SERAL_TEST_DATA"]) / "emomusic")
    assert len(corpus) == 744
    assert corpus.about["split"].value_counts().to_dict() == {"train": 619, "test": 125}
    assert {len(t) for name in ("arousal", "valence") for t in corpus.gold(name)} == {60}
    assert sum(segment.startswith("audio/") for segment in corpus.ids) == 10


def long_table(step: float = 0.04, first: str = "time") -> pd.DataFrame:
    rows = [
        (file, f"{i * step:g}", target, rater, f"{value * (1 if rater == 'r1' else 0.5):.6f}")
        for file, frames in (("a.wav", 50), ("b.wav", 30))
        for target, start in (("arousal", 0), ("valence", 20))
        for rater in ("r1", "r2")
        for i, value in enumerate(curve(frames, start))
        if not (file == "a.wav" and rater == "r2" and 10 <= i < 20)
    ]
    return pd.DataFrame(rows, columns=["file", first, "target", "rater", "value"])


def test_a_long_table_of_moments_opens_as_traces_with_gaps(tmp_path: Path) -> None:
    path = tmp_path / "traces.csv"
    long_table().sample(frac=1, random_state=0).to_csv(path, index=False)
    corpus = check_reader(Table(), path)
    assert [(t.name, t.rate_hz) for t in sorted(corpus.task, key=lambda t: t.name)] == [
        ("arousal", 25),
        ("valence", 25),
    ]
    np.testing.assert_allclose(trace(corpus, "b.wav", "valence", "r1"), curve(30, 20))
    half = curve() / 2
    half[10:20] = NAN
    np.testing.assert_allclose(trace(corpus, "a.wav", "arousal", "r2"), half, atol=1e-6)
    told = " ".join(corpus.notes)
    assert (
        "arousal: 4 traces of 2 recordings at 25 Hz (a value every 40 ms), 1.2 to 2 s long, 2 raters for each" in told
    )
    assert "1 has gaps, 0.4 s in all" in told


@pytest.mark.parametrize(
    ("name", "cells", "rate", "note"),
    [
        ("time", lambda i: f"{i * 0.04:.2f}".replace(".", ","), 0.0, "commas in time are read as decimal points"),
        ("time_ms", lambda i: f"{i * 40}", 0.0, "time_ms is read as milliseconds"),
        ("time", lambda i: f"{i * 40}", 0.0, "times in time are 40 apart and are read as milliseconds"),
        ("frame", lambda i: f"{i}", 25.0, "frame counts frames, 25 a second"),
        ("time", lambda i: f"{i}", 25.0, "time counts frames, 25 a second"),
        ("time", lambda i: f"00:00:{i * 0.04:05.2f}", 0.0, "rows are moments, at the times in time"),
        ("secs", lambda i: f"{i * 0.04:.2f}", 0.0, "rows are moments, at the times in secs"),
        ("when", lambda i: f"{i * 0.04:.2f}", 0.0, "rows are moments, at the times in when"),
    ],
)
def test_times_are_read_in_the_unit_that_they_have(
    name: str, cells: object, rate: float, note: str, tmp_path: Path
) -> None:
    rows = [f"a.wav;{cells(i)};{str(v).replace('.', ',')}" for i, v in enumerate(curve())]  # type: ignore[operator]
    path = written(tmp_path / "t.csv", "\n".join([f"file;{name};arousal", *rows]) + "\n")
    corpus = read_corpus(path, Reading("table", said=(f"trace rate={rate}",) if rate else ()))
    assert corpus.task[0].rate_hz == 25
    np.testing.assert_allclose(trace(corpus, "a.wav"), curve())
    assert any(note in each for each in corpus.notes), corpus.notes
    assert corpus.columns[name] == "time"


def test_a_wide_table_keeps_what_it_says_of_recordings_and_compares_lengths_with_the_audio(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav", 5.0)
    rows = [f"{f},{s},{i / 10},{v},{v}" for f, s in (("a.wav", "x"), ("b.wav", "y")) for i, v in enumerate(curve(20))]
    path = written(tmp_path / "t.csv", "\n".join(["file,speaker,time,arousal,valence", *rows]) + "\n")
    corpus = open_corpus(path)
    assert corpus.about["speaker"].tolist() == ["x", "y"]
    assert corpus.task[1].rate_hz == 10
    told = " ".join(corpus.notes)
    assert "2 traces end before their recordings do, by more than a second, such as a.wav 2 of 5.00 s" in told


def test_parts_of_recordings_have_times_of_their_own(tmp_path: Path) -> None:
    rows = [f"a.wav,{s},{s + 2},{i / 10},{v}" for s in (0, 2) for i, v in enumerate(curve(20, s))]
    corpus = open_corpus(written(tmp_path / "t.csv", "\n".join(["file,start,end,time,arousal", *rows]) + "\n"))
    np.testing.assert_allclose(trace(corpus, "a.wav#2.000-4.000"), curve(20, 2))


@pytest.mark.parametrize(
    ("header", "row", "why"),
    [
        (
            "file,time,arousal",
            lambda i: f"a.wav,{i // 2},0.{i % 9}",
            "two values of arousal by gold at 0 s; .* 'rater'",
        ),
        ("file,frame,arousal", lambda i: f"a.wav,{i},0.5", "'frame' counts frames; .* --trace rate=25"),
        ("file,time,emotion", lambda i: f"a.wav,{i / 2},anger", "traces of classes cannot be opened yet"),
        ("file,time,arousal", lambda i: f"a.wav,{'' if i == 3 else i / 2},0.5", "rows without a time in the column"),
        ("file,time,arousal", lambda i: f"a.wav,noon{i},0.5", "time is 'noon0'; expected seconds"),
    ],
)
def test_moments_that_make_no_sense_are_refused(header: str, row: object, why: str, tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "\n".join([header, *(row(i) for i in range(20))]) + "\n")  # type: ignore[operator]
    with pytest.raises(BadCorpus, match=why):
        open_corpus(path)


def test_whole_times_beyond_the_recording_are_no_seconds(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav", 2.0)
    rows = [f"a.wav,{i},{v}" for i, v in enumerate(curve())]
    path = written(tmp_path / "t.csv", "\n".join(["file,time,arousal", *rows]) + "\n")
    with pytest.raises(BadCorpus, match=r"a.wav lasts 2.00 s, but its times in 'time' go to 49; .* --trace rate=25"):
        open_corpus(path)
    np.testing.assert_allclose(trace(open_corpus(path, rate=25.0), "a.wav"), curve())


@pytest.mark.parametrize(
    ("folder", "change", "why"),
    [
        ("recola", ("ratings_gold_standard/arousal/train_1.arff", "@relation x\n@data\n1,2\n"), "is no ARFF with"),
        (
            "recola",
            ("ratings_individual/arousal/dev_1.csv", "time;FM1\n0.00;high\n0.04;0.1\n"),
            "'high'; expected numbers",
        ),
        ("recola", ("ratings_individual/arousal/dev_1.csv", "time;FM1\n0.04;0.1\n0.00;0.1\n"), "do not rise"),
        ("sewa", ("labels/Train_01.csv", "name;time;arousal\nx;0.0;0.1\nx;0.1;7\n"), "no trace|guessed|arousal"),
        (
            "music",
            ("valence_cont_average.csv", "song_id,sample_15000ms,sample_16000ms\n2,0.1,0.2\n"),
            "has other times",
        ),
        ("music", ("arousal_cont_average.csv", "song_id,arousal\n2,0.1\n"), "no column song_id, or no samples"),
    ],
)
def test_damaged_files_are_named(folder: str, change: tuple[str, str], why: str, tmp_path: Path) -> None:
    {"recola": recola, "sewa": sewa, "music": music}[folder](tmp_path)
    written(tmp_path / change[0], change[1])
    if folder == "sewa":
        assert any("range of arousal guessed: [-" in note or "guessed" in note for note in open_corpus(tmp_path).notes)
        return
    with pytest.raises(BadCorpus, match=why):
        open_corpus(tmp_path)


def test_samples_off_the_frames_are_means_and_long_pauses_are_gaps() -> None:
    times = np.concatenate([np.arange(0, 2, 0.03), np.arange(4, 6, 0.03)])
    found = in_frames(times, np.sin(times), 10.0)
    middles = (np.arange(len(found)) + 0.5) / 10
    have = ~np.isnan(found)
    assert np.abs(found - np.sin(middles))[have].max() < 0.05
    assert np.abs(found - np.sin(middles))[:19].max() < 0.01
    assert np.isnan(found[22:38]).all()
    assert have[:19].all()
    assert have[41:].all()
    late = in_frames(np.array([0.5, 0.6, 0.7]), np.ones(3), 10.0)
    assert np.isnan(late[:5]).all()
    assert late[5:].tolist() == [1, 1, 1]
    assert in_frames(np.array([0.02, 0.06, 0.1]), np.array([1.0, 2.0, 3.0]), 25.0).tolist() == [1, 2, 3], "middles"


def test_traces_of_other_rates_are_brought_to_the_usual_one(tmp_path: Path) -> None:
    rows = [
        f"{f}.wav,{i * s:g},{np.sin(i * s):.6f}" for f, s in (("a", 0.04), ("b", 0.04), ("c", 0.1)) for i in range(60)
    ]
    corpus = open_corpus(written(tmp_path / "t.csv", "\n".join(["file,time,arousal", *rows]) + "\n"))
    assert corpus.task[0].rate_hz == 25
    found = trace(corpus, "c.wav")
    assert np.abs(found - np.sin((np.arange(len(found)) + 0.5) / 25))[:145].max() < 0.01
    assert any("1 of 3 traces had other rates" in note for note in corpus.notes)
