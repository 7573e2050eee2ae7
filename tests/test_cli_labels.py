"""Labels go in and out by the command line."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.corpora.base import open_corpus
from seral_core.errors import BadPlan, BadStore
from seral_core.store import Answer, LabelStore
from seral_core.studio.given import taken_back
from seral_core.studio.human_vs_gold import versus
from seral_core.studio.opening import opened_project
from seral_core.studio.session import Session
from seral_core.studio.stores import ForeignStore
from seral_core.studio.testing import made_project
from seral_core.studio.trainer import Trainer


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    store = LabelStore(tmp_path / "project" / "labels.sqlite")
    store.append([Answer("1", "a.wav", "emotion", "anger", rater="ann", screen="s")])
    store.append([Answer("2", "b.wav", "emotion", "sadness", rater="ann", screen="t")])
    store.append(taken_back(store.rows(screen="t"), at=1.0))
    return tmp_path / "project"


def seral(*words: object) -> str:
    done = CliRunner().invoke(commands, ["labels", *map(str, words)], catch_exceptions=False, standalone_mode=False)
    return done.output


def test_labels_of_a_project_are_exported_and_imported(project: Path, tmp_path: Path) -> None:
    for name in ("labels.csv", "labels.parquet", "db"):
        assert seral("export", project, "--to", tmp_path / name) == f"wrote 3 rows to {tmp_path / name}\n"
        other = tmp_path / f"{name}-other.sqlite"
        said = seral("import", other, tmp_path / name).splitlines()
        assert said[0] == "read 3 rows, 3 of them new"
        assert said[1].startswith(f"made a new store, {other}, which belongs to no project")
        assert seral("import", other, tmp_path / name) == "read 3 rows, 0 of them new\n"
        assert LabelStore(other).rows() == LabelStore(project / "labels.sqlite").rows()


def test_valid_answers_can_be_exported_alone(project: Path, tmp_path: Path) -> None:
    assert seral("export", project, "--to", tmp_path / "now.csv", "--current").startswith("wrote 1 rows")
    assert seral("export", project / "labels.sqlite", "--to", tmp_path / "tasks.json").startswith("wrote 1 rows")


def test_classes_can_be_given_for_audformat(project: Path, tmp_path: Path) -> None:
    audformat = pytest.importorskip("audformat", reason="the audformat extra is not installed")
    seral("export", project, "--to", tmp_path / "db", "--target", "emotion=anger,boredom,sadness")
    database = audformat.Database.load(str(tmp_path / "db"))
    assert list(database.schemes["emotion"].labels) == ["anger", "boredom", "sadness"]


def test_missing_answers_stop_an_export_until_the_user_goes_on_with_what_is_there(
    project: Path, tmp_path: Path
) -> None:
    seral("backup", project, "--out", tmp_path / "old.sqlite")
    LabelStore(project / "labels.sqlite").append([Answer("9", "z.wav", "emotion", "anger", rater="ann")])
    shutil.copyfile(tmp_path / "old.sqlite", project / "labels.sqlite")
    with pytest.raises(BadStore, match=r"has 3 rows .* 4 were stored .*missing: 1.*seral labels accept"):
        seral("export", project, "--to", tmp_path / "labels.csv")
    assert not (tmp_path / "labels.csv").exists()
    assert seral("accept", project, "--yes").endswith("goes on with 3 rows\n")
    assert seral("accept", project).startswith("nothing is missing")
    assert seral("export", project, "--to", tmp_path / "labels.csv").startswith("wrote 3 rows")
    with pytest.raises(BadPlan, match=r"labels\.csv is there already; .*--replace"):
        seral("export", project, "--to", tmp_path / "labels.csv")
    assert seral("export", project, "--to", tmp_path / "labels.csv", "--replace").startswith("wrote 3 rows")


def test_a_store_that_was_deleted_is_not_taken_for_an_empty_one(project: Path, tmp_path: Path) -> None:
    (project / "labels.sqlite").unlink()
    with pytest.raises(BadStore, match=r"has 0 rows .* 3 were stored"):
        seral("export", project, "--to", tmp_path / "labels.csv")


def test_a_backup_is_the_labels_in_one_file(project: Path, tmp_path: Path) -> None:
    assert seral("backup", project).startswith("wrote 3 rows to ")
    (made,) = project.glob("labels-*.sqlite")
    assert seral("export", made, "--to", tmp_path / "labels.csv").startswith("wrote 3 rows")
    with pytest.raises(BadStore, match="is there already"):
        seral("backup", project, "--out", made)


#: A backup that is killed while SQLite writes its draft.
BACKUP = """
import sqlite3, sys
from pathlib import Path
from seral_core.store.labels import LabelStore
from seral_core.store.reach import Reach

