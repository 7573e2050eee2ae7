"""``seral label``: label recordings, by oneself or with others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from seral_core.cli.labels import trusted
from seral_core.cli.names import FEATURES_OPTION, LEARNER_OPTION, STRATEGY
from seral_core.cli.place import PLACE
from seral_core.cli.reading import just_said, reading_options
from seral_core.cli.sharing import sharing
from seral_core.console import echo
from seral_core.errors import BadPlan
from seral_core.guard import for_terminal


@click.command(epilog="Example: seral label recordings --target emotion=anger,happiness,neutral,sadness --rater anna")
@click.argument("recordings")
@click.option(
    "--target",
    "targets",
    multiple=True,
    help="emotion=anger,sadness, arousal=1:5, or arousal@25 for a trace; may be repeated. [default: the corpus's own]",
)
@click.option("--rater", "raters", multiple=True, help="Who labels; may be repeated. [default: me]")
@click.option("--project", type=PLACE, help="Folder for the answers. [default: one of SERAL's own]")
@reading_options
@click.option(
    "--follow-links", "links", is_flag=True, help="Play recordings that links in the folder lead to elsewhere."
)
@click.option("--screen", default="", help="Such as manikins, pad or classes+confidence. [default: what suits]")
@click.option(
    "--strategy",
    default="recommended",
    show_default=True,
    help="Chooses the clips, see 'seral strategies'.",
    shell_complete=STRATEGY,
)
@LEARNER_OPTION
@FEATURES_OPTION
@click.option(
    "--batch",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="New labels until the model is trained again.",
)
@click.option(
    "--stretch",
    type=click.FloatRange(0),
    default=0.0,
    help="For traces: cut recordings into stretches of about so many seconds. [default: whole recordings]",
)
@click.option("--k", type=click.IntRange(1), default=1, show_default=True, help="How many raters each clip asks for.")
@click.option(
    "--agree", type=click.IntRange(0), default=0, help="Ask nobody else once so many gave the same class, within --k."
)
@click.option(
    "--whom",
    type=click.Choice(["", "helpful"]),
    default="",
    metavar="helpful",
    help="Clips with answers go to whoever is expected to help most. [default: in an order of each rater's own]",
)
@click.option("--gold", default="", help="Hidden clips with known answers: 'corpus', or a table.")
@click.option(
    "--gold-share", type=click.FloatRange(0, 1), default=0.0, help="Their part of all clips. [default: 0.1 with --gold]"
)
@click.option(
    "--repeats",
    "repeat_share",
    type=click.FloatRange(0, 0.1),
    default=0.0,
    show_default=True,
    help="Part of the clips that come twice, up to 0.1.",
)
@click.option(
    "--test",
    "test_share",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Part set aside for testing.",
)
@click.option(
    "--guess",
    type=click.Choice(["hidden", "shown"]),
    default="hidden",
    show_default=True,
    help="The model's guess, before one has answered.",
)
@click.option(
    "--dask",
    default="",
    metavar="ADDRESS",
    help="Let this Dask scheduler, or local:4, look at features in partitions. [default: one process]",
)
@click.option("--store", default="", help="URL of a PostgreSQL database. [default: a file in the project]")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--new-links", is_flag=True, help="Give all raters new links; a copy becomes a project of its own.")
@sharing
@click.option("--port", type=int, default=8501, show_default=True)
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open a browser window.")
def label(
    recordings: str,
    raters: tuple[str, ...],
    project: Path | None,
    new_links: bool,
    port: int,
    browser: bool,
    reach: Any,
    **how: Any,
) -> None:
    """Label recordings.

    Listen, press a key, watch the curve rise. An answer is called saved when it is on the disk here;
    until then it waits in the rater's browser. Stop it at any time: the same command continues where
    it was. Every rater has a link.
    """
    from seral_core.studio.ids_alone import ids_alone, silence
    from seral_core.studio.opening import opened
    from seral_core.studio.stores import ForeignStore
    from seral_dashboard.serve import serve

    how |= just_said(how).entries
    try:
        found = opened(recordings, how, raters, project, new_links=new_links)
    except ForeignStore as foreign:
        if not sys.stdin.isatty() or not trusted(foreign.folder):
            raise
        found = opened(recordings, how, raters, project, new_links=new_links)
    folder, studio, notes, heard = found
    for note in notes:
        echo(f"note: {note}", err=True)
    if not heard and ids_alone(studio.corpus, studio.features):  # as was wanted
        echo(f"the project is at {folder}; {silence(studio.corpus, folder)}")
        return
    if not heard:
        raise BadPlan(f"the project is at {folder}, but {silence(studio.corpus, folder)}")
    echo(f"labelling {studio.corpus}; answers are kept in {folder}")
    width = max(len(rater.name) for rater in studio.raters)

    def links(begin: str) -> list[str]:
        return [for_terminal(f"  {rater.name:{width}}  {begin}/rate/{rater.secret}") for rater in studio.raters]

    serve(port=port, place=folder, browser=browser, reach=reach, announced=links)
