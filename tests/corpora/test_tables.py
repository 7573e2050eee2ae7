"""Tables of other people: each column is what it is, nothing is lost or changed without a word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from click.testing import CliRunner

from seral_core.cli.commands import commands
from seral_core.corpora.base import open_corpus, read_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.durations import durations_s
from seral_core.corpora.labels_in_cells import labels_in_cells
from seral_core.corpora.reading import Reading, remember, remembered
from seral_core.errors import BadCorpus, BadPlan
from seral_core.home import home
from seral_core.runs.plan import Plan
from seral_core.runs.speech import corpus_of
from seral_core.studio.opening import opened_project

EMOTIONS = ("anger", "joy", "sad", "fear")


def written(place: Path, head: str, rows: list[str], name: str = "t.csv", encoding: str = "utf-8") -> Path:
    path = place / name
    path.write_bytes("\r\n".join([head, *rows, ""]).encode(encoding))
    return path


def many(row: str, count: int = 12) -> list[str]:
    """Rows with ``{i}`` for the number, ``{e}`` for an emotion, ``{s}`` for one of three speakers."""
    return [row.format(i=i, e=EMOTIONS[i % 4], s=f"S{i % 3}", n=i % 5) for i in range(count)]


def sounds(place: Path, *names: str, seconds: float = 2.0, channels: int = 1) -> None:
    noise = np.random.default_rng(0).normal(size=(round(8000 * seconds), channels)) / 9
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(place / name, noise, 8000)


def targets(corpus: Corpus) -> list[str]:
    return [target.name for target in corpus.task]


def noted(corpus: Corpus, *texts: str) -> bool:
    return all(any(text in note for note in corpus.notes) for text in texts)


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        ("Unnamed: 0,file,emotion", "{i},{i}.wav,{e}", ["emotion"]),
        (",path,Label,Age,gender,Transcript", "{i},{i}.wav,{e},{i},f,so it was {i}", ["label"]),
        ("id,arousal,AUDIO,Emotion", "{i},0.5,{i}.wav,{e}", ["emotion", "arousal"]),
        ("wav_name,speaker_id,session_no,length,emo", "{i}.wav,{s},{n},1.{i},{e}", ["emo"]),
        ("filename,remark,recorded,emotion", "{i}.wav,it rained on day {i},{i}.3.2024,{e}", ["emotion"]),
        ("file,sentence id,questionnaire,class", "{i}.wav,{n},1{i}01,{e}", ["class"]),
        ("song_id,mean_arousal,std_arousal,n_raters", "{i}.wav,4.{n},1.{n},{n}", ["mean_arousal"]),
        ("file,speaker_age,snr_db,city,rater1_sex,rater2_sex,emotion", "{i}.wav,3{n},1{n},Rome,f,m,{e}", ["emotion"]),
        ("file,judges,coders,emotion", "{i}.wav,{n},{n},{e}", ["emotion"]),
        ("file,speaker,target", "{i}.wav,{s},{e}", ["target"]),
        ("Utterance,Utterance_ID,wav,Emotion", "I said {i},{i},{i}.wav,{e}", ["emotion"]),
    ],
)
def test_columns_that_nobody_would_learn_only_describe(
    head: str, row: str, expected: list[str], tmp_path: Path
) -> None:
    corpus = open_corpus(written(tmp_path, head, many(row)))
    assert targets(corpus) == expected
    assert len(corpus) == 12


def test_usual_names_are_recognised_and_others_can_be_told(tmp_path: Path) -> None:
    path = written(tmp_path, "FileName,SpkrID,Split_Set,Gender,EmoAct,who", many("{i}.wav,{s},Train,Female,{n},R{n}"))
    corpus = open_corpus(path)
    about = corpus.segments
    assert (about["speaker"].nunique(), set(about["sex"]), set(about["split"])) == (3, {"female"}, {"Train"})
    assert (corpus.task[0].name, corpus.columns["emoact"]) == ("arousal", "target arousal, a scale")
    told = open_corpus(path, columns={"speaker": "who", "description": "spkrid"})
    assert told.segments["speaker"].nunique() == 5
    with pytest.raises(BadCorpus, match="got the column 'whom' for speaker; the table has filename, spkrid"):
        open_corpus(path, columns={"speaker": "whom"})


def test_a_column_that_only_describes_is_learned_where_somebody_asks(tmp_path: Path) -> None:
    path = written(tmp_path, "file,emotion,age,odd", many("{i}.wav,{e},{n},{n}00{n}"))
    assert targets(open_corpus(path)) == ["emotion"]
    assert "age" in targets(corpus_of(Plan(corpus=str(path), targets=("age",))))
    assert targets(open_corpus(path, columns={"scale": "age"})) == ["emotion", "age"]
    with pytest.raises(BadCorpus, match="odd goes from 0 to 4004"):
        corpus_of(Plan(corpus=str(path), targets=("odd",)))


def test_raters_as_columns_and_several_labels_in_a_cell_are_votes(tmp_path: Path) -> None:
    rows = ["a.wav,anger,anger,joy,fear", "b.wav,fear,joy,joy,joy"]
    columns = open_corpus(written(tmp_path, "file,rater1,rater2,rater3,emotion", rows))
    assert columns.gold("emotion").tolist() == ["anger", "happiness"]
    assert (columns.of("emotion")["rater"].nunique(), noted(columns, "answers of raters")) == (3, True)
    scales = open_corpus(written(tmp_path, "file,arousal_A1,arousal_R2,valence", ["a.wav,1,3,2", "b.wav,5,4,1"]))
    assert "arousal" not in targets(scales) or scales.of("arousal")["rater"].nunique() == 1
    scales = open_corpus(written(tmp_path, "file,arousal_R1,arousal_R2,valence", ["a.wav,1,3,2", "b.wav,5,4,1"]))
    assert scales.gold("arousal").tolist() == [2, 4.5]
    cells = open_corpus(written(tmp_path, "file;emotion", ["a.wav;anger, anger, joy", "b.wav;fear/joy", "c.wav;fear"]))
    assert cells.gold("emotion").fillna("none").tolist() == ["anger", "none", "fear"]
    assert noted(cells, "2 cells of emotion hold several labels")


def test_only_empty_cells_are_missing(tmp_path: Path) -> None:
    path = written(
        tmp_path, "file,speaker,rater,emotion", ["a.wav,NA,NA,None", "b.wav,None,null,anger", "c.wav,x,nan,"]
    )
    corpus = open_corpus(path)
    assert corpus.segments["speaker"].tolist() == ["NA", "None", "x"]
    assert corpus.ratings["rater"].tolist() == ["NA", "null"]
    assert corpus.gold("emotion")["a.wav"] == "none"
    scale = open_corpus(written(tmp_path, "file,arousal", ["a.wav,0.5", "b.wav,NA"], "s.csv"))
    assert (scale.gold("arousal").isna().tolist(), noted(scale, "1 cells of arousal say 'NA'")) == ([False, True], True)


def test_a_rater_has_one_vote_for_a_clip(tmp_path: Path) -> None:
    rows = ["a.wav,ann,anger", "a.wav,ann,Anger", "a.wav,ann,anger", "a.wav,ben,sad", "a.wav,cy,sad"]
    corpus = open_corpus(written(tmp_path, "file,rater,emotion", rows))
    assert (corpus.gold("emotion")["a.wav"], noted(corpus, "2 rows repeat an answer")) == ("sadness", True)
    with pytest.raises(BadCorpus, match=r"segment a.wav has rows that differ; rows 2, 6 hold different answers of ann"):
        open_corpus(written(tmp_path, "file,rater,emotion", [rows[0], *rows[3:], "b.wav,ann,joy", "a.wav,ann,joy"]))


def test_words_that_merge_miss_or_say_nothing_are_noted(tmp_path: Path) -> None:
    words = ["joy", "happiness", "anger", "angerr", "Unknown", "?", "other", "joy"]
    path = written(tmp_path, "file,emotion", [f"{i}.wav,{word}" for i, word in enumerate(words)])
    corpus = open_corpus(path)
    assert noted(corpus, "happiness and joy are one class", "'angerr'; is it meant to be 'anger'?", "unknown (1)")
    assert corpus.gold("emotion").isna().sum() == 2
    told = open_corpus(path, words={"angerr": "anger", "other": "", "?": "doubt"})
    assert told.task[0].classes == ("anger", "doubt", "happiness")


@pytest.mark.parametrize("name", ["Emotion", "labels", "emotion_id", "emo", "class"])
def test_numbers_under_the_name_of_an_emotion_are_codes(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"file,{name}", many("{i}.wav,{n}"))
    assert not open_corpus(path).task[0].is_scale
    assert noted(open_corpus(path), "are numbers: 0, 1, 2, 3, 4; give them names")
    assert "anger" in open_corpus(path, words={"0": "anger"}).task[0].classes


def test_whole_numbers_under_an_unknown_name_are_asked_about(tmp_path: Path) -> None:
    path = written(tmp_path, "file,y", many("{i}.wav,{n}"))
    assert noted(open_corpus(path), "may be codes of classes")
    assert not open_corpus(path, columns={"class": "y"}).task[0].is_scale
    assert not noted(open_corpus(written(tmp_path, "file,valence", many("{i}.wav,{n}"))), "may be codes")


@pytest.mark.parametrize(
    ("numbers", "expected"), [((0, 4), (0, 4)), ((1, 10), (1, 10)), ((-3, 2.5), (-3, 3)), ((2, 4), (1, 5))]
)
def test_ranges_in_use_are_known(numbers: tuple[float, float], expected: tuple[float, float], tmp_path: Path) -> None:
    target = open_corpus(written(tmp_path, "file,dominance", [f"{i}.wav,{n}" for i, n in enumerate(numbers)])).task[0]
    assert (target.low, target.high) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_spreadsheets_of_other_countries_are_read(encoding: str, tmp_path: Path) -> None:
    rows = ["ä.wav;Müller;0,5;Ärger", "b.wav;Müller;-0,25;Freude", "c.wav;Weiß;1;Trauer"]
    corpus = open_corpus(written(tmp_path, "Datei;Sprecher;Valenz;Emotion", rows, encoding=encoding))
    assert corpus.gold("emotion").tolist() == ["anger", "happiness", "sadness"]
    assert corpus.gold("valenz").tolist() == [0.5, -0.25, 1]
    assert (corpus.segments["speaker"].tolist()[2], corpus.ids[0]) == ("Weiß", "ä.wav")
    assert noted(corpus, "read as decimal points")


@pytest.mark.parametrize(
    ("head", "rows", "message"),
    [
        ("file;arousal", ["a.wav;1,250", "b.wav;2,500"], "may be a thousand and more or a decimal fraction"),
        ("file;arousal", ["a.wav;0.5", "b.wav;0,7"], "in one row and '0.5' in another"),
        ("file,emotion", ["a.wav,joy,fear", "b.wav,joy"], "row 2 has 3 cells, but there are 2 columns"),
        ("File,emotion,file", ["a.wav,joy,b"], "two columns called 'file'"),
        ("file,emotion,emotion", ["a.wav,joy,fear"], "two columns called 'emotion'"),
        ("file,text,emotion", ['a.wav,"so,joy', "b.wav,x,sad", 'c.wav,y" z,joy'], "a cell over several lines that"),
        ("file,arousal", ["a.wav,3", "b.wav,02. Mai", "c.wav,03. Mai"], "'02. Mai' where most are"),
        ("file,start_sample,emotion", ["a.wav,8000,joy"], "holds numbers of samples"),
        ("file,start,end,emotion", ["a.wav,1:30,2:00,joy"], "start is '1:30'; expected seconds"),
    ],
)
def test_what_may_mean_two_things_is_refused(head: str, rows: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=message):
        open_corpus(written(tmp_path, head, rows))


def test_a_table_with_letters_of_another_script_is_refused_unless_it_is_utf_8(tmp_path: Path) -> None:
    rows = ["a.wav,радость", "b.wav,печаль"]
    assert open_corpus(written(tmp_path, "file,emotion", rows)).gold("emotion")["a.wav"] == "happiness"
    with pytest.raises(BadCorpus, match="save it as 'CSV UTF-8'"):
        open_corpus(written(tmp_path, "file,emotion", rows, encoding="cp1251"))


@pytest.mark.parametrize(
    "times", ["0.5,1.25", '"0,5","1,25"', "00:00:00.500,00:00:01.250", '0.5 s,"1,25 s"', "00:00.5,00:01.25"]
)
def test_times_are_read_as_people_write_them(times: str, tmp_path: Path) -> None:
    sounds(tmp_path, "a.wav")
    corpus = open_corpus(written(tmp_path, "file,start,end,emotion", [f"a.wav,{times},joy"]))
    assert corpus.ids == ("a.wav#0.500-1.250",)


def test_times_that_are_no_seconds_are_noticed_by_the_length_of_the_files(tmp_path: Path) -> None:
    sounds(tmp_path, "a.wav", seconds=4)
    milliseconds = ["a.wav,500,1500,joy", "a.wav,2000,3900,fear"]
    with pytest.raises(BadCorpus, match="seem to be milliseconds; expected seconds; call the columns start_ms"):
        open_corpus(written(tmp_path, "file,start,end,emotion", milliseconds))
    named = open_corpus(written(tmp_path, "file,start_ms,end_ms,emotion", milliseconds))
    assert durations_s(named).tolist() == [1.0, 1.9]
    with pytest.raises(BadCorpus, match="seem to be numbers of samples"):
        open_corpus(written(tmp_path, "file,begin,stop,emotion", ["a.wav,8000,16000,joy", "a.wav,16000,31000,fear"]))
    late = open_corpus(
        written(tmp_path, "file,start,end,emotion", ["a.wav,0,1,joy", "a.wav,1,2,joy", "a.wav,9,12,fear"])
    )
    assert noted(late, "1 segments end after their recordings, 1 of them start after it")
    offset = open_corpus(written(tmp_path, "file,offset,duration,emotion", ["a.wav,1,0.5,joy"]))
    assert offset.ids == ("a.wav#1.000-1.500",)


def test_names_are_joined_with_files_and_missing_ones_are_counted(tmp_path: Path) -> None:
    sounds(tmp_path, "wav/One.wav", "wav/zwölf.flac")
    rows = ["wav\\one.WAV,joy", "D:/study/wav/zwo\u0308lf,fear", "wav/gone.wav,fear"]
    corpus = open_corpus(written(tmp_path, "file,emotion", rows))
    assert corpus.ids == ("wav/One.wav", "wav/zwölf.flac", "wav/gone.wav")
    assert noted(corpus, "1 of 3 files are not in")


def test_channels_in_a_column_are_parts_of_segments(tmp_path: Path) -> None:
    sounds(tmp_path, "call.wav", channels=2)
    for first, second in (("0", "1"), ("left", "right"), ("1", "2")):
        rows = [f"call.wav,{first},joy", f"call.wav,{second},fear"]
        corpus = open_corpus(written(tmp_path, "file,channel,emotion", rows))
        assert corpus.ids == ("call.wav#ch1", "call.wav#ch2")
        assert corpus.path(corpus.ids[1])[3] == 2
    each = read_corpus(tmp_path, Reading("folder", said=("channel each",)))
    assert each.ids == ("call.wav#ch1", "call.wav#ch2")


def test_what_describes_an_answer_is_not_said_of_the_segment(tmp_path: Path) -> None:
    rows = ["a.wav,1,ann,joy,loud", "a.wav,1,ben,joy,quiet"]
    corpus = open_corpus(written(tmp_path, "file,speaker,rater,emotion,comment", rows))
    assert ("comment" in corpus.segments, noted(corpus, "column comment is left out")) == (False, True)
    with pytest.raises(BadCorpus, match="expected the same speaker in each"):
        open_corpus(written(tmp_path, "file,speaker,rater,emotion", ["a.wav,1,ann,joy", "a.wav,2,ben,joy"]))


def test_how_a_corpus_is_read_is_remembered_by_commands_plans_and_projects(tmp_path: Path) -> None:
    sounds(tmp_path, *(f"{i}.wav" for i in range(12)))
    path = written(tmp_path, "file,who,y", many("{i}.wav,{s},{n}"))
    how = ("--column", "speaker=who", "--column", "class=y", "--class", "0=anger", "--class", "4=")
    shown = CliRunner().invoke(commands, ["corpora", str(path), *how, "--remember"], catch_exceptions=False)
    assert "anger 3" in shown.output
    assert remembered(path).said == ("column speaker=who", "column class=y", "class 0=anger", "class 4=")
    corpus = open_corpus(path)
    assert (corpus.segments["speaker"].nunique(), noted(corpus, "read as remembered")) == (3, True)
    assert corpus_of(Plan(corpus=str(path))).segments["speaker"].isna().all(), "a plan says all it means"
    folder, studio, _ = opened_project(str(path), {})
    assert studio.reading == remembered(path).said
    remember(path, Reading())
    assert opened_project(str(folder), {})[1].how.options["columns"] == {"speaker": "who", "class": "y"}


def test_what_is_remembered_and_damaged_is_said_and_can_be_forgotten(tmp_path: Path) -> None:
    path = written(tmp_path, "file,arousal", ["a.wav,2", "b.wav,7"])
    remember(path, Reading(ranges=("arousal=1:9",)))
    (note,) = [p for p in home("readings").iterdir() if str(path) in p.read_text()]
    note.write_text('reader = "tab')
    with pytest.raises(BadPlan, match=r"what is remembered of how .* --forget"):
        open_corpus(path)
    forgotten = CliRunner().invoke(commands, ["corpora", str(path), "--forget"], catch_exceptions=False)
    assert "arousal [1, 7]" in forgotten.output


@pytest.mark.parametrize("span", ["9:1", "1:inf", "nan:nan", "x"])
def test_a_range_that_is_none_is_refused(span: str) -> None:
    with pytest.raises(BadPlan, match="the lower one first"):
        _ = Reading(ranges=(f"arousal={span}",)).options


def test_options_that_change_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match="for the built-in corpus; expected nothing about how it is read"):
        read_corpus("synthetic", Reading(said=("class anger=joy",)))
    sounds(tmp_path, *(f"03-01-0{e}-01-01-01-0{a}.wav" for e in (5, 6) for a in (1, 2)), seconds=0.2)
    with pytest.raises(BadCorpus, match=r"'ravdess' has no option words \(--class\)"):
        read_corpus(tmp_path, Reading(said=("class calm=neutral",)))


def test_a_table_that_was_packed_by_pandas_keeps_its_index_out(tmp_path: Path) -> None:
    frame = pd.DataFrame({"file": [f"{i}.wav" for i in range(9)], "emotion": list(EMOTIONS) * 2 + ["joy"]})
    frame.to_csv(tmp_path / "t.csv")
    frame.reset_index().to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        assert targets(open_corpus(tmp_path / name)) == ["emotion"]


def test_folders_of_two_words_for_one_emotion_are_noted(tmp_path: Path) -> None:
    sounds(tmp_path, "joy/a.wav", "happy/b.wav", "angry/c.wav", seconds=0.2)
    assert noted(open_corpus(tmp_path), "happy and joy are one class, happiness")


def test_a_test_part_with_one_class_or_without_one_is_an_alarm(tmp_path: Path) -> None:
    sounds(tmp_path, *(f"{i}.wav" for i in range(24)), seconds=0.2)
    rows = [f"{i}.wav,S{i % 3},{'anger' if i % 3 == 0 else EMOTIONS[i % 3 + i % 2]}" for i in range(24)]
    path = written(tmp_path, "file,speaker,emotion", rows)
    how = ("--corpus", str(path), "--split", "speaker", "--initial", "2", "--budget", "4", "--strategies", "random")
    shown = CliRunner().invoke(
        commands, ["grid", *how, "--seeds", "1", "--jobs", "1", "--out", str(tmp_path / "out")], catch_exceptions=False
    )
    assert "ALARM: fold 0: the test part has a single class of emotion, anger" in shown.output
    assert "ALARM: fold 1: the test part has no anger, fear" in shown.output


@pytest.mark.parametrize("head", ["onset,offset", "tmin,tmax", "Begin Time - ss.msec,End Time - ss.msec", "from,to"])
def test_times_have_many_names(head: str, tmp_path: Path) -> None:
    sounds(tmp_path, "a.wav", seconds=4)
    corpus = open_corpus(written(tmp_path, f"file,{head},emotion", ["a.wav,0.5,1.5,joy", "a.wav,2,3.25,fear"]))
    assert corpus.ids == ("a.wav#0.500-1.500", "a.wav#2.000-3.250")


def test_words_of_programs_for_nothing_are_nothing(tmp_path: Path) -> None:
    cells = ("joy", "#N/A", "k.A.", "NA", "missing")
    words = open_corpus(written(tmp_path, "file,emotion", [f"{i}.wav,{cell}" for i, cell in enumerate(cells)]))
    assert words.task[0].classes == ("happiness", "na")
    assert noted(words, "class 'na'; if it means no answer", "joy is happiness")
    codes = written(tmp_path, "file,arousal", [f"{i}.wav,{n}" for i, n in enumerate((1, 2, 5, 99, 3))])
    assert noted(open_corpus(codes), "arousal is 99 apart from all others")
    assert open_corpus(codes, words={"99": ""}).task[0].high == 5
    signs = open_corpus(written(tmp_path, "file,valence", ["a.wav,\u22120.5", "b.wav,--undefined--", "c.wav,1"]))
    assert signs.gold("valence").fillna(9).tolist() == [-0.5, 9, 1]
    percent = open_corpus(written(tmp_path, "file,arousal", ["a.wav,45%", "b.wav,5%"]))
    assert percent.gold("arousal").tolist() == [45, 5]


@pytest.mark.parametrize(
    ("head", "rows", "expected"),
    [
        ("clip_name|expert_1|expert_2|expert_3", ["a.wav|joy|joy|anger", "b.wav|fear|fear|joy"], ["happiness", "fear"]),
        ("file|anger|Joy|sadness", ["a.wav|3|1|0", "b.wav|0|2|2"], ["anger", "tie"]),
        ("file|tier|annotation", ["a.wav|x|joy", "b.wav|x|fear"], ["happiness", "fear"]),
        ("nome file|voto|emozione", ["a.wav|3|gioia", "b.wav|4|paura"], ["happiness", "fear"]),
        ("WavFile|WorkerId|HITId|Answer.emotion", ["a.wav|W1|H|joy", "b.wav|W1|H|fear"], ["happiness", "fear"]),
    ],
)
def test_words_for_emotions_say_which_column_is_meant(
    head: str, rows: list[str], expected: list[str], tmp_path: Path
) -> None:
    corpus = open_corpus(written(tmp_path, head, rows))
    assert len(corpus.task) == 1
    assert corpus.gold(corpus.task[0].name).fillna("tie").tolist() == expected


def test_lists_in_cells_are_votes(tmp_path: Path) -> None:
    rows = ["a.wav;['anger', 'fear']", "b.wav;anger and anger", "c.wav;joy"]
    corpus = open_corpus(written(tmp_path, "file;emotion", rows))
    assert corpus.gold("emotion").fillna("tie").tolist() == ["tie", "anger", "happiness"]


def test_speakers_that_are_nearly_one_are_asked_about_and_sexes_are_read_in_their_language(tmp_path: Path) -> None:
    rows = ["a.wav,Anna,H,anxiety", "b.wav,anna,M,anger", "c.wav,03,M,joy", "d.wav,3"]
    corpus = open_corpus(written(tmp_path, "file,speaker,sexo,emotion", rows))
    assert noted(corpus, "anxiety is fear", "Anna and anna, 03 and 3 count as different", "1 rows have fewer cells")
    assert corpus.segments["sex"].tolist() == ["male", "female", "female", None]


def test_spreadsheets_that_name_their_separator_are_read_and_other_alphabets_are_not_guessed(tmp_path: Path) -> None:
    assert open_corpus(written(tmp_path, "sep=;", ["file;emotion", "a.wav;joy"])).ids == ("a.wav",)
    with pytest.raises(BadCorpus, match="neither in UTF-8 nor with western letters"):
        open_corpus(written(tmp_path, "file,emotion", ["a.wav,złość", "b.wav,radość"], encoding="cp1250"))
    with pytest.raises(BadCorpus, match="got the columns 'emotion,speaker' for speaker; expected one"):
        open_corpus(written(tmp_path, "file,speaker,emotion", ["a.wav,1,joy"]), columns={"speaker": "emotion,speaker"})


def test_a_folder_of_what_is_not_there_is_no_emotion_and_a_stray_file_costs_no_labels(tmp_path: Path) -> None:
    sounds(tmp_path, *(f"{e}/{i}.wav" for e in ("angry", "happy", "not_angry") for i in range(4)), seconds=0.2)
    sounds(tmp_path, "readme.wav", "calib/tone.wav", seconds=0.2)
    corpus = open_corpus(tmp_path)
    assert corpus.gold("emotion").value_counts().to_dict()["anger"] == 4
    assert noted(corpus, "1 files left out", "no known words for emotions are the folders")


def test_a_cell_of_separators_alone_is_no_vote_and_long_blanks_are_read_in_linear_time() -> None:
    blank = "joy" + " " * 200_000 + "; fear"
    found = labels_in_cells(pd.Series(["anger; fear", ";", "(", ">", blank]))
    assert found is not None
    assert found.labels.tolist() == [["anger", "fear"], [], [], [], ["joy", "fear"]]
