"""What the recipe han2013 says: Table 3 and Figure 1 of the paper beside what was measured, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import METRICS, colours, panels, styled
from seral_core.recipes.base import Cell, Report, Result, table
from seral_core.runs.build import corpus_of, features_of
from seral_core.runs.log import Log
from seral_core.runs.loops import rng_for
from seral_core.scores.savings import Saving, saving
from seral_core.scores.statistics import Curve, Difference, SignedRank, aligned, difference, gaps_between, holm, signed_rank

#: Table 3 of the paper: passive learning's best CC, labels of active learning, labels of passive learning.
PAPER = {
    ("arousal", "pool"): (0.499, 26_500, 30_000), ("valence", "pool"): (0.355, 26_400, 30_000),
    ("arousal", "stream"): (0.479, 15_000, 16_000), ("valence", "stream"): (0.327, 14_200, 16_000),
}  # fmt: skip
METRIC, OTHER = "pcc", "ccc"


@dataclass(frozen=True)
class Compared:
    """A strategy against passive learning, on one target in one scenario."""

    target: str
    scenario: str
    strategy: str
    baseline: str
    saving: Saving
    gaps: dict[str, Difference]
    tests: dict[str, SignedRank]

    @property
    def cell(self) -> tuple[str, str]:
        """Target and scenario."""
        return self.target, self.scenario


@dataclass(frozen=True)
class Trail:
    """What the log of a run tells beside its scores.

    Parameters
    ----------
    choosing_s : float
        Seconds that the strategy took in all, the lot of the first labels left out.
    by_lot : int
        Rounds in which it had nothing to go by.
    spread : float
        Standard deviation of the first half of its labels, in native units.
    """

    choosing_s: float
    by_lot: int
    spread: float


def report_of(result: Result, paper: str, active: str, passive: str) -> Report:
    """Return the report on a finished recipe."""
    found = list(_compared(result, passive))
    main = [each for each in found if each.strategy == active]
    trails = _trails(result, active, passive)
    opening = "\n\n".join(
        [
            f"# {corpus_of(result.cells[0].grid.plan).name}: active learning for dimensional emotion",
            f"After {paper}.", _outcome(main), "## Labels needed to reach passive learning's best (Table 3)",
            _table_3(main), *(_alarm(result)), "## Learning curves (Figure 1)",
        ]
    )  # fmt: skip
    rest = "\n\n".join(
        [
            "## The whole curve", _tests(main), _subset(found, result, active, passive), *_further(found, active),
            "## Where it held, and why it may not", *_why(main, trails, active, passive), "## What differs from the paper",
            _differs(result, active),
        ]
    )  # fmt: skip
    figures = {
        "curves": ("Mean CC and 95 % interval over repetitions", panels(_drawn(result, active, passive), METRIC)),
        "savings": ("Labels saved, in percent of all, with 95 % intervals", _saved_figure(main)),
    }
    return Report(opening, rest, figures, {"savings": [_row(each) for each in found]})


def _compared(result: Result, passive: str) -> Iterable[Compared]:
    frame = result.frame
    for (target, scenario), mine in frame.groupby(["target", "scenario"], sort=False):
        by_metric = {m: _named(mine[mine["metric"] == m]) for m in (METRIC, OTHER)}
        for name, curve in by_metric[METRIC].items():
            baseline = passive + name[name.index(" (") :] if " (" in name else passive
            if name == baseline:
                continue
            rng = rng_for(0, 0, f"savings {target} {scenario} {name}")
            both = {m: (curves[name], curves[baseline]) for m, curves in by_metric.items()}
            gaps = {m: gap for m, pair in both.items() if (gap := difference(*pair)) is not None}
            tests = {m: signed_rank(gaps_between(*pair)) for m, pair in both.items()}
            found = saving(curve, by_metric[METRIC][baseline], rng)
            yield Compared(str(target), str(scenario), name, baseline, found, gaps, tests)


def _named(frame: pd.DataFrame) -> dict[str, Curve]:
    return {curve.name: curve for curve in aligned(frame.assign(curve=frame["strategy"]))}


def _row(each: Compared) -> dict[str, Any]:
    found, gap, test = each.saving, each.gaps[METRIC], each.tests[METRIC]
    return {
        "target": each.target, "scenario": each.scenario, "strategy": each.strategy, "baseline": each.baseline,
        "metric": METRIC, "baseline_best": round(found.baseline_best, 6), "baseline_labels": found.baseline_labels,
        "labels": _finite(found.labels), "total": found.total, "percent_saved": _finite(found.percent_saved),
        "reached": found.reached, "percent_saved_interval": [_finite(found.low), _finite(found.high)],
        "missed_in_draws": round(found.missed, 4), "area_difference": round(gap.mean, 6),
        "area_interval": [round(gap.low, 6), round(gap.high, 6)], "p": test.p, "effect": test.effect, "pairs": test.pairs,
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return round(value, 3) if np.isfinite(value) else None


def _outcome(main: list[Compared]) -> str:
    reached = [each for each in main if each.saving.reached]
    fewer = [each for each in reached if each.saving.percent_saved > 0]
    clear = [each for each in fewer if each.saving.low > 0]
    above = [each for each in main if each.gaps[METRIC].low > 0]
    below = [each for each in main if each.gaps[METRIC].high < 0]
    n = len(main)
    return (
        f"**Active learning reached passive learning's best CC in {len(reached)} of {n} cells, with fewer labels in "
        f"{len(fewer)}; the interval of the saving lies above 0 in {len(clear)}.** Over the whole curve it is clearly "
        f"better in {len(above)} of {n}, clearly worse in {len(below)}; in the paper, it was better in all four."
    )


def _table_3(main: list[Compared]) -> str:
    head = ["", "paper: best CC of passive", "paper: active / passive", "paper: saved"]
    head += ["here: best CC of passive", "here: active / passive", "here: saved, with 95 % interval"]
    rows = []
    for each in main:
        found, there = each.saving, PAPER.get(each.cell)
        theirs = ["not in the paper", "", ""]
        if there:
            best, labels, total = there
            theirs = [f"{best:.3f}", f"{labels:,} / {total:,}", f"{100 * (1 - labels / total):.1f} %"]
        ours = [f"{found.baseline_best:.3f}", f"{_labels(found)} / {found.baseline_labels:,.0f}", _saved(found)]
        rows.append([f"{each.target}, {each.scenario}", *theirs, *ours])
    return table(head, rows) + (
        "\n\nLabels are interpolated between rounds; percent are of all labels of the scenario. The interval is a "
        "bootstrap over paired repetitions; a draw in which the level is not reached counts as the worst."
    )


def _labels(found: Saving) -> str:
    share = 100 * found.labels / found.total
    return f"{found.labels:,.0f} ({share:.1f} %)" if found.reached else "not reached"


def _saved(found: Saving) -> str:
    low, high = (f"{end:.1f}" if np.isfinite(end) else "not reached" for end in (found.low, found.high))
    said = f"{found.percent_saved:.1f} %" if found.reached else "not reached"
    missed = f"; not reached in {found.missed:.0%} of draws" if found.missed > 0 else ""
    return f"{said} [{low}, {high}]{missed}"


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
        "\n\nThe area under each repetition's curve, divided by its width, less that of its passive twin; effect is the "
        "matched-pairs rank-biserial correlation. Repetitions that share a test part are not independent, so the "
        "truth is somewhat wider."
    )


def _gap(gap: Difference) -> str:
    return f"{gap.mean:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"


def _subset(found: list[Compared], result: Result, active: str, passive: str) -> str:
    rows = []
    for target, scenario in dict.fromkeys(each.cell for each in found):
        for each in found:
            if each.cell == (target, scenario) and each.strategy.split(":")[0] == active and _plain_or_subset(each.strategy):
                spent = _mean_choosing(result, each)
                rows.append([f"{target}, {scenario}", each.strategy, _gap(each.gaps[METRIC]), _saved(each.saving), spent])
    pool = [row for row in rows if row[0].endswith("pool")]
    head = ["", "strategy", "CC above passive", "labels saved", "seconds choosing, a run"]
    return "## Scoring only a random part of the pool\n\n" + table(head, pool)


def _plain_or_subset(name: str) -> bool:
    return " (" not in name and (":" not in name or ":subset=" in name)


def _further(found: list[Compared], active: str) -> list[str]:
    others = [each for each in found if each.strategy != active and not (":subset=" in each.strategy)]
    if not others:
        return []
    head = ["", "strategy", "CC above passive", "labels saved"]
    rows = [[f"{e.target}, {e.scenario}", e.strategy, _gap(e.gaps[METRIC]), _saved(e.saving)] for e in others]
    return ["## Further strategies", table(head, rows)]


def _trails(result: Result, active: str, passive: str) -> dict[tuple[str, str, str], list[Trail]]:
    found: dict[tuple[str, str, str], list[Trail]] = {}
    for cell in result.cells:
        for log in cell.logs(result.folder):
            name = log.plan.strategy + cell.suffix
            if name in (active, passive):
                found.setdefault((cell.grid.plan.targets[0], cell.scenario, name), []).append(trail(log))
    return found


def trail(log: Log) -> Trail:
    """Read from a log how long its strategy took to choose, and how far apart its labels lie."""
    lines, choosing, lots = log.lines(), 0.0, 0
    values: list[float] = []
    for before, line in zip([{}, *lines], lines, strict=False):
        if line["event"] == "Asked" and before.get("event") == "Scored":
            choosing += (datetime.fromisoformat(line["at"]) - datetime.fromisoformat(before["at"])).total_seconds()
            lots += "by lot" in line["remark"]
        elif line["event"] == "Labelled":
            values += [float(label["value"]) for label in line["labels"]]
    return Trail(choosing, lots, float(np.std(values[: len(values) // 2 or 1])))


def _mean_choosing(result: Result, each: Compared) -> str:
    for cell in result.cells:
        if (*cell.grid.plan.targets, cell.scenario) == each.cell:
            logs = [log for log in cell.logs(result.folder) if log.plan.strategy == each.strategy]
            return f"{np.mean([trail(log).choosing_s for log in logs]):.2f}"
    return ""


def _why(
    main: list[Compared], trails: dict[tuple[str, str, str], list[Trail]], active: str, passive: str
) -> list[str]:
    lines = []
    for each in main:
        a, p = (trails[(*each.cell, name)] for name in (active, passive))
        lots = sum(t.by_lot for t in a)
        lines.append(
            f"- **{each.target}, {each.scenario}**: {_verdict(each)}. Half-way, its labels had a standard deviation of "
            f"{np.mean([t.spread for t in a]):.3f}, those of passive learning {np.mean([t.spread for t in p]):.3f}"
            + (f"; {lots} rounds were drawn by lot, all labels being on one side." if lots else ".")
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
- In the pool, active and passive learning end with the same labels. Where passive learning is best at its very end, that
  level is reached in any case, and the saving can hardly be negative: the whole curve is the stricter test.
- The measure asks for clips near the boundary, that is, in the middle of the scale. That sharpens the step between
  negative and positive, not the ends of the scale, which correlation lives on: where its labels lie closer together
  than those drawn by lot (above), the regression sees less of the range.
- The paper's candidates are words cut from 15 long recordings: neighbours are nearly the same, and most are near neutral.
  There is much for active learning to skip. Clips recorded one by one, in balanced numbers, leave less to skip, and on
  other real corpora the saving is known to shrink or vanish.
- Ratings in the middle of a scale are those that raters agree on least, so the clips asked for may be the noisiest."""


