"""The view Label: projects are made, raters invited, and labels taken away."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seral_core.errors import BadCorpus, BadPlan
from seral_core.studio.stores import agreed as agreed_store
from seral_dashboard import agreement, data, labelling, projects, run_map, take_away
from seral_dashboard.labelling import SCREENS
from tests.dashboard.label import project, recordings
from tests.dashboard.test_uploads import sound
from tests.patience import PATIENCE


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own: no other test's projects are listed."""
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path / "runs"))
    return tmp_path


def view() -> Any:
    from streamlit.testing.v1 import AppTest

    def script() -> None:
        from seral_dashboard.views import label

        label.show()

    return AppTest.from_function(script, default_timeout=PATIENCE)


def button(app: Any, name: str) -> Any:
    return next(found for found in app.button if found.label == name)


def said(app: Any) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.caption, *app.error, *app.info])


def labelled(folder: Path, *, raters: tuple[str, ...] = ("anna", "ben"), many: int = 6) -> None:
    session = projects.session(folder)
    classes = session.studio.task[0].classes
    for rater in raters:
        for _ in range(many):
            clip = session.next(rater, 1)["clips"][0]
            value = classes[int(clip["segment"][5:7]) % len(classes)]
            part = {"id": f"{rater} {clip['shown']}", "target": "emotion", "value": value}
            session.record(rater, {"shown": clip["shown"], "segment": clip["segment"], "answers": [part]})


def test_a_project_is_made_from_a_folder_with_one_form(at_home: Path) -> None:
    folder = recordings(at_home / "mine", 8)
    app = view().run()
    app.text_input[0].set_value(str(folder))
    next(box for box in app.text_input if box.label == "Who labels").set_value("anna, ben")
    button(app, "Start labelling").click().run()
    assert not app.exception
    (made,) = projects.folders()
    studio = projects.studio(made)
    assert [rater.name for rater in studio.raters] == ["anna", "ben"]
    assert studio.corpus == str(folder)
    assert projects.key_of(made) in app.query_params["project"]


def test_hidden_gold_is_given_in_the_form_and_looked_at_before_anything_is_made(at_home: Path) -> None:
    folder, gold = recordings(at_home / "mine", 8), at_home / "known.csv"
    app = view().run()
    app.text_input[0].set_value(str(folder))
    field = next(box for box in app.text_input if box.label == "Hidden clips with known answers")
    field.set_value(str(gold))
    button(app, "Start labelling").click().run()
    assert "known.csv" in said(app)
    assert projects.folders() == []
    gold.write_text("file,emotion\nclip 01.wav,anger\n")
    button(app, "Start labelling").click().run()
    studio = projects.studio(projects.folders()[0])
    assert (studio.gold, studio.gold_share) == (str(gold), 0.1)


@pytest.mark.parametrize("place", ["no/such/folder", ""])
def test_what_cannot_be_labelled_is_refused_in_the_form(at_home: Path, place: str) -> None:
    app = view().run()
    app.text_input[0].set_value(place)
    button(app, "Start labelling").click().run()
    assert not app.exception
    assert app.error
    assert projects.folders() == []


@pytest.mark.parametrize("number", range(len(SCREENS)))
def test_every_way_to_ask_makes_a_project(at_home: Path, number: int) -> None:
    folder, _ = labelling.start_project(
        SCREENS[number], labelling.CLASSES, "me", corpus=str(recordings(at_home / "mine", 6))
    )
    said = projects.session(folder, train=False).next("me", 1)
    assert len(said["clips"]) == 1
    assert said["task"]


def test_uploads_become_the_corpus_of_a_project(at_home: Path) -> None:
    files = [("../a.wav", sound(0.5)), ("b.flac", sound(0.5, "FLAC")), ("virus.exe", b"MZ")]
    folder, refused = labelling.start_project(SCREENS[0], "anger, calm", "me", files=files, name="../field work")
    assert folder.parent == at_home / "home" / "labels"
    assert sorted(path.name for path in (folder / "uploads").iterdir()) == ["a.wav", "b.flac"]
    assert len(refused) == 1
    assert "virus.exe is not kept" in refused[0]
    assert len(projects.session(folder, train=False).corpus) == 2


def test_an_upload_without_recordings_makes_no_project(at_home: Path) -> None:
    with pytest.raises(BadCorpus, match="no recording"):
        labelling.start_project(SCREENS[0], "anger, calm", "me", files=[("a.wav", b"text")])
    assert projects.folders() == []


def test_a_single_class_is_refused_before_anything_is_written(at_home: Path) -> None:
    with pytest.raises(BadPlan, match="at least two classes"):
        labelling.start_project(SCREENS[0], "anger", "me", files=[("a.wav", sound())])
    assert not list(at_home.glob("home/labels/*"))


