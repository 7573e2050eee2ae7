"""Text in figures: plotly takes tags, links and placeholders in any text for its own, and names may hold anything."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

#: From this share on a cell is so full that its text is pale.
FULL = 0.65


def figure_text(text: object) -> str:
    """Return text so that a plotly figure shows it as it is.

    Parameters
    ----------
    text : object
        Such as the name of a class, a speaker or a strategy.

    Examples
    --------
    >>> figure_text("<b>anger</b>"), figure_text("sadness")
    ('&lt;b&gt;anger&lt;/b&gt;', 'sadness')
    """
    return html.escape(str(text), quote=False).replace("%{", "%&#123;")


def in_cells(shares: NDArray[Any], text: Sequence[Sequence[str]], names: Sequence[str], dark: str, pale: str) -> Any:
    """Return the texts of a square of shares as a plotly trace: dark on pale cells, pale on full ones.

    Plotly's own choice is grey on cells in between, which are read on no projector.

    Examples
    --------
    >>> import numpy as np
    >>> both = in_cells(np.array([[1.0, 0.2], [0.2, 1.0]]), [["all", "few"], ["few", "all"]], "ab", "black", "white")
    >>> both.text, both.textfont.color
    (('all', 'few', 'few', 'all'), ('white', 'black', 'black', 'white'))
    """
    import plotly.graph_objects as go

    rows = [(x, y, text[j][i], shares[j, i]) for j, y in enumerate(names) for i, x in enumerate(names)]
    xs, ys, texts, values = zip(*rows, strict=True)
    font = {"color": [pale if value > FULL else dark for value in values], "size": 14}
    return go.Scatter(x=xs, y=ys, text=texts, mode="text", textfont=font, hoverinfo="skip", showlegend=False)
