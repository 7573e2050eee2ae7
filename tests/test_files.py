"""What is written in one step: writers that were killed leave nothing, and trouble names the file that was meant."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seral_core.files import clear_drafts, held, replacing, write_text
from seral_core.folders import new_folder
from seral_core.store import Answer, LabelStore

WRITES = {
    "file": "from seral_core.files import replacing as writing; to = Path('table.csv')",
    "folder": "from seral_core.folders import new_folder as writing; to = Path('labels')",
}


def aged(folder: Path) -> list[Path]:
    """Return the drafts there; they were last written to a minute ago."""
    found = [path for path in folder.iterdir() if ".draft" in path.name]
    for path in found:
        os.utime(path, (time.time() - 60,) * 2)
    return found


@pytest.mark.parametrize(("kind", "again"), [("file", replacing), ("folder", new_folder)])
def test_a_draft_of_a_killed_writer_is_cleared_by_the_next_and_one_of_a_living_writer_is_not(
    kind: str, again: Callable[[Path], object], tmp_path: Path
) -> None:
    if sys.platform == "win32":
        pytest.skip("there a draft is cleared when it is a day old")
    code = f"from pathlib import Path; {WRITES[kind]}\nwith writing(to): print(flush=True); input()"
    words = [sys.executable, "-c", code]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(words, cwd=tmp_path, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        (draft,) = aged(tmp_path)
        name = "table" if kind == "file" else "labels"
        clear_drafts(tmp_path, name, draft.suffix if kind == "file" else "")
        assert draft.exists()
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    with again(tmp_path / ("table.csv" if kind == "file" else "labels")):  # type: ignore[attr-defined]
        assert not draft.exists()


def test_a_draft_that_was_written_to_a_moment_ago_and_what_only_looks_like_one_stay(tmp_path: Path) -> None:
    young, link, other = (tmp_path / f".l.{i * 12}.draft.csv" for i in "abc")
    young.touch()
    link.symlink_to(tmp_path / "nowhere")
    mine = tmp_path / ".l.draft.csv"
    mine.touch()
    os.utime(mine, (0, 0))
    other.touch()
    os.utime(other, (time.time() - 60,) * 2)
    with held(other):
        clear_drafts(tmp_path, "l", ".csv")
    assert young.exists()
    assert link.is_symlink()
    assert mine.exists()
    assert other.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_names_the_file_that_was_to_be_written(tmp_path: Path) -> None:
    for writing in (replacing, new_folder):
        with pytest.raises(OSError, match=r"No space left on device: '.*table\.csv'"):  # noqa: SIM117
            with writing(tmp_path / "table.csv"), open("/dev/full", "w") as full:
                full.write("x" * 10_000_000)
    assert not list(tmp_path.iterdir())


def test_a_place_that_is_only_read_names_the_file_and_not_its_draft(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 300}.csv"
    with pytest.raises(OSError, match=r"x{300}") as told:
        write_text(path, "all")
    assert ".draft" not in str(told.value)


def test_a_backup_on_a_full_disk_names_the_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    store, to = LabelStore(tmp_path / "labels.sqlite"), tmp_path / "backup.sqlite"
    store.append([Answer("1", "a.wav", "emotion", "anger", rater="r1")])
    opened = sqlite3.connect

    class Full(sqlite3.Connection):
        def execute(self, *words: object) -> sqlite3.Cursor:  # type: ignore[override]
            wrong = sqlite3.OperationalError("database or disk is full")
            wrong.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise wrong

    def connect(place: object, **how: object) -> sqlite3.Connection:
        return opened(place, **({"factory": Full} if ".draft" in str(place) else {}), **how)  # type: ignore[arg-type, call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", connect)
    with pytest.raises(OSError, match=r"No space left on device: '.*backup\.sqlite'"):
        store.backup(to)
    assert not list(tmp_path.glob("[.b]*"))
