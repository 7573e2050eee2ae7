"""What the recipe after reports: Tables 7 and 8 and Figures 2 to 6 of the paper beside what was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from seral_core.recipes.after.paper import NAMES, SHARES, TABLE_7, TABLE_8
from seral_core.recipes.after.pictures import map_figure, stages_figure, time_figure
from seral_core.recipes.after.preparation import TARGET, settings_in
from seral_core.recipes.after.times import STAGES, Times, times_of
from seral_core.recipes.base import Report, Result
from seral_core.recipes.cells import Cell
from seral_core.recipes.claims import HELD, NOT_CLEAR, NOT_HELD, Claim, Gap, above, claims_counted, claims_table
from seral_core.recipes.comparison import Field, comparison_row, fields_of, mean_of
from seral_core.recipes.figures import WIDTH, panels
from seral_core.recipes.report import alarms, basis, interval, joined, paper_and_here, short, table
from seral_core.runs.plan import Plan
from seral_core.scores.statistics import Curve, Difference
from seral_core.training_figure import training_figure
from seral_core.types import Floats

UA, WA = "uar", "wa"
AFTER, PLAIN = "entropy (TAPT+FT)", "random (FT)"
#: With 20 % of the labels the score of all is reached where it is missed by no more than this.
CLOSE, FEW = 0.01, 0.2


def report_of(result: Result, paper: str) -> Report:
    """Return the report on a finished recipe."""
    frame = result.frame[result.frame["scenario"] == "pool"]
    fields = {metric: fields_of(frame, (metric,))[0] for metric in (UA, WA)}
    cell = _cells(result)[0]
    plan, times, found = cell.grid.plan, times_of(result), claims(fields[UA], result)
    opening = joined(
        f"# {result.data.corpus.name}: active fine-tuning of {short(settings_in(plan.learner).backbone)}",
        f"After {paper}.", _outcome(fields[UA], plan.budget), claims_counted(found),
        "## Scores by share of labels (Table 7)", table_7(fields, plan.budget), TABLE_7_NOTE,
        basis(fields.values()), alarms(result.alarms), "## Figures",
    )  # fmt: skip
    rest = joined(
        "## Other backbones (Table 8)", table_8(fields, plan), "## Time by stage (Figure 5)",
        _time_table(times, plan.budget), TIME_NOTE, "## What the paper found, and what held here", claims_table(found),
        "## What differs from the paper", paper_and_here(_differs(result, plan), result.notes),
    )  # fmt: skip
    rows = [comparison_row(each) for each in fields[UA].against("random")]
    stages = {name: times.until(name, plan.budget) for name in fields[UA].curves}
    return Report(
        opening, rest, _figures(result, fields[UA], times, plan),
        {"comparisons": rows, "seconds": stages, "claims": [vars(each) for each in found]},
        {"times": times.rounds, "pre-training": result.frame[result.frame["scenario"] == "preparation"]},
    )  # fmt: skip


def _cells(result: Result) -> list[Cell]:
    return [cell for cell in result.cells if isinstance(cell, Cell)]


def at(curve: Curve, labels: float) -> Floats:
    """Return the score of every run with so many labels, interpolated between rounds.

    Examples
    --------
    >>> at(Curve("a", np.array([0.0, 10.0]), np.array([[0.0, 1.0]]), ((0, 0),)), 5)
    array([0.5])
    """
    return np.array([np.interp(labels, curve.spent, run) for run in curve.values])


def fewer(curve: Curve, total: float, share: float = FEW) -> Difference:
    """Return how much higher the score with a share of the labels is than with all."""
    return mean_of(curve, at(curve, share * total) - at(curve, total))


def _outcome(field: Field, total: float) -> str:
    found, curve = fewer(field.curves[AFTER], total), field.curves[AFTER]
    here = f"{at(curve, FEW * total).mean():.4f} beside {at(curve, total).mean():.4f}"
    word = "reaches" if found.mean >= -CLOSE else "does not reach"
    return (
        f"**AFTER with {FEW:.0%} of the labels {word} the score of all labels within {CLOSE} UAR: {here}, a difference "
        f"of {interval(found)}.** In the paper it was 77.41 beside 79.15."
    )


def table_7(fields: dict[str, Field], total: float) -> str:
    """Return UA and WA in percent by share of labels, of the paper and here."""
    head = ["labels", *(f"{NAMES[name]}: {who}" for name in TABLE_7 for who in ("paper", "here"))]
    rows = []
    for i, share in enumerate(SHARES):
        row = [f"{share:.0%}"]
        for name, theirs in TABLE_7.items():
            row += [f"{theirs[i][0]:.2f} / {theirs[i][1]:.2f}", _here(fields, name, share * total)]
        rows.append(row)
    return table(head, rows)


def _here(fields: dict[str, Field], name: str, labels: float) -> str:
    curves = [field.curves.get(name) for field in fields.values()]
    return " / ".join(_spread(mean_of(curve, at(curve, labels))) if curve is not None else "-" for curve in curves)


def _spread(found: Difference) -> str:
    return f"{100 * found.mean:.2f}" + (f" ± {100 * (found.high - found.mean):.1f}" if found.known else "")


TABLE_7_NOTE = (
    "UA / WA in percent: mean recall and accuracy, with 95 % intervals over test parts, where there are "
    "enough: repetitions take turns at the test speakers. Scores between two rounds are interpolated. With all labels, "
    "random and entropy differ only by the way that led there."
)


def table_8(fields: dict[str, Field], plan: Plan) -> str:
    """Return the paper's two backbones beside the one used here."""
    here = short(settings_in(plan.learner).backbone)
    head = ["labels"]
    for name in TABLE_8:
        head += [f"{NAMES[name]}: HuBERT, paper", f"{NAMES[name]}: wav2vec 2.0, paper", f"{NAMES[name]}: {here}"]
    rows = []
    for i, share in enumerate(SHARES):
        row = [f"{share:.0%}"]
        for name in TABLE_8:
            row += [f"{ua:.2f} / {wa:.2f}" for ua, wa in (TABLE_8[name][i], TABLE_7[name][i])]
            row.append(_here(fields, name, share * plan.budget))
        rows.append(row)
    return table(head, rows)


