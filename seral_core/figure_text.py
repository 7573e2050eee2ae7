"""Text in figures: plotly takes tags, links and placeholders in any text for its own, and names may hold anything."""

from __future__ import annotations

import html


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
