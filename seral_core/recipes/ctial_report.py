"""What the recipe ctial says: the paper's figures as measured here, a summary, and which findings held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from seral_core.norms import dimension, norms
from seral_core.recipes.base import Report, Result, table
from seral_core.recipes.ctial_compared import Field, title
from seral_core.recipes.ctial_figures import LEVEL, curves_figure, significance_figure, transfer_figure
from seral_core.recipes.ctial_findings import Finding
from seral_core.recipes.ctial_found import MAPPING, Found, findings_of, found_in, rows_of
from seral_core.runs.data import corpus_of, data_of
from seral_core.runs.related import categories, dimensions, origin_of, related_of
from seral_core.scores.iterations import Significance
from seral_core.scores.statistics import holm

#: A finding shows no more numbers than this.
MOST = 6
SUMMARY = (
    "Area: mean height of the curves. Better by: mean difference over paired runs, above 0 where the strategy is "
    "better (also of errors), with its 95 % interval; p of the Wilcoxon signed-rank test of the areas, two-sided, "
    "with Holm's correction over the strategies. Labels: those with which the mean curve reaches random's last score. "
    "Wins: runs whose area is better than that of the random run with the same first labels. Runs of one partition, "
    "and partitions that overlap, are not independent: the truth is wider than these intervals."
)
FINDINGS = (
    "Numbers are mean differences of areas with 95 % intervals over paired runs, above 0 where the paper's sentence "
    "says so; small K and at first: the first quarter of the labels asked for; large K and later: the last. A "
    "difference is clear where its interval leaves 0 out. Held: all differences of a sentence are clear; in part: "
    "more are clear than are clear the other way; not clear: none is clear either way."
)
TESTS = (
    "In every iteration, a Wilcoxon signed-rank test over paired runs for each of the approaches in the columns, with "
    "Holm's correction over them. The tests are one-sided, as the paper speaks of the significance of improvements; "
    "the other side is tested by itself. Share of iterations in which the strategy is significantly better / worse:"
)


def report_of(result: Result, paper: str) -> Report:
    """Return the report on a finished recipe.

    Parameters
    ----------
    result : Result
        Curves of its one grid.
    paper : str
        Citation.
    """
    found = found_in(result)
    tests = [(field, [field.significance(name, found.baselines) for name in found.proposed]) for field in found.single]
    findings = findings_of(found)
    figures: dict[str, tuple[str, Any]] = {
        "curves": (f"Mean over runs ({_figure(found, 3, 6)})", curves_figure(found.single)),
        "significance": (
            f"Iterations in which {' or '.join(found.proposed)} is significantly better, and, hollow, worse "
            f"(p < {LEVEL}, {_figure(found, 4, 7)})",
            significance_figure(tests),
        ),
    }
    if not found.within and not found.source.empty:
        shown = ("uar",) if found.scales else ("rmse", "pcc")
        figures["transfer"] = (
            f"The source model on the target corpus ({_figure(found, 5, 8)})",
            transfer_figure(found.source, shown, found.way),
        )
    summary = {"comparisons": rows_of(found), "findings": [asdict(f) for f in findings], "direction": found.direction}
    parts = [_significance_text(found, tests), _details(found), _source_text(found), _norms_text(found)]
    rest = "\n\n".join([*(text for part in parts for text in part), _differs(found)])
    return Report(_opening(found, findings, paper), rest, figures, summary, {"source": found.source})


def _figure(found: Found, first: int, second: int) -> str:
    return f"Fig. {second if found.scales else first}"


def _opening(found: Found, findings: list[Finding], paper: str) -> str:
    what, known = ("dimensions", "classes")[:: 1 if found.scales else -1]
    source = "the rest of the same corpus" if found.within else _short(found.plan.source.corpus)
    return "\n\n".join(
        [
            f"# {_short(found.plan.corpus)}: {what} asked for, {known} known from {source}",
            f"After {paper}.", _outcome(found), _counted(findings),
            "## Summary", _summary(found), *(f"**Alarm:** {alarm}" for alarm in found.result.alarms),
            "## What the paper found, and what came out here", _findings_table(findings),
            "## Figures",
        ]
    )  # fmt: skip


def _counted(findings: Sequence[Finding]) -> str:
    words = [f.verdict.split(":")[0] for f in findings]
    counts = [f"{words.count(word)} {word}" for word in ("held", "held in part", "not clear", "did not hold")]
    return (
        f"Of the {len(findings)} findings of the paper that this experiment speaks of, {', '.join(counts)} "
        "(each below, with its numbers)."
    )


def _outcome(found: Found) -> str:
    """Say in a sentence how the paper's strategies did against random."""
    said = []
    for field in found.main:
        for name in found.proposed:
            gap = field.gap(name, "random")
            word = "better than" if gap.low > 0 else "worse than" if gap.high < 0 else "level with"
            said.append(f"{name} is {word} random by {title(field.metric)} ({_gap(gap)})")
    return f"**Over the whole curve, {'; '.join(said)}.**"


