"""All that came out of the recipe ctial: its curves and their mean, NRC mapping, and the source model's scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seral_core.recipes.base import Result
from seral_core.recipes.ctial_compared import MEAN, Field, field_of, with_mean
from seral_core.recipes.ctial_findings import DIM2CAT_BASELINES, Finding, adapted, cat2dim, dim2cat, told
from seral_core.recipes.transfer import mapped, transfer, within
from seral_core.runs.plan import Plan

MAPPING = "nrc-mapping"
#: Numbers of adapted dimensions in the figure, besides the one that the experiment used.
DIMENSIONS, QUICK_DIMENSIONS = (10, 20, 30, 40, 50, 60), (10, 30, 40, 60)


@dataclass(frozen=True)
class Found:
    """All that the report speaks of.

    Parameters
    ----------
    result : Result
        What came out.
    frame : DataFrame
        Its curves, with NRC mapping and the mean over targets.
    fields : tuple of Field
        By target and metric, those of the mean last.
    source : DataFrame
        How good the source model is, as of `seral_core.recipes.transfer`.
    """

    result: Result
    frame: pd.DataFrame
    fields: tuple[Field, ...]
    source: pd.DataFrame

    @property
    def plan(self) -> Plan:
        """What all runs share."""
        return self.result.cells[0].grid.plan

    @property
    def scales(self) -> bool:
        """Whether scales were asked for."""
        return self.fields[0].metric != "uar"

    @property
    def direction(self) -> str:
        """dim2cat or cat2dim."""
        return "cat2dim" if self.scales else "dim2cat"

    @property
    def within(self) -> bool:
        """Whether source and target are one corpus."""
        return self.plan.source.same

    @property
    def way(self) -> str:
        """How features were adapted, or would have been."""
        return "BDA" if self.scales else "TCA"

    @property
    def main(self) -> tuple[Field, ...]:
        """The fields that sum everything up: UAR, or the mean over dimensions."""
        several = tuple(field for field in self.fields if field.target == MEAN)
        return several or self.fields

    @property
    def single(self) -> tuple[Field, ...]:
        """The fields of single targets."""
        return tuple(field for field in self.fields if field.target != MEAN)

    @property
    def strategies(self) -> tuple[str, ...]:
        """What was run, in order."""
        return self.result.cells[0].grid.strategies

    @property
    def proposed(self) -> tuple[str, ...]:
        """The paper's strategies that join cross-task inconsistency with another measure."""
        return ("mtigs-ctial",) if self.scales else ("ent-ctial", "lc-ctial")

    @property
    def smallest_p(self) -> float:
        """The smallest corrected p-value that so many runs can give."""
        grid = self.result.cells[0].grid
        return float(len(self.baselines) / 2 ** (len(grid.seeds) * len(grid.folds)))

    @property
    def baselines(self) -> tuple[str, ...]:
        """What they are compared with in every iteration."""
        if not self.scales:
            return DIM2CAT_BASELINES
        return (MAPPING, *(name for name in self.strategies if name not in self.proposed))


def found_in(result: Result) -> Found:
    """Work out everything that is spoken of."""
    plan, grid = result.cells[0].grid.plan, result.cells[0].grid
    scales = "rmse" in result.frame["metric"].unique()
    frame = result.frame[result.frame["metric"].isin(("rmse", "pcc") if scales else ("uar",))]
    if scales:
        frame = pd.concat([frame, _mapping(plan, grid.folds, frame)], ignore_index=True)
    frame = with_mean(frame)
    pairs = [(t, m) for m in (("rmse", "pcc") if scales else ("uar",)) for t in frame["target"].unique()]
    pairs.sort(key=lambda pair: pair[0] == MEAN)
    fields = tuple(field_of(frame, target, metric) for target, metric in pairs)
    return Found(result, frame, fields, _source(result, plan))


def findings_of(found: Found) -> list[Finding]:
    """Return every finding of the paper that this direction and scenario can speak of."""
    if found.scales:
        findings = cat2dim(found.single, found.main, found.within)
    else:
        findings = dim2cat(found.single, found.within)
    if not found.within and not found.source.empty:
        used = found.plan.source.dimensions(found.way.lower())
        section = "5.3" if found.scales else "4.3"
        findings += adapted(section, found.source, found.way, used)
    return told(findings)


def _mapping(plan: Plan, folds: tuple[int, ...], frame: pd.DataFrame) -> pd.DataFrame:
    """Return a flat line for NRC mapping, at all points and for all runs of the others."""
    scores = mapped(plan, folds)
    runs = frame[["seed", "fold", "target", "metric", "spent", "scenario"]].drop_duplicates()
    value = [scores[fold][t][m] for fold, t, m in zip(runs["fold"], runs["target"], runs["metric"], strict=True)]
    return runs.assign(strategy=MAPPING, value=value)[frame.columns]


def _source(result: Result, plan: Plan) -> pd.DataFrame:
    if plan.source.same:
        return within(plan)
    quick = bool(getattr(result.settings, "quick", False))
    return transfer(plan, QUICK_DIMENSIONS if quick else DIMENSIONS)


def rows_of(found: Found) -> list[dict[str, Any]]:
    """Return every strategy against random as plain data."""
    rows = []
    for field in found.fields:
        for name in field.curves:
            if name == "random":
                continue
            gap, test, labels = field.gap(name, "random"), field.test(name, "random"), field.labels(name, "random")
            wins, runs = field.wins(name, "random")
            rows.append(
                {
                    "target": field.target, "metric": field.metric, "strategy": name, "baseline": "random",
                    "area": round(field.area(name), 6), "above": round(gap.mean, 6),
                    "interval": [round(gap.low, 6), round(gap.high, 6)], "p": test.p, "effect": test.effect,
                    "labels_to_random_end": round(labels, 3) if np.isfinite(labels) else None,
                    "wins": wins, "runs": runs,
                }
            )  # fmt: skip
    return rows
