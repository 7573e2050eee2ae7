"""Labels go in and out by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.errors import BadPlan
from seral_core.store import Answer, LabelStore


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    store = LabelStore(tmp_path / "project" / "labels.sqlite")
    store.append([Answer("1", "a.wav", "emotion", "anger", rater="ann", screen="s")])
    store.append([Answer("2", "b.wav", "emotion", "sadness", rater="ann", screen="t")])
    store.retract("t", "ann")
    return tmp_path / "project"


def seral(*words: object) -> str:
    done = CliRunner().invoke(commands, ["labels", *map(str, words)], catch_exceptions=False, standalone_mode=False)
    return done.output


def test_labels_of_a_project_are_exported_and_imported(project: Path, tmp_path: Path) -> None:
    for name in ("labels.csv", "labels.parquet", "db"):
        assert seral("export", project, "--to", tmp_path / name) == f"wrote 3 rows to {tmp_path / name}\n"
        other = tmp_path / f"{name}-other.sqlite"
        assert seral("import", other, tmp_path / name) == "read 3 rows, 3 of them new\n"
        assert seral("import", other, tmp_path / name) == "read 3 rows, 0 of them new\n"
        assert LabelStore(other).rows() == LabelStore(project / "labels.sqlite").rows()


def test_what_stands_can_be_exported_alone(project: Path, tmp_path: Path) -> None:
    assert seral("export", project, "--to", tmp_path / "now.csv", "--current").startswith("wrote 1 rows")
    assert seral("export", project / "labels.sqlite", "--to", tmp_path / "tasks.json").startswith("wrote 1 rows")


def test_classes_can_be_given_for_audformat(project: Path, tmp_path: Path) -> None:
    audformat = pytest.importorskip("audformat", reason="the audformat extra is not installed")
    seral("export", project, "--to", tmp_path / "db", "--target", "emotion=anger,boredom,sadness")
    database = audformat.Database.load(str(tmp_path / "db"))
    assert list(database.schemes["emotion"].labels) == ["anger", "boredom", "sadness"]


def test_a_store_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="is not there"):
        seral("export", tmp_path, "--to", tmp_path / "labels.csv")
    assert list(tmp_path.iterdir()) == []