def _gap(gap: Any) -> str:
    return f"{gap.mean:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"


def _summary(found: Found) -> str:
    strategies = (*found.strategies, MAPPING) if found.scales else found.strategies
    return "\n\n".join([*(_summary_of(field, strategies) for field in found.main), SUMMARY])


def _summary_of(field: Field, strategies: Sequence[str]) -> str:
    others = [name for name in strategies if name != "random"]
    corrected = dict(zip(others, holm([field.test(name, "random").p for name in others]), strict=True))
    rows = []
    for name in strategies:
        labels = field.labels(name, "random")
        row = [name, f"{field.area(name):.4f}"]
        if name == "random":
            rows.append([*row, "", "", f"{labels:.0f}", ""])
            continue
        wins, runs = field.wins(name, "random")
        reached = f"{labels:.0f}" if np.isfinite(labels) else "never"
        rows.append([*row, _gap(field.gap(name, "random")), f"{corrected[name]:.3f}", reached, f"{wins} of {runs}"])
    head = [
        "strategy",
        f"area, {field.name}",
        "better than random by",
        "p (Holm)",
        "labels to random's last score",
        "wins",
    ]
    return table(head, rows)


def _findings_table(findings: Sequence[Finding]) -> str:
    rows = []
    for each in findings:
        word, colon, counts = each.verdict.partition(":")
        numbers = each.numbers.split("; ")
        more = [f"and {len(numbers) - MOST} more in summary.json"] if len(numbers) > MOST else []
        rows.append([each.section, each.claim, f"**{word}**{colon}{counts}", "; ".join(numbers[:MOST] + more)])
    return f"{table(['section', 'the paper', 'here', 'numbers'], rows)}\n\n{FINDINGS}"


def _significance_text(found: Found, tests: Sequence[tuple[Field, list[Significance]]]) -> list[str]:
    rows = []
    for field, each in tests:
        for test in each:
            shares = [test.share(other, LEVEL) for other in test.others]
            rows.append([field.name, test.name, *(f"{better:.0%} / {worse:.0%}" for better, worse in shares)])
    fewest = found.smallest_p
    told = [] if fewest < LEVEL else [f"With so few runs no p-value can be below {fewest:.2f}: nothing can be marked."]
    return ["## Significance in every iteration", TESTS, *told, table(["", "strategy", *found.baselines], rows)]


def _source_text(found: Found) -> list[str]:
    if found.source.empty:
        return [
            "## The source model",
            "The target corpus has no gold of the source's kind: the source model cannot be scored.",
        ]
    wanted = ("uar", "wa") if found.scales else ("rmse", "pcc", "ccc")
    frame = found.source[found.source["metric"].isin(wanted)]
    rows = [
        [str(target), str(way), f"{d:.0f}", *(f"{mine.loc[mine['metric'] == m, 'value'].mean():.4f}" for m in wanted)]
        for (target, way, d), mine in frame.assign(dimensions=_dimension(frame)).groupby(
            ["target", "way", "dimensions"], sort=False
        )
    ]
    text = (
        "How well the source model predicts the target clips, by their own gold. Within: trained on two of five parts "
        "of the target corpus, mean over the partitions (and of their dimensions)"
        + ("." if found.within else f"; direct: trained on the other corpus; adapted: the same after {found.way}.")
    )
    return ["## The source model", text, table(["target", "trained", "dimensions", *map(title, wanted)], rows)]


def _dimension(frame: pd.DataFrame) -> pd.Series[float]:
    """Return the dimensions of each row, the mean of all for models within the corpus."""
    inside = frame["way"] == "within"
    return frame["dimensions"].astype(float).where(~inside, frame.loc[inside, "dimensions"].mean())


