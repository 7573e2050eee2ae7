"""Figures of notebooks are kept in a form that exports and GitHub show, unless the user chose another one."""

from __future__ import annotations

from collections.abc import Iterator

import plotly.io as pio
import pytest

from seral_core import charts, notebook_figures, progress


@pytest.fixture(autouse=True)
def renderers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A notebook with plotly's own setting; all as before afterwards."""
    before, picture = pio.renderers.default, dict(vars(pio.renderers["png"]))
    monkeypatch.setattr(notebook_figures, "in_notebook", lambda: True)
    monkeypatch.delenv("PLOTLY_RENDERER", raising=False)
    notebook_figures.keep_figures.cache_clear()
    pio.renderers.default = "plotly_mimetype"
    yield
    pio.renderers.default = before
    vars(pio.renderers["png"]).update(picture)
    notebook_figures.keep_figures.cache_clear()


@pytest.mark.parametrize(("draws", "kept"), [(True, "plotly_mimetype+png"), (False, "plotly_mimetype+notebook")])
def test_a_figure_is_kept_as_a_picture_or_else_as_html(draws: bool, kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook_figures, "_can_draw", lambda: draws)
    charts.bars({"anger": 3})
    assert pio.renderers.default == kept


def test_what_the_user_chose_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    pio.renderers.default = "svg"
    charts.bars({"anger": 3})
    assert pio.renderers.default == "svg"
    notebook_figures.keep_figures.cache_clear()
    pio.renderers.default = "plotly_mimetype"
    monkeypatch.setenv("PLOTLY_RENDERER", "plotly_mimetype")
    charts.bars({"anger": 3})
    assert pio.renderers.default == "plotly_mimetype"


def test_outside_of_notebooks_plotly_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook_figures, "in_notebook", lambda: False)
    charts.bars({"anger": 3})
    assert pio.renderers.default == "plotly_mimetype"


def test_progress_in_a_notebook_is_one_line_that_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Output:
        def update(self, data: dict[str, str], raw: bool) -> None:
            shown[-1] = data["text/plain"]

    def display(data: dict[str, str], raw: bool, display_id: bool) -> Output:
        shown.append(data["text/plain"])
        return Output()

    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("tqdm.std.time", iter(range(1000)).__next__)
    report = progress.progress_bar("comparing", "run")
    for done in range(1, 6):
        report(done, 5, "")
    (line,) = shown
    assert "comparing: 100%" in line
    assert "5/5" in line
