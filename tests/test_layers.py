"""Imports point down, and heavy packages stay where they belong."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DASHBOARD = ROOT / "dashboard" / "seral_dashboard"

#: Rooms from the ground floor up; a room may import from those before it, and from itself.
FLOORS = [
    ["errors", "former", "digests", "own", "look", "in_memory", "in_python"],
    [
        "types",
        "units",
        "registry",
        "options",
        "home",
        "files",
        "folders",
        "unpacking",
        "toml",
        "threads",
        "progress",
        "norms",
        "guard",
        "figure_text",
        "joined_beliefs",
        "notebook_figures",
    ],
    ["process"],
    ["store", "scores"],
    ["crowds"],
    ["corpora"],
    ["features"],
    ["far"],
    ["sequences"],
    ["learners"],
    ["confidence"],
    ["oracles", "strategies"],
    ["deep"],
    ["runs"],
    ["model"],
    [
        "recipes",
        "studio",
        "checks",
        "charts",
        "rater_charts",
        "pictures",
        "training_figure",
        "console",
        "demo",
        "exchange",
    ],
    ["classroom"],
    ["report_page", "dataset", "continued", "comparing", "emotion_in_time"],
    ["cli", "widget", "map_widget", "course"],
]
FLOOR = {room: i for i, rooms in enumerate(FLOORS) for room in rooms}
#: Heavy packages and the only places that may import them at all.
HOMES = {"torch": ("seral_core/deep",), "streamlit": ("dashboard/seral_dashboard",)}


def modules() -> list[Path]:
    return sorted([*ROOT.glob("seral_core/**/*.py"), *DASHBOARD.glob("**/*.py")])


@cache
def imports(path: Path) -> list[tuple[str, bool]]:
    """Every module that a file imports, and whether it does so only when a function runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) for n in ast.walk(f)}
    found: list[tuple[str, bool]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in lazy) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append((node.module, id(node) in lazy))
    return found


def test_imports_point_down() -> None:
    wrong = []
    for path in modules():
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] != "seral_core" or parts[1] == "__init__":
            continue
        for module, _ in imports(path):
            names = module.split(".")
            if names[0] == "seral_dashboard" and parts[1] not in ("cli", "demo", "widget", "map_widget"):
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")
            if names[0] == "seral_core" and len(names) > 1 and FLOOR[names[1]] > FLOOR[parts[1]]:
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", HOMES)
def test_heavy_packages_are_imported_in_their_own_wing_alone(package: str) -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in modules()
        if any(module.split(".")[0] == package for module, _ in imports(path))
        and not str(path.relative_to(ROOT)).startswith(HOMES[package])
    ]
    assert not wrong


def test_every_file_is_under_400_lines() -> None:
    files = [
        *modules(),
        *DASHBOARD.glob("**/*.js"),
        *DASHBOARD.glob("**/*.css"),
    ]
    length = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in files}
    assert not {file: lines for file, lines in length.items() if lines >= 400}


def test_importing_seral_core_is_light() -> None:
    code = (
        "import sys, seral_core\n"
        "heavy = {'streamlit', 'torch', 'librosa', 'umap', 'sklearn', 'plotly', 'pandas'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "[]"


def test_no_two_files_import_each_other() -> None:
    """Neither at the top nor in a function: what two files need from one another is an idea of its own."""
    name = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules()}
    known = set(name.values())
    arrows = {
        (name[path], module)
        for path in modules()
        for module, _ in imports(path)
        if module in known and path.name != "__init__.py"  # which lists what its own folder has
    }
    assert not sorted(pair for pair in arrows if pair[::-1] in arrows and pair[0] < pair[1])


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("seral_core", "ready", "prepare"),
        ("seral_core", "carry_out", "run_grid"),
        ("seral_core.runs.build", "Ready", "PreparedRun"),
        ("seral_core.studio.project", "Studio", "LabelProject"),
        ("seral_core.strategies.uncertainty", "together", "mean_ranks"),
    ],
)
def test_names_of_before_lead_to_the_new_ones_and_say_so(module: str, old: str, new: str) -> None:
    found = importlib.import_module(module)
    with pytest.warns(DeprecationWarning, match=f"'{old}' is called '{new}' now"):
        assert getattr(found, old) is getattr(found, new)
