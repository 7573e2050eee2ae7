"""A feature set in an object store: extracted there, chosen from and labelled as on a disk; a real server answers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.far.opening import open_far
from seral_core.runs.far_pool import FarPool
from seral_core.studio import far_recordings
from seral_core.studio.far_learning import FarTrainer
from seral_core.studio.opening import opened_project
from seral_core.studio.session import Session
from tests.far.pools import EMOTION, values_of, written
from tests.far.test_far_pool import asked, events

WHY = "no object store: pip install 'moto[server]' s3fs (300 MB)"


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """A server that speaks as S3 does, and its file system; the bucket is empty."""
    server_of = pytest.importorskip("moto.server", reason=WHY)
    s3fs, fsspec = pytest.importorskip("s3fs", reason=WHY), pytest.importorskip("fsspec", reason=WHY)
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    _, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "nobody")
        options = {"endpoint_url": f"http://127.0.0.1:{port}"}
        patch.setitem(fsspec.config.conf, "s3", options)
        system = s3fs.S3FileSystem(**options)
        system.mkdir("bucket")
        yield system
    server.stop()


def test_picks_are_those_of_a_disk(store: Any, tmp_path: Path) -> None:
    far, here = written("s3://bucket/set", values_of(1500))[0], written(tmp_path, values_of(1500))[0]
    kept = open_far("simplecache::s3://bucket/set")
    for strategy in ("margin", "k-centre"):
        wanted = asked(events(FarPool(here, (EMOTION,)), strategy, budget=21))
        assert asked(events(FarPool(far, (EMOTION,), keep="s3://bucket/kept"), strategy, budget=21)) == wanted
        assert asked(events(FarPool(kept, (EMOTION,)), strategy, budget=21)) == wanted
    assert store.find("bucket/kept")


def test_extraction_and_labelling(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    for i in range(8):
        sound = io.BytesIO()
        soundfile.write(sound, 0.2 * rng.standard_normal(4000), 16_000, format="WAV")
        store.pipe_file(f"bucket/calls/s{i % 2}/{i}.wav", sound.getvalue())
        (tmp_path / f"s{i % 2}").mkdir(exist_ok=True)
        (tmp_path / f"s{i % 2}" / f"{i}.wav").write_bytes(sound.getvalue())
    words = ["features", "extract", "s3://bucket/calls", "--out", "s3://bucket/features", "--rows", "3"]
    done = CliRunner().invoke(commands, words, catch_exceptions=False)
    assert "8 rows in 3 partitions" in done.output
    monkeypatch.setattr(far_recordings, "FEW_CLIPS", 0)  # the command has named the store, so that it may be used
    wanted = {"features": "s3://bucket/features", "targets": ("emotion=anger,sadness",), "strategy": "k-means:4+margin"}
    folder, _, _ = opened_project(str(tmp_path), wanted, project=tmp_path / "project")
    (trainer := FarTrainer(folder)).look()
    assert len(trainer.table) == 8
    clip = Session(folder, train=False).next("me")["clips"][0]
    assert clip["seconds"] == 0.25
