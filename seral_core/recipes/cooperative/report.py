"""What the recipe cooperative reports: labels of people for levels of UAR, the machine's errors, and its damage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from seral_core.recipes.base import Report, Result
from seral_core.recipes.cells import Trials
from seral_core.recipes.claims import Claim, above, claims_counted, claims_table, over
from seral_core.recipes.comparison import Field, comparison_row, field_of, savings_row
from seral_core.recipes.cooperative.damage import BARE, LABELS, NOBODY, WRONG
from seral_core.recipes.cooperative.machine_labels import machine_labels
from seral_core.recipes.cooperative.pictures import curves_figure, damage_figure
from seral_core.recipes.cooperative.ways import ACTIVE, CO, KEEP, MIXED, PASSIVE, SELF, VIEWS, WAYS, WayCell
from seral_core.recipes.report import alarms, basis, interval, joined, notes_list, p_text, saved_text, table
from seral_core.runs.rounds import rng_for
from seral_core.scores.savings import Saving, saving
from seral_core.scores.statistics import Curve, aligned, difference_of, holm

#: How far up what passive learning gains levels are set: 1 is its best.
LEVELS = (0.5, 0.8, 1.0)
NEEDED = (
    "Labels of people with which the mean curve reaches a level, and what is saved against passive learning in percent "
    "of the budget, with a bootstrap interval over test parts. Levels are parts of what passive learning gains from "
    "its first labels to its best; the machine's labels cost nothing and are not counted."
)
ALONE = (
    "Each way beside the one with the same people, the same model and no machine: mean height of the curve, over "
    "paired runs. Intervals and tests are Student's t over the means of test parts; p is corrected after Holm. "
    "Cooperative: both in each round; active first: the machine from half of the budget on."
)
WRONG_TEXT = (
    "Labels that the machine gave in all runs of a way: how many in a run, which share was wrong when it was given, "
    "and in the first and last third of the rounds; which share of the wrong ones, and of the right ones, it took back."
)
DAMAGE = (
    "The machine labels alone, round after round, behind first labels of which some are wrong, and it is less careful "
    "than above. UAR after the last round beside the same start without the machine, and beside the machine without "
    "bounds, over paired trials; the machine's labels that stand in the end. Withdrawal takes back what the model is "
    "no longer sure of; a model that has learned its own labels confirms them, so that little is taken back. Honest "
    "withdrawal asks a model of people's labels alone, for new labels too."
)


def report_of(result: Result, paper: str) -> Report:
    """Return the report on a finished recipe.

    Parameters
    ----------
    result : Result
        A cell for each way, and the trials of damage.
    paper : str
        Citation.
    """
    target = result.cells[0].grid.plan.targets[0]
    frame = result.frame
    field = field_of(frame[frame["scenario"] == "pool"], target, "uar", "pool")
    hurt = frame[(frame["scenario"] == "damage") & (frame["target"] == target)]
    labels, claims = _labels(result, target), _claims(field)
    needed = {way.name: [_needed(field, way.name, share) for share in LEVELS] for way in WAYS}
    opening = joined(
        f"# {result.data.corpus.name}: who labels what, people or the machine?", f"After {paper}.",
        _outcome(field, needed), claims_counted(claims), "## Labels of people needed", _needed_table(needed), NEEDED,
        basis([field]), alarms(result.alarms), "## Figures",
    )  # fmt: skip
    rest = joined(
        "## What the machine adds", _machine_table(field), ALONE, "## What D4.2 says, and what held here",
        claims_table(claims, "D4.2"), "## What the machine got wrong", _wrong_table(labels), WRONG_TEXT,
        _class_table(labels), f"## {result.settings.wrong:.0%} wrong first labels", _damage_table(hurt), DAMAGE,
        "## Settings", table(["", "here"], _settings(result)), notes_list(result.notes),
    )  # fmt: skip
    versus = field.against(PASSIVE)
    return Report(
        opening, rest,
        {"curves": ("Mean UAR by labels of people", curves_figure(field)),
         "damage": ("Rounds of the machine behind wrong first labels", damage_figure(hurt))},
        {"claims": [vars(each) for each in claims], "comparison": [comparison_row(each) for each in versus],
         "savings": [savings_row(each) for each in versus]},
        {"machine_labels": labels},
    )  # fmt: skip


def _needed(field: Field, way: str, share: float) -> Saving:
    rng = rng_for(0, 0, f"needed {way} {share}")
    return saving(field.curves[way], field.curves[PASSIVE], rng, share=share)


def _outcome(field: Field, needed: dict[str, list[Saving]]) -> str:
    top = {name: found[-1] for name, found in needed.items()}
    best = field.best()
    texts = [f"{name} {saved_text(top[name])}" for name in (ACTIVE, SELF, CO, MIXED, MIXED + VIEWS)]
    return (
        f"**Labels of people saved to reach passive learning's best UAR of {top[PASSIVE].baseline_best:.3f}: "
        f"{'; '.join(texts)}. Over the whole curve, {best} is highest with {field.area(best):.3f}; {ACTIVE} has "
        f"{field.area(ACTIVE):.3f}, {PASSIVE} {field.area(PASSIVE):.3f}.**"
    )


def _needed_table(needed: dict[str, list[Saving]]) -> str:
    levels = [
        f"{share:.0%} (UAR {found.baseline_best:.3f})" for share, found in zip(LEVELS, needed[PASSIVE], strict=True)
    ]
    return table(["", *levels], [[name, *(map(_needed_text, found))] for name, found in needed.items()])


def _needed_text(found: Saving) -> str:
    return f"{found.labels:.0f}; saved {saved_text(found)}" if found.reached else saved_text(found)


def _claims(field: Field) -> list[Claim]:
    both = [MIXED, MIXED + VIEWS]
    return [
        above("2.3.2", "Better models are reached where the machine chooses what people label",
              over([field], [ACTIVE], [PASSIVE])),
        above("2.3.3", "Labels of the machine's own improve a model", over([field], [SELF], [PASSIVE])),
        above("2.3.3", "Two views decide on labels together (co-training), and improve a model",
              over([field], [CO], [PASSIVE, PASSIVE + VIEWS])),
        above("2.3.4", "Active and semi-supervised learning together are more efficient than active learning alone",
              [*over([field], both[:1], [ACTIVE]), *over([field], both[1:], [ACTIVE + VIEWS])]),
        above("2.3.4", "and than semi-supervised learning alone",
              [*over([field], both[:1], [SELF]), *over([field], both[1:], [CO])]),
    ]  # fmt: skip


def _machine_table(field: Field) -> str:
    ways = [way for way in WAYS if way.baseline]
    gaps = [field.gap(way.name, way.baseline) for way in ways]
    rows = [
        [way.name, way.baseline, f"{field.area(way.name):.4f}", interval(gap), p_text(p)]
        for way, gap, p in zip(ways, gaps, holm([gap.p for gap in gaps]), strict=True)
    ]
    return table(["", "without the machine", "mean UAR", "the machine adds", "p (Holm)"], rows)


def _labels(result: Result, target: str) -> pd.DataFrame:
    """Return all labels that the machine gave, with way, seed, fold and third of the rounds."""
    gold = dict(result.data.corpus.gold(target).items())
    frames = []
    for cell in (cell for cell in result.cells if isinstance(cell, WayCell)):
        for log in cell.logs(result.folder):
            events, plan = log.events(), log.plan
            last = max(getattr(event, "round", 0) for event in events)
            found = machine_labels(events, gold, target).assign(way=cell.way, seed=plan.seed, fold=plan.fold)
            frames.append(found.assign(third=(3 * found["round"].clip(upper=last - 1) // max(last, 1)) + 1))
    return pd.DataFrame(pd.concat(frames, ignore_index=True))


def _wrong_table(labels: pd.DataFrame) -> str:
    runs = labels[["seed", "fold"]].drop_duplicates().shape[0] or 1
    rows = []
    for name, mine in labels.groupby("way", sort=False):
        thirds = [mine.loc[mine["third"] == part, "wrong"] for part in (1, 3)]
        back = [mine.loc[mine["wrong"] == wrong, "withdrawn"] for wrong in (True, False)]
        numbers = [mine["wrong"], *thirds, *back]
        rows.append([str(name), f"{len(mine) / runs:.0f}", *(_share(each) for each in numbers)])
    head = ["", "labels per run", "wrong", "wrong, first third", "wrong, last third", "wrong taken back"]
    return table([*head, "right taken back"], rows) if rows else "The machine was never sure enough to label a clip."


def _class_table(labels: pd.DataFrame) -> str:
    """Return which share of what the machine called a class was wrong."""
    classes = sorted(labels["said"].unique())
    rows = [
        [str(name), *(_share(mine.loc[mine["said"] == each, "wrong"]) for each in classes)]
        for name, mine in labels.groupby("way", sort=False)
    ]
    return table(["wrong, of those called", *map(str, classes)], rows) if rows else ""


def _share(of: pd.Series) -> str:
    return f"{of.mean():.0%}" if len(of) else "-"


def _damage_table(frame: pd.DataFrame) -> str:
    curves = {metric: _by_variant(frame, metric) for metric in ("uar", WRONG, LABELS)}
    rows = []
    for name, curve in curves["uar"].items():
        above = [_last_gap(curve, curves["uar"][other]) if name != other else "" for other in (NOBODY, BARE)]
        wrong, labels = (float(curves[metric][name].mean[-1]) for metric in (WRONG, LABELS))
        rows.append([name, f"{curve.mean[-1]:.4f}", *above, f"{labels:.0f}", f"{wrong:.0%}" if labels else "-"])
    return table(["", "UAR", f"above {NOBODY}", f"above {BARE}", "labels of the machine", "of these wrong"], rows)


def _last_gap(curve: Curve, other: Curve) -> str:
    return interval(difference_of(curve.values[:, -1] - other.values[:, -1], curve.pairs, curve.on))


def _by_variant(frame: pd.DataFrame, metric: str) -> dict[str, Curve]:
    mine = frame[frame["metric"] == metric]
    return {curve.name: curve for curve in aligned(mine.assign(curve=mine["strategy"]))}


def _settings(result: Result) -> Sequence[Sequence[str]]:
    settings, cells = result.settings, [cell for cell in result.cells if isinstance(cell, WayCell)]
    plan, grid = cells[0].grid.plan, cells[0].grid
    trials = next(cell for cell in result.cells if isinstance(cell, Trials))
    damage: Any = trials.measure
    shares = pd.Series(result.data.corpus.gold(plan.targets[0])).value_counts(normalize=True)
    rare = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    return [
        ["corpus", f"{result.data.corpus.name}, {len(result.data.corpus):,} clips ({rare})"],
        ["features, learner", f"{plan.features}, {plan.learner}; of two views, one for each"],
        ["people", f"{plan.initial} first labels, {plan.batch} per round, {plan.budget:g} in all; {settings.active}"],
        ["machine", f"sure from {settings.above:g} on, at most {settings.quota} per class and round, weight "
                    f"{settings.weight:g}; takes back below {min(KEEP, settings.above):g}; honest: by people's labels"],
        ["runs of each way", f"{len(grid.seeds) * len(grid.folds)}: {len(grid.seeds)} seeds, {len(grid.folds)} parts"],
        ["trials of damage", f"{trials.size}: {damage.plan.initial} first labels, {damage.rounds} rounds, sure from "
                             f"{damage.above:g} on; at most {damage.quota} and {damage.total} per class"],
    ]  # fmt: skip
