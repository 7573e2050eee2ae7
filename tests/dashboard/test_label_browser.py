"""Labelling in a real Chromium: keys label, nothing is lost, and what comes from data is text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seral_core.studio.session import Session
from seral_dashboard import clips, projects
from tests.dashboard.label import Desk, project, serving
from tests.patience import PATIENCE

pytestmark = pytest.mark.browser

VIEW = "document.querySelector('main.seral').__seral_label"
SAVED = f"{VIEW}.outbox.letters.length === 0 && !{VIEW}.outbox.busy"
#: Counts in the page how often it was green while something was not saved.
WATCHES_GREEN = (
    "() => { window.green = 0; const mark = document.querySelector('.saved'); new "
    "MutationObserver(() => { green += mark.textContent === 'All answers saved' && "
    f"{VIEW}.outbox.letters.length > 0; }}).observe(mark, {{ childList: true, characterData: true, "
    "subtree: true }); }"
)
HEARD = f"{VIEW}.now?.played_at > 0"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as port:
        yield port


@pytest.fixture
def raters_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a rater's link; scripts of the test may run beside the page's own."""
    contexts: list[Any] = []

    def open_page(desk: Desk, context: Any = None, begin: bool = True, **how: Any) -> Any:
        if context is None:
            how = {"viewport": {"width": 1280, "height": 800}, "bypass_csp": True, **how}
            contexts.append(context := chromium.new_context(**how))
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.mistakes = []
        page.on("pageerror", lambda wrong: page.mistakes.append(str(wrong)))
        page.goto(desk.page)
        if begin:
            page.get_by_role("button", name="Start", exact=True).click()
            page.wait_for_function(HEARD)
        return page

    yield open_page
    for context in contexts:
        context.close()


def now(page: Any) -> str:
    return str(page.evaluate(f"{VIEW}.now.segment"))


def press(page: Any, key: str) -> str:
    """Press a key when the clip sounds; return the clip."""
    page.wait_for_function(HEARD)
    segment = now(page)
    page.keyboard.press(key)
    return segment


def values(desk: Desk) -> dict[str, Any]:
    return {row.segment: row.value for row in desk.said if row.kind == "answer"}


