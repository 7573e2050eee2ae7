"""What the recipe discretised reports: Tables 1 and 2 and Figures 1 and 3 of the paper beside what was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from seral_core.recipes.base import Report, Result
from seral_core.recipes.by_speaker import Score, each_ccc, gap
from seral_core.recipes.cells import Trials
from seral_core.recipes.claims import Claim, Gap, above, claims_counted, claims_table, counted, level
from seral_core.recipes.discretised.decoding import SYSTEMS, TOGETHER, Decoded
from seral_core.recipes.discretised.paper import TABLE_1, TABLE_2
from seral_core.recipes.discretised.pictures import decoded_figure, learning_figure, levels_figure, sweep_figure
from seral_core.recipes.discretised.training import Networks, Resolutions
from seral_core.recipes.in_time import Parts
from seral_core.recipes.outputs_in_time import Outputs
from seral_core.recipes.report import joined, paper_and_here, table
from seral_core.scores.groups import basis_text
from seral_core.sequences.levels import reconstruction
from seral_core.types import Floats

#: With the fewest levels the paper loses no more CCC than this.
LOST = 0.07
TABLE_2_NOTE = (
    "CCC of all frames of a part together. In front: the networks of all seeds averaged, as in the paper, with the "
    "setting that was best on development recordings. In brackets: the mean of single networks and their range over "
    "seeds. Differences below are means of the CCC of single recordings over seeds, with intervals over test speakers."
)


def report_of(result: Result, paper: str) -> Report:
    """Return the report on a finished recipe."""
    networks, decoding = result.cells
    parts: Parts = networks.measure.data.open()
    found = Decoded.load(decoding, result.folder, parts)
    rows, rebuilt = pd.concat([each.rows for each in found]), rebuilt_of(parts)
    sweeps, history = [each.sweep for each in found], history_of(networks, found, result)
    held = claims_of(found, parts, rebuilt)
    opening = joined(
        f"# {parts.corpus.name}: emotion in time as levels",
        f"After {paper}.", _outcome(found, parts), claims_counted(held),
        "## CCC of each system (Table 2)", table_2(rows), TABLE_2_NOTE,
        basis_text(len(set(_speakers(parts)))), "## Figures",
    )  # fmt: skip
    rest = joined(
        "## What levels lose (Table 1)", table_1(rebuilt), "## What was chosen on development recordings",
        _chosen(found), "## What the paper found, and what held here", claims_table(held),
        "## What differs from the paper", paper_and_here(_differs(result, parts), result.notes),
    )  # fmt: skip
    summary = {"claims": [vars(each) for each in held], "scores": _plain(rows), "reconstruction": _plain(rebuilt)}
    tables = {"scores": rows, "sweep": pd.concat(sweeps), "reconstruction": rebuilt, "history": history}
    return Report(opening, rest, _figures(found, parts, sweeps, history), summary, tables)


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): (v if v == v else None) for k, v in row.items()} for row in frame.round(6).to_dict("records")]


def rebuilt_of(parts: Parts) -> pd.DataFrame:
    """Return Table 1 as measured here: CCC and RMSE of gold rebuilt from levels, on training and development part."""
    tables = []
    for target in parts.task:
        gold = np.concatenate(parts.gold((*parts.train, *parts.dev), target.name))
        tables.append(reconstruction(gold).assign(target=target.name))
    return pd.concat(tables, ignore_index=True)


def table_1(rebuilt: pd.DataFrame) -> str:
    """Return CCC and RMSE by number of levels, of the paper and here."""
    targets = rebuilt["target"].unique().tolist()
    head = ["levels", *(f"{target}, {who}" for target in targets for who in ("paper", "here"))]
    rows = []
    for k in rebuilt["k"].unique().tolist():
        row = [str(k)]
        for target in targets:
            here = rebuilt[(rebuilt["target"] == target) & (rebuilt["k"] == k)].iloc[0]
            theirs = TABLE_1.get(target, {}).get(k)
            row += [f"{theirs[0]:.3f} / {theirs[1]:.3f}" if theirs else "-", f"{here['ccc']:.3f} / {here['rmse']:.3f}"]
        rows.append(row)
    return table(head, rows) + "\n\nCCC / RMSE."


def table_2(rows: pd.DataFrame) -> str:
    """Return CCC on development and test recordings by system, of the paper and here."""
    targets = rows["target"].unique().tolist()
    columns = [f"{target} {part}" for target in targets for part in ("dev", "test")]
    head = ["", *(f"{column}, {who}" for column in columns for who in ("paper", "here"))]
    lines = []
    for system in SYSTEMS:
        line = [system]
        for target in targets:
            for i, part in enumerate(("dev", "test")):
                theirs = TABLE_2.get(target, {}).get(system)
                line += [f"{theirs[i]:.3f}" if theirs else "-", _here(rows, system, target, part)]
        lines.append(line)
    return table(head, lines)


def _here(rows: pd.DataFrame, system: str, target: str, part: str) -> str:
    mine = rows[(rows["system"] == system) & (rows["target"] == target) & (rows["part"] == part)]
    whole, each = (mine.loc[wanted, "ccc"] for wanted in (mine["seed"] == TOGETHER, mine["seed"] != TOGETHER))
    return f"**{whole.iloc[0]:.3f}** ({each.mean():.3f}, {each.min():.3f} to {each.max():.3f})"


def _speakers(parts: Parts) -> list[str]:
    known = parts.corpus.speakers_of(parts.test)
    return [name or segment for name, segment in zip(known, parts.test, strict=True)]


def _gap(found: Decoded, parts: Parts, one: str, other: str, score: Score = each_ccc) -> Gap:
    """Return how much higher one system's test recordings score than another's."""
    runs = [[found.traces[n, s, "test"] for s in _seeds(found)] for n in (one, other)]
    name = f"{found.target}, {one} over {other}"
    return Gap(name, gap(runs[0], runs[1], parts.gold(parts.test, found.target), _speakers(parts), score))


def _seeds(found: Decoded) -> list[int]:
    return sorted({seed for _, seed, _ in found.traces} - {TOGETHER})


def _steady(truth: Floats, guess: Floats) -> float:
    """Return how little a trace moves from frame to frame, the higher the steadier."""
    return -float(np.abs(np.diff(guess)).mean())


def claims_of(found: list[Decoded], parts: Parts, rebuilt: pd.DataFrame) -> list[Claim]:
    """Hold what the paper found against test recordings."""

    def gaps(one: str, other: str, only: str = "") -> list[Gap]:
        return [_gap(each, parts, one, other) for each in found if not only or each.target == only]

    fewest = rebuilt[rebuilt["k"] == rebuilt["k"].min()]
    steadier = [
        Gap(f"{each.target}, smaller steps", _gap(each, parts, "CLS-Decoded", "CLS-Raw", _steady).found)
        for each in found
    ]
    kept = [f"{row['target']} {row['ccc']:.3f}" for _, row in fewest.iterrows()]
    claims = [
        counted("4.1", f"as few as {fewest['k'].iloc[0]} levels keep high CCC (1 less no more than {LOST})",
                int((fewest["ccc"] >= 1 - LOST).sum()), len(fewest), "scales", kept),
        above("5", "CLS-Raw is better than REG-MSE", gaps("CLS-Raw", "REG-MSE")),
        above("5", "REG-CCC is better than REG-MSE", gaps("REG-CCC", "REG-MSE")),
        above("5", "decoding smooths the traces", steadier),
    ]  # fmt: skip
    names = {each.target for each in found}
    if "arousal" in names:
        claims += [
            level("5", "decoding has no big impact on arousal", gaps("CLS-Decoded", "CLS-Raw", "arousal")),
            above("5", "on arousal, CLS-Raw is better than REG-CCC", gaps("CLS-Raw", "REG-CCC", "arousal")),
        ]
    if "valence" in names:
        claims += [
            above("5", "decoding improves valence", gaps("CLS-Decoded", "CLS-Raw", "valence")),
            above("5", "on valence, REG-CCC is better than CLS-Decoded", gaps("REG-CCC", "CLS-Decoded", "valence")),
        ]
    return claims


def _outcome(found: list[Decoded], parts: Parts) -> str:
    each = []
    for one in found:
        row = one.rows[(one.rows["seed"] == TOGETHER) & (one.rows["part"] == "test")].set_index("system")["ccc"]
        best = str(row.idxmax())
        each.append(
            f"{one.target}: {best} is best with {row[best]:.3f}, CLS-Decoded has {row['CLS-Decoded']:.3f}, REG-MSE "
            f"{row['REG-MSE']:.3f}"
        )
    return f"**CCC on {len(parts.test)} test recordings. {'; '.join(each)}.**"


def _chosen(found: list[Decoded]) -> str:
    rows = []
    for each in found:
        best = each.sweep[each.sweep["chosen"]].iloc[0]
        for _, row in each.chosen.iterrows():
            decoding = f"{best['language']}, weight {best['weight']:g}" if row["kind"] == "levels" else ""
            rows.append([each.target, row["kind"], f"{row['layers']}", f"{row['l2']:g}", decoding])
    return table(["scale", "network", "layers", "L2", "language model"], rows)


def history_of(networks: Trials, found: list[Decoded], result: Result) -> pd.DataFrame:
    """Return what training measured of the chosen networks, a row an epoch: columns ``target kind seed epoch ...``."""
    systems = {each.name: each for each in networks.measure.systems}  # type: ignore[attr-defined]
    wanted = {(r["target"], r["kind"], r["layers"], r["l2"]) for each in found for r in each.chosen.to_dict("records")}
    rows = []
    for trial in networks.trials(result.folder):
        each = systems[trial.variant]
        if (each.target, each.kind, each.layers, each.l2) in wanted:
            about = {"target": each.target, "kind": each.kind, "seed": trial.seed}
            rows += [{**about, **epoch} for epoch in Outputs.load(trial.folder).history]
    return pd.DataFrame(rows)


def _figures(found: list[Decoded], parts: Parts, sweeps: list[pd.DataFrame], history: pd.DataFrame) -> dict[str, Any]:
    last, shown = found[-1].target, parts.test[0]
    gold = parts.gold(parts.train[:1], last)[0]
    traces = {
        each.target: (
            parts.gold([shown], each.target)[0],
            each.traces["CLS-Raw", TOGETHER, "test"][0],
            each.traces["CLS-Decoded", TOGETHER, "test"][0],
        )
        for each in found
    }
    return {
        "decoded": (f"Predictions of {shown} without and with decoding (Figure 3).",
                    decoded_figure(traces, parts.rate_hz)),
        "levels": (f"{last} of {parts.train[0]} in levels (Figure 1).",
                   levels_figure(gold, parts.rate_hz, Resolutions.of(parts, last).levels, last)),
        "sweep": ("CCC on development recordings by language model and its weight.", sweep_figure(sweeps)),
        "learning": ("CCC on development recordings by epoch, mean over seeds.", learning_figure(history)),
    }  # fmt: skip


def _differs(result: Result, parts: Parts) -> list[list[str]]:
    networks: Networks = result.cells[0].measure
    systems, settings = networks.systems, result.settings
    layers = sorted({each.layers for each in systems})
    length = np.diff(parts.sequences.table.bounds) / parts.rate_hz
    return [
        ["corpus", "RECOLA, 27 recordings of 300 s",
         f"{parts.corpus.name}, {len(parts.sequences)} recordings of {length.min():.0f} to {length.max():.0f} s"],
        ["parts", "9 train, 9 development, 9 test", f"{len(parts.train)}, {len(parts.dev)}, {len(parts.test)}"],
        ["features", "40 log-mel energies, four frames of 10 ms stacked, z per recording",
         f"{settings.features}" + (f", {networks.data.thin} frames made into one" if networks.data.thin > 1 else "")],
        ["frames per second", "25", f"{parts.rate_hz:g}"],
        ["layers, cells a direction", "3, 4 or 5; 80", f"{', '.join(map(str, layers))}; {systems[0].cells}"],
        ["L2", "0 or 0.00002", ", ".join(f"{w:g}" for w in sorted({each.l2 for each in systems}))],
        ["epochs", "20, then up to 40", f"{systems[0].first}, then up to {systems[0].epochs}"],
        ["recordings a step", "1", f"{systems[0].batch}"],
        ["seeds", "3", f"{len(settings.seeds)}"],
        ["gold moved back by", "0 s (AVEC 2016)", f"{settings.shift:g} s"],
        ["beam", "not said", f"{settings.beam} states"],
    ]  # fmt: skip
