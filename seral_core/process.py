"""The processes of SERAL: none obeys a file in the folder that the user is in, and children end with their parent.

A folder of recordings comes from somebody else, and Python and many libraries run or read what lies
in the current folder: modules, ``.streamlit``, ``.numba_config.yaml``. So SERAL works in a folder
of its own, and its children start there, on a safe path. What the user installed, or named in
``PYTHONPATH`` beforehand, is the user's own choice.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from seral_core.home import HERE, here, home

#: What holds this package: a checkout, or site-packages.
ROOT = Path(__file__).resolve().parents[1]
INSTALLED = ROOT.name in ("site-packages", "dist-packages")
#: What SERAL's packages are imported from; a checkout has the dashboard's in a folder of its own.
FOLDERS = (ROOT,) if INSTALLED else (ROOT, ROOT / "dashboard")
#: Seconds between two looks whether the parent of a pool's process is still there.
LOOK_S = 1.0
#: What the interpreter obeys, as the user had set it before SERAL began; nothing that is set later
#: counts.
_PYTHON = {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}


@contextmanager
def elsewhere() -> Iterator[None]:
    """Work in a folder of SERAL's own; the folder that the user is in is neither imported from nor obeyed.

    Examples
    --------
    >>> before = Path.cwd()
    >>> with elsewhere():
    ...     Path.cwd() == home("work"), here() == before
    (True, True)
    """
    env, path = dict(os.environ), list(sys.path)
    named = {name: str(here() / env[name]) for name in ("SERAL_HOME", "SERAL_RUNS") if env.get(name)}
    try:
        os.environ.update(named | {HERE: str(here()), "PYTHONSAFEPATH": "1"})
        sys.path[:] = _safe_path(path)
        with chdir(_work_folder()):
            yield
    finally:
        sys.path[:] = path
        for name in (*named, HERE, "PYTHONSAFEPATH"):
            os.environ.pop(name, None)
            os.environ.update({name: env[name]} if name in env else {})


def environment() -> dict[str, str]:
    """Return the environment of a child: the present one, but the interpreter's part as it was when SERAL began.

    Examples
    --------
    >>> os.environ["PYTHONSTARTUP"] = "recordings/run_me.py"
    >>> "PYTHONSTARTUP" in environment(), environment()["PYTHONSAFEPATH"]
    (False, '1')
    >>> del os.environ["PYTHONSTARTUP"]
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "STREAMLIT_"))}
    given = {name: value for name, value in _PYTHON.items() if name not in ("PYTHONPATH", "PYTHONSTARTUP")}
    path = [entry for entry in _PYTHON.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if not INSTALLED:  # a checkout need not be
        path += map(str, FOLDERS)
    own = {"PYTHONPATH": os.pathsep.join(_safe_path(path)), "PYTHONSAFEPATH": "1", HERE: str(here())}
    if kept.get("SERAL_HOME"):
        own["SERAL_HOME"] = str(home())
    return {**kept, **given, **own}


def start(module: str, *words: str, log: str, stays: bool = False) -> subprocess.Popen[bytes]:
    """Start a process that calls ``main()`` of a module.

    Parameters
    ----------
    module : str
        Of SERAL.
    words : str
        What it finds in ``sys.argv``; paths must be absolute.
    log : str
        Name of the file, among SERAL's logs, that gets what it prints.
    stays : bool
        Whether it goes on when this process ends, however that ends. All others end with it, or
        when their standard input is closed.

    Returns
    -------
    Popen
        In a session of its own, so that Ctrl-C is not heard there. What ends with this process has
        its ``stdin``; see `say`.

    Examples
    --------
    >>> with start("seral_core.cli.entry", "--version", log="example.log") as child:
    ...     child.wait()
    0
    """
    how = "stays" if stays else "ends"
    with _opened_log(home("logs") / log) as out:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "seral_core.process", how, module, *words],
            stdin=subprocess.DEVNULL if stays else subprocess.PIPE,
            stdout=out,
            stderr=out,
            bufsize=0,
            cwd=_work_folder(),
            env=environment(),
            start_new_session=True,
        )


def say(child: subprocess.Popen[bytes], text: str, *, stay: bool = False) -> None:
    """Say something to a child that ends with this process.

    Parameters
    ----------
    child : Popen
        As `start` returns it.
    text : str
        What its `Parent` hears.
    stay : bool
        Whether this is the last word, and the child goes on from then on when this process ends.

    Raises
    ------
    BrokenPipeError
        When the child has ended.
    """
    assert child.stdin is not None
    child.stdin.write(json.dumps([text, stay]).encode() + b"\n")
    if stay:
        child.stdin.close()


@contextmanager
def pool(**how: Any) -> Iterator[None]:
    """Have joblib use processes that end with this one, however it ends.

    Parameters
    ----------
    **how
        Of `joblib.parallel_config`.

    Examples
    --------
    >>> from joblib import Parallel, delayed
    >>> with pool():
    ...     Parallel(n_jobs=2)(delayed(abs)(number) for number in (1, -2))
    [1, 2]
    """
    from joblib import parallel_config

    with parallel_config(backend="loky", initializer=end_with, initargs=(os.getpid(),), **how):
        yield


def end_with(parent: int) -> None:
    """End this process soon after its parent has ended.

    Parameters
    ----------
    parent : int
        Its process id.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_S)
        os._exit(1)

    # The kernel's own signal (PR_SET_PDEATHSIG) comes when the thread ends that started this
    # process: too early.
    threading.Thread(target=watch, daemon=True).start()


class Parent:
    """The parent of this process, which has its standard input: what it says, and whether it is still there."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._said: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._listen, args=(pipe,), daemon=True).start()

    def hear(self) -> str:
        """Wait for the next line."""
        return self._said.get()

    def _listen(self, pipe: IO[bytes]) -> None:
        stays = False
        for line in pipe:
            text, stays = json.loads(line)
            self._said.put(text)
        if not stays:
            os._exit(0)


#: Of a process that was started to end with its parent.
parent: Parent | None = None


def main() -> None:
    """Be the child that `start` wants."""
    global parent
    how, module, *words = sys.argv[1:]
    sys.argv = [module, *words]
    # The module that others import, not the copy of it that runs as ``__main__``.
    this = import_module("seral_core.process")
    if how == "ends":
        this.parent = Parent(os.fdopen(0, "rb", closefd=False))  # type: ignore[attr-defined]
    import_module(module).main()


def _work_folder() -> Path:
    try:
        return home("work")
    except OSError:  # what needs the home raises the error
        return ROOT / "seral_core"


def _safe_path(path: list[str]) -> list[str]:
    """Return a search path without the folder that the user is in, unless SERAL itself lies there."""
    kept = []
    for entry in path:
        full = here() / entry
        if full.resolve() == here().resolve():
            kept += [str(full.resolve())] if full.resolve() in FOLDERS else []
        else:
            kept.append(str(full) if full.exists() else entry)  # what is no path belongs to an import hook
    return kept


def _opened_log(path: Path) -> IO[bytes]:
    """Open a log that only its owner may read: it names recordings."""
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))


if __name__ == "__main__":
    main()
