"""MSP-Podcast: speech of podcasts, with the votes of each worker."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from seral_core.corpora.base import readers
from seral_core.corpora.consensus import agreed
from seral_core.corpora.corpus import RATINGS, Corpus, checked, segment_index
from seral_core.corpora.files import few
from seral_core.corpora.tables import GOLD, column_names
from seral_core.corpora.words import noun, sexes
from seral_core.errors import BadCorpus
from seral_core.files import read_text, regular
from seral_core.types import Target

_CODE = {
    "A": "anger", "S": "sadness", "H": "happiness", "U": "surprise", "F": "fear", "D": "disgust", "C": "contempt",
    "N": "neutral", "O": "other", "X": None,
}  # fmt: skip
_SCALES = {"emoact": "arousal", "emoval": "valence", "emodom": "dominance"}
#: WORKER00000002; Neutral; Neutral,Concerned; A:4; V:4; D:4;
_WORKER = re.compile(
    r"(WORKER\w+);\s*([^;]*);\s*([^;]*);\s*A:\s*([\d.]+);\s*V:\s*([\d.]+);\s*D:\s*([\d.]+)", re.IGNORECASE
)
_DETAIL = ["filename", "worker", "emoclass", "second", "emoact", "emoval", "emodom"]


@dataclass(frozen=True)
class MspPodcast:
    """MSP-Podcast as it is published: ``Labels/labels_consensus.csv`` beside ``Audios``.

    ``emotion`` is the published consensus, as votes of the workers wherever their majority is that,
    where ``labels_detailed.csv`` or ``labels.txt`` is there; X, no agreement, is no gold. ``arousal``,
    ``valence`` and ``dominance`` go from 1 to 7.

    References
    ----------
    .. [1] Lotfian and Busso, Building naturalistic emotionally balanced speech corpus by retrieving
       emotional speech from existing podcast recordings, IEEE Transactions on Affective Computing 2019.

    Examples
    --------
    >>> MspPodcast().recognises(Path("no such folder"))
    0.0
    """

    name: ClassVar[str] = "msp-podcast"
    pattern: ClassVar[str] = "Labels/labels_consensus.csv, perhaps Labels/labels_detailed.csv, and Audios/*.wav"
    licence: ClassVar[str] = "free for research, on signing a form"
    citation: ClassVar[str] = (
        "Lotfian and Busso, Building naturalistic emotionally balanced speech corpus by retrieving emotional speech "
        "from existing podcast recordings, IEEE Transactions on Affective Computing 2019"
    )

    def recognises(self, path: Path) -> float:
        """Return how sure it is: a table of consensus labels with its columns."""
        table = _labels(path, "labels_consensus.csv", "labels_concensus.csv")
        return 1.0 if table and {"filename", "emoclass", "emoact"} <= set(column_names(table)) else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the folder ``path``; raise `BadCorpus` where it has no table of consensus labels."""
        table = _labels(path, "labels_consensus.csv", "labels_concensus.csv")
        if table is None:
            raise BadCorpus(f"{path} holds no labels; expected {self.pattern}; check the path")
        frame = _csv(table)
        missing = sorted({"filename", "emoclass"} - set(frame.columns))
        if missing:
            raise BadCorpus(f"{table} has no column {', '.join(missing)}; expected FileName and EmoClass")
        if frame["filename"].duplicated().any():
            twice = frame["filename"][frame["filename"].duplicated()].iloc[0]
            raise BadCorpus(f"{table} has two rows for {twice}; expected one for each file; remove one")
        frame, root, notes = _placed(frame, path)
        votes, more = _details(path)
        notes += more
        task, ratings, differ = _answers(frame, votes)
        segments = _segments(frame)
        ratings = checked(ratings, task)
        return Corpus(self.name, segments, ratings, task, root, self.licence, self.citation, (*notes, *differ))


def _labels(path: Path, *names: str) -> Path | None:
    """Return the first of some files in the folder, or in its folder of labels."""
    places = (path / "Labels", path / "labels", path)
    return next((place / name for place in places for name in names if (place / name).is_file()), None)


