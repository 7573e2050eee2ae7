"""CONTRIBUTING.md is followed word by word: files are written as it says, and commands typed as it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.corpora.test_readers import folder_of
from tests.runs.conftest import small_table

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRITE = re.compile(r"Write\s+`([^`]+\.py)`:\s*$")
COPIED = ("seral_core", "tests", "conftest.py", "pyproject.toml")
#: Runs are written as a reader would type them, and made small here: of an option given twice, the last one counts.
SMALL = {
    "seral run": "--split speakers:3 --initial 8 --batch 4 --budget 16",
    "seral grid": "--split speakers:3 --initial 8 --batch 4 --budget 16 --seeds 1 --folds 0 --jobs 1",
    "seral recipe errors2008 --wrong": "--budget 20",
}


@dataclass(frozen=True)
class Recipe:
    """What a section says: files to write, commands to type, in this order."""

    files: dict[str, str]
    commands: list[str]


def recipe(title: str) -> Recipe:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    told = Recipe({}, [])
    for block in BLOCK.finditer(section):
        kind, body = block.groups()
        if kind == "python":
            path = WRITE.search(section[: block.start()])
            assert path, f"{title}: a file comes without its name:\n{body[:80]}"
            told.files[path[1]] = body
        elif kind == "sh":
            told.commands.extend(body.splitlines())
    return told


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of the checkout, so that nothing is written into this one."""
    copy = tmp_path / "seral"
    copy.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name)
        else:
            shutil.copy(source, copy / name)
    return copy


def typed(command: str, place: Path) -> str:
    """Type a command at a prompt in ``place``; return what it printed."""
    for start, small in SMALL.items():
        if command.startswith(start):
            table = place.parent / "data" / "table.parquet"
            table = table if table.exists() else small_table(table.parent)
            command += f" --corpus {table} --features {table.with_name('features.npz')} {small}"
    around = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(place),
        "PYTEST_ADDOPTS": "-p no:cacheprovider",
    }
    done = subprocess.run(command, shell=True, cwd=place, env=around, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def followed(title: str, place: Path) -> dict[str, str]:
    """Do what a section says; return what each command printed."""
    told = recipe(title)
    assert told.files
    assert told.commands
    for path, body in told.files.items():
        assert not (place / path).exists(), f"{path} exists already; name another one"
        (place / path).write_text(body, encoding="utf-8")
    for check in ("ruff check", "ruff format --check"):
        typed(f"{check} {' '.join(told.files)}", place)
    return {command: typed(command, place) for command in told.commands}


@pytest.mark.slow
def test_a_strategy_is_added_as_described(place: Path) -> None:
    printed = followed("Add a strategy in five minutes", place)
    assert "  density  " in printed["seral strategies"]
    assert "passed" in printed["python -m pytest tests/strategies/test_contract.py -k density"]
    (run,) = (out for command, out in printed.items() if command.startswith("seral run"))
    assert "16 of 16 labels" in run
    (grid,) = (out for command, out in printed.items() if command.startswith("seral grid"))
    assert "k-means:20+density" in grid
    assert (place / "out/density/curves.parquet").exists()


@pytest.mark.slow
def test_a_learner_is_added_as_described(place: Path) -> None:
    printed = followed("Add a learner", place)
    assert "3 passed" in printed["python -m pytest tests/learners -k extra-trees"]


@pytest.mark.slow
def test_an_oracle_is_added_as_described(place: Path) -> None:
    printed = followed("Add an oracle", place)
    assert "1 passed" in printed["python -m pytest tests/oracles -k tired"]


@pytest.mark.slow
def test_a_reader_is_added_as_described(place: Path) -> None:
    printed = followed("Add a reader", place)
    assert "F_01_OISHI_S_1_ANGRY_2.wav" in printed["seral corpora"]
    names = [f"{who}_S_1_{emotion}_1.wav" for who in ("F_01_OISHI", "M_02_NIPUN") for emotion in ("ANGRY", "SAD")]
    folder_of(place.parent / "subesco", names)
    check = "from seral_core.checks import check_reader; from seral_core.corpora.base import readers; "
    assert "4 segments" in typed(
        f"python -c \"{check}print(check_reader(readers['subesco'], '{place.parent / 'subesco'}'))\"", place
    )
    assert "anger 2" in typed(f"seral corpora {place.parent / 'subesco'}", place)


@pytest.mark.slow
def test_a_recipe_is_added_as_described(place: Path) -> None:
    printed = followed("Add a recipe", place)
    assert "--wrong FLOAT" in printed["seral recipe errors2008 --help"]
    report = printed["seral recipe errors2008 --wrong 0.3 --quick --jobs 1 --out out/errors"]
    assert "UAR of emotion, random, gold labels over random, erring labels" in report
    assert (place / "out/errors/curves.parquet").exists()


def test_every_room_on_the_map_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (plan,) = re.findall(r"^## The rooms.*?^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    named = [line.split()[0] for line in plan.splitlines()]
    assert not [name for name in named if not (ROOT / name).exists()]
    rooms = {f"seral_core/{p.name}/" for p in (ROOT / "seral_core").iterdir() if (p / "__init__.py").exists()}
    assert rooms <= set(named), f"not on the map: {rooms - set(named)}"