def _differs(result: Result, active: str) -> str:
    plan = result.cells[0].grid.plan
    corpus, features = corpus_of(plan), features_of(plan)
    pools = [f"{c.grid.plan.targets[0]} {c.grid.plan.budget:,.0f}" for c in result.cells if c.scenario == "pool" and not c.suffix]
    seeds = len(result.cells[0].grid.seeds)
    rows = [
        ["corpus", "AVEC 2012 (SEMAINE), words of 15 recordings", f"{corpus.name}, {len(corpus):,} clips"],
        ["features", "1,841, openSMILE (AVEC 2012 baseline)", f"{features.values.shape[1]:,}, {_short(plan.features)}"],
        ["labels in the pool", "30,000", ", ".join(pools)],
        ["first labels / step or buffer", "2,000 / 2,000, half of a buffer kept", f"{plan.initial:,} / {plan.batch:,}, half of a buffer kept"],
        ["repetitions", "passive 10; active 1 (pool), 10 (stream)", f"{seeds} of each, paired"],
        ["first labels", "one set for all", "drawn anew for each repetition, shared by active and passive"],
        ["test part", "6,494 words", _test_part(result)],
        ["regression", "RBF SVR (WEKA)", f"{plan.learner} (scikit-learn's C, gamma and epsilon)"],
        ["confidence", "logistic on the outputs of an RBF SVM (WEKA)", "the same, fitted to the outputs for the training labels (Platt 2000)"],
        ["normalisation", "not said", "; ".join(n for n in result.notes if "normalisation" in n) or "by feature"],
    ]  # fmt: skip
    rest = [note for note in result.notes if "normalisation" not in note]
    shown = rest[:8] + ([f"and {len(rest) - 8} more notes"] if len(rest) > 8 else [])
    return "\n\n".join([table(["", "paper", "here"], rows), *(["\n".join(f"- {note}" for note in shown)] if rest else [])])


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