def claims(field: Field, result: Result) -> list[Claim]:
    """Hold what the paper found against the curves of UA."""
    total, curves = _cells(result)[0].grid.plan.budget, field.curves
    methods = ("FT", "TAPT+FT")
    pairs = [Gap(f"{m}, entropy over random", field.gap(f"entropy ({m})", f"random ({m})")) for m in methods]
    tapt = [Gap(f"{s}, TAPT+FT over FT", field.gap(f"{s} (TAPT+FT)", f"{s} (FT)")) for s in ("random", "entropy")]
    enough = {name: fewer(curves[name], total) for name in (AFTER, "entropy (FT)", "random (TAPT+FT)", PLAIN)}
    found = [
        above("5.3", "fine-tuning with entropy is better than with random clips, whatever the number of labels", pairs),
        above("5.3", "pre-training on the task's own clips helps, with random clips and with entropy", tapt),
        above("5.3", "AFTER is better than fine-tuning alone", [Gap("AFTER over FT", field.gap(AFTER, PLAIN))]),
        _enough(enough[AFTER], enough),
        _last(curves),
    ]  # fmt: skip
    return found + _starts(result)


def _enough(gap: Difference, every: dict[str, Difference]) -> Claim:
    word = HELD if gap.mean >= -CLOSE else NOT_HELD
    numbers = "; ".join(f"{NAMES[name]} {interval(each)}" for name, each in every.items())
    text = f"with {FEW:.0%} of the labels AFTER comes within {CLOSE} UA of all labels (paper: .0174 below)"
    return Claim("4.4", text, f"{word}: {gap.mean:+.4f}", numbers)


def _last(curves: dict[str, Curve]) -> Claim:
    gap = mean_of(curves[PLAIN], at(curves["entropy (FT)"], np.inf) - at(curves[PLAIN], np.inf))
    word = HELD if gap.up else NOT_HELD if gap.down else NOT_CLEAR
    text = "with all labels, fine-tuning that asked by entropy ends higher than with random clips (FT)"
    return Claim("5.3", text, f"{word}: {gap.mean:+.4f}", interval(gap))


def _starts(result: Result) -> list[Claim]:
    """Hold the first labels by k-means against others, where those were run (Figure 3)."""
    frame = result.frame
    others = frame[frame["scenario"] == "first labels"]
    if others.empty:
        return []
    mine = frame[(frame["scenario"] == "pool") & (frame["strategy"] == AFTER)].assign(scenario="first labels")
    (field,) = fields_of(pd.concat([mine, others], ignore_index=True), (UA,))
    gaps = [
        Gap(f"k-means over{name.partition('from')[2]}", field.gap(AFTER, name))
        for name in field.curves
        if name != AFTER
    ]
    return [above("5.1", "first labels by k-means are better than by other means", gaps)]


def _time_table(times: Times, total: float) -> str:
    head = ["method", "labels", *STAGES, "together"]
    rows = []
    for name in TABLE_7:
        for share in (FEW, 1.0):
            seconds = times.until(name, share * total)
            cells = [f"{seconds[stage]:,.1f} s" for stage in STAGES]
            rows.append([NAMES[name], f"{share:.0%}", *cells, f"{sum(seconds.values()):,.1f} s"])
    return table(head, rows)


TIME_NOTE = (
    "Clock time of one process, mean over runs; others ran beside it. Labels cost nothing here: people's time is what "
    "active learning saves. Pre-training is counted once for each run although runs on the same speakers share it. "
    "A pause, where the recipe was stopped, counts for the stage that it cut off."
)


