"""Answers of others are stored for the clip that they are about, and never for one of another folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.exchange import Imported, import_labels
from seral_core.exchange.asked import Asked
from seral_core.store import LabelStore
from seral_core.types import Target

TASK = (Target("emotion", ("anger", "fear")),)


@pytest.fixture
def store(tmp_path: Path) -> LabelStore:
    return LabelStore(tmp_path / "labels.sqlite")


def asked(*files: str, root: Path | None = None) -> Asked:
    corpus = Corpus("study", segment_index(files).to_frame()[[]].assign(speaker=None), rating_frame([]), TASK, root)
    return Asked(TASK, lambda: corpus)


def written(kind: str, folder: Path, names: Sequence[str]) -> Path:
    """Write an answer for each name, as another tool does; every answer is fear."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "table":
        (folder / "l.csv").write_text("file,emotion,rater\n" + "".join(f"{name},fear,u\n" for name in names))
        return folder / "l.csv"
    if kind == "prodigy":
        lines = [{"audio": name, "label": "fear", "answer": "accept", "_annotator_id": "u"} for name in names]
        (folder / "l.jsonl").write_text("\n".join(map(json.dumps, lines)))
        return folder / "l.jsonl"
    if kind == "label-studio":
        fear = {"from_name": "emotion", "to_name": "a", "type": "choices", "value": {"choices": ["fear"]}}
        tasks = [{"data": {"audio": name}, "annotations": [{"completed_by": "u", "result": [fear]}]} for name in names]
        (folder / "l.json").write_text(json.dumps(tasks))
        return folder / "l.json"
    audformat = pytest.importorskip("audformat", reason="the audformat extra is not installed")
    database = audformat.Database("theirs", usage="other")
    database.schemes["emotion"] = audformat.Scheme("str", labels=["anger", "fear"])
    database.raters["u"] = audformat.Rater("human")
    database["emotion"] = audformat.Table(audformat.filewise_index(list(names)))
    database["emotion"]["emotion"] = audformat.Column(scheme_id="emotion", rater_id="u")
    database["emotion"]["emotion"].set(["fear"] * len(names))
    database.save(str(folder / "db"), storage_format="csv")
    return folder / "db"


def labelled(store: LabelStore) -> set[str]:
    return {row.segment for row in store.current()}


def recordings(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / file, np.zeros(800), 8000)
    return folder


@pytest.mark.parametrize("kind", ["table", "prodigy", "label-studio", "audformat"])
def test_an_answer_is_not_stored_for_a_clip_of_another_folder_with_the_same_name(
    kind: str, tmp_path: Path, store: LabelStore
) -> None:
    path = written(kind, tmp_path / "other", ["s2/01.wav", "s1/01.wav", "s2/02.wav", "S2/03.flac"])
    found = import_labels(store, path, asked("s1/01.wav", "s1/02.wav", "s1/03.wav"))
    assert labelled(store) == {"s1/01.wav"}
    assert any("answers left out: 3 of 4" in note and "s2/02.wav is not s1/02.wav" in note for note in found.notes)


@pytest.mark.parametrize(
    ("names", "files", "expected"),
    [
        (("/data/s1/01.wav", "/data/s2/01.wav"), ("s1/01.wav", "s2/01.wav"), {"s1/01.wav", "s2/01.wav"}),
        ((r"D:\Study\S1\01.WAV",), ("s1/01.wav", "s2/01.wav"), {"s1/01.wav"}),
        (("s1/01.wav",), ("rec/s1/01.wav", "rec/s2/01.wav"), {"rec/s1/01.wav"}),
        (("01.wav", "s2/02.wav"), ("s1/01.wav", "s1/02.wav"), {"s1/01.wav"}),
        (("gu\u0308l/1.wav", "gul/1.wav"), ("g\u00fcl/1.wav",), {"g\u00fcl/1.wav"}),
        (("01.wav",), ("s1/01.wav", "s2/01.wav"), set()),
        (("01.wav", "s2/01.wav"), ("s1/01.wav",), set()),
        (("!.wav",), ("a/%.wav",), set()),
    ],
)
def test_folders_that_agree_decide_between_clips_of_one_name(
    names: Sequence[str], files: Sequence[str], expected: set[str], tmp_path: Path, store: LabelStore
) -> None:
    import_labels(store, written("label-studio", tmp_path, names), asked(*files))
    assert labelled(store) == expected


def test_a_name_that_several_clips_fit_is_said_to_be_in_doubt(tmp_path: Path, store: LabelStore) -> None:
    found = import_labels(store, written("table", tmp_path / "x", ["01.wav"]), asked("s1/01.wav", "s2/01.wav"))
    assert any("several clips fit their names: 01.wav may be s1/01.wav, s2/01.wav" in note for note in found.notes)


def test_a_name_that_is_an_id_is_that_clip_wherever_the_table_lies(tmp_path: Path, store: LabelStore) -> None:
    files = ("a/x.wav", "b b/x.wav", "x.wav")
    corpus = asked(*files, root=recordings(tmp_path / "rec", *files))
    for folder in (tmp_path, tmp_path / "rec", tmp_path / "elsewhere"):
        other = LabelStore(folder.parent / f"{folder.name}.sqlite")
        found = import_labels(other, written("table", folder, files), corpus)
        assert (found.fit, labelled(other)) == (3, set(files))


def test_a_file_beside_a_table_is_the_clip_of_that_folder(tmp_path: Path, store: LabelStore) -> None:
    root = recordings(tmp_path / "rec", "s1/01.wav", "s2/01.wav", "s2/02.wav", "s1/02.wav", "03.wav", "s2/03.wav")
    corpus = asked("s1/01.wav", "s2/01.wav", "s1/02.wav", "03.wav", root=root)
    found = import_labels(store, written("table", root / "s2", ["01.wav", "02.wav", "03.wav"]), corpus)
    assert labelled(store) == {"s2/01.wav"}, "02.wav is another speaker's, and 03.wav may be either"
    assert any("03.wav may be 03.wav, s2/03.wav" in note for note in found.notes)
    assert any("s2/02.wav is not s1/02.wav" in note for note in found.notes)
    whole = import_labels(store, written("table", tmp_path, ["rec/s1/01.wav", "rec/03.wav"]), corpus)
    assert (whole.fit, labelled(store)) == (2, {"s1/01.wav", "s2/01.wav", "03.wav"})
    assert isinstance(whole, Imported)
