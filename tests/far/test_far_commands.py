"""Extraction, prediction and costs in partitions, as commands: interrupted and continued, here and in object stores."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from click.testing import CliRunner

import seral_core
from seral_core.cli import commands
from seral_core.corpora.base import open_corpus
from seral_core.errors import BadFeatures, BadPlan, MissingExtra
from seral_core.far.engine import Here
from seral_core.far.extracting import extract_far
from seral_core.far.opening import open_far
from seral_core.far.place import Place
from seral_core.features.extract import extract
from seral_core.model.far_prediction import predict_far
from seral_core.model.model import Model
from seral_core.runs.build import prepare
from seral_core.runs.plan import Plan
from seral_core.runs.run import run

KINDS = ("anger", "happiness")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 24 short clips of four speakers, one of them silent."""
    folder = tmp_path_factory.mktemp("recordings")
    rng = np.random.default_rng(0)
    for i in range(24):
        kind, time = KINDS[i % 2], np.arange(4000) / 16_000
        sound = 0.3 * np.sin(2 * np.pi * (150 + 100 * (i % 2)) * time) + 0.02 * rng.standard_normal(4000)
        path = folder / f"s{i % 4}" / kind / f"{i:02}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.zeros(4000) if i == 5 else sound, 16_000)
    return folder


class Dying(Here):
    """Works on two partitions, then is killed."""

    def map(self, work: Any, items: Any, shared: Any) -> Iterator[Any]:
        for number, result in enumerate(super().map(work, items, shared)):
            if number == 2:
                raise KeyboardInterrupt
            yield result


def call(*words: object) -> str:
    done = CliRunner().invoke(commands, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_killed_extraction_goes_on_and_gives_the_features_of_memory(recordings: Path, tmp_path: Path) -> None:
    corpus = open_corpus(str(recordings))
    with pytest.raises(KeyboardInterrupt):
        extract_far(corpus, "SERALv01", tmp_path / "set", Dying(), each=5)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "set").glob("values-*.npy")}
    assert len(before) == 3
    with pytest.raises(BadFeatures, match="not finished"):
        open_far(tmp_path / "set")
    said = call("features", "extract", recordings, "--out", tmp_path / "set", "--rows", 5)
    assert "wrote 9 rows in 2 partitions" in said
    assert "; 14 rows in 3 partitions were there" in said
    assert "1 clips cannot be used" in said
    assert all((tmp_path / "set" / name).stat().st_mtime_ns == at for name, at in before.items())
    wanted = extract(corpus, "SERALv01", jobs=1)
    assert np.array_equal(open_far(tmp_path / "set").only(wanted.ids).values, wanted.values)
    assert (tmp_path / "set" / "skipped.csv").read_text().splitlines()[1].startswith("s1/happiness/05.wav,")
    # A recording that was replaced is extracted again, and nothing else.
    soundfile.write(recordings / "s1" / "happiness" / "05.wav", 0.1 * np.ones(4000) * np.sin(np.arange(4000)), 16_000)
    call("features", "extract", recordings, "--out", tmp_path / "set", "--rows", 5)
    assert len(open_far(tmp_path / "set")) == 24
    soundfile.write(recordings / "s1" / "happiness" / "05.wav", np.zeros(4000), 16_000)


def test_recordings_and_features_may_lie_in_an_object_store(recordings: Path, tmp_path: Path) -> None:
    store = Place.of("memory://speech/clips")
    for path in sorted(recordings.rglob("*.wav"))[:7]:
        store.write(path.name, path.read_bytes())
    store.write("notes.txt", b"no recording")
    call("features", "extract", store.address, "--out", "memory://speech/set", "--rows", 3, "--dtype", "float16")
    table = open_far("memory://speech/set")
    assert len(table.blocks) == 3
    assert table.names[0]
    assert len(table) + len(Place.of("memory://speech/set").read("skipped.csv").splitlines()) - 1 == 7
    frame = pd.DataFrame({"id": ["a", '=1+1,"\nb', "c"], "x": [1.0, np.nan, 3.0]})
    (tmp_path / "parquet").mkdir()
    frame.to_parquet(tmp_path / "parquet" / "0.parquet")
    said = call("features", "extract", tmp_path / "parquet", "--out", tmp_path / "own")
    assert "2 rows in 1 partitions" in said
    assert "1 clips cannot be used" in said
    assert (tmp_path / "own" / "skipped.csv").read_bytes().splitlines()[1].startswith(b'"\'=1+1,""')
    assert open_far(tmp_path / "own").only(["c"]).values.tolist() == [[3.0]]
    with pytest.raises(BadFeatures, match="one row per clip"):
        extract_far(store.address, "log-mel-frames", tmp_path / "frames", Here())
    assert "SERALv01" in call("features")


