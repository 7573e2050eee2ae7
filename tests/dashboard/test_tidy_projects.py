"""Labelling projects and classes are renamed, thrown away with their answers, and brought back; links follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from seral_core.classroom.testing import made_class
from seral_core.errors import BadPlan
from seral_core.home import home
from seral_core.studio.project import LabelProject, new_project
from seral_dashboard import classes, projects
from seral_dashboard.tidy_projects import Projects
from tests.dashboard.label import EMOTION, recordings
from tests.patience import PATIENCE

SHELF = Projects()


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project in a home of its own, with two answers."""
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path / "runs"))
    folder = (home("labels") / "mine").resolve()
    new_project(folder, LabelProject(str(recordings(tmp_path / "clips", 6)), (EMOTION,), test_share=0.0), ["anna"])
    answer(folder, 2)
    yield folder
    for left in [*classes._hubs]:
        classes._hubs.pop(left).close()


def answer(folder: Path, many: int) -> None:
    session = projects.session(folder, train=False)
    for _ in range(many):
        clip = session.next("anna", 1)["clips"][0]
        part = {"id": f"a {clip['shown']}", "target": "emotion", "value": "anger"}
        session.record("anna", {"shown": clip["shown"], "segment": clip["segment"], "answers": [part]})


def secret(folder: Path) -> str:
    return projects.studio(folder).raters[0].secret


def test_a_project_comes_back_with_its_answers_and_links(made: Path) -> None:
    link = secret(made)
    thrown = SHELF.throw_away(made)
    assert projects.folders() == []
    with pytest.raises(projects.NoLink):
        projects.of_secret(link)
    with pytest.raises(projects.NoLink):
        projects.by_key(projects.key_of(made))
    assert SHELF.name_of(thrown) == "clips"
    assert SHELF.bring_back(thrown.folder.name) == made
    assert projects.of_secret(link) == (made, projects.studio(made).raters[0])
    session = projects.session(made, train=False)
    assert session.progress("anna")["answered"] == 2
    answer(made, 1)
    assert projects.session(made).progress("anna")["answered"] == 3


def test_where_its_name_is_taken_meanwhile_links_lead_to_the_one_that_came_back(made: Path) -> None:
    link, thrown = secret(made), SHELF.throw_away(made)
    new_project(made, LabelProject(str(made.parents[2] / "clips"), (EMOTION,)), ["ben"])
    back = SHELF.bring_back(thrown.folder.name)
    assert back.name == "mine-2"
    assert projects.of_secret(link)[0] == back
    assert projects.session(back, train=False).progress("anna")["answered"] == 2


def test_a_new_name_is_the_projects_alone(made: Path) -> None:
    link = secret(made)
    assert SHELF.rename(made, " Calls in May ") == made
    assert projects.studio(made).name == "Calls in May"
    assert projects.of_secret(link)[0] == made
    with pytest.raises(BadPlan, match="no name"):
        SHELF.rename(made, " ")


def test_what_others_have_in_hand_stays(made: Path) -> None:
    session = projects.session(made)
    projects._marks[made].release()
    held = FileLock(made / ".served")
    with held, pytest.raises(BadPlan, match="is at work"):
        SHELF.throw_away(made)
    (made / "run").mkdir(exist_ok=True)
    with FileLock(made / "run" / ".lock"), pytest.raises(BadPlan, match="is at work"):
        SHELF.throw_away(made)
    assert made.is_dir()
    assert session.progress("anna")["answered"] == 2


def test_a_class_goes_to_the_bin_once_nobody_takes_part(made: Path) -> None:
    folder = made_class(folder=home("labels"), questions=2).resolve()
    hub = classes.hub(folder, train=False)
    rater = hub.room.join("Zoë", "0" * 32)
    hub.room.open_next()
    with hub.listening(rater), pytest.raises(BadPlan, match="is at work"):
        SHELF.throw_away(folder)
    assert classes.hub(folder) is hub
    hub._heard.clear()
    thrown = SHELF.throw_away(folder)
    assert classes.folders() == []
    assert SHELF.bring_back(thrown.folder.name) == folder
    assert classes.hub(folder, train=False).room.story.step == "1.question"


def test_the_page_throws_a_project_away_and_brings_it_back(made: Path) -> None:
    imports = "from seral_dashboard.pages import sentences\nfrom seral_dashboard.views import label\n"
    page = AppTest.from_string(imports + "sentences(label.show)()", default_timeout=PATIENCE)
    page.query_params["part"] = "raters"
    page.run().button(key="tidy-away").click().run()
    assert not page.exception
    assert projects.folders() == []
    (back,) = [button for button in page.button if str(button.key).startswith("tidy-back-")]
    assert back.label.startswith("clips")
    back.click().run()
    assert projects.folders() == [made]
