"""The API reference is built from the docstrings, and its links lead somewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pdoc", reason="pdoc is not installed: pip install -e '.[dev]'")
from docs.__main__ import broken

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_reference_has_every_public_name_and_no_link_that_leads_nowhere(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is missing (the extra 'deep'), which modules of the reference need")
    done = subprocess.run(
        [sys.executable, "-m", "docs", tmp_path, "--without-code"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'id="Plan"' in (tmp_path / "seral_core.html").read_text(encoding="utf-8")
    assert (tmp_path / "seral_core" / "strategies" / "uncertainty.html").exists()


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<p id="here"></p><a href="#here"></a><a href="b.html#there"></a><a href="c.html">'
    )
    (tmp_path / "b.html").write_text('<a href="a.html#here"></a><a href="https://example.org/nowhere">')
    assert broken(tmp_path) == ["a.html links to b.html#there", "a.html links to c.html"]


def test_a_lesson_in_the_gallery_fetches_nothing_and_has_no_solution() -> None:
    nbformat = pytest.importorskip("nbformat", reason="the dev extra is not installed")
    pytest.importorskip("jupytext", reason="jupytext is not installed: pip install -e '.[dev]'")
    from docs.gallery import card, page
    from notebooks.editions import SOURCES, edition

    notebook = edition(SOURCES[1], "instructor")
    figure = '<script src="https://example.org/mathjax.js"></script><script>draw()</script>'
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "MapWidget()"}
    reveal = next(cell for cell in notebook.cells if "reveal" in cell.metadata.tags)
    reveal.outputs = [nbformat.v4.new_output("display_data", data) for data in ({"text/html": figure}, widget)]
    html = page(edition(SOURCES[1], "student"), notebook)
    assert 'src="http' not in html
    assert "draw()" in html
    assert "needs a running notebook" in html
    assert "celltag_reveal" in html
    assert "celltag_stub" in html
    assert "return left[np.argsort" not in html.replace("</span>", "").replace("<span>", "")
    assert "celltag_solution" not in html
    assert "<h2>Which 100 recordings should people listen to?</h2>" in card("1_the_loop", notebook)
