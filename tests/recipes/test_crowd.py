"""The recipe crowd on a small table: answers counted, whom asked, gold and soft labels, whichever way they fall."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index, toy_corpus
from seral_core.errors import BadPlan
from seral_core.recipes.base import run_recipe
from seral_core.recipes.crowd import CrowdSettings, category_of, sized
from seral_core.recipes.crowd.gold import gold_by_method, gold_text
from seral_core.runs.plan import Plan
from seral_core.types import Target
from tests.runs.conftest import small_table


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One seed and one test part."""
    folder = tmp_path_factory.mktemp("crowd")
    table = small_table(folder)
    settings = CrowdSettings(
        corpus=str(table), features=str(table.with_name("features.npz")), test="session=Ses1", raters=6, cap=4,
        budget=30, repetitions=1, quick=True,
    )  # fmt: skip
    run_recipe("crowd", settings, folder / "out", jobs=1)
    return folder / "out"


def test_every_way_pays_for_its_answers_and_no_more(whole: Path) -> None:
    asked = pd.read_parquet(whole / "asked.parquet").set_index(["scenario", "way"])
    assert len(asked) == 11
    assert asked["answers"].max() <= 30
    assert asked["answers"].min() >= 26
    for name, each in (("1 rater", 1), ("3 raters", 3), ("4 raters", 4)):
        assert asked["each"]["how many", name] == each
    assert 2 < asked["each"]["how many", "until 2 agree"] < 3
    assert asked["right"]["how many", "4 raters"] > asked["right"]["how many", "1 rater"]
    assert (asked["hours"] > 0).all()
    frame = pd.read_parquet(whole / "curves.parquet")
    assert frame[frame["scenario"] == "how many"]["spent"].max() <= 30


def test_more_votes_make_better_gold_and_all_ways_are_scored(whole: Path) -> None:
    frame = pd.read_parquet(whole / "curves.parquet")
    learned = frame[frame["scenario"] == "learning"]
    assert set(learned["metric"]) == {"uar", "hard-uar", "cross-entropy", "jensen-shannon"}
    assert set(learned["spent"]) == {1, 3, 4}
    given = learned[learned["target"] == "labels given"].groupby(["strategy", "spent"])["value"].mean().unstack()
    assert (given[4] > given[1]).all()
    assert given[1].nunique() == 1, "one vote is the label, however votes are joined"


def test_the_report_has_claims_with_numbers(whole: Path) -> None:
    report, summary = (whole / "report.md").read_text(), json.loads((whole / "summary.json").read_text())
    assert len(summary["claims"]) == 7
    assert all(claim["numbers"] for claim in summary["claims"])
    for title in ("How many raters", "Whom to ask", "Answers saved", "Gold and soft labels"):
        assert f"## {title}" in report
    assert "Gold of the votes" not in report, "this table has one answer for each clip"
    assert {"how-many.html", "whom.html", "learning.html"} <= {path.name for path in whole.iterdir()}


def test_gold_by_each_method_of_votes_without_names_says_why_they_differ() -> None:
    """Neutral is heard too often: Dawid and Skene count a vote for it less than one for anger."""
    rng = np.random.default_rng(0)
    task = (Target("emotion", ("anger", "neutral")),)
    ids = [f"c{i:03d}.wav" for i in range(400)]
    rows = []
    for i, clip in enumerate(ids):
        share = 0.6 if i % 2 else 0.05  # of votes for anger
        rows += [(clip, "emotion", f"vote-{n}", "anger" if rng.random() < share else "neutral") for n in range(7)]
    corpus = Corpus("made up", pd.DataFrame({"speaker": "1"}, index=segment_index(ids)), rating_frame(rows), task)
    found = gold_by_method(corpus, task[0])
    assert (found["weighted"] == found["majority"]).all()
    other = found["dawid-skene"] != found["majority"]
    assert other.mean() > 0.05
    assert (found["dawid-skene"][other] == "anger").all()
    text = gold_text(corpus, task[0])
    assert "Votes have no names" in text
    assert "neutral to anger" in text


def test_settings_that_make_no_experiment_are_refused() -> None:
    with pytest.raises(BadPlan, match="expected 20 or more"):
        sized(Plan(budget=10**9), 100, CrowdSettings(budget=200), 3)
    with pytest.raises(BadPlan, match="one category"):
        category_of(toy_corpus(), ("arousal",))
    with pytest.raises(BadPlan, match="got 3 raters"):
        CrowdSettings(raters=3, cap=5)