def _figures(result: Result, field: Field, times: Times, plan: Plan) -> dict[str, tuple[str, Any]]:
    frame = result.frame
    watched = frame[(frame["scenario"] == "preparation") & (frame["target"] == TARGET) & (frame["spent"] > 0)]
    total = plan.budget
    bars = {
        f"{NAMES[name]}, {share:.0%}": (name, share * total)
        for name, share in ((PLAIN, 1.0), ("entropy (FT)", FEW), ("random (TAPT+FT)", 1.0), (AFTER, FEW))
    }
    lines = {name: (field.curves[name].spent, field.curves[name].mean) for name in (PLAIN, "entropy (FT)", AFTER)}
    figures = {
        "labels": (
            "UA by labels (Figure 2), with 95 % intervals over test parts",
            panels(frame[frame["scenario"] == "pool"], UA),
        ),
        "pre-training": (
            "What pre-training does: loss, codeword accuracy, perplexity",
            training_figure(watched, WIDTH),
        ),
        "map": (f"Labelled clips at {FEW:.0%}, t-SNE (Figure 4)", _map(result, total)),
        "stages": ("Time by stage (Figure 5 A)", stages_figure(times, bars)),
        "time": (
            "Time against labels (Figure 5 B), and score against time (Figure 6)",
            time_figure(times, lines, total),
        ),
    }
    starts = frame[
        (frame["scenario"] == "first labels") | ((frame["strategy"] == AFTER) & (frame["scenario"] == "pool"))
    ]
    if (starts["scenario"] == "first labels").any():
        drawn = panels(starts.assign(scenario="first labels"), UA)
        figures["first-labels"] = ("Other first labels, with entropy (Figure 3)", drawn)
    return figures


def _map(result: Result, total: float) -> Any:
    """Draw what AFTER and random labelling have labelled in the first run, on the features of the run."""
    from seral_core.features.maps import layout

    chosen, pool = {}, result.data.table.only(result.data.pool)
    row = {segment: i for i, segment in enumerate(pool.ids)}
    for cell in _cells(result):
        for log in cell.logs(result.folder):
            name = log.plan.strategy + cell.suffix
            if (
                (log.plan.seed, log.plan.fold) == (0, 0)
                and name in ("random (TAPT+FT)", AFTER)
                and cell.scenario == "pool"
            ):
                asked = [
                    label["segment"] for line in log.lines() if line["event"] == "Labelled" for label in line["labels"]
                ]
                chosen[NAMES[name]] = [row[segment] for segment in asked[: round(FEW * total)]]
    classes = result.data.corpus.gold(result.data.task[0].name).reindex(list(pool.ids)).astype(str).tolist()
    return map_figure(layout(pool, "tsne").astype(np.float64), chosen, classes)


def _differs(result: Result, plan: Plan) -> list[list[str]]:
    tapt = settings_in(_cells(result)[1].grid.plan.learner)
    corpus, grid = result.data.corpus, _cells(result)[0].grid
    trained = {
        "frozen": "the classifier alone, on layers that are heard once", "lora": f"low-rank changes (rank {tapt.rank})",
        "full": "all but the convolutions",
    }[tapt.train]  # fmt: skip
    clips = f", at most {tapt.tapt_clips:,} clips" if tapt.tapt_clips else ""
    start = "logistic regression on the labels so far" if tapt.start == "linear" else "the last round's"
    return [
        ["corpus", "IEMOCAP with five others, 21,793 clips, 4 classes", f"{corpus.name}, {len(corpus):,} clips"],
        ["test part", "a session of IEMOCAP, five times", f"{plan.split}: repetitions take turns at {len(grid.folds)}"],
        ["backbone", "wav2vec 2.0 base; HuBERT base", short(tapt.backbone)],
        ["pre-training", "Eqs. 1 to 3; epochs not stated", f"at most {tapt.tapt} epochs, early stopping{clips}"],
        ["what is fine-tuned", "the whole model", trained],
        ["pooled", "mean of the last layer", f"{tapt.pool} of layer {tapt.layer}, z-scores by speaker where known"],
        ["the classifier begins with", "not stated; the last round's", start],
        ["epochs", "20, early stopping on validation loss", f"{tapt.epochs}, the same"],
        ["validation", "10 % of the dataset, labelled", f"{tapt.validation:.0%} of the labels so far"],
        ["loss", "cross-entropy", "cross-entropy, classes weighed alike" if tapt.balanced else "cross-entropy"],
        ["first labels / a round", "1 % / round(N_s / tau), tau not stated",
         f"{plan.initial} / {plan.batch}, by {plan.start}"],
        ["repetitions", "10", f"{len(grid.seeds)}, paired"],
        ["learning rate", "1e-4, Adam", f"{tapt.rate:g}, Adam"],
    ]  # fmt: skip
