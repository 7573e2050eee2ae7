"""Recordings of somebody else: no file of the folder that a command is started in, or works on, is run or obeyed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import pytest
import soundfile

from seral_core.cli import commands
from seral_core.cli.place import Place
from seral_core.process import FOLDERS
from tests.patience import PATIENCE
from tests.runs.conftest import small_table

PATH = os.pathsep.join(map(str, FOLDERS))
#: What Python, SERAL or its libraries would import.
MODULES = (
    "sitecustomize", "usercustomize", "filelock", "joblib", "numpy", "pandas", "sklearn", "click", "streamlit",
    "starlette", "soundfile", "librosa", "umap", "audformat", "yaml", "dask", "platformdirs", "tomli_w", "conftest",
    "sqlalchemy", "plotly", "seral_core", "seral_dashboard", "random", "csv", "__main__", "__init__",
)  # fmt: skip
#: What libraries look for in the current folder.
SETTINGS = {
    ".streamlit/secrets.toml": 'PYTHONPATH = "{more}"\nPYTHONSTARTUP = "{folder}/conftest.py"\nLD_PRELOAD = "x.so"\n',
    ".streamlit/config.toml": "[server]\nenableCORS = false\nenableXsrfProtection = false\nport = 1\nbroken",
    ".numba_config.yaml": "] no yaml",
    "x.pth": "import conftest\n",
    "pyproject.toml": "no toml",
    "setup.cfg": "no section",
    ".env": "PYTHONPATH={more}\n",
    ".pdbrc": "import conftest\n",
    "dask.yaml": "] no yaml",
    "matplotlibrc": "backend: no backend\n",
    "pip.conf": "[global]\nindex-url = http://127.0.0.1:9\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings with a table, a labelling project, and traps that leave a mark when they are run."""
    folder = tmp_path_factory.mktemp("recordings")
    small_table(folder, clips=48)
    for i in range(48):
        soundfile.write(folder / f"clip{i:03}.wav", np.random.default_rng(i).normal(size=4000) / 10, 16_000)
    mark = f"import pathlib\npathlib.Path({str(folder / 'ran')!r}).mkdir(exist_ok=True)\n"
    for place in (folder, folder / "more"):
        place.mkdir(exist_ok=True)
        for name in MODULES:
            text = f"{mark}pathlib.Path({str(folder / 'ran' / name)!r}).touch()\nraise SystemExit('a trap')\n"
            (place / f"{name}.py").write_text(text)
    for name, text in SETTINGS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text.format(folder=folder, more=folder / "more"))
    return folder


@pytest.fixture
def around(tmp_path: Path) -> dict[str, str]:
    """An environment as of a user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SERAL_")}
    return {**kept, "SERAL_HOME": str(tmp_path / "home"), "PYTHONPATH": PATH, "STREAMLIT_SERVER_ENABLE_CORS": "0"}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The ``seral`` command as it is installed, whose own folder comes first on the path."""
    made = tmp_path / "bin" / "seral"
    made.parent.mkdir()
    made.write_text("import sys\nfrom seral_core.cli import main\nsys.exit(main())\n")
    return made


def sprung(folder: Path) -> list[str]:
    """Traps that were run since the last look."""
    found = sorted((folder / "ran").glob("*"))
    for path in found:
        path.unlink()
    return [path.name for path in found]


HERE = ("--features", "features.npz", "--split", "speakers:3", "--initial", "8", "--budget", "8", "--seeds", "1")


