"""A report as one HTML file that needs nothing else, and as a PDF where a browser is at hand."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.errors import BadPlan
from seral_core.files import replacing

_LOOK = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1d2b33; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .3rem .8rem; border-bottom: 1px solid #d5dde1 }
td { text-align: right; font-variant-numeric: tabular-nums } th { text-align: left; font-weight: 600 }
pre { background: #f3f7f8; padding: 1rem; overflow-x: auto; font-size: 13px }
"""
#: Browsers that print to PDF without a window, by the names of their commands.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


def page(
    title: str, about: str, figures: Sequence[Any], table: pd.DataFrame, sentences: Sequence[str], plan: str = ""
) -> str:
    """Return a report as HTML; with figures as a whole page, without as a part of one.

    Parameters
    ----------
    title, about : str
        What it is, and what it is about; text, never markup.
    figures : sequence of plotly Figure
        Drawn by a script that is part of the page.
    table : DataFrame
        Numbers.
    sentences : sequence of str
        What a reader should know.
    plan : str
        How it was made.

    Examples
    --------
    >>> "<td>+0.500</td>" in page("One", "a <b>", [], pd.DataFrame({"mean": [0.5]}, index=["margin"]), [])
    True
    """
    formats: Any = {name: _FORMATS.get(str(name), _number) for name in table.columns}
    shown = table.to_html(formatters=formats, border=0) if len(table) else ""
    notes = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    body = f"{shown}<p>{escape(about)}</p>" + (f"<ul>{notes}</ul>" if notes else "")
    if not figures:
        return body
    drawn = [figure.to_html(full_html=False, include_plotlyjs=number == 0) for number, figure in enumerate(figures)]
    how = f"<h2>How it was made</h2><pre>{escape(plan)}</pre>" if plan else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_LOOK}</style></head><body><h1>{escape(title)}</h1>{''.join(drawn)}{body}{how}</body></html>"
    )


def write_page(path: Path, html: str) -> Path:
    """Write a page to a ``.html`` file, or print it to a ``.pdf``.

    Raises
    ------
    BadPlan
        When the name ends otherwise, or no browser is found for a PDF.

    Examples
    --------
    >>> write_page(Path("report.doc"), "")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got a file ending in '.doc'; expected .html, .pdf or .csv; rename it
    """
    if path.suffix.lower() not in (".html", ".pdf"):
        raise BadPlan(f"got a file ending in '{path.suffix}'; expected .html, .pdf or .csv; rename it")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft:
        if path.suffix.lower() == ".html":
            draft.write_text(html, encoding="utf-8")
        else:
            _print(html, draft)
    return path


def _print(html: str, to: Path) -> None:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise BadPlan("a PDF is printed by Chrome, Chromium or Edge, and none was found; install one, or write .html")
    with tempfile.TemporaryDirectory() as folder:
        source, printed = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_text(html, encoding="utf-8")
        options = ["--headless", "--disable-gpu", "--no-sandbox", "--no-first-run", "--virtual-time-budget=10000"]
        command = [browser, *options, f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", source.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if not printed.is_file():
            raise BadPlan(f"{browser} printed no PDF ({done.stderr.strip()[-200:]}); write .html and print that")
        shutil.copyfile(printed, to)


def _share(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.3f}"


def _labels(value: float) -> str:
    return f"{value:g}"


def _number(value: Any) -> str:
    if isinstance(value, float):
        return "–" if pd.isna(value) else f"{value:+.3f}"
    return escape(str(value))


#: How columns are written that are no differences.
_FORMATS = {"p": _share, "from": _labels, "to": _labels}
