"""Traces that are not finished, in a real Chromium: what a killed browser leaves of them, and who takes it over."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.label import Desk, project, serving
from tests.dashboard.scripted import kill_browser, start_browser
from tests.patience import PATIENCE

pytestmark = pytest.mark.browser

VIEW = "document.querySelector('main.seral').__seral_label"
TRACE = f"{VIEW}.sheet.trace"
#: Pieces of drafts in the browser's store, as (screen, target).
PIECES = """async () => {
  const asked = indexedDB.open("seral-drafts");
  const db = await new Promise((yes) => { asked.onsuccess = () => yes(asked.result); });
  const all = db.transaction("pieces").objectStore("pieces").getAll();
  await new Promise((yes) => { all.onsuccess = yes; });
  db.close();
  return all.result.map(({ shown, target }) => [shown, target]);
}"""
NO_PIECES = f"async () => (await ({PIECES})()).length === 0"
#: Puts pieces of other screens there, each with when it was written; now, where that is null.
LEAVES = f"""(left) => {VIEW}.drafts.change((store) => {{
  const key = {{ name: {VIEW}.drafts.name, page: "p", target: "arousal", number: 1 }};
  for (const [shown, at] of left) store.put({{ ...key, shown, at: at ?? Date.now() }});
  return {{}};
}})"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as port:
        yield port


@pytest.fixture(scope="module")
def folder(own_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("drafts"), "arousal=-1:1@25", clips=8, seconds=5.0, raters=("anna", "ben"))


def begun(context: Any, desk: Desk) -> Any:
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(desk.page)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function(f"{TRACE}?.audio && !{TRACE}.looking")
    return page


def shown(page: Any) -> str:
    return str(page.evaluate(f"{VIEW}.now.shown"))


def trace_until(page: Any, second: float) -> None:
    """Trace upwards until so much of it is kept."""
    page.keyboard.press("Enter")
    page.keyboard.down("ArrowUp")
    page.wait_for_function(f"{VIEW}.drafts.own.get('arousal')?.until > {second}")
    page.keyboard.up("ArrowUp")
    page.wait_for_function(f"async () => (await ({PIECES})()).length > 1")


def saved(page: Any) -> None:
    page.wait_for_function(f"{VIEW}.outbox.letters.length === 0 && !{VIEW}.outbox.busy")


def test_a_browser_that_is_killed_while_a_trace_is_drawn_goes_on_from_there(
    port: int, folder: Path, chromium: Any, tmp_path: Path
) -> None:
    desk, profile = Desk(port, folder), tmp_path / "profile"
    context = start_browser(chromium.browser_type, profile)
    page = begun(context, desk)
    screen = shown(page)
    trace_until(page, 3.4)
    kill_browser(context, profile)

    context = start_browser(chromium.browser_type, profile)
    page = begun(context, desk)
    assert shown(page) == screen
    assert page.get_by_text("s of this trace were kept when the page ended").is_visible()
    assert page.evaluate(f"{TRACE}.samples.at(-1)[0]") > 3.4
    page.get_by_role("button", name="Go on", exact=True).click()
    page.wait_for_function(f"{TRACE}.filled")
    page.keyboard.press("Enter")
    saved(page)
    (row,) = desk.said
    times, values, _ = zip(*row.trace or (), strict=True)
    assert times[0] < 0.3
    assert times[-1] > 4.5
    assert all(0 < b - a < 0.5 for a, b in pairwise(times)), "samples are missing, or there twice"
    assert values[-1] == pytest.approx(1.0)
    page.wait_for_function(NO_PIECES)

    # Killed once more, what was kept goes when the clip is skipped: no other clip gets it.
    trace_until(page, 0.6)
    kill_browser(context, profile)
    context = start_browser(chromium.browser_type, profile)
    page = begun(context, desk)
    page.wait_for_function(f"{TRACE}.state === 'kept'")
    screen = shown(page)
    page.get_by_role("button", name="Skip").click()
    page.wait_for_function(f"{VIEW}.now && {VIEW}.now.shown !== {screen!r} && !{TRACE}.looking")
    assert page.evaluate(f"{TRACE}.state") == "idle"
    page.wait_for_function(NO_PIECES)
    context.close()


def test_two_windows_keep_their_own_traces_and_one_that_ended_is_taken_over(
    port: int, folder: Path, chromium: Any
) -> None:
    desk = Desk(port, folder, "ben")
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    first = begun(context, desk)
    screen = shown(first)
    trace_until(first, 0.8)
    second = begun(context, desk)
    assert (shown(second) != screen, second.evaluate(f"{TRACE}.state")) == (True, "idle")
    trace_until(second, 0.5)
    assert {place for place, _ in second.evaluate(PIECES)} == {screen, shown(second)}
    first.close(run_before_unload=False)
    second.keyboard.press("Escape")
    second.get_by_role("button", name="Skip").click()
    second.wait_for_function(f"{VIEW}.now?.shown === {screen!r} && {TRACE}.state === 'kept'")
    assert second.get_by_role("button", name="Begin anew").is_visible()
    second.get_by_role("button", name="Begin anew").click()
    second.wait_for_function(f"{TRACE}.state === 'recording'")
    # What is left of screens that are not open any more is removed once it is old, and only that.
    second.evaluate(LEAVES, [["old", 0], ["new", None]])
    second.evaluate(f"{VIEW}.drafts.tidy([{screen!r}])")
    assert {place for place, _ in second.evaluate(PIECES)} - {screen} == {"new"}
    context.close()
