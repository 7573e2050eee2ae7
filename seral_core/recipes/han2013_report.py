"""What the recipe han2013 says: Table 3 and Figure 1 of the paper beside what was measured, and why they differ."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seral_core.charts import METRICS
from seral_core.recipes.base import Report, Result, table
from seral_core.recipes.compared import Compared, Trail, compared, row_of, trail
from seral_core.recipes.figures import panels, saved_text, savings_figure
from seral_core.runs.build import corpus_of, features_of
from seral_core.scores.savings import Saving
from seral_core.scores.statistics import Difference, holm

#: Table 3 of the paper: passive learning's best CC, labels of active learning, of passive learning, percent saved.
PAPER = {
    ("arousal", "pool"): (0.499, 26_500, 30_000, 11.7), ("valence", "pool"): (0.355, 26_400, 30_000, 12.0),
    ("arousal", "stream"): (0.479, 15_000, 16_000, 6.2), ("valence", "stream"): (0.327, 14_200, 16_000, 11.2),
}  # fmt: skip
METRIC, OTHER = "pcc", "ccc"
#: Fewer repetitions than this say little of their spread.
FEW = 6


def report_of(result: Result, paper: str, active: str, passive: str) -> Report:
    """Return the report on a finished recipe.

    Parameters
    ----------
    result : Result
        Curves of all cells; logs are read for what the strategies asked.
    paper : str
        Citation.
    active, passive : str
        The paper's strategy, and its baseline; what else was run is told further down.
    """
    found = list(compared(result.frame, passive, (METRIC, OTHER)))
    main = [each for each in found if each.strategy == active]
    trails = _trails(result, active, passive)
    opening = "\n\n".join(
        [
            f"# {corpus_of(result.cells[0].grid.plan).name}: active learning for dimensional emotion",
            f"After {paper}.", _outcome(main), "## Labels needed to reach passive learning's best (Table 3)",
            _table_3(main), *_few(result), *(_alarm(result)), "## Learning curves (Figure 1)",
        ]
    )  # fmt: skip
    rest = "\n\n".join(
        [
            "## The whole curve", _tests(main), _subset(found, result, active), *_further(found, active),
            "## Where it held, and why it may not", *_why(main, trails, active, passive),
            "## What differs from the paper", _differs(result),
        ]
    )  # fmt: skip
    theirs = {cell: percent for cell, (*_, percent) in PAPER.items()}
    figures = {
        "curves": ("Mean CC and 95 % interval over repetitions", panels(_drawn(result, active, passive), METRIC)),
        "savings": (
            "Labels saved, in percent of all, with 95 % intervals",
            savings_figure(main, theirs),
        ),
    }
    return Report(opening, rest, figures, {"savings": [row_of(each, METRIC) for each in found]})


def _outcome(main: list[Compared]) -> str:
    reached = [each for each in main if each.saving.reached]
    fewer = [each for each in reached if each.saving.percent_saved > 0]
    clear = [each for each in fewer if each.saving.low > 0]
    n = len(main)
    return (
        f"**Active learning reached passive learning's best CC in {len(reached)} of {n} cells, with fewer labels in "
        f"{len(fewer)}; the interval of the saving lies above 0 in {len(clear)}.** Over the whole curve its CC is "
        f"{_whole(main, METRIC)}; its CCC is {_whole(main, OTHER)}. In the paper, CC was better in all four."
    )


def _whole(main: list[Compared], metric: str) -> str:
    above = sum(each.gaps[metric].low > 0 for each in main)
    below = sum(each.gaps[metric].high < 0 for each in main)
    return f"clearly higher in {above} of {len(main)} cells and clearly lower in {below}"


def _table_3(main: list[Compared]) -> str:
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
        rows.append([f"{each.target}, {each.scenario}", *theirs, *ours])
    return table(head, rows) + (
        "\n\nLabels are interpolated between rounds; percent are of all labels of the scenario. The interval is a "
        "bootstrap over paired repetitions; a draw in which the level is not reached counts as the worst."
    )


def _few(result: Result) -> list[str]:
    """Warn where the repetitions are too few for a bootstrap."""
    seeds = len(result.cells[0].grid.seeds)
    if seeds >= FEW:
        return []
    return [
        f"**Take care:** {seeds} repetition{'s' * (seeds != 1)} hardly show how much results vary, so these intervals "
        f"are too narrow; take {FEW} or more before believing them (--repetitions)."
    ]


def _labels(found: Saving) -> str:
    share = 100 * found.labels / found.total
    return f"{found.labels:,.0f} ({share:.1f} %)" if found.reached else "not reached"


def _tests(main: list[Compared]) -> str:
    head = ["", "metric", "mean height above passive, 95 % interval", "Wilcoxon p", "p (Holm)", "effect", "pairs"]
    rows = []
    for metric in (METRIC, OTHER):
        corrected = holm([each.tests[metric].p for each in main])
        for each, p in zip(main, corrected, strict=True):
            gap, test = each.gaps[metric], each.tests[metric]
            numbers = [f"{test.p:.3f}", f"{p:.3f}", f"{test.effect:+.2f}", str(test.pairs)]
            name = "CC" if metric == METRIC else METRICS[metric]
            rows.append([f"{each.target}, {each.scenario}", name, _gap(gap), *numbers])
    return table(head, rows) + (
        "\n\nThe area under each repetition's curve, divided by its width, less that of its passive twin; effect is "
        "the matched-pairs rank-biserial correlation. Repetitions that share a test part are not independent: "
        "intervals speak of first labels, orders of arrival and lots, hardly of other speakers; the truth is wider."
    )


def _gap(gap: Difference) -> str:
    return f"{gap.mean:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"


def _subset(found: list[Compared], result: Result, active: str) -> str:
    rows = [
        [f"{e.target}, {e.scenario}", e.strategy, _gap(e.gaps[METRIC]), saved_text(e.saving), _mean_choosing(result, e)]
        for e in found
        if e.scenario == "pool" and (e.strategy == active or e.strategy.startswith(f"{active}:subset="))
    ]
    head = ["", "strategy", "CC above passive", "labels saved", "seconds choosing, a run"]
    return "## Scoring only a random part of the pool\n\n" + table(head, rows)


def _further(found: list[Compared], active: str) -> list[str]:
    others = [each for each in found if each.strategy != active and ":subset=" not in each.strategy]
    if not others:
        return []
    head = ["", "strategy", "CC above passive", "labels saved"]
    rows = [[f"{e.target}, {e.scenario}", e.strategy, _gap(e.gaps[METRIC]), saved_text(e.saving)] for e in others]
    return ["## Further strategies", table(head, rows)]


def _trails(result: Result, active: str, passive: str) -> dict[tuple[str, str, str], list[Trail]]:
    found: dict[tuple[str, str, str], list[Trail]] = {}
    for cell in result.cells:
        for log in cell.logs(result.folder):
            name = log.plan.strategy + cell.suffix
            if name in (active, passive):
                found.setdefault((cell.grid.plan.targets[0], cell.scenario, name), []).append(trail(log))
    return found


def _mean_choosing(result: Result, each: Compared) -> str:
    for cell in result.cells:
        if (*cell.grid.plan.targets, cell.scenario) == each.cell:
            logs = [log for log in cell.logs(result.folder) if log.plan.strategy == each.strategy]
            return f"{np.mean([trail(log).choosing_s for log in logs]):.2f}"
    return ""


def _why(main: list[Compared], trails: dict[tuple[str, str, str], list[Trail]], active: str, passive: str) -> list[str]:
    lines = []
    for each in main:
        a, p = (trails[(*each.cell, name)] for name in (active, passive))
        lots = sum(t.by_lot for t in a)
        (first, second), spread = each.halves, [np.mean([t.spread for t in runs]) for runs in (a, p)]
        lines.append(
            f"- **{each.target}, {each.scenario}**: {_verdict(each)}. Its CC lay {first:+.3f} off passive's in the "
            f"first half of the labels, {second:+.3f} in the second; the last third of the labels brought passive "
            f"learning {each.late_gain:+.3f}. Half-way, the labels of active learning had a standard deviation of "
            f"{spread[0]:.3f}, those of passive learning {spread[1]:.3f}"
            + (
                f"; {lots} {'round was' if lots == 1 else 'rounds were'} drawn by lot, all labels being on one side."
                if lots
                else "."
            )
        )
    return ["\n".join(lines), WHY]


def _verdict(each: Compared) -> str:
    gap, found = each.gaps[METRIC], each.saving
    whole = "better over the whole curve" if gap.low > 0 else "worse over the whole curve" if gap.high < 0 else (
        "level with passive learning over the whole curve"
    )  # fmt: skip
    if not found.reached:
        return f"{whole}; passive learning's best was not reached"
    if found.low > 0:
        return f"{whole}; labels were saved, and the interval agrees"
    return f"{whole}; the saving cannot be told from none" if found.percent_saved > 0 else f"{whole}; nothing was saved"


WHY = """\
- In the pool, active and passive learning end with the same labels, or nearly so. Where passive learning is best at its
  very end, that level is reached there in any case, and the saving can hardly be negative. And where a curve is nearly
  flat towards its end (above), a lead that nobody would notice is worth many labels. The whole curve is the stricter
  test.
