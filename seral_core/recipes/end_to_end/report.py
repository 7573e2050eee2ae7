"""What the recipe end-to-end reports: CCC of each system, what the chain did, and Figure 6.2 held against chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from seral_core.features.prosody import CURVES
from seral_core.recipes.base import Report, Result
from seral_core.recipes.by_speaker import gap, over_speakers
from seral_core.recipes.claims import Claim, Gap, above, claims_counted, claims_table
from seral_core.recipes.discretised.pictures import learning_figure
from seral_core.recipes.end_to_end.following import Followed, chosen, highest
from seral_core.recipes.end_to_end.paper import FIGURE_6_2
from seral_core.recipes.end_to_end.pictures import cells_figure, following_figure, predicted_figure
from seral_core.recipes.end_to_end.results import STAGES, Results
from seral_core.recipes.end_to_end.training import Hears, Learns, Networks, Size, System
from seral_core.recipes.report import joined, paper_and_here, table
from seral_core.scores.groups import basis_text
from seral_core.types import Floats

#: What cells are compared with curves, and what is to show how little that may mean; chance is last.
BEST, BEFORE, CHOSEN, CHOSEN_BEFORE, MOVED = (
    "best cell of the recording", "the same before training", "cell chosen on development recordings",
    "the same before training, chosen", "best cell, curve moved in time",
)  # fmt: skip
SCORES_NOTE = (
    "CCC of all frames of a part together, after the chain that is best on development recordings; mean over seeds, "
    "and their range. In brackets: on development recordings, where chain and epoch were chosen. The numbers of the "
    "paper's Table 6.1 are no part of its text; it says that samples are better than features in all experiments, and "
    "CCC better than squared error. Differences below are means of the CCC of single recordings over seeds, with "
    "intervals over test speakers."
)
CELLS_NOTE = (
    "Pearson's correlation with curves over windows of 3 s, mean over test recordings and seeds. The best cell of a "
    "recording is the best of all {cells} cells of two layers, found on that very recording, as Figure 6.2 has it: "
    "with so many, some cell goes with any slow curve, which the last row shows, where the curve is moved by tenths of "
    "the recording. A cell chosen on development recordings had no such help; it counts below 0 where it goes the "
    "other way. Before training, the network has the weights that it began with."
)


def report_of(result: Result, paper: str) -> Report:
    """Return the report on a finished recipe."""
    found = Results.load(result)
    rows, cells = found.scores(), correlations(found)
    held = claims_of(found, cells)
    count = next(iter(found.followed.values())).trained_test.shape[-1]
    opening = joined(
        f"# {found.parts.corpus.name}: emotion in time from samples of sound",
        f"After {paper}.", _outcome(rows, found), _unfinished(result, found), claims_counted(held),
        "## CCC of each system (Table 6.1)", scores_table(rows, found), SCORES_NOTE,
        basis_text(len(set(_known(found)))),
        "## Cells beside energy and pitch (Figure 6.2)", cells_table(cells), CELLS_NOTE.format(cells=count),
        "## Figures",
    )  # fmt: skip
    rest = joined(
        "## What the paper found, and what held here", claims_table(held),
        "## What the chain kept", chain_table(found.chains),
        "## What differs from the paper", paper_and_here(_differs(result, found), result.notes),
    )  # fmt: skip
    summary = {
        "claims": [vars(each) for each in held],
        "cells": {
            name: dict(zip(CURVES, values.mean(axis=0).round(6).tolist(), strict=True))
            for name, values in cells.items()
        },
        "scores": [{str(k): v for k, v in row.items()} for row in rows.round(6).to_dict("records")],
    }  # fmt: skip
    tables = {"scores": rows, "chains": found.chains, "history": found.history(), "cells": _long(cells, found)}
    return Report(opening, rest, _figures(found, cells), summary, tables)


def correlations(found: Results) -> dict[str, Floats]:
    """Return what cells have in common with curves of each test recording, the mean over seeds."""

    def mean(each: Any) -> Floats:
        return np.asarray(np.mean([each(one) for one in found.followed.values()], axis=0))

    looks: dict[str, Any] = {
        BEST: lambda one: highest(one.trained_test),
        BEFORE: lambda one: highest(one.untrained_test),
        CHOSEN: lambda one: chosen(one.trained_dev, one.trained_test),
        CHOSEN_BEFORE: lambda one: chosen(one.untrained_dev, one.untrained_test),
        MOVED: lambda one: one.moved,
    }
    return {name: mean(each) for name, each in looks.items()}


def claims_of(found: Results, cells: dict[str, Floats]) -> list[Claim]:
    """Hold what the paper found against test recordings."""

    def gaps(one: tuple[Hears, Learns], other: tuple[Hears, Learns]) -> list[Gap]:
        better, worse = System(*one).name, System(*other).name
        return [
            Gap(f"{target}, {better} over {worse}", gap(
                found.predictions(better, target), found.predictions(worse, target),
                found.parts.gold(found.parts.test, target), found.speakers,
            ))
            for target in found.targets
        ]  # fmt: skip

    def curves(one: str, other: str) -> list[Gap]:
        apart = cells[one] - cells[other]
        return [
            Gap(name, over_speakers(apart[:, row], found.speakers, len(found.followed)))
            for row, name in enumerate(CURVES)
        ]

    return [
        above("5.3", "the network on samples is better than features made by hand, with either objective",
              gaps(("samples", "ccc"), ("features", "ccc")) + gaps(("samples", "mse"), ("features", "mse"))),
        above("5.3", "CCC as objective is better than squared error, for all networks",
              gaps(("samples", "ccc"), ("samples", "mse")) + gaps(("features", "ccc"), ("features", "mse"))),
        above("5.4", "cells follow energy and pitch of a recording that the network never heard: more closely than the "
              "best cell follows the same curve moved in time", curves(BEST, MOVED)),
        above("5.4", "they are captured by the model: its best cells follow energy and pitch more closely than those "
              "of the network before training", curves(BEST, BEFORE)),
        above("5.4", "the same of cells chosen on development recordings", curves(CHOSEN, CHOSEN_BEFORE)),
    ]  # fmt: skip


def scores_table(rows: pd.DataFrame, found: Results) -> str:
    """Return CCC by system: on test and development recordings after the chain, and on test before it."""
    head = ["", *(f"{target}, {what}" for target in found.targets for what in ("test (dev)", "before the chain"))]
    lines = []
    for system in found.systems:
        line = [system]
        for target in found.targets:
            after, dev, before = (
                _ccc(rows, system, target, *where)
                for where in (("test", STAGES[1]), ("dev", STAGES[1]), ("test", STAGES[0]))
            )
            line += [
                f"**{after.mean():.3f}** [{after.min():.3f}, {after.max():.3f}] ({dev.mean():.3f})",
                f"{before.mean():.3f}",
            ]
        lines.append(line)
    return table(head, lines)


def _ccc(rows: pd.DataFrame, system: str, target: str, part: str, stage: str) -> pd.Series:
    where = {"system": system, "target": target, "part": part, "stage": stage}
    mine: pd.Series = rows.loc[(rows[list(where)] == pd.Series(where)).all(axis=1), "ccc"]
    return mine


def cells_table(cells: dict[str, Floats]) -> str:
    """Return mean correlations by curve, and the paper's."""
    lines = [["paper, best cell of one recording", *(f"{FIGURE_6_2[name]:.2f}" for name in CURVES)]]
    lines += [[name, *(f"{value:.2f}" for value in values.mean(axis=0))] for name, values in cells.items()]
    return table(["correlation of", *CURVES], lines)


