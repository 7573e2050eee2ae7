"""The labelling view in a notebook: its module in a browser, its messages answered by the widget."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from seral_core.errors import UnknownName
from seral_core.widget import label
from seral_dashboard import projects
from seral_dashboard.component.scripts import script
from tests.dashboard.label import project

#: What Jupyter gives a widget's module: messages out, messages in, and the values that both sides share.
HOST = """
import widget from "/widget.js";
const heard = [];
const model = {
  get: (name) => ({ name: "test" })[name],
  on: (kind, then) => heard.push(then), off: () => {},
  send: async (message) => {
    const [content, clip] = JSON.parse(await window.kernel(JSON.stringify(message)));
    const buffers = clip ? [new DataView(Uint8Array.from(atob(clip), (c) => c.charCodeAt(0)).buffer)] : [];
    for (const then of heard) then(content, buffers);
  },
};
window.end = widget.render({ model, el: document.querySelector("#cell") });
window.view = document.querySelector(".seral").__seral_label;
"""
PAGE = f"""<!doctype html><meta charset="utf-8"><input id="cell-above"><div id="cell"></div>
<script type="module">{HOST}</script>"""


class Sent:
    """Collects what a widget sends instead of sending it to a kernel's front end."""

    def __init__(self, widget: Any) -> None:
        self.messages: list[tuple[Any, Any]] = []
        self.widget = widget
        widget.send = lambda content, buffers=None: self.messages.append((content, buffers))

    def ask(self, verb: str, body: Any = None) -> tuple[Any, Any]:
        self.widget._answer(self.widget, {"number": 1, "verb": verb, "body": body}, [])
        return self.messages[-1]


def test_messages_are_answered_as_over_http(tmp_path: Path) -> None:
    folder = project(tmp_path)
    sent = Sent(label(folder, "ben", train=False))
    clip = sent.ask("next", {"n": 2})[0]["content"]["clips"][0]
    body = {"answers": [{"id": "1", "target": "emotion", "value": "anger"}], **clip}
    assert sent.ask("answer", {k: v for k, v in body.items() if k != "seconds"})[0]["content"]["saved"] == 1
    assert [row.rater for row in projects.session(folder).store.current()] == ["ben"]
    assert bytes(sent.ask("clip", {"segment": clip["segment"]})[1][0][:4]) == b"RIFF"


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("clip", {"segment": "../secret.wav"}),
        ("curves", {"segment": "../secret.wav"}),
        ("delete", {}),
        ("answer", {"segment": 1}),
        ("next", None),
    ],
)
def test_what_does_not_fit_is_answered_in_a_sentence(tmp_path: Path, verb: str, body: Any) -> None:
    message, _ = Sent(label(project(tmp_path), train=False)).ask(verb, body)
    assert ("error" in message) == (verb != "next")


def test_an_answer_that_could_not_be_stored_is_asked_for_again(tmp_path: Path) -> None:
    folder = project(tmp_path / "made")
    sent = Sent(label(folder, train=False))
    clip = sent.ask("next")[0]["content"]["clips"][0]
    body = {"answers": [{"id": "1", "target": "emotion", "value": "anger"}], "shown": clip["shown"]}
    (folder / "labels.sqlite").rename(tmp_path / "away.sqlite")
    away = sent.ask("answer", {**body, "segment": clip["segment"]})[0]
    assert (away["status"], "reason" in away) == (503, False)
    (tmp_path / "away.sqlite").rename(folder / "labels.sqlite")
    assert sent.ask("answer", {**body, "segment": "other.wav"})[0]["reason"] == "refused"


def test_a_mistake_is_answered_in_words_and_said_in_the_kernel(tmp_path: Path, monkeypatch: Any) -> None:
    sent = Sent(label(project(tmp_path), train=False))
    monkeypatch.setattr("seral_dashboard.label_api.reply", lambda *_: {}["no such"])
    with pytest.raises(KeyError):
        sent.ask("next")
    assert sent.messages[-1][0] == {"number": 1, "status": 500, "error": ANY}


def test_an_unknown_rater_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="rater 'nobody'"):
        label(project(tmp_path), "nobody", train=False)


@pytest.mark.browser
def test_the_notebooks_module_labels_and_leaves_other_keys_alone(page: Any, tmp_path: Path) -> None:
    folder = project(tmp_path)
    widget = label(folder, train=False)
    sent = Sent(widget)

    def kernel(text: str) -> str:
        asked = json.loads(text)
        widget._answer(widget, asked, [])
        content, buffers = sent.messages[-1]
        return json.dumps([content, base64.b64encode(buffers[0]).decode() if buffers else None])

    page.expose_function("kernel", kernel)
    module = script("label_widget")
    page.route("**/widget.js", lambda route: route.fulfill(body=module, content_type="text/javascript"))
    page.route("**/", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto("http://localhost/")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function("view.now?.played_at > 0")
    first = page.evaluate("view.now.segment")
    page.locator("#cell-above").focus()
    page.keyboard.type("123")
    assert page.locator("#cell-above").input_value() == "123"
    page.locator(".stage").click(position={"x": 300, "y": 20})
    page.keyboard.press("2")
    page.wait_for_function("view.outbox.letters.length === 0 && view.past.length === 1")
    kept = projects.session(folder).store.current("anna")
    assert [(row.segment, row.value) for row in kept] == [(first, "happiness")]
    page.evaluate("window.end()")
    assert page.mistakes == []
