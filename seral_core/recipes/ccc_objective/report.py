"""What the recipe ccc-objective reports: Tables 5.2 and 5.3 of D4.2 as measured here, chains, and findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from seral_core.recipes.base import Report, Result
from seral_core.recipes.by_speaker import recordings_of
from seral_core.recipes.ccc_objective.claims import SHOWN, claims_of
from seral_core.recipes.ccc_objective.kept import Kept
from seral_core.recipes.ccc_objective.paper import TOLD
from seral_core.recipes.ccc_objective.pictures import predictions_figure, rates_figure, trade_off_figure
from seral_core.recipes.ccc_objective.training import OBJECTIVES, Objective, Shape
from seral_core.recipes.claims import claims_counted, claims_table
from seral_core.recipes.report import alarms, joined, paper_and_here, table
from seral_core.scores.groups import FEWEST

SCORES_NOTE = (
    "Scores on test recordings, before / after the chain; means over seeds, each network scored by itself. RMSE, CC "
    "and CCC are of all frames together; E{CCC} and E{tau} (Kendall) are means over recordings. The learning rate of "
    "each objective and scale is the one with the best CCC on development recordings, before the chain."
)


def report_of(result: Result, paper: str) -> Report:
    """Return the report on a finished recipe."""
    kept = Kept.load(result.cells[0], result.folder)
    held = claims_of(kept)
    opening = joined(
        f"# {kept.parts.corpus.name}: concordance as the objective",
        f"After {paper}.", alarms(result.alarms), _outcome(kept), claims_counted(held),
        "## Objectives (Tables 5.2 and 5.3)", scores_table(kept), SCORES_NOTE, _basis(kept), "## Figures",
    )  # fmt: skip
    rest = joined(
        "## Beside the paper", told_table(kept),
        "All that the paper tells of its tables in words. Its corpora and features are others.",
        "## CCC on development recordings by learning rate", rates_table(kept), _at_the_end(kept),
        "## What the chain does", chain_table(kept),
        "Each step is kept where it raises the CCC of development frames; in brackets, in how many networks it was, "
        "and the mean of its setting there.",
        "## What the paper found, and what held here", claims_table(held),
        "## What differs from the paper", paper_and_here(_differs(result, kept), result.notes),
    )  # fmt: skip
    summary = {"claims": [vars(each) for each in held], "scores": kept.scores.round(6).to_dict("records")}
    tables = {"scores": kept.scores, "by_rate": kept.by_rate, "chains": kept.chains}
    return Report(opening, rest, _figures(kept), summary, tables)


def _outcome(kept: Kept) -> str:
    each = []
    for target in kept.targets:
        found = {name: kept.mean(name, target, "ccc") for name in OBJECTIVES}
        after = {name: kept.mean(name, target, "ccc", after=True) for name in OBJECTIVES}
        each.append(f"{target}: " + ", ".join(f"{name} {found[name]:.3f} ({after[name]:.3f})" for name in OBJECTIVES))
    return f"**CCC on {len(kept.parts.test)} test recordings (after the chain). {'; '.join(each)}.**"


def _basis(kept: Kept) -> str:
    speakers = kept.parts.corpus.speakers_of(kept.parts.test)
    count = len(recordings_of(speakers))
    people = f"{count} test speakers" + (" (a recording stands for an unknown one)" if None in speakers else "")
    if count < FEWEST:
        return f"No intervals: the test part has {people}; {FEWEST} or more tell how much speakers differ."
    return (
        f"95 % intervals below count {people}: Student's t over means of their recordings or, for scores of all frames "
        "together, over what each speaker contributes (jackknife)."
    )


def scores_table(kept: Kept) -> str:
    """Return all scores of every objective on test recordings, before and after the chain."""
    head = ["scale", "objective", "learning rate", "CCC, development", *SHOWN.values(), "CCC of networks"]
    rows = []
    for target in kept.targets:
        for name in OBJECTIVES:
            each = kept.values(name, target, "ccc")
            rows.append([
                target, name, f"{kept.rates[name, target]:g}", _two(kept, name, target, "ccc", "dev"),
                *(_two(kept, name, target, metric) for metric in SHOWN), f"{each.min():.3f} to {each.max():.3f}",
            ])  # fmt: skip
    return table(head, rows)


def _two(kept: Kept, objective: Objective, target: str, metric: str, part: str = "test") -> str:
    return " / ".join(f"{kept.mean(objective, target, metric, part, after=after):.3f}" for after in (False, True))


def told_table(kept: Kept) -> str:
    """Return what the paper tells of its tables in words, and the same scores here."""
    rows = []
    for each in TOLD:
        here = [
            f"{kept.mean(name, each.target, each.metric, after=each.after_chain):.3f}"
            if each.target in kept.targets else "-"
            for name in ("SSE", each.objective)
        ]  # fmt: skip
        rows.append([
            each.corpus, f"{each.target}, {SHOWN[each.metric]}{', after the chain' if each.after_chain else ''}",
            f"{each.objective} over SSE", f"{each.sse:.3f} to {each.score:.3f}", " to ".join(here),
        ])  # fmt: skip
    return table(["of the paper", "score", "", "paper", "here"], rows)


def rates_table(kept: Kept) -> str:
    """Return the mean over seeds for every objective and learning rate; the chosen one in bold."""
    means = kept.by_rate.groupby(["target", "objective", "rate"])["ccc"].mean()
    rates = sorted(kept.by_rate["rate"].unique(), reverse=True)
    rows = []
    for target in kept.targets:
        for name in OBJECTIVES:
            cells = (f"{means[target, name, rate]:.3f}" for rate in rates)
            best = kept.rates[name, target]
            rows.append([target, name, *(f"**{c}**" if r == best else c for c, r in zip(cells, rates, strict=True))])
    return table(["scale", "objective", *(f"{rate:g}" for rate in rates)], rows)


def _at_the_end(kept: Kept) -> str:
    """Say for which a rate beyond those that were tried may be better."""
    ends = {kept.by_rate["rate"].min(), kept.by_rate["rate"].max()}
    found = [f"{name} on {target}" for (name, target), rate in kept.rates.items() if rate in ends]
    return f"The best rate of {', '.join(found)} is the smallest or largest of the list." if found else ""


def chain_table(kept: Kept) -> str:
    """Return for every scale and objective which steps were kept, and their mean setting."""
    steps, rows = list(dict.fromkeys(kept.chains["step"])), []
    for (target, name), mine in kept.chains.groupby(["target", "objective"], sort=False):
        cells = [_step(mine[mine["step"] == step], step) for step in steps]
        rows.append([str(target), str(name), *cells])
    return table(["scale", "objective", *steps], rows)


def _step(tried: pd.DataFrame, step: str) -> str:
    kept = tried[tried["kept"]]
    setting = f"{kept['setting'].mean():.2f}{' s' if step in ('median', 'shift') else ''} " if len(kept) else "- "
    return f"{setting}({len(kept)} of {len(tried)})"


def _figures(kept: Kept) -> dict[str, tuple[str, Any]]:
    shown = kept.parts.test[0]
    traces = {
        target: {
            "gold": kept.parts.gold([shown], target)[0],
            **{name: kept.runs(name, target)[0][0] for name in OBJECTIVES},
        }
        for target in kept.targets
    }
    return {
        "rates": ("CCC on development recordings by learning rate: mean and range over seeds.",
                  rates_figure(kept.by_rate)),
        "trade_off": ("Error against concordance on test recordings, a marker a network.",
                      trade_off_figure(kept.scores)),
        "predictions": (f"Predictions of {shown} by the first network of each objective, before the chain.",
                        predictions_figure(traces, kept.parts.rate_hz)),
    }  # fmt: skip


def _differs(result: Result, kept: Kept) -> list[list[str]]:
    parts, settings, shape = kept.parts, result.settings, result.cells[0].measure.shape
    assert isinstance(shape, Shape)
    length = np.diff(parts.sequences.table.bounds) / parts.rate_hz
    rates = sorted(kept.by_rate["rate"].unique(), reverse=True)
    return [
        ["corpus", "RECOLA, 27 recordings of 300 s",
         f"{parts.corpus.name}, {len(parts.sequences)} recordings of {length.min():.0f} to {length.max():.0f} s"],
        ["parts", "9 train, 9 development, 9 test", f"{len(parts.train)}, {len(parts.dev)}, {len(parts.test)}"],
        ["features", "102 of eGeMAPS over 3 s (egemaps-windows are near to them, and need openSMILE)",
         f"{settings.features}" + (f", {parts.thin} frames made into one" if parts.thin > 1 else "")],
        ["frames per second", "25", f"{parts.rate_hz:g}"],
        ["layers, cells", "3; 128", f"{shape.layers}; {shape.cells}"],
        ["outputs", "a unit of one network for each scale; whether the reported ones are, is not said",
         "one network for all scales; the rate is chosen for each scale"],
        ["learning rates", "0.01, 0.001 ... 1e-07", ", ".join(f"{rate:g}" for rate in rates)],
        ["momentum, recordings a step", "0.9; 5", f"0.9; {shape.batch}"],
        ["input noise", "0.1", f"{shape.noise:g}"],
        ["early stopping", "used; how is not said",
         f"by the network's own objective on development recordings, {shape.patience} epochs without improvement, "
         f"{shape.epochs} at most"],
        ["total CCC", "of the frames of a step", "the same"],
        ["units of gold", "[-1, 1]", "brought to [-1, 1] in training; scores are in the targets' own units"],
        ["seeds", "not said", f"{len(settings.seeds)}"],
        ["gold moved back by", "0 s", f"{settings.shift:g} s"],
    ]  # fmt: skip
