"""Several corpora as one: nothing is taken for that of another, classes are those of all, and splits hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from seral_core.corpora.base import absolute_corpus, open_corpus
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index, toy_corpus
from seral_core.corpora.durations import durations_s
from seral_core.corpora.folds import splits
from seral_core.corpora.merged import balanced, merge
from seral_core.errors import BadCorpus, BadPlan
from seral_core.features.signals import Signals
from seral_core.runs.plan import Plan
from seral_core.runs.speech import corpus_of
from seral_core.types import Target


def acted(name: str, emotions: str, speakers: int = 2, scale: tuple[float, float] | None = None) -> Corpus:
    """A clip for each word in ``emotions``, by speakers in turn."""
    words = emotions.split()
    files = [f"{i}.wav" for i in range(len(words))]
    segments = pd.DataFrame(
        {"speaker": [str(i % speakers) for i in range(len(words))], "session": "1"}, index=segment_index(files)
    )
    rows = [(file, "emotion", "intended", word) for file, word in zip(files, words, strict=True)]
    task = [Target("emotion", tuple(dict.fromkeys(words)))]
    if scale:
        rows += [(file, "arousal", "r1", scale[1]) for file in files]  # type: ignore[misc]
        task.append(Target("arousal", low=scale[0], high=scale[1]))
    return Corpus(name, segments, rating_frame(rows), tuple(task))


GERMAN = acted("emodb", "anger sadness boredom anger neutral sadness anger anger")
ENGLISH = acted("ravdess", "neutral sadness calm anger fear anger")


def test_only_common_classes_are_kept_and_the_rest_is_noted() -> None:
    both = merge(GERMAN, ENGLISH)
    assert both.task == (Target("emotion", ("anger", "sadness", "neutral")),)
    assert both.gold("emotion").value_counts().to_dict() == {"anger": 6, "sadness": 3, "neutral": 2}
    assert any("ravdess: 2 of 6 clips have other classes" in note for note in both.notes)


def test_nothing_of_one_corpus_is_taken_for_that_of_another() -> None:
    both = merge(GERMAN, ENGLISH)
    assert both.ids[0], both.ids[-1] == ("emodb/0.wav", "ravdess/5.wav")
    assert both.about["speaker"].nunique() == 4
    assert set(both.about["session"]) == {"emodb/1", "ravdess/1"}
    assert both.about["corpus"].tolist() == [i.split("/")[0] for i in both.ids]
    assert set(both.ratings["rater"]) == {"intended"}
    voted = merge(toy_corpus(), toy_corpus())
    assert set(voted.of("emotion")["rater"]) == {f"{name}/r{i}" for name in ("toy", "toy-2") for i in (1, 2, 3)}
    assert voted.gold("arousal").tolist() == 2 * toy_corpus().gold("arousal").tolist()


def test_unknown_speakers_stay_unknown() -> None:
    unknown = replace(GERMAN, segments=GERMAN.segments.assign(speaker=None))
    assert merge(unknown, ENGLISH).about["speaker"].isna().sum() == 7


def test_classes_of_other_names_become_one() -> None:
    both = merge(GERMAN, ENGLISH, classes={"calm": "neutral", "Bored": "neutral"})
    assert both.gold("emotion")["emodb/2.wav"] == both.gold("emotion")["ravdess/2.wav"] == "neutral"
    assert len(both) == 13


def test_some_of_the_common_classes_may_be_named() -> None:
    both = merge(GERMAN, ENGLISH, only=("angry", "neutral"), ratio=1)
    assert both.gold("emotion").value_counts().to_dict() == {"anger": 2, "neutral": 2}
    with pytest.raises(BadCorpus, match="boredom is not in all corpora"):
        merge(GERMAN, ENGLISH, only=("anger", "boredom"))


@pytest.mark.parametrize(
    ("ratio", "counts"),
    [
        (1.0, {"anger": 2, "sadness": 2, "neutral": 2}),
        (1.5, {"anger": 3, "sadness": 3, "neutral": 2}),
        ({"angry": 2.0, "sadness": 1.0, "neutral": 1.0}, {"anger": 4, "sadness": 2, "neutral": 2}),
        (0.0, {"anger": 6, "sadness": 3, "neutral": 2}),
    ],
)
def test_classes_are_balanced_to_a_ratio(ratio: float, counts: dict[str, int]) -> None:
    both = merge(GERMAN, ENGLISH, ratio=ratio)
    assert both.gold("emotion").value_counts().to_dict() == counts
    assert both.ids == merge(GERMAN, ENGLISH, ratio=ratio).ids
    assert any("left out at random" in note for note in both.notes) == (ratio != 0)


def test_the_seed_decides_which_clips_are_left_out() -> None:
    assert len({merge(GERMAN, ENGLISH, ratio=1, seed=seed).ids for seed in range(9)}) > 1


def test_scales_of_other_ranges_are_refused_or_brought_to_the_first() -> None:
    wide, narrow = acted("a", "anger sadness", scale=(1, 9)), acted("b", "anger sadness", scale=(-1, 1))
    with pytest.raises(BadCorpus, match=r"arousal has different ranges \(a \[1, 9\], b \[-1, 1\]\)"):
        merge(wide, narrow)
    both = merge(narrow, wide, scales="map")
    assert both.target("arousal").high == 1
    assert both.gold("arousal").tolist() == [1.0] * 4
    assert any("brought to the first" in note for note in both.notes)


@pytest.mark.parametrize(
    ("corpora", "options", "complaint"),
    [
        ((GERMAN,), {}, "expected two or more"),
        ((GERMAN, acted("c", "fear joy")), {}, "0 classes that are in all corpora"),
        ((GERMAN, replace(ENGLISH, task=())), {}, "has no labels"),
        ((GERMAN, replace(toy_corpus(), task=toy_corpus().task[1:])), {}, "no target is in all corpora"),
        ((merge(GERMAN, ENGLISH), ENGLISH), {}, "merged already"),
        ((GERMAN, ENGLISH), {"ratio": 0.5}, "expected 1 or more"),
        ((GERMAN, ENGLISH), {"ratio": {"anger": 1.0}}, "for each class"),
        ((GERMAN, ENGLISH), {"scales": "maybe"}, "expected refuse or map"),
    ],
)
def test_what_cannot_be_merged_is_refused(corpora: tuple[Corpus, ...], options: dict, complaint: str) -> None:
    with pytest.raises(BadCorpus, match=complaint):
        merge(*corpora, **options)


def test_splits_by_speaker_hold_across_corpora_and_one_corpus_may_be_held_back() -> None:
    both = merge(GERMAN, ENGLISH)
    for split in splits(both, "speakers:2"):
        speakers = both.about["speaker"]
        assert not set(speakers[list(split.pool)]) & set(speakers[list(split.test)])
        assert not split.alarms
    assert [split.name for split in splits(both, "corpus")] == ["corpus=emodb", "corpus=ravdess"]
    assert set(both.about.loc[list(splits(both, "corpus=ravdess")[0].test), "corpus"]) == {"ravdess"}
    with pytest.raises(BadPlan, match="no known corpus"):
        splits(GERMAN, "corpus")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of tones with the same names below them: anger and sadness, and these and fear."""
    for place, (corpus, classes) in enumerate(
        {"one": ("anger", "sadness"), "two": ("anger", "fear", "sadness")}.items()
    ):
        for emotion in classes:
            (tmp_path / corpus / emotion).mkdir(parents=True)
            for i in range(2):
                tone = 0.1 * (place + 1) * np.sin(np.arange(8000 * (place + 1)) / 9)
                soundfile.write(tmp_path / corpus / emotion / f"{i}.wav", tone, 16000)
    return tmp_path / "one", tmp_path / "two"


