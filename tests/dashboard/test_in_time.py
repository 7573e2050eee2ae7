"""Recordings with traces on the pages: raters, gold, the model's curve, what was asked, and sound from a click."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from seral_core.runs.events import Asked, Scored
from seral_core.runs.grid import Grid, run_grid
from seral_core.runs.plan import Plan
from seral_dashboard import data, in_time, live, speech
from tests.dashboard.test_browser import WIDGET
from tests.dashboard.test_pages import said, view

RATE_HZ, SECONDS = 5.0, 12


@pytest.fixture(scope="module")
def place(own_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of traces with sound: six recordings of six speakers, two raters, the second with a gap."""
    folder = tmp_path_factory.mktemp("traced")
    rng, rows = np.random.default_rng(0), []
    times = np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ
    for i in range(6):
        mood = np.sin(times / 2 + i) / 2
        loud = np.interp(np.arange(8000 * SECONDS) / 8000, times, 0.1 + 0.4 * (mood + 0.5))
        soundfile.write(folder / f"r{i}.wav", loud * rng.uniform(-1, 1, len(loud)), 8000)
        for rater, shift in (("anna", 0.0), ("ben", 0.1)):
            kept = [(t, v) for t, v in zip(times, mood + shift, strict=True) if rater == "anna" or not 4 <= t < 8]
            rows += [(f"r{i}.wav", t, "arousal", rater, round(v, 4), f"s{i}") for t, v in kept]
    columns = ["file", "time", "target", "rater", "value", "speaker"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "traces.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def traced_runs(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runs folder with a finished experiment on these traces."""
    folder = tmp_path_factory.mktemp("runs") / "traced"
    plan = Plan(
        corpus=str(place / "traces.csv"), features="mfcc-windows:rate=5", targets=("arousal",), learner="ridge",
        split="speakers:3", stretch=4, initial=2, batch=2, budget=32,
    )  # fmt: skip
    for _ in run_grid(Grid(plan, ("random",), (0,), (0,)), folder, jobs=1):
        pass
    return folder.parent


@pytest.fixture
def experiment(traced_runs: Path, monkeypatch: pytest.MonkeyPatch) -> data.Experiment:
    monkeypatch.setenv("SERAL_RUNS", str(traced_runs))
    return data.experiment("traced")


def test_a_run_shows_the_models_curve_of_test_recordings_and_what_was_asked_of_the_pool(
    experiment: data.Experiment,
) -> None:
    ((plan, log),) = experiment.runs
    found = in_time.of_run("traced", plan.key)
    parts = {part: [each for each in found["recordings"] if each["part"] == part] for part in ("test", "pool")}
    assert found["round"] == max(event.round for event in log.events() if isinstance(event, Scored))
    assert len(parts["test"]) == 2
    asked = [stretch for event in log.events() if isinstance(event, Asked) for stretch in event.segments]
    assert sum(each["asked"] for each in parts["pool"]) == len(asked)
    test = in_time.of_run_recording("traced", plan.key, parts["test"][0]["id"])
    kinds = {line["name"]: line["kind"] for line in test["lines"]}
    assert kinds == {"anna": "rater", "ben": "rater", "gold": "gold", "ridge": "prediction"}
    assert {len(line["values"]) / line["rate_hz"] for line in test["lines"]} == {SECONDS}
    pool = in_time.of_run_recording("traced", plan.key, parts["pool"][0]["id"])
    assert [line["kind"] for line in pool["lines"]] == ["rater", "rater", "gold"]
    assert len(pool["asked"]) == parts["pool"][0]["asked"]
    assert [number for number, *_ in pool["asked"]] == sorted(number for number, *_ in pool["asked"])


def test_a_run_without_kept_curves_says_so_and_shows_what_was_asked(
    experiment: data.Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((plan, _),) = experiment.runs
    monkeypatch.setattr("seral_dashboard.in_time.held_out_traces", lambda folder: None)
    found = in_time.of_run("traced", plan.key)
    assert {each["part"] for each in found["recordings"]} == {"pool"}
    assert "kept" in found["note"]


def test_scores_are_after_seconds(experiment: data.Experiment) -> None:
    (row,) = live.standings(live.live_curves(experiment, "arousal", "ccc"), live.spent(experiment))
    assert row[2] == "after 32 s"


@pytest.mark.parametrize("name", ["run", "compare", "map"])
def test_pages_of_a_run_on_traces_open(experiment: data.Experiment, name: str) -> None:
    page = view(name, run="traced")
    assert not page.exception
    assert not page.error
    texts = {"run": "numbered in the order of asking", "compare": "Lines: mean", "map": "a point is a stretch"}
    assert texts[name] in said(page)


def test_the_page_of_a_corpus_with_traces_opens_and_lists_their_means(place: Path) -> None:
    page = view("corpus", corpus=str(place / "traces.csv"))
    assert not page.error
    assert any(metric.label == "Recordings" for metric in page.metric)
    corpus, _ = speech.corpus(str(place / "traces.csv"))
    listed = speech.clip_columns(corpus)
    assert listed["traced"] == ["arousal"]
    gold = np.array(corpus.gold("arousal")["r0.wav"])
    assert listed["columns"]["mean arousal"][0] == pytest.approx(gold.mean(), abs=0.01)
    json.dumps(listed)
    ben = next(line for line in in_time.of_corpus(corpus, "r0.wav")["lines"] if line["name"] == "ben")
    assert np.isnan(ben["values"][int(5 * RATE_HZ)])


@pytest.mark.browser
def test_a_click_on_a_curve_plays_from_there(page: Any, server: Any, place: Path) -> None:
    page.goto(f"{server.address}/corpus?corpus={place / 'traces.csv'}")
    page.wait_for_function(WIDGET, arg="clips")
    page.locator("[data-clip='r1.wav']").click()
    page.wait_for_function("widget.inTime.content && widget.player.audio.duration")
    area = page.locator("canvas.in-time-area")
    box = area.bounding_box()
    x = page.evaluate(f"widget.inTime.frame({box['width']}, {box['height']}).X(6)")
    page.mouse.click(box["x"] + x, box["y"] + 60)
    page.wait_for_function("!widget.player.audio.paused && widget.player.audio.currentTime > 6")
    assert page.evaluate("widget.player.audio.currentTime") < 11
    page.wait_for_function("widget.player.sound")
    grey = "(() => { const c = widget.inTime.area, d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
    assert (
        page.evaluate(f"{grey} let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }})()") > 1000
    )
    assert page.mistakes == []
