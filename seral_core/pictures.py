"""A figure kept as a file: interactive, or a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seral_core.errors import BadPlan, MissingExtra


def save(figure: Any, path: Path) -> None:
    """Write a plotly figure to a file: ``.html`` needs no other file, ``.png`` and ``.svg`` need kaleido and a Chrome.

    Raises
    ------
    MissingExtra
        Where a picture is wanted and kaleido is not installed.
    BadPlan
        Where kaleido finds no browser to draw with.

    Examples
    --------
    >>> import plotly.graph_objects as go, tempfile
    >>> path = Path(tempfile.mkdtemp()) / "empty.html"
    >>> save(go.Figure(), path)
    >>> path.stat().st_size > 1_000_000
    True
    """
    if path.suffix == ".html":
        figure.write_html(path, include_plotlyjs=True)
        return
    try:
        import kaleido  # noqa: F401
    except ImportError:
        raise MissingExtra(f"a {path.suffix} file", "kaleido", "pictures") from None
    try:
        figure.write_image(path, scale=2)
    except (RuntimeError, OSError, ValueError) as wrong:
        raise BadPlan(f"no picture could be drawn: {wrong}; install Chrome or Chromium, or write .html") from wrong