- The measure asks for clips near the boundary, that is, in the middle of the scale. That sharpens the step between
  negative and positive, not the ends of the scale, which correlation lives on: where its labels lie closer together
  than those drawn by lot (above), the regression sees less of the range.
- The paper's candidates are words cut from 15 long recordings: neighbours are nearly the same, and most are near
  neutral. There is much for active learning to skip. Clips recorded one by one, in balanced numbers, leave less to
  skip, and on other real corpora the saving is known to shrink or vanish.
- Ratings in the middle of a scale are those that raters agree on least, so the clips asked for may be the noisiest."""


def _differs(result: Result) -> str:
    plan = result.cells[0].grid.plan
    corpus, features = corpus_of(plan), features_of(plan)
    pools = [
        f"{cell.grid.plan.targets[0]} {cell.grid.plan.budget:,.0f}"
        for cell in result.cells
        if cell.scenario == "pool" and not cell.suffix
    ]
    seeds = len(result.cells[0].grid.seeds)
    sizes = f"{plan.initial:,} / {plan.batch:,}, half of a buffer kept"
    platt = "the same, fitted to the outputs for the training labels (Platt 2000)"
    normalised = "; ".join(note for note in result.notes if "normalisation" in note)
    rows = [
        ["corpus", "AVEC 2012 (SEMAINE), words of 15 recordings", f"{corpus.name}, {len(corpus):,} clips"],
        ["features", "1,841, openSMILE (AVEC 2012 baseline)", f"{features.values.shape[1]:,}, {_short(plan.features)}"],
        ["labels in the pool", "30,000", ", ".join(pools)],
        ["first labels / step or buffer", "2,000 / 2,000, half of a buffer kept", sizes],
        [
            "repetitions",
            "passive 10; active 1 (pool), 10 (stream)",
            f"{seeds} of each, paired",
        ],
        ["first labels", "one set for all", "drawn anew for each repetition, shared by active and passive"],
        ["test part", "6,494 words", _test_part(result)],
        ["regression", "RBF SVR (WEKA)", f"{plan.learner} of scikit-learn, its default settings"],
        ["confidence", "logistic on the outputs of an RBF SVM (WEKA)", platt],
        ["normalisation", "not said", normalised or "by feature"],
    ]
    rest = [note for note in result.notes if "normalisation" not in note]
    shown = rest[:8] + ([f"and {len(rest) - 8} more notes"] if len(rest) > 8 else [])
    told = ["\n".join(f"- {note}" for note in shown)] if shown else []
    return "\n\n".join([table(["", "paper", "here"], rows), *told])


def _test_part(result: Result) -> str:
    grid = result.cells[0].grid
    if len(grid.folds) == 1:
        return f"{grid.plan.split}, the same for all repetitions"
    return (
        f"{grid.plan.split}: the repetitions take turns at {len(grid.folds)} test parts; all pools are used up to the "
        "size of the smallest"
    )


def _short(text: str) -> str:
    return text.rsplit("/", 1)[-1]


def _alarm(result: Result) -> list[str]:
    return [f"**Alarm:** {alarm}" for alarm in result.alarms]


def _drawn(result: Result, active: str, passive: str) -> pd.DataFrame:
    """Return what the figure shows: the paper's two curves, and the random subset."""
    frame = result.frame
    return frame[[name in (active, passive) or ":subset=" in name for name in frame["strategy"]]]
