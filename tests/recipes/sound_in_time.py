"""A small corpus of sound with traces: noise that is louder where arousal is high."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

RATE_HZ, SOUND_HZ = 25.0, 16_000


def traced_sounds(folder: Path, recordings: int = 9, seconds: int = 8) -> Path:
    """Write recordings in three parts and a table of gold; return the table."""
    rng, gold = np.random.default_rng(0), []
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    for number in range(recordings):
        part = ("train", "dev", "test")[number % 3]
        name = f"{part}_{number // 3 + 1}.wav"
        curve = np.sin(times / 0.8 + rng.uniform(0, 6)) * 0.7
        loud = np.repeat(0.03 * np.exp(2 * curve), int(SOUND_HZ / RATE_HZ))
        soundfile.write(folder / name, (loud * rng.normal(size=len(loud))).clip(-1, 1), SOUND_HZ)
        about = {"file": name, "time": times, "speaker": f"s{number}", "split": part}
        gold.append(pd.DataFrame(about | {"arousal": curve}))
    pd.concat(gold).to_csv(folder / "gold.csv", index=False)
    return folder / "gold.csv"