def chain_table(chains: pd.DataFrame) -> str:
    """Return how many of the networks kept each step."""
    lines = []
    for (system, target), mine in chains.groupby(["system", "target"], sort=False):
        kept = mine[mine["kept"]]
        steps = [f"{step} {len(part)}" for step, part in kept.groupby("step", sort=False)]
        lines.append([str(system), str(target), ", ".join(steps) or "nothing", f"{mine['seed'].nunique()}"])
    return table(["system", "scale", "steps kept, in so many networks", "of"], lines)


def _outcome(rows: pd.DataFrame, found: Results) -> str:
    each = []
    for target in found.targets:
        means = {name: _ccc(rows, name, target, "test", STAGES[1]).mean() for name in found.systems}
        each.append(f"{target}: {', '.join(f'{name} {value:.3f}' for name, value in means.items())}")
    return f"**CCC on {len(found.parts.test)} test recordings. {'; '.join(each)}.**"


def _unfinished(result: Result, found: Results) -> str:
    """Warn of networks whose best epoch is one of the last they were given: they might have learned more."""
    size: Size = result.cells[0].measure.size
    late = [
        name
        for (name, _), outputs in found.outputs.items()
        if outputs.best_epoch > 0.8 * size.epochs_of(name.split()[0])
    ]
    if not late:
        return ""
    counts = ", ".join(f"{late.count(name)} of {name}" for name in dict.fromkeys(late))
    return (
        f"**Take care:** {len(late)} of {len(found.outputs)} networks ({counts}) were best in the last fifth of the "
        "epochs they were given: they had not learned all they could, and differences may change with more (--epochs)."
    )


