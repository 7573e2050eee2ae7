"""A finished report, and the files that a recipe keeps it in: Markdown, figures, curves, tables and a summary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.errors import BadPlan, MissingExtra
from seral_core.files import replacing, write_text
from seral_core.folders import inside
from seral_core.pictures import save
from seral_core.recipes.report import joined


@dataclass(frozen=True)
class Report:
    """What a recipe reports of a result.

    Parameters
    ----------
    opening, rest : str
        Markdown, before and after the figures.
    figures : mapping
        Name to caption and plotly figure.
    summary : mapping
        Joins the curves in ``summary.json``.
    tables : mapping
        Name to a DataFrame that is kept as ``NAME.parquet``: what is no learning curve, such as
        scores without labels.
    """

    opening: str
    rest: str
    figures: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def write(folder: Path, frame: pd.DataFrame, summary: Mapping[str, Any], report: Report) -> Path:
    """Write curves, summary, figures and report into a recipe's folder.

    Parameters
    ----------
    folder : Path
        Of the recipe.
    frame : DataFrame
        The curves of all cells.
    summary : mapping
        The same as plain data; the report's is added to it.
    report : Report
        What the recipe reports.

    Returns
    -------
    Path
        Of ``report.md``. Where no picture can be drawn, it says so, and links to the HTML.
    """
    _write_table(frame, inside(folder, "curves.parquet"))
    text = json.dumps({**summary, **report.summary}, indent=1, ensure_ascii=False, allow_nan=False)
    write_text(folder / "summary.json", text + "\n")
    for name, table in report.tables.items():
        _write_table(table, inside(folder, f"{name}.parquet"))
    shown, trouble = _draw(report.figures, folder)
    path = folder / "report.md"
    write_text(path, joined(report.opening, shown, report.rest, trouble) + "\n")
    return path


def _write_table(table: pd.DataFrame, path: Path) -> None:
    with replacing(path) as draft:
        table.to_parquet(draft, index=False)


def _write_figure(figure: Any, path: Path) -> None:
    with replacing(path) as draft:
        save(figure, draft)


def _draw(figures: Mapping[str, tuple[str, Any]], folder: Path) -> tuple[list[str], list[str]]:
    """Return a line of Markdown for each figure, and why they could not be drawn as pictures."""
    shown: list[str] = []
    trouble: dict[str, None] = {}
    for name, (caption, figure) in figures.items():
        _write_figure(figure, inside(folder, f"{name}.html"))
        link = f"[{caption}]({name}.html)"
        try:
            _write_figure(figure, inside(folder, f"{name}.png"))
            link = f"![{caption}]({name}.png)\n\n{caption} ([interactive]({name}.html))"
        except (MissingExtra, BadPlan) as wrong:
            trouble[f"Figures are HTML only: {str(wrong).splitlines()[0]}"] = None
        shown.append(link)
    return shown, list(trouble)
