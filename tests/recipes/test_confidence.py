"""The recipe of confidence: its numbers are those of the measures, and it tells doubts apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seral_core.errors import BadPlan, UnknownName
from seral_core.recipes.base import run_recipe
from seral_core.recipes.confidence import Confidence, ConfidenceSettings


@pytest.fixture(scope="module")
def voted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A table of 90 clips of six speakers with five votes each; raters disagree where the third feature is high."""
    folder, rng = tmp_path_factory.mktemp("voted"), np.random.default_rng(0)
    truth, values = rng.integers(0, 2, 90), rng.normal(size=(90, 4))
    values[:, 0] += 2 * (2 * truth - 1)
    values[::5, 2] += 4
    wrong = np.where(np.arange(90) % 5 == 0, 0.4, 0.02)
    rows = [
        (f"c{i}.wav", f"s{i % 6}", f"r{r}", ("anger", "sadness")[int(truth[i] ^ (rng.random() < wrong[i]))])
        for i in range(90)
        for r in range(5)
    ]
    pd.DataFrame(rows, columns=["file", "speaker", "rater", "emotion"]).to_csv(folder / "votes.csv", index=False)
    np.savez(folder / "votes.npz", ids=np.array([f"c{i}.wav" for i in range(90)]), values=values)
    return {"corpus": str(folder / "votes.csv"), "features": str(folder / "votes.npz"), "split": "speakers:3"}


def test_the_report_ranks_measures_and_only_those_that_know_votes_know_disagreement(
    voted: dict[str, str], tmp_path: Path
) -> None:
    names = ("posterior", "calibrated", "agreement")
    settings = ConfidenceSettings(**voted, measures=names, repetitions=1)
    report = run_recipe("confidence", settings, tmp_path / "out", jobs=1).read_text(encoding="utf-8")
    assert all(f"| {name} |" in report for name in names)
    assert "95 % intervals count test parts" in report
    frame = pd.read_parquet(tmp_path / "out" / "curves.parquet")
    mean = frame.groupby(["metric", "strategy"])["value"].mean()
    assert len(frame) == 3 * 3 * 5
    assert mean["correlation with disagreement", "agreement"] > 0.3 > mean["correlation with disagreement", "posterior"]


def test_measures_that_the_corpus_has_nothing_for_are_left_out(voted: dict[str, str]) -> None:
    recipe = Confidence()
    (trials,) = recipe.cells(ConfidenceSettings(**voted, quick=True))
    assert {"posterior", "agreement", "ensemble:part=unknown"} <= set(trials.variants)  # type: ignore[attr-defined]
    assert not {"agreement", "margin"} & set(recipe._fitting(votes=False, scale=True))
    with pytest.raises(UnknownName, match="confidence measure 'agrement'; did you mean 'agreement'"):
        recipe.cells(ConfidenceSettings(**voted, measures=("agrement",)))
    with pytest.raises(BadPlan, match="got 2 as share of labelled clips"):
        recipe.cells(ConfidenceSettings(**voted, share=2.0))
