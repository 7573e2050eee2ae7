"""What the recipe continuous-al reports: scores at equal listening time, claims, and what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from seral_core.recipes.base import Report, Result
from seral_core.recipes.cells import Cell
from seral_core.recipes.claims import VERDICTS, Claim, above, claims_table, over
from seral_core.recipes.comparison import Field, Versus, comparison_row, fields_of, mean_of, savings_row
from seral_core.recipes.continuous_al.pictures import asked_figure, gains, gains_figure
from seral_core.recipes.continuous_al.what_was_asked import EARLY, WHAT, what_was_asked
from seral_core.recipes.figures import curves_figure
from seral_core.recipes.report import alarms, basis, interval, joined, notes_list, saved_text, table, versus_table
from seral_core.runs.asked import asked_in
from seral_core.runs.speech import speech_of
from seral_core.scores.statistics import Difference

METRIC, OTHER = "ccc", "rmse"
#: Where on the shared part of the curves scores are listed.
SHARES = (0.25, 0.5, 1.0)
HOW = (
    "Curves count seconds listened to. Stretches and whole recordings are compared where both curves exist: the first "
    "whole recording of each run takes longer or shorter, so that the shared part begins with the longest. Scores are "
    "those of all frames of the test recordings together, which stay whole. Paired runs share test part and seed."
)
SAVED = (
    "Seconds are those at which the mean curve reaches the last score of whole recordings. Time saved is that to reach "
    "their best score, in percent of all time, with a bootstrap interval over test parts."
)
ASKED = (
    f"Of the first {EARLY:.0%} of the time of each run: how many segments and recordings; how far the mean of a trace "
    "is from that of all, and how much a trace moves within the segment, both in standard deviations of all that was "
    "asked for. Numbers in the figures say when in its run a strategy asked for a stretch; the darker, the sooner."
)


def report_of(result: Result, whole: str) -> Report:
    """Return the report on a finished recipe.

    Parameters
    ----------
    result : Result
        Two cells for each scale: whole recordings, then stretches.
    whole : str
        What is added to the name of the strategy that chose whole recordings.
    """
    random, names = _names(result, whole)
    fields = fields_of(result.frame, (METRIC,))
    held = claims_of(fields, list(names), random)
    asked = _asked(result)
    opening = joined(
        f"# {result.data.corpus.name}: which stretches should people trace?",
        _outcome(fields, names, random), _claims_counted(held), "## CCC at equal listening time",
        [joined(f"### {field.target}", at_equal_time(field, names, random)) for field in fields], HOW,
        basis(fields), alarms(result.alarms), "## Figures",
    )  # fmt: skip
    rest = joined(
        "## The whole curve, beside whole recordings",
        [versus_table(field, list(field.curves), random) for field in fields],
        "## Time saved", time_saved(fields, names, random), SAVED, "## What was claimed, and what held here",
        claims_table(held, "claim"), "## What was asked for", _asked_table(asked, names), ASKED, "## Settings",
        table(["", "here"], _settings(result, names)), notes_list(result.notes),
    )  # fmt: skip
    everything = [each for field in fields_of(result.frame, (METRIC, OTHER)) for each in field.against(random)]
    summary = {
        "claims": [vars(each) for each in held],
        "comparison": [comparison_row(each) for each in everything],
        "savings": [savings_row(each) for each in everything],
    }
    return Report(
        opening, rest, _figures(result, fields, asked, names, random), summary, {"asked": asked.drop(columns="trace")}
    )


def _names(result: Result, whole: str) -> tuple[str, dict[str, str]]:
    """Return the name of whole recordings in curves, and strategy to what it stands for."""
    strategies = result.cells[1].grid.strategies
    stand_for = ("random stretches", "uncertainty", "diversity", "both")
    return strategies[0] + whole, dict(zip(strategies, stand_for, strict=True))


def claims_of(fields: Sequence[Field], strategies: Sequence[str], whole: str) -> list[Claim]:
    """Hold what one would hope against what was measured, over the whole curve.

    Parameters
    ----------
    fields : sequence of Field
        One for each scale, of one metric.
    strategies : sequence of str
        Random stretches, uncertainty, diversity, both.
    whole : str
        Whole recordings.
    """
    chance, uncertainty, diversity, both = strategies
    return [
        above("", "random stretches beat whole recordings at equal time", over(fields, [chance], [whole])),
        above("", "chosen stretches beat whole recordings at equal time",
              over(fields, [uncertainty, diversity, both], [whole])),
        above("", "uncertainty beats random stretches", over(fields, [uncertainty], [chance])),
        above("", "diversity beats random stretches", over(fields, [diversity], [chance])),
        above("", "both together beat random stretches", over(fields, [both], [chance])),
        above("", "both together beat either alone", over(fields, [both], [uncertainty, diversity])),
    ]  # fmt: skip


def _claims_counted(claims: Sequence[Claim]) -> str:
    words = [claim.verdict.split(":")[0] for claim in claims]
    counts = ", ".join(f"{words.count(word)} {word}" for word in VERDICTS)
    return f"No paper has this. Of {len(claims)} claims of our own, {counts} (each below, with its numbers)."


def _outcome(fields: Sequence[Field], names: dict[str, str], whole: str) -> str:
    each = []
    for field in fields:
        best = field.best(list(names))
        gap = field.gap(best, whole)
        chance = next(iter(names))
        others = "" if best == chance else f"random stretches have {field.area(chance):.3f}, "
        each.append(
            f"{field.target}: {names[best]} ({best}) is highest with {field.area(best):.3f}, {others}whole recordings "
            f"have {field.area(whole):.3f} (difference of the highest to whole recordings {interval(gap)})"
        )
    return f"**Mean CCC over the curve, at equal listening time. {'; '.join(each)}.**"


def gap_at(field: Field, strategy: str, other: str, share: float) -> tuple[float, Difference]:
    """Return at how many seconds some share of two curves lies, and how much higher one is there than the other."""
    found = gains(field, strategy, other)
    at = found.spent[0] + share * (found.spent[-1] - found.spent[0])
    values = np.array([np.interp(at, found.spent, run) for run in found.values])
    return float(at), mean_of(found, values)


def at_equal_time(field: Field, names: dict[str, str], whole: str) -> str:
    """Return CCC after some parts of the time, and how much higher it is than that of whole recordings."""
    seconds = [gap_at(field, next(iter(names)), whole, share)[0] for share in SHARES]
    rows = []
    for name in [whole, *names]:
        curve, row = field.curves[name], [names.get(name, "whole recordings"), name]
        for at, share in zip(seconds, SHARES, strict=True):
            score = f"{np.interp(at, curve.spent, curve.mean):.3f}"
            row.append(score if name == whole else f"{score} ({interval(gap_at(field, name, whole, share)[1])})")
        rows.append(row)
    return table(["", "strategy", *(f"after {at:,.0f} s" for at in seconds)], rows)


def time_saved(fields: Sequence[Field], names: dict[str, str], whole: str) -> str:
    """Return how many seconds each strategy needs to reach the last score of whole recordings."""
    rows = []
    for field in fields:
        budget = float(field.curves[whole].spent[-1])
        for name in names:
            each = Versus(field, name, whole)
            needed = each.labels_to_last
            reached = np.isfinite(needed)
            rows.append(
                [field.target, names[name], f"{needed:,.0f} of {budget:,.0f} s" if reached else "never",
                 f"{100 * (1 - needed / budget):.0f} %" if reached else "-", saved_text(each.saving)]
            )  # fmt: skip
    return table(
        ["scale", "", "last score reached after", "saved", "saved to the best score, with 95 % interval"], rows
    )


def _asked(result: Result) -> pd.DataFrame:
    found = [asked_in(cell.logs(result.folder)) for cell in result.cells]
    return pd.concat(
        [each.assign(strategy=each["strategy"] + cell.suffix) for each, cell in zip(found, result.cells, strict=True)],
        ignore_index=True,
    )


def _asked_table(asked: pd.DataFrame, names: dict[str, str]) -> str:
    found = what_was_asked(asked)
    rows = [
        [row["target"], names.get(row["strategy"], "whole recordings"), f"{row['segments']:.1f}",
         f"{row['recordings']:.1f}", f"{row['extreme']:.2f}", f"{row['moving']:.2f}"]
        for row in found.to_dict("records")
    ]  # fmt: skip
    return table(["scale", "", *WHAT[:2], "from the mean", "movement"], rows)


def _figures(
    result: Result, fields: Sequence[Field], asked: pd.DataFrame, names: dict[str, str], whole: str
) -> dict[str, tuple[str, Any]]:
    named = [_named(each, names, whole) for each in fields]
    found = {
        "curves": ("Mean CCC against the time listened to", curves_figure(named)),
        "gains": (
            "CCC above that of whole recordings at equal time, with 95 % intervals over test parts",
            gains_figure(fields, names, whole),
        ),
    }
    for cell in result.cells:
        if cell.grid.plan.stretch:
            target = cell.grid.plan.targets[0]
            caption = (
                f"{target}: one recording, and the stretches of it that were asked for in one run of each strategy"
            )
            found[f"asked-{target}"] = (caption, _asked_figure(cell, asked, names))
    return found


def _named(field: Field, names: dict[str, str], whole: str) -> Field:
    """Return the field with curves named after what their strategies stand for."""
    said = {whole: "whole recordings", **{name: f"{what}: {name}" for name, what in list(names.items())[1:]}}
    curves = {said.get(name, name): replace(curve, name=said.get(name, name)) for name, curve in field.curves.items()}
    return replace(field, curves=curves)


def _asked_figure(cell: Cell, asked: pd.DataFrame, names: dict[str, str]) -> Any:
    """Draw the recording of which most was asked in the first runs of all strategies."""
    plan, target = cell.grid.plan, cell.grid.plan.targets[0]
    first = (asked["seed"] == cell.grid.seeds[0]) & (asked["fold"] == cell.grid.folds[0])
    mine = asked[first & (asked["target"] == target) & asked["strategy"].isin(list(names))]
    file = str(mine.groupby("file", sort=False)["cost"].sum().idxmax())
    mine = mine.assign(share=mine["spent"] / mine.groupby("strategy")["spent"].transform("max"))
    corpus = speech_of(plan).corpus
    gold = corpus.gold(target)
    segment = next(each for each in corpus.ids if each == file or each.startswith(f"{file}#"))
    trace = np.array(gold[segment], dtype=np.float64)
    rate_hz = corpus.target(target).rate_hz
    shown = mine[mine["file"] == file].assign(end=lambda part: part["end"].fillna(len(trace) / rate_hz))
    return asked_figure(trace, rate_hz, shown, names, target)


def _settings(result: Result, names: dict[str, str]) -> list[list[str]]:
    parts, settings = result.cells[1].grid, result.settings
    plan = parts.plan
    listed = ", ".join(f"{what} {name}" for name, what in names.items())
    return [
        ["corpus", result.data.corpus.name],
        ["features", plan.features],
        ["learner", plan.learner],
        ["strategies", f"{listed}; whole recordings in random order"],
        ["stretches", f"about {plan.stretch:g} s"],
        ["a round", f"{plan.batch} stretches, or one recording; as many stretches at the start"],
        ["time", f"{plan.budget:,.0f} s a run"],
        ["test parts", f"{len(parts.folds)} of {plan.split}"],
        ["seeds", f"{len(parts.seeds)}, each with every test part"],
        ["gold moved back by", f"{settings.shift:g} s"],
    ]