def _known(found: Results) -> list[str]:
    return [name or segment for name, segment in zip(found.speakers, found.parts.test, strict=True)]


def _long(cells: dict[str, Floats], found: Results) -> pd.DataFrame:
    rows = [
        (name, segment, curve, float(values[i, j]))
        for name, values in cells.items()
        for i, segment in enumerate(found.parts.test)
        for j, curve in enumerate(CURVES)
    ]
    return pd.DataFrame(rows, columns=["of", "recording", "curve", "correlation"])


def _figures(found: Results, cells: dict[str, Floats]) -> dict[str, Any]:
    shown, first = found.parts.test[0], next(iter(found.followed))
    systems = [System("samples", "ccc").name, System("features", "ccc").name]
    traces = {
        target: [
            ("gold", found.parts.gold([shown], target)[0]),
            *((name, found.predictions(name, target)[0][0]) for name in systems),
        ]
        for target in found.targets
    }
    one: Followed = found.followed[first]
    return {
        "cells": (f"Cells beside energy and pitch of {shown}, which was never heard; seed {first} (Figure 6.2).",
                  cells_figure(one, found.parts.rate_hz)),
        "following": ("Correlation of cells with energy and pitch: test recordings and their means.",
                      following_figure(cells, FIGURE_6_2)),
        "predicted": (f"Predictions of {shown} by the networks of seed {first}.",
                      predicted_figure(traces, found.parts.rate_hz)),
        "learning": ("CCC on development recordings by epoch, mean over seeds.", learning_figure(found.history())),
    }  # fmt: skip


def _differs(result: Result, found: Results) -> list[list[str]]:
    networks: Networks = result.cells[0].measure
    size, parts, settings = networks.size, found.parts, result.settings
    length = np.diff(parts.sequences.table.bounds) / parts.rate_hz
    samples_hz = parts.sequences.table.values.shape[1] * parts.rate_hz / size.every
    epochs = [outputs.best_epoch for outputs in found.outputs.values()]
    return [
        ["corpus", "RECOLA, 27 recordings of 300 s",
         f"{parts.corpus.name}, {len(parts.sequences)} recordings of {length.min():.0f} to {length.max():.0f} s"],
        ["parts", "9 train, 9 development, 9 test", f"{len(parts.train)}, {len(parts.dev)}, {len(parts.test)}"],
        ["samples per second", "16000", f"{samples_hz:g}"],
        ["filters, of 5 ms and 500 ms", "40", f"{size.filters}; each of the second layer hears one of the first"],
        ["channels after pooling", "2", "2"],
        ["LSTM layers, cells a direction", "2, 128", f"2, {size.cells}"],
        ["features made by hand", "eGeMAPS and ComParE functionals over 3 s; BLSTM of 3 x 64, and SVR",
         f"{settings.features}, the same LSTM layers"],
        ["scales", "not said", "all at once, one output each"],
        ["pieces a step", "50 of 6 s", f"{size.batch} of {size.seconds:g} s"],
        ["rate, dropout", "0.002 with Adam; 0.5", "the same"],
        ["end of training", "not said",
         f"{size.patience} epochs without a better CCC on development recordings, at most {size.epochs}"
         + (f", or {size.longer * size.epochs} on features" if size.longer > 1 else "")
         + f"; weights of epoch {min(epochs)} to {max(epochs)} were kept"],
        ["prediction", "not said", f"{size.heard:g} s at once"],
        ["gold moved back by", "0 s", f"{settings.shift:g} s"],
        ["cells of Figure 6.2", "gate activations", "outputs of cells, both layers and directions"],
        ["seeds", "not said", f"{len(settings.seeds)}"],
    ]  # fmt: skip
