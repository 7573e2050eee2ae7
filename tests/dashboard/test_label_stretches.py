"""Projects that trace recordings in stretches: what is given, what leads in to it, and what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seral_core.corpora.corpus import segment_place
from seral_core.errors import BadPlan
from seral_core.studio.opening import opened_project
from seral_core.studio.project import LabelProject, open_project
from seral_dashboard import projects
from tests.dashboard.label import project, recordings


@pytest.fixture
def folder(own_home: Path, tmp_path: Path) -> Path:
    return project(tmp_path, "arousal=-1:1@25", clips=2, seconds=12.0, stretch=4.0)


def test_each_stretch_is_given_once_and_all_but_the_first_have_a_lead_in(folder: Path) -> None:
    session = projects.session(folder, train=False)
    clips = session.next("anna", 20)["clips"]
    leads = {segment_place(clip["segment"])[1]: clip["lead_in_s"] for clip in clips}
    assert sorted(clip["segment"] for clip in clips) == [
        f"clip {i:02}.wav#{start}.000-{start + 4}.000" for i in (0, 1) for start in (0, 4, 8)
    ]
    assert leads == {0.0: 0.0, 4.0: 2.0, 8.0: 2.0}
    assert {clip["seconds"] for clip in clips} == {4.0}


def test_the_sound_of_a_stretch_begins_with_its_lead_in(folder: Path) -> None:
    lengths = [projects.sound(folder, f"clip 00.wav#{part}").seconds for part in ("0.000-4.000", "4.000-8.000")]
    assert lengths == [4.0, 6.0]


def test_a_trace_of_a_stretch_is_stored_with_its_own_times(folder: Path) -> None:
    session = projects.session(folder, train=False)
    clip = session.next("anna")["clips"][0]
    samples: list[Any] = [[0.02, 0.1, 1e9], [3.9, 0.4, 1e9 + 4]]
    sent = {"id": "t1", "target": "arousal", "samples": samples, "device": "mouse"}
    assert session.trace("anna", {"shown": clip["shown"], "segment": clip["segment"], **sent})["saved"] == 1
    (row,) = session.store.current("anna")
    assert row.segment == clip["segment"]
    assert clip["segment"] not in {other["segment"] for other in session.next("anna", 20)["clips"]}


def test_stretches_need_a_target_that_is_traced_and_a_length_that_can_be_heard() -> None:
    with pytest.raises(BadPlan, match="no target is traced"):
        LabelProject("recordings", ("arousal",), stretch=10)
    with pytest.raises(BadPlan, match=r"got stretches of 0\.5 s"):
        LabelProject("recordings", ("arousal@25",), stretch=0.5)


def test_projects_of_before_have_whole_recordings_and_cannot_be_cut_afterwards(own_home: Path, tmp_path: Path) -> None:
    folder = project(tmp_path, "arousal@25", clips=2, seconds=3.0)
    text = (folder / "studio.toml").read_text()
    (folder / "studio.toml").write_text("\n".join(line for line in text.splitlines() if "stretch" not in line))
    assert open_project(folder).stretch == 0
    assert len(projects.session(folder, train=False).next("anna", 20)["clips"]) == 2
    with pytest.raises(BadPlan, match="stretch is 2"):
        opened_project(str(tmp_path / "recordings"), {"stretch": 2.0}, project=folder)


def test_corpora_with_traces_are_asked_for_traces(own_home: Path, tmp_path: Path) -> None:
    place = recordings(tmp_path / "recordings", clips=1, seconds=2.0)
    rows = [f"clip 00.wav,{t / 5},arousal,r,0.5" for t in range(10)]
    (place / "traces.csv").write_text("\n".join(["file,time,target,rater,value", *rows]))
    _, studio, _ = opened_project(str(place / "traces.csv"), {}, project=tmp_path / "project")
    assert studio.task[0].rate_hz > 0
    assert studio.parts == ("trace",)
