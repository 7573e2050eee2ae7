"""A small world that every example starts from: files of all kinds that SERAL reads; then one of them is broken."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import soundfile
from hypothesis import strategies as st

from tests.fuzz.rule import at

#: Names the folder of a world that is made already.
PLACE = "SERAL_FUZZ_WORLD"
#: What replaces a number or a word.
ODD = (
    b"", b"0", b"-1", b"1e400", b"nan", b"inf", b"-inf", b"1" + b"0" * 30, b"9" * 400, b"1" * 5000, b"true", b"[]",
    b"{}", b"null", b'""', b'"\\ud800"', b"\xff\xfe", b"\x00", b"=1+1", "ü\u202e".encode(), b"[" * 3000, b"\n", b",",
    b"\r", b"'", b'"', b"..", b"/", b"a" * 300,
)  # fmt: skip


def build(root: Path) -> Path:
    """Make the world below a folder: recordings, tables, features, a finished grid, a stream, a project, exports."""
    from seral_core.exchange import export_labels
    from seral_core.runs.grid import Grid, run_grid
    from seral_core.runs.live_stream import watch
    from seral_core.runs.plan import Plan
    from seral_core.runs.watch_folder import Watch, target_from
    from seral_core.store import LabelStore
    from seral_core.studio.testing import answered, made_project

    root.mkdir(parents=True, exist_ok=True)
    project = answered(made_project(clips=12, folder=root), 5)
    (root / "recordings").mkdir()
    for i in range(4):
        tone = 0.4 * np.sin(np.arange(4000) * (0.1 + i / 20)) * np.hanning(4000)
        soundfile.write(root / "recordings" / f"{i}.wav", tone, 8000)
    plan = Plan(
        "clips.csv", features="features.npz", split="none", judge="whole-set", initial=3, batch=3, budget=9,
        learner="logistic-regression", strategy="random", normalise="off",
    )  # fmt: skip
    store = LabelStore(project / "labels.sqlite")
    for name in ("labels.csv", "tasks.json", "database"):
        export_labels(store, root / name)
    scales = [f"{i:04}.wav,{i % 3},{i % 5 - 2},{i % 4 - 2}" for i in range(12)]
    (root / "scales.csv").write_text("file,speaker,arousal,valence\n" + "\n".join(scales) + "\n", encoding="utf-8")
    with at(root):  # a run is named by what its plan says: copies of it must say the same
        list(run_grid(Grid(plan, ("random", "margin"), (0,)), root / "grid", jobs=1))
    (root / "plan.toml").write_text(plan.to_toml(), encoding="utf-8")
    (root / "answers.csv").write_text("file,arousal\n0.wav,0.5\n1.wav,-0.25\n", encoding="utf-8")
    task, answers = (target_from("arousal=-1:1"),), root / "answers.csv"
    stream = Watch(root / "recordings", root / "stream", task, answers, initial=2, buffer=2, settle_s=0.01)
    list(watch(stream, once=True, tell=lambda _: None))
    (root / "recipe").mkdir()
    recipe = 'recipe = "han2013"\nquick = true\ncorpus = "scales.csv"\nfeatures = "features.npz"\n'
    (root / "recipe" / "recipe.toml").write_text(recipe, encoding="utf-8")
    (root / "traces.json").write_text(json.dumps({"a": [0, 0.5]}), encoding="utf-8")
    with zipfile.ZipFile(root / "corpus.zip", "w") as bundle:
        for path in sorted((root / "recordings").iterdir()):
            bundle.write(path, f"wav/{path.name}")
    return root


def copied(world: Path, to: Path) -> Path:
    """Copy the world, and have what names its place in it name the new one."""
    shutil.copytree(world, to)
    for path in to.rglob("*.toml"):
        path.write_bytes(path.read_bytes().replace(bytes(world), bytes(to)))
    return to


def paths(world: Path) -> list[str]:
    """Return what a user can name in the world, relative to it."""
    found = [str(path.relative_to(world)) for path in sorted(world.rglob("*"))]
    return [path for path in found if not path.endswith((".lock", "-wal", "-shm"))]


def broken(content: bytes, draw: st.DrawFn) -> bytes:
    """Return a file's content with one to three things wrong with it."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        length = draw(st.sampled_from([0, 1, 2, 8, 100]))
        piece = content[at : at + length]
        way = draw(st.sampled_from(["odd", "odd token", "cut", "double", "swap", "end", "bytes"]))
        if way == "odd":
            content = content[:at] + draw(st.sampled_from(ODD)) + content[at + length :]
        elif way == "odd token":
            content = _token(content, at, draw(st.sampled_from(ODD)))
        elif way == "cut":
            content = content[:at] + content[at + length :]
        elif way == "double":
            content = content[:at] + piece + piece + content[at + length :]
        elif way == "swap":
            content = content[at:] + content[:at]
        elif way == "end":
            content = content[:at]
        else:
            content = content[:at] + draw(st.binary(max_size=8)) + content[at + length :]
    return content


def _token(content: bytes, at: int, odd: bytes) -> bytes:
    """Replace the word or number at a place."""
    first = last = at
    word = b"0123456789.+-eEabcdefghijklmnopqrstuvwxyz_"
    while first > 0 and content[first - 1 : first] in word:
        first -= 1
    while last < len(content) and content[last : last + 1] in word:
        last += 1
    return content[:first] + odd + content[last:]
