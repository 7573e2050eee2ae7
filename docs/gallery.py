"""The lessons as web pages to read without Python: ``make gallery`` runs them and writes them to ``build/gallery``.

Each is run with its exercises solved and shown with them open; what a prediction is about is folded. Figures stay
interactive, since plotly's script is part of each page: nothing is fetched.
"""

from __future__ import annotations

import os
import re
import sys
from html import escape
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbconvert import HTMLExporter

from notebooks.editions import HERE, SOURCES, edition
from seral_core.process import FOLDERS

#: Scripts that a page would fetch, for formulas above all: lessons have none.
_FETCHED = re.compile(r'<script[^<>]*\bsrc="https?://[^"]*"[^<>]*>\s*</script>')
_LIVE = "<p><i>What stands here needs a running notebook.</i></p>"
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
body {{ font: 18px/1.5 "Source Sans", Helvetica, sans-serif; color: #1B2A33; max-width: 1080px; margin: 40px auto; }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 20px; padding: 0 20px; }}
a {{ color: inherit; text-decoration: none; border: 1px solid #D9E0E3; border-radius: 8px; padding: 16px 20px; }}
a:hover, a:focus-visible {{ border-color: #0B5F73; }} h1 {{ padding: 0 20px; }}
h2 {{ font-size: 21px; line-height: 1.25; margin: 0; }}
p {{ color: #5C6B75; font-size: 15px; }} ul {{ padding-left: 20px; margin: 0; font-size: 16px; }}
</style>
<h1>Active learning for speech emotion recognition: the course</h1>
<main>
{cards}
</main></html>
"""


def page(student: Any, executed: Any) -> str:
    """Return a student's lesson as a web page, with the outputs that its cells have once the exercises are solved.

    Parameters
    ----------
    student, executed : NotebookNode
        What is shown, and the instructor's edition with its outputs; their cells have the same ids.
    """
    outputs = {cell.id: cell.outputs for cell in executed.cells if cell.cell_type == "code"}
    for cell in student.cells:
        if cell.cell_type == "code":
            cell.outputs = outputs.get(cell.id, [])
            for output in cell.outputs:
                if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
                    output.data = {"text/html": _LIVE}
    body, _ = HTMLExporter(template_name="lab").from_notebook_node(student)
    return _FETCHED.sub("", str(body)).replace("</head>", f"{_FOLD}</head>", 1)


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
        where = {"metadata": {"path": str(HERE)}}
        NotebookClient(notebook, timeout=600, resources=where, store_widget_state=False).execute()
        (folder / f"{path.stem}.html").write_text(page(edition(path, "student", ""), notebook), encoding="utf-8")
        cards.append(card(path.stem, notebook))
    (folder / "index.html").write_text(_INDEX.format(cards="\n".join(cards)), encoding="utf-8")
    print(f"{folder / 'index.html'}: {len(cards)} lessons")


if __name__ == "__main__":
    main()
