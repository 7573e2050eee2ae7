"""What the recipe ctial reports: the paper's figures as measured here, a summary, and which of its claims held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from seral_core.norms import dimension, norms
from seral_core.recipes.base import Report, Result
from seral_core.recipes.claims import Claim, claims_counted, claims_table, with_numbers
from seral_core.recipes.comparison import MEAN, Field, comparison_row, fields_of, title, with_mean
from seral_core.recipes.ctial.claims import BASELINES, adapted, cat2dim, dim2cat
from seral_core.recipes.ctial.transfer import MAPPING, mapped, transfer, transfer_figure, within
from seral_core.recipes.figures import curves_figure, significance_figure
from seral_core.recipes.report import (
    LEVEL,
    alarms,
    areas_table,
    basis,
    joined,
    outcome,
    paper_and_here,
    short,
    significance_table,
    table,
    versus_table,
)
from seral_core.runs.data import Data
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.source_model import categories, dimensions, source_model
from seral_core.scores.iterations import Significance
from seral_core.scores.statistics import WHERE

#: Numbers of adapted dimensions in the figure, besides the one that the experiment used.
DIMENSIONS, QUICK_DIMENSIONS = (10, 20, 30, 40, 50, 60), (10, 30, 40, 60)
SUMMARY = (
    "Area: mean height of the curves. Better by: mean difference over paired runs, above 0 where "
    "the strategy is better (also of errors), with its 95 % interval; p of the t test that belongs to it, "
    "two-sided, with Holm's correction over the strategies. "
    "Labels: those with which the mean curve reaches random's last score. Wins: runs whose area "
    "is better than that of the random run with the same first labels. Runs of one partition, and "
    "partitions that overlap, are not independent: intervals and tests count the groups of speakers that the "
    "partitions are made of, and there are none where all runs have the same pool, as across corpora."
)
CLAIMS = (
    "Numbers are mean differences of areas with 95 % intervals over groups of speakers, above 0 where "
    "the paper's sentence says so; small K and at first: the first quarter of the labels asked "
    "for; large K and later: the last. A difference is clear where its interval does not contain "
    "0. Held: all differences of a sentence are clear; in part: more are clear than are clear the "
    "other way; not clear: none is clear either way."
)
TESTS = (
    "In every iteration, a t test over groups of speakers for each of the approaches "
    "in the columns, with Holm's correction over them. The tests are one-sided, as the paper "
    "speaks of the significance of improvements; the other side is tested by itself. Share of "
    "iterations in which the strategy is significantly better / worse:"
)


@dataclass(frozen=True)
class Results:
    """All that the report speaks of.

    Parameters
    ----------
    result : Result
        The finished recipe.
    fields : tuple of Field
        By metric and target, with NRC mapping; those of the mean over targets last.
    source : DataFrame
        How good the source model is, as of `seral_core.recipes.ctial.transfer`.
    """

    result: Result
    fields: tuple[Field, ...]
    source: pd.DataFrame

    @property
    def grid(self) -> Grid:
        """What was run."""
        found: Grid = self.result.cells[0].grid
        return found

    @property
    def plan(self) -> Plan:
        """What all runs share."""
        return self.grid.plan

    @property
    def scales(self) -> bool:
        """Whether scales were asked for."""
        return self.fields[0].metric != "uar"

    @property
    def within(self) -> bool:
        """Whether source and target are one corpus."""
        return self.plan.source.same

    @property
    def way(self) -> str:
        """How features were adapted, or would have been."""
        return "BDA" if self.scales else "TCA"

    @property
    def single(self) -> tuple[Field, ...]:
        """The fields of single targets."""
        return tuple(field for field in self.fields if field.target != MEAN)

    @property
    def main(self) -> tuple[Field, ...]:
        """The fields that sum everything up: UAR, or the mean over dimensions."""
        return tuple(field for field in self.fields if field.target == MEAN) or self.fields

    @property
    def approaches(self) -> tuple[str, ...]:
        """What was run, in order, and NRC mapping where there is one."""
        return (*self.grid.strategies, MAPPING) if self.scales else self.grid.strategies

    @property
    def proposed(self) -> tuple[str, ...]:
        """The paper's strategies that join cross-task inconsistency with another measure."""
        return ("mtigs-ctial",) if self.scales else ("ent-ctial", "lc-ctial")

    @property
    def baselines(self) -> tuple[str, ...]:
        """What they are compared with in every iteration."""
        if not self.scales:
            return BASELINES
        return (MAPPING, *(name for name in self.grid.strategies if name not in self.proposed))

    def section(self, first: str, second: str) -> str:
        """Return a place in the paper: of sections 4, or of 5, which asks for dimensions."""
        return second if self.scales else first


