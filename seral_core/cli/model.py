"""``seral predict`` and ``seral export-model``: trained models go out, and are asked about recordings."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import click

from seral_core.cli.features import DASK, engine_on
from seral_core.cli.place import PLACE, REPLACE
from seral_core.cli.tables import write_table
from seral_core.console import echo
from seral_core.errors import BadPlan
from seral_core.folders import claim_file, kind_of
from seral_core.home import absolute
from seral_core.progress import progress_bar

TABLES = ".csv .parquet or .json"


@click.command(epilog="Example: seral predict my-model path/to/recordings --out table.csv")
@click.argument("model", type=PLACE)
@click.argument("recordings", nargs=-1, required=True)
@click.option(
    "--out", type=PLACE, required=True, help="Table to write: .csv .parquet .json; of features in partitions, a folder."
)
@DASK
@click.option("--speaker", default=None, help="Who speaks in all of them. [default: what is known of each]")
@click.option(
    "--features",
    default=None,
    help="Folder of the encoder that the model hears with, or ready features. [default: what is known here]",
)
@REPLACE
def predict(
    model: Path, recordings: tuple[str, ...], out: Path, dask: str, speaker: str | None, features: str | None,
    replace: bool,
) -> None:  # fmt: skip
    """Ask a MODEL about RECORDINGS, and write a table with a row per clip; of one that cannot be used, an empty row.

    RECORDINGS are files, a folder, a table, or a corpus by name. MODEL is a folder that 'seral export-model' made; it
    may come from anybody: nothing is downloaded for it, and no path in it is followed. Of a folder or address that
    'seral features extract' wrote, or a folder of parquet files with features, predictions are written partition by
    partition; the same command goes on where it was interrupted.
    """
    if len(recordings) == 1 and _in_partitions(recordings[0]):
        _predict_far(model, recordings[0], out, dask, speaker, features)
        return
    from seral_core.model.inputs import NoPrediction
    from seral_core.model.model import Model
    from seral_core.model.speakers import PoolMeanUsed

    claim_file(out, replace=replace)
    what: Any = recordings[0] if len(recordings) == 1 else list(recordings)
    with warnings.catch_warnings():
        for noted in (PoolMeanUsed, NoPrediction):  # said below, as notes
            warnings.simplefilter("ignore", noted)
        frame = Model.load(model, features=features).predict(what, speakers=speaker, progress=progress_bar("features"))
    _write(frame, out)


@click.command("export-model", epilog="Example: seral export-model out/first/runs/0123456789ab --out my-model")
@click.argument("run", type=PLACE)
@click.option("--out", type=PLACE, required=True, help="Folder for the model; made.")
@click.option(
    "--predictions", type=PLACE, default=None,
    help="Of a labelling project: a table to write with what the model believes of the clips that nobody labelled.",
)  # fmt: skip
@REPLACE
def export_model(run: Path, out: Path, predictions: Path | None, replace: bool) -> None:
    """Take the model out of a RUN, or of a labelling project, into a folder of its own.

    It holds the features, the normalisation and the learner, and a README.md about data, scores and limits. Load it
    with 'seral predict', or in Python with seral_core.Model.load.
    """
    from seral_core.deep.models import nothing_fetched
    from seral_core.model.keeping import check_place
    from seral_core.model.model import Model
    from seral_core.model.replay import log_of

    if predictions is not None and absolute(str(predictions)).startswith(absolute(str(out)) + os.sep):
        raise BadPlan(
            f"got {predictions} for the predictions, which is inside {out}, the model's own folder; expected another "
            "place; put them beside it"
        )
    claim_file(predictions, replace=replace)
    check_place(out, replace=replace)
    if kind_of(run) == "project":
        from seral_core.studio.project_model import project_model

        with nothing_fetched():
            found = project_model(run, progress_bar("features"))
        if predictions is not None and found.elsewhere:
            raise BadPlan(f"got --predictions, but {found.elsewhere}; leave --predictions out")
        if predictions is not None:  # before the model, so that what ends without them leaves neither
            _write(found.predictions, predictions)
        found.model.save(out, replace=replace)
    elif predictions is not None:
        raise BadPlan(
            f"{run} is no labelling project; expected one for --predictions; use seral predict with the model"
        )
    else:
        _check_objects(log := log_of(run))
        with nothing_fetched():
            Model.of_run(log, report=progress_bar("features")).save(out, replace=replace)
    echo(f"wrote the model to {out}; read README.md there before you share it")


def _in_partitions(where: str) -> bool:
    from seral_core.far.opening import is_far

    return is_far(absolute(where))


def _predict_far(model: Path, where: str, out: Path, dask: str, speaker: str | None, features: str | None) -> None:
    """Predict partition by partition, and say what was skipped."""
    from seral_core.far.opening import open_far
    from seral_core.model.far_prediction import predict_far
    from seral_core.model.model import Model

    with engine_on(dask) as engine:
        made = Model.load(model, features=features)
        table, told = open_far(absolute(where)), progress_bar("partitions")
        found = predict_far(made, table, out, engine, speaker=speaker, progress=told)
    for note in found.notes:
        echo(f"note: {note}", err=True)
    echo(f"wrote {found.rows:,} rows to {out}; {found.skipped:,} clips were skipped, see skipped.csv there")


def _check_objects(log: Any) -> None:
    """Raise `BadPlan` where a run needs objects of a notebook or script, which no command knows."""
    from seral_core import own

    objects = own.names_in([log.plan.to_toml()])
    if objects:
        raise BadPlan(
            f"this run has objects from a notebook or script ({', '.join(map(own.shown, objects))}), which a command "
            "does not know; take the model out there: result.fit('strategy').save('my-model'), with the result of "
            "seral_core.compare"
        )


def _write(frame: Any, out: Path) -> None:
    """Write predictions, and say what was assumed and which clips are missing."""
    for note in (*frame.attrs["notes"], *(f"no prediction for {problem}" for problem in frame.attrs["problems"])):
        echo(f"note: {note}", err=True)
    frame = frame.reset_index()
    frame.attrs = {}  # said above; a table has no place for it
    write_table(frame, out, TABLES)
    echo(f"wrote {len(frame)} rows to {out}")
