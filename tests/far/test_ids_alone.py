"""A feature set without recordings and without a table: labelled elsewhere, and what then follows, as commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.errors import SeralError
from seral_core.studio import far_recordings
from seral_core.studio.project import open_project
from seral_core.studio.queue import test_part
from seral_core.studio.recordings import clips_of, recordings

NOUNS = ("anger", "neutral", "sadness")


def call(*words: object) -> str:
    done = CliRunner().invoke(commands, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def filled(path: Path) -> list[str]:
    """Answer as a person with another tool does; return which clips."""
    frame = pd.read_csv(path, dtype=str)
    frame["rater"], frame["emotion"] = "ann", [NOUNS[int(file[4:8]) % 3] for file in frame["file"]]
    frame.to_csv(path, index=False)
    return frame["file"].tolist()


@pytest.mark.parametrize("far", [True, False])
def test_ids_alone_are_labelled_elsewhere_and_then_predicted(
    far: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_recordings, "FEW_CLIPS", 0 if far else 10**6)
    far_recordings.far_features.cache_clear()
    rng, kinds = np.random.default_rng(0), np.arange(120) % 3
    values = np.eye(3)[kinds] @ rng.normal(size=(3, 8)) * 2 + rng.normal(size=(120, 8))
    frame = pd.DataFrame(values, columns=[f"f{i}" for i in range(8)])
    frame.insert(0, "id", [f"call{i:04}.wav" for i in range(120)])
    ids = set(frame["id"])
    where, project, table = tmp_path / "set", tmp_path / "project", tmp_path / "next.csv"
    where.mkdir()
    frame[:70].to_parquet(where / "a.parquet")
    frame[70:].to_parquet(where / "b.parquet")

    words = ["label", where, "--features", where, "--target", f"emotion={','.join(NOUNS)}", "--project", project]
    words = [*words, "--strategy", "margin", "--no-browser"]
    for _ in range(2):  # once made, it is opened
        said = call(*words)
        assert f"the project is at {project}; {where} has no audio" in said
        assert f"seral labels next {project}" in said
    studio = open_project(project)
    corpus = recordings(studio)
    test = test_part(studio, clips_of(studio, corpus))
    for n in (24, 10):
        call("labels", "next", project, "--n", n, "--to", table, "--replace")
        asked = filled(table)
        assert len(set(asked) & ids) == n
        assert not any(segment in test for segment in asked)
        assert f"{n} of them fit the project, {n} are new" in call("labels", "import", project, table)
    assert call("labels", "next", project, "--n", "5").splitlines() == call("labels", "next", project).splitlines()[:5]
    assert not set(call("labels", "next", project).split()) & set(asked)

    call("export-model", project, "--out", tmp_path / "model")
    call("predict", tmp_path / "model", where, "--out", tmp_path / "predictions")
    found = pd.concat([pd.read_parquet(path) for path in sorted((tmp_path / "predictions").glob("*.parquet"))])
    assert np.mean(found["emotion"].to_numpy() == np.array(NOUNS)[kinds]) > 0.8
    options = ["--features", where, "--budget", 20, "--initial", 5, "--batch", 5, "--split", "none"]
    said = call("run", "--corpus", project, *options, "--out", tmp_path / "run")
    assert "20 of 20 labels" in said


@pytest.mark.parametrize("words", [["run", "--corpus"], ["corpora"], ["label", "--target", "emotion=anger,fear"]])
def test_a_set_that_is_named_as_a_corpus_is_said_to_have_no_labels(words: list[str], tmp_path: Path) -> None:
    for name in ("a", "b"):
        pd.DataFrame({"id": [name], "pitch": [1.0]}).to_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(SeralError, match=r"holds features of clips, without labels; .*--corpus labels\.csv --features"):
        CliRunner().invoke(commands, [*words, str(tmp_path)], catch_exceptions=False)