def results_of(result: Result) -> Results:
    """Return curves and scores, with NRC mapping, the mean over targets, and the source model's."""
    scales = "rmse" in result.frame["metric"].unique()
    names = ("rmse", "pcc") if scales else ("uar",)
    frame = result.frame[result.frame["metric"].isin(names)]
    folds = [result.data.varied(fold=fold) for fold in result.cells[0].grid.folds]
    if scales:
        frame = pd.concat([frame, _mapping(folds, frame)], ignore_index=True)
    fields = sorted(fields_of(with_mean(frame), names), key=lambda field: field.target == MEAN)
    quick = bool(getattr(result.settings, "quick", False))
    same = result.data.plan.source.same
    source = within(folds) if same else transfer(result.data, QUICK_DIMENSIONS if quick else DIMENSIONS)
    return Results(result, tuple(fields), source)


def _mapping(folds: Sequence[Data], frame: pd.DataFrame) -> pd.DataFrame:
    """Return a flat line for NRC mapping, at all points and for all runs of the others."""
    scores = mapped(folds)
    where = [column for column in WHERE if column in frame]
    runs = frame[["seed", "fold", "target", "metric", "spent", "scenario", *where]].drop_duplicates()
    value = [scores[fold][t][m] for fold, t, m in zip(runs["fold"], runs["target"], runs["metric"], strict=True)]
    return runs.assign(strategy=MAPPING, value=value).reindex(columns=frame.columns, fill_value=0)


def claims_of(found: Results) -> list[Claim]:
    """Return every claim of the paper that this direction and scenario can speak of."""
    if found.scales:
        claims = cat2dim(found.single, found.main, found.within)
    else:
        claims = dim2cat(found.single, found.within)
    if not found.within and not found.source.empty:
        used = found.plan.source.dimensions(found.way.lower())
        claims += adapted(found.section("4.3", "5.3"), found.source, found.way, used)
    return with_numbers(claims)


def report_of(result: Result, paper: str) -> Report:
    """Return the report on a finished recipe.

    Parameters
    ----------
    result : Result
        Curves of its one grid.
    paper : str
        Citation.
    """
    found = results_of(result)
    tests = [(field, [field.significance(name, found.baselines) for name in found.proposed]) for field in found.single]
    claims = claims_of(found)
    compared = [comparison_row(each) for field in found.fields for each in field.against("random")]
    summary = {
        "comparisons": compared,
        "findings": [asdict(claim) for claim in claims],
        "direction": found.section("dim2cat", "cat2dim"),
    }
    rest = joined(
        _significance(found, tests),
        _details(found),
        _source(found),
        _norms(found),
        "## What differs from the paper",
        _differs(found),
    )
    return Report(_opening(found, claims, paper), rest, _figures(found, tests), summary, {"source": found.source})


def _opening(found: Results, claims: list[Claim], paper: str) -> str:
    what, known = ("dimensions", "classes")[:: 1 if found.scales else -1]
    source = "the rest of the same corpus" if found.within else short(found.plan.source.corpus)
    return joined(
        f"# {short(found.plan.corpus)}: {what} asked for, {known} known from {source}",
        f"After {paper}.",
        outcome(found.main, found.proposed),
        claims_counted(claims),
        "## Summary",
        [versus_table(field, found.approaches) for field in found.main],
        basis(found.main),
        SUMMARY,
        alarms(found.result.alarms),
        "## What the paper found, and what was found here",
        claims_table(claims),
        CLAIMS,
        "## Figures",
    )


def _figures(found: Results, tests: Sequence[tuple[Field, Sequence[Significance]]]) -> dict[str, tuple[str, Any]]:
    marked = f"Iterations in which {' or '.join(found.proposed)} is significantly better, and, hollow, worse"
    figures = {
        "curves": (f"Mean over runs ({found.section('Fig. 3', 'Fig. 6')})", curves_figure(found.single)),
        "significance": (f"{marked} (p < {LEVEL}, {found.section('Fig. 4', 'Fig. 7')})", significance_figure(tests)),
    }
    if not found.within and not found.source.empty:
        caption = f"The source model on the target corpus ({found.section('Fig. 5', 'Fig. 8')})"
        shown = ("uar",) if found.scales else ("rmse", "pcc")
        figures["transfer"] = (caption, transfer_figure(found.source, shown, found.way))
    return figures


