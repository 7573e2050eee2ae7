"""The recipe after: end to end on made-up speech with tiny encoders, resumed, and listed without torch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seral_core.recipes.after import AfterSettings, sized
from seral_core.recipes.after.report import at, fewer
from seral_core.recipes.base import run_recipe
from seral_core.runs.plan import Plan
from seral_core.runs.training_progress import training_of
from seral_core.scores.statistics import Curve
from tests.deep.talking import a_table

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> AfterSettings:
    pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")
    pytest.importorskip("transformers", reason="transformers is not installed: pip install -e '.[deep]'")
    from tests.deep.tiny import a_model

    folder = tmp_path_factory.mktemp("after")
    a_model("hubert").save_pretrained(folder / "model")
    table = a_table(folder / "clips", speakers=5, each=8, seconds=0.4)
    return AfterSettings(
        corpus=str(table), backbone=str(folder / "model"), quick=True, tapt=1, repetitions=2, device="cpu"
    )


@pytest.fixture(scope="module")
def done(settings: AfterSettings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("done")
    run_recipe("after", settings, folder, jobs=1)
    return folder


def test_the_report_has_the_papers_tables_and_figures(done: Path) -> None:
    text = (done / "report.md").read_text()
    for title in ("(Table 7)", "(Table 8)", "(Figure 5)", "what held here", "differs from the paper"):
        assert title in text
    assert "77.41 / 74.32" in text  # AFTER with 20 % in the paper
    assert {path.stem for path in done.glob("*.html")} == {"labels", "pre-training", "map", "stages", "time"}
    times = pd.read_parquet(done / "times.parquet")
    assert (times.groupby(["strategy", "seed"])["fine-tuning"].apply(lambda s: (np.diff(s) > 0).all())).all()
    watched = pd.read_parquet(done / "pre-training.parquet")
    assert {"loss", "accuracy", "chance", "perplexity", "seconds"} <= set(watched["metric"])


def test_methods_begin_with_the_same_clips_and_end_with_all(done: Path) -> None:
    frame = pd.read_parquet(done / "curves.parquet")
    pool = frame[(frame["scenario"] == "pool") & (frame["metric"] == "uar")]
    assert set(pool["strategy"]) == {f"{s} ({m})" for s in ("random", "entropy") for m in ("FT", "TAPT+FT")}
    assert pool.groupby(["strategy", "seed"])["spent"].max().nunique() == 1
    first = pool[pool["spent"] == pool["spent"].min()]
    by_method = first.assign(method=first["strategy"].str.extract(r"\((.*)\)")[0].to_numpy())
    assert (by_method.groupby(["method", "seed"])["value"].nunique() == 1).all()


def test_stopped_and_started_again_it_comes_to_the_same(
    settings: AfterSettings, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(Exception):
        pass

    def impatient(count: int) -> Callable[[int, int, str], None]:
        left = iter(range(count))

        def progress(done: int, total: int, what: str) -> None:
            if not what.startswith("features") and next(left, None) is None:
                raise Enough

        return progress

    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))
    for count in (1, 6, 9):  # in the preparation, in the first grid, in the second
        with pytest.raises(Enough):
            run_recipe("after", settings, tmp_path / "again", jobs=1, progress=impatient(count))
    run_recipe("after", settings, tmp_path / "again", jobs=1)
    whole, again = (pd.read_parquet(folder / "curves.parquet") for folder in (done, tmp_path / "again"))
    same = whole["metric"] != "seconds"
    pd.testing.assert_frame_equal(whole[same], again[same])
    assert training_of(tmp_path / "again") == {}


def test_it_is_listed_without_loading_torch() -> None:
    code = (
        "import sys\n"
        "from seral_core.cli import main\n"
        "from seral_core.recipes.base import recipes\n"
        "print(recipes['after'].settings().backbone, *{'torch', 'transformers'} & set(sys.modules))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "whisper-tiny.en"


def test_rounds_meet_ten_forty_and_a_hundred_percent() -> None:
    plan = sized(Plan(budget=10**9), 1_000, AfterSettings())
    rounds = plan.initial + plan.batch * np.arange(40)
    assert {100, 400, 1_000} <= set(rounds.tolist())


def test_scores_by_share_of_labels_are_read_between_rounds() -> None:
    curve = Curve("a", np.array([10.0, 30.0, 100.0]), np.array([[0.2, 0.4, 0.5], [0.4, 0.6, 0.5]]), ((0, 0), (1, 0)))
    assert at(curve, 20).tolist() == pytest.approx([0.3, 0.5])
    assert fewer(curve, 100.0).mean == pytest.approx(-0.1)