def test_raters_see_their_links_and_new_ones_are_added(at_home: Path) -> None:
    folder = project(at_home)
    app = view()
    app.session_state["part"] = "raters"
    app.query_params["project"] = projects.key_of(folder)
    app.run()
    assert not app.exception
    links = [element.value for element in app.code]
    assert [link.rsplit("/", 1)[-1] for link in links] == [rater.secret for rater in projects.studio(folder).raters]
    next(box for box in app.text_input if box.label == "Further raters").set_value("clara, *dora*")
    button(app, "Add").click().run()
    assert [rater.name for rater in projects.studio(folder).raters][2:] == ["clara", "*dora*"]
    assert r"**\*dora\***" in said(app)


def test_agreement_is_shown_where_raters_labelled_the_same_clips(at_home: Path) -> None:
    folder = project(at_home, k=2, clips=8)
    labelled(folder, many=8)
    app = view()
    app.session_state["part"] = "agreement"
    app.query_params["project"] = projects.key_of(folder)
    app.run()
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric}["Krippendorff's alpha"] == "1.00"


def test_agreement_counts_no_repeat_as_a_second_vote(at_home: Path) -> None:
    folder = project(at_home, repeat_share=0.1)
    labelled(folder, raters=("anna",), many=20)
    session = projects.session(folder)
    found = agreement.agreement(session, session.studio.task[0])
    assert found.clips == 0
    assert found.self.loc["anna", "agreement"] == 1.0


def test_a_machine_is_no_rater_in_agreement_and_standing(at_home: Path) -> None:
    from seral_core.store import Answer

    folder = project(at_home, repeat_share=0.0)
    labelled(folder, raters=("anna",), many=6)
    session = projects.session(folder)
    heard = [row.segment for row in session.store.current() if row.kind == "answer"]
    trace = ((0.0, 0.1), (1.0, 0.2))
    session.store.append(
        [Answer(f"m{i}", i, "emotion", "anger", rater="svm", source="machine", purpose="free") for i in heard]
        + [Answer(f"b{i}", i, "emotion", "calm", rater="ben", source="machine", answered_at=1e9) for i in heard]
        + [Answer(f"g{i}", i, "emotion", "calm", rater="svm", source="machine", purpose="gold") for i in heard]
        + [Answer(f"t{i}{r}", i, "emotion", trace=trace, rater=r, source="machine") for i in heard for r in "ab"]
    )
    found = agreement.agreement(session, session.studio.task[0])
    assert found.clips == 0
    assert found.rest.empty
    assert found.gold.empty
    assert agreement.traced(session, session.studio.task[0]).clips == 0
    assert labelling.standing(session).set_index("rater")["last"].isna()["ben"]


def test_traces_are_compared_after_their_lag_was_taken_back(at_home: Path) -> None:
    import numpy as np

    folder = project(at_home, "arousal=-1:1@25", k=2, clips=3)
    session = projects.session(folder)
    times = np.arange(0, 12, 0.04)
    for rater, late in (("anna", 0.0), ("ben", 1.5)):
        for _ in range(3):
            clip = session.next(rater, 1)["clips"][0]
            values = np.clip(0.8 * np.sin((times - late) / 1.7), -1, 1)
            samples = np.stack([times, values], axis=1).round(4).tolist()
            said = {"id": f"{rater} {clip['shown']}", "target": "arousal", "samples": samples}
            session.trace(rater, {"shown": clip["shown"], "segment": clip["segment"], **said})
    found = agreement.traced(session, session.studio.task[0])
    assert found.clips == 3
    assert found.corrected > 0.99 > 0.9 > found.raw
    assert found.lags.loc["ben", "lag_s"] == pytest.approx(1.5, abs=0.1)
    assert found.lags.loc["anna", "lag_s"] == 0


def test_a_person_is_shown_beside_the_recorded_gold(at_home: Path) -> None:
    from seral_core.studio.testing import answered, made_project

    folder = answered(made_project(clips=60), 40, wrong=0.2)
    projects.remember(folder)
    app = view()
    app.session_state["part"] = "versus"
    app.query_params["project"] = projects.key_of(folder)
    app.run()
    assert not app.exception
    facts = {metric.label: metric.value for metric in app.metric}
    assert facts["Clips labelled by both"] == "40"
    assert float(facts["Equal answers"]) == pytest.approx(0.8, abs=0.15)