def copy(self, draft, to):
    half = sqlite3.connect(draft, isolation_level=None)
    half.executescript("PRAGMA synchronous=FULL; CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (zeroblob(1000));")
    print(flush=True)
    input()

Reach.copy = copy
LabelStore(Path(sys.argv[1])).backup(Path(sys.argv[2]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there a draft is cleared when it is a day old")
def test_what_a_killed_backup_left_goes_with_the_next_one_whatever_that_is_called(
    project: Path, tmp_path: Path
) -> None:
    words = [sys.executable, "-c", BACKUP, str(project / "labels.sqlite"), str(tmp_path / "monday.sqlite")]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        left = [path for path in tmp_path.iterdir() if ".draft" in path.name]
        assert {path.name.rpartition(".")[2] for path in left} == {"sqlite", "sqlite-journal"}
        for path in left:
            os.utime(path, (time.time() - 60,) * 2)
        seral("backup", project, "--out", tmp_path / "tuesday.sqlite")
        assert all(path.exists() for path in left), "its writer lives"
        writer.kill()
    seral("backup", project, "--out", tmp_path / "wednesday.sqlite")
    assert [path for path in left if path.exists()] == []


def test_a_foreign_address_in_a_project_is_not_connected_to_before_the_user_agrees(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.01)
        address = f"postgresql://me:secret@127.0.0.1:{listener.getsockname()[1]}/labels?connect_timeout=1"
        folder = made_project(6, folder=tmp_path)
        text = (folder / "studio.toml").read_text()
        (folder / "studio.toml").write_text(text.replace('store = ""', f'store = "{address}"'))
        verbs: list[Callable[[], object]] = [
            lambda: seral("export", folder, "--to", tmp_path / "labels.csv"),
            lambda: seral("backup", folder),
            lambda: open_corpus(folder),
            lambda: opened_project(str(folder), {}),
            lambda: Session(folder, train=False),
            lambda: Trainer(folder),
            lambda: versus(folder),
        ]
        for verb in verbs:
            with pytest.raises(ForeignStore, match=r"seral labels trust") as told:
                verb()
            assert "secret" not in str(told.value)
        with pytest.raises(TimeoutError):
            listener.accept()
        assert seral("trust", folder, "--yes").endswith("may keep its labels there\n")
        assert Session(folder, train=False).store.place.startswith("postgresql")
        shutil.copytree(folder, tmp_path / "copy")
        with pytest.raises(ForeignStore):
            Session(tmp_path / "copy", train=False)
        edited = (folder / "studio.toml").read_text().replace("connect_timeout=1", "sslmode=disable")
        (folder / "studio.toml").write_text(edited)
        with pytest.raises(ForeignStore, match="sslmode=disable"):  # it was another address that was agreed to
            Session(folder, train=False)


def test_making_a_project_with_an_address_is_agreeing_to_it(tmp_path: Path) -> None:
    folder = made_project(6, folder=tmp_path, store="postgresql://127.0.0.1:9/labels")
    assert Session(folder, train=False).store.place.endswith("127.0.0.1:9/labels")


def test_a_store_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="is not there"):
        seral("export", tmp_path, "--to", tmp_path / "labels.csv")
    assert list(tmp_path.iterdir()) == []
