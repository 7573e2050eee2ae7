"""``python -m tests.fuzz --minutes 60``: commands and routes in turn, a fresh process each; faults are listed once."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import click

#: One round of one strategy, in seconds.
ROUND_S = 90


@click.command()
@click.option("--minutes", type=float, default=60, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("fuzz-found.jsonl"), show_default=True)
@click.option("--one", default="", help="Used by the script itself: carry out one round.")
@click.option("--seed", type=int, default=0)
def fuzz(minutes: float, out: Path, one: str, seed: int) -> None:
    """Fuzz commands and routes; faults and counts are appended to a file of JSON lines."""
    if one:
        carry_out_round(one, seed, out)
        return
    from tests.fuzz import world
    from tests.fuzz.commands import NEEDED, made

    os.environ[world.PLACE] = str(made())
    end, seed = time.monotonic() + minutes * 60, int(time.time())
    while time.monotonic() < end:
        for name in [*NEEDED, "routes", "routes"]:
            if time.monotonic() > end:
                break
            seed += 1
            round_in_a_process(name, seed, out)


def round_in_a_process(name: str, seed: int, out: Path) -> None:
    """Carry out one round with the code as it is now, and note where it did not come to its end."""
    with tempfile.TemporaryDirectory(prefix="fuzz-round-") as root:
        environment = {**os.environ, "SERAL_HOME": f"{root}/home", "TMPDIR": root, "LOKY_MAX_CPU_COUNT": "1"}
        command = [sys.executable, "-m", "tests.fuzz", "--one", name, "--seed", str(seed), "--out", str(out)]
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=ROUND_S * 4, check=False
            )
        except subprocess.TimeoutExpired:
            note(out, {"round": name, "seed": seed, "fault": f"{name}: the round hangs"})
            return
        if done.returncode:
            note(out, {"round": name, "seed": seed, "fault": f"{name}: died", "text": done.stderr[-3000:]})


def carry_out_round(name: str, seed: int, out: Path) -> None:
    """Draw examples until the time is up; a fault is reported once, shrunk, and passed over afterwards."""
    import resource

    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    from tests.fuzz import commands, routes, rule

    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    rule.known |= {json.loads(line)["fault"] for line in (out.read_text().splitlines() if out.exists() else [])} - {""}
    tally: Counter[str] = Counter()
    warm(name)
    end = time.monotonic() + ROUND_S
    drawn = routes.requests() if name == "routes" else commands.lines(name)
    while time.monotonic() < end:
        seed += 1000

        @seeded(seed)
        @settings(
            max_examples=100,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            report_multiple_bugs=False,
        )
        @given(drawn)
        def check(example: tuple) -> None:  # type: ignore[type-arg]
            if time.monotonic() > end:
                return
            code = routes.send(example) if name == "routes" else commands.carry_out(*example)  # type: ignore[arg-type]
            tally[str(code)] += 1

        try:
            check()
        except rule.Broken as wrong:
            note(out, {"round": name, "seed": seed, "fault": wrong.where, "text": str(wrong)[:3000]})
            rule.known.add(wrong.where)
        except Exception as wrong:
            text = "".join(traceback.format_exception(wrong))
            note(
                out, {"round": name, "seed": seed, "fault": f"the fuzzer: {type(wrong).__name__}", "text": text[:3000]}
            )
    note(out, {"round": name, "seed": seed, "fault": "", "answers": dict(tally)})


def warm(name: str) -> None:
    """Load what a round needs before anything is timed: an import that is cut short breaks all that follow."""
    from tests.fuzz import commands, routes, rule

    limits = rule.CPU_S, rule.WALL_S
    rule.CPU_S = rule.WALL_S = 600
    if name == "routes":
        routes.place()
    else:
        for arguments in commands.NEEDED[name]:
            with contextlib.suppress(rule.Broken):
                commands.carry_out([*name.split(), *arguments], "", None)
    rule.CPU_S, rule.WALL_S = limits


def note(out: Path, line: dict[str, object]) -> None:
    """Write a line down."""
    with out.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": time.strftime("%H:%M:%S"), **line}) + "\n")


if __name__ == "__main__":
    fuzz()
