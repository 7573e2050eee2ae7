"""Folders of ready frames, as AVEC ships them: one table for each recording, in CSV or ARFF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.errors import BadFeatures
from seral_core.features.base import is_extractor
from seral_core.features.extract import features_for
from seral_core.features.ready import load_features

TIMES = ["0.00", "0.04", "0.08"]


def corpus_of(*files: str) -> Corpus:
    return Corpus("gold", pd.DataFrame({"speaker": "s"}, index=segment_index(list(files))), rating_frame([]), ())


def write(folder: Path, kind: str, name: str, times: list[str], value: float = 0.0, named: str = "unknown") -> None:
    if kind == "csv":
        head = "name;frameTime;F0;loudness\n"
        rows = [f"'{named}';{t};{value + i};1" for i, t in enumerate(times)]
    else:
        head = "% made by openSMILE\n@relation x\n@attribute name string\n@ATTRIBUTE frameTime numeric\n"
        head += "@attribute F0 real\n@attribute 'loudness' numeric\n@attribute class {a,b}\n\n@data\n\n"
        rows = [f"'{named}',{t},{value + i},1,?" for i, t in enumerate(times)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.{kind}").write_text(head + "\n".join(rows) + "\n")


@pytest.mark.parametrize("kind", ["csv", "arff"])
@pytest.mark.parametrize("named", ["unknown", "own"])
def test_a_folder_with_a_table_for_each_recording_is_joined_by_name(tmp_path, kind, named) -> None:
    for i, name in enumerate(("train_2", "dev_1")):
        write(tmp_path / name.split("_")[0], kind, name, TIMES[: 3 - i], 10 * i, name if named == "own" else named)
    assert not is_extractor(str(tmp_path))
    table = features_for(corpus_of("dev_1.wav", "train_2.wav"), str(tmp_path))
    assert (table.ids, table.names, table.rate_hz) == (("dev_1.wav", "train_2.wav"), ("F0", "loudness"), 25.0)
    assert (table.bounds.tolist(), table.values[:, 0].tolist()) == ([0, 2, 5], [10, 11, 0, 1, 2])


@pytest.mark.parametrize("kind", ["csv", "arff"])
def test_one_table_of_all_recordings_is_joined_by_the_names_in_it(tmp_path, kind) -> None:
    write(tmp_path, kind, "dev_1", TIMES, named="dev_1")
    table = features_for(corpus_of("dev_1"), str(tmp_path / f"dev_1.{kind}"))
    assert (table.ids, table.bounds.tolist(), table.rate_hz) == (("dev_1",), [0, 3], 25.0)


@pytest.mark.parametrize("column", ["frameTime", "timeStamp", "time"])
def test_times_may_have_other_names_and_be_rounded(tmp_path, column) -> None:
    rows = "\n".join(f"{i * 0.1:.3f};{i}" for i in range(40))
    (tmp_path / "Train_01.csv").write_text(f"{column};F0\n{rows}\n")
    table = load_features(tmp_path)
    assert (table.ids, table.names, table.rate_hz, len(table.values)) == (("Train_01",), ("F0",), 10.0, 40)


@pytest.mark.parametrize(("first", "late"), [("0.00", 0), ("0.02", 0), ("0.04", 1), ("1.50", 37)])
def test_frames_that_begin_late_keep_their_times(tmp_path, first, late) -> None:
    write(tmp_path, "csv", "dev_1", [f"{float(first) + i * 0.04:.2f}" for i in range(3)])
    table = load_features(tmp_path)
    assert table.values[:, 0].tolist() == [0] * late + [0, 1, 2]
    assert ("begin after 0 s" in "".join(table.notes)) == (late > 0)


def test_frames_given_as_parts_of_files_that_begin_late_keep_their_times(tmp_path) -> None:
    (tmp_path / "f.csv").write_text(
        "file,start,end,F0\n" + "".join(f"a.wav,{t},{t + 0.5},{t}\n" for t in (1.0, 1.5, 2.0))
    )
    table = features_for(corpus_of("a.wav"), str(tmp_path / "f.csv"))
    assert (table.values.ravel().tolist(), table.rate_hz) == ([1, 1, 1, 1.5, 2], 2.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("'dev_1';0.00;1.5\n'dev_1';0.04;2.5\n", "begins with a row of numbers"),
        ("name;F0;F1\n'a';1;2\n'a';2;3\n", "does not say when its frames are"),
        ("name;frameTime;F0\n'a';0;2\n'a';0.04;3\n'a';0.5;3\n", "equal or unevenly spaced"),
        ("name;frameTime;other\n'a';0;2\n'a';0.04;3\n", "other columns than a.csv"),
    ],
    ids=["no header", "no times", "gaps", "other columns"],
)
def test_a_folder_with_an_odd_table_is_refused_and_the_table_named(tmp_path, text, message) -> None:
    (tmp_path / "a.csv").write_text("name;frameTime;F0\n'a';0;2\n'a';0.04;3\n")
    (tmp_path / "dev_1.csv").write_text(text)
    with pytest.raises(BadFeatures, match=message):
        load_features(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@attribute a numeric\n@data\n{0 1}\n", "sparse"),
        ("@attribute a numeric\n1\n", "there is no @data"),
        ("@attribute a numeric\n@attribute a numeric\n@data\n1,2\n", "each name once"),
        ("@attribute a numeric\n@data\n1,2\n", "a row has 2 cells"),
        ("@attribute a numeric\n@data\nhigh\n", "attribute a is numeric"),
    ],
)
def test_a_broken_arff_says_what_is_wrong(tmp_path, text, message) -> None:
    (tmp_path / "f.arff").write_text(text)
    with pytest.raises(BadFeatures, match=message):
        load_features(tmp_path / "f.arff")


def test_an_empty_folder_holds_no_tables(tmp_path) -> None:
    with pytest.raises(BadFeatures, match="has no tables of features"):
        load_features(tmp_path)


def test_arrays_with_bounds_are_joined_by_name(tmp_path) -> None:
    np.savez(tmp_path / "f.npz", ids=["b", "a"], values=np.arange(5.0)[:, None], bounds=[0, 3, 5], rate_hz=25)
    table = features_for(corpus_of("a.wav", "b.wav"), str(tmp_path / "f.npz"))
    assert (table.bounds.tolist(), table.rate_hz) == ([0, 2, 5], 25.0)
