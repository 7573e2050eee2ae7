"""What the recipe han2013 reports: Table 3 and Figure 1 of the paper beside what was measured, and why they differ."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seral_core.charts import METRICS
from seral_core.recipes.base import Report, Result
from seral_core.recipes.comparison import Versus, fields_of, savings_row
from seral_core.recipes.figures import panels, savings_figure
from seral_core.recipes.report import (
    alarms,
    basis,
    interval,
    joined,
    p_text,
    paper_and_here,
    saved_text,
    short,
    table,
)
from seral_core.recipes.trail import Trail, trail
from seral_core.scores.savings import Saving
from seral_core.scores.statistics import holm

#: Table 3 of the paper: passive learning's best CC, labels of active learning, of passive learning,
#: percent saved.
PAPER = {
    ("arousal", "pool"): (0.499, 26_500, 30_000, 11.7),
    ("valence", "pool"): (0.355, 26_400, 30_000, 12.0),
    ("arousal", "stream"): (0.479, 15_000, 16_000, 6.2),
    ("valence", "stream"): (0.327, 14_200, 16_000, 11.2),
}
METRIC, OTHER = "pcc", "ccc"


def report_of(result: Result, paper: str, active: str, passive: str) -> Report:
    """Return the report on a finished recipe.

    Parameters
    ----------
    result : Result
        Curves of all cells; logs are read for what the strategies asked.
    paper : str
        Citation.
    active, passive : str
        The paper's strategy, and its baseline; what else was run comes further down.
    """
    found = {
        metric: [each for field in fields_of(result.frame, (metric,)) for each in field.against(passive)]
        for metric in (METRIC, OTHER)
    }
    main = {metric: [each for each in found[metric] if each.strategy == active] for metric in found}
    first = main[METRIC]
    opening = joined(
        f"# {result.data.corpus.name}: active learning for dimensional emotion",
        f"After {paper}.",
        _outcome(main),
        "## Labels needed to reach passive learning's best (Table 3)",
        _table_3(first),
        TABLE_3,
        basis(each.field for each in first),
        alarms(result.alarms),
        "## Learning curves (Figure 1)",
    )
    rest = joined(
        "## The whole curve",
        _tests(main),
        TESTS,
        _subset(found[METRIC], result, active),
        _further(found[METRIC], active),
        "## Where it held, and why it may not",
        _why(first, _trails(result, active, passive)),
        WHY,
        "## What differs from the paper",
        _differs(result),
    )
    theirs = {cell: percent for cell, (*_, percent) in PAPER.items()}
    figures = {
        "curves": ("Mean CC, with its 95 % interval over test parts", panels(_drawn(result, active, passive), METRIC)),
        "savings": ("Labels saved, in percent of all, with 95 % intervals", savings_figure(first, theirs)),
    }
    return Report(opening, rest, figures, {"savings": [savings_row(each) for each in found[METRIC]]})


def _outcome(main: dict[str, list[Versus]]) -> str:
    n = len(main[METRIC])
    reached = [each.saving for each in main[METRIC] if each.saving.reached]
    fewer = [saving for saving in reached if saving.percent_saved > 0]
    clear = [saving for saving in fewer if saving.low > 0]
    return (
        f"**Active learning reached passive learning's best CC in {len(reached)} of {n} cells, "
        f"with fewer labels in {len(fewer)}; the interval of the saving lies above 0 in "
        f"{len(clear)}.** Over the whole curve its CC is {_whole(main[METRIC])}; its CCC is "
        f"{_whole(main[OTHER])}. In the paper, CC was better in all four."
    )


def _whole(main: list[Versus]) -> str:
    if not all(each.gap.known for each in main):
        return "higher in " + f"{sum(each.gap.mean > 0 for each in main)} of {len(main)} cells, without an interval"
    above, below = sum(each.gap.up for each in main), sum(each.gap.down for each in main)
    return f"clearly higher in {above} of {len(main)} cells and clearly lower in {below}"


def _table_3(main: list[Versus]) -> str:
    head = ["", "paper: best CC of passive", "paper: active / passive", "paper: saved"]
    head += ["here: best CC of passive", "here: active / passive", "here: saved, with 95 % interval"]
    rows = []
    for each in main:
        found, there = each.saving, PAPER.get(each.cell)
        theirs = ["not in the paper", "", ""]
        if there:
            best, labels, total, percent = there
            theirs = [f"{best:.3f}", f"{labels:,} / {total:,}", f"{percent:.1f} %"]
        ours = [f"{found.baseline_best:.3f}", f"{_labels(found)} / {found.baseline_labels:,.0f}", saved_text(found)]
        rows.append([", ".join(each.cell), *theirs, *ours])
    return table(head, rows)


TABLE_3 = (
    "Labels are interpolated between rounds; percent are of all labels of the scenario. The "
    "interval is a bootstrap over test parts, each with all its repetitions, and as wide as so few parts ask for; a "
    "draw in which the level is not reached counts as the worst. With fewer than five test parts there is no interval."
)


def _labels(found: Saving) -> str:
    share = 100 * found.labels / found.total
    return f"{found.labels:,.0f} ({share:.1f} %)" if found.reached else "not reached"


def _tests(main: dict[str, list[Versus]]) -> str:
    head = [
        "",
        "metric",
        "mean height above passive, 95 % interval",
        "p (t test)",
        "p (Holm)",
        "effect",
        "runs",
        "test parts",
    ]
    rows = []
    for metric, each_cell in main.items():
        corrected = holm([each.gap.p for each in each_cell])
        for each, p in zip(each_cell, corrected, strict=True):
            gap = each.gap
            numbers = [p_text(gap.p), p_text(p), f"{each.effect:+.2f}", str(gap.pairs), str(gap.groups)]
            name = "CC" if metric == METRIC else METRICS[metric]
            rows.append([", ".join(each.cell), name, interval(gap), *numbers])
    return table(head, rows)


TESTS = (
    "The area under each repetition's curve, divided by its width, minus that of the passive "
    "repetition it is paired with. Repetitions that share a test part are not independent: intervals and tests are "
    "Student's t over the means of test parts; effect is their matched-pairs rank-biserial correlation."
)


def _subset(found: list[Versus], result: Result, active: str) -> list[str]:
    rows = [
        [", ".join(e.cell), e.strategy, interval(e.gap), saved_text(e.saving), _mean_choosing(result, e)]
        for e in found
        if e.field.scenario == "pool" and (e.strategy == active or e.strategy.startswith(f"{active}:subset="))
    ]
    head = ["", "strategy", "CC above passive", "labels saved", "seconds choosing, per run"]
    return ["## Scoring only a random part of the pool", table(head, rows)]


def _further(found: list[Versus], active: str) -> list[str]:
    others = [each for each in found if each.strategy != active and ":subset=" not in each.strategy]
    if not others:
        return []
    rows = [[", ".join(e.cell), e.strategy, interval(e.gap), saved_text(e.saving)] for e in others]
    return ["## Further strategies", table(["", "strategy", "CC above passive", "labels saved"], rows)]


def _trails(result: Result, active: str, passive: str) -> dict[tuple[str, str, str], list[Trail]]:
    found: dict[tuple[str, str, str], list[Trail]] = {}
    for cell in result.cells:
        for log in cell.logs(result.folder):
            name = log.plan.strategy + cell.suffix
            if name in (active, passive):
                found.setdefault((cell.grid.plan.targets[0], cell.scenario, name), []).append(trail(log))
    return found


def _mean_choosing(result: Result, each: Versus) -> str:
    for cell in result.cells:
        if (*cell.grid.plan.targets, cell.scenario) == each.cell:
            logs = [log for log in cell.logs(result.folder) if log.plan.strategy == each.strategy]
            return f"{np.mean([trail(log).choosing_s for log in logs]):.2f}"
    return ""


def _why(main: list[Versus], trails: dict[tuple[str, str, str], list[Trail]]) -> str:
    lines = []
    for each in main:
        active, passive = (trails[(*each.cell, name)] for name in (each.strategy, each.baseline))
        n, (first, second) = sum(t.at_random for t in active), each.halves
        spread = [np.mean([t.spread for t in runs]) for runs in (active, passive)]
        chance = f"; in {n} round{'s' * (n != 1)} the choice was random, as all labels were on one side" if n else ""
        lines.append(
            f"- **{', '.join(each.cell)}**: {_verdict(each)}. Its CC differed from passive "
            f"learning's by {first:+.3f} in the first half of the labels, by {second:+.3f} in the "
            f"second; the last third of the labels brought passive learning {each.late_gain:+.3f}. "
            f"Half-way, the labels of active learning had a standard deviation of {spread[0]:.3f}, "
            f"those of passive learning {spread[1]:.3f}{chance}."
        )
    return "\n".join(lines)


def _verdict(each: Versus) -> str:
    gap, found = each.gap, each.saving
    word = "better" if gap.up else "worse" if gap.down else "not clearly different from passive learning"
    if not found.reached:
        return f"{word} over the whole curve; passive learning's best was not reached"
    if found.low > 0:
        return f"{word} over the whole curve; labels were saved, and the interval agrees"
    saved = "the saving cannot be distinguished from none" if found.percent_saved > 0 else "nothing was saved"
    return f"{word} over the whole curve; {saved}"


WHY = """\
- In the pool, active and passive learning end with the same labels, or nearly so. Where passive learning is best at its
  very end, that level is reached in any case, and the saving can hardly be negative. And where a curve is nearly
  flat towards its end (above), a lead that nobody would notice is worth many labels. The whole curve is the stricter
  test.
