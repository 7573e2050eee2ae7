"""A phone and the wall in a real browser: join, vote while the server is dead, reveal, map and replay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from seral_core.classroom.plan import open_class
from seral_core.classroom.story import story_of
from seral_core.classroom.testing import made_class
from seral_dashboard import projects
from tests.dashboard.conftest import Server
from tests.patience import PATIENCE

pytestmark = pytest.mark.browser
#: What the wall says of votes, however briefly.
WATCH = """() => {
  window.seen = new Set();
  const said = () => document.body.innerText.match(/\\d+ of \\d+ have voted/g) ?? [];
  const look = () => said().forEach((text) => window.seen.add(text));
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@pytest.fixture
def phone(chromium: Any) -> Iterator[Any]:
    """A window as a phone has it, held upright."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    page.mistakes = []
    page.on("pageerror", lambda wrong: page.mistakes.append(str(wrong)))
    page.on("console", lambda said: page.mistakes.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()


def test_a_class_from_the_first_phone_to_the_replay_over_a_server_that_dies(
    start_server: Callable[..., Server], page: Any, phone: Any, tmp_path: Path
) -> None:
    folder = made_class(folder=tmp_path, questions=2, answer_s=0.0)
    rng = np.random.default_rng(0)
    for i in range(40):
        soundfile.write(tmp_path / f"{i:04}.wav", 0.1 * rng.normal(size=4000), 8000)
    projects.remember(folder)
    server = start_server(tmp_path / "runs")
    page.goto(f"{server.address}/wall/{projects.key_of(folder)}")
    word = page.locator(".wall-join").inner_text()
    assert word == open_class(folder).word

    phone.goto(f"{server.address}/join")
    phone.fill("#word", "nosuchword")
    phone.fill("#name", "Zoë")
    phone.get_by_role("button", name="Join").tap()
    phone.get_by_text("No class with this word is open now").wait_for()
    phone.fill("#word", word)
    phone.get_by_role("button", name="Join").tap()
    phone.get_by_text("You are in, Zoë").wait_for()
    page.get_by_text("1 joined").wait_for()

    page.get_by_role("button", name="Start").click()
    phone.get_by_role("button", name="neutral").wait_for()
    phone.get_by_role("button", name="Hear it again").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    server.kill()
    phone.get_by_role("button", name="neutral").tap()
    phone.get_by_text("kept on this phone").or_(phone.get_by_text("tries again by itself")).wait_for()
    page.get_by_text("tries again by itself").wait_for()
    start_server(tmp_path / "runs", port=server.port)
    phone.get_by_text("Recorded as").wait_for()
    page.locator(".bar-row.gold").wait_for()
    (row,) = story_of(folder).questions[0].votes.values()
    assert row.value == "neutral"

    assert page.locator(".wall-curves .chance").count() == 1, "where guessing lies"

    page.get_by_role("button", name="Next clip").click()
    late = {"name": "Late", "word": word, "secret": "0" * 32}
    assert phone.request.post(f"{server.address}/api/class/join", data=late).ok
    page.get_by_role("button", name="1 here").click()
    page.once("dialog", lambda asks: asks.accept())
    page.get_by_role("button", name="Late").click()  # a nickname is removed after the lobby, too
    page.get_by_role("button", name="Late").wait_for(state="detached")
    assert list(story_of(folder).raters) == ["Zoë"]
    page.get_by_role("button", name="1 here").click()
    phone.get_by_role("button", name="anger").tap()
    page.locator(".bar-row.gold").wait_for()
    page.get_by_role("button", name="To the map").click()
    page.locator(".class-plane").wait_for()
    phone.get_by_text("That was it").wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("Clip 2 of 2").wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("Clip 1 of 2").wait_for()
    page.evaluate(WATCH)
    page.get_by_role("button", name="Play it again").click()
    page.wait_for_function("window.seen.has('1 of 1 have voted')")
    page.get_by_text("Recorded as").wait_for()
    page.get_by_role("button", name="The map").click()
    page.locator(".class-plane").wait_for()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert not page.mistakes + phone.mistakes
