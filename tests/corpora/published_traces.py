"""Made-up files in the layouts in which RECOLA, SEWA and emotion in music are published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile


def curve(frames: int = 50, start: int = 0) -> np.ndarray:
    return np.round(np.sin((np.arange(frames) + start) / 9) / 2, 6)


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def sound(path: Path, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(round(1000 * seconds)), 1000)


def arff(stem: str, values: np.ndarray) -> str:
    head = "@relation gold\n\n@attribute Instance_name string\n@attribute frameTime numeric\n"
    rows = [f"'{stem}',{i * 0.04:.2f},{value:.6f}" for i, value in enumerate(values)]
    return head + "@attribute GoldStandard numeric\n\n@data\n" + "\n".join(rows) + "\n"


def recola(place: Path, audio: bool = True) -> Path:
    """Gold and raters of two recordings, audio of a third whose labels were never given out, and a file of all."""
    for target, start in (("arousal", 0), ("valence", 20)):
        for stem in ("train_1", "dev_1"):
            written(place / f"ratings_gold_standard/{target}/{stem}.arff", arff(stem, curve(start=start)))
            rows = [
                ";".join([f"{i * 0.04:.2f}", *(f"{v:.6f}" for v in (value, value / 2, -value))])
                for i, value in enumerate(curve(start=start))
            ]
            head = "time;FM1 ;FM2 ;FF1"
            written(place / f"ratings_individual/{target}/{stem}.csv", "\n".join([head, *rows]) + "\n")
        written(place / f"ratings_gold_standard/{target}/train_all.arff", arff("all", curve()))
    for stem in ("train_1", "dev_1", "test_1") if audio else ():
        sound(place / f"recordings_audio/{stem}.wav", 2.0)
    return place


def sewa(place: Path, names: bool = True, comma: bool = False) -> Path:
    for stem in ("Train_01", "Devel_02", "Test_01"):
        cells = [(f"'{stem}'", f"{i / 10:.1f}", f"{v:.6f}", f"{-v:.6f}", "0.0") for i, v in enumerate(curve(30))]
        rows = [";".join(row) for row in cells]
        text = "\n".join([*(["name;time;arousal;valence;liking"] if names else []), *rows]) + "\n"
        written(place / f"labels/{stem}.csv", text.replace(".", ",") if comma else text)
    return place


def music(place: Path) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    times = [f"sample_{15000 + 500 * i}ms" for i in range(61)]
    for name in ("arousal", "valence"):
        for what, factor in (("average", 1.0), ("std", 0.1)):
            values = [curve(61) * factor, curve(61, 5) * factor]
            frame = pd.DataFrame(np.abs(values) if what == "std" else values, columns=times, index=[2, 3])
            frame.to_csv(place / f"{name}_cont_{what}.csv", index_label="song_id")
    head = "song_id,file_name,Artist,Song title,Genre,Mediaeval 2013 set\n"
    written(place / "songs_info.csv", f"{head}2,2.mp3,\tAnn\t,One,Blues,development\n3,3.mp3,Ben,Two,Pop,evaluation\n")
    sound(place / "audio/2.flac", 45.0)
    return place
