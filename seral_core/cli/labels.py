"""``seral labels``: labels that people gave, to and from other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seral_core.cli.place import PLACE
from seral_core.errors import BadPlan
from seral_core.home import placed

if TYPE_CHECKING:
    from seral_core.store import LabelStore


@click.group(epilog="Example: seral labels export my-project --to labels.csv")
def labels() -> None:
    """Export or import labels."""


@labels.command("export", epilog="Example: seral labels export my-project --to labels.csv")
@click.argument("store")
@click.option(
    "--to", type=PLACE, required=True,
    help="labels.csv, labels.parquet, tasks.json (Label Studio), or a new folder (audformat).",
)  # fmt: skip
@click.option("--current", is_flag=True, help="Without what was taken back, corrected or said anew.")
@click.option(
    "--target", "targets", multiple=True,
    help="Classes or range, for audformat: emotion=anger,sadness or arousal=1:9. [default: those that occur]",
)  # fmt: skip
def export(store: str, to: Path, current: bool, targets: tuple[str, ...]) -> None:
    """Write the labels of STORE to a file.

    STORE is a project's folder, its labels.sqlite, or the address of a PostgreSQL database. Every row is written
    with all that is known of it, so that importing it elsewhere gives the same labels.
    """
    from seral_core.exchange import export_labels
    from seral_core.runs.watched import target_from

    written = export_labels(
        store_at(store, must_exist=True), to, task=tuple(map(target_from, targets)), only_current=current
    )
    click.echo(f"wrote {written} rows to {to}")


@labels.command("import", epilog="Example: seral labels import my-project labels.csv")
@click.argument("store")
@click.argument("source", type=PLACE)
def import_(store: str, source: Path) -> None:
    """Add the labels in SOURCE to STORE.

    SOURCE is what 'seral labels export' wrote, a table or audformat database of others, or tasks of Label Studio.
    What the store has already is passed over; the store is made where there is none.
    """
    from seral_core.exchange import import_labels

    found = import_labels(store_at(store), source)
    click.echo(f"read {found.read} rows, {found.new} of them new")


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

    if "://" in place:
        return LabelStore(place)
    path = placed(place) / "labels.sqlite" if placed(place).is_dir() else placed(place)
    if must_exist and not path.exists():
        raise BadPlan(
            f"{path} is not there; expected a project's folder, its labels.sqlite, or the address of a PostgreSQL "
            "database; correct the path"
        )
    return LabelStore(path)
