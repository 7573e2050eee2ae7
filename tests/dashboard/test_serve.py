"""Starting the dashboard: a port that is taken, a place that is none, and what leaves this computer."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from dashboard import projects, serve
from seral_core.errors import BadCorpus
from tests.dashboard.label import project, recordings


def test_a_port_that_is_taken_gives_the_next_free_one() -> None:
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert serve.free_port(taken) > taken


def test_a_place_that_does_not_exist_is_refused_before_anything_starts() -> None:
    with pytest.raises(BadCorpus, match="does not exist; expected"):
        serve.serve(place=Path("no/such/place"), browser=False)


def test_a_grid_is_opened_in_run_and_recordings_in_corpus(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERAL_OPEN", "")
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path / "none"))
    assert serve._first_page(finished) == "?run=small"
    (tmp_path / "anger").mkdir()
    (tmp_path / "sadness").mkdir()
    for name in ("anger/a.wav", "sadness/b.wav"):
        import numpy as np
        import soundfile

        soundfile.write(tmp_path / name, np.random.default_rng(0).normal(size=8000) / 10, 16_000)
    assert serve._first_page(tmp_path).startswith("corpus?corpus=")


def test_recordings_that_cannot_be_read_are_said_when_the_server_starts(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from seral_core.studio.opening import opened_project

    folder = tmp_path / "recordings"
    made, *_ = opened_project(str(recordings(folder, 4)), {"targets": ("emotion=anger,calm",)})
    folder.rename(tmp_path / "away")
    assert opened_project(str(folder), {})[0] == made, "the project goes on without them"
    serve._first_page(made)
    printed = capsys.readouterr().out
    assert "recordings of this project cannot be read" in printed
    assert "answers are stored all the same" in printed


def test_a_second_server_of_a_project_says_that_there_is_another(tmp_path: Path) -> None:
    folder = project(tmp_path)
    assert projects.notes(folder) == []
    code = (
        "import sys; from pathlib import Path; from dashboard import projects; print(projects.notes(Path(sys.argv[1])))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert "another dashboard has this project open" in done.stdout


def test_another_server_is_no_longer_named_once_it_has_ended(tmp_path: Path) -> None:
    folder = project(tmp_path)
    projects._marks[folder].release()
    with FileLock(folder / ".served", thread_local=False):
        (note,) = projects.notes(folder)
        assert "another dashboard has this project open" in note
    assert projects.notes(folder) == []


def test_the_server_listens_on_this_computer_alone_and_reports_nothing() -> None:
    assert serve.SETTINGS["server.address"] == "127.0.0.1"
    assert serve.SETTINGS["browser.gatherUsageStats"] is False
    assert serve.SETTINGS["client.showErrorDetails"] == "none"


def test_components_load_nothing_from_elsewhere() -> None:
    pages = Path(serve.__file__).parent
    for file in [*pages.rglob("*.js"), *pages.rglob("*.css"), *pages.rglob("*.py")]:
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        for line in text.splitlines():
            if "://" in line:
                own = ("://localhost", "://{", "example.org", "https?://", "(?=//)")
                assert any(part in line for part in own), (file.name, line)
