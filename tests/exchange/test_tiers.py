"""Labels go to Praat and ELAN and come back: by the programs' own file formats, with times, targets and raters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.errors import BadLabel, BadPlan
from seral_core.exchange import export_labels, import_labels
from seral_core.store import Answer, LabelStore
from seral_core.studio.project import LabelProject, new_project

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
def test_peoples_labels_come_back_with_their_times_targets_and_raters(
    ending: str, store: LabelStore, tmp_path: Path
) -> None:
    to, again = tmp_path / f"mine{ending}", LabelStore(tmp_path / "again.sqlite")
    assert export_labels(store, to, lengths_s=lambda: {"b.wav": 3.0}) == 5
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
        export_labels(store, tmp_path / f"mine{ending}", lengths_s=lambda: {"b.wav": 3.0})


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
