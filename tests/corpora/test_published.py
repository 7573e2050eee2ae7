"""IEMOCAP and MSP-Podcast open as they are published: the consensus is the gold, and raters are raters."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from seral_core.corpora.base import open_corpus
from seral_core.corpora.folds import splits
from tests.corpora.published import DETAILED, chosen, form, iemocap_of, msp_of

CLIP = "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_{}.wav"


def test_iemocap_gives_the_published_consensus_and_the_evaluators(tmp_path: Path) -> None:
    corpus = open_corpus(iemocap_of(tmp_path))
    gold = corpus.gold("emotion")
    assert gold[CLIP.format("F000")] == "neutral"
    assert gold[CLIP.format("M000")] == "anger"
    assert pd.isna(gold[CLIP.format("M001")])
    assert sorted(gold.dropna().unique()) == ["anger", "excitement", "neutral", "other"]
    assert corpus.votes("emotion").loc[CLIP.format("F000")].to_dict() == {
        "anger": 0, "excitement": 0, "frustration": 1, "happiness": 0, "neutral": 2, "other": 0, "sadness": 0,
    }  # fmt: skip
    assert set(corpus.of("emotion")["rater"]) == {"E1", "E2", "E3", "E4"}
    assert "5 clips have no gold, evaluators did not agree (xxx)" in corpus.notes
    (several,) = (note for note in corpus.notes if note.startswith("5 votes name several emotions"))
    assert several.endswith("soft labels lack the other choices")


def test_iemocap_scales_are_the_means_of_evaluators_without_the_actors(tmp_path: Path) -> None:
    corpus = open_corpus(iemocap_of(tmp_path))
    assert {t.name: (t.low, t.high) for t in corpus.task[1:]} == dict.fromkeys(
        ("arousal", "valence", "dominance"), (1, 5)
    )
    assert [corpus.gold(name)[CLIP.format("F000")] for name in ("arousal", "valence", "dominance")] == [3, 2.5, 2]
    assert "10 evaluations by the actors themselves are left out" in corpus.notes


def test_iemocap_is_split_by_session_and_no_speaker_is_on_both_sides(tmp_path: Path) -> None:
    corpus = open_corpus(iemocap_of(tmp_path))
    assert corpus.about.loc[CLIP.format("M000"), ["speaker", "session", "sex"]].tolist() == ["Ses01M", "Ses01", "male"]
    folds = splits(corpus, "session")
    assert [fold.name for fold in folds] == [f"session=Ses0{n}" for n in range(1, 6)]
    assert not any(fold.alarms for fold in folds)


def test_votes_never_change_what_was_published(tmp_path: Path) -> None:
    turns = [
        ("Ses01F_impro02_F000", "xxx", chosen("Sadness", "Sadness; Anger", "Anger")),
        ("Ses01F_impro02_F001", "hap", chosen("Sadness", "Sadness", "Happiness")),
        ("Ses01F_impro02_F002", "xxx", chosen("Sadness", "Sadness", "Fear")),
    ]
    form(tmp_path, 1, "Ses01F_impro02", turns)
    corpus = open_corpus(tmp_path)
    assert corpus.gold("emotion").fillna("").tolist() == ["", "happiness", ""]
    assert any(note.startswith("2 clips have another majority than the published consensus") for note in corpus.notes)


def test_recordings_of_iemocap_that_are_not_there_are_counted(tmp_path: Path) -> None:
    folder = iemocap_of(tmp_path / "IEMOCAP_full_release")
    (folder / CLIP.format("F000")).unlink()
    corpus = open_corpus(tmp_path)
    assert len(corpus) == 24
    assert corpus.notes[0].startswith(
        "1 of 25 recordings are not there and are left out: IEMOCAP_full_release/Session1/"
    )
    for path in folder.glob("Session*/sentences/wav/*/*.wav"):
        path.unlink()
    without = open_corpus(tmp_path)
    assert (len(without), without.root) == (25, None)


WORKERS = {"WORKER1": "Neutral", "WORKER2": "Neutral", "WORKER3": "Other-annoyed"}
LINES = (
    "MSP-PODCAST_0001_0008.wav; N; A:2.500000; V:4.000000; D:4.500000;\n"
    "WORKER1; Neutral; Neutral,Concerned,; A:2.000000; V:4.000000; D:4.000000;\n"
    "WORKER2; Neutral; Neutral; A:3.000000; V:4.000000; D:5.000000;\n"
    "WORKER3; Other-annoyed; Annoyed; A:2.000000; V:4.000000; D:4.000000;\n"
)
JSON = json.dumps(
    {
        "MSP-PODCAST_0001_0008.wav": {
            worker: {"EmoClass_Major": said, "EmoClass_Second": said, "EmoAct": act, "EmoVal": "4", "EmoDom": "4"}
            for (worker, said), act in zip(WORKERS.items(), "232", strict=True)
        }
    }
)


@pytest.mark.parametrize(
    ("name", "text"),
    [("labels_detailed.csv", DETAILED), ("labels.txt", LINES), ("labels_detailed.json", JSON)],
)
def test_msp_podcast_gives_the_consensus_and_the_workers(name: str, text: str, tmp_path: Path) -> None:
    corpus = open_corpus(msp_of(tmp_path, text, name))
    first, second, third = corpus.ids
    gold = corpus.gold("emotion")
    assert (gold[first], gold[third], pd.isna(gold[second])) == ("neutral", "anger", True)
    votes = corpus.of("emotion").query("segment == @first")
    assert dict(zip(votes["rater"], votes["value"], strict=True)) == {
        "WORKER1": "neutral", "WORKER2": "neutral", "WORKER3": "other",
    }  # fmt: skip
    assert corpus.gold("arousal")[first] == pytest.approx(7 / 3)
    assert (corpus.target("arousal").low, corpus.target("arousal").high) == (1, 7)
    assert corpus.gold("valence")[third] == 2
    about = corpus.about
    assert about["speaker"].isna().tolist() == [False, True, False]
    assert about["sex"].tolist() == ["female", "male", "male"]
    assert about["split"].tolist() == ["train", "test1", "dev"]
    assert splits(corpus, "given")[0].test == (second,)


def test_msp_podcast_without_single_votes_has_the_consensus(tmp_path: Path) -> None:
    corpus = open_corpus(msp_of(tmp_path, ""))
    assert corpus.gold("emotion").fillna("").tolist() == ["neutral", "", "anger"]
    assert corpus.gold("dominance").tolist() == [4.5, 4, 6]
    assert "no votes of single workers are there; labels are the consensus" in corpus.notes
