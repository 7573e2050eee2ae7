"""A small corpus with traces, ready frames and no audio: arousal can be learned, valence hardly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.features.table import FeatureTable
from seral_core.types import Floats, Target
from seral_core.units import from_lengths

RATE_HZ = 4.0
TASK = (Target("arousal", rate_hz=RATE_HZ), Target("valence", rate_hz=RATE_HZ))


@dataclass(frozen=True)
class Traced:
    """A corpus and the frames of its recordings."""

    corpus: Corpus
    frames: FeatureTable


def traced(recordings: int = 12, shortest_s: int = 40, longest_s: int = 80, raters: int = 3, seed: int = 0) -> Traced:
    """Recordings of two each speaker; raters differ, and the first one pauses now and then."""
    rng = np.random.default_rng(seed)
    seconds = rng.integers(shortest_s, longest_s + 1, recordings)
    files, values, rows = [f"r{i:02d}.wav" for i in range(recordings)], [], []
    for file, length in zip(files, seconds.tolist(), strict=True):
        frames = int(length * RATE_HZ)
        mood = np.stack([_drift(rng, frames), _drift(rng, frames)], axis=1)
        values.append(mood @ [[1, 0.6, 0, 0, 0, 0], [0, 0, 0.3, 0, 0, 0]] + rng.normal(0, 0.4, (frames, 6)))
        for target, curve in zip(TASK, mood.T, strict=True):
            for rater in range(raters):
                trace = np.clip(curve + 0.1 * _drift(rng, frames) + 0.05 * rater, -1, 1)
                if rater == 0:
                    trace[: frames // 10] = np.nan
                rows.append((file, target.name, f"rater{rater}", tuple(trace.tolist())))
    about = pd.DataFrame({"speaker": [f"s{i // 2}" for i in range(recordings)]}, index=segment_index(files))
    bounds = from_lengths([len(each) for each in values])
    table = FeatureTable(np.concatenate(values).astype(np.float32), tuple(files), bounds=bounds, rate_hz=RATE_HZ)
    return Traced(Corpus("traced", about, rating_frame(rows), TASK), table)


def _drift(rng: np.random.Generator, frames: int) -> Floats:
    """Return a smooth curve in about [-0.9, 0.9]."""
    steps = np.convolve(rng.normal(0, 1, frames + 40), np.hanning(41) / 4.5, "valid")[:frames]
    return np.asarray(0.9 * np.tanh(steps))