def _norms_text(found: Found) -> list[str]:
    """Set the norms beside what raters say of the same classes, where a corpus knows both."""
    corpora = [data_of(found.plan).corpus, corpus_of(origin_of(found.plan))]
    corpus = next((c for c in corpora if {t.is_scale for t in c.task} == {True, False}), None)
    if corpus is None:
        return []
    emotion, scales = categories(corpus)[0], dimensions(corpus)
    meanings = norms(found.plan.source.norms)
    needed = {dimension(target.name) for target in scales}
    known = [name for name in emotion.classes if needed <= set(meanings.dimensions([name]))]
    gold = corpus.gold(emotion.name)
    places = meanings.of(known, scales)
    rows = [
        [name, *(f"{places[i, j]:.2f} / {corpus.gold(t.name)[gold == name].mean():.2f}" for j, t in enumerate(scales))]
        for i, name in enumerate(known)
    ]
    text = (
        f"What the norms take a class to mean, and the mean rating of its clips in {corpus.name}. Where they differ, "
        "inconsistency speaks of the norms as much as of the models."
    )
    return ["## Norms and raters", text, table(["norm / raters", *(t.name for t in scales)], rows)]


def _details(found: Found) -> list[str]:
    if not found.scales:
        return []
    strategies = (*found.strategies, MAPPING)
    rows = [
        [name, *(f"{field.area(name):.4f} ({_signed(field, name)})" for field in found.single)] for name in strategies
    ]
    text = "Area, and in brackets how much better than random (\\* where the 95 % interval leaves 0 out)."
    return ["## Every dimension", text, table(["strategy", *(field.name for field in found.single)], rows)]


def _signed(field: Field, name: str) -> str:
    if name == "random":
        return "random"
    gap = field.gap(name, "random")
    return f"{gap.mean:+.4f}{chr(92) + '*' if gap.low > 0 or gap.high < 0 else ''}"


def _differs(found: Found) -> str:
    plan, grid, data = found.plan, found.result.cells[0].grid, data_of(found.plan)
    source, asked = related_of(plan), ", ".join(target.name for target in data.task)
    queries = int(plan.budget - plan.initial)
    runs = len(grid.folds) * len(grid.seeds)
    components = data.table.values.shape[1]
    rows = [
        ["target corpus", "IEMOCAP", f"{_short(plan.corpus)}, {len(data.pool):,} clips in the first pool"],
        ["source", *_sources(found, source.clips)],
        ["asked for", "five or four classes; valence, arousal, dominance", f"{asked}{_classes(data.task)}"],
        ["features", "wav2vec 2.0, 768", f"{_short(plan.features)}, {data.raw.values.shape[1]:,}, standardised first"],
        ["after PCA (90 %)", "46 or 45", f"{components} of the target alone; {source.dimensions} for the source model"],
        ["first labels / asked for", "20 / 200, one by one", f"{plan.initial} / {queries}, {plan.batch} at a time"],
        ["runs of each strategy", "30: 10 partitions x 3", f"{runs}: {len(grid.folds)} x {len(grid.seeds)}"],
        ["norms", "NRC lexicon", _short(plan.source.norms) or "NRC lexicon, Table 1 of the paper"],
        ["tests", "Wilcoxon and Holm, sides not said", "one-sided, for improvement; the other side drawn hollow"],
    ]  # fmt: skip
    return "\n\n".join(["## What differs from the paper", table(["", "paper", "here"], rows), *_notes(found, queries)])


def _sources(found: Found, clips: int) -> tuple[str, str]:
    if found.within:
        return (
            "two of five sessions, each choice once",
            f"the parts held back by the split '{found.plan.split}', {clips:,} clips at first",
        )
    return "MELD" if found.scales else "VAM", f"{_short(found.plan.source.corpus)}, {clips:,} clips"


def _classes(task: Any) -> str:
    return "".join(f" ({', '.join(target.classes)})" for target in task if not target.is_scale)


def _notes(found: Found, queries: int) -> list[str]:
    notes = list(found.result.notes)
    if queries < 200:
        notes.insert(0, f"the pool is small: {queries} labels are asked for in the place of 200")
    shown = notes[:8] + ([f"and {len(notes) - 8} more notes"] if len(notes) > 8 else [])
    return ["\n".join(f"- {note}" for note in shown)] if shown else []


def _short(text: str) -> str:
    return text.rsplit("/", 1)[-1]
