"""Labels go to Praat and ELAN and come back: by the programs' own file formats, with times, targets and raters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.corpora.corpus import toy_corpus
from seral_core.errors import BadLabel, BadPlan
from seral_core.exchange import export_labels, import_labels
from seral_core.exchange.asked import Asked
from seral_core.exchange.contents import Contents
from seral_core.exchange.fitting import fitted
from seral_core.store import Answer, LabelStore
from seral_core.studio.project import LabelProject, new_project
from seral_core.types import Target

ENDINGS = (".textgrid", ".eaf")


@pytest.fixture(autouse=True)
def _libraries() -> None:
    pytest.importorskip("praatio", reason="praatio is not installed: pip install -e '.[dev]'")
    pytest.importorskip("pympi", reason="pympi-ling is not installed: pip install -e '.[dev]'")


@pytest.fixture
def store(tmp_path: Path) -> LabelStore:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.append(
        [
            Answer("1", "day 1/a.wav#0.500-1.250", "emotion", 'anger "ä"', rater="anna"),
            Answer("2", "day 1/a.wav#1.000-2.000", "emotion", "fear", rater="anna"),  # overlaps
            Answer("3", "day 1/a.wav#0.500-1.250", "arousal", -0.25, rater="anna"),
            Answer("4", "day 1/a.wav#0.500-1.250", "emotion", "fear", rater="ben"),
            Answer("5", "b.wav", "emotion", "fear", rater="ben"),
            Answer("6", "b.wav", "emotion", "anger", rater="model", source="machine"),
            Answer("7", "b.wav", "", kind="skip", rater="ben"),
        ]
    )
    return store


def labels(store: LabelStore) -> set[tuple[object, ...]]:
    return {(row.segment, row.target, row.value, row.rater) for row in store.current()}


@pytest.mark.parametrize("ending", ENDINGS)
def test_raters_whose_names_end_as_layers_do_stay_two(ending: str, tmp_path: Path) -> None:
    store, again = LabelStore(tmp_path / "labels.sqlite"), LabelStore(tmp_path / "again.sqlite")
    for number, rater in enumerate(("team", "team/1", "team/2")):
        store.append([Answer(f"{number}", "a.wav#0.000-1.000", "emotion", f"class {number}", rater=rater)])
        store.append([Answer(f"{number}+", "a.wav#0.500-2.000", "emotion", f"class {number}", rater=rater)])
    export_labels(store, tmp_path / f"mine{ending}")
    import_labels(again, tmp_path / f"mine{ending}")
    assert labels(again) == labels(store)


@pytest.mark.parametrize("ending", ENDINGS)
def test_classes_that_look_like_numbers_stay_the_classes_that_they_are(ending: str, tmp_path: Path) -> None:
    words = ("01", "1_000", "٣", "00")
    store, again = LabelStore(tmp_path / "labels.sqlite"), LabelStore(tmp_path / "again.sqlite")
    store.append([Answer(word, f"a.wav#{i}.000-{i}.500", "code", word, rater="r") for i, word in enumerate(words)])
    export_labels(store, tmp_path / f"mine{ending}")
    import_labels(again, tmp_path / f"mine{ending}")
    assert labels(again) == labels(store)


def test_long_numbers_are_the_classes_of_a_project_that_has_them() -> None:
    theirs = [Answer("1", "a.wav", "code", 1234567.0, rater="r")]
    found = fitted(Contents(others=theirs), Asked((Target("code", ("1234567", "2")),), toy_corpus))
    assert [answer.value for answer in found.others] == ["1234567"]


@pytest.mark.parametrize("where", ["segment", "target", "value", "rater"])
def test_what_xml_cannot_hold_is_refused_and_not_written(where: str, tmp_path: Path) -> None:
    said = {"segment": "a.wav#0.000-1.000", "target": "emotion", "value": "anger", "rater": "anna"}
    said[where] = f"x\x1b[31m{said[where]}"
    store = LabelStore(tmp_path / "labels.sqlite")
    store.append([Answer("1", **said), Answer("2", "b.wav#0.000-1.000", "emotion", "fear", rater="ben")])  # type: ignore[arg-type]
    with pytest.raises(BadLabel, match=r"holds the sign '\\x1b', for which .eaf files have no place; export to .csv"):
        export_labels(store, tmp_path / "mine.eaf")
    assert not (tmp_path / "mine.eaf").exists()


@pytest.mark.parametrize("ending", ENDINGS)
def test_peoples_labels_come_back_with_their_times_targets_and_raters(
    ending: str, store: LabelStore, tmp_path: Path
) -> None:
    to, again = tmp_path / f"mine{ending}", LabelStore(tmp_path / "again.sqlite")
    assert export_labels(store, to, lengths_s=lambda _: {"b.wav": 3.0}) == 5
    assert import_labels(again, to).new == 5
    expected = {row for row in labels(store) if row[0] != "b.wav"} | {("b.wav#0.000-3.000", "emotion", "fear", "ben")}
    assert labels(again) == expected
    assert import_labels(again, to).new == 0


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_label_of_a_recording_of_unknown_length_is_refused_and_nothing_is_written(
    ending: str, store: LabelStore, tmp_path: Path
) -> None:
    with pytest.raises(BadPlan, match="how long 1 recordings are"):
        export_labels(store, tmp_path / f"mine{ending}")
    assert not (tmp_path / f"mine{ending}").exists()
    (tmp_path / f"mine{ending}").mkdir()
    (tmp_path / f"mine{ending}" / "of the user").touch()
    with pytest.raises(BadPlan, match="holds something already"):
        export_labels(store, tmp_path / f"mine{ending}", lengths_s=lambda _: {"b.wav": 3.0})


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_of_rubbish_is_named_and_nothing_is_added(ending: str, tmp_path: Path) -> None:
    (tmp_path / f"a{ending}").write_bytes(b"\xff\x00 rubbish")
    store = LabelStore(tmp_path / "labels.sqlite")
    with pytest.raises(BadLabel, match=f"a{ending} cannot be read"):
        import_labels(store, tmp_path / f"a{ending}")
    assert store.rows() == []


def test_a_tier_that_somebody_made_in_elan_is_its_participants(tmp_path: Path) -> None:
    from pympi.Elan import Eaf

    made = Eaf(author="somebody")
    made.add_tier("emotion", part="anna")
    made.add_annotation("emotion", 0, 900, "anger")
    made.to_file(str(tmp_path / "a.eaf"))
    store = LabelStore(tmp_path / "labels.sqlite")
    import_labels(store, tmp_path / "a.eaf")
    assert labels(store) == {("a#0.000-0.900", "emotion", "anger", "anna")}


def test_points_of_praat_last_no_time_and_are_counted(tmp_path: Path) -> None:
    from praatio import textgrid

    grid = textgrid.Textgrid(0, 2)
    grid.addTier(textgrid.IntervalTier("emotion", [(0, 2, "anger")], 0, 2))
    grid.addTier(textgrid.PointTier("clicks", [(0.5, "click")], 0, 2))
    grid.save(str(tmp_path / "a.TextGrid"), format="short_textgrid", includeBlankSpaces=True)
    store = LabelStore(tmp_path / "labels.sqlite")
    done = import_labels(store, tmp_path / "a.TextGrid")
    assert labels(store) == {("a#0.000-2.000", "emotion", "anger", "praat")}
    assert done.notes == ("labels that last no time are left out: 1 (a)",)


def project(folder: Path) -> Path:
    """A project on three recordings of a second."""
    recordings = folder / "recordings"
    recordings.mkdir(parents=True)
    for name in "abc":
        soundfile.write(recordings / f"{name}.wav", np.random.default_rng(0).normal(size=16_000) / 10, 16_000)
    new_project(folder / "project", LabelProject(str(recordings), ("emotion=anger,fear",)), raters=["anna"])
    return folder / "project"


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_projects_labels_go_out_and_back_by_command(ending: str, tmp_path: Path) -> None:
    mine, theirs, to = project(tmp_path / "mine"), project(tmp_path / "theirs"), tmp_path / f"labels{ending}"
    said = [Answer(name, f"{name}.wav", "emotion", "fear", rater="anna") for name in "ab"]
    LabelStore(mine / "labels.sqlite").append(said)
    done = CliRunner().invoke(commands, ["labels", "export", str(mine), "--to", str(to)], catch_exceptions=False)
    assert "wrote 2 rows" in done.output
    done = CliRunner().invoke(commands, ["labels", "import", str(theirs), str(to)], catch_exceptions=False)
    assert "2 of them fit the project, 2 are new" in done.output
    assert labels(LabelStore(theirs / "labels.sqlite")) == {(row.segment, "emotion", "fear", "anna") for row in said}


def grid(path: Path, form: str = "long", texts: tuple[str, ...] = ("anger", "fear", "anger"), at: float = 1) -> Path:
    """Write a TextGrid of one tier as Praat does; the last interval ends at ``at`` times its number, in seconds."""
    from praatio import textgrid

    made = textgrid.Textgrid(0, len(texts))
    spans = [(float(place), float(place + 1), text) for place, text in enumerate(texts)]
    made.addTier(textgrid.IntervalTier("emotion/ula", spans, 0, len(texts)))
    made.addTier(textgrid.PointTier("clicks", [(0.5, "click")], 0, len(texts)))
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(str(path), format=f"{form}_textgrid", includeBlankSpaces=True)
    return path


@pytest.mark.parametrize("form", ["long", "short"])
def test_a_textgrid_that_was_cut_off_is_refused_wherever_it_was_cut(form: str, tmp_path: Path) -> None:
    store, path = LabelStore(tmp_path / "labels.sqlite"), grid(tmp_path / "a.TextGrid", form)
    whole = path.read_text().rstrip()
    for length in range(0, len(whole), 3):
        path.write_text(whole[:length])
        with pytest.raises(BadLabel, match=r"a\.TextGrid cannot be read as a TextGrid"):
            import_labels(store, path)
    assert store.rows() == []
    path.write_text(whole)
    assert import_labels(store, path).new == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1 2 ", "0.5 2 ", "expected times that rise, and no overlap"),
        ("1 2 ", "2 1 ", "expected times that rise, and no overlap"),
        ("1 2 ", "1 9 ", "goes on to 9 s, though it says it ends at 2 s"),
        ("IntervalTier", "Interval", "is of the kind 'Interval'; expected IntervalTier or TextTier"),
        ('"anger"', "anger", "expected a text in quotes"),
        ("<exists>", "7", "expected <exists>"),
        ("mood 2", "mood 1", "it goes on with 1 after all that it says it has"),
        ("mood 2", "mood 2.5", "it says that there are 2.5 in"),
    ],
)
def test_a_textgrid_that_contradicts_itself_is_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = '"ooTextFile" "TextGrid" 0 2 <exists> 1 "IntervalTier" "mood" 0 2 ! mood 2 0 1 "anger" 1 2 "fear"'
    whole, broken = tmp_path / "whole.TextGrid", tmp_path / "broken.TextGrid"
    whole.write_text(text)
    assert import_labels(LabelStore(tmp_path / "labels.sqlite"), whole).new == 2
    broken.write_text(text.replace(old, new))
    with pytest.raises(BadLabel, match=message):
        import_labels(LabelStore(tmp_path / "labels.sqlite"), broken)


@pytest.mark.parametrize(
    ("coded", "note"),
    [
        *(("utf-8", ""), ("utf-8-sig", ""), ("utf-16", "UTF-16"), ("utf-16-be", "UTF-16-BE")),
        *(
            ("utf-16-le", "UTF-16-LE"),
            ("latin-1", "Windows-1252, such as 'Ärger'"),
            ("mac-roman", "Mac Roman, such as"),
        ),
    ],
)
@pytest.mark.parametrize("form", ["long", "short"])
def test_a_textgrid_is_read_in_every_encoding_that_praat_writes(
    form: str, coded: str, note: str, tmp_path: Path
) -> None:
    path = grid(tmp_path / "a.TextGrid", form, ("Ärger", "fröhlich", "müde"))
    path.write_bytes(path.read_text(encoding="utf-8").encode(coded))
    store = LabelStore(tmp_path / "labels.sqlite")
    notes = import_labels(store, path).notes
    assert {row.value for row in store.current()} == {"Ärger", "fröhlich", "müde"}
    assert any(note in each for each in notes)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"ooBinaryFile\x08TextGrid\0\0", "binary file of Praat; open it there, and save it as a text file"),
        (b'"Praat chronological TextGrid text file"\n0 2\n', "open it in Praat, and save it as a text file"),
        ('"ooTextFile"\n"TextGrid" ääää'.encode("shift-jis", "replace") + b"\x82\xa0\x82", "save it in UTF-8"),
        ('"ooTextFile"\n"TextGrid"\n'.encode("utf-16")[:-1], "cut off or damaged; copy it again"),
    ],
)
def test_a_textgrid_that_is_refused_says_how_to_save_it(raw: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.TextGrid").write_bytes(raw)
    with pytest.raises(BadLabel, match=message):
        import_labels(LabelStore(tmp_path / "labels.sqlite"), tmp_path / "a.TextGrid")


def elan(path: Path, *spans: tuple[int, int], schema: bool = True) -> Path:
    from pympi.Elan import Eaf

    made = Eaf(author="somebody")
    made.add_tier("emotion/anna")
    for start_ms, end_ms in spans:
        made.add_annotation("emotion/anna", start_ms, end_ms, "anger")
    path.parent.mkdir(parents=True, exist_ok=True)
    made.to_file(str(path))
    if not schema:
        head = ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv2.8.xsd"'
        path.write_text(path.read_text().replace(head, "").replace(' VERSION="2.8"', ""))
    return path


def test_an_elan_file_without_its_schema_and_version_is_read(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    import_labels(store, elan(tmp_path / "a.eaf", (0, 900), schema=False))
    assert labels(store) == {("a#0.000-0.900", "emotion", "anger", "anna")}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</ANNOTATION_DOCUMENT>", "", "cannot be read as annotations of ELAN: no element found"),
        ('TIME_SLOT_ID="ts2"', 'TIME_SLOT_ID="ts9"', "is at the time ts2, which it lacks"),
        ('ANNOTATION_ID="a3"', 'ANNOTATION_ID="a2"', "it holds 2 annotations, of which 1 can be told apart"),
        ("ANNOTATION_DOCUMENT", "DOCUMENT", "a document of the kind DOCUMENT, not ANNOTATION_DOCUMENT"),
    ],
)
def test_an_elan_file_that_is_cut_off_or_contradicts_itself_is_refused(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    path = elan(tmp_path / "a.eaf", (0, 900), (900, 1200))
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BadLabel, match=message):
        import_labels(LabelStore(tmp_path / "labels.sqlite"), path)


def test_labels_of_elan_without_times_of_their_own_are_left_out_and_overlaps_noted(tmp_path: Path) -> None:
    path, store = elan(tmp_path / "a.eaf", (0, 900), (800, 1200), (2000, 3000)), LabelStore(tmp_path / "l.sqlite")
    path.write_text(path.read_text().replace(' TIME_VALUE="3000"', ""))
    notes = import_labels(store, path).notes
    assert {row[0] for row in labels(store)} == {"a#0.000-0.900", "a#0.800-1.200"}
    assert "labels that have no times of their own are left out: 1 (a)" in notes
    assert "a: 1 labels overlap another one of the same tier, and were read as they are" in notes


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_that_cannot_be_read_is_left_out_of_a_folder_and_the_exit_status_says_so(
    ending: str, tmp_path: Path
) -> None:
    make = grid if ending == ".textgrid" else (lambda path: elan(path, (0, 900)))
    for name in ("a", "b", "._a"):
        make(tmp_path / "in" / f"{name}{ending}")
    whole = (tmp_path / "in" / f"b{ending}").read_text()
    (tmp_path / "in" / f"b{ending}").write_text(whole[: len(whole) // 2])
    to = str(tmp_path / "l.sqlite")
    done = CliRunner().invoke(commands, ["labels", "import", to, str(tmp_path / "in")], catch_exceptions=False)
    assert done.exit_code == 1
    assert "files left out, since they cannot be read: 1 of 2" in done.output
    assert f"b{ending}" in done.output
    assert {row[0].partition("#")[0] for row in labels(LabelStore(tmp_path / "l.sqlite"))} == {"a"}
    (tmp_path / "in" / f"a{ending}").write_text("")
    with pytest.raises(BadLabel, match="none of the 2 files"):
        import_labels(LabelStore(tmp_path / "l.sqlite"), tmp_path / "in")


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_export_to_a_folder_that_fails_leaves_nothing_behind(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, to = LabelStore(tmp_path / "labels.sqlite"), tmp_path / "out" / f"mine{ending}"
    store.append(
        [Answer(n, f"{n}.wav#0.000-1.000", "emotion", "fear", rater="r") for n in ("a", "n" * 251, "ü" * 126, "b")]
    )
    with pytest.raises(BadLabel, match=r"has a name of 25\d bytes; expected at most 2"):
        export_labels(store, to)
    assert not list(tmp_path.glob("out/*"))

    names = LabelStore(tmp_path / "short.sqlite")
    names.append([Answer(n, f"{n}.wav#0.000-1.000", "emotion", "fear", rater="r") for n in ("a", "a.wav/b")])
    monkeypatch.setattr("praatio.textgrid.Textgrid.save", _full_disk)
    monkeypatch.setattr("pympi.Elan.Eaf.to_file", _full_disk)
    with pytest.raises(OSError, match="No space left"):
        export_labels(names, to)
    assert not list(tmp_path.glob("out/*"))


def _full_disk(_made: object, path: str, **_options: object) -> None:
    Path(path).write_text("half")
    if Path(path).stem.startswith("b"):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("ending", ["textgrid", "eaf"])
def test_traces_are_not_left_out_of_tiers_without_a_word(ending: str, tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.append([Answer("1", "a.wav#0.000-4.000", "arousal", trace=((0.0, 0.1),), rater="anna")])
    with pytest.raises(BadPlan, match="1 trace is left out, as tiers hold no curves"):
        export_labels(store, tmp_path / f"labels.{ending}")
    assert not (tmp_path / f"labels.{ending}").exists()
    store.append([Answer("2", "a.wav#0.000-4.000", "emotion", "anger", rater="anna")])
    assert export_labels(store, tmp_path / f"labels.{ending}") == 1
    told = CliRunner().invoke(commands, ["labels", "export", store.place, "--to", str(tmp_path / f"more.{ending}")])
    assert "wrote 1 rows" in told.output
    assert "- 1 trace is left out" in told.output