@pytest.mark.parametrize(
    "words",
    [
        ("corpora", "."),
        ("features",),
        ("run", "--corpus", ".", "--split", "speakers:3", "--initial", "8", "--budget", "8", "--out", "{out}"),
        ("grid", "--corpus", ".", *HERE, "--strategies", "random", "--jobs", "2", "--out", "{out}"),
        ("resume", "{grid}"),
        ("show", "{grid}"),
        ("stream", "--watch", ".", "--target", "emotion=anger,sadness", "--initial", "4", "--once", "--out", "{out}"),
        ("labels", "export", "{project}", "--to", "{out}.csv"),
        ("labels", "import", "{project}", "labels.csv"),
    ],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_no_command_runs_or_obeys_what_lies_among_recordings(
    words: tuple[str, ...], folder: Path, around: dict[str, str], script: Path, tmp_path: Path
) -> None:
    names = {"out": str(tmp_path / "out"), "grid": str(tmp_path / "grid"), "project": str(tmp_path / "project")}
    given = [word.format(**names) for word in words]
    before_it(given, folder, tmp_path)
    done = subprocess.run([sys.executable, script, *given], cwd=folder, env=around, capture_output=True, text=True)
    assert sprung(folder) == []
    assert done.returncode == 0, done.stderr


def before_it(words: list[str], folder: Path, place: Path) -> None:
    """Make what a command works on."""
    from seral_core.cli.labels import store_at
    from seral_core.exchange import import_labels
    from seral_core.runs.grid import Grid
    from seral_core.runs.plan import Plan
    from seral_core.runs.worker import work
    from seral_core.studio.project import LabelProject, new_project

    if str(place / "grid") in words:
        where = {"corpus": str(folder / "table.parquet"), "features": str(folder / "features.npz")}
        Grid(Plan(**where, split="speakers:3", initial=8, budget=8), ("random",)).save(place / "grid")
        assert work(place / "grid")
    if str(place / "project") in words:
        new_project(place / "project", LabelProject(str(folder), ("emotion=anger,sadness",)), ("me",))
        (folder / "labels.csv").write_text("file,emotion\nclip000.wav,anger\n")
        import_labels(store_at(str(place / "project")), folder / "labels.csv")


CHILDREN = """
import sys, time
from pathlib import Path
from seral_dashboard.workers import crew
from seral_core.process import elsewhere
from seral_core.recipes.base import save_settings
from seral_core.recipes.han2013 import Han2013Settings
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.studio.project import LabelProject, new_project
from seral_core.studio.session import Session

def until(true):
    for _ in range(2400):
        if true():
            return
        time.sleep(0.1)
    sys.exit("it did not happen in time")

here, out = Path.cwd(), Path(sys.argv[1])
with elsewhere():
    where = {"corpus": str(here / "table.parquet"), "features": str(here / "features.npz")}
    Grid(Plan(**where, split="speakers:3", initial=8, budget=8), ("random",)).save(out / "grid")
    save_settings("han2013", Han2013Settings(**where, targets=("arousal",), quick=True, repetitions=2), out / "recipe")
    new_project(out / "project", LabelProject(str(here / "table.parquet"), ("emotion=anger,sadness",),
        features=where["features"]), ("me",))
    session = Session(out / "project")
    session.next("me")
    crew().start(out / "grid")
    crew().begin_recipe(out / "recipe")
    until(lambda: (out / "grid" / "summary.json").exists())
    until(lambda: (out / "recipe" / "report.md").exists())
    until(lambda: session.progress("me")["trainer"]["state"] in ("waiting", "failed"))
    print(session.progress("me")["trainer"]["state"])
"""


def test_no_child_of_the_dashboard_runs_or_obeys_what_lies_among_recordings(
    folder: Path, around: dict[str, str], tmp_path: Path
) -> None:
    driver = tmp_path / "driver.py"
    driver.write_text(CHILDREN)
    done = subprocess.run(
        [sys.executable, driver, tmp_path], cwd=folder, env=around, capture_output=True, text=True, timeout=2 * PATIENCE
    )
    assert sprung(folder) == []
    assert done.stdout.strip() == "waiting", done.stderr


@pytest.fixture
def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


SERVING = {"dashboard": (), "label": ("--target", "emotion=anger,sadness")}


@pytest.fixture(params=SERVING)
def dashboard(
    request: pytest.FixtureRequest, folder: Path, around: dict[str, str], script: Path, free_port: int, tmp_path: Path
) -> Iterator[Path]:
    """``cd recordings; seral dashboard .`` or ``seral label .``; what it printed."""
    log = tmp_path / "printed"
    words = [request.param, ".", *SERVING[request.param], "--no-browser", "--port", str(free_port)]
    with log.open("wb") as out:
        server = subprocess.Popen([sys.executable, script, *words], cwd=folder, env=around, stdout=out, stderr=out)
    try:
        for _ in range(10 * PATIENCE):
            # A request without a token is refused, but by a server that is there.
            with contextlib.suppress(OSError), contextlib.suppress(HTTPError):
                urlopen(f"http://127.0.0.1:{free_port}/_stcore/health", timeout=PATIENCE)
                break
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        yield log
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(PATIENCE)


def test_a_server_in_a_folder_of_recordings_runs_and_obeys_nothing_there(dashboard: Path, folder: Path) -> None:
    assert sprung(folder) == []
    assert "Traceback" not in dashboard.read_text()


STREAMLIT = """
import os
import streamlit  # from the folder of the recordings, as at worst
from seral_dashboard.explicit import STRICT, only_ours
only_ours()
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
config.get_config_options(force_reparse=True, options_from_flags=STRICT)
found = [config.get_option(name) for name in ("server.enableCORS", "server.enableXsrfProtection", "server.port")]
print(found, secrets_singleton.load_if_toml_exists(), os.environ["PYTHONPATH"] == PATH)
"""


def test_streamlit_obeys_no_file_and_no_variable_of_the_surroundings(
    folder: Path, around: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "look.py").write_text(f"PATH = {PATH!r}\n{STREAMLIT}")
    words = [sys.executable, "-P", tmp_path / "look.py"]
    (folder / ".streamlit" / "config.toml").write_text("[server]\nenableCORS = false\nenableXsrfProtection = false\n")
    done = subprocess.run(words, cwd=folder, env=around, capture_output=True, text=True)
    assert done.stdout.strip() == "[True, True, 8501] False True", done.stderr


def test_every_path_on_the_command_line_is_relative_to_where_the_user_is() -> None:
    def parameters(command: object) -> Iterator[object]:
        for sub in getattr(command, "commands", {}).values():
            yield from parameters(sub)
        yield from getattr(command, "params", ())

    from click import Path as Plain

    wrong = [p.name for p in parameters(commands) if isinstance(p.type, Plain) and not isinstance(p.type, Place)]
    assert wrong == []
