"""Pools in partitions: seconds a round, memory and picks, from a hundred thousand to ten million clips.

``python -m tests.benchmarks far FOLDER`` makes sets of 100,000, 1,000,000 and 10,000,000 clips x 256 features there (12
GB; remove them afterwards), or of the sizes that follow. Each is run for twenty rounds of margin and of k-centre, in a
process that may hold 2 GiB of data (files that are mapped do not count), and on a Dask cluster of two workers here. On
200,000 clips the picks are held against those of a pool in memory. Seconds are those on the clock; behind them are
those of the processor, which other programs do not change much.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.far.dask import engine_for
from seral_core.far.description import NAME, ROWS
from seral_core.far.opening import open_far
from seral_core.far.place import Place
from seral_core.far.writing import Writer
from seral_core.features.table import FeatureTable
from seral_core.learners.base import learners
from seral_core.runs.events import Asked
from seral_core.runs.far_pool import FarPool
from seral_core.runs.loops import pool_loop
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.strategies.base import strategies
from seral_core.types import Label, Query, Target

EMOTION = Target("emotion", ("anger", "happiness", "neutral", "sadness"))
FEATURES, ROUNDS, BATCH, FIRST = 256, 20, 10, 20
SIZES, COMPARED = (100_000, 1_000_000, 10_000_000), 200_000
LIMIT_BYTES = 2 * 2**30
STRATEGIES = ("margin", "k-centre")
#: Most that a round of ten times the clips may take, as a multiple of ten times the seconds.
GROWTH = 1.2


def made(folder: Path, rows: int) -> Path:
    """Write a set; the first partitions of all sizes are the same."""
    place = folder / str(rows)
    if (place / NAME).is_file():
        return place
    writer = Writer(Place(str(place)), tuple(f"f{i}" for i in range(FEATURES)), "benchmark")
    teacher = np.random.default_rng(0).standard_normal((FEATURES, 3)).astype(np.float32)
    numbers = range(0, rows, ROWS)
    for number, first in enumerate(numbers):
        if writer.has(number):
            continue
        rng = np.random.default_rng([1, number])
        count = min(ROWS, rows - first)
        values = rng.standard_normal((ROWS, FEATURES), dtype=np.float32)
        values += rng.standard_normal((ROWS, 3), dtype=np.float32) @ teacher.T  # what clips differ in most
        writer.write(number, [f"clip{first + i:09d}.wav" for i in range(count)], values[:count])
    writer.finish(len(numbers))
    return place


class Teacher:
    """Answers by a clip's features, with noise."""

    price = 1.0

    def __init__(self, table: FeatureTable) -> None:
        self.table = table
        self.weights = np.random.default_rng(2).standard_normal((FEATURES, 4))

    def answer(self, query: Query, learner: object, rng: np.random.Generator) -> list[Label]:
        values = self.table.take(self.table.rows(query.segments)).values
        odds = values @ self.weights + 30 * rng.standard_normal((len(values), 4))
        kinds = odds.argmax(axis=1).tolist()
        return [Label(s, "emotion", EMOTION.classes[k], "teacher") for s, k in zip(query.segments, kinds, strict=True)]


def rounds(pool: Pool, strategy: str) -> tuple[list[float], list[float], str]:
    """Return the seconds of each round, those of this process's processor, and a hash of all picks."""
    oracle, picks = Teacher(pool.table), sha256()
    loop = pool_loop(
        pool, learners["recommended"]((EMOTION,)), [Step("query", strategies[strategy], oracle, BATCH)],
        lambda learner, known: ({}, {}), start=Step("first", strategies["random"], oracle, FIRST),
        budget=FIRST + BATCH * ROUNDS,
    )  # fmt: skip
    seconds, cpu, began, worked = [], [], time.perf_counter(), time.process_time()
    for event in loop:
        if isinstance(event, Asked):
            picks.update("\n".join(event.segments).encode())
            seconds.append(time.perf_counter() - began)
            cpu.append(time.process_time() - worked)
            began, worked = time.perf_counter(), time.process_time()
    return seconds[1:], cpu[1:], picks.hexdigest()[:12]


