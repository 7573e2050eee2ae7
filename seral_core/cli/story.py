"""``seral story``: scenes for a projector, played by the dashboard or written as one file."""

from __future__ import annotations

from pathlib import Path

import click

from seral_core.cli.place import PLACE, REPLACE
from seral_core.cli.sharing import sharing
from seral_core.console import echo
from seral_core.folders import claim_file
from seral_core.progress import progress_bar

EXAMPLE = "Example: seral story play, or seral story export my-story.toml --out talk.html"


@click.group(epilog=EXAMPLE)
def story() -> None:
    """Play a story of scenes on a projector, or write it as one HTML file with sound.

    A story is a TOML file of scenes; each has at = an address of the dashboard, without the host, and a caption. One
    ships: three clips to hear, chance, asking, a duel, the verdict, the same where no emotion is rare, and your turn.
    """


@story.command(epilog="Example: seral story play my-story.toml")
@click.argument("file", required=False, type=PLACE)
@click.option("--port", type=int, default=8501, show_default=True)
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open a browser window.")
@sharing
def play(file: Path | None, port: int, browser: bool, reach: object) -> None:
    """Open the dashboard on the stage: arrows or a clicker turn scenes, F is full screen, L light or dark.

    Left out, FILE is the story that ships, and the experiments that it shows are made first.
    """
    from seral_dashboard.serve import serve
    from seral_dashboard.stage.routes import offer

    _ready(file)
    name = offer(file) if file is not None else "demo"
    serve(port=port, browser=browser, reach=reach, first=f"present?story={name}")  # type: ignore[arg-type]


@story.command(epilog="Example: seral story export my-story.toml --out talk.html")
@click.argument("file", required=False, type=PLACE)
@click.option("--out", type=PLACE, required=True, help="HTML file to write.")
@REPLACE
def export(file: Path | None, out: Path, replace: bool) -> None:
    """Write a story as one HTML file that plays offline, with its clips."""
    from seral_dashboard.stage.export import export as write
    from seral_dashboard.stage.story import SHIPPED, read

    claim_file(out, replace=replace)
    told = read(file or SHIPPED)
    _ready(file)
    for note in write(told, out, progress_bar("writing the story")):
        echo(f"note: {note}", err=True)
    echo(f"{out} plays in any browser, without a network")


def _ready(file: Path | None) -> None:
    """Make what the story that ships shows."""
    from seral_core.demo import DEMOS, finished_demo

    if file is None:
        for name in DEMOS:
            finished_demo(progress_bar(f"making {name}"), name)
