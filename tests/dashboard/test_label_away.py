"""Answers survive whatever is away: the server, the recordings, the browser itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seral_core.store import LabelStore
from seral_core.store.whole import beside
from tests.dashboard.scripted import (
    CLASSES,
    VIEW,
    Dashboard,
    Killing,
    begun,
    open_page,
    press,
    settled,
    sounds,
    unlabelled,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: The next clips are in the browser.
HEARD = f"{VIEW}.clips.slice(0, 3).every((clip) => {VIEW}.shelf.have(clip.segment)?.audio)"


def values(dashboard: Dashboard) -> dict[str, Any]:
    return {row.segment: row.value for row in dashboard.rows("anna")}


def test_three_answers_outlive_a_server_that_comes_back_without_its_recordings(chromium: Any, tmp_path: Path) -> None:
    corpus = unlabelled(tmp_path / "recordings", 30)
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    with begun(Dashboard.on(tmp_path, corpus)) as dashboard:
        page = open_page(context, dashboard.link("anna"))
        page.wait_for_function(HEARD)
        dashboard.kill()
        pressed = {press(page, key): CLASSES[int(key) - 1] for key in "123"}
        page.get_by_text("3 answers not saved yet: the server is not reached; kept in this browser").wait_for()
        assert values(dashboard) == {}
        away = corpus.rename(tmp_path / "away")
        dashboard.start()
        page.get_by_text("All answers saved").wait_for()
        assert values(dashboard) == pressed
        press(page, "4")  # what is in the browser already may be answered, and is stored too
        page.get_by_text("The recordings cannot be read right now").wait_for()
        assert len(values(dashboard)) == 4
        fresh = context.new_page()
        fresh.goto(dashboard.link("anna"))
        fresh.get_by_role("button", name="Waiting for the recordings").wait_for()
        away.rename(corpus)
        fresh.get_by_role("button", name="Start", exact=True).wait_for()
        page.wait_for_function(f"{VIEW}.now?.played_at > 0")
        last = press(page, "5")
        settled(page)
        assert values(dashboard)[last] == CLASSES[4]
        assert len(values(dashboard)) == 5
        context.close()


def test_an_answer_that_the_page_calls_kept_outlives_a_killed_browser(chromium: Any, tmp_path: Path) -> None:
    import random

    corpus = unlabelled(tmp_path / "recordings", 30)
    with begun(Dashboard.on(tmp_path, corpus)) as dashboard:
        run = Killing(chromium.browser_type, dashboard, tmp_path / "profile", random.Random(0))
        run.open()
        dashboard.kill()
        segment = press(run.page, "2")
        run.page.get_by_text("kept in this browser").wait_for()
        run.end_browser()
        dashboard.start()
        run.open()
        settled(run.page)
        assert values(dashboard) == {segment: CLASSES[1]}
        run.context.close()


def test_a_page_goes_on_where_labels_were_put_back_to_an_older_state(chromium: Any, tmp_path: Path) -> None:
    corpus = unlabelled(tmp_path / "recordings", 30)
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    with begun(Dashboard.on(tmp_path, corpus)) as dashboard:
        page = open_page(context, dashboard.link("anna"))
        press(page, "1")
        settled(page)
        file, saved = dashboard.folder / "labels.sqlite", tmp_path / "saved.sqlite"
        LabelStore(file).backup(saved)
        again = [press(page, "2") for _ in range(6)]
        settled(page)
        page.wait_for_function(HEARD)
        dashboard.stop()
        for ending in ("-wal", "-shm", "-count"):
            beside(file, ending).unlink(missing_ok=True)
        saved.replace(file)
        accept = [sys.executable, "-m", "seral_core.cli", "labels", "accept", str(dashboard.folder), "--yes"]
        subprocess.run(accept, env={**os.environ, "SERAL_HOME": str(dashboard.home)}, check=True)
        dashboard.start()
        at_hand = page.evaluate(f"1 + {VIEW}.clips.length")
        for _ in range(at_hand):  # on screens that were given after that state
            press(page, "3")
        for _ in range(at_hand):
            page.get_by_role("button", name="I have seen it: remove this answer").first.click()
        sounds(page)
        pressed = {press(page, "4"): CLASSES[3] for _ in range(6)}
        settled(page)
        assert pressed.items() <= values(dashboard).items()
        assert len(values(dashboard)) == 7
        assert set(again) & set(pressed)  # on the very screens that they had
        context.close()
