"""The model's curve beside the rater's, in a real Chromium: it comes after the trace was saved, and never before."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seral_core.studio.trainer import work
from seral_dashboard import projects
from tests.dashboard.label import Desk, project, serving
from tests.patience import PATIENCE

pytestmark = pytest.mark.browser

VIEW = "document.querySelector('main.seral').__seral_label"
SECONDS = 1.6


@pytest.fixture
def desk(own_home: Path, tmp_path: Path) -> Iterator[Desk]:
    """A project whose other rater has traced seven of twelve clips: as loud as they are, so aroused."""
    how: dict[str, Any] = {"features": "log-mel-frames", "clips": 12, "seconds": SECONDS}
    folder = project(tmp_path, "arousal=-1:1@25", **how)
    session = projects.session(folder, train=False)
    times = np.arange(0, SECONDS, 0.04)
    loud = 1.6 * np.hanning(len(times)) - 0.8
    for _ in range(7):
        clip = session.next("ben", 1)["clips"][0]
        trace = {"id": str(uuid.uuid4()), "target": "arousal", "samples": np.stack([times, loud], axis=1).tolist()}
        session.trace("ben", {"shown": clip["shown"], "segment": clip["segment"], **trace}, 1)
    assert work(folder, idle_s=0.0)
    with serving() as port:
        yield Desk(port, folder)


def test_the_model_s_curve_appears_beside_the_rater_s_once_it_is_saved(desk: Desk, chromium: Any) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    mistakes: list[str] = []
    page.on("pageerror", lambda wrong: mistakes.append(str(wrong)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(desk.page)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function(f"{VIEW}.sheet.trace?.audio")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{VIEW}.sheet.trace?.state === 'recording'")
    page.keyboard.down("ArrowUp")
    page.wait_for_function(f"{VIEW}.sheet.filled")
    page.keyboard.up("ArrowUp")
    card = page.locator(".beside")
    assert "After you have traced a clip" in card.inner_text()
    assert not [url for url in asked if "/curves?" in url]
    segment = page.evaluate(f"{VIEW}.now.segment")
    page.keyboard.press("Enter")
    page.locator(".beside-said").wait_for()
    page.wait_for_function(f"{VIEW}.now && {VIEW}.now.segment !== {segment!r}")
    assert "agree with a CCC of" in card.inner_text()
    assert page.locator(".beside-area").bounding_box()["width"] > 200
    shown = page.evaluate(f"{VIEW}.face.beside.plots[0]")
    assert len(shown["model"]) == len(shown["rater"]) == round(SECONDS * 25)
    assert [row.guess_visible for row in desk.said] == [False]
    page.keyboard.press("Backspace")  # undone, it is traced again: without the model's curve
    page.get_by_text("After you have traced a clip").wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert mistakes == []
    context.close()
