"""The whole protocol of the recipe ctial (Xu et al.) at the paper's size: does it take minutes?

``python -m tests.benchmarks ctial`` runs both directions: every strategy, 10 partitions x 3 repetitions, 200
labels asked for one by one, each round with its cross-validation, on pools of 2,350 clips, 25 components and
five classes. It prints one row per direction.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from seral_core.norms import DIMENSIONS, NRC
from seral_core.recipes.base import recipes
from seral_core.recipes.ctial import STRATEGIES, CtialSettings
from seral_core.runs.plan import Plan
from seral_core.runs.run import run
from seral_core.types import Target

#: Five sessions of two speakers; three of them make a pool of 2,352 clips.
CLIPS, SESSIONS, COMPONENTS, COLUMNS = 3_920, 5, 25, 60
EMOTIONS = ("anger", "frustration", "happiness", "neutral", "sadness")
AIM_S = 240.0


def made_up(folder: Path, seed: int = 0) -> tuple[str, str]:
    """Write a table with classes and dimensions that go together, and its features; return the paths of both."""
    rng = np.random.default_rng(seed)
    emotion = rng.integers(len(EMOTIONS), size=CLIPS)
    centres = rng.standard_normal((len(EMOTIONS), COMPONENTS)) * 0.6
    hidden = centres[emotion] + rng.standard_normal((CLIPS, COMPONENTS))
    hidden /= hidden.std(axis=0)
    mix, _ = np.linalg.qr(rng.standard_normal((COLUMNS, COMPONENTS)))
    values = hidden @ mix.T + 0.28 * rng.standard_normal((CLIPS, COLUMNS))
    scales = tuple(Target(name, low=1, high=5) for name in DIMENSIONS)
    places = NRC.of(EMOTIONS, scales)[emotion] + 0.5 * rng.standard_normal((CLIPS, 3))
    speaker = np.arange(CLIPS) % (2 * SESSIONS)
    frame = pd.DataFrame({"file": [f"{i:04d}.wav" for i in range(CLIPS)], "speaker": [f"s{s:02d}" for s in speaker]})
    frame["session"] = [f"Ses{s // 2 + 1}" for s in speaker]
    frame["emotion"] = [EMOTIONS[e] for e in emotion]
    frame[list(DIMENSIONS)] = np.clip(places, 1, 5)
    frame.to_csv(folder / "clips.csv", index=False)
    np.savez(folder / "clips.npz", ids=frame["file"].to_numpy(str), values=values.astype(np.float32))
    return str(folder / "clips.csv"), str(folder / "clips.npz")


def one(plan: Plan, folder: Path) -> float:
    """Carry out one run, log and all; return its seconds of processor time."""
    begin = time.process_time()
    run(plan, folder)
    return time.process_time() - begin


def protocol(direction: str, jobs: int = 2) -> tuple[int, float, float]:
    """Carry out a direction; return how many runs there were, the seconds it took, and those of processor time."""
    with tempfile.TemporaryDirectory() as place:
        corpus, features = made_up(Path(place))
        ranges = tuple(f"{name}=1:5" for name in DIMENSIONS)
        settings = CtialSettings(direction=direction, source=corpus, source_features=features, source_ranges=ranges)
        (cell,) = recipes["ctial"].cells(settings)
        plans, begin = cell.grid.plans(), time.perf_counter()
        spent = Parallel(n_jobs=jobs, batch_size=1)(delayed(one)(plan, Path(place) / "runs") for plan in plans)
        return len(plans), time.perf_counter() - begin, float(sum(spent))


def row(direction: str) -> bool:
    """Print how long a direction takes; return whether two cores to itself would take less than four minutes."""
    runs, wall_s, processor_s = protocol(direction)
    shared_s = processor_s / 2
    print(
        f"ctial {direction}: {len(STRATEGIES[direction])} strategies, {runs} runs of 200 queries, "
        f"2,352 clips: {wall_s / 60:.1f} min on two cores, {shared_s / 60:.1f} min of processor "
        f"time each (aim: {AIM_S / 60:.0f})",
        flush=True,
    )
    return shared_s < AIM_S


def main(*directions: str) -> int:
    """Run some directions, or both; return 0 where all are in time."""
    in_time = [row(direction) for direction in directions or STRATEGIES]
    return 0 if all(in_time) else 1
