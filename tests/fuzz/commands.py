"""Generated command lines: every command with options made from its own declarations, in a world with a broken file."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import joblib
from click.testing import CliRunner
from hypothesis import strategies as st

from seral_core.cli import commands, main
from tests.fuzz import world
from tests.fuzz.rule import Hang, at, limited, report

#: Words that options of all kinds are made of.
WORDS = (
    "", "random", "margin", "entropy+random", "random:3+margin", "typiclust:clusters=2", "logistic-regression", "svm",
    "noisy:wrong=0.2", "noisy:wrong=nan", "crowd:votes=3:agree=2", "emotion", "arousal", "arousal=1:5",
    "arousal=1:1e400", "emotion=a,b",
    "emotion=1:5", "arousal@25", "emotion=anger,neutral,sadness", "speaker", "speakers:2", "2 of 5", "none",
    "speaker=0", "pool", "stream", "whole-set",
    "held-out", "on", "off", "auto", "uar", "ccc", "0", "0,1", "-1", "all", "nan",
    "arousal=nan:5", "csv", "folder", ":", "=", "+", ",", "..", "\u202eü", "a" * 300, "\x1b[31m", "{}", "%s",
)  # fmt: skip
NUMBERS = (0, 1, 2, 3, 5, -1, -2, 7, 65536, 2**31, 2**32, 2**63, 10**30, 10**400)
FLOATS = ("0", "0.5", "1", "-1", "nan", "inf", "-inf", "1e-300", "1e300", "3")
#: Of each command, what it needs at least.
NEEDED: dict[str, list[list[str]]] = {
    "run": [["--corpus", "clips.csv", "--features", "features.npz", "--budget", "9", "--initial", "3"]],
    "grid": [["--corpus", "clips.csv", "--features", "features.npz", "--budget", "9", "--initial", "3", "--out", "new",
              "--strategies", "random", "--seeds", "1", "--folds", "0"]],
    "resume": [["grid"], ["stream"], ["recipe"], ["project"], ["."]],
    "show": [["grid"], ["stream"], ["recipe"], ["grid", "--out", "new.csv"], ["stream", "--out", "new.json"]],
    "corpora": [[], ["recordings"], ["clips.csv"], ["labels.csv"], ["database"]],
    "stream": [["--watch", "recordings", "--target", "arousal=-1:1", "--out", "stream", "--once", "--settle", "0.01"]],
    "label": [["clips.csv", "--target", "emotion=anger,fear", "--no-browser", "--project", "new"],
              ["recordings", "--target", "arousal", "--no-browser", "--project", "new"],
              ["project", "--no-browser"]],
    "labels export": [["project", "--to", "new.csv"], ["project", "--to", "new.json"], ["project", "--to", "new"],
                      ["project", "--to", "new", "--target", "emotion=1:5"],
                      ["project/labels.sqlite", "--to", "new.csv"]],
    "labels import": [["new.sqlite", "labels.csv"], ["new.sqlite", "tasks.json"], ["new.sqlite", "database"],
                      ["project", "clips.csv"]],
    "dashboard": [["--no-browser"], ["recordings", "--no-browser"], ["grid", "--no-browser"],
                  ["project", "--no-browser"], ["stream", "--no-browser"]],
    "recipe han2013": [["--corpus", "scales.csv", "--features", "features.npz", "--quick", "--out", "recipe"],
                       ["--corpus", "scales.csv", "--features", "features.npz", "--quick", "--out", "grid"]],
    "recipe ctial": [["--corpus", "clips.csv", "--features", "features.npz", "--quick", "--out", "new"]],
    "recipes": [[]], "strategies": [[]], "features": [[]], "fetch": [["savee"]],
}  # fmt: skip
#: What has no end by itself, or leads away from the world.
LEFT_OUT = {"dask", "once", "browser", "version", "help", "store", "settle_s"}


def command_of(name: str) -> click.Command:
    """Return click's command of a name such as ``"labels export"``."""
    found: click.Command = commands
    for part in name.split():
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), part)
        assert inner is not None, name
        found = inner
    return found