def _csv(table: Path) -> pd.DataFrame:
    """Return a table as text, with names of columns in small letters."""
    try:
        frame = pd.read_csv(regular(table), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as why:
        raise BadCorpus(f"{table} cannot be read ({why}); expected a CSV file") from None
    return frame.rename(columns=lambda name: str(name).strip().lower())


def _placed(frame: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, Path | None, list[str]]:
    """Add the place of each recording; leave out those that are not there where others are."""
    folder = next((name for name in ("Audios", "Audio", "audios", "wav") if (path / name).is_dir()), "")
    frame = frame.assign(file=[f"{folder}/{name}" if folder else name for name in frame["filename"]])
    there = [(path / file).is_file() for file in frame["file"]]
    if not any(there):
        return frame, None, [f"no audio: none of {len(frame)} recordings is in {path / folder}"]
    if all(there):
        return frame, path, []
    gone = [file for file, here in zip(frame["file"], there, strict=True) if not here]
    notes = [f"{len(gone)} of {len(frame)} recordings are not there and are left out: {few(gone)}"]
    return frame[there].reset_index(drop=True), path, notes


def _details(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return a row for each worker and file, and notes; no rows where only the consensus is there."""
    if table := _labels(path, "labels_detailed.csv"):
        frame = _csv(table)
        if "emodetail" in frame:
            each = zip(frame["filename"], frame["emodetail"], strict=True)
            frame = _from_lines([line for file, text in each for line in (f"{file};", text)])
        else:
            frame = frame.rename(columns=_detail_name)
    elif table := _labels(path, "labels_detailed.json"):
        try:
            by_file = json.loads(read_text(table))
            rows = [{"filename": f, "worker": w, **a} for f, workers in by_file.items() for w, a in workers.items()]
        except (OSError, ValueError, AttributeError, TypeError) as why:
            raise BadCorpus(f"{table} cannot be read ({why}); expected JSON by file and worker") from None
        frame = pd.DataFrame(rows).rename(columns=lambda name: _detail_name(str(name).lower()))
    elif table := _labels(path, "labels.txt"):
        frame = _from_lines(read_text(table, encoding="utf-8-sig").splitlines())
    else:
        return pd.DataFrame(columns=_DETAIL), ["no votes of single workers are there; labels are the consensus"]
    missing = sorted(set(_DETAIL) - {"second"} - set(frame.columns))
    if missing:
        raise BadCorpus(f"{table} has no column {', '.join(missing)}; expected FileName, Workers, EmoClass_Major ...")
    before, frame = len(frame), frame.drop_duplicates(["filename", "worker"])
    notes = [f"{before - len(frame)} second votes of a worker for a file are left out"] if len(frame) < before else []
    second = frame["second"].astype(str).str.split(",") if "second" in frame else pd.Series(dtype=object)
    several = int(second.map(lambda words: len([w for w in words if w.strip()]) > 1).sum()) if len(second) else 0
    if several:
        notes.append(f"{several} votes name secondary emotions besides; only the primary one is taken")
    return frame, notes


def _detail_name(name: str) -> str:
    usual = {"workers": "worker", "workerid": "worker", "annotator": "worker", "emoclass_major": "emoclass"}
    return usual.get(name, "second" if name in ("emoclass_second", "emoclass_secondary") else name)


def _from_lines(lines: list[str]) -> pd.DataFrame:
    """Return the votes in lines of text: a file, then its workers."""
    rows: list[tuple[Any, ...]] = []
    file = ""
    for line in lines:
        if match := _WORKER.search(line):
            worker, primary, second, act, val, dom = match.groups()
            rows.append((file, worker, primary, second, act, val, dom))
        elif line.strip():
            file = line.split(";")[0].strip()
    return pd.DataFrame(rows, columns=_DETAIL)


def _answers(frame: pd.DataFrame, votes: pd.DataFrame) -> tuple[tuple[Target, ...], pd.DataFrame, tuple[str, ...]]:
    """Return the targets and their ratings: of workers where they are known, else the consensus."""
    files = dict(zip(frame["filename"], frame["file"], strict=True))
    code = frame["emoclass"].str.strip()
    published = pd.Series([_CODE.get(c.upper(), noun(c)) for c in code], index=list(frame["file"]), dtype=object)
    votes = votes[votes["filename"].isin(list(files))]
    segment = votes["filename"].map(files)
    heard = _rows(segment, "emotion", votes["worker"], votes["emoclass"].map(_primary))
    heard = heard[heard["value"] != ""]
    emotion = Target("emotion", tuple(sorted(set(heard["value"]) | set(published.dropna()))))
    ratings, notes = agreed(heard, published, emotion)
    frames, task = [ratings], [emotion]
    for column, name in _SCALES.items():
        if column in frame:
            rated = _rows(segment, name, votes["worker"], pd.to_numeric(votes[column], errors="coerce"))
            alone = frame[~frame["file"].isin(list(segment))]
            mean = _rows(alone["file"], name, GOLD, pd.to_numeric(alone[column], errors="coerce"))
            frames += [part[part["value"].notna()] for part in (rated, mean) if len(part)]
            task.append(Target(name, low=1, high=7))
    if none := int(published.isna().sum()):
        notes = (f"{none} clips have no gold, workers did not agree (X)", *notes)
    return tuple(task), pd.concat(frames, ignore_index=True).astype(object), notes


def _primary(word: str) -> str:
    """Return the class of a worker's choice; one in the worker's own words is another emotion."""
    word = str(word).strip()
    return "other" if word.lower().startswith("other") else noun(word) if word else ""


def _rows(segment: pd.Series[Any], target: str, rater: Any, value: pd.Series[Any]) -> pd.DataFrame:
    columns = {"segment": segment, "target": target, "rater": rater, "value": value}
    return pd.DataFrame(columns, columns=list(RATINGS)).astype(object)


def _segments(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what is known of each clip."""
    about: dict[str, Any] = {}
    if "spkrid" in frame:
        about["speaker"] = [None if s.strip().lower() in ("", "unknown") else s.strip() for s in frame["spkrid"]]
    if "gender" in frame:
        about["sex"] = sexes(None if s.strip().lower() in ("", "unknown") else s for s in frame["gender"])[0]
    if "split_set" in frame:
        about["split"] = [s.strip().lower().replace("development", "dev") or None for s in frame["split_set"]]
    return pd.DataFrame(about, index=segment_index(list(frame["file"])), dtype=object)


readers.register(MspPodcast.name)(MspPodcast())
