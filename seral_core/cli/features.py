"""``seral features``: extractors, and extraction into partitions for what does not fit in memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import click

from seral_core.cli.lists import print_list, summaries
from seral_core.cli.names import FEATURES_OPTION
from seral_core.cli.reading import reading_options, said_in
from seral_core.console import echo
from seral_core.progress import progress_bar

DASK = click.option(
    "--dask",
    default="",
    metavar="ADDRESS",
    help="Who works on partitions: a Dask scheduler, or 'local' or 'local:4' for processes here. [default: this one]",
)


def engine_on(dask: str) -> AbstractContextManager[Any]:
    """Return who works on partitions; see `seral_core.far.dask.engine_for`."""
    from seral_core.far.dask import engine_for

    return engine_for(dask)


@contextmanager
def engine_of(grid: Any, dask: str) -> Iterator[tuple[Any, str]]:
    """Lend who works on the partitions of a single run, and the cluster that is left for whole runs."""
    from seral_core.far.opening import is_far

    far = bool(dask) and len(grid.plans()) == 1 and is_far(grid.plan.features)
    with engine_on(dask if far else "") as engine:
        yield engine, "" if far else dask


@click.group("features", invoke_without_command=True, epilog="Example: seral features")
@click.pass_context
def features(context: click.Context) -> None:
    """List feature extractors, or extract into partitions."""
    if context.invoked_subcommand is None:
        from seral_core.features.base import extractors

        print_list("features, or a path to .npz, .npy, .csv or .parquet", summaries(extractors))


@features.command(epilog="Example: seral features extract path/to/recordings --out out/features --dask local")
@click.argument("recordings")
@click.option("--out", required=True, help="Folder, or address such as s3://bucket/features; made.")
@FEATURES_OPTION
@click.option("--dtype", type=click.Choice(("float32", "float16")), default="float32", show_default=True)
@click.option("--rows", type=click.IntRange(1), default=None, help="Clips of a partition. [default: 16384]")
@DASK
@reading_options
def extract(recordings: str, out: str, features: str, dtype: str, rows: int | None, dask: str, **reading: Any) -> None:
    """Write the features of RECORDINGS in partitions, for corpora of any size.

    RECORDINGS are a folder, a table, a corpus by name, the address of an object store (s3://bucket/recordings), or a
    folder of parquet files with ready features. Give the same command again where it was interrupted: what is there
    stays. Use the folder with --features in 'seral run', 'seral grid' and 'seral predict'.
    """
    from seral_core.corpora.base import absolute_corpus
    from seral_core.far.agreed import agree
    from seral_core.far.extracting import CLIPS, SKIPPED, extract_far
    from seral_core.far.opening import open_far
    from seral_core.far.place import is_address
    from seral_core.runs.speech import opened

    what: Any = recordings
    if not is_address(recordings):
        where = absolute_corpus(recordings)
        if Path(where).is_dir() and any(Path(where).glob("*.parquet")):
            what = open_far(where)
        else:
            said = said_in(where, reading)
            what = opened(where, said.reader, said.ranges, said.said)
    there: list[int] = []
    with engine_on(dask) as engine:
        place = extract_far(
            what, features, out, engine, each=rows or CLIPS, dtype=dtype, progress=progress_bar("partitions"),
            there=there.append,
        )  # fmt: skip
    agree(place.address)
    table = open_far(place.address)
    left = sum(1 for _ in csv.reader(place.read(SKIPPED).decode("utf-8", "replace").splitlines(keepends=True))) - 1
    kept, parts = sum(len(table.blocks[number]) for number in there), len(table.blocks)
    wrote = f"wrote {len(table) - kept:,} rows in {parts - len(there)} partitions to {place.address}"
    echo(wrote + (f"; {kept:,} rows in {len(there)} partitions were there" if there else ""))
    if left:
        echo(f"note: {left} clips cannot be used, see {SKIPPED} there", err=True)
