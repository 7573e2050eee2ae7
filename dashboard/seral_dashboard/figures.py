"""Figures of reports, drawn anew from their numbers: no script of a folder that somebody gave you is run."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from seral_core.errors import BadPlan
from seral_core.files import read_bytes

_CALL = "Plotly.newPlot("
_PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><style>html, body, #figure {{ height: 100%; margin: 0; }}</style></head>
<body><div id="figure"></div><script>{library}</script>
<script>Plotly.newPlot("figure", {traces}, {layout}, {{"responsive": true}});</script></body></html>
"""


def redrawn(path: Path) -> str:
    """Return a page with the figure of a file that plotly wrote, and nothing else of that file.

    Parameters
    ----------
    path : Path
        An HTML file.

    Raises
    ------
    BadPlan
        When it holds no figure of plotly.
    """
    traces, layout = _numbers(read_bytes(path).decode("utf-8", "replace"), path)
    return _PAGE.format(library=_library(), traces=_as_script(traces), layout=_as_script(layout))


def _numbers(text: str, path: Path) -> tuple[list[Any], dict[str, Any]]:
    """Return the traces and the layout of a figure: after its name, what the call that draws it is given."""
    decoder, at, found = json.JSONDecoder(), text.rfind(_CALL) + len(_CALL), list[Any]()
    try:
        while len(found) < 3:
            at += len(text[at : at + 1000]) - len(text[at : at + 1000].lstrip(", \n\r\t"))
            value, at = decoder.raw_decode(text, at)
            found.append(value)
        _, traces, layout = found
        if _CALL in text and isinstance(traces, list) and isinstance(layout, dict):
            return traces, layout
    except (ValueError, RecursionError):
        pass
    raise BadPlan(f"{path.name} holds no figure that SERAL drew; resume the recipe, and it is drawn again")


def _as_script(value: Any) -> str:
    """Return JSON that ends no script, whatever is in it."""
    return json.dumps(value).replace("<", "\\u003c")


@cache
def _library() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
