"""A project hears what its reading says, and says where its answers and its recordings do not meet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.corpora.base import open_corpus
from seral_core.corpora.reading import Reading, remember
from seral_core.errors import BadPlan
from seral_core.store import Answer
from seral_core.studio.control_clips import control_clips
from seral_core.studio.opening import opened_project
from seral_core.studio.recordings import recordings
from seral_core.studio.stores import store_of

EMOTION = ("emotion=anger,sadness",)


def calls(folder: Path, count: int = 3) -> Path:
    folder.mkdir()
    for i in range(count):
        soundfile.write(folder / f"call{i}.wav", np.random.default_rng(i).normal(0, 0.1, (4000, 2)), 8000)
    return folder


@pytest.mark.parametrize("way", ["lost", "mono"])
def test_answers_whose_clips_are_gone_are_said_when_a_project_is_opened(way: str, tmp_path: Path) -> None:
    where = calls(tmp_path / "calls")
    each = {"targets": EMOTION, "reading": ("channel each",)}
    folder, _, _ = opened_project(str(where), each, project=tmp_path / "project")
    store = store_of(folder, None)
    store.append([Answer(str(i), f"call{i}.wav#ch2", "emotion", "anger", rater="me", run="r") for i in range(3)])
    assert not any("not there" in note for note in (*opened_project(str(folder), {})[2], *open_corpus(folder).notes))
    if way == "lost":
        (where / "call2.wav").unlink()
    else:
        soundfile.write(where / "call2.wav", np.full(4000, 0.1), 8000)
    for notes in (opened_project(str(folder), {})[2], open_corpus(folder).notes):
        (said,) = [note for note in notes if "not there" in note]
        assert said.startswith("1 answer is for a clip that is not there: call2.wav#ch2")
    for file in where.iterdir():
        file.unlink()
    assert opened_project(str(folder), {})[2] == (), "recordings that are all away are said elsewhere"


def known(path: Path, *numbers: float) -> Path:
    path.write_text("file,arousal\n" + "".join(f"call{i}.wav,{n}\n" for i, n in enumerate(numbers)))
    return path


def test_known_answers_on_another_scale_are_converted_once_their_range_is_said(tmp_path: Path) -> None:
    where, gold = calls(tmp_path / "calls"), known(tmp_path / "gold.csv", 1, 7, 4)
    wanted = {"targets": ("arousal=1:5",), "gold": str(gold)}
    with pytest.raises(BadPlan, match=r"look like numbers in \[1, 7\], but the project asks \[1, 5\].*--remember"):
        opened_project(str(where), wanted, project=tmp_path / "project")
    said = CliRunner().invoke(commands, ["corpora", str(gold), "--range", "arousal=1:7", "--remember"])
    assert said.exit_code == 0
    _, studio, _ = opened_project(str(where), wanted, project=tmp_path / "project")
    assert control_clips(studio, recordings(studio)) == {
        f"call{i}.wav": {"arousal": value} for i, value in enumerate((1.0, 5.0, 3.0))
    }


def test_a_project_that_was_made_with_known_answers_of_a_guessed_range_goes_on(tmp_path: Path) -> None:
    where, gold = calls(tmp_path / "calls"), known(tmp_path / "gold.csv", 2, 4, 3)
    folder, studio, _ = opened_project(
        str(where), {"targets": ("arousal=1:5",), "gold": str(gold)}, project=tmp_path / "project"
    )
    known(gold, 2, 4, 6)
    opened_project(str(folder), {})
    assert control_clips(studio, recordings(studio))["call1.wav"] == {"arousal": 4.0}


def test_a_project_of_a_page_is_read_as_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labelling = pytest.importorskip("seral_dashboard.labelling", reason="the dashboard extra is not installed")
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))
    where = calls(tmp_path / "calls")
    remember(where, Reading(said=("channel each",)))
    folder, _ = labelling.start_project(labelling.SCREENS[0], "anger, calm", "me", corpus=str(where))
    assert len(open_corpus(folder)) == 6
