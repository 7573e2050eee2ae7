"""Times in tables: every unit is what its column says, and what is said of doubtful ones has been tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core.corpora.base import open_corpus
from seral_core.corpora.durations import durations_s
from seral_core.errors import BadCorpus
from tests.corpora.test_tables import noted, sounds, written


def opened(place: Path, head: str, *rows: str) -> tuple[str, ...]:
    return open_corpus(written(place, head, list(rows))).ids


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("file,startMs,endMs,emotion", "a.wav,500,1250,joy"),
        ("file,onsetMillis,durMsec,emotion", "a.wav,500,750,joy"),
        ("file,start_min,end_min,emotion", "a.wav,0.0083333333,0.0208333333,joy"),
        ("file,BeginTimeSec,EndTimeSec,emotion", "a.wav,0.5,1.25,joy"),
        ("file,start [us],end [us],emotion", "a.wav,500000,1250000,joy"),
        ("file,startInMs,end_s,emotion", "a.wav,500,1.25,joy"),
        ("file,start_sample,start_s,end_frame,end_ms,emotion", "a.wav,4000,0.5,125,1250,joy"),
        ("file,end,duration,emotion", "a.wav,1.25,0.75,joy"),
        ("file,stop_ms,length_ms,emotion", "a.wav,1250,750,joy"),
        ("Datei,Anfang_ms,Ende_ms,Emotion", "a.wav,500,1250,Freude"),
    ],
)
def test_the_unit_of_a_time_is_in_the_name_of_its_column_and_two_times_give_the_third(
    head: str, row: str, tmp_path: Path
) -> None:
    assert opened(tmp_path, head, row) == ("a.wav#0.500-1.250",)


@pytest.mark.parametrize(
    ("head", "rows", "message"),
    [
        (
            "file,startFrame,endFrame",
            ["a.wav,0,90"],
            "'startframe' holds numbers of frames; expected seconds; multiply",
        ),
        ("file,beginSample,end", ["a.wav,0,90"], "'beginsample' holds numbers of samples; expected seconds; divide"),
        ("file,start_hhmmss,end_hhmmss", ["a.wav,000100,000130"], "start_hhmmss is '000100'; expected seconds, such"),
        ("file,end,duration", ["a.wav,1,2"], r"from -1 s to 1 s \(the start is the duration before the end\)"),
        (
            "file,start_min,start_sec,end",
            ["a.wav,1,30,99"],
            "row 2 has 60 s in start_min and 30 s in start_sec; expect",
        ),
        ("file;start_ms;end_ms", ["a.wav;1.500;2.250", "a.wav;2.500;999"], "start_ms is '1.500', which may be a thou"),
        ("file;start_ms;end_ms", ["a.wav;1,500;2,250", "a.wav;2,500;999"], "start_ms is '1,500', which may be a thou"),
    ],
)
def test_times_that_may_mean_two_things_are_refused(head: str, rows: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=message):
        opened(tmp_path, head, *rows)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("a.wav;1.500;2.250", "b.wav;1.234.567;1.235.000,5"), "#1.500-2.250"),
        (("a.wav;1 500;2'250", "b.wav;3 000;4 000"), "#1.500-2.250"),
        (("a.wav;1.500;2.250", "b.wav;3.25;4.5"), "#0.002-0.002"),
        (("a.wav;1.500;2.250", "b.wav;1200;4500"), "#0.002-0.002"),
    ],
)
def test_other_cells_of_a_column_say_whether_a_mark_is_between_thousands(
    rows: tuple[str, str], expected: str, tmp_path: Path
) -> None:
    assert opened(tmp_path, "file;start_ms;end_ms", *rows)[0] == f"a.wav{expected}"


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        ("file,start,length", ["a.wav,0,5", "a.wav,1,5", "a.wav,0,6"]),
        ("file,start,end", ['a.wav,"00:01:02,059","00:01:03,731"', 'a.wav,"00:01:05,000","00:01:06,000"']),
        ("file,start,end", ["a.wav,60,63", "a.wav,120,122"]),
    ],
)
def test_seconds_beyond_their_recordings_are_not_taken_for_milliseconds(
    head: str, rows: list[str], tmp_path: Path
) -> None:
    sounds(tmp_path, "a.wav", seconds=4)
    corpus = open_corpus(written(tmp_path, head, rows))
    assert noted(corpus, f"{len(rows)} segments end after their recordings", "--column description=START,END")
    assert (durations_s(corpus) >= 0).all()


def test_times_that_are_not_recognised_are_named(tmp_path: Path) -> None:
    corpus = open_corpus(written(tmp_path, "file,start_marke,end_marke,emotion", ["a.wav,1,2,joy", "b.wav,2,3,fear"]))
    assert noted(
        corpus,
        "not used as times, though called like some: start_marke, end_marke (if they hold seconds",
    )
    told = {"start": "start_marke", "end": "end_marke"}
    assert open_corpus(tmp_path / "t.csv", columns=told).ids == ("a.wav#1.000-2.000", "b.wav#2.000-3.000")
    ends = open_corpus(written(tmp_path, "file,end,clip_duration,emotion", ["a.wav,1,2,joy", "b.wav,2,3,fear"]))
    assert noted(ends, "ends in end but no starts", "not used as times, though called like some: clip_duration")
