"""The lessons as web pages to read without Python: ``make gallery`` runs them and writes them to ``build/gallery``.

Each is run as instructors have it; solutions are left out, and what a prediction is about is folded. Figures stay
interactive, since plotly's script is part of each page: nothing is fetched.
"""

from __future__ import annotations

import os
import sys
from html import escape
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbconvert import HTMLExporter

from notebooks.editions import HERE, SOURCES, WITHOUT, edition, without
from seral_core.process import FOLDERS

#: Folds outputs of cells that are tagged ``reveal``; a click shows them.
_FOLD = """<style>
.jp-Cell { max-width: 1000px; margin: auto; }
details.reveal { margin: 8px 0 8px 72px; } details.reveal summary { cursor: pointer; color: #0B5F73; font-weight: 600; }
</style>
<script>
addEventListener("load", () => {
  for (const cell of document.querySelectorAll(".celltag_reveal")) {
    const shown = cell.querySelector(".jp-Cell-outputWrapper");
    if (!shown) continue;
    const fold = document.createElement("details"), head = document.createElement("summary");
    fold.className = "reveal";
    head.textContent = "I have predicted: show me";
    shown.before(fold);
    fold.append(head, shown);
    fold.addEventListener("toggle", () => {
      for (const figure of fold.querySelectorAll(".js-plotly-plot")) window.Plotly?.Plots.resize(figure);
    });
  }
});
</script>
"""
_INDEX = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>SERAL: the course</title>
<style>
body {{ font: 18px/1.5 "Source Sans", Helvetica, Arial, sans-serif; color: #1B2A33; max-width: 1080px; margin: 40px auto; }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 20px; padding: 0 20px; }}
a {{ color: inherit; text-decoration: none; border: 1px solid #D9E0E3; border-radius: 8px; padding: 16px 20px; }}
a:hover, a:focus-visible {{ border-color: #0B5F73; }} h1 {{ padding: 0 20px; }} h2 {{ font-size: 21px; line-height: 1.25; margin: 0; }}
p {{ color: #5C6B75; font-size: 15px; }} ul {{ padding-left: 20px; margin: 0; font-size: 16px; }}
</style>
<h1>Active learning for speech emotion recognition: the course</h1>
<main>
{cards}
</main></html>
"""


def page(notebook: Any) -> str:
    """Return a notebook that was run as a web page, without what students do not get.

    Parameters
    ----------
    notebook : NotebookNode
        With its outputs.
    """
    shown = without(notebook, WITHOUT["student"])
    body, _ = HTMLExporter(template_name="lab").from_notebook_node(shown)
    return str(body).replace("</head>", f"{_FOLD}</head>", 1)


def card(name: str, notebook: Any) -> str:
    """Return what the first page says of a lesson: its question, minutes, and what one can do after it."""
    title, *lines = notebook.cells[0].source.split("\n")
    about = next(line.strip("*") for line in lines if line.startswith("*Lesson"))
    aims = "".join(f"<li>{escape(line[2:])}</li>" for line in lines if line.startswith("- "))
    head = f"<h2>{escape(title.removeprefix('# '))}</h2><p>{escape(about)}</p>"
    return f'<a href="{name}.html">{head}<ul>{aims}</ul></a>'


def main() -> None:
    """Run all lessons, and write their pages to the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, FOLDERS))
    os.environ["PLOTLY_RENDERER"] = "notebook"
    cards = []
    for path in SOURCES:
        print(f"{path.stem} ...", flush=True)
        notebook = edition(path, "instructor")
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(HERE)}}).execute()
        (folder / f"{path.stem}.html").write_text(page(notebook), encoding="utf-8")
        cards.append(card(path.stem, notebook))
    (folder / "index.html").write_text(_INDEX.format(cards="\n".join(cards)), encoding="utf-8")
    print(f"{folder / 'index.html'}: {len(cards)} lessons")


if __name__ == "__main__":
    main()
