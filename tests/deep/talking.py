"""A corpus of short made-up clips: what the class is can be heard, and who speaks too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus

CLASSES = ("anger", "neutral", "sadness")


def a_table(folder: Path, speakers: int = 4, each: int = 6, seconds: float = 0.6) -> Path:
    """Write clips of several speakers, and a table that names them; return the table."""
    rows, rng = [], np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    for speaker in range(speakers):
        for number in range(each):
            name = f"{'abcdefgh'[speaker]}{number:02d}.wav"
            label = (number + speaker) % len(CLASSES)
            length = int(16_000 * seconds * (1 + 0.05 * number))
            time_s = np.arange(length) / 16_000
            pitch = 110.0 * (1 + 0.2 * speaker) * (1 + label)
            sound = np.sin(2 * np.pi * pitch * time_s) * (1 + 0.5 * np.sin(2 * np.pi * 4 * time_s))
            soundfile.write(folder / name, 0.2 * sound + 0.02 * rng.standard_normal(length), 16_000)
            rows.append({"file": name, "speaker": "abcdefgh"[speaker], "emotion": CLASSES[label]})
    pd.DataFrame(rows).to_csv(folder / "clips.csv", index=False)
    return folder / "clips.csv"


def a_corpus(folder: Path, **more: int) -> Corpus:
    """The same, opened."""
    return open_corpus(a_table(folder, **more))
