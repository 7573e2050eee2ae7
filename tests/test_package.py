"""The distribution: what a wheel holds, what it is called, and that it works where nothing else of the checkout is."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

import seral_core
from seral_core.errors import DISTRIBUTION
from tests.patience import PATIENCE

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: pip install -e '.[dev]'")

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def ours(*patterns: str) -> list[Path]:
    folders = ("seral_core", "dashboard", "notebooks", "tests", "docs")
    return [path for name in folders for pattern in patterns for path in (ROOT / name).rglob(pattern)]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_everything_that_names_the_distribution_names_ours() -> None:
    assert PROJECT["name"] == DISTRIBUTION
    stranger = re.compile(r"(pip|pipx|uv)[^\n]* install[^\n]*[\"' ]seral(?![-\w])|\bseral\\*\[\w")
    texts = [*ours("*.py", "*.ipynb", "*.md"), *ROOT.glob("*.md"), ROOT / "Makefile"]
    wrong = [path.name for path in texts if stranger.search(read(path)) and path != Path(__file__)]
    assert not wrong, f"these install another project called seral: {wrong}"


def test_every_extra_that_a_message_advises_exists() -> None:
    advised = {
        node.args[-1].value
        for path in ours("*.py")
        if re.search(r"MissingExtra\(|install_command\(", read(path))
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in ("MissingExtra", "install_command")
        and isinstance(node.args[-1], ast.Constant)
    }
    assert "deep" in advised
    assert advised <= PROJECT["optional-dependencies"].keys()


def test_the_citation_is_of_this_version() -> None:
    cited = yaml.safe_load(read(ROOT / "CITATION.cff"))
    assert cited["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= cited.keys()
    assert (cited["version"], cited["license"]) == (seral_core.__version__, PROJECT["license"])


def run(*words: object, cwd: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SERAL_"))}
    done = subprocess.run([*map(str, words)], cwd=cwd, env=kept, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel that is built from the sdist alone."""
    pytest.importorskip("hatchling", reason="hatchling is not installed: pip install -e '.[dev]'")
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (source,) = folder.glob("*.tar.gz")
    run("tar", "xf", source, cwd=folder)
    unpacked = folder / source.name.removesuffix(".tar.gz")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=unpacked)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel; it borrows what the wheel depends on, but nothing of the checkout."""
    place = tmp_path_factory.mktemp("clean")
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", wheel)
    run(*pip, cwd=place)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place).strip())
    borrowed = [entry for entry in sys.path if Path(entry).name == "site-packages"]
    (site / "borrowed.pth").write_text("\n".join(borrowed))
    return place


@pytest.mark.slow
def test_a_wheel_holds_our_packages_with_all_their_files_and_no_others(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"seral_core", "seral_dashboard"}
    assert "seral_core/py.typed" in names
    tracked = [
        path.relative_to(place)
        for place in (ROOT, ROOT / "dashboard")
        for package in ("seral_core", "seral_dashboard")
        for path in (place / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert {str(path) for path in tracked} - names == set()


@pytest.fixture
def demo(installed: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """``seral demo`` of the wheel, in a home of its own, and what it prints."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SERAL_"))}
    words = [installed / "bin" / "seral", "demo", "--no-browser", "--port", str(port)]
    log = tmp_path / "printed"
    with log.open("wb") as out:
        server = subprocess.Popen(
            words, cwd=tmp_path, env={**kept, "SERAL_HOME": str(tmp_path / "home")}, stdout=out, stderr=out
        )
    yield server, log
    server.send_signal(signal.SIGINT)
    server.wait(PATIENCE)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demo_of_a_wheel_in_a_clean_environment_shows_its_pages(
    demo: tuple[subprocess.Popen[bytes], Path], installed: Path
) -> None:
    server, log = demo
    address = None
    while address is None:
        assert server.poll() is None, log.read_text()
        address = re.search(r"http://\S+token=\S+", log.read_text())
        time.sleep(0.2)
    visit = build_opener(HTTPCookieProcessor())  # the token becomes a cookie
    assert "streamlit" in visit.open(address[0]).read().decode().lower()
    where = "import seral_core, seral_dashboard; print(seral_core.__file__, seral_dashboard.__file__)"
    assert run(installed / "bin" / "python", "-c", where, cwd=installed).count(str(installed)) == 2
    assert (log.parent / "home" / "runs" / "demo" / "summary.json").exists()