def test_audio_of_each_corpus_is_found(folders: tuple[Path, Path]) -> None:
    both = open_corpus(f"merge:{folders[0]}, {folders[1]}")
    names = list(dict.fromkeys(both.about["corpus"]))
    assert len(both) == 8
    assert both.path(both.ids[0])[0] == folders[0] / "anger" / "0.wav"
    assert both.path(f"{names[1]}/anger/0.wav")[0] == folders[1] / "anger" / "0.wav"
    assert durations_s(both).groupby(both.about["corpus"]).mean().tolist() == [0.5, 1.0]
    assert np.abs(Signals(both)[both.ids[-1]]).max() == pytest.approx(0.2, abs=0.01)


def test_a_plan_names_merged_corpora_as_text(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders[0].parent)
    text = absolute_corpus("merge:one,two,ratio=1,map=fear/anger,only=anger/sadness")
    assert text == f"merge:{folders[0]},{folders[1]},ratio=1,map=fear/anger,only=anger/sadness"
    plan = Plan.from_toml(Plan(corpus=text).to_toml())
    assert corpus_of(plan).gold("emotion").value_counts().to_dict() == {"anger": 4, "sadness": 4}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("merge:one,,two", "empty part"),
        ("merge:one,two,ratio=much", "got 'ratio=much'"),
        ("merge:one,two,map=fear", "two classes after map="),
        ("merge:one,three", "'three' does not exist"),
        ("merge:one", "expected two or more"),
    ],
)
def test_odd_texts_are_refused(
    text: str, complaint: str, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folders[0].parent)
    with pytest.raises(BadCorpus, match=complaint):
        open_corpus(text)


def test_ranges_of_a_plan_reach_the_tables_that_are_merged(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pd.DataFrame({"file": ["x.wav", "y.wav"], "arousal": [2, 4]}).to_csv(tmp_path / f"{name}.csv", index=False)
    text = f"merge:{tmp_path}/a.csv,{tmp_path}/b.csv"
    assert corpus_of(Plan(corpus=text, ranges=("arousal=1:9",))).target("arousal").high == 9
    with pytest.raises(BadCorpus, match="expected none: its parts are recognised"):
        open_corpus(text, "table")


def test_balancing_needs_classes() -> None:
    with pytest.raises(BadCorpus, match="no classes to balance"):
        balanced(replace(toy_corpus(), task=toy_corpus().task[1:]), 1.0)