def _significance(found: Results, tests: Sequence[tuple[Field, list[Significance]]]) -> list[str]:
    title = "## Significance in every iteration"
    if not all(test.tested for _, each in tests for test in each):
        return [title, "Nothing can be tested: test parts are too few (see the summary)."]
    return [title, TESTS, significance_table(tests)]


def _details(found: Results) -> list[str]:
    if not found.scales:
        return []
    text = "Area, and in brackets how much better than random (\\* where the 95 % interval does not contain 0)."
    return ["## Every dimension", text, areas_table(found.single, found.approaches)]


def _source(found: Results) -> list[str]:
    if found.source.empty:
        none = "The target corpus has no gold of the source's kind: the source model cannot be scored."
        return ["## The source model", none]
    wanted = ("uar", "wa") if found.scales else ("rmse", "pcc", "ccc")
    frame = found.source[found.source["metric"].isin(wanted)]
    rows = [
        [str(target), str(way), f"{d:.0f}", *(f"{mine.loc[mine['metric'] == m, 'value'].mean():.4f}" for m in wanted)]
        for (target, way, d), mine in frame.assign(dimensions=_dimension(frame)).groupby(
            ["target", "way", "dimensions"], sort=False
        )
    ]
    text = (
        "How well the source model predicts the target clips, by their own gold. Within: trained "
        "on two of five parts of the target corpus, mean over the partitions (and of their "
        "dimensions)"
        + ("." if found.within else f"; direct: trained on the other corpus; adapted: the same after {found.way}.")
    )
    return ["## The source model", text, table(["target", "trained", "dimensions", *map(title, wanted)], rows)]


def _dimension(frame: pd.DataFrame) -> pd.Series[float]:
    """Return the dimensions of each row, the mean of all for models within the corpus."""
    inside = frame["way"] == "within"
    return frame["dimensions"].astype(float).where(~inside, frame.loc[inside, "dimensions"].mean())


def _norms(found: Results) -> list[str]:
    """Set the norms beside what raters say of the same classes, where a corpus knows both."""
    data = found.result.data
    corpora = [data.corpus, *([data.origin.corpus] if data.origin else [])]
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
        f"What the norms take a class to mean, and the mean rating of its clips in {corpus.name}. "
        "Where they differ, inconsistency shows differences of the norms as much as of the models."
    )
    return ["## Norms and raters", text, table(["norm / raters", *(t.name for t in scales)], rows)]


def _differs(found: Results) -> str:
    plan, grid, data = found.plan, found.grid, found.result.data
    model, queries = source_model(data), int(plan.budget - plan.initial)
    asked = ", ".join(target.name for target in data.task) + "".join(
        f" ({', '.join(target.classes)})" for target in data.task if not target.is_scale
    )
    components = f"{data.table.values.shape[1]} of the target alone; {model.dimensions} for the source model"
    runs = f"{len(grid.folds) * len(grid.seeds)}: {len(grid.folds)} x {len(grid.seeds)}"
    rows = [
        ["target corpus", "IEMOCAP", f"{short(plan.corpus)}, {len(data.pool):,} clips in the first pool"],
        ["source", *_sources(found, model.clips)],
        ["asked for", "five or four classes; valence, arousal, dominance", asked],
        ["features", "wav2vec 2.0, 768", f"{short(plan.features)}, {data.raw.values.shape[1]:,}, standardised first"],
        ["after PCA (90 %)", "46 or 45", components],
        ["first labels / asked for", "20 / 200, one by one", f"{plan.initial} / {queries}, {plan.batch} at a time"],
        ["runs of each strategy", "30: 10 partitions x 3", runs],
        ["norms", "NRC lexicon", short(plan.source.norms) or "NRC lexicon, Table 1 of the paper"],
        [
            "tests",
            "Wilcoxon over 30 runs and Holm, sides not stated",
            "t over groups of speakers and Holm, one-sided for improvement; the other side drawn hollow",
        ],
    ]
    small = [f"the pool is small: {queries} labels are asked for instead of 200"] if queries < 200 else []
    return paper_and_here(rows, [*small, *found.result.notes])


def _sources(found: Results, clips: int) -> tuple[str, str]:
    if found.within:
        here = f"the parts held back by the split '{found.plan.split}', {clips:,} clips at first"
        return "two of five sessions, each choice once", here
    return found.section("VAM", "MELD"), f"{short(found.plan.source.corpus)}, {clips:,} clips"
