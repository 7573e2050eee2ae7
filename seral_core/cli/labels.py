"""``seral labels``: labels that people gave, to and from other tools."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seral_core.cli.place import PLACE, REPLACE
from seral_core.console import echo
from seral_core.errors import BadPlan, BadStore
from seral_core.guard import for_terminal
from seral_core.home import placed

if TYPE_CHECKING:
    from seral_core.exchange.asked import Asked
    from seral_core.store import LabelStore


@click.group(epilog="Example: seral labels export my-project --to labels.csv")
def labels() -> None:
    """Export, import and back up labels."""


@labels.command("export", epilog="Example: seral labels export my-project --to labels.csv")
@click.argument("store")
@click.option(
    "--to",
    type=PLACE,
    required=True,
    help="labels.csv, labels.parquet, tasks.json (Label Studio), or a new folder: labels.textgrid (Praat), labels.eaf "
    "(ELAN), labels (audformat).",
)
@click.option("--current", is_flag=True, help="Without what was taken back, corrected or answered again.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    help="Classes or range, for audformat: emotion=anger,sadness or arousal=1:9. [default: the project's]",
)
@REPLACE
def export(store: str, to: Path, current: bool, targets: tuple[str, ...], replace: bool) -> None:
    """Write the labels of STORE to a file.

    STORE is a project's folder, its labels.sqlite, or the address of a PostgreSQL database. Every
    row is written with all that is known of it, so that importing it elsewhere gives the same
    labels; Label Studio, Praat and ELAN get what is valid now.
    """
    from seral_core.exchange.base import export_labels, left_out
    from seral_core.runs.watch_folder import target_from
    from seral_core.studio.project import open_project

    of = store_at(store, must_exist=True)
    written = export_labels(
        of,
        to,
        task=tuple(map(target_from, targets)),
        project=() if (folder := _project_at(store)) is None else open_project(folder).learned,
        only_current=current,
        replace=replace,
        lengths_s=partial(_lengths_s, store),
    )
    echo(f"wrote {written} rows to {to}", *(f"- {note}" for note in left_out(of, to, only_current=current)))


@labels.command("import", epilog="Example: seral labels import my-project tasks.json --class Furious=anger")
@click.argument("store")
@click.argument("source", type=PLACE)
@click.option(
    "--class",
    "classes",
    multiple=True,
    metavar="WORD=CLASS",
    help="What a word in SOURCE means; without a class, answers with it are left out.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="TARGET=NAME",
    help="What SOURCE calls a target of the project; of a table also file=NAME, rater=NAME ...",
)
@click.option(
    "--range",
    "ranges",
    multiple=True,
    metavar="TARGET=LOW:HIGH",
    help="Which range numbers in SOURCE are in; they are converted to the project's.",
)
@click.option(
    "--corrects",
    is_flag=True,
    help="Answers in SOURCE take the place of what the same raters answered in SERAL, or take it back. [default: such "
    "answers are left out and named]",
)
def import_(
    store: str,
    source: Path,
    classes: tuple[str, ...],
    columns: tuple[str, ...],
    ranges: tuple[str, ...],
    corrects: bool,
) -> None:
    """Add the labels in SOURCE to STORE.

    SOURCE is what 'seral labels export' wrote, a table or audformat database of others, an export of
    Label Studio (JSON, JSON_MIN, CSV), Prodigy's JSONL, or TextGrids of Praat or .eaf files of ELAN,
    one or a folder of them, with a tier 'emotion/anna' or 'emotion' each. What the store has already is passed over;
    the store is made where there is none.

    Into a project, answers of others are stored if they fit its clips and classes: clips are matched
    by id, else by file name where folders do not contradict; words by what they mean, so that 'Angry'
    is anger. The rest is counted and named. Numbers of another range are converted where it is known,
    and left out where it is only guessed. A table is read as 'seral corpora SOURCE --remember' keeps it;
    options stand over that.

    Of a folder of TextGrids or .eaf files, those that cannot be read are named and left out, and the exit status is 1.
    """
    from seral_core.exchange import import_labels

    to = store_at(store)
    is_new = "://" not in store and not Path(to.place).exists()
    found = import_labels(to, source, _asked(store, classes, columns, ranges), corrects=corrects)
    if found.fit is None:
        echo(f"read {found.read} rows, {found.new} of them new")
    else:
        echo(f"read {found.read} rows, {found.fit} of them fit the project, {found.new} are new")
    if is_new and found.fit is None:
        echo(f"made a new store, {to.place}, which belongs to no project: clips and classes were not checked")
    echo(*(f"- {note}" for note in found.notes))
    if found.unread:
        click.get_current_context().exit(1)


def _lengths_s(place: str, segments: Collection[str]) -> Mapping[str, float]:
    """Return how long the recordings of a store's project are that some segments are parts of, in seconds."""
    from seral_core.corpora.durations import file_lengths_s

    asked = _asked(place, (), (), ())
    return {} if asked is None else file_lengths_s(asked.corpus(), segments)


def _asked(place: str, classes: tuple[str, ...], columns: tuple[str, ...], ranges: tuple[str, ...]) -> Asked | None:
    """Return what the project of a store asks, and what was said of a file; None for a store without a project."""
    from seral_core.exchange.asked import Asked
    from seral_core.studio.project import open_project
    from seral_core.studio.recordings import recordings

    if (folder := _project_at(place)) is None:
        if classes or columns or ranges:
            raise BadPlan(
                f"{place} is no project; expected one for --class, --column and --range; name the project's folder"
            )
        return None
    studio = open_project(folder)
    return Asked(studio.task, lambda: recordings(studio), classes, columns, ranges)


