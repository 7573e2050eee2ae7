"""The pages in a real Chromium: what is clicked is heard, and runs outlive page and server."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seral_core.corpora.base import open_corpus
from seral_core.features.extract import features_for
from seral_dashboard import data
from tests.dashboard.conftest import known_to
from tests.patience import PATIENCE, until

pytestmark = pytest.mark.browser

#: The widget behind a component, inside its shadow root.
WIDGET = """(name) => {
  const look = (node) => {
    for (const child of node.querySelectorAll("*")) {
      if (child["__seral_" + name]) return child["__seral_" + name];
      const found = child.shadowRoot && look(child.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  window.widget = look(document);
  return Boolean(window.widget);
}"""


def open_map(page: Any, server: Any, layout: str = "") -> None:
    page.goto(f"{server.address}/map?run=small")
    page.wait_for_function(WIDGET, arg="map")
    page.wait_for_function("widget.frames.length > 0 && widget.waiting === ''")
    page.wait_for_timeout(700)  # points glide to their places


#: The least opacity of any part of the page in any frame of some seconds.
PALEST = """() => new Promise((done) => {
  let least = 1;
  const ends = performance.now() + 4000;
  const look = () => {
    for (const part of document.querySelectorAll("[data-testid=stElementContainer]"))
      least = Math.min(least, Number(getComputedStyle(part).opacity));
    if (performance.now() < ends) requestAnimationFrame(look);
    else done(least);
  };
  look();
})"""


def inside(page: Any) -> str:
    return str(page.locator("[data-testid=stAppViewContainer]").inner_text())


@pytest.mark.parametrize(
    ("path", "shows"),
    [
        ("/?run=small", "margin"),
        ("/run?run=small", "margin"),
        ("/?new=1", "Who learns, who asks"),
        ("/map?run=small", "queried now"),
        ("/compare?run=small", "Labels needed"),
        ("/recipes?new=1", "Repeat a published experiment"),
        ("/label?new=1", "Label your own recordings"),
        ("/corpus?corpus=synthetic:clips=60:speakers=6", "60 of 60 clips"),
    ],
)
def test_every_page_opens_and_asks_no_other_computer(page: Any, server: Any, path: str, shows: str) -> None:
    page.goto(server.address + path)
    page.get_by_text(shows).first.wait_for()
    text = inside(page)
    assert "Traceback" not in text
    assert "mistake in SERAL" not in text
    assert page.mistakes == []
    assert [url for url in page.asked if not url.startswith((server.address, "blob:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_clicking_a_point_plays_the_clip_of_that_point(page: Any, server: Any) -> None:
    open_map(page, server)
    free = """() => {
      const all = widget.pool.ids.map((_, i) => widget.place(i));
      const gap = (p, q) => (p === q ? 1e9 : Math.hypot(p[0] - q[0], p[1] - q[1]));
      const apart = (i) => Math.min(...all.map((p) => gap(p, all[i])));
      const order = all.map((_, i) => i).sort((a, b) => apart(b) - apart(a)).slice(0, 3);
      return order.map((i) => [widget.pool.ids[i], ...all[i]]);
    }"""
    box = page.locator("canvas.map-canvas").bounding_box()
    page.evaluate("widget.player.audio.addEventListener('playing', () => { window.heard = performance.now(); })")
    for segment, x, y in page.evaluate(free):
        page.evaluate("window.heard = 0")
        page.mouse.move(box["x"] + x, box["y"] + y)
        page.evaluate("addEventListener('pointerup', () => { window.clicked = performance.now(); }, {capture: true})")
        page.mouse.click(box["x"] + x, box["y"] + y)
        page.wait_for_function("window.heard > 0 && widget.player.audio.currentTime > 0")
        played = page.evaluate("[widget.player.audio.dataset.clip, widget.player.audio.currentSrc]")
        assert played[0] == segment
        assert played[1].endswith(f"?id={segment}")
        print(f"click to sound: {page.evaluate('window.heard - window.clicked'):.0f} ms")


def test_what_the_browser_plays_is_the_recording(page: Any, server: Any, small_corpus: Any) -> None:
    import io

    import soundfile

    open_map(page, server)
    page.evaluate("widget.hear(5)")
    segment, address = page.evaluate("[widget.pool.ids[5], widget.player.audio.src]")
    sent, _ = soundfile.read(io.BytesIO(page.request.get(address).body()))
    recorded, _ = soundfile.read(small_corpus.path(segment)[0])
    assert (sent == recorded).all()


def test_the_round_slider_moves_map_curve_and_matrix_together(page: Any, server: Any) -> None:
    open_map(page, server)
    picture = "(name) => widget[name].toDataURL()"
    page.evaluate("widget.go(1)")
    before = [page.evaluate(picture, name) for name in ("map", "curve", "matrix")]
    said = page.evaluate("widget.what.textContent")
    page.get_by_label("one round on").click()
    after = [page.evaluate(picture, name) for name in ("map", "curve", "matrix")]
    assert said == "Round 1 of 3: 10 labelled, 10 queried"
    assert page.evaluate("widget.what.textContent") == "Round 2 of 3: 20 labelled, 10 queried"
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_a_duel_shows_who_asked_for_what_and_plays_in_turns(page: Any, server: Any) -> None:
    page.goto(f"{server.address}/duel?run=small&a=margin&b=random&at=20")
    page.wait_for_function(WIDGET, arg="duel")
    page.wait_for_function("widget.now?.length === 2")
    verdict = page.locator(".duel-verdict")
    assert verdict.inner_text().startswith("After 20 labels: margin 0.")
    known = "widget.now.map((side) => side.known.size)"
    assert page.evaluate(known) == [20, 20]
    first = page.evaluate("[...widget.standing(widget.sides[0], 10).known].sort()")
    assert first == page.evaluate("[...widget.standing(widget.sides[1], 10).known].sort()"), "the same first labels"
    asked = page.evaluate("widget.now.map((side) => side.asked[0])")
    page.get_by_role("button", name="Hear the next queries").click()
    page.wait_for_function("widget.player.audio.currentTime > 0")
    heard = page.evaluate("widget.playing")
    page.evaluate("widget.player.audio.dispatchEvent(new Event('ended'))")
    assert [heard, page.evaluate("widget.playing")] == asked, "one of each in turns"
    page.get_by_label("labels", exact=True).press("ArrowRight")
    assert page.evaluate(known) == [30, 30]
    assert "at=30" in page.url
    page.reload()
    page.wait_for_function(WIDGET, arg="duel")
    page.wait_for_function("widget.now?.length === 2")
    assert page.locator(".duel-verdict").inner_text().startswith("After 30 labels"), "the address keeps the round"


def test_the_map_fits_a_narrow_screen(page: Any, server: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_map(page, server)
    plot, curve = page.locator("canvas.map-canvas").bounding_box(), page.locator("canvas.curve").bounding_box()
    assert plot["width"] > 300
    assert curve["y"] >= plot["y"] + plot["height"]


def test_the_page_says_from_how_many_speakers_the_labels_are(page: Any, server: Any) -> None:
    open_map(page, server)
    page.evaluate("widget.go(2)")
    known = page.evaluate("[...widget.known.keys()].map((i) => widget.pool.speakers[i])")
    most = max(known.count(speaker) for speaker in known)
    assert f"from {len(set(known))} of " in page.evaluate("widget.spread.textContent")
    assert f"{round(100 * most / len(known))} % from speaker" in page.evaluate("widget.spread.textContent")


def test_a_lasso_makes_a_playlist_of_what_it_encloses(page: Any, server: Any) -> None:
    open_map(page, server)
    box = page.locator("canvas.map-canvas").bounding_box()
    page.locator("button.lasso").click()
    left, top, right, bottom = box["x"] + 2, box["y"] + 2, box["x"] + box["width"] / 2, box["y"] + box["height"] - 2
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    expected = page.evaluate("widget.pool.ids.filter((_, i) => widget.place(i)[0] < widget.w / 2 - 4)")
    listed = page.evaluate("widget.chosen.map((i) => widget.pool.ids[i])")
    assert expected
    assert set(expected) <= set(listed) < set(page.evaluate("widget.pool.ids"))
    page.locator("button.play-all").click()
    page.wait_for_function("widget.player.audio.currentTime > 0")
    assert page.evaluate("widget.player.audio.dataset.clip") == listed[0]
    page.evaluate("widget.player.audio.dispatchEvent(new Event('ended'))")
    assert page.evaluate("widget.player.audio.dataset.clip") == listed[1]


def test_any_clip_of_a_corpus_can_be_listened_to(page: Any, server: Any, small_corpus: Any) -> None:
    page.goto(f"{server.address}/corpus?corpus=synthetic:clips=60:speakers=6")
    page.get_by_text("60 of 60 clips").wait_for()
    page.wait_for_function(WIDGET, arg="clips")
    page.evaluate("() => { widget.filter.value = 'speaker:01'; widget.sift(); }")
    assert page.evaluate("widget.rows.every((i) => widget.columns.speaker[i] === '01') && widget.rows.length") > 0
    page.get_by_label("filter clips").fill(small_corpus.ids[41])
    page.get_by_text("1 of 60 clips").wait_for()
    page.locator(f"[data-clip='{small_corpus.ids[41]}']").click()
    page.wait_for_function("widget.player.audio.currentTime > 0 && widget.player.image")
    assert page.evaluate("widget.player.audio.dataset.clip") == small_corpus.ids[41]


def test_a_run_goes_on_without_page_and_server_and_is_found_again(
    chromium: Any,
    page: Any,
    start_server: Callable[[Path], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path))
    features_for(open_corpus("synthetic"))  # so that the page need not wait for it
    server = start_server(tmp_path)
    page.goto(f"{server.address}/?new=1")
    page.get_by_label("Labels in all").fill("430")
    page.get_by_label("Each round").fill("1")
    page.get_by_label("Each round").press("Enter")
    page.get_by_placeholder("name (optional)").fill("long")
    page.get_by_placeholder("name (optional)").press("Enter")
    page.wait_for_timeout(1000)
    begun = time.perf_counter()
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator("[data-testid=stMetric]").first.wait_for()
    print(f"first point after {time.perf_counter() - begun:.1f} s")
    assert page.evaluate(PALEST) == 1, "nothing pales while the curve grows"
    assert "run=long" in page.url
    page.context.close()

    found = data.experiment("long")
    request.addfinalizer(lambda: data.control(found, "stop"))
    before = sum(len(log.events()) for log in found.logs)
    until(lambda: sum(len(log.events()) for log in found.logs) > before)
    server.kill()
    before = sum(len(log.events()) for log in found.logs)
    until(lambda: sum(len(log.events()) for log in found.logs) > before)
    assert data.progress(found).state == "running"

    again = start_server(tmp_path)
    sizes = {"width": 1280, "height": 800}
    one, two = (
        known_to(chromium.new_context(viewport=sizes, bypass_csp=True), again.port).new_page() for _ in range(2)
    )
    for viewer in (one, two):
        viewer.set_default_timeout(1000 * PATIENCE)
        viewer.goto(f"{again.address}/?run=long")
        viewer.get_by_role("button", name="Stop").wait_for()
    one.get_by_role("button", name="Pause").click()
    two.get_by_role("button", name="Resume").wait_for()
    assert data.progress(found).state == "paused"
    one.get_by_role("button", name="Stop").click()
    two.get_by_role("button", name="Stop").wait_for(state="detached")
    until(lambda: data.progress(found).state == "stopped")
    for viewer in (one, two):
        viewer.context.close()


def test_a_page_whose_server_ended_says_how_to_start_it_again(
    page: Any, start_server: Callable[[Path], Any], finished: Path
) -> None:
    server = start_server(finished.parent)
    page.goto(f"http://localhost:{server.port}/?run=small")
    page.locator("[data-testid=stMetric]").first.wait_for()
    server.kill()
    page.get_by_role("dialog").wait_for()
    body = page.locator("[role=dialog] div:has(> [data-testid=stErrorCodeBlock])")
    assert "seral dashboard" in body.evaluate("(node) => getComputedStyle(node, '::before').content")
    assert not page.get_by_text("streamlit run").is_visible()


def test_what_is_looked_at_stands_in_the_address(page: Any, server: Any) -> None:
    page.goto(f"{server.address}/run?run=small&metric=WA")
    page.locator("button[aria-checked=true]", has_text="WA").wait_for()
    page.get_by_text("macro-F1", exact=True).click()
    page.wait_for_url("**metric=macro-F1**")
    page.goto(f"{server.address}/map?run=small&layout=PCA&round=1&colour=mistakes")
    page.wait_for_function(WIDGET, arg="map")
    page.wait_for_function("widget.data.layout === 'pca'")
    page.wait_for_function("widget.frame()?.round === 1 && widget.colour.value === 'mistakes'")
    page.get_by_label("colour by").select_option("speaker")
    page.wait_for_url("**colour=speaker**")
    first = page.evaluate("(widget.go(0), widget.frame().round)")
    page.wait_for_url(f"**round={first}**")
