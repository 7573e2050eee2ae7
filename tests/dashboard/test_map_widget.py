"""The map in a notebook: what it answers, and in a browser, a click on a point that sounds."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.synthetic import synthetic
from seral_core.errors import BadFeatures
from seral_core.features.extract import features_for
from seral_core.features.table import FeatureTable
from seral_core.map_widget import Round, sounding_map
from seral_dashboard.component.scripts import script, style

pytest.importorskip("anywidget", reason="anywidget is not installed: pip install -e '.[dev]'")

#: What Jupyter gives a widget's module.
HOST = """
import widget from "/widget.js";
const heard = [];
const model = {
  on: (kind, then) => heard.push(then), off: () => {},
  send: async (message) => {
    const [content, clip] = JSON.parse(await window.kernel(JSON.stringify(message)));
    const buffers = clip ? [new DataView(Uint8Array.from(atob(clip), (c) => c.charCodeAt(0)).buffer)] : [];
    for (const then of heard) then(content, buffers);
  },
};
window.end = widget.render({ model, el: document.querySelector("#cell") });
window.view = document.querySelector(".seral").__seral_map;
"""


@pytest.fixture(scope="module")
def made() -> tuple[Corpus, FeatureTable]:
    corpus = synthetic(clips=8, speakers=2)
    return corpus, features_for(corpus)


def shown(made: tuple[Corpus, FeatureTable], **options: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    corpus, table = made
    rounds = [
        Round(asked=corpus.ids[:2], guess=dict.fromkeys(corpus.ids, "fear"), spent=2, score=0.2),
        Round(asked=corpus.ids[2:4], guess=dict.fromkeys(corpus.ids, "anger"), spent=4, score=0.3),
    ]
    widget, sent = sounding_map(corpus, table, rounds, layout="pca", **options), []
    widget.send = lambda content, buffers=None: sent.append((content, buffers))
    return widget, sent


def test_it_sends_clips_of_the_map_and_no_others(made: tuple[Corpus, FeatureTable]) -> None:
    widget, sent = shown(made)
    widget._answer(widget, {"number": 1, "verb": "clip", "body": {"segment": made[0].ids[0]}}, [])
    assert bytes(sent[-1][1][0][:4]) == b"RIFF"
    widget._answer(widget, {"number": 2, "verb": "clip", "body": {"segment": "../secret.wav"}}, [])
    widget._answer(widget, {"number": 3, "verb": "delete"}, [])
    assert [content["status"] for content, _ in sent[1:]] == [400, 400]


def test_a_mistake_is_answered_in_words_and_said_in_the_kernel(made: tuple[Corpus, FeatureTable]) -> None:
    widget, sent = shown(made)
    with pytest.raises(AttributeError):
        widget._answer(widget, {"number": 1, "verb": "clip", "body": ["no segment"]}, [])
    says = "the kernel could not answer (AttributeError: 'list' object has no attribute 'get'); its log shows where"
    assert sent == [({"number": 1, "status": 500, "error": says}, None)]


def test_gold_may_be_hidden_and_strange_clips_are_refused(made: tuple[Corpus, FeatureTable]) -> None:
    corpus, table = made
    assert any(code is not None for code in shown(made)[0].reply("map", {})["gold"])
    hidden = shown(made, gold=False)[0].reply("map", {})["gold"]
    assert hidden == [None] * len(corpus)
    with pytest.raises(BadFeatures, match="round 0 names nobody"):
        sounding_map(corpus, table, [Round(asked=["nobody"])], layout="pca")


@pytest.mark.browser
def test_a_click_on_a_point_sounds_and_the_slider_goes_through_rounds(
    page: Any, made: tuple[Corpus, FeatureTable]
) -> None:
    widget, sent = shown(made)

    def kernel(text: str) -> str:
        widget._answer(widget, json.loads(text), [])
        content, buffers = sent[-1]
        return json.dumps([content, base64.b64encode(buffers[0]).decode() if buffers else None])

    html = f'<!doctype html><meta charset="utf-8"><style>{style()}</style><div id="cell"></div>'
    page.expose_function("kernel", kernel)
    page.route("**/widget.js", lambda route: route.fulfill(body=script("map_widget"), content_type="text/javascript"))
    whole = f'{html}<script type="module">{HOST}</script>'
    page.route("**/", lambda route: route.fulfill(body=whole, content_type="text/html"))
    page.goto("http://localhost/")
    page.get_by_text("Round 1 of 1: 2 labelled, 2 queried").wait_for()
    x, y = page.evaluate("view.place(5)")
    page.locator(".map-canvas").click(position={"x": x, "y": y})
    page.wait_for_function("view.player.audio.currentTime > 0 || view.player.audio.ended")
    clip = page.evaluate("view.map.dataset.playing")
    assert page.locator(".clip-title b").inner_text() == clip
    assert "predicted anger" in page.locator(".clip-title").inner_text()
    page.get_by_label("one round back").click()
    page.get_by_text("Round 0 of 1: 0 labelled, 2 queried").wait_for()
    assert "predicted fear" in page.locator(".clip-title").inner_text()
    page.evaluate("window.end()")
    assert page.mistakes == []
