"""Recordings behind links that lead out of the folder are named at opening, and played where that is allowed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.corpora.base import open_corpus
from seral_core.corpora.links import leading_out
from seral_core.errors import BadClip
from seral_core.studio.opening import opened_project
from seral_core.studio.project import LabelProject, open_project
from seral_core.studio.recordings import recordings
from seral_dashboard import clips, projects

TARGETS = ("emotion=anger,sadness",)


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A folder with a recording of its own, one behind a link, and a folder behind a link."""
    for file in ("view/own.wav", "disk/a.wav", "disk/more/b.wav"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / file, np.full(800, 0.1), 8000)
    (tmp_path / "view" / "a.wav").symlink_to(tmp_path / "disk" / "a.wav")
    (tmp_path / "view" / "more").symlink_to(tmp_path / "disk" / "more")
    (tmp_path / "view" / "inside.wav").symlink_to("own.wav")
    return tmp_path / "view"


def test_recordings_that_lead_out_of_the_folder_are_found(linked: Path) -> None:
    assert leading_out(open_corpus(linked)) == ["a.wav", "more/b.wav"]
    shown = CliRunner().invoke(commands, ["corpora", str(linked)]).output
    assert "note: 2 of 4 recordings lead out of the folder" in shown


def test_a_new_project_says_which_recordings_raters_are_not_played(linked: Path, tmp_path: Path) -> None:
    folder, studio, notes = opened_project(str(linked), {"targets": TARGETS}, project=tmp_path / "project")
    said = "2 of 4 recordings lead out of the folder of the corpus, as links do, so raters are not played them"
    assert any(note.startswith(said) and note.endswith("allow it with --follow-links") for note in notes)
    assert any(note.startswith(said) for note in projects.notes(folder))
    key = clips.admit("labelling", recordings(studio))
    assert clips.sound(key, "own.wav").seconds == pytest.approx(0.1)
    with pytest.raises(BadClip, match=r"leads out of the folder .* allow it with --follow-links"):
        clips.sound(key, "more/b.wav")


def test_links_are_followed_where_that_is_allowed_at_once_or_later(linked: Path, tmp_path: Path) -> None:
    place = tmp_path / "project"
    opened_project(str(linked), {"targets": TARGETS}, project=place)
    folder, studio, _ = opened_project(str(linked), {"links": True}, project=place)
    assert open_project(folder).links
    assert clips.sound(clips.admit("allowed", recordings(studio)), "more/b.wav").seconds == pytest.approx(0.1)
    _, allowed, notes = opened_project(str(linked), {"targets": TARGETS, "links": True}, project=tmp_path / "other")
    assert allowed.links
    assert not any("lead out" in note for note in notes)
    again = opened_project(str(linked), {"links": False}, project=place)[1]
    assert again.links, "a switch that is left out changes nothing"


def test_a_project_of_an_earlier_version_follows_no_links() -> None:
    assert not LabelProject.from_toml('corpus = "recordings"\ntargets = ["arousal=1:5"]\n').links


def test_the_command_has_the_switch() -> None:
    assert "--follow-links" in CliRunner().invoke(commands, ["label", "--help"]).output
