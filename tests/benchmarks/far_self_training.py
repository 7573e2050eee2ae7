"""Self-training on a pool in partitions: the machine labels what it is sure of, and learns it.

``python -m tests.benchmarks far-self-training FOLDER`` makes sets of 100,000 and 1,000,000 clips x 256 features there,
as ``far`` does, or of the sizes that follow. Each runs in a process that may hold 2 GiB of data, here and on a Dask
cluster of two workers; what both label must be the same. Seconds are those on the clock, and in brackets those of this
process's processor.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from seral_core.far.dask import engine_for
from seral_core.far.opening import open_far
from seral_core.learners.base import learners
from seral_core.oracles.machine import Machine
from seral_core.runs.events import MachineLabelled, Trained
from seral_core.runs.far_pool import FarPool
from seral_core.runs.loops import pool_loop
from seral_core.runs.rounds import Step
from seral_core.strategies.base import strategies
from tests.benchmarks.far import EMOTION, LIMIT_BYTES, Teacher, Watch, made

SIZES = (100_000, 1_000_000)
FIRST, BATCH, ROUNDS, ABOVE = 2_000, 100, 1, 0.4


def child(place: str, how: str) -> None:
    """Run in this process, and print what it took as JSON."""
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT_BYTES, LIMIT_BYTES))
    table = open_far(place)
    teacher = Teacher(table)
    machine = Step(
        "machine", strategies["most-confident"], Machine(None, above=ABOVE, keep=0.3, total=len(table)), len(table)
    )  # type: ignore[arg-type]
    people = Step("query", strategies["random"], teacher, BATCH)
    with engine_for("" if how == "here" else how) as engine, Watch() as watch:
        pool = FarPool(table, (EMOTION,), engine, Path(place) / f"trained-{how.replace(':', '-')}")
        loop = pool_loop(
            pool, learners["sgd"]((EMOTION,)), [people, machine], lambda learner, known: ({}, {}),
            start=Step("first", strategies["random"], teacher, FIRST), budget=FIRST + ROUNDS * BATCH,
        )  # fmt: skip
        label, train, by_machine, digest = [], [], [], ""
        began, worked = time.perf_counter(), time.process_time()
        for event in loop:
            took = time.perf_counter() - began, time.process_time() - worked
            if isinstance(event, MachineLabelled):
                label.append(took)
                digest = event.digest
            elif isinstance(event, Trained):
                train.append(took)
                by_machine.append(event.machine)
            if type(event).__name__ != "Training":
                began, worked = time.perf_counter(), time.process_time()
    found = {"rows": len(table), "how": how, "label_s": label[-1], "train_s": train[-1], "machine": by_machine[-1]}
    print(json.dumps(found | {"peak_mb": watch.peak, "digest": digest, "load": os.getloadavg()[0]}))


def main(folder: str, *sizes: str) -> int:
    """Print a row for each size and way; return 1 where a cluster labels otherwise."""
    row, digests = "{:>11} {:<8} {:>12} {:>17} {:>17} {:>9} {:>5}  {}", set()
    names = "clips", "where", "by machine", "labelling", "training", "peak", "load", "labels"
    print(row.format(*names), flush=True)
    for rows in tuple(map(int, sizes)) or SIZES:
        place = made(Path(folder), rows)
        for how in ("here", "local:2"):
            command = [sys.executable, "-m", "tests.benchmarks.far_self_training", "child", str(place), how]
            out = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
            if out.returncode:
                raise SystemExit(f"{' '.join(command)} ended with {out.returncode}:\n{out.stderr[-3000:]}")
            one = json.loads(out.stdout.splitlines()[-1])
            digests.add((rows, one["digest"]))
            seconds = (f"{one[part][0]:.1f} ({one[part][1]:.1f}) s" for part in ("label_s", "train_s"))
            numbers = f"{one['machine']:,}", *seconds, f"{one['peak_mb']:.0f} MB", f"{one['load']:.1f}"
            print(row.format(f"{rows:,}", how, *numbers, one["digest"]), flush=True)
    return 0 if len(digests) == len(tuple(sizes) or SIZES) else 1


if __name__ == "__main__":
    child(*sys.argv[2:])