def test_predictions_go_on_and_are_those_of_memory(recordings: Path, tmp_path: Path) -> None:
    call("features", "extract", recordings, "--out", tmp_path / "set", "--rows", 5)
    log = run(Plan(str(recordings), initial=4, budget=8, split="speaker", strategy="random"), tmp_path / "runs")
    model, table = Model.of_run(log), open_far(tmp_path / "set")
    model.save(tmp_path / "model")
    with pytest.raises(KeyboardInterrupt):
        predict_far(model, table, tmp_path / "out", Dying())
    said = call("predict", tmp_path / "model", tmp_path / "set", "--out", tmp_path / "out2")
    assert "wrote 23 rows" in said
    predict_far(Model.load(tmp_path / "model"), table, tmp_path / "out3", Here())
    found = pd.concat([pd.read_parquet(path) for path in sorted((tmp_path / "out2").glob("*.parquet"))])
    wanted = model.predict(table.take(np.arange(23)))
    assert found["segment"].tolist() == list(wanted.index)
    assert found["emotion"].tolist() == wanted["emotion"].tolist()
    np.testing.assert_allclose(found["emotion_p_anger"], wanted["emotion_p_anger"], rtol=1e-5)
    (tmp_path / "parquet").mkdir()
    frame = pd.DataFrame(table.take(np.arange(23)).values, columns=list(table.names)).assign(id=list(table.ids))
    frame.to_parquet(tmp_path / "parquet" / "a.parquet")
    said = call("predict", tmp_path / "model", tmp_path / "parquet", "--out", tmp_path / "out4")
    assert "wrote 23 rows" in said
    again = pd.read_parquet(tmp_path / "out4" / "part-00000.parquet")
    assert again["emotion"].tolist() == wanted["emotion"].tolist()
    written = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out2").glob("part-*")}
    assert "0 clips were skipped" in call("predict", tmp_path / "model", tmp_path / "set", "--out", tmp_path / "out2")
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out2").glob("part-*")} == written
    with pytest.raises(BadPlan, match="holds something already"):
        predict_far(model, table, tmp_path / "model", Here())
    shutil.copytree(tmp_path / "set", tmp_path / "other")
    with pytest.raises(BadPlan, match="of another model or of other features"):
        predict_far(model, table.among(np.arange(20)), tmp_path / "out2", Here())
    said = call("plan-cost", tmp_path / "set", "--labels", 8, "--batch", 1, "--workers", "1,4", "--clips", 10**8)
    assert "100,000,000 clips x" in said
    assert len(said.splitlines()) == 4


def test_a_store_that_only_a_run_of_others_names_is_not_connected_to(
    recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def reached(place: Place) -> tuple[object, str]:
        asked.append(place.address)
        raise MissingExtra(place.address, "s3fs", "object-store")

    monkeypatch.setattr(Place, "_system", reached)
    for number, name_it in enumerate((
        lambda store: call("plan-cost", f"{store}/set"),
        lambda store: call("run", "--corpus", recordings, "--features", f"simplecache::{store}/set"),
        lambda store: seral_core.data(recordings, features=f"{store}/other").features(),
    )):  # fmt: skip
        store = f"s3://bucket-{number}"
        plan = Plan(str(recordings), features=f"{store}/set", budget=8, initial=4)
        with pytest.raises(BadFeatures, match=f"at {store}, where nobody on this computer has asked for any"):
            prepare(plan)
        assert not asked
        with pytest.raises(MissingExtra):
            name_it(store)
        with pytest.raises(MissingExtra):
            prepare(plan)
        assert len(asked) == 2
        asked.clear()
