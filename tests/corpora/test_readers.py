"""Every layout of recordings and labels opens, and what does not fit is refused with a sentence."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from seral_core import unpacking
from seral_core.corpora.base import open_corpus, readers, recognised
from seral_core.corpora.contract import check_reader
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.durations import durations_s
from seral_core.corpora.files import audio_files
from seral_core.corpora.readers.table import Table
from seral_core.errors import BadCorpus, MissingExtra, SeralError, UnknownName
from seral_core.exchange import import_labels
from seral_core.store import LabelStore
from tests.corpora.published import iemocap_of, msp_of
from tests.corpora.published_traces import music, recola, sewa

EMODB = ["wav/03a01Fa.wav", "wav/03a02Wb.wav", "wav/08b01Ta.wav", "wav/16a05Nd.flac"]
RAVDESS = [f"Actor_{a:02d}/03-01-{e:02d}-01-01-01-{a:02d}.wav" for a in (1, 2) for e in range(1, 9)]
SAVEE = ["DC/a01.wav", "DC/sa02.wav", "JK/su03.wav", "JK/n30.wav"]
CREMAD = ["AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1001_IEO_SAD_HI.wav", "AudioWAV/1002_TIE_NEU_XX.wav"]
SORTED = ["happy/one.wav", "happy/two.wav", "Sad/one.wav", "Sad/deep/two.wav"]
PLAIN = ["one.wav", "below/two.flac"]


def folder_of(place: Path, files: list[str], seconds: float = 0.1) -> Path:
    for file in files:
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(place / file, np.zeros(round(1000 * seconds)), 1000)
    return place


def table_of(place: Path, text: str, name: str = "labels.csv") -> Path:
    (place / name).write_text(text, encoding="utf-8")
    return place / name


def said(corpus: Corpus, segment: str) -> dict[str, object]:
    row = corpus.segments.set_axis(list(corpus.ids)).loc[segment]
    return {**row.dropna().to_dict(), **{t.name: corpus.gold(t.name)[segment] for t in corpus.task}}


def small_cases(place: Path) -> dict[str, Path]:
    """Something small that each reader opens."""
    cases = {
        "emodb": EMODB,
        "ravdess": RAVDESS,
        "savee": SAVEE,
        "cremad": CREMAD,
        "folder-per-class": SORTED,
        "tess": [f"{who}_{e}/{who}_back_{e}.wav" for who in ("OAF", "YAF") for e in ("angry", "sad")],
        "cafe": ["Colère/Fort/01-C-2-1.wav", "Neutre/02-N-0-1.wav"],
        "jl": ["male1_angry_1a_1.wav", "female2_sad_14b_2.wav"],
        "shemo": ["female/F01A01.wav", "male/M02W02.wav"],
        "emovo": ["f1/rab-f1-b1.wav", "m2/gio-m2-l3.wav"],
        "esd": ["0001/Angry/0001_000351.wav", "0012/悲伤/0012_001051.wav"],
        "emovdb": ["bea/Amused/amused_1-15_0001.wav", "sam_Angry/anger_1-28_0002.wav"],
        "asvp-esd": ["actor_01/03-01-05-01-02-01-02-01-01-16.wav", "actor_02/03-02-13-01-02-02-02-01-01.wav"],
        "folder": PLAIN,
    }
    paths = {name: folder_of(place / name, files) for name, files in cases.items()}
    (place / "table").mkdir()
    paths["table"] = table_of(place / "table", "file,speaker,emotion,arousal\na.wav,1,angry,0.5\nb.wav,2,sad,-0.5\n")
    paths["audformat"] = database_of(place / "audformat")
    paths["project"] = labelled(place / "project")
    paths["iemocap"] = iemocap_of(place / "iemocap")
    paths["msp-podcast"] = msp_of(place / "msp-podcast")
    paths |= {"recola": recola(place / "recola"), "sewa": sewa(place / "sewa"), "emotion-in-music": music(place / "m")}
    return paths


def labelled(place: Path) -> Path:
    from seral_core.studio.testing import answered, made_project

    place.mkdir()
    return answered(made_project(12, folder=place), 5)


def database_of(place: Path) -> Path:
    audformat = pytest.importorskip("audformat", reason="the audformat extra is not installed")
    db = audformat.Database("small", license="CC0-1.0")
    db.schemes["emotion"] = audformat.Scheme("str", labels=["anger", "sadness"])
    db.schemes["arousal"] = audformat.Scheme("float", minimum=1, maximum=5)
    db.schemes["speaker"] = audformat.Scheme("str", labels={"s1": {"gender": "female"}, "s2": {"gender": "male"}})
    db.schemes["transcript"] = audformat.Scheme("str")
    db.splits["train"] = audformat.Split("train")
    db.splits["test"] = audformat.Split("test")
    for rater in ("ann", "bob"):
        db.raters[rater] = audformat.Rater("human")
    files = audformat.filewise_index(["a.wav", "b.wav"])
    db["files"] = audformat.Table(files)
    db["files"]["speaker"] = audformat.Column(scheme_id="speaker")
    db["files"]["speaker"].set(["s1", "s2"])
    db["files"]["said"] = audformat.Column(scheme_id="transcript")
    db["files"]["said"].set(["one", "two"])
    for split, file, emotion in (("train", "a.wav", "anger"), ("test", "b.wav", "sadness")):
        table = audformat.Table(audformat.segmented_index([file] * 2, ["0s", "1s"], ["1s", "2s"]), split_id=split)
        db[f"labels.{split}"] = table
        for rater, values in (("ann", [emotion, emotion]), ("bob", [emotion, "anger"])):
            table[rater] = audformat.Column(scheme_id="emotion", rater_id=rater)
            table[rater].set(values)
        table["arousal"] = audformat.Column(scheme_id="arousal", rater_id="ann")
        table["arousal"].set([2.0, np.nan])
    db.save(str(place))
    return place


#: All but the one that needs a pattern from the user; see test_layouts.py.
READERS = [name for name in readers if name != "pattern"]


@pytest.mark.parametrize("name", READERS)
def test_every_reader_keeps_the_contract(name: str, tmp_path: Path) -> None:
    cases = small_cases(tmp_path)
    assert name in cases, f"add something small that reader {name} opens to small_cases"
    check_reader(readers[name], cases[name])


@pytest.mark.parametrize("name", READERS)
def test_every_layout_is_recognised_as_its_own(name: str, tmp_path: Path) -> None:
    assert recognised(small_cases(tmp_path)[name]).name == name


def test_emodb_names_give_speaker_sex_text_and_emotion(tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, EMODB))
    assert corpus.ids == tuple(sorted(EMODB))
    happy = said(corpus, "wav/03a01Fa.wav")
    assert happy == {"speaker": "03", "sex": "male", "text": "a01", "version": "a", "emotion": "happiness"}
    assert said(corpus, "wav/08b01Ta.wav")["sex"] == "female"
    assert "Burkhardt" in corpus.citation


def test_emodb_names_are_read_in_any_case(tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, ["03A01FA.WAV", "03a01wa.Flac"]))
    assert [said(corpus, i)["emotion"] for i in corpus.ids] == ["happiness", "anger"]


def test_ravdess_names_give_all_seven_parts(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [*RAVDESS, "Actor_02/03-02-05-02-02-02-02.wav"])
    corpus = open_corpus(folder)
    assert len(corpus.task[0].classes) == 8
    assert said(corpus, "Actor_02/03-02-05-02-02-02-02.wav") == {
        "speaker": "02", "sex": "female", "channel": "song", "intensity": "strong", "statement": "02",
        "repetition": "02", "emotion": "anger",
    }  # fmt: skip


def test_ravdess_films_are_not_taken_for_speech(tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, [*RAVDESS, "Actor_01/01-01-05-01-01-01-01.wav"]))
    assert len(corpus) == len(RAVDESS)
    assert any("01-01-05-01-01-01-01.wav" in note for note in corpus.notes)


@pytest.mark.parametrize("files", [SAVEE, [f.replace("/", "_") for f in SAVEE]])
def test_savee_opens_with_speakers_as_folders_and_as_prefixes(files: list[str], tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, files))
    assert corpus.name == "savee"
    assert said(corpus, files[1])["emotion"] == "sadness"
    assert set(corpus.segments["speaker"]) == {"DC", "JK"}


def test_cremad_without_votes_has_the_intended_emotion(tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, CREMAD))
    assert [t.name for t in corpus.task] == ["emotion"]
    assert said(corpus, "AudioWAV/1001_IEO_SAD_HI.wav")["emotion"] == "sadness"


@pytest.mark.parametrize("modality", [True, False])
def test_cremad_votes_become_raters_of_what_was_heard(modality: bool, tmp_path: Path) -> None:
    folder_of(tmp_path, CREMAD)
    votes = pd.DataFrame(
        [
            [100001, 1, 0, 0, 0, 3, 0, "1001_DFA_ANG_XX"],
            [100002, 0, 0, 0, 0, 1, 4, "1001_IEO_SAD_HI"],
            [200001, 9, 0, 0, 0, 0, 0, "1001_DFA_ANG_XX"],
        ],
        columns=["qid" if modality else "", *"ADFHNS", "fileName"],
    )
    if modality:
        votes["modality"] = ["voice", "voice", "face"]
    votes.to_csv(tmp_path / "tabulatedVotes.csv", index=False)
    corpus = open_corpus(tmp_path / "AudioWAV")
    anger = "1001_DFA_ANG_XX.wav"
    assert corpus.gold("emotion")[anger] == "neutral"
    assert corpus.gold("intended")[anger] == "anger"
    assert corpus.votes("emotion").loc[anger].to_dict() == {
        "anger": 1, "disgust": 0, "fear": 0, "happiness": 0, "neutral": 3, "sadness": 0,
    }  # fmt: skip
    assert any("1 clips have no votes" in note for note in corpus.notes)
    check_reader(readers["cremad"], tmp_path / "AudioWAV")


def test_cremad_votes_that_are_named_but_missing_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=r"votes '.*nowhere.csv' do not exist"):
        open_corpus(folder_of(tmp_path, CREMAD), votes="nowhere.csv")


def test_a_folder_per_class_uses_the_nouns_of_the_field(tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, [*SORTED, "loose.wav"]), reader="folder-per-class")
    assert corpus.task[0].classes == ("happiness", "sadness")
    assert corpus.gold("emotion")["Sad/deep/two.wav"] == "sadness"
    assert any("loose.wav" in note for note in corpus.notes)
    assert corpus.segments["speaker"].isna().all()


def test_recordings_without_labels_open_and_say_so(tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, PLAIN))
    assert corpus.task == ()
    assert corpus.ids == ("below/two.flac", "one.wav")
    assert "no labels" in corpus.notes[0]
    assert "no labels" in repr(corpus)


def test_a_few_odd_names_are_left_out_and_named(tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, [*EMODB, "wav/notes.wav"]))
    assert len(corpus) == len(EMODB)
    assert corpus.notes == ("1 files left out, their names are not of emodb: wav/notes.wav",)


def test_a_folder_with_two_corpora_is_not_taken_for_either(tmp_path: Path) -> None:
    folder_of(tmp_path, [*EMODB, *RAVDESS])
    assert recognised(tmp_path).name == "folder"


def test_the_copy_of_a_clip_is_left_out(tmp_path: Path) -> None:
    corpus = open_corpus(folder_of(tmp_path, [*RAVDESS, *(f"again/{file}" for file in RAVDESS)]))
    assert corpus.ids == tuple(sorted(RAVDESS))
    assert any("copies" in note for note in corpus.notes)


def test_hidden_files_and_links_in_circles_do_no_harm(tmp_path: Path) -> None:
    folder_of(tmp_path, [*EMODB, "wav/._03a01Fa.wav", "__MACOSX/03a01Fa.wav"])
    (tmp_path / "wav" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert len(open_corpus(tmp_path)) == len(EMODB)


def test_a_table_gives_targets_of_both_kinds_with_their_ranges(tmp_path: Path) -> None:
    path = table_of(tmp_path, "file,speaker,emotion,arousal,valence\na.wav,03,Angry,4,-0.5\nb.wav,04,joy,1.5,1\n")
    corpus = open_corpus(path)
    emotion, arousal, valence = corpus.task
    assert emotion.classes == ("anger", "happiness")
    assert (arousal.low, arousal.high, valence.low, valence.high) == (1, 5, -1, 1)
    assert "range of arousal guessed: [1, 5] (--range arousal=LOW:HIGH for another)" in corpus.notes
    assert said(corpus, "a.wav")["speaker"] == "03"
    assert corpus.root is None


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([0, 1], (0, 1)),
        ([-0.2, 1], (-1, 1)),
        ([1, 5], (1, 5)),
        ([1, 6], (1, 7)),
        ([2, 9], (1, 9)),
        ([0, 9], (0, 10)),
        ([0, 50], (0, 100)),
    ],
)
def test_the_narrowest_known_range_is_guessed(
    numbers: list[float], expected: tuple[float, float], tmp_path: Path
) -> None:
    rows = "\n".join(f"{i}.wav,{n}" for i, n in enumerate(numbers))
    target = open_corpus(table_of(tmp_path, f"file,arousal\n{rows}\n")).task[0]
    assert (target.low, target.high) == expected


def test_a_range_that_is_given_is_kept_and_held(tmp_path: Path) -> None:
    path = table_of(tmp_path, "file,arousal\na.wav,2\nb.wav,6\n")
    assert open_corpus(path, ranges={"arousal": (1, 9)}).task[0].high == 9
    with pytest.raises(BadCorpus, match=r"segment b.wav: arousal is 6.0; expected a number in \[1, 5\]"):
        open_corpus(path, ranges={"arousal": (1, 5)})


def test_numbers_outside_every_known_range_are_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=r"arousal goes from -3 to 250; expected one of .* give its own range"):
        open_corpus(table_of(tmp_path, "file,arousal\na.wav,-3\nb.wav,250\n"))


def test_a_word_where_a_number_is_due_is_an_error(tmp_path: Path) -> None:
    path = table_of(tmp_path, "file,arousal\na.wav,2\nb.wav,high\n")
    with pytest.raises(BadCorpus, match=r"arousal is 'high'; expected a number in \[1, 5\]"):
        open_corpus(path, ranges={"arousal": (1, 5)})


def test_one_word_among_numbers_is_a_slip_and_no_class(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=r"arousal is 'o\.5' where most are numbers"):
        open_corpus(table_of(tmp_path, "file,arousal\na.wav,0.2\nb.wav,o.5\nc.wav,0.7\n"))


def test_an_unknown_class_is_an_error_where_classes_are_given(tmp_path: Path) -> None:
    path = table_of(tmp_path, "file,emotion\na.wav,anger\nb.wav,agner\n")
    with pytest.raises(BadCorpus, match=r"emotion is agner; expected one of anger, sadness; correct the table"):
        open_corpus(path, classes={"emotion": ("angry", "sad")})
    assert any("a class 'agner'; is it meant to be 'anger'?" in note for note in open_corpus(path).notes)


def test_ratings_of_several_raters_are_all_kept(tmp_path: Path) -> None:
    text = "file,speaker,rater,emotion,arousal\na.wav,1,ann,angry,1\na.wav,1,bob,sad,3\na.wav,1,cy,angry,\n"
    corpus = open_corpus(table_of(tmp_path, text))
    assert corpus.votes("emotion").loc["a.wav"].to_dict() == {"anger": 2, "sadness": 1}
    assert set(corpus.of("arousal")["rater"]) == {"ann", "bob"}
    assert corpus.gold("arousal")["a.wav"] == 2


def test_answers_in_rows_open_as_well(tmp_path: Path) -> None:
    text = "file,target,rater,value\na.wav,emotion,ann,angry\na.wav,arousal,ann,0.5\nb.wav,arousal,ann,-0.5\n"
    corpus = open_corpus(table_of(tmp_path, text))
    assert corpus.gold("arousal").tolist() == [0.5, -0.5]
    assert corpus.task[0].classes == ("anger",)


def test_parts_of_files_are_cut_in_seconds(tmp_path: Path) -> None:
    folder_of(tmp_path, ["a.wav"], seconds=3)
    path = table_of(tmp_path, "file,start,end,arousal\na.wav,0,1,0.5\na.wav,1.5,,0.1\n")
    corpus = open_corpus(path)
    assert corpus.ids == ("a.wav#0.000-1.000", "a.wav#1.500-")
    assert durations_s(corpus).tolist() == [1.0, 1.5]


def test_parquet_with_time_deltas_and_an_index_opens(tmp_path: Path) -> None:
    index = pd.MultiIndex.from_arrays(
        [["a.wav", "a.wav"], pd.to_timedelta([0, 1], unit="s"), pd.to_timedelta([1, None], unit="s")],
        names=["file", "start", "end"],
    )
    pd.DataFrame({"arousal": [0.5, 0.25], "sex": ["F", "m"]}, index=index).to_parquet(tmp_path / "t.parquet")
    corpus = open_corpus(tmp_path / "t.parquet")
    assert corpus.ids == ("a.wav#0.000-1.000", "a.wav#1.000-")
    assert corpus.segments["sex"].tolist() == ["female", "male"]


def test_paths_in_a_table_become_relative(tmp_path: Path) -> None:
    folder_of(tmp_path, ["x/a.wav", "x/b.wav"])
    windows = table_of(tmp_path, "file,arousal\nx\\a.wav,0.5\n.\\x\\b.wav,0.25\n")
    assert open_corpus(windows).ids == ("x/a.wav", "x/b.wav")
    absolute = table_of(tmp_path, f"file,arousal\n{tmp_path}/x/a.wav,0.5\n", "absolute.csv")
    corpus = open_corpus(absolute)
    assert corpus.path(corpus.ids[0])[0].resolve() == (tmp_path / "x" / "a.wav").resolve()
    assert not corpus.ids[0].startswith("/")


def test_a_column_without_answers_is_reported(tmp_path: Path) -> None:
    corpus = open_corpus(table_of(tmp_path, "file,emotion,valence\na.wav,angry,\nb.wav,sad,\n"))
    assert [target.name for target in corpus.task] == ["emotion"]
    assert "empty columns: valence" in corpus.notes


def test_long_texts_describe_and_are_no_classes(tmp_path: Path) -> None:
    rows = "".join(f"{i}.wav,word {i},0.5\n" for i in range(60))
    corpus = open_corpus(table_of(tmp_path, f"file,transcript,arousal\n{rows}"))
    assert [t.name for t in corpus.task] == ["arousal"]
    assert corpus.segments["transcript"].iloc[7] == "word 7"


def test_targets_can_be_chosen(tmp_path: Path) -> None:
    path = table_of(tmp_path, "file,arousal,id\na.wav,0.5,1234\n")
    assert [t.name for t in open_corpus(path, targets=["arousal"]).task] == ["arousal"]
    with pytest.raises(BadCorpus, match=r"no column arousl; expected targets among arousal, id"):
        open_corpus(path, targets=["arousl"])


def test_semicolons_and_a_byte_order_mark_are_understood(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\ufeffFile;Emotion\na.wav;angry\n", encoding="utf-8")
    assert open_corpus(tmp_path / "t.csv").gold("emotion")["a.wav"] == "anger"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("take,arousal\na,1\n", r"no column 'file'; its columns are take, arousal; rename"),
        ("file,arousal\n", r"no rows"),
        ("", r"cannot be read as a table"),
        ("file,arousal\na.wav,1\na.wav,2\n", r"segment a.wav has rows that differ; .*'rater'"),
        ("file,speaker,rater,arousal\na.wav,1,ann,1\na.wav,2,bob,2\n", r"rows that differ; expected the same speaker"),
        ("file,start,end,arousal\na.wav,2,1,0.5\n", r"a.wav goes from 2 s to 1 s; expected 0 <= start < end"),
        ("file,start,arousal\na.wav,soon,0.5\n", r"start is 'soon'; expected seconds"),
    ],
)
def test_a_table_that_makes_no_sense_is_an_error_with_a_remedy(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=message):
        open_corpus(table_of(tmp_path, text))


def test_a_file_that_only_claims_to_be_parquet_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match="cannot be read as a table"):
        open_corpus(table_of(tmp_path, "file,arousal\n", "t.parquet"))


def test_an_audformat_database_brings_raters_splits_and_speakers(tmp_path: Path) -> None:
    corpus = open_corpus(database_of(tmp_path))
    assert corpus.ids == ("a.wav#0.000-1.000", "a.wav#1.000-2.000", "b.wav#0.000-1.000", "b.wav#1.000-2.000")
    assert {t.name for t in corpus.task} == {"emotion", "arousal"}
    assert (corpus.target("arousal").low, corpus.target("arousal").high) == (1, 5)
    first = said(corpus, "a.wav#0.000-1.000")
    assert first == {"speaker": "s1", "sex": "female", "split": "train", "emotion": "anger", "arousal": 2.0}
    assert corpus.votes("emotion").loc["b.wav#1.000-2.000"].tolist() == [1, 1]
    assert set(corpus.ratings["rater"]) == {"ann", "bob"}
    assert corpus.licence == "CC0-1.0"


def test_a_damaged_audformat_header_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "db.yaml").write_text("just words", encoding="utf-8")
    with pytest.raises(BadCorpus, match="cannot be read as an audformat database"):
        open_corpus(tmp_path)


def test_without_audformat_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database_of(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "audformat", None)
    with pytest.raises(MissingExtra, match=r"seral-speech\[audformat\]"):
        open_corpus(tmp_path)


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=r"nowhere' does not exist; expected a folder, a table, .* check the path"):
        open_corpus(tmp_path / "nowhere")


def test_an_empty_folder_is_refused_as_empty(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match="is empty; expected recordings or a table"):
        open_corpus(tmp_path)


def test_a_folder_without_recordings_lists_the_known_layouts(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear", encoding="utf-8")
    with pytest.raises(BadCorpus, match=r"no reader recognises .*<emotion>/\*\.wav.*--reader table"):
        open_corpus(tmp_path)


def test_the_wrong_reader_says_which_names_it_expects(tmp_path: Path) -> None:
    with pytest.raises(
        BadCorpus, match=r"no file below .* has the name of a emodb file, .* expected names like 03a01Fa.wav"
    ):
        open_corpus(folder_of(tmp_path, PLAIN), reader="emodb")


def test_a_misspelt_reader_gets_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'ravdess'"):
        open_corpus(folder_of(tmp_path, PLAIN), reader="ravdes")


def test_an_option_that_a_reader_does_not_have_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match="reader 'folder' has no option ranges"):
        open_corpus(folder_of(tmp_path, PLAIN), ranges={})


def test_a_corpus_that_was_not_fetched_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAL_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadCorpus, match="seral fetch emodb"):
        open_corpus("emodb")
    folder_of(tmp_path / "corpora" / "emodb", EMODB)
    assert len(open_corpus("emodb")) == len(EMODB)


@pytest.mark.parametrize(
    "where",
    [
        *("synthetic:clip=3", "synthetic:clips=x", "synthetic:clips=0", "synthetic:seed=-1", "synthetic:clips=2.5"),
        *(
            "synthetic:shift=1.1",
            "synthetic:shift=-0.1",
            "synthetic:shift=nan",
            "synthetic:shift=",
            "synthetic:shift=0,7",
        ),
    ],
)
def test_wrong_options_of_the_synthetic_corpus_are_an_error(where: str) -> None:
    with pytest.raises(BadCorpus, match=r"no option of the synthetic corpus; expected clips="):
        open_corpus(where)


def test_options_of_the_synthetic_corpus_reach_it() -> None:
    from seral_core.corpora.synthetic import synthetic

    opened = open_corpus("synthetic:clips=4:speakers=2:seed=1:shift=0.7")
    assert opened.root == synthetic(4, 2, 1, shift=0.7).root != synthetic(4, 2, 1).root


def test_a_broken_file_has_no_duration_and_the_rest_has(tmp_path: Path) -> None:
    folder_of(tmp_path, PLAIN, seconds=2)
    (tmp_path / "one.wav").write_bytes(b"not audio")
    assert durations_s(open_corpus(tmp_path)).isna().tolist() == [False, True]


def test_real_emodb_opens(real_data: Path) -> None:
    corpus = check_reader(readers["emodb"], real_data / "emodb")
    assert (len(corpus), corpus.segments["speaker"].nunique(), len(corpus.task[0].classes)) == (339, 10, 4)
    assert open_corpus(real_data / "emodb" / "wav").name == "emodb"
    assert durations_s(corpus).between(1, 10).all()


def test_real_ravdess_opens(real_data: Path) -> None:
    corpus = open_corpus(real_data / "ravdess")
    assert (corpus.name, len(corpus), corpus.segments["speaker"].nunique()) == ("ravdess", 1440, 24)
    assert corpus.gold("emotion").value_counts()["neutral"] == 96
    assert corpus.segments.groupby("sex").size().to_dict() == {"female": 720, "male": 720}


def test_real_cremad_votes_open_without_audio(real_data: Path) -> None:
    corpus = open_corpus(real_data / "cremad-votes")
    assert (corpus.name, len(corpus), corpus.root) == ("cremad", 7442, None)
    assert 9.0 < len(corpus.of("emotion")) / len(corpus) < 9.4
    agree = (corpus.gold("emotion") == corpus.gold("intended")).mean()
    assert 0.3 < agree < 0.5  # the voice alone shows the intended emotion in about two of five clips
    assert corpus.segments["sex"].notna().all()


def test_real_emomusic_means_open_as_a_table(real_data: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(real_data / "emomusic" / "static_annotations.csv")
    frame["file"] = frame["song_id"].astype(str) + ".flac"
    frame = frame.rename(columns={"mean_arousal": "arousal", "mean_valence": "valence"})
    frame.to_csv(tmp_path / "music.csv", index=False)
    reader = Table(targets=("arousal", "valence"), root=str(real_data / "emomusic" / "audio"))
    corpus = reader.read(tmp_path / "music.csv")
    assert len(corpus) == 744
    assert {(t.low, t.high) for t in corpus.task} == {(1, 9)}
    assert durations_s(corpus).notna().sum() == 10


@pytest.mark.parametrize("moment", ["time", "timestamp"])
@pytest.mark.parametrize("more", [{}, {"rater": ["r1"] * 4}, {"target": ["arousal"] * 4}])
def test_values_along_time_are_a_trace_and_not_averaged(
    tmp_path: Path, moment: str, more: dict[str, list[str]]
) -> None:
    name = "value" if "target" in more else "arousal"
    rows = {"file": ["a.wav", "a.wav", "b.wav", "b.wav"], moment: [0.0, 0.04, 0.0, 0.04], name: [0.1, 0.3, 0.5, 0.5]}
    pd.DataFrame({**rows, **more}).to_csv(tmp_path / "t.csv", index=False)
    assert open_corpus(tmp_path / "t.csv").gold("arousal").to_dict() == {"a.wav": (0.1, 0.3), "b.wav": (0.5, 0.5)}


def test_a_time_of_one_row_a_file_is_a_description(tmp_path: Path) -> None:
    pd.DataFrame({"file": ["a.wav", "b.wav"], "time": [1.0, 2.0], "arousal": [0.1, 0.3]}).to_csv(
        tmp_path / "t.csv", index=False
    )
    corpus = open_corpus(tmp_path / "t.csv")
    assert ([target.name for target in corpus.task], "time" in corpus.segments) == (["arousal"], True)


def test_a_table_of_many_columns_is_not_searched_again_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"scale{i}" for i in range(200)]
    frame = pd.DataFrame({"file": ["a.wav", "b.wav"], **{name: [0.25, 0.5] for name in names}})
    frame.to_csv(tmp_path / "wide.csv", index=False)
    compared: list[int] = []
    equal = pd.Series.__eq__
    monkeypatch.setattr(pd.Series, "__eq__", lambda self, other: compared.append(len(self)) or equal(self, other))
    corpus = open_corpus(tmp_path / "wide.csv")
    assert [target.name for target in corpus.task] == names
    assert corpus.gold("scale199").tolist() == [0.25, 0.5]
    assert sum(length == 2 * len(names) for length in compared) <= 2


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (500, {"emotion": "x" * 40_000}),
        (1, {"emotion": "y" * 10_000_000}),
        (3_000_000, {"arousal": 0.0}),
    ],
    ids=["a text that is repeated", "a long text", "many equal rows"],
)
def test_a_small_file_that_unpacks_to_far_more_is_refused(
    rows: int, words: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 5_000_000)
    path = tmp_path / "labels.parquet"
    pd.DataFrame({"file": "a.wav", **words}, index=range(rows)).to_parquet(path, compression="zstd")
    assert path.stat().st_size < 30_000
    with pytest.raises(BadCorpus, match="it unpacks to more than 5 MB") as refused:
        open_corpus(path)
    assert len(str(refused.value)) < 1000
    with pytest.raises(SeralError, match="it unpacks to more than 5 MB"):
        import_labels(LabelStore(tmp_path / "labels.sqlite"), path)


def test_a_packed_table_keeps_its_types(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "file": ["a.wav", "b.wav", None],
            "class": pd.Categorical(["x", "y", "x"]),
            "n": [1, 2, 3],
            "when": pd.to_datetime(["2020-01-01", None, "2020-01-03"]),
            "text": ["é" * 9, "", "é"],
        },
        index=pd.Index(["r", "s", "t"], name="row"),
    )
    frame.to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(
        unpacking.read_parquet(tmp_path / "t.parquet"), pd.read_parquet(tmp_path / "t.parquet")
    )
    frame[:0].to_parquet(tmp_path / "none.parquet")
    assert list(unpacking.read_parquet(tmp_path / "none.parquet").columns) == list(frame.columns)


def test_a_link_to_a_folder_around_this_one_is_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "around" / "recordings"
    inside.mkdir(parents=True)
    for place in (inside / "a.wav", tmp_path / "around" / "other.wav"):
        soundfile.write(place, np.zeros(1600), 16_000)
    (inside / "up").symlink_to(tmp_path / "around")
    (inside / "root").symlink_to("/")
    assert audio_files(inside) == ["a.wav"]


@pytest.mark.parametrize("paths", [("a.wav", "b.wav"), (None, None), ("x/a.wav", "../a.wav")])
def test_a_parquet_that_holds_its_recordings_has_audio(
    own_home: Path, tmp_path: Path, paths: tuple[str | None, ...]
) -> None:
    sounds = []
    for i in range(2):
        file = io.BytesIO()
        soundfile.write(file, np.full(800 * (i + 1), 0.1), 8000, format="WAV")
        sounds.append(file.getvalue())
    cells = [{"bytes": sound, "path": path} for sound, path in zip(sounds, paths, strict=True)]
    frame = pd.DataFrame({"audio": cells, "emotion": ["anger", "sadness"], "speaker": ["s1", "s2"]})
    frame.to_parquet(tmp_path / "train.parquet")
    for _ in range(2):
        corpus = open_corpus(tmp_path / "train.parquet")
        assert list(corpus.ids) == (["a.wav", "b.wav"] if paths[0] == "a.wav" else ["0.wav", "1.wav"])
        assert [soundfile.info(corpus.path(segment)[0]).frames for segment in corpus.ids] == [800, 1600]
        assert not any("no audio" in note for note in corpus.notes)
        assert any("sound in the column audio was written to" in note for note in corpus.notes)
    assert not [file for file in tmp_path.rglob("*.wav") if own_home not in file.parents], "nothing beside the table"
