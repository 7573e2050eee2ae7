"""Extraction and its cache: nothing is worked out twice, and bad clips are named."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from seral_core.errors import BadCorpus, BadFeatures, UnknownName
from seral_core.features import extract as room
from seral_core.features.cache import FeatureCache
from seral_core.features.extract import extract, features_for

calls: Counter[str] = Counter()


@dataclass(frozen=True)
class Loudest:
    """A quick extractor that counts its calls."""

    key: str = "loudest"
    rate_hz: int = 16_000
    names: tuple[str, ...] = ("peak", "samples")

    def __call__(self, signal: np.ndarray) -> np.ndarray:
        calls[self.key] += 1
        return np.array([np.abs(signal).max(), len(signal)], np.float32)


@dataclass(frozen=True)
class Moody(Loudest):
    """Gives no number for loud clips, and fails on long ones."""

    key: str = "moody"

    def __call__(self, signal: np.ndarray) -> np.ndarray:
        if len(signal) > 12_000:
            raise ZeroDivisionError("too long")
        return np.array([np.nan if np.abs(signal).max() > 0.5 else 1.0, 2.0], np.float32)


@pytest.fixture(autouse=True)
def fresh(own_cache) -> None:
    calls.clear()


@pytest.fixture
def three(write, voice, corpus_of):
    for name, f0_hz in (("a.wav", 100), ("b.wav", 150), ("sub/c.flac", 200)):
        write(name, voice(f0_hz))
    return corpus_of(["a.wav", "b.wav", "sub/c.flac"])


def test_rows_come_in_the_order_of_the_corpus_with_names_and_key(three) -> None:
    table = extract(three)
    assert table.ids == three.ids
    assert len(table.names) == table.values.shape[1]
    assert table.values.dtype == np.float32
    assert table.key.startswith("SERALv01")
    pitch = table.values[:, table.names.index("pitch_st_median")]
    assert (np.diff(pitch) > 3).all()


def test_the_second_time_nothing_is_extracted(three) -> None:
    first = extract(three, Loudest())
    assert calls["loudest"] == 3
    again = extract(three, Loudest())
    assert calls["loudest"] == 3
    assert again.fingerprint == first.fingerprint
    assert (again.key, again.names) == (first.key, first.names)


def test_a_file_that_moved_is_known_by_its_content(three, write, voice, corpus_of) -> None:
    extract(three, Loudest())
    write("moved.wav", voice(100))
    moved = extract(corpus_of(["moved.wav"]), Loudest())
    assert calls["loudest"] == 3
    assert moved.ids == ("moved.wav",)


def test_a_changed_file_is_extracted_again(three, write, voice) -> None:
    before = extract(three, Loudest())
    write("b.wav", voice(150, loud=0.1))
    after = extract(three, Loudest())
    assert calls["loudest"] == 4
    assert after.key != before.key
    assert after.only(["b.wav"]).values[0, 0] < before.only(["b.wav"]).values[0, 0] / 2


def test_other_parameters_have_rows_of_their_own(three) -> None:
    extract(three, Loudest())
    other = extract(three, Loudest(key="loudest-2"))
    assert calls == {"loudest": 3, "loudest-2": 3}
    assert other.key != extract(three, Loudest()).key


def test_segments_of_one_file_have_rows_of_their_own(write, voice, corpus_of) -> None:
    write("long.wav", voice(120, 2.0))
    corpus = corpus_of(["long.wav", "long.wav"], [0.0, 0.5], [0.5, 1.5])
    table = extract(corpus, Loudest())
    assert table.ids == ("long.wav#0.000-0.500", "long.wav#0.500-1.500")
    assert table.values[:, 1].tolist() == [8_000, 16_000]


def test_without_cache_nothing_is_kept(three, own_cache) -> None:
    extract(three, Loudest(), use_cache=False)
    extract(three, Loudest(), use_cache=False)
    assert calls["loudest"] == 6
    assert not list(own_cache.rglob("*.sqlite"))


def test_bad_clips_are_named_with_the_reason_and_the_rest_goes_on(three, write, voice, corpus_of) -> None:
    write("silent.wav", np.zeros(8_000))
    write("short.wav", voice(100, 0.05))
    (three.root / "text.wav").write_text("no audio")
    (three.root / "empty.wav").touch()
    corpus = corpus_of(["a.wav", "silent.wav", "short.wav", "text.wav", "empty.wav", "gone.wav", "b.wav"])
    for _ in range(2):  # worked out, then from the cache
        table = extract(corpus, Loudest())
        assert table.ids == ("a.wav", "b.wav")
        reasons = dict(table.problems)
        assert list(reasons) == ["silent.wav", "short.wav", "text.wav", "empty.wav", "gone.wav"]
        assert reasons["silent.wav"] == "is silent"
        assert "50 ms" in reasons["short.wav"]
        assert "cannot be read" in reasons["text.wav"]
        assert "is empty" in reasons["empty.wav"]
        assert reasons["gone.wav"] == "does not exist"
    assert calls["loudest"] == 2


def test_a_file_that_was_missing_is_taken_up_when_it_is_there(three, write, voice, corpus_of) -> None:
    corpus = corpus_of(["a.wav", "late.wav"])
    assert extract(corpus, Loudest()).problems == (("late.wav", "does not exist"),)
    write("late.wav", voice(170))
    assert extract(corpus, Loudest()).ids == ("a.wav", "late.wav")


def test_a_clip_that_gives_nan_or_makes_the_extractor_fail_is_named(three, write, voice, corpus_of) -> None:
    write("loud.wav", voice(100, loud=0.9))
    write("long.wav", voice(100, 1.0))
    table = extract(corpus_of(["a.wav", "loud.wav", "long.wav"]), Moody())
    assert table.ids == ("a.wav",)
    assert dict(table.problems)["loud.wav"] == "gives features that are not finite (1 of 2)"
    assert "ZeroDivisionError: too long" in dict(table.problems)["long.wav"]


def test_a_corpus_without_one_usable_clip_is_an_error(write, corpus_of) -> None:
    write("silent.wav", np.zeros(8_000))
    with pytest.raises(BadCorpus, match=r"none of the 1 clips of tiny can be used \(silent\.wav is silent\)"):
        extract(corpus_of(["silent.wav"]), Loudest())


def test_progress_counts_every_clip_up_to_the_total(three) -> None:
    seen: list[tuple[int, int, str]] = []
    extract(three, Loudest(), progress=lambda *said: seen.append(said))
    assert [(done, total) for done, total, _ in seen] == [(1, 3), (2, 3), (3, 3)]
    assert {text for _, _, text in seen} == set(three.ids)


def test_an_interrupted_extraction_goes_on_where_it_stopped(three) -> None:
    def stop(done: int, total: int, text: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract(three, Loudest(), progress=stop)
    assert calls["loudest"] == 2
    assert extract(three, Loudest()).ids == three.ids
    assert calls["loudest"] == 3


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_extraction_loses_no_finished_clip(three) -> None:
    code = f"""
