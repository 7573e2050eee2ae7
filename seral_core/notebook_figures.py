"""Figures in notebooks: interactive where the notebook runs, a picture where it is exported or read on GitHub."""

from __future__ import annotations

import os
import warnings
from functools import cache
from typing import Any

from seral_core.progress import in_notebook

#: What plotly chooses in Jupyter by itself: a figure that only a running notebook can draw.
_LIVE_ONLY = ("plotly_mimetype", "vscode", "jupyterlab")
#: Of pictures, in pixels on a page: about the width of a cell.
WIDTH = 960


@cache
def keep_figures() -> None:
    """Have figures of this notebook kept as pictures too; does nothing anywhere else.

    Pictures need kaleido and a Chrome; without them, figures are kept as HTML, which ``nbconvert`` takes along and
    GitHub does not. Whoever set ``PLOTLY_RENDERER`` or ``plotly.io.renderers.default`` to something else keeps that.

    Examples
    --------
    >>> keep_figures()
    """
    if not in_notebook() or "PLOTLY_RENDERER" in os.environ:
        return
    import plotly.io as pio

    if pio.renderers.default in _LIVE_ONLY:
        pio.renderers.default = f"plotly_mimetype+{'png' if _can_draw() else 'notebook'}"
        picture = pio.renderers["png"]
        picture.width, picture.scale = WIDTH, 2


def _can_draw() -> bool:
    """Start the browser that draws, which stays until the notebook ends, and return whether it does."""
    # plotly says with each picture that a browser which is running takes no options.
    warnings.filterwarnings("ignore", "The kopts argument")
    try:
        import kaleido
        import plotly.graph_objects as go

        kaleido.start_sync_server(silence_warnings=True)
        picture: Any = go.Figure().to_image("png")
    except Exception:  # whatever is missing there: no picture then
        return False
    return bool(picture)
