"""Emotions and speakers are found in names of folders and files, or left empty, never guessed without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core.corpora.base import open_corpus, recognised
from seral_core.corpora.contract import check_reader
from seral_core.corpora.folds import splits
from seral_core.corpora.layouts import layout_of
from seral_core.corpora.readers.pattern import Pattern
from seral_core.corpora.words import noun
from seral_core.errors import BadCorpus
from tests.corpora.test_readers import folder_of, said

WORDS = ("angry", "sad")
#: Kinds of folders beside emotions that are no people: who rated, where, when, how, and which part.
NOBODY = (
    *(("judge1", "judge2"), ("Evaluator_X", "Evaluator_Y"), ("db05", "db15"), ("speed1", "echo2"), ("1998", "2003")),
    *(("2021-11-30", "2021-12-01"), ("Lisbon", "Vienna"), ("Polnisch", "Tschechisch"), ("near", "distant")),
    *(("friday", "sunday"), ("durchgang1", "durchgang2"), ("fold1", "fold2"), ("indoor", "outdoor"), ("100", "250")),
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *dict.fromkeys([("Wut", "anger"), ("colère", "anger"), ("rabbia", "anger"), ("enojo", "anger")]),
        *[("raiva", "anger"), ("öfke", "anger"), ("złość", "anger"), ("гнев", "anger"), ("生气", "anger")],
        *[("Freude", "happiness"), ("Kızgın", "anger"), ("tristesse", "sadness"), ("smutek", "sadness")],
        *[("ترس", "fear"), ("paura", "fear"), ("Überraschung", "surprise"), ("pleasant surprise", "surprise")],
        *[("whispered", "whispered"), ("Two Words", "two_words")],
    ],
)
def test_words_of_many_languages_are_the_field_s_nouns(word: str, expected: str) -> None:
    assert noun(word) == expected


def files(pattern: str, who: tuple[str, ...], words: tuple[str, ...] = WORDS) -> list[str]:
    return [pattern.format(who=w, what=e, n=n) for w in who for e in words for n in (1, 2)]


@pytest.mark.parametrize(
    ("names", "speakers"),
    [
        (files("{who}/{what}/{n}.wav", ("0101", "0102")), ["0101", "0102"]),
        (files("{who}/{what}/{n}.wav", ("anna", "ben")), ["anna", "ben"]),
        (files("{what}/{who}/{n}.wav", ("speaker1", "speaker2")), ["speaker1", "speaker2"]),
        (files("{what}/{who}/{n}.wav", ("spreker1", "spreker2"), ("blij", "boosheid")), ["spreker1", "spreker2"]),
        (files("{who}_{what}/{n}.wav", ("KLM", "XYZ")), ["KLM", "XYZ"]),
        (files("Actor{who}/{what}-{n}.wav", ("1", "2"), ("Traurigkeit", "Ekel")), ["Actor1", "Actor2"]),
        (files("{who}/{what}/{n}.wav", ("subject_A", "subject_B")), ["subject_A", "subject_B"]),
        (files("{who}/{what}/{n}.wav", ("Marta", "Piotr", "Xiulan")), ["Marta", "Piotr", "Xiulan"]),
        (files("Rosa/{what}_{n}.wav", ("",)) + files("Joy/joy_{what}_{n}.wav", ("",)), ["Joy", "Rosa"]),
        (files("samples/{who}_{what}_{n}.wav", ("QA0", "QB1"), ("gniew", "radość")), ["QA0", "QB1"]),
        (files("Session1/{who}/{what}/{n}.wav", ("диктор1", "диктор2"), ("страх", "грусть")), ["диктор1", "диктор2"]),
    ],
)
def test_speakers_are_found_where_each_has_several_emotions(names: list[str], speakers: list[str]) -> None:
    found = layout_of(names)
    assert len(found.emotions) == len(names)
    assert sorted(set(found.about["speaker"].values())) == speakers
    assert any("speakers are guessed from" in note and "--pattern" in note for note in found.notes)


@pytest.mark.parametrize(
    "names",
    [
        files("{what}_{who}/{n}.wav", ("01", "02")),  # takes, perhaps
        files("{what}/{who}/{n}.wav", ("faible", "fort"), ("colère", "joie")),
        files("{who}/{what}/{n}.wav", ("take1", "take2")),
        files("{who}/{what}/{n}.wav", ("RAVDESS", "TESS")),
        files("{what}/{who}/{n}.wav", ("scenario1", "scenario2")),
        files("{who}/{what}/{n}.wav", ("16k", "48k")),
        [f"{i:03d}_{WORDS[i % 2]}.wav" for i in range(8)],
        ["anna/angry/1.wav", "anna/angry/2.wav", "ben/sad/1.wav", "ben/sad/2.wav"],  # each has one emotion
        *(files("{who}/{what}/{n}.wav", who) for who in NOBODY),
        *(files("{what}/{who}/{n}.wav", who) for who in NOBODY[:4]),
        files("{who}_{what}_{n}.wav", ("cats", "frogs")),
        files("{who}_{what}_{n}.wav", ("SPA", "POR")),
    ],
)
def test_what_may_be_no_speaker_is_left_empty_and_an_alarm_tells(names: list[str], tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, names))
    assert corpus.segments["speaker"].isna().all()
    assert any(note.startswith("who speaks is not known") for note in corpus.notes)
    assert any("no known speaker" in alarm for alarm in splits(corpus, "speakers:2")[0].alarms)


def test_what_may_be_speakers_is_named_with_the_pattern_that_makes_them_so(tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, files("{who}/{what}_{n}.wav", ("Xiulan", "Olumide"))))
    (note,) = (note for note in corpus.notes if note.startswith("who speaks is not known"))
    assert "if it is Olumide, Xiulan (the folders above the emotions)" in note
    told = open_corpus(tmp_path, pattern=note.split("'")[1])
    assert sorted(told.segments["speaker"].unique()) == ["Olumide", "Xiulan"]
    assert told.task == corpus.task


@pytest.mark.parametrize("where", ["{who}/{who}_{what}_{n}.wav", "{who}/{n}_{what}.wav"])
def test_people_called_like_emotions_do_not_beat_the_emotions_in_names(where: str, tmp_path: Path) -> None:
    words = ("angry", "happy", "sad", "neutral")
    corpus = open_corpus(folder_of(tmp_path, files(where, ("Gioia", "Rabia"), words)))
    assert corpus.task[0].classes == ("anger", "happiness", "neutral", "sadness")
    assert corpus.gold("emotion").value_counts().tolist() == [4] * 4
    assert sorted(corpus.segments["speaker"].unique()) == ["Gioia", "Rabia"]
    assert any("say different emotions" in n and "those of names are taken" in n for n in corpus.notes)


def test_sentences_about_emotions_do_not_beat_folders_and_are_noted(tmp_path: Path) -> None:
    names = [f"{e}/{w}_{n}.wav" for e in (*WORDS, "happy") for w in ("sad_story", "mad_dog") for n in (1, 2)]
    corpus = open_corpus(folder_of(tmp_path, names))
    assert corpus.gold("emotion")["happy/mad_dog_1.wav"] == "happiness"
    assert any("say different emotions" in n and "those of folders are taken" in n for n in corpus.notes)


@pytest.mark.parametrize(
    ("folders", "first"), [(("angry", "not_angry"), "not_angry"), (("sad_to_happy", "neutral"), "sad_to_happy")]
)
def test_emotions_that_are_denied_or_change_are_no_labels_and_the_remedy_makes_them_some(
    folders: tuple[str, ...], first: str, tmp_path: Path
) -> None:
    folder_of(tmp_path, files("{what}/{n}.wav", ("",), folders))
    (note,) = open_corpus(tmp_path).notes
    assert f"names such as {first} deny an emotion or say several" in note
    told = open_corpus(tmp_path, pattern=note.split("'")[1])
    assert len(told.task[0].classes) == 2


def test_folders_of_parts_and_sexes_are_no_speakers() -> None:
    found = layout_of([f"{part}/{sex}/{e}/1.wav" for part in ("train", "val") for sex in "mf" for e in WORDS])
    assert {column: sorted(set(values.values())) for column, values in found.about.items()} == {
        "sex": ["female", "male"],
        "split": ["dev", "train"],
    }


def test_recordings_with_one_emotion_in_their_names_have_no_labels(tmp_path: Path) -> None:
    folder_of(tmp_path, ["happy_birthday_1.wav", "happy_birthday_2.wav", "interview.wav"])
    assert recognised(tmp_path).name == "folder"


def test_a_folder_that_is_no_emotion_is_named(tmp_path: Path) -> None:
    names = files("{what}/{who}_{n}.wav", ("a", "b", "c", "d", "e"))
    corpus = open_corpus(folder_of(tmp_path, [*names, "humming/1.wav"]))
    assert corpus.task[0].classes == ("anger", "humming", "sadness")
    assert any("humming (1)" in note for note in corpus.notes)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("YAF_angry/YAF_bean_angry.wav", {"speaker": "YAF", "emotion": "anger", "sex": "female"}),
        ("0007/Surprise/0007_001401.wav", {"speaker": "0007", "emotion": "surprise", "language": "zh"}),
        ("0013/Sad/evaluation/0013_001052.wav", {"speaker": "0013", "emotion": "sadness", "split": "dev"}),
        ("Peur/Fort/12-P-2-6.wav", {"speaker": "12", "emotion": "fear", "sex": "female", "intensity": "strong"}),
        ("female2_excited_3b_1.wav", {"speaker": "female2", "emotion": "excitement", "sex": "female"}),
        ("male/M07H03.wav", {"speaker": "M07", "emotion": "happiness", "sex": "male"}),
        ("josh/Sleepy/sleepiness_57-84_0071.wav", {"speaker": "josh", "emotion": "sleepiness", "sex": "male"}),
        ("jenie_Amused/amused_1-28_0004.wav", {"speaker": "jenie", "emotion": "amusement"}),
        ("actor_31/03-01-12-02-05-31-02-02-01.wav", {"speaker": "31", "emotion": "disappointment"}),
        ("m3/pau-m3-n2.wav", {"speaker": "m3", "emotion": "fear"}),
        ("Actor_09/03-01-06-02-01-02-09_8000Hz.wav", {"speaker": "09", "emotion": "fear", "intensity": "strong"}),
        ("wav_24k/ravdess-03-01-03-01-01-01-02.flac", {"speaker": "02", "emotion": "happiness"}),
        ("DC_sa07_mono.wav", {"speaker": "DC", "emotion": "sadness"}),
    ],
)
def test_corpora_in_circulation_open_with_their_speakers(file: str, expected: dict[str, str], tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, [file]))
    assert expected.items() <= said(corpus, file).items()


def test_a_copy_at_another_sampling_rate_is_left_out(tmp_path: Path) -> None:
    corpus = open_corpus(
        folder_of(tmp_path, ["Actor_01/03-01-01-01-01-01-01.wav", "Actor_01/03-01-01-01-01-01-01_16k.wav"])
    )
    assert corpus.ids == ("Actor_01/03-01-01-01-01-01-01.wav",)
    assert any("copies of another" in note for note in corpus.notes)


def test_a_code_whose_meaning_is_not_known_is_no_label(tmp_path: Path) -> None:
    folder_of(tmp_path, [f"actor_01/03-01-{code}-01-02-01-02-01-01.wav" for code in ("03", "05", "13")])
    corpus = open_corpus(tmp_path)
    assert corpus.gold("emotion").fillna("").tolist() == ["happiness", "anger", ""]
    assert "1 files have no emotion whose meaning is known" in corpus.notes


@pytest.mark.parametrize(
    ("pattern", "file", "expected"),
    [
        ("{speaker}_{emotion}_{take}.wav", "in/anna_ANGRY_3.WAV", {"speaker": "anna", "emotion": "ANGRY", "take": "3"}),
        ("{speaker}/{emotion}/*.wav", "a/7/sad/x_y.wav", {"speaker": "7", "emotion": "sad"}),
        ("{speaker}/{speaker}_{emotion}*", "7/7_sad_9.flac", {"speaker": "7", "emotion": "sad"}),
        ("{speaker}/{speaker}_{emotion}*", "7/8_sad_9.flac", None),
        ("{sex:1}{_:2}{emotion:1}{_}", "M01W03.ogg", {"sex": "M", "emotion": "W"}),
        ("{speaker}_{emotion}.wav", "anna_b_sad.wav", None),
        ("{speaker}_{emotion}.wav", "anna_sad.flac", None),
    ],
)
def test_a_pattern_says_what_the_parts_of_names_are(pattern: str, file: str, expected: dict[str, str] | None) -> None:
    assert Pattern(pattern).parse(file) == expected


@pytest.mark.parametrize("pattern", ["{speaker}_*_*_*_*", "*{a}*{b}x.wav", "{speaker}/****{emotion:3}.wav"])
def test_a_pattern_that_can_be_read_in_too_many_ways_is_refused(pattern: str) -> None:
    with pytest.raises(BadCorpus, match=r"more than 3 parts of any length in one name.* write \{_\} between signs"):
        Pattern(pattern).parse(f"a{'_a' * 20}.wav")


def test_parts_of_any_length_are_counted_by_name() -> None:
    assert Pattern("*/*/*/*/{emotion}_*").parse("a/b/c/d/sad_1.wav") == {"emotion": "sad"}
    assert Pattern("{_}_{_}_{_}_{_}_{emotion}_*").parse("a_b_c_d_sad_1_2.wav") == {"emotion": "sad"}


def test_a_corpus_opens_by_a_pattern_and_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    names = [f"p{s}/{e}_{a}_x{n}.wav" for s in (1, 2) for e, a in (("wut", 5), ("ruhig", 1)) for n in (1, 2)]
    folder_of(tmp_path, [*names, "notes.wav"])
    corpus = open_corpus(tmp_path, pattern="{speaker}/{emotion}_{arousal}_{take}.wav")
    assert said(corpus, names[0]) == {"speaker": "p1", "take": "x1", "emotion": "anger", "arousal": 5}
    assert corpus.task[0].classes == ("anger", "calm")
    assert (
        "1 files left out, their names do not fit {speaker}/{emotion}_{arousal}_{take}.wav: notes.wav" in corpus.notes
    )
    check_reader(Pattern("{speaker}/{emotion}_{arousal}_*"), tmp_path)


def test_codes_of_a_pattern_are_named_and_given_their_meaning(tmp_path: Path) -> None:
    folder_of(tmp_path, ["s1_W1.wav", "s1_N1.wav", "s2_W2.wav", "s2_X1.wav"])
    pattern = "{speaker}_{emotion:1}{take}.wav"
    assert any(
        "classes of emotion are letters: n, w, x; give" in note for note in open_corpus(tmp_path, pattern=pattern).notes
    )
    corpus = open_corpus(tmp_path, pattern=pattern, words={"W": "anger", "N": "neutral", "X": ""})
    assert corpus.gold("emotion").fillna("").tolist() == ["neutral", "anger", "anger", ""]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{speaker}{emotion}.wav", "has nothing between speaker and emotion"),
        ("*.wav", "has no field"),
        ("{file}_{emotion}.wav", "has a field file, a name that SERAL uses itself"),
        ("{speaker}-{emotion}.wav", "no file below .* fits"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused(pattern: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=words):
        open_corpus(folder_of(tmp_path, ["anna_sad.wav"]), pattern=pattern)


def test_the_reader_of_patterns_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=r"needs a pattern of names; got none; give it, such as --pattern"):
        open_corpus(folder_of(tmp_path, ["anna_sad.wav"]), reader="pattern")
