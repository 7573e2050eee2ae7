"""A small corpus with ready features and without audio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seral_core.runs.plan import Plan

EMOTIONS = ("anger", "happiness", "sadness")


def small_table(folder: Path, clips: int = 120, speakers: int = 6, seed: int = 0) -> Path:
    """Write a table of ratings and its features; returns the table's path."""
    rng = np.random.default_rng(seed)
    emotion = rng.integers(3, size=clips)
    values = rng.normal(size=(clips, 8)) + np.eye(3, 8)[emotion] * 2
    arousal = np.clip(values[:, 0] / 4 + rng.normal(0, 0.1, clips), -1, 1)
    frame = pd.DataFrame(
        {
            "file": [f"clip{i:03d}.wav" for i in range(clips)],
            "speaker": [f"s{i % speakers}" for i in range(clips)],
            "session": [f"Ses{i % speakers // 2 + 1}" for i in range(clips)],
            "emotion": [EMOTIONS[e] for e in emotion],
            "arousal": arousal,
            "valence": np.clip(values[:, 1] / 4 + rng.normal(0, 0.2, clips), -1, 1),
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(folder / "table.parquet")
    order = rng.permutation(clips)  # rows are joined by id, so their order must not matter
    np.savez(folder / "features.npz", ids=frame["file"].to_numpy(str)[order], values=values[order].astype(np.float32))
    return folder / "table.parquet"


@pytest.fixture(scope="session")
def small_plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    table = small_table(tmp_path_factory.mktemp("small"))
    return Plan(
        corpus=str(table),
        features=str(table.with_name("features.npz")),
        targets=("emotion",),
        strategy="margin",
        split="speakers:3",
        initial=8,
        batch=4,
        budget=40,
    )
