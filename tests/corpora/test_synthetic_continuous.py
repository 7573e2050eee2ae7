"""The built-in corpus along time: the same bytes for a seed, parts of nine, and raters who are late."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from seral_core.corpora import synthetic_continuous as synthetic_continuous_module
from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus, checked
from seral_core.corpora.drift import drifted, habits, traced
from seral_core.corpora.synthetic_continuous import Recipe, synthetic_continuous
from seral_core.errors import BadCorpus
from seral_core.scores.traces import lags


def small(folder: Path, seed: int = 0, jobs: int = 1) -> Corpus:
    return synthetic_continuous(3, seed, shortest=6, longest=10, folder=folder, jobs=jobs)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_a_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    corpus = small(tmp_path / "one")
    small(tmp_path / "two")
    other = small(tmp_path / "three", seed=1)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    files = ("train_1.wav", "traces.npy")
    assert all(contents(tmp_path / "one")[name] != contents(tmp_path / "three")[name] for name in files)
    assert corpus.ids == other.ids == ("train_1.wav", "dev_1.wav", "test_1.wav")
    checked(corpus.ratings, corpus.task)
    assert set(corpus.of("valence")["rater"]) == {f"r{n}" for n in range(1, 7)}
    for segment, gold in corpus.gold("arousal").items():
        seconds = soundfile.info(tmp_path / "one" / str(segment)).duration
        assert seconds == len(gold) / 25, "a trace is as long as its recording"
    assert any("6 raters for each" in note for note in corpus.notes)


def test_number_of_processes_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic_continuous_module, "ALONE", 0)
    for jobs in (1, 2):
        small(tmp_path / str(jobs), jobs=jobs)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_the_usual_corpus_has_27_recordings_of_60_to_300_s_in_parts_of_nine() -> None:
    lengths = Recipe(27, 0, 6, 60.0, 300.0).lengths_s()
    assert (len(lengths), min(lengths), max(lengths)) == (27, 60, 300)


def test_raters_are_one_to_four_seconds_late_and_agree_in_the_end() -> None:
    rng = np.random.default_rng(0)
    emotion, draws = drifted(7500, rng), habits(6, rng)
    found = traced(emotion, 6, draws, rng)[0]
    assert np.abs(found).max() <= 1
    assert lags(found, 25.0) == pytest.approx(draws[:, 0] - 1.0, abs=1.0)
    assert 0.25 < emotion.std() < 0.5
    slow = np.abs(np.diff(emotion, axis=0)).max()
    assert slow < 0.05, "emotion drifts and does not jump"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("recordings=0", "is no option of the synthetic-continuous corpus; expected recordings="),
        ("clips=9", "is no option of the synthetic-continuous corpus"),
        ("shortest=20:longest=10", "got recordings of 20 to 10 s"),
        ("shortest=1", "expected 5 to 3600 s"),
    ],
)
def test_numbers_that_make_no_corpus_are_refused(options: str, why: str) -> None:
    with pytest.raises(BadCorpus, match=why):
        open_corpus(f"synthetic-continuous:{options}")
