"""Figures of reports are drawn anew from their numbers."""

from __future__ import annotations

from pathlib import Path

import plotly.graph_objects as go
import pytest

from seral_core.errors import BadPlan
from seral_core.pictures import save
from seral_dashboard.figures import redrawn

EVIL = '<script>new RTCPeerConnection({iceServers: [{urls: "stun:example.org"}]})</script><link rel="preconnect">'


def test_a_figure_keeps_its_numbers_and_no_script_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "means.html"
    save(go.Figure(go.Scatter(y=[0.25, 0.75], name="</script><script>evil()")), path)
    path.write_text(path.read_text().replace("<body>", f"<body>{EVIL}"))
    page = redrawn(path)
    assert "RTCPeerConnection({" not in page
    assert "preconnect" not in page
    assert "<script>evil" not in page
    assert page.count("</script>") == 2
    assert '"y": [0.25, 0.75]' in page


@pytest.mark.parametrize("text", ["", EVIL, "Plotly.newPlot(", 'Plotly.newPlot("a", [1], [2])', "[" * 10_000])
def test_a_file_without_a_figure_is_not_shown(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.html").write_text(text)
    with pytest.raises(BadPlan, match=r"other\.html holds no figure that SERAL drew"):
        redrawn(tmp_path / "other.html")
