"""Names that hold markup are shown as they are, and no page asks another address because of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import audformat
import pandas as pd
import pytest

from seral_core import charts
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.worker import work
from seral_core.studio.project import LabelProject, new_project
from seral_dashboard import projects
from tests.dashboard.label import recordings

#: Another port of this computer is another address; nothing listens there.
ELSEWHERE = "http://127.0.0.1:9"
POISON = f"![x]({ELSEWHERE}/a) <img src={ELSEWHERE}/b> $x$ :red[x] `c` **d** :material/home: :streamlit: -> www.e.org"
RATER = f"![x]({ELSEWHERE}/a) :red[x] $x$ anna"
#: What a file system takes.
NAME = "![x](http:&#47;&#47;127.0.0.1:9&#47;a) :red[x] $x$ `c` **d**"


#: Whether a page says something, in a field too, apart from the joiners that keep Streamlit from reading it.
SHOWN = """(text) => {
  const all = (node) => [node.innerText || "", ...[...node.querySelectorAll("*")].map((one) =>
    (one.value || "") + (one.shadowRoot ? [...one.shadowRoot.children].map(all).join(" ") : ""))].join(" ");
  return all(document.body).replaceAll("\\u2060", "").replace(/\\s+/g, " ").includes(text);
}"""


def poisoned_database(folder: Path) -> Path:
    """An audformat database with everything in it that a page quotes."""
    files = sorted(recordings(folder / "audio", 24).glob("*.wav"))
    database = audformat.Database(
        "poisoned", source=POISON, usage="research", license=f"{POISON} licence", description=POISON
    )
    database.schemes[POISON] = audformat.Scheme(labels=[f"{POISON} 1", f"{POISON} 2"])
    database.schemes["speaker"] = audformat.Scheme("str")
    index = audformat.filewise_index([f"audio/{file.name}" for file in files])
    database["files"] = audformat.Table(index)
    database["files"][POISON] = audformat.Column(scheme_id=POISON)
    database["files"][POISON].set([f"{POISON} {1 + i % 2}" for i in range(24)])
    database["files"]["speaker"] = audformat.Column(scheme_id="speaker")
    database["files"]["speaker"].set([f"{POISON} {i % 6}" for i in range(24)])
    database.save(folder)
    return folder


def test_figures_show_names_as_they_are() -> None:
    names = [f"<a href='{ELSEWHERE}'>b</a> %{{x}}", "sadness"]
    said = "&lt;a href='http://127.0.0.1:9'&gt;b&lt;/a&gt; %&#123;x}"
    rows = [(name, 0, 0, "emotion", "uar", x, 0.5) for name in [*names, "random"] for x in (20, 30)]
    columns = ["strategy", "seed", "fold", "target", "metric", "spent", "value"]
    frame = pd.DataFrame(rows, columns=columns)
    drawn = [
        charts.learning_curves(frame),
        charts.differences(frame, names[0]),
        charts.confusion([[1, 2], [3, 4]], names),
        charts.pool_map(pd.DataFrame([[0, 1], [1, 0]]).to_numpy(), names, ids=names, labelled=[0]),
        charts.bars(dict.fromkeys(names, 1)),
        charts.histogram([1, 2], names[0]),
    ]
    for figure in drawn:
        text = json.dumps(json.loads(figure.to_json()))
        assert "<a href" not in text
        assert "%{x}<" not in text
        assert said in text


@pytest.mark.browser
@pytest.mark.usefixtures("no_trainer_left")
def test_markup_in_names_is_shown_and_never_obeyed(page: Any, start_server: Callable[..., Any], tmp_path: Path) -> None:
    database, runs, project = poisoned_database(tmp_path / "data"), tmp_path / "runs", tmp_path / NAME
    plan = Plan(corpus=str(database), budget=12, initial=6, batch=6, split="speakers:3")
    Grid(plan, ("margin", "random"), (0,), (0,)).save(runs / NAME)
    work(runs / NAME)
    assert not (runs / NAME / "trouble.txt").exists(), (runs / NAME / "trouble.txt").read_text()
    studio = LabelProject(str(database), (f"emotion={POISON},b",), name=POISON, test_share=0.0)
    new_project(project, studio, (RATER, "ben"))
    projects.remember(project)
    server = start_server(runs)
    key = projects.key_of(project)
    for path, query, says in (
        ("", {"run": NAME}, f"{NAME}: margin"),
        ("", {"run": POISON}, f"There is no experiment '{POISON}'"),
        ("", {"stream": POISON}, f"There is no stream '{POISON}'"),
        ("map", {"run": NAME}, f"{NAME}: margin"),
        ("compare", {"run": NAME}, f"{NAME}: margin"),
        ("recipes", {"recipe": POISON}, f"There is no recipe '{POISON}'"),
        ("corpus", {"corpus": str(database)}, f"Licence: {POISON} licence"),
        ("corpus", {"corpus": POISON}, f"'{POISON}' does not exist"),
        ("label", {"project": key}, RATER),
    ):
        page.goto(f"{server.address}/{path}?{urlencode(query)}")
        page.wait_for_function(SHOWN, arg=" ".join(says.split()))
        page.wait_for_timeout(500)  # what is asked for elsewhere is asked for by now
        never_obeyed(page, server.address)
    for part, says in (("Raters", RATER), ("Agreement", "Krippendorff")):
        page.get_by_role("radio", name=part, exact=True).or_(page.get_by_role("button", name=part, exact=True)).click()
        page.wait_for_function(SHOWN, arg=says)
        never_obeyed(page, server.address)


def never_obeyed(page: Any, own: str) -> None:
    assert [url for url in page.asked if not url.startswith((own, "blob:", "data:"))] == []
    assert page.mistakes == []
    assert page.locator("a[href*='127.0.0.1:9'], a[href*='e.org'], .katex, img[alt=x]").count() == 0
