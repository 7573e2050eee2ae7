"""Pages of a class with names of 400 letters and nicknames that are to spoil them, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seral_core.classroom.learning import Learning
from seral_core.classroom.plan import ClassPlan, new_class
from seral_core.studio.testing import made_project
from seral_dashboard import classes, projects
from tests.dashboard.class_rooms import ROUTES, opened_class
from tests.dashboard.label import serving
from tests.patience import PATIENCE

pytestmark = pytest.mark.browser

#: One word of 400 letters, 80 short ones, and one with letters that are wide and high.
NAMES = ("a" * 400, "very " * 80 + "sad", "W\u0301\u0302\u0303" * 100)
NICKNAMES = (
    "<img src=x onerror=a()>", "W" * 24, "a" + "\u0301" * 23, "\u05d0" * 24, "\U0001f389" * 24, "=HYPERLINK(1)",
    "</script>",
)  # fmt: skip
#: Parts that reach beyond the page, and buttons that lie over one another.
SPOILT = """() => {
  const page = document.documentElement.scrollWidth, box = (e) => e.getBoundingClientRect();
  const name = (e) => e.className || e.tagName;
  const wide = page > innerWidth ? [`page is ${page} wide`] : [];
  const beyond = [...document.querySelectorAll("main *")].filter((e) => {
    const { width, left, right } = box(e);
    return width && (right > innerWidth + 1 || left < -1) && getComputedStyle(e).position !== "absolute";
  }).map((e) => `${name(e)} is beyond`);
  const parts = [...document.querySelectorAll("button, .phone-foot, .bar-row, h1")].filter((e) => box(e).width);
  const cross = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const apart = (one, other) => !one.contains(other) && !other.contains(one);
  const over = parts.flatMap((one, i) => parts.slice(i + 1)
    .filter((other) => apart(one, other) && cross(box(one), box(other)))
    .map((other) => `${name(one)} over ${name(other)}`));
  return [...wide, ...beyond, ...over];
}"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(ROUTES) as port:
        yield port


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> classes.Hub:
    """A class of two questions whose classes have such names."""
    root = made_project(40, folder=tmp_path).parent
    text = (root / "clips.csv").read_text()
    for old, new in zip(("anger", "neutral", "sadness"), NAMES, strict=True):
        text = text.replace(old, new)
    (root / "clips.csv").write_text(text)
    plan = ClassPlan(str(root / "clips.csv"), features=str(root / "features.npz"), known=9, questions=2, answer_s=0.0)
    folder = new_class(plan, root / "class")
    Learning(folder).look()
    return opened_class(folder, root, monkeypatch)


@pytest.fixture
def phone(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    yield page
    context.close()


def test_names_of_400_letters_and_hostile_nicknames_spoil_neither_phone_nor_wall(
    port: int, hub: classes.Hub, page: Any, phone: Any
) -> None:
    def sound(*pages: Any) -> None:
        for one in pages:
            assert one.evaluate(SPOILT) == []

    for i, name in enumerate(NICKNAMES):
        hub.room.join(name, f"{i:032x}")
    page.goto(f"http://127.0.0.1:{port}/wall/{projects.key_of(hub.folder)}")
    phone.goto(f"http://127.0.0.1:{port}/join")
    phone.fill("#word", hub.room.plan.word)
    phone.fill("#name", "\u202egnp.exe")
    phone.get_by_role("button", name="Join").tap()
    phone.get_by_text("as a nickname; expected 1 to 24 letters").wait_for()
    sound(phone)
    phone.fill("#name", "\u00c9" * 24)
    phone.get_by_role("button", name="Join").tap()
    phone.get_by_text("You are in").wait_for()
    page.get_by_text("8 joined").wait_for()
    sound(page, phone)
    page.get_by_role("button", name="Start").click()
    phone.locator(".vote").first.wait_for()
    sound(page, phone)
    phone.locator(".vote").first.tap()
    phone.get_by_text("Recorded as").wait_for()
    page.locator(".bar-row.gold").wait_for()
    sound(page, phone)
    page.get_by_role("button", name="End here").click()
    page.locator(".class-plane").wait_for()
    sound(page)
    assert not page.mistakes
