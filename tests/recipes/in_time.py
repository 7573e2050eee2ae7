"""A small corpus with traces and frames, as tables without audio: what recipes in time are tried on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

RATE_HZ = 5.0


def traced_tables(folder: Path, recordings: int = 9, seconds: int = 16) -> tuple[Path, Path]:
    """Write gold traces and frame features of recordings in three parts; arousal can be heard, valence hardly."""
    rng = np.random.default_rng(0)
    frames = int(seconds * RATE_HZ)
    times, gold, heard = np.arange(frames) / RATE_HZ, [], []
    for number in range(recordings):
        part = ("train", "dev", "test")[number % 3]
        name = f"{part}_{number // 3 + 1}"
        curves = [np.sin(times / span + rng.uniform(0, 6)) * 0.7 for span in (2.0, 3.0)]
        about = {"file": name, "time": times, "speaker": f"s{number}", "split": part}
        gold.append(pd.DataFrame(about | {"arousal": curves[0], "valence": curves[1]}))
        noise = rng.normal(0, 1, (frames, 3))
        columns = {f"f{i}": curves[i % 2] * (3.0, 0.4, 1.0)[i] + noise[:, i] for i in range(3)}
        heard.append(pd.DataFrame({"file": name, "frameTime": times} | columns))
    paths = folder / "gold.csv", folder / "frames.csv"
    for path, tables in zip(paths, (gold, heard), strict=True):
        pd.concat(tables).to_csv(path, index=False)
    return paths
