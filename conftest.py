"""What docstring examples and tests share: a home of their own, and names that examples need not import."""

import importlib.util
import os
import re
from pathlib import Path

# The suite has a process for every core already: those that a test does not ask for by number would cost seconds each,
# and threads that wait for others leave their core to them. Set before numerical libraries are loaded.
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pytest

_TOP = re.compile(r"^(?:import|from) (torch|seral_core\.deep\.\w+)\b", re.MULTILINE)


def _need_torch() -> list[str]:
    """Return the files that import torch when they are imported, themselves or through others of their room."""
    files = {f"seral_core.deep.{path.stem}": path for path in Path(__file__).parent.glob("seral_core/deep/*.py")}
    imports = {name: set(_TOP.findall(path.read_text(encoding="utf-8"))) for name, path in files.items()}
    need = {"torch"}
    while more := {name for name in imports.keys() - need if imports[name] & need}:
        need |= more
    return [str(files[name]) for name in need - {"torch"}]


#: Examples of files that need torch are left out where it is missing.
collect_ignore = _need_torch() if importlib.util.find_spec("torch") is None else []


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs and caches of tests and examples stay away from the user's."""
    home = tmp_path_factory.mktemp("seral-home")
    if "PYTEST_XDIST_WORKER" in os.environ:  # recordings and features that one process made serve all
        cache = tmp_path_factory.getbasetemp().parent / "seral-cache"
        cache.mkdir(exist_ok=True)
        (home / "cache").symlink_to(cache, target_is_directory=True)
    os.environ["SERAL_HOME"] = str(home)
    os.environ["HF_HOME"] = str(home / "hugging-face")
    os.environ["HF_HUB_OFFLINE"] = "1"
    return home


@pytest.fixture(autouse=True)
def _example_names(doctest_namespace: dict[str, object]) -> None:
    from seral_core.corpora.corpus import toy_corpus
    from seral_core.strategies.base import line_view

    doctest_namespace.update(np=np, line_view=line_view, toy_corpus=toy_corpus)