def _project_at(place: str) -> Path | None:
    """Return the folder of the project that a store belongs to; None where it belongs to none."""
    from seral_core.studio import FILE

    if "://" in place:
        return None
    folder = placed(place)
    folder = folder.parent if folder.name == "labels.sqlite" else folder
    return folder if (folder / FILE).is_file() else None


@labels.command("next", epilog="Example: seral labels next my-project --to next.csv")
@click.argument("project", type=PLACE)
@click.option("--n", type=click.IntRange(1), default=20, show_default=True, help="How many clips.")
@click.option("--to", type=PLACE, help="CSV with empty cells for the answers, for 'seral labels import'.")
@REPLACE
def next_(project: Path, n: int, to: Path | None, replace: bool) -> None:
    """Say which clips of PROJECT to label next, for those who label with another tool.

    The model learns from the labels that are there, and the project's strategy asks; while it cannot
    yet, clips come at random.
    """
    from seral_core.folders import claim_file
    from seral_core.studio.project import open_project
    from seral_core.studio.up_next import up_next, write_next

    studio = open_project(project)
    if to is None:
        echo(*up_next(project, n))
        return
    claim_file(to, replace=replace)
    found = up_next(project, n)
    write_next(found, to, studio)
    echo(f"wrote {len(found)} clips to {to}; fill the empty cells in: seral labels import {project} {to}")


@labels.command(epilog="Example: seral labels backup my-project --out safe/labels.sqlite")
@click.argument("store")
@click.option("--out", type=PLACE, help="A new file. [default: beside STORE, with the time in its name]")
def backup(store: str, out: Path | None) -> None:
    """Copy the labels of STORE to one file that is whole, also while raters label."""
    of = store_at(store, must_exist=True)
    if out is None:
        out = Path(of.place).with_name(time.strftime("labels-%Y%m%d-%H%M%S.sqlite"))
    echo(f"wrote {of.backup(out)} rows to {out}; with studio.toml beside it as labels.sqlite it is the project")


@labels.command(epilog="Example: seral labels accept my-project")
@click.argument("store")
@click.option("--yes", is_flag=True, help="Do not ask.")
def accept(store: str, yes: bool) -> None:
    """Go on with the labels that STORE has, though more were stored in it.

    Says how many are missing, and asks. Nothing that is there is changed.
    """
    from seral_core.store.bond import NotOwn

    of = store_at(store)
    try:
        of.check()
    except NotOwn:
        raise  # others' answers are none to go on with
    except BadStore as wrong:
        echo(str(wrong), err=True)
        if not yes and not click.confirm("Go on with what is there?"):
            return
        echo(f"{of.place} goes on with {of.accept()} rows")
        return
    echo(f"nothing is missing in {of.place}")


@labels.command(epilog="Example: seral labels trust my-project")
@click.argument("project", type=PLACE)
@click.option("--yes", is_flag=True, help="Do not ask.")
def trust(project: Path, yes: bool) -> None:
    """Agree that PROJECT keeps its labels outside of its folder, such as in a PostgreSQL database.

    A project that somebody gave you may name any address. SERAL does not connect there before you
    have agreed.
    """
    if trusted(project, yes=yes):
        echo(f"{project} may keep its labels there")


def trusted(folder: Path, *, yes: bool = False) -> bool:
    """Ask whether a project may keep its answers where it says; return whether it may."""
    from seral_core.store import LabelStore
    from seral_core.studio.project import open_project
    from seral_core.studio.stores import agree, agreed, outside

    store = outside(folder, open_project(folder).store)
    if agreed(folder, store):
        return True
    place = LabelStore(store).place
    if not yes and not click.confirm(
        for_terminal(f"{folder} keeps its answers at {place}. Do you know that place, and connect?")
    ):
        return False
    agree(folder, store)
    return True


def store_at(place: str, *, must_exist: bool = False) -> LabelStore:
    """Return the store of a project's folder, in a file, or at an address.

    Parameters
    ----------
    place : str
        As users write it.
    must_exist : bool
        Complain where there is no file.

    Raises
    ------
    BadPlan
        When it must exist and does not.

    Examples
    --------
    >>> store_at("nowhere.sqlite", must_exist=True)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: ...nowhere.sqlite is not there; expected a project's folder, its labels.sqlite, ...
    """
    from seral_core.store import LabelStore
    from seral_core.store.whole import required
    from seral_core.studio.project import open_project
    from seral_core.studio.stores import store_of

    if "://" in place:
        return LabelStore(place)
    path, folder = placed(place), _project_at(place)
    studio = None if folder is None else open_project(folder)
    if path.is_dir() or (folder is not None and studio is not None and not studio.store):
        store = store_of(folder or path, studio)
        if studio is not None and studio.store:
            return store
        path = Path(store.place)
    else:
        store = LabelStore(path)
    if must_exist and not path.exists() and not required(path):
        raise BadPlan(
            f"{path} is not there; expected a project's folder, its labels.sqlite, or the address "
            "of a PostgreSQL database; correct the path"
        )
    return store
