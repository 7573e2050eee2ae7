"""The stage: stories read and refused, scenes that show what the views do, and a file that plays without a server."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from starlette.datastructures import URL

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.errors import BadCorpus, BadPlan, SeralError, UnknownName
from seral_dashboard import clips, data
from seral_dashboard.stage.export import _sound, export
from seral_dashboard.stage.routes import known, offer, staged
from seral_dashboard.stage.scenes import shown
from seral_dashboard.stage.story import SHIPPED, Scene, Story, read
from tests.patience import PATIENCE

TALK = """title = "A talk <b>"
[[scenes]]
at = "hear?run=small&n=2"
caption = "Listen </script>"
[[scenes]]
at = "duel?run=small&a=margin&b=random&layout=pca"
[[scenes]]
at = "run?run=small"
[[scenes]]
at = "corpus"
"""


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.toml"
    path.write_text(TALK, encoding="utf-8")
    return path


def test_a_story_is_read_and_the_one_that_ships_too(talk: Path) -> None:
    assert [(scene.view, scene.asked.get("run")) for scene in read(talk).scenes][:2] == [
        ("hear", "small"),
        ("duel", "small"),
    ]
    assert all(scene.caption for scene in read(SHIPPED).scenes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = 3\n[[scenes]]\nat = 'run'", "title is 3"),
        ("title = 'no scenes'", "scenes is missing"),
        ("scenes = []", "0 scenes"),
        ("[[scenes]]\nat = '//example.org/run'", "address of this dashboard"),
        ("[[scenes]]\nat = ' /example.org/run'", "address of this dashboard"),
        ("[[scenes]]\nat = 'javascript:alert(1)'", "address of this dashboard"),
        ("[[scenes]]\nat = '\\\\example.org'", "address of this dashboard"),
        ("[[scenes]]\ncaption = 'where?'", "at is missing"),
        ("[[scenes]]\nat = 'run'\nsound = 'x.wav'", "sound"),
        ("[[scenes", "is not TOML"),
    ],
)
def test_what_is_no_story_is_refused_with_what_to_change(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SeralError, match=re.escape(says)):
        read(path)


def test_scenes_show_what_the_views_show(runs: Path) -> None:
    experiment = data.experiment("small")
    duel = shown(Scene("duel?run=small&a=random&b=margin&of=seed 1, test part 0&at=20"))
    plans = {plan.key: plan for plan, _ in experiment.runs}
    sides = [plans[side["run"]] for side in duel["data"]["sides"]]
    assert [(plan.strategy, plan.seed) for plan in sides] == [("random", 1), ("margin", 1)]
    assert duel["data"]["at"] == 20
    assert shown(Scene("duel?run=small&at=far"))["data"]["at"] == 0
    assert shown(Scene("map?run=small&strategy=random"))["strategy"] == "random"
    drawn = shown(Scene("map?run=small&colour=mistakes&round=1"))
    assert (drawn["colour"], drawn["round"]) == ("mistakes", 1)
    with pytest.raises(BadPlan, match="not made yet; make it by: seral story play"):
        shown(Scene("run?run=demo-balanced"))
    curves = shown(Scene("run?run=small"))
    assert [curve["name"] for curve in curves["curves"]] == ["margin", "random"]
    heard = shown(Scene("hear?run=small&n=3"))
    assert len({clip["is"] for clip in heard["clips"]}) == 3
    assert shown(Scene("hear?run=small&n=3")) == heard
    assert len(shown(Scene(f"hear?run=small&n={'9' * 5000}&seed={'9' * 5000}"))["clips"]) == 3
    assert shown(Scene("label?project=abc")) == {"kind": "page", "at": "/label?project=abc&embed=true"}


@pytest.mark.parametrize("at", ["duel?run=nowhere", "duel?run=small&a=entropy", "map?run=small&strategy=entropy"])
def test_a_scene_of_what_there_is_not_says_so(runs: Path, at: str) -> None:
    with pytest.raises((BadPlan, UnknownName)):
        shown(Scene(at))


def test_addresses_with_present_lead_to_the_stage_and_no_others() -> None:
    assert staged(URL("http://localhost/?run=demo&present=1")) == "/present?at=run%3Frun%3Ddemo"
    assert staged(URL("http://localhost/map?present=1&look=light")) == "/present?at=map&look=light"
    assert staged(URL("http://localhost/present?story=demo&present=1")) == ""
    assert staged(URL("http://localhost/map?run=demo")) == ""


def test_only_stories_that_were_named_can_be_asked_for(talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERAL_STORIES", raising=False)
    assert list(known()) == ["demo"]
    assert offer(talk) == "talk"
    assert known()["talk"] == talk.resolve()
    other = talk.rename(talk.with_name("my:talk.toml"))
    assert offer(other) == "my:talk"
    assert known()["my:talk"] == other.resolve()


def written(talk: Path, runs: Path, path: Path) -> tuple[list[str], dict[str, Any]]:
    notes = export(read(talk), path)
    text = path.read_text(encoding="utf-8")
    return notes, json.loads(re.search(r'id="kept">(.*?)</script>', text)[1])  # type: ignore[index]


def test_a_file_holds_all_that_its_scenes_ask_for(talk: Path, runs: Path, tmp_path: Path) -> None:
    notes, kept = written(talk, runs, tmp_path / "talk.html")
    assert kept["/api/story?story=demo"]["scenes"][0]["caption"] == "Listen </script>"
    assert any("corpus" in note for note in notes)
    duel = kept["/api/scene?at=duel%3Frun%3Dsmall%26a%3Dmargin%26b%3Drandom%26layout%3Dpca"]["data"]
    for side in duel["sides"]:
        assert kept[f"/api/rounds/small/{side['run']}?after=-1"]["rounds"]
    clips = [value for name, value in kept.items() if name.startswith("/api/clip/")]
    assert len(clips) > 20
    assert all(clip.startswith("data:audio/") for clip in clips)


def test_a_story_plays_from_the_server_and_from_a_file_alone(
    page: Any, server: Any, talk: Path, runs: Path, tmp_path: Path
) -> None:
    page.goto(f"{server.address}/compare?run=small")
    page.get_by_text("Labels needed").first.wait_for()
    page.wait_for_function("window.seralPresents")
    page.keyboard.press("p")  # a view leads to the stage, by key or by address
    page.wait_for_selector(".stage-chart")
    page.goto(f"{server.address}/duel?run=small&layout=pca&present=1")
    page.wait_for_selector(".stage .duel-verdict:has-text('After 30 labels')", timeout=PATIENCE * 1000)
    written(talk, runs, tmp_path / "talk.html")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "talk.html").as_uri())
    page.wait_for_selector(".hear-card", timeout=PATIENCE * 1000)
    assert page.text_content(".stage-caption") == "Listen </script>"
    page.keyboard.press("1")
    page.wait_for_function("document.querySelector('audio').duration > 0.5", timeout=PATIENCE * 1000)
    assert "reveal" in page.text_content(".hear-card.on")
    page.keyboard.press("1")
    assert "reveal" not in page.text_content(".hear-card.on")
    assert page.mistakes == []
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".duel-verdict:has-text('After 30 labels')", timeout=PATIENCE * 1000)
    page.click(".hear")
    page.keyboard.press("PageDown")
    page.wait_for_selector(".stage-chart", timeout=PATIENCE * 1000)
    page.keyboard.press("PageDown")
    page.wait_for_selector(".stage-missing:has-text('page of the dashboard')", timeout=PATIENCE * 1000)
    assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]


def test_a_framed_page_leads_nowhere_and_a_name_that_is_cut_is_whole_on_hover(page: Any, server: Any) -> None:
    page.set_viewport_size({"width": 700, "height": 800})
    page.goto(f"{server.address}/duel?run=small")
    page.locator(".duel-verdict").wait_for()
    assert page.locator('[data-testid="stHeader"]').is_visible()
    page.wait_for_function("window.seralPresents")
    page.get_by_label("Experiment").hover()
    page.wait_for_function("document.querySelector('[aria-label=Experiment]').title.startsWith('small: margin')")
    page.goto(f"{server.address}/duel?run=small&embed=true")
    page.locator(".duel-verdict").wait_for()
    assert not page.locator('[data-testid="stHeader"]').is_visible()


@pytest.mark.parametrize(("rate_hz", "channels"), [(11025, 1), (10000, 1), (96000, 2), (16000, 6)])
def test_clips_of_any_rate_and_channels_are_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate_hz: int, channels: int
) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (rate_hz // 4, channels))
    soundfile.write(tmp_path / "odd.wav", noise, rate_hz)
    corpus = Corpus("odd", pd.DataFrame(index=segment_index(["odd.wav"])), rating_frame([]), (), tmp_path)
    kind, text = _sound(clips.admit("odd", corpus), "odd.wav").split(";base64,")
    read_back, rate = soundfile.read(io.BytesIO(base64.b64decode(text)))
    assert kind.startswith("data:audio/")
    monkeypatch.setattr(clips, "WHOLE", 100)
    with pytest.raises(BadCorpus, match="too long for a file"):
        _sound(clips.admit("odd", corpus), "odd.wav")
    assert (rate, len(read_back)) == pytest.approx((rate_hz, len(noise)), rel=0.2)


def test_a_story_has_scenes() -> None:
    with pytest.raises(BadPlan, match="1 to 200"):
        Story(())
