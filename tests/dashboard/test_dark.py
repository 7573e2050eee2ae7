"""Pages by night: the same figures in colours that can be seen, the same in Python as on canvases."""

from __future__ import annotations

import json
import re

import plotly.graph_objects as go
import pytest

from seral_core.charts import ACCENT, BASELINE, FAINT, INK, PALETTE, PAPER, styled
from seral_dashboard.component.scripts import HERE
from seral_dashboard.dark import DARK, by_night


def brightness(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(brightness, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [INK, FAINT, ACCENT, BASELINE, *PALETTE])
def test_every_line_is_seen_by_night(colour: str) -> None:
    assert contrast(DARK[colour], DARK[PAPER]) > (4.5 if colour in (INK, FAINT) else 3)


def test_a_figure_is_turned_whole() -> None:
    drawn = styled(go.Figure(go.Bar(x=[1, 2], y=[3, 4], marker_color=ACCENT)))
    turned = by_night(drawn.to_json())
    assert json.loads(turned)["layout"]["paper_bgcolor"] == DARK[PAPER]
    assert json.loads(turned)["data"][0]["marker"]["color"] == DARK[ACCENT]
    assert not set(re.findall("#[0-9A-F]{6}", turned)) & {INK, FAINT, ACCENT, PAPER}


def test_canvases_have_the_same_colours() -> None:
    light, dark = (HERE / "look.js").read_text(encoding="utf-8").split("dark: {")[:2]
    by_name = [dict(re.findall(r'(\w+): "(#[0-9A-F]{6})"', half)) for half in (light, dark)]
    lists = [re.findall("#[0-9A-F]{6}", re.search(r"COLOURS: \[(.*?)\]", half)[1]) for half in (light, dark)]  # type: ignore[index]
    for name, colour in by_name[0].items():
        if colour in DARK:
            assert by_name[1][name] == DARK[colour], name
    assert lists[0][:9] == list(PALETTE)
    assert lists[1][:9] == [DARK[colour] for colour in PALETTE]