def anonymous_mb(pid: int) -> float:
    """Return what a process holds that is in no file, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("RssAnon")), 0.0)


class Watch:
    """The most that this process held, looked at ten times a second."""

    def __enter__(self) -> Watch:
        self.peak, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.peak = max(self.peak, anonymous_mb(os.getpid()))


def child(place: str, strategy: str, how: str) -> None:
    """Run twenty rounds in this process, and print what they took as JSON."""
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT_BYTES, LIMIT_BYTES))
    far = open_far(place)
    if how == "memory":
        values = np.concatenate([block.table().values for block in far.blocks])
        pool: Any = Pool(FeatureTable(values, tuple(far.ids)), (EMOTION,))
        with Watch() as watch:
            seconds, cpu, picks = rounds(pool, strategy)
    else:
        with engine_for("" if how == "here" else how) as engine, Watch() as watch:
            seconds, cpu, picks = rounds(
                FarPool(far, (EMOTION,), engine, Path(place) / f"kept-{how.replace(':', '-')}"), strategy
            )
    low, high = np.percentile(seconds, (10, 90))
    found = {
        "rows": len(far), "strategy": strategy, "how": how, "first_s": seconds[0],
        "median_s": float(np.median(seconds)), "cpu_s": float(np.median(cpu)), "low_s": float(low),
        "high_s": float(high), "peak_mb": watch.peak, "picks": picks, "load": os.getloadavg()[0],
    }  # fmt: skip
    print(json.dumps(found))


def measured(place: Path, strategy: str, how: str) -> dict[str, Any]:
    """Return what a run in a process of its own took."""
    command = [sys.executable, "-m", "tests.benchmarks.far", "child", str(place), strategy, how]
    out = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    if out.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {out.returncode}:\n{out.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(out.stdout.splitlines()[-1])
    return found


def main(folder: str, *sizes: str) -> int:
    """Print a row for each size, strategy and way; return 1 where an aim is missed."""
    row = "{:>11} {:<9} {:<8} {:>9} {:>9} {:>18} {:>9} {:>8} {:>5}  {}"
    names = "clips", "strategy", "where", "first", "median", "10 to 90 %", "processor", "peak", "load", "picks"
    print(row.format(*names), flush=True)
    found: dict[tuple[int, str, str], dict[str, Any]] = {}
    chosen = tuple(map(int, sizes)) or SIZES
    for rows in (COMPARED, *chosen):
        place = made(Path(folder), rows)
        for strategy in STRATEGIES:
            for how in ("memory", "here", "local:2") if rows == COMPARED else ("here", "local:2"):
                one = found[rows, strategy, how] = measured(place, strategy, how)
                spread = f"{one['low_s']:.2f} to {one['high_s']:.2f} s"
                numbers = f"{one['first_s']:.2f} s", f"{one['median_s']:.2f} s", spread, f"{one['cpu_s']:.2f} s"
                peak = f"{one['peak_mb']:.0f} MB"
                print(
                    row.format(f"{rows:,}", strategy, how, *numbers, peak, f"{one['load']:.1f}", one["picks"]),
                    flush=True,
                )
    return 0 if _fine(found, chosen) else 1


def _fine(found: dict[tuple[int, str, str], dict[str, Any]], sizes: tuple[int, ...]) -> bool:
    fine = True
    for strategy in STRATEGIES:
        for rows in (COMPARED, *sizes):
            same = {one["picks"] for (size, name, _), one in found.items() if (size, name) == (rows, strategy)}
            if len(same) > 1:
                print(f"{strategy} picks other clips of {rows:,} in other places: {', '.join(sorted(same))}")
            fine &= len(same) == 1
        here = [found[rows, strategy, "here"] for rows in sizes]
        for small, large in pairwise(here):
            ratio = large["cpu_s"] / small["cpu_s"] / (large["rows"] / small["rows"])
            print(
                f"{strategy}: {large['rows'] / small['rows']:g} times the clips take {ratio:.2f} times that much longer"
            )
            fine &= ratio <= GROWTH
    return fine


if __name__ == "__main__":
    child(*sys.argv[2:])
