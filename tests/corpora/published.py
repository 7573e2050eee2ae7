"""Made-up files in the layouts in which IEMOCAP and MSP-Podcast are published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

#: Utterance, consensus, and the lines of its evaluators.
Form = tuple[str, str, tuple[str, ...]]


def clip(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(100), 1000)


def form(place: Path, session: int, dialog: str, turns: list[Form], audio: bool = True) -> None:
    """Write one evaluation form of IEMOCAP, and its recordings."""
    folder = place / f"Session{session}"
    lines = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
    for i, (name, consensus, evaluators) in enumerate(turns):
        lines += [f"[{i}.2901 - {i + 1}.2357]\t{name}\t{consensus}\t[2.5000, 3.0000, 3.5000]", *evaluators, ""]
        if audio:
            clip(folder / "sentences" / "wav" / dialog / f"{name}.wav")
    forms = folder / "dialog" / "EmoEvaluation"
    (forms / "Categorical").mkdir(parents=True, exist_ok=True)
    (forms / "Categorical" / f"{dialog}_e1_cat.txt").write_text("not a form\n")
    (forms / f"{dialog}.txt").write_text("\n".join(lines))


AGREED = (
    "C-E2:\tNeutral;\t()",
    "C-E3:\tNeutral;\t()",
    "C-E4:\tFrustration;\t()",
    "C-F1:\tNeutral;\t()",
    "A-E3:\tval 3; act 2; dom  2;\t()",
    "A-E4:\tval 2; act 4; dom  ;\t()",
    "A-F1:\tval 1; act 1; dom 1;\t()",
)


def chosen(*words: str) -> tuple[str, ...]:
    """Return the lines of evaluators who chose these words."""
    return tuple(f"C-E{i}:\t{word};\t(ironic)" for i, word in enumerate(words, 1))


def iemocap_of(place: Path) -> Path:
    """Five sessions of two speakers."""
    for n in range(1, 6):
        first, second = f"Ses0{n}F_impro01", f"Ses0{n}M_script01_1"
        turns = [
            (f"{first}_F000", "neu", AGREED),
            (f"{first}_M000", "ang", chosen("Anger", "Frustration; Anger", "Sadness")),
            (f"{first}_M001", "xxx", chosen("Anger", "Frustration", "Sadness")),
        ]
        form(place, n, first, turns)
        turns = [
            (f"{second}_F000", "oth", chosen("Other", "Other", "Happiness")),
            (f"{second}_M000", "exc", chosen("Excited", "Excited", "Neutral state")),
        ]
        form(place, n, second, turns)
    return place


CONSENSUS = """FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set
MSP-PODCAST_0001_0008.wav,N,2.5,4.0,4.5,97,Female,Train
MSP-PODCAST_0002_0033.wav,X,5.0,3.0,4.0,Unknown,Male,Test1
MSP-PODCAST_0003_0001.wav,A,6.0,2.0,6.0,12,Male,Development
"""
DETAILED = """FileName,Workers,EmoClass_Major,EmoClass_Second,EmoAct,EmoVal,EmoDom
MSP-PODCAST_0001_0008.wav,WORKER1,Neutral,"Neutral,Concerned",2,4,4
MSP-PODCAST_0001_0008.wav,WORKER2,Neutral,Neutral,3,4,5
MSP-PODCAST_0001_0008.wav,WORKER3,Other-annoyed,Annoyed,2,4,4
MSP-PODCAST_0002_0033.wav,WORKER1,Sad,Sad,5,3,4
MSP-PODCAST_0002_0033.wav,WORKER2,Happy,Happy,5,3,4
"""


def msp_of(place: Path, detailed: str = DETAILED, name: str = "labels_detailed.csv") -> Path:
    (place / "Labels").mkdir(parents=True)
    (place / "Labels" / "labels_consensus.csv").write_text(CONSENSUS)
    if detailed:
        (place / "Labels" / name).write_text(detailed)
    for row in CONSENSUS.splitlines()[1:]:
        clip(place / "Audios" / row.split(",")[0])
    return place