def _saved_figure(main: list[Compared]) -> Any:
    import plotly.graph_objects as go

    figure = styled(go.Figure(), 110 + 56 * len(main))
    found = {f"{e.target}, {e.scenario}": e for e in main}
    lowest = min([0.0, *(x for e in main for x in (e.saving.low, e.saving.percent_saved) if np.isfinite(x))])
    for name, each in found.items():
        figure.add_trace(_bar(go, name, each.saving, lowest - 8, colours([each.strategy])[each.strategy]))
    there = [(n, 100 * (1 - PAPER[e.cell][1] / PAPER[e.cell][2])) for n, e in found.items() if e.cell in PAPER]
    figure.add_trace(
        go.Scatter(
            x=[x for _, x in there], y=[n for n, _ in there], mode="markers", name="paper",
            marker={"symbol": "diamond-open", "size": 14, "color": "#444F57", "line": {"width": 3}},
        )
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": "#6B7780", "dash": "dot", "width": 2})
    figure.update_xaxes(title="labels saved, percent of all (open to the left: not reached)", ticksuffix=" %")
    figure.update_yaxes(autorange="reversed", automargin=True, categoryarray=list(found), type="category")
    return figure


def _bar(go: Any, name: str, found: Saving, floor: float, colour: str) -> Any:
    """Return the interval of a saving as a line, and the saving as a point on it."""
    low, high = (end if np.isfinite(end) else floor for end in (found.low, found.high))
    at = found.percent_saved if found.reached else floor
    return go.Scatter(
        x=[low, at, high], y=[name] * 3, mode="lines+markers", showlegend=False, line={"color": colour, "width": 4},
        marker={"size": [0, 14, 0], "color": colour, "symbol": "circle" if found.reached else "x"},
        hovertemplate=f"{name}: {_saved(found)}<extra></extra>",
    )  # fmt: skip


__all__ = ["Cell", "Compared", "Trail", "report_of", "trail"]
