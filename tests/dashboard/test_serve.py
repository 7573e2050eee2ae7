"""Starting the dashboard: a port that is taken, a place that is none, and what leaves this computer."""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from urllib.request import urlopen

import pytest
from filelock import FileLock

from seral_core.errors import BadCorpus
from seral_dashboard import labelling, projects, serve
from seral_dashboard.ports import take_port
from tests.dashboard.label import project, recordings
from tests.patience import PATIENCE, until


def test_a_port_that_is_taken_gives_the_next_free_one() -> None:
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        port, held = take_port(taken)
        assert port > taken
        if held is not None:
            held.close()


def six(port: int) -> socket.socket:
    """A program of somebody else that listens where browsers look for ``localhost`` first."""
    other = socket.socket(socket.AF_INET6)
    try:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("::1", port))
        other.listen()
    except OSError as wrong:
        other.close()
        if wrong.errno == errno.EADDRNOTAVAIL:
            pytest.skip("this computer has no address ::1")
        raise
    return other


def test_nobody_else_listens_on_the_port_under_the_other_address_of_localhost() -> None:
    port, held = take_port(21_500)
    try:
        with pytest.raises(OSError, match="in use"):
            six(port).close()
    finally:
        if held is not None:
            held.close()
    with contextlib.closing(six(port)):
        later, held = take_port(port)
        assert later > port
        if held is not None:
            held.close()


STOLEN = """
import socket, sys
from seral_dashboard import serve
port, thief = int(sys.argv[1]), socket.socket()
def load():
    thief.bind(("127.0.0.1", port))
    thief.listen()
serve._load = load
serve._open_browser = lambda address: print("opened", address)
serve.serve(port=port, announced=lambda begin: [f"link {begin}"])
"""


def test_no_token_is_shown_or_sent_when_the_port_was_taken_at_the_last_moment(own_home: Path) -> None:
    port, held = take_port(21_600)
    if held is not None:
        held.close()
    done = subprocess.run([sys.executable, "-c", STOLEN, str(port)], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode != 0
    assert "token" not in done.stdout
    assert "link" not in done.stdout
    assert "opened" not in done.stdout
    assert f"another program took port {port} while the dashboard was starting" in done.stderr


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


def test_recordings_that_cannot_be_read_are_reported_when_the_server_starts(
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
    assert "answers are stored nevertheless" in printed


def test_a_second_server_of_a_project_says_that_there_is_another(tmp_path: Path) -> None:
    folder = project(tmp_path)
    assert projects.notes(folder) == []
    code = (
        "import sys; from pathlib import Path; from seral_dashboard import projects; "
        "print(projects.notes(Path(sys.argv[1])))"
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


@pytest.fixture
def encrypted(own_home: Path, tmp_path: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    """``seral label`` with a certificate: what it printed, and whom to trust."""
    if not shutil.which("openssl"):
        pytest.skip("the program openssl makes the certificate, and is not installed")
    certificate, key, log = (tmp_path / name for name in ("certificate.pem", "key.pem", "printed"))
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext"
    how = ["openssl", *made.split(), "subjectAltName=DNS:localhost", "-out", certificate, "-keyout", key]
    subprocess.run(how, check=True, capture_output=True)
    words = ["label", project(tmp_path, clips=4), "--no-browser", "--port", take_port(21_443)[0]]
    words += ["--certificate", certificate, "--key", key]
    with log.open("wb") as out:
        start = [sys.executable, "-c", "from seral_core.cli import main; main()", *map(str, words)]
        server = subprocess.Popen(start, stdout=out, stderr=out)
    try:
        trust = ssl.create_default_context(cafile=certificate)
        until(lambda: "/rate/" in log.read_text() or server.poll() is not None)
        assert server.poll() is None, log.read_text()
        yield log.read_text(), trust
    finally:
        server.terminate()
        server.wait(PATIENCE)


def test_with_a_certificate_links_are_https_and_the_cookie_goes_nowhere_else(
    encrypted: tuple[str, ssl.SSLContext],
) -> None:
    printed, trust = encrypted
    assert "streamlit" not in printed.lower(), "Streamlit has nothing to tell a user of SERAL"
    own, *links = re.findall(r"https?://\S+", printed.replace("\n", " \n"))
    assert links
    assert all(address.startswith("https://localhost:") for address in (own, *links))
    port = int(own.split(":")[2].partition("/")[0])
    with contextlib.closing(HTTPSConnection("localhost", port, context=trust, timeout=PATIENCE)) as line:
        line.request("GET", own.partition(str(port))[2])
        answer = line.getresponse()
        assert answer.status == 303
        assert "; Secure" in str(answer.headers["set-cookie"])
        answer.read()
        line.request("GET", links[-1].partition(str(port))[2])
        assert line.getresponse().status == 200
    with pytest.raises((OSError, HTTPException)):
        urlopen(f"http://localhost:{port}/", timeout=PATIENCE)


def test_links_of_raters_begin_as_the_server_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAL_ADDRESS", "https://localhost:8501")
    assert labelling.link("secret", 8501) == "https://localhost:8501/rate/secret"


def test_components_load_nothing_from_elsewhere() -> None:
    pages = Path(serve.__file__).parent
    for file in [*pages.rglob("*.js"), *pages.rglob("*.css"), *pages.rglob("*.py")]:
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        for line in text.splitlines():
            if "://" in line:
                own = ("://localhost", "://{", "example.org", "https?://", "(?=//)")
                assert any(part in line for part in own), (file.name, line)
