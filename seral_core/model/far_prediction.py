"""Prediction partition by partition: a parquet file for each, written once; what was interrupted goes on."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from seral_core.errors import BadFeatures, BadPlan
from seral_core.far.block import Block
from seral_core.far.engine import Engine
from seral_core.far.extracting import NOT_FINITE, SKIPPED, csv_of
from seral_core.far.place import Place
from seral_core.far.table import FarTable

if TYPE_CHECKING:
    from seral_core.model.model import Model

#: Says what the predictions are of.
NAME = "predictions.json"


@dataclass(frozen=True)
class Written:
    """What became of a prediction.

    Parameters
    ----------
    rows, skipped : int
        Clips, and those of them that cannot be used: their rows are empty.
    notes : tuple of str
        What was assumed.
    """

    rows: int
    skipped: int
    notes: tuple[str, ...]


def predict_far(
    model: Model, table: FarTable, out: str | Path, engine: Engine, *, speaker: str | None = None,
    progress: Callable[[int, int, str], object] | None = None,
) -> Written:  # fmt: skip
    """Write what a model believes of every clip of a feature set.

    Parameters
    ----------
    model : Model
        Trained on features of the same kind.
    table : FarTable
        As extracted.
    out : str or Path
        A folder or address. It gets ``part-00000.parquet`` for each partition, with a row for every clip as
        `seral_core.model.model.Model.predict` returns it, and ``skipped.csv``: clips that cannot be used, and why.
    engine : Engine
        Who works on partitions.
    speaker : str, optional
        Who speaks in all of them.
    progress : callable, optional
        Called as ``progress(done, total, text)`` after each partition.

    Raises
    ------
    BadPlan
        When the folder has predictions of another model or of other features.
    BadFeatures
        When the features do not fit the model.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.far.engine import Here
    >>> from seral_core.far.table import far_example
    >>> from seral_core import Plan, run
    >>> from seral_core.model.model import Model
    >>> plan = Plan(corpus="synthetic:clips=60:speakers=6", initial=10, budget=20, strategy="random")
    >>> model = Model.of_run(run(plan, Path(tempfile.mkdtemp())))
    >>> predict_far(model, far_example(np.zeros((5, 193))), tempfile.mkdtemp(), Here()).rows
    5
    """
    place = Place.of(out)
    _claim(place, model, table, speaker)
    items = list(enumerate(table.blocks))
    rows, skipped, notes = 0, list[str](), dict[str, None]()
    for number, (count, problems, said) in enumerate(engine.map(_predicted, iter(items), (model, place, speaker)), 1):
        rows += count
        skipped += problems
        notes |= dict.fromkeys(said)
        if progress:
            progress(number, len(items), f"partition {number - 1}")
    place.write(SKIPPED, csv_of([(segment, NOT_FINITE) for segment in skipped]))
    return Written(rows, len(skipped), tuple(notes))


def _claim(place: Place, model: Model, table: FarTable, speaker: str | None) -> None:
    """Raise where there are other predictions already."""
    scale = sha256(model.normaliser.label.encode() + json.dumps(model.about, default=str, sort_keys=True).encode())
    about = {"model": scale.hexdigest()[:16], "features": table.fingerprint, "speaker": speaker, "rows": len(table)}
    if place.has(NAME):
        if json.loads(place.read(NAME)) != about:
            raise BadPlan(
                f"{place.address} has predictions of another model or of other features; expected a new folder, or the "
                "one of these; choose another (--out)"
            )
        return
    if others := [name for name in place.names() if not name.startswith(".")]:
        raise BadPlan(f"{place.address} holds something already ({others[0]}); expected a new folder; choose another")
    place.write(NAME, json.dumps(about).encode())


def _predicted(item: tuple[int, Block], shared: tuple[Model, Place, str | None]) -> tuple[int, list[str], list[str]]:
    """Write the predictions of one partition, unless they are there; return what is to be said of them."""
    number, block = item
    model, place, speaker = shared
    name = f"part-{number:05d}"
    if place.has(f"{name}.json"):
        kept = json.loads(place.read(f"{name}.json"))
        return int(kept["rows"]), list(kept["skipped"]), list(kept["notes"])
    table = block.table()
    good = np.flatnonzero(np.isfinite(table.values).all(axis=1))
    ids = list(table.ids)
    if table.values.shape[1] != len(model.normaliser.mean):
        raise BadFeatures(
            f"got {table.values.shape[1]} features; expected the {len(model.normaliser.mean)} that the model was "
            "trained on; extract them with the same extractor"
        )
    frame, notes = pd.DataFrame(), list[str]()
    if len(good):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said as notes
            found = model.predict(table.take(good), speakers=speaker)
        notes = list(found.attrs["notes"])
        frame = found.reset_index(drop=True).set_axis(good).reindex(range(len(ids)))
    frame.insert(0, "segment", ids)
    frame.attrs = {}
    skipped = [ids[row] for row in np.setdiff1d(np.arange(len(ids)), good).tolist()]
    sink = io.BytesIO()
    frame.to_parquet(sink, index=False)
    place.write(f"{name}.parquet", sink.getvalue())
    said: dict[str, Any] = {"rows": len(ids), "skipped": skipped, "notes": notes}
    place.write(f"{name}.json", json.dumps(said).encode())  # last: what has it is whole
    return len(ids), skipped, notes
