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


def two_tones(folder: Path, clips: int = 24) -> Path:
    """Write clips that change between two tones every 150 ms: what is hidden follows from what is around it."""
    rows, rng, time_s = [], np.random.default_rng(0), np.arange(9_600) / 16_000
    folder.mkdir()
    for number in range(clips):
        pitch = rng.choice([220.0, 440.0, 880.0, 1760.0], 2, replace=False)
        turn = ((time_s / 0.15).astype(int) + number) % 2
        sound = 0.2 * np.sin(2 * np.pi * pitch[turn] * time_s) + 0.005 * rng.standard_normal(len(time_s))
        speaker = "abcd"[number % 4]
        soundfile.write(folder / f"{speaker}{number:02d}.wav", sound, 16_000)
        rows.append({"file": f"{speaker}{number:02d}.wav", "speaker": speaker, "emotion": CLASSES[number // 4 % 3]})
    pd.DataFrame(rows).to_csv(folder / "clips.csv", index=False)
    return folder / "clips.csv"


def a_corpus(folder: Path, **more: int) -> Corpus:
    """The same, opened."""
    return open_corpus(a_table(folder, **more))
