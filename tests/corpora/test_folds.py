"""Pool and test share no speaker; where that is not possible, a message says so."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index, toy_corpus
from seral_core.corpora.folds import Split, splits
from seral_core.errors import BadPlan, UnknownName
from seral_core.types import Target


def corpus_of(
    speakers: list[str | None],
    *,
    session: list[str | None] | None = None,
    sex: list[str | None] | None = None,
    split: list[str | None] | None = None,
    emotion: list[str] | None = None,
) -> Corpus:
    files = [f"{i:03d}.wav" for i in range(len(speakers))]
    about = {"speaker": speakers, "session": session, "sex": sex, "split": split}
    segments = pd.DataFrame(about, index=segment_index(files), dtype=object)
    emotion = emotion or ["anger"] * len(files)
    ratings = rating_frame((f, "emotion", "gold", e) for f, e in zip(files, emotion, strict=True))
    return Corpus("made", segments, ratings, (Target("emotion", tuple(sorted(set(emotion)))),))


def speakers_of(corpus: Corpus, part: tuple[str, ...]) -> set[str]:
    return set(corpus.about.loc[list(part), "speaker"].dropna())


def by_speaker(corpus: Corpus, found: list[Split]) -> list[set[str]]:
    return [speakers_of(corpus, split.test) for split in found]


@given(
    speakers=st.lists(st.sampled_from("abcdefghij"), min_size=2, max_size=60).filter(lambda s: len(set(s)) > 1),
    groups=st.integers(2, 12),
    sexes=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_pool_and_test_are_disjoint_cover_all_and_share_no_speaker(
    speakers: list[str], groups: int, sexes: bool, seed: int
) -> None:
    sex = ["female" if s < "e" else "male" for s in speakers] if sexes else None
    corpus = corpus_of(list(speakers), sex=list(sex) if sex else None)
    found = splits(corpus, f"speakers:{groups}", seed=seed)
    assert len(found) == min(groups, len(set(speakers)))
    for split in found:
        assert set(split.pool) | set(split.test) == set(corpus.ids)
        assert not set(split.pool) & set(split.test)
        assert not speakers_of(corpus, split.pool) & speakers_of(corpus, split.test)
        assert split.alarms == ()
    assert sorted(i for split in found for i in split.test) == sorted(corpus.ids)


def test_groups_are_balanced_in_clips_and_sex() -> None:
    speakers = [f"{s:02d}" for s in range(10) for _ in range(10 + s)]
    corpus = corpus_of(list(speakers), sex=["female" if int(s) < 5 else "male" for s in speakers])
    for split in splits(corpus, "speakers:5"):
        assert sorted(corpus.about.loc[list(split.test)].drop_duplicates("speaker")["sex"]) == ["female", "male"]
        assert len(split.test) == 29


def test_the_same_seed_gives_the_same_groups_and_another_one_others() -> None:
    corpus = corpus_of([f"{i % 12:02d}" for i in range(120)])
    assert splits(corpus, seed=3) == splits(corpus, seed=3)
    assert by_speaker(corpus, splits(corpus, seed=3)) != by_speaker(corpus, splits(corpus, seed=4))


def test_fewer_speakers_than_groups_are_left_out_one_by_one() -> None:
    found = splits(corpus_of(["a", "b", "c"] * 4), "speakers:5")
    assert [split.name for split in found] == ["speaker=a", "speaker=b", "speaker=c"]


def test_unknown_speakers_are_an_alarm_and_clips_are_dealt_within_classes() -> None:
    corpus = corpus_of([None] * 40, emotion=["anger"] * 30 + ["fear"] * 10)
    found = splits(corpus)
    for split in found:
        assert corpus.gold("emotion").loc[list(split.test)].value_counts().to_dict() == {"anger": 6, "fear": 2}
        assert any("does not know its speakers" in alarm for alarm in split.alarms)
        assert any("cannot be checked" in alarm for alarm in split.alarms)
    assert sorted(i for split in found for i in split.test) == sorted(corpus.ids)


def test_a_single_speaker_is_an_alarm_that_names_them() -> None:
    found = splits(corpus_of(["a"] * 10))
    assert any("both in pool and test: a" in alarm for alarm in found[0].alarms)


def test_some_unknown_speakers_stay_together_and_are_an_alarm() -> None:
    corpus = corpus_of(["a", "b", "c", None] * 5)
    found = splits(corpus, "speakers:2")
    unknown = set(corpus.about.index[corpus.about["speaker"].isna()])
    for split in found:
        assert unknown <= set(split.pool) or unknown <= set(split.test)
        assert any("5 segments have no known speaker" in alarm for alarm in split.alarms)


def test_a_session_is_left_out_and_shared_speakers_are_named() -> None:
    corpus = corpus_of(["a", "b", "b", "c"], session=["1", "1", "2", "2"])
    first, second = splits(corpus, "session")
    assert (first.test, second.test) == (("000.wav", "001.wav"), ("002.wav", "003.wav"))
    assert first.alarms == ("1 speaker is both in pool and test: b; scores will look better than on new speakers",)


@pytest.mark.parametrize("asked", ["Ses05", "ses05", "5", "05", "Ses5", " Ses05 "])
def test_a_session_is_found_by_any_way_to_write_it(asked: str) -> None:
    corpus = corpus_of(["a", "b", "c"], session=["Ses01", "Ses04", "Ses05"])
    assert splits(corpus, f"session={asked}") == [Split("session=Ses05", ("000.wav", "001.wav"), ("002.wav",))]


def test_several_names_make_one_test_part() -> None:
    corpus = corpus_of(["03", "09", "10"])
    assert splits(corpus, "speaker=9,10")[0].test == ("001.wav", "002.wav")


def test_a_number_that_fits_two_names_is_asked_back() -> None:
    with pytest.raises(BadPlan, match="speaker '5' may be Ses05F5 or Ses06F5; write out"):
        splits(corpus_of(["Ses05F5", "Ses06F5", "Ses01M1"]), "speaker=5")


@pytest.mark.parametrize("asked", ["speaker=99", "speaker=x", "session=Sex05"])
def test_a_name_that_is_not_in_the_corpus_lists_those_that_are(asked: str) -> None:
    corpus = corpus_of(["03", "09"], session=["Ses05", "Ses04"])
    with pytest.raises(UnknownName, match=r"known: (03, 09|Ses04, Ses05)"):
        splits(corpus, asked)


@pytest.mark.parametrize(
    ("given", "test"),
    [
        (["train", "dev", "test"], ("002.wav",)),
        (["Train", "Development", "Test1"], ("002.wav",)),
        (["train", "train", "validation"], ("002.wav",)),
        (["development", "development", "evaluation"], ("002.wav",)),
        (["train", None, "test"], ("002.wav",)),
    ],
)
def test_the_given_split_is_taken(given: list[str | None], test: tuple[str, ...]) -> None:
    split = splits(corpus_of(["a", "b", "c"], split=given), "given")[0]
    assert split.test == test
    assert set(split.pool) == {"000.wav", "001.wav"}


def test_a_given_split_that_shares_a_speaker_is_an_alarm() -> None:
    split = splits(corpus_of(["a", "b", "a"], split=["train", "train", "test"]), "given")[0]
    assert "both in pool and test: a" in split.alarms[0]


def test_nothing_is_held_back_on_request() -> None:
    assert splits(toy_corpus(), "none") == [Split("none", toy_corpus().ids, ())]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("given", "comes with no split"),
        ("session", "no known session"),
        ("session=5", "no session is known"),
        ("speakers:1", "expected 2 or more"),
        ("speakers:x", "expected 2 or more"),
        ("speaker=", "names no test part"),
        ("speaker=01,02", "leaves the pool of toy empty"),
    ],
)
def test_a_split_that_cannot_be_is_an_error_with_a_remedy(how: str, message: str) -> None:
    with pytest.raises(BadPlan, match=message):
        splits(toy_corpus(), how)


def test_a_misspelt_way_to_split_lists_the_ways() -> None:
    with pytest.raises(UnknownName, match="did you mean 'session'"):
        splits(toy_corpus(), "sesion")


def test_a_corpus_without_labels_splits_as_well() -> None:
    corpus = toy_corpus()
    bare = Corpus("bare", corpus.segments.assign(speaker=None), rating_frame([]), ())
    assert len(splits(bare)) == 4


def test_real_emodb_has_a_woman_and_a_man_in_every_group(real_data: Path) -> None:
    corpus = open_corpus(real_data / "emodb")
    for split in splits(corpus):
        assert sorted(corpus.about.loc[list(split.test)].drop_duplicates("speaker")["sex"]) == ["female", "male"]
        assert split.alarms == ()
    assert len(splits(corpus, "speaker")) == 10


def test_two_of_five_sessions_are_held_back_in_every_choice() -> None:
    corpus = corpus_of(["a", "b", "c", "d", "e"] * 2, session=["1", "2", "3", "4", "5"] * 2)
    found = splits(corpus, "2 of 5")
    assert len(found) == 10
    held = {frozenset(corpus.about.loc[list(split.test), "session"]) for split in found}
    assert len(held) == 10
    assert all(len(sessions) == 2 for sessions in held)
    assert found[0].name == "2 of 5: 1 + 2"


@pytest.mark.parametrize(("sessions", "partitions", "held"), [(3, 3, 1), (4, 6, 2), (5, 10, 2), (12, 10, None)])
def test_other_numbers_of_sessions_keep_the_proportion(sessions: int, partitions: int, held: int | None) -> None:
    names = [f"{i:02d}" for i in range(sessions)]
    corpus = corpus_of([f"s{name}" for name in names] * 3, session=list(names) * 3)
    found = splits(corpus, "2 of 5")
    assert len(found) == partitions
    for split in found:
        assert split.alarms == ()
        if held:
            assert corpus.about.loc[list(split.test), "session"].nunique() == held
        else:
            assert 0.3 <= len(split.test) / len(corpus) <= 0.5


def test_sessions_that_share_speakers_are_not_taken_apart_by_session() -> None:
    speakers = ["a", "b", "c", "d", "e", "f"] * 3
    corpus = corpus_of(list(speakers), session=[str(i // 6) for i in range(18)])
    for split in splits(corpus, "2 of 5"):
        assert split.alarms == ()
        assert not speakers_of(corpus, split.pool) & speakers_of(corpus, split.test)


@settings(deadline=None)
@given(st.lists(st.sampled_from([*"abcdefghij", None]), min_size=2, max_size=40).filter(lambda s: len(set(s)) > 1))
def test_choices_of_groups_cover_all_and_share_no_speaker(speakers: list[str | None]) -> None:
    corpus = corpus_of(list(speakers))
    for split in splits(corpus, "2 of 5"):
        assert set(split.pool) | set(split.test) == set(corpus.ids)
        assert not set(split.pool) & set(split.test)
        if len(set(speakers) - {None}) > 1:
            assert not speakers_of(corpus, split.pool) & speakers_of(corpus, split.test)


def test_a_choice_of_all_groups_is_refused() -> None:
    with pytest.raises(BadPlan, match="2 of 5"):
        splits(toy_corpus(), "5 of 5")