def test_the_clips_of_a_project_are_shown_on_a_map(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seral_core.studio.learning import Trainer
    from seral_core.studio.testing import answered, made_project

    monkeypatch.setenv("SERAL_OPEN", "")
    folder = made_project(clips=60)
    projects.remember(folder)
    app = view()
    app.session_state["part"] = "map"
    app.query_params["project"] = projects.key_of(folder)
    app.run()
    assert "The map appears with the first model" in said(app)
    trainer = Trainer(answered(folder, 30))
    trainer.look()
    app.run().run()
    assert not app.exception
    assert "The map appears" not in said(app)
    (shown,) = data.experiments()
    assert (shown.folder, shown.label) == (trainer.log.folder, f"Labelling of {folder.name}: recommended")
    assert len(run_map.pool(shown.id, trainer.log.folder.name, "pca")["ids"]) == 60


@pytest.mark.parametrize("kind", labelling.FORMATS)
def test_labels_are_taken_away_as_they_were_given(at_home: Path, kind: str) -> None:
    folder = project(at_home)
    labelled(folder, raters=("anna",))
    content = labelling.exported(projects.session(folder), kind)
    wanted = {row.segment for row in projects.session(folder).store.current("anna")}
    if kind == "CSV":
        frame = pd.read_csv(io.BytesIO(content))
        assert set(frame[frame["kind"] == "answer"]["segment"]) == wanted
    elif kind.startswith("audformat"):
        assert "db.yaml" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    else:
        assert all(name.encode() in content for name in ([] if kind == "Parquet" else wanted))
        assert content


def test_the_model_is_taken_away_with_predictions_for_what_nobody_labelled(at_home: Path) -> None:
    from seral_core.studio.testing import answered, made_project

    folder = made_project(clips=60)
    assert not take_away.has_model(projects.session(folder, train=False))
    answered(folder, 20)
    assert take_away.has_model(projects.session(folder, train=False))
    archive = zipfile.ZipFile(io.BytesIO(take_away.packed_model(folder)))
    assert {"model/README.md", "model/model.json", "model/learner.skops"} <= set(archive.namelist())
    frame = pd.read_csv(archive.open("predictions.csv"))
    assert len(frame) == 40
    assert frame["emotion_confidence"].between(1 / 3, 1).all()
    (folder.parent / "clips.csv").rename(folder.parent / "away.csv")
    archive = zipfile.ZipFile(io.BytesIO(take_away.packed_model(folder)))
    assert archive.namelist() == ["NO-MODEL.txt"]  # a download that fails would say nothing
    assert b"clips.csv' does not exist" in archive.read("NO-MODEL.txt")
    from streamlit.testing.v1 import AppTest

    code = f"from pathlib import Path; from seral_dashboard.take_away import show; show(Path({str(folder)!r}))"
    (warning,) = AppTest.from_string(code, default_timeout=PATIENCE).run().warning
    assert warning.value.startswith("There is no model: ")


@pytest.mark.browser
@pytest.mark.usefixtures("no_trainer_left")
def test_the_dashboards_own_view_labels_by_key(
    page: Any, start_server: Callable[..., Any], at_home: Path, finished: Path
) -> None:
    folder = project(at_home)
    server = start_server(finished.parent)
    page.goto(f"{server.address}/label?project={projects.key_of(folder)}")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("Clip 1", exact=True).wait_for()
    page.wait_for_timeout(500)
    page.keyboard.press("1")
    page.get_by_text("Clip 2", exact=True).wait_for()
    page.wait_for_timeout(500)
    page.keyboard.press("2")
    page.get_by_text("All answers saved").wait_for()
    assert [row.value for row in projects.session(folder).store.current("anna")] == ["anger", "happiness"]
    page.get_by_text("Raters", exact=True).first.click()
    page.get_by_text("Take the labels away").wait_for()
    page.locator(".label-main").wait_for(state="detached")
    page.keyboard.press("3")
    assert len(projects.session(folder).store.current("anna")) == 2
    assert page.mistakes == []


def test_a_project_with_a_foreign_store_is_opened_only_when_the_user_agrees(at_home: Path) -> None:
    folder = project(at_home)
    text = (folder / "studio.toml").read_text()
    (folder / "studio.toml").write_text(text.replace('store = ""', 'store = "postgresql://me:secret@127.0.0.1:9/x"'))
    app = view().run()
    assert "keeps its answers at postgresql" in app.warning[0].value
    assert "secret" not in app.warning[0].value
    button(app, "Connect from now on").click().run()
    assert agreed_store(folder, projects.studio(folder).store)
    assert not app.warning


def test_the_owner_sees_in_full_what_is_wrong_with_the_store(at_home: Path) -> None:
    folder = project(at_home)
    labelled(folder, many=2)
    (folder / "labels.sqlite").unlink()
    assert "labels.sqlite was moved, deleted or replaced" in said(view().run())
    assert "seral labels accept" in said(view().run())


def test_a_copy_is_opened_only_once_it_has_links_of_its_own(at_home: Path) -> None:
    folder = project(at_home)
    copy = Path(shutil.copytree(folder, at_home / "copy"))
    projects.remember(copy)
    app = view()
    app.query_params["project"] = projects.key_of(copy)
    app.run()
    assert "is a copy of" in app.warning[0].value
    button(app, "Give this one new links").click().run()
    assert not app.exception
    assert not app.warning
    assert projects.studio(copy).marks & projects.studio(folder).marks == set()


def test_skills_of_raters_are_shown_once_two_share_a_clip(at_home: Path) -> None:
    folder = project(at_home, k=2, clips=8)
    app = view()
    app.session_state["part"] = "skills"
    app.query_params["project"] = projects.key_of(folder)
    app.run()
    assert "No clip has been labelled by two raters yet" in said(app)
    labelled(folder, many=8)
    app.run()
    assert not app.exception
    (table,) = [frame.value for frame in app.dataframe]
    assert table["Answers"].to_dict() == {"anna": 8, "ben": 8}
    assert set(table["Later than earlier"]) == {"–"}, "eight answers tell of no drift"
    app.selectbox[-1].set_value("ben").run()
    assert not app.exception