import os, signal
from pathlib import Path
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
import pandas as pd
files = {[*three.ids]!r}
segments = pd.DataFrame(dict(speaker=['s'] * 3), index=segment_index(files))
corpus = Corpus('tiny', segments, rating_frame([]), (), root=Path({str(three.root)!r}))
from seral_core.features.extract import extract
extract(corpus, progress=lambda done, *_: os.kill(os.getpid(), signal.SIGKILL) if done == 2 else None)
"""
    died = subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False)
    assert died.returncode == -signal.SIGKILL
    seen: list[int] = []
    assert extract(three, progress=lambda done, *_: seen.append(done)).ids == three.ids
    assert seen == [3]


def test_worker_processes_give_the_same_rows(write, voice, corpus_of, monkeypatch) -> None:
    files = [f"{i:02d}.wav" for i in range(14)]
    for i, name in enumerate(files):
        write(name, voice(90 + 10 * i, 0.3))
    write("05.wav", np.zeros(8_000))
    corpus = corpus_of(files)
    alone = extract(corpus, jobs=1, use_cache=False)
    monkeypatch.setattr(room, "LONG_S", 0.0)
    together = extract(corpus, jobs=2, use_cache=False)
    assert together.ids == alone.ids
    assert together.problems == alone.problems == (("05.wav", "is silent"),)
    assert np.allclose(together.values, alone.values, rtol=1e-4, atol=1e-4)


def test_few_clips_are_extracted_without_worker_processes(three, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("processes were started")

    monkeypatch.setattr(room, "_work_in_processes", refuse)
    assert len(extract(three, jobs=2)) == 3


def test_a_misspelt_extractor_gets_the_names_and_the_way_of_ready_features(three) -> None:
    with pytest.raises(UnknownName, match=r"path to ready features.*'eGeMAPSv2'; did you mean 'eGeMAPSv02'\? known: "):
        features_for(three, "eGeMAPSv2")


def test_features_for_takes_a_name_or_a_path(three, tmp_path) -> None:
    table = features_for(three, "default")
    np.savez(tmp_path / "ready.npz", ids=table.ids[::-1], values=table.values[::-1])
    ready = features_for(three, tmp_path / "ready.npz")
    assert ready.ids == three.ids
    assert np.array_equal(ready.values, table.values)


def test_a_path_that_does_not_exist_is_not_taken_for_a_name(three) -> None:
    with pytest.raises(BadFeatures, match=r"nowhere\.npz does not exist"):
        features_for(three, "nowhere.npz")


def test_a_damaged_cache_is_named_with_a_remedy(tmp_path) -> None:
    path = tmp_path / "features.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(BadFeatures, match=r"features\.sqlite cannot be used .*not a database.*delete the file"):
        FeatureCache(path)


def test_a_full_disk_is_reported_and_what_was_kept_stays(tmp_path) -> None:
    path = tmp_path / "features.sqlite"
    with FeatureCache(path) as cache:
        cache.put("k0", np.zeros(4, np.float32))
        cache._run("PRAGMA max_page_count = 12")
        with pytest.raises(BadFeatures, match=r"disk is full.*free some space"):
            cache.put("k1", np.zeros(100_000, np.float32))
    with FeatureCache(path) as cache:
        assert cache.get(["k0"])["k0"].tolist() == [0, 0, 0, 0]


def test_two_processes_may_write_one_cache(tmp_path) -> None:
    path = tmp_path / "features.sqlite"
    code = (
        "import sys; from pathlib import Path; from seral_core.features.cache import FeatureCache\n"
        "with FeatureCache(Path(sys.argv[1])) as cache:\n"
        "    for i in range(50): cache.put(f'{sys.argv[2]}{i}', 'is silent')"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "xy"]
    assert [process.wait() for process in running] == [0, 0]
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM features").fetchone() == (100,)


def test_the_hash_of_an_unchanged_file_is_remembered(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"abc")
    with FeatureCache(tmp_path / "features.sqlite") as cache:
        first = cache.contents([path, tmp_path / "gone.wav"])
        monkeypatch.setattr("seral_core.features.cache.file_hash", lambda path: "read again")
        assert cache.contents([path]) == first
        path.write_bytes(b"abcd")
        assert cache.contents([path]) == {Path(path): "read again"}


@dataclass(frozen=True)
class Frames(Loudest):
    """Peak of each tenth of a second."""

    key: str = "frames"
    frames_hz: float = 10.0
    names: tuple[str, ...] = ("peak", "mean")

    def __call__(self, signal: np.ndarray) -> np.ndarray:
        calls[self.key] += 1
        cut = np.abs(signal[: len(signal) // 1600 * 1600]).reshape(-1, 1600)
        return np.stack([cut.max(axis=1), cut.mean(axis=1)], axis=1).astype(np.float32)


def test_an_extractor_may_give_frames_and_the_cache_keeps_them(write, voice, corpus_of) -> None:
    write("a.wav", voice(seconds=0.5))
    write("b.wav", voice(seconds=0.8))
    corpus = corpus_of(["b.wav", "a.wav"])
    first, again = extract(corpus, Frames()), extract(corpus, Frames())
    assert (first.bounds.tolist(), first.rate_hz, first.values.shape) == ([0, 8, 13], 10.0, (13, 2))
    assert np.array_equal(first.values, again.values)
    assert (again.bounds.tolist(), again.key, calls["frames"]) == ([0, 8, 13], first.key, 2)
    assert np.allclose(first.pooled().values[1], first.values[8:].mean(axis=0))


def test_an_extractor_that_does_not_say_how_many_frames_a_second_is_refused(three) -> None:
    with pytest.raises(BadFeatures, match=r"gave features of shape \(6, 2\) for a\.wav; .*frames_hz"):
        extract(three, Frames(key="undeclared", frames_hz=0.0))


def test_rows_kept_for_an_extractor_that_gave_other_features_are_refused(three) -> None:
    extract(three, Frames())
    with pytest.raises(BadFeatures, match="12 values for 2 features"):
        extract(three, Frames(frames_hz=0.0))


def test_recordings_that_go_away_meanwhile_are_neither_left_out_nor_remembered_as_missing(three, tmp_path) -> None:
    away = tmp_path / "away"

    def take_out(done: int, total: int, segment: str) -> None:
        three.root.rename(away)

    with pytest.raises(BadCorpus, match="was there and is gone now"):
        extract(three, Loudest(), jobs=1, progress=take_out)
    away.rename(three.root)
    assert extract(three, Loudest(), jobs=1).problems == ()
    assert calls["loudest"] == 3


def test_a_clip_that_fails_for_a_moment_is_read_again(three, monkeypatch) -> None:
    done, once = room.outcome_of, [True]

    def flickering(clip: room.Clip, extractor: room.Extractor) -> room.Done:
        return room.Done(clip, "cannot be read as audio (x)") if once and once.pop() else done(clip, extractor)

    monkeypatch.setattr(room, "outcome_of", flickering)
    assert extract(three, Loudest(), jobs=1).problems == ()


def test_a_missing_clip_that_an_earlier_version_remembered_is_looked_for_again(three) -> None:
    extract(three, Loudest())
    with FeatureCache() as cache:
        for (key,) in cache._run("SELECT key FROM features"):
            cache.put(key, "does not exist")
    assert extract(three, Loudest()).problems == ()
