"""The dashboard by night: the same figures in colours that are seen on a dark page, when the system asks for one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from seral_core.charts import ACCENT, BASELINE, FAINT, GRID, INK, PALETTE, PAPER

LINE, SOFT = "#D9E0E3", "#F3F6F7"
#: What stands for each colour on a dark page; `component/look.js` has the same for canvases.
DARK = {
    INK: "#E8EEF1", FAINT: "#A3B1B9", GRID: "#2B3942", PAPER: "#10181D", ACCENT: "#4FB3C8", BASELINE: "#93A0A8",
    LINE: "#33424B", SOFT: "#1B272E", "#F3F7F8": "#18242B",
    **dict(zip(PALETTE, (
        "#3D9AE0", "#EE7A22", "#1DB88C", "#D98DB8", "#E69F00", "#7CC8F2", "#B89436", "#A98BDC", "#B7C2C9",
    ), strict=True)),
}  # fmt: skip
_KNOWN = re.compile("|".join(DARK), re.IGNORECASE)
PLOTLY = {"displayModeBar": False}


def is_dark() -> bool:
    """Whether the page that is being made is shown dark."""
    return bool(st.context.theme.type == "dark")


def by_night(text: str) -> str:
    """Return a text with every colour that SERAL names turned into the one for dark pages.

    Examples
    --------
    >>> by_night('{"color": "#1B2A33", "size": 3}')
    '{"color": "#E8EEF1", "size": 3}'
    """
    return _KNOWN.sub(lambda found: DARK[found[0].upper()], text)


def seen(spec: dict[str, Any]) -> dict[str, Any]:
    """Return what a chart is made of, in the colours of the page."""
    return json.loads(by_night(json.dumps(spec))) if is_dark() else spec


def plot(figure: Any, config: Mapping[str, Any] = PLOTLY, **options: Any) -> Any:
    """Show a plotly figure in the colours of the page, and return what is selected in it."""
    if is_dark():
        import plotly.io

        figure = plotly.io.from_json(by_night(figure.to_json()))
    return st.plotly_chart(figure, config=dict(config), theme=None, **options)