def value_of(option: click.Parameter, names: list[str]) -> st.SearchStrategy[str]:
    """Return what may be typed for an option."""
    if option.name in ("budget", "initial", "batch", "seeds", "buffer"):
        return st.sampled_from(["0", "1", "3", "-1", "9", "nan", str(10**30), "1e9"])
    match option.type:
        case click.Choice():
            return st.sampled_from([*map(str, option.type.choices), "other"])
        case click.types.IntParamType():
            return st.sampled_from(NUMBERS).map(str)
        case click.types.FloatParamType():
            return st.sampled_from(FLOATS)
    return st.sampled_from([*WORDS, *names])


@st.composite
def lines(draw: st.DrawFn, only: str = "") -> tuple[list[str], str, bytes | None]:
    """Draw a command line, a file to break, and its content then; None for a world that is whole."""
    here = made()
    name = only or draw(st.sampled_from(sorted(NEEDED)))
    arguments = list(draw(st.sampled_from(NEEDED[name])))
    names = world.paths(here)
    options = [p for p in command_of(name).params if isinstance(p, click.Option) and p.name not in LEFT_OUT]
    for option in draw(st.lists(st.sampled_from(options), max_size=3, unique_by=id)) if options else ():
        if option.is_flag:
            arguments.append(draw(st.sampled_from([*option.opts, *option.secondary_opts])))
        else:
            arguments += [option.opts[0], draw(value_of(option, names))]
    values = [i for i, word in enumerate(arguments) if not word.startswith("-")]
    if values and draw(st.integers(0, 9)) == 0:
        arguments[draw(st.sampled_from(values))] = draw(st.sampled_from([*WORDS, *names]))
    target = draw(st.sampled_from([*files(name, arguments), ""]))
    content = world.broken((here / target).read_bytes(), draw) if target else None
    return [*name.split(), *arguments], target, content


def files(name: str, arguments: list[str]) -> list[str]:
    """Return the files that a command line reads: breaking others shows nothing."""
    here = made()
    tops = [here / word for word in arguments if 0 < len(word) < 100 and (here / word).exists()]
    tops = [top for top in tops if top.resolve().is_relative_to(here.resolve())]  # ".." is somebody else's world
    found = [p for top in tops for p in ([top] if top.is_file() else sorted(top.rglob("*"))) if p.is_file()]
    if name in ("resume", "show") or "project" in arguments:
        found += [here / "clips.csv", here / "features.npz"]
    skip = (".lock", "-wal", "-shm", ".editing")
    return sorted({str(p.relative_to(here)) for p in found if p.is_relative_to(here) and not p.name.endswith(skip)})


@cache
def made() -> Path:
    """Return the world that all examples are copies of: one for all processes, where the script has made it."""
    given = os.environ.get(world.PLACE)
    return Path(given) if given else world.build(Path(tempfile.mkdtemp(prefix="fuzz-world-")))


class _NoServer:
    def run(self, **_: Any) -> None:
        return None


def _watch_once(plan: Any, once: bool = True) -> None:
    from seral_core.runs.live_stream import watch

    for _ in watch(plan, once=True, tell=click.echo):
        pass


def carry_out(arguments: list[str], broken: str, content: bytes | None) -> int:
    """Type a command in a fresh copy of the world; raise `Broken` where it ends in a traceback or hangs."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as root, contextlib.ExitStack() as held:
        here = world.copied(made(), Path(root) / "world")
        if content is not None:
            (here / broken).write_bytes(content)
        held.enter_context(at(here))
        held.enter_context(patch("seral_dashboard.serve._app", lambda *_, **__: _NoServer()))
        held.enter_context(patch("seral_dashboard.serve._load", lambda *_, **__: None))
        held.enter_context(patch("seral_core.cli.stream._watch", _watch_once))
        held.enter_context(patch.dict(os.environ, {"SERAL_PASSWORD": "none of these words is a password"}))
        held.enter_context(patch.object(sys, "argv", ["seral", *arguments]))
        held.enter_context(joblib.parallel_config(backend="sequential"))
        held.enter_context(CliRunner().isolation())
        try:
            with limited():
                main()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 0
        except (Exception, Hang) as wrong:
            report(wrong)
        return 0
