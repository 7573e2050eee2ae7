"""A made-up corpus with classes and dimensions that mean the same, for tests of cross-task learning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from seral_core.norms import DIMENSIONS, NRC
from seral_core.types import Target

EMOTIONS = ("anger", "happiness", "sadness", "neutral")


def related_table(
    folder: Path,
    clips: int = 100,
    *,
    seed: int = 0,
    sessions: int = 5,
    high: float = 1.0,
    far: float = 0.0,
    rename: dict[str, str] | None = None,
) -> Path:
    """Write a table of clips and their features; returns the table's path.

    ``high`` is the upper end of the scales (the lower is -high, or 1 where it is above 1), ``far`` moves all
    features, and ``rename`` gives columns other names.
    """
    rng = np.random.default_rng(seed)
    low = -1.0 if high == 1.0 else 1.0
    targets = tuple(Target(name, low=low, high=high) for name in DIMENSIONS)
    emotion = rng.integers(4, size=clips)
    values = np.random.default_rng(99).normal(size=(4, 6))[emotion] * 1.5 + rng.normal(size=(clips, 6)) + far
    places = NRC.of(EMOTIONS, targets)[emotion] + rng.normal(0, 0.1 * (high - low), (clips, 3))
    speaker = np.arange(clips) % (2 * sessions)
    frame = pd.DataFrame(
        {
            "file": [f"clip{i:03d}.wav" for i in range(clips)],
            "speaker": [f"s{s:02d}" for s in speaker],
            "session": [f"Ses{s // 2 + 1}" for s in speaker],
            "emotion": [EMOTIONS[e] for e in emotion],
            **{name: np.clip(places[:, i], low, high) for i, name in enumerate(DIMENSIONS)},
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    frame.rename(columns=rename or {}).to_csv(folder / "clips.csv", index=False)
    np.savez(folder / "features.npz", ids=frame["file"].to_numpy(str), values=values.astype(np.float32))
    return folder / "clips.csv"