def test_what_is_pressed_is_what_is_kept_and_the_next_clip_plays(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    names = ["anger", "happiness", "neutral", "sadness"]
    pressed = {press(page, str(1 + i % 4)): names[i % 4] for i in range(10)}
    page.wait_for_function(SAVED)
    assert len(pressed) == 10
    assert values(desk) == pressed
    assert [row for row in desk.said if row.plays != 1 or row.device != "keyboard" or not row.played_at] == []
    page.wait_for_function(HEARD)
    page.evaluate(f"{VIEW}.act('again', {{}})")
    page.wait_for_function(f"{VIEW}.now.plays === 2")  # begun anew it is heard once more, interrupted it is not
    page.evaluate(f"{VIEW}.player.audio.dispatchEvent(new Event('playing'))")
    assert page.evaluate(f"{VIEW}.now.plays") == 2
    assert page.get_by_text("All answers saved").is_visible()
    assert page.mistakes == []


def test_the_next_three_clips_are_in_the_browser_before_they_are_asked_for(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    page = raters_page(Desk(port, project(tmp_path)))
    page.wait_for_function(f"{VIEW}.clips.slice(0, 3).every((clip) => {VIEW}.shelf.have(clip.segment)?.audio)")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    following = page.evaluate(f"{VIEW}.clips[0].segment")
    press(page, "1")
    page.wait_for_function(f"{VIEW}.now.segment === {following!r} && {HEARD}")
    assert not [url for url in fetched if "/clip?" in url and following.replace(" ", "+") in url]


def test_the_page_keeps_to_its_own_policy_and_asks_no_other_computer(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk, begin=False, bypass_csp=False)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("Clip 1", exact=True).wait_for()
    page.wait_for_timeout(800)
    page.keyboard.press("1")
    page.get_by_text("All answers saved").wait_for()
    assert [text for text in said if "Content Security Policy" in text] == []
    assert [url for url in asked if not url.startswith((f"http://127.0.0.1:{port}/", "blob:", "data:"))] == []
    assert len(desk.said) == 1


def test_answers_wait_in_the_browser_while_the_server_is_away(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    page.route("**/answer", lambda route: route.abort())
    first = press(page, "1")
    second = press(page, "2")
    page.get_by_text("2 answers not saved yet: the server is not reached").wait_for()
    assert desk.said == []
    page.unroute("**/answer")
    page.get_by_text("All answers saved").wait_for()
    assert values(desk) == {first: "anger", second: "happiness"}


def test_answers_wait_in_the_browser_while_the_store_cannot_be_written(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    first = press(page, "1")
    page.wait_for_function(SAVED)
    away = (desk.folder / "labels.sqlite").rename(tmp_path / "away.sqlite")
    second = press(page, "2")
    page.get_by_text("1 answer not saved yet").wait_for()
    away.rename(desk.folder / "labels.sqlite")
    page.get_by_text("All answers saved").wait_for()
    assert values(desk) == {first: "anger", second: "happiness"}


def test_a_rater_who_is_cut_off_goes_on_when_the_server_is_back(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    page.wait_for_function(f"{VIEW}.clips.slice(0, 3).every((clip) => {VIEW}.shelf.have(clip.segment)?.audio)")
    page.route("**/api/label/**", lambda route: route.abort())
    pressed = {press(page, str(1 + i)): i for i in range(4)}
    page.get_by_text("Your last answers are not saved yet").wait_for()
    page.keyboard.press("1")
    page.unroute("**/api/label/**")
    page.wait_for_function(f"{SAVED} && {HEARD}")
    assert set(values(desk)) == set(pressed)
    assert now(page) not in pressed
    assert page.get_by_text("not saved yet").count() == 0


def test_two_windows_of_one_rater_show_clips_of_their_own(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path, clips=8))
    one = raters_page(desk)
    two = raters_page(desk, one.context)
    pressed: dict[str, str] = {}
    for _ in range(2):
        for page, key, value in ((one, "1", "anger"), (two, "2", "happiness")):
            assert now(one) != now(two)
            pressed[press(page, key)] = value
            page.wait_for_function(f"{SAVED} && {HEARD}")
    assert (len(pressed), values(desk)) == (4, pressed)
    last = now(one)
    one.close()
    for _ in range(4):
        press(two, "3")
        two.wait_for_function(SAVED)
    assert (len(values(desk)), values(desk)[last]) == (8, "neutral"), "what the other window had open is not left over"


def test_answers_of_a_window_that_is_closed_are_sent_by_the_one_that_stays(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path, clips=8))
    one = raters_page(desk)
    two = raters_page(desk, one.context)
    here = press(two, "2")
    two.get_by_text("All answers saved").wait_for()
    one.route("**/answer", lambda route: route.abort())
    there = press(one, "1")
    one.get_by_text("kept in this browser").wait_for()
    two.get_by_text("1 answer of another window not saved yet").wait_for()
    one.close()
    two.get_by_text("All answers saved").wait_for()
    assert values(desk) == {here: "happiness", there: "anger"}


def test_a_second_word_from_another_browser_waits_until_the_rater_has_decided(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    one, two = raters_page(desk), raters_page(desk)
    first = press(one, "1")
    one.wait_for_function(f"{SAVED} && {HEARD}")
    assert press(two, "2") == first
    two.get_by_text(f"Clip 1 ({first}) has an answer already, from another window: anger").wait_for()
    assert two.get_by_text("1 answer needs a look").is_visible()
    assert two.get_by_text("All answers saved").count() == 0
    assert values(desk) == {first: "anger"}
    two.get_by_role("button", name="Change it to happiness").click()
    two.get_by_text("All answers saved").wait_for()
    assert values(desk) == {first: "happiness"}
    press(one, "1")
    one.wait_for_function(f"{SAVED} && {HEARD}")
    second = press(two, "4")
    two.get_by_role("button", name="Keep anger").click()
    two.wait_for_function(f"{SAVED} && {HEARD} && {VIEW}.now.segment !== {second!r}")
    assert values(desk) == {first: "happiness", second: "anger"}


def test_an_answer_leaves_the_browser_only_when_the_server_itself_has_stored_it(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    html = "<html>Please log in</html>"
    faults: list[dict[str, Any]] = [
        {"status": 200, "body": html, "content_type": "text/html"},
        {"status": 502, "body": html, "content_type": "text/html"},
    ]
    met: list[int] = []

    def fail(route: Any) -> None:
        if len(met) < len(faults):
            met.append(len(met))
            route.fulfill(**faults[met[-1]])
        else:
            route.continue_()

    page.route("**/answer", fail)
    page.evaluate(WATCHES_GREEN)
    segment = press(page, "1")
    page.get_by_text("1 answer not saved yet").wait_for()
    page.get_by_text("All answers saved").wait_for()
    assert len(met) == len(faults)
    assert values(desk) == {segment: "anger"}
    assert page.evaluate("green") == 0


def test_a_refused_answer_is_shown_with_its_clip_until_the_rater_removes_it(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    wrong = '{"error": "emotion is \'anger\'; expected another", "reason": "refused"}'
    page.route("**/answer", lambda route: route.fulfill(status=422, body=wrong, content_type="application/json"))
    segment = press(page, "1")
    page.get_by_text(f"Clip 1 ({segment}) was not accepted. Your answer was: anger").wait_for()
    page.unroute("**/answer")
    press(page, "2")
    page.get_by_text("1 answer needs a look").wait_for()
    page.reload()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text(f"({segment}) was not accepted").wait_for()
    with page.expect_download() as saved:
        page.get_by_text("Download it").click()
    assert segment in Path(saved.value.path()).read_text()
    assert now(page) != segment
    page.get_by_role("button", name="I have seen it").click()
    press(page, "3")
    page.get_by_text("All saved but 1 that you removed").wait_for()
    assert segment not in values(desk)
    assert len(values(desk)) == 2


def test_so_many_answers_wait_and_no_more(port: int, tmp_path: Path, raters_page: Callable[..., Any]) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    page.wait_for_function(f"{VIEW}.clips.slice(0, 3).every((clip) => {VIEW}.shelf.have(clip.segment)?.audio)")
    page.route("**/answer", lambda route: route.abort())
    for key in "1234":
        press(page, key)
    page.get_by_text("4 answers not saved yet: the server is not reached; kept in this browser").wait_for()
    page.keyboard.press("1")
    page.wait_for_timeout(100)
    assert page.evaluate(f"{VIEW}.outbox.letters.length") == 4
    page.unroute("**/answer")
    page.wait_for_function(f"{SAVED} && {HEARD}")
    assert sorted(values(desk).values()) == ["anger", "happiness", "neutral", "sadness"]


def test_a_browser_that_is_closed_sends_its_answers_when_it_comes_back(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    page.context.route("**/answer", lambda route: route.abort())
    first = press(page, "3")
    page.wait_for_function(HEARD)
    following = now(page)
    context = page.context
    page.close()
    assert desk.said == []
    context.unroute("**/answer")
    held: list[Any] = []
    context.route("**/next*", lambda route: held.append(route))  # the answer is stored before the page hears its task
    again = raters_page(desk, context, begin=False)
    again.wait_for_function(f"{SAVED} && {VIEW}.shelf.have({VIEW}.clips[0]?.segment)?.audio")
    start = again.get_by_role("button", name="Start", exact=True)
    assert not start.is_visible()
    held.pop().continue_()
    context.unroute("**/next*")
    start.click()
    again.wait_for_function(HEARD)
    assert values(desk) == {first: "neutral"}
    assert now(again) == following


def test_an_answer_whose_acknowledgement_was_lost_is_kept_once(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    lost: list[int] = []

    def lose(route: Any) -> None:
        if len(lost) < 2:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/answer", lose)
    segment = press(page, "4")
    page.wait_for_function(SAVED)
    assert lost == [200, 200]
    assert [(row.segment, row.value) for row in desk.said] == [(segment, "sadness")]


def test_undo_brings_the_clip_back(port: int, tmp_path: Path, raters_page: Callable[..., Any]) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    first = press(page, "1")
    second = press(page, "1")
    page.wait_for_function(HEARD)
    page.keyboard.press("Backspace")
    page.wait_for_function(f"{VIEW}.now?.segment === {second!r} && {HEARD}")
    press(page, "2")
    page.wait_for_function(SAVED)
    assert values(desk) == {first: "anger", second: "happiness"}
    page.wait_for_function(HEARD)
    for wanted in (second, first):
        page.keyboard.press("Backspace")
        page.wait_for_function(f"{VIEW}.now?.segment === {wanted!r} && {HEARD}")
    page.wait_for_function(SAVED)
    assert values(desk) == {}


def test_what_was_undone_while_offline_stays_undone_whatever_the_clock_says(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    page.context.route("**/answer", lambda route: route.abort())
    page.context.route("**/undo", lambda route: route.abort())
    first = press(page, "1")
    page.get_by_text("the server is not reached").wait_for()
    page.evaluate("Date.now = () => 1e12")
    page.keyboard.press("Backspace")
    page.wait_for_function(f"{VIEW}.outbox.letters.length === 2 && !{VIEW}.outbox.fragile")
    context = page.context
    page.close()
    context.unroute("**/answer")
    context.unroute("**/undo")
    again = raters_page(desk, context)
    again.wait_for_function(SAVED)
    assert values(desk) == {}
    assert now(again) == first


def test_a_sound_that_the_browser_never_begins_is_begun_again(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    page = raters_page(Desk(port, project(tmp_path)), begin=False)
    page.evaluate(
        "() => { const play = HTMLMediaElement.prototype.play, later = setTimeout; window.begun = 0;"
        "HTMLMediaElement.prototype.play = function () { return begun++ ? play.call(this) : new Promise(() => {}); };"
        "window.setTimeout = (then, ms) => later(then, ms === 10000 ? 300 : ms); }"
    )
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function(HEARD)
    assert page.evaluate("begun") > 1


def test_an_answer_that_is_undone_while_offline_can_be_given_again(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    page.wait_for_function(f"{VIEW}.clips.slice(0, 3).every((clip) => {VIEW}.shelf.have(clip.segment)?.audio)")
    page.route("**/api/label/**", lambda route: route.abort())
    first, second = press(page, "1"), press(page, "1")
    for segment in (second, first):
        page.wait_for_function(HEARD)
        page.keyboard.press("Backspace")
        page.wait_for_function(f"{VIEW}.now?.segment === {segment!r} && {HEARD}")
    assert page.evaluate(f"{VIEW}.outbox.letters.map((l) => l.verb)") == ["answer", "undo"]
    assert (press(page, "2"), press(page, "3")) == (first, second)
    page.unroute("**/api/label/**")
    page.wait_for_function(f"{SAVED} && {HEARD}")
    assert values(desk) == {first: "happiness", second: "neutral"}
    assert now(page) not in (first, second)
    page.keyboard.press("Backspace")
    page.wait_for_function(f"{SAVED} && {VIEW}.now?.segment === {second!r}")
    assert values(desk) == {first: "happiness"}


def test_undo_after_the_page_was_loaded_again_takes_back_the_last_answer(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    first = press(page, "1")
    page.wait_for_function(SAVED)
    page.reload()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function(HEARD)
    page.keyboard.press("Backspace")
    page.wait_for_function(f"{VIEW}.now?.segment === {first!r}")
    assert values(desk) == {}


def test_an_undo_whose_reply_was_lost_takes_back_one_answer_also_after_a_reload(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    first, second = press(page, "1"), press(page, "2")
    page.wait_for_function(SAVED)
    page.reload()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function(HEARD)
    lost: list[int] = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.context.route("**/undo", lose)
    page.keyboard.press("Backspace")
    page.wait_for_function(f"{VIEW}.now?.segment === {second!r} && {SAVED} && {HEARD}")
    assert lost == [200]
    assert values(desk) == {first: "anger"}
    press(page, "3")
    page.wait_for_function(SAVED)
    assert set(values(desk)) == {first, second}


def test_an_answer_before_anything_was_heard_is_not_taken(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    page.evaluate(f"{VIEW}.now.played_at = null")
    page.keyboard.press("1")
    page.get_by_text("Listen first").wait_for()
    page.wait_for_function(SAVED)
    assert desk.said == []


def test_keys_work_whatever_has_the_focus_but_not_while_writing(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path, screen="emotion in full"))
    page = raters_page(desk)
    page.get_by_role("button", name="Skip").focus()
    page.keyboard.press("2")
    page.keyboard.press("Shift+3")
    page.keyboard.press("c")
    page.keyboard.type("s1 u?")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="play or pause").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(SAVED)
    kept = {row.kind: row for row in desk.said}
    assert (kept["answer"].value, kept["answer"].secondary) == ("happiness", ("neutral",))
    assert kept["comment"].comment == "s1 u?"
    assert set(kept) == {"answer", "comment"}


def test_a_changed_key_works_and_is_remembered(port: int, tmp_path: Path, raters_page: Callable[..., Any]) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    page.keyboard.press("?")
    page.locator(".help [data-action=choice0]").click()
    page.keyboard.press("j")
    page.locator(".help [data-action=skip]").click()
    page.keyboard.press("1")
    page.get_by_role("button", name="Close").click()
    first = press(page, "j")
    second = press(page, "1")
    page.wait_for_function(SAVED)
    page.reload()
    page.get_by_role("button", name="Start", exact=True).click()
    third = press(page, "j")
    page.wait_for_function(SAVED)
    assert values(desk) == {first: "anger", third: "anger"}
    assert [row.segment for row in desk.said if row.kind == "skip"] == [second]


def test_skipped_and_unsure_are_kept_as_what_they_are(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk)
    skipped, unsure = press(page, "s"), press(page, "u")
    page.wait_for_function(SAVED)
    assert {row.segment: (row.kind, row.value) for row in desk.said} == {
        skipped: ("skip", None),
        unsure: ("unsure", None),
    }


def test_a_clip_that_cannot_be_played_is_reported_and_can_be_skipped(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    second = desk.get("next").json()["clips"][1]["segment"]
    (Path(projects.studio(desk.folder).corpus) / second).unlink()
    clips.recent.clear()
    page = raters_page(desk)
    press(page, "1")
    page.get_by_text("its recording is missing or damaged: skip it.").wait_for()
    assert page.get_by_text("Clip 2", exact=True).is_visible()
    assert page.evaluate(f"{VIEW}.player.sound") is None, "nothing is left of the clip before"
    page.evaluate(f"{VIEW}.open()")  # asked once more, as after a pause
    page.wait_for_function(f"!{VIEW}.lost")
    assert page.get_by_text("missing or damaged").is_visible()
    page.keyboard.press("s")
    page.wait_for_function(f"{VIEW}.now.segment !== {second!r} && {HEARD}")
    page.wait_for_function(SAVED)
    assert [row.kind for row in desk.said if row.segment == second] == ["skip"]


def test_recordings_that_go_away_are_reported_and_come_by_themselves(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    corpus, session = Path(projects.studio(desk.folder).corpus), projects.session(desk.folder)
    page = raters_page(desk)
    away = corpus.rename(tmp_path / "away")
    session._look_again = 0.0
    while True:
        page.wait_for_function(f"{HEARD} || document.querySelector('.notice').textContent.includes('right now')")
        if not page.evaluate(HEARD):
            break
        press(page, "1")  # what is in the browser already
    page.get_by_text("The recordings cannot be read right now").wait_for()
    away.rename(corpus)
    page.wait_for_function(HEARD)
    page.wait_for_function(SAVED)


@pytest.mark.parametrize("guess", ["hidden", "shown"])
def test_the_models_guess_is_hidden_unless_the_project_shows_it_and_that_is_kept(
    port: int, tmp_path: Path, raters_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, guess: str
) -> None:
    believed = {"emotion": {"proba": {"anger": 0.7, "happiness": 0.1, "neutral": 0.1, "sadness": 0.1}}}
    monkeypatch.setattr(Session, "guess", lambda *_: believed)
    desk = Desk(port, project(tmp_path, guess=guess))
    page = raters_page(desk)
    assert page.get_by_text("70 %").is_visible() == (guess == "shown")
    press(page, "1")
    page.wait_for_function(SAVED)
    assert [row.guess_visible for row in desk.said] == [guess == "shown"]


def test_what_comes_from_data_is_shown_as_text(port: int, tmp_path: Path, raters_page: Callable[..., Any]) -> None:
    evil = "<img src=x onerror=window.broken=1>"
    desk = Desk(port, project(tmp_path, f"emotion={evil},<b>calm</b>", raters=(evil,), name=f"{evil} project"), evil)
    page = raters_page(desk)
    press(page, "1")
    page.wait_for_function(SAVED)
    page.keyboard.press("?")
    assert page.evaluate("window.broken") is None
    assert page.locator("main img, main b b").count() == 0
    assert page.get_by_text("<b>calm</b>").first.is_visible()
    assert set(values(desk).values()) == {evil}


def test_digits_fill_a_screen_of_several_parts(port: int, tmp_path: Path, raters_page: Callable[..., Any]) -> None:
    desk = Desk(port, project(tmp_path, "emotion=anger,sadness", "arousal", screen="classes+manikins", clips=6))
    page = raters_page(desk)
    first = now(page)
    page.keyboard.press("2")
    page.keyboard.press("5")
    page.wait_for_function(f"{VIEW}.now?.segment !== {first!r}")
    page.wait_for_function(SAVED)
    assert {row.target: row.value for row in desk.said} == {"emotion": "sadness", "arousal": 0.0}


def test_a_touch_on_the_pad_is_kept_where_it_was(port: int, tmp_path: Path, raters_page: Callable[..., Any]) -> None:
    desk = Desk(port, project(tmp_path, "valence", "arousal", screen="pad"))
    page = raters_page(desk)
    box = page.locator(".pad-area").bounding_box()
    x, y = box["x"] + 14 + 0.75 * (box["width"] - 28), box["y"] + 14 + 0.25 * (box["height"] - 28)
    page.mouse.click(x, y)
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_function(SAVED)
    kept = {row.target: row.value for row in desk.said}
    assert kept["valence"] == pytest.approx(0.5, abs=0.02)
    assert kept["arousal"] == pytest.approx(0.5, abs=0.02)


def test_a_trace_is_sampled_at_25_hz_or_more_with_times_and_device(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path, "arousal=relative@50", clips=6, seconds=1.6))
    page = raters_page(desk, begin=False)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function(f"{VIEW}.sheet.trace?.audio")
    box = page.locator(".trace-area").bounding_box()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{VIEW}.sheet.trace.state === 'recording'")
    for i in range(12):
        page.mouse.move(box["x"] + 80, box["y"] + box["height"] * (0.8 - 0.05 * i))
        page.wait_for_timeout(60)
    page.wait_for_function(f"{VIEW}.sheet.filled")
    page.keyboard.press("Enter")
    page.wait_for_function(SAVED)
    (row,) = desk.said
    times, traced, clock = zip(*row.trace or (), strict=True)
    assert list(times) == sorted(set(times))
    assert times[-1] > 1.2
    assert len(times) / (times[-1] - times[0]) >= 25
    assert max(traced) - min(traced) > 0.1
    assert clock[-1] - clock[0] == pytest.approx(times[-1] - times[0], abs=0.3)
    assert row.device == "mouse"


def test_a_trace_that_went_wrong_is_made_again(port: int, tmp_path: Path, raters_page: Callable[..., Any]) -> None:
    desk = Desk(port, project(tmp_path, "arousal=-1:1@25", clips=6, seconds=1.0))
    page = raters_page(desk, begin=False)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function(f"{VIEW}.sheet.trace?.audio")
    for key in ("Enter", "r"):
        page.keyboard.press(key)
        page.wait_for_function(f"{VIEW}.sheet.trace?.state === 'recording'")
        page.wait_for_function(f"{VIEW}.sheet.filled")
    page.keyboard.press("u")
    page.get_by_text("A trace cannot be left open").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function(SAVED)
    assert [row.kind for row in desk.said] == ["answer"]
    assert max(second for second, *_ in desk.said[0].trace or ()) < 1.1


def test_everything_fits_a_phone_and_is_answered_by_touch(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    desk = Desk(port, project(tmp_path))
    page = raters_page(desk, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    segment = now(page)
    page.get_by_role("button", name="neutral").tap()
    page.wait_for_function(SAVED)
    assert values(desk) == {segment: "neutral"}
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.set_viewport_size({"width": 320, "height": 568})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for name in ("anger", "sadness"):
        assert page.get_by_role("button", name=name).bounding_box()["height"] >= 44


def test_two_raters_are_blind_to_one_another_and_hear_in_their_own_order(
    port: int, tmp_path: Path, raters_page: Callable[..., Any]
) -> None:
    folder = project(tmp_path, k=2)
    anna, ben = Desk(port, folder), Desk(port, folder, "ben")
    orders = []
    for desk in (anna, ben):
        page = raters_page(desk)
        orders.append([press(page, "1") for _ in range(6)])
        page.wait_for_function(SAVED)
        assert page.evaluate(f"{VIEW}.face.progress.state.answered") == 6
    assert orders[0] != orders[1]
    assert len(anna.said) == len(ben.said) == 6