- The measure asks for clips near the boundary, that is, in the middle of the scale. That sharpens the step between
  negative and positive, not the ends of the scale, which correlation depends on: where its labels lie closer together
  than those chosen at random (above), the regression sees less of the range.
- The paper's candidates are words cut from 15 long recordings: neighbours are nearly the same, and most are near
  neutral. There is much for active learning to skip. Clips recorded one by one, in balanced numbers, leave less to
  skip, and on other real corpora the saving is known to shrink or vanish.
- Ratings in the middle of a scale are those that raters agree on least, so the clips asked for may be the noisiest."""


def _differs(result: Result) -> str:
    grid, corpus, raw = result.cells[0].grid, result.data.corpus, result.data.raw
    plan = grid.plan
    pools = [
        f"{cell.grid.plan.targets[0]} {cell.grid.plan.budget:,.0f}"
        for cell in result.cells
        if cell.scenario == "pool" and not cell.suffix
    ]
    sizes = f"{plan.initial:,} / {plan.batch:,}, half of a buffer asked for"
    platt = "the same, fitted to the outputs for the training labels (Platt 2000)"
    normalised = "; ".join(note for note in result.notes if "normalisation" in note)
    rows = [
        ["corpus", "AVEC 2012 (SEMAINE), words of 15 recordings", f"{corpus.name}, {len(corpus):,} clips"],
        ["features", "1,841, openSMILE (AVEC 2012 baseline)", f"{raw.values.shape[1]:,}, {short(plan.features)}"],
        ["labels in the pool", "30,000", ", ".join(pools)],
        ["first labels / step or buffer", "2,000 / 2,000, half of a buffer asked for", sizes],
        ["repetitions", "passive 10; active 1 (pool), 10 (stream)", f"{len(grid.seeds)} of each, paired"],
        ["first labels", "one set for all", "chosen again for each repetition, shared by active and passive"],
        ["test part", "6,494 words", _test_part(plan.split, len(grid.folds))],
        ["regression", "RBF SVR (WEKA)", f"{plan.learner} of scikit-learn, its default settings"],
        ["confidence", "logistic on the outputs of an RBF SVM (WEKA)", platt],
        ["normalisation", "not stated", normalised or "by feature"],
    ]
    return paper_and_here(rows, [note for note in result.notes if "normalisation" not in note])


def _test_part(split: str, folds: int) -> str:
    if folds == 1:
        return f"{split}, the same for all repetitions"
    turns = f"the repetitions take turns at {folds} test parts"
    return f"{split}: {turns}; all pools are used up to the size of the smallest"


def _drawn(result: Result, active: str, passive: str) -> pd.DataFrame:
    """Return what the figure shows: the paper's two curves, and the random subset."""
    frame = result.frame
    return frame[[name in (active, passive) or ":subset=" in name for name in frame["strategy"]]]
