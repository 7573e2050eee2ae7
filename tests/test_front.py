"""The front door: from arrays, tables and folders to results, maps, reports and models."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import seral_core as seral
from seral_core.comparing import Comparison
from seral_core.continued import CodeChanged
from seral_core.corpora.corpus import toy_corpus
from seral_core.dataset import Dataset
from seral_core.errors import BadCorpus, BadPlan, UnknownName
from seral_core.features.table import FeatureTable
from seral_core.runs.plan import Plan

SMALL = {"split": "speakers:3", "budget": 26, "initial": 20, "batch": 3}


@pytest.fixture(scope="module")
def arrays() -> Dataset:
    rng = np.random.default_rng(0)
    y = np.tile(["anger", "fear", "sadness"], 30)
    x = rng.normal(size=(90, 5)) + (y == "fear")[:, None] * 2 - (y == "anger")[:, None]
    return seral.from_arrays(x, y, speakers=np.repeat([f"s{i}" for i in range(9)], 10))


def first_come(view: Any, n: int, rng: Any) -> Any:
    return view.candidates[:n]


def least_sure(view: Any, n: int, rng: Any) -> Any:
    return view.most_uncertain(n)


@pytest.fixture(scope="module")
def result(arrays: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    strategies = {"mine": least_sure, "random": "random"}
    learner = LogisticRegression()
    return seral.compare(
        arrays, learner=learner, strategies=strategies, seeds=3, save=tmp_path_factory.mktemp("front"), jobs=1, **SMALL
    )


def test_a_result_says_what_came_out_and_over_what(result: Comparison) -> None:
    frame = result.to_frame()
    assert set(frame["strategy"]) == {"mine", "random"}
    assert frame.groupby("strategy")["fold"].nunique().tolist() == [3, 3]
    table = result.differences()
    assert table.index.tolist() == ["mine"]
    assert table.loc["mine", "groups"] == 3
    assert table.loc["mine", "low"] < table.loc["mine", "mean"] < table.loc["mine", "high"]
    assert result.differences("mine").index.tolist() == ["random"]
    assert result.differences("mine").loc["random", "mean"] == pytest.approx(-table.loc["mine", "mean"])
    assert "mine" in repr(result)
    with pytest.raises(UnknownName, match="margin"):
        result.differences("margin")
    with pytest.raises(BadPlan, match="0, 1, 2"):
        result.fit("mine", seed=7)


def test_it_draws_and_keeps_one_file(result: Comparison, tmp_path: Path) -> None:
    assert {trace.name for trace in result.plot().data} >= {"mine", "random"}
    points = next(trace for trace in result.map("mine", method="pca").data if trace.name == "labelled")
    assert len(points.x) + 3 == 26  # the last three are drawn as just queried
    assert result.map("mine", method="t-sne").data
    page = result.save(tmp_path / "deep" / "report.html").read_text()
    assert page.count("Plotly.newPlot") == 2
    assert "<script src=" not in page
    assert "95 % intervals count test parts" in page
    assert result.save(tmp_path / "scores.csv").read_text().startswith("strategy,")
    with pytest.raises(BadPlan, match=r"expected \.html, \.pdf or \.csv"):
        result.save(tmp_path / "report.doc")
    if shutil.which("chromium"):
        assert result.save(tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_its_model_scores_what_the_judge_saw(result: Comparison, arrays: Dataset) -> None:
    model = result.fit("mine")
    assert result.fit("mine") is model
    log = result._log("mine", None)
    made = result._prepared(log)
    test = list(made.split.test)
    found = model.predict(arrays.features().only(test), speakers=arrays.corpus.about["speaker"].loc[test].tolist())
    gold = arrays.corpus.gold("emotion").loc[test]
    recalls = [(found["emotion"][gold == name] == name).mean() for name in gold.unique()]
    frame = result.to_frame()
    last = frame[(frame["strategy"] == "mine") & (frame["seed"] == 0) & (frame["metric"] == "uar")]
    assert np.mean(recalls) == pytest.approx(last["value"].iloc[-1])


def test_changed_code_in_the_same_folder_is_a_new_run_and_a_sentence(arrays: Dataset, tmp_path: Path) -> None:
    how: dict[str, Any] = {"learner": "logistic-regression", "seeds": 2, "save": tmp_path, "jobs": 1, **SMALL}
    before = seral.compare(arrays, strategies={"mine": first_come, "random": "random"}, **how)
    with pytest.warns(CodeChanged, match="mine was changed"):
        again = seral.compare(arrays, strategies={"mine": least_sure, "random": "random"}, **how)
    assert "mine was changed since the comparison" in again.notes[0]
    assert "mine was changed" not in " ".join(before.notes)
    old, new = (each.to_frame() for each in (before, again))
    old, new = (each[each["strategy"] == "mine"]["value"].tolist() for each in (old, new))
    assert old != new
    assert len(list((tmp_path / "runs").iterdir())) == 6  # those of before stay
    more = seral.compare(arrays, strategies={"mine": least_sure, "random": "random", "margin": "margin"}, **how)
    assert more.notes[0].startswith("the comparison grew")
    with pytest.raises(BadPlan, match=r"holds another comparison: budget is 26 there and 29 here; .*\(save=\)"):
        seral.compare(arrays, strategies="random", **(how | {"budget": 29}))


def test_datasets_open_from_folders_tables_and_corpora(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text(
        "file,who,emotion,mood\n" + "".join(f"{i}.wav,s{i % 3},{'AF'[i % 2]},{i}\n" for i in range(6))
    )
    opened = seral.data(
        tmp_path / "clips.csv", target="emotion", columns={"speaker": "who", "scale": "mood"},
        words={"A": "anger", "F": "fear"}, ranges={"mood": (0, 9)},
    )  # fmt: skip
    assert opened.corpus.gold("emotion").tolist()[:2] == ["anger", "fear"]
    assert opened.labels()["speaker"].tolist()[:2] == ["s0", "s1"]
    assert opened.corpus.target("mood").high == 9
    assert Plan.from_toml(opened.plan.to_toml()) == opened.plan
    assert len(seral.data(toy_corpus(), target="arousal").task) == 1
    with pytest.raises(UnknownName, match="dominance"):
        seral.data(toy_corpus(), target="dominance")
    with pytest.raises(BadCorpus, match="2 speakers"):
        seral.from_arrays(np.eye(3), list("abc"), speakers=["x", "y"])
    without = seral.from_arrays(np.eye(3), [0.5, np.nan, 1.0], target="arousal")
    assert "no speakers were given" in without.notes[0]
    assert int(without.corpus.gold("arousal").isna().sum()) == 1


def test_agreement_has_intervals(arrays: Dataset) -> None:
    found = seral.data(toy_corpus()).agreement()
    assert found.loc["emotion", "alpha"] == pytest.approx(0.389, abs=0.001)
    assert found.loc["emotion", "alpha_low"] <= found.loc["emotion", "alpha"] <= found.loc["emotion", "alpha_high"]
    assert np.isnan(arrays.agreement().loc["emotion", "alpha"])  # one answer a clip


def test_frames_are_for_other_libraries(tmp_path: Path) -> None:
    corpus = toy_corpus()
    corpus.to_frame().to_parquet(tmp_path / "ratings.parquet")
    again = pd.read_parquet(tmp_path / "ratings.parquet")
    assert again["number"].dropna().tolist() == [0.8, 0.5, -0.4, -0.6]
    assert again["word"].notna().sum() == 12
    table = FeatureTable(np.eye(3), ("a", "b", "c"))
    assert np.asarray(table).tolist() == np.eye(3).tolist()
    assert table[["c", "a"]].ids == ("c", "a")
    assert table["b"].values.tolist() == [[0, 1, 0]]


def test_everything_has_a_short_look_that_is_no_markup(result: Comparison) -> None:
    dataset = seral.from_arrays(np.eye(2), ["<script>", "b"], target="<b>")
    shown = [dataset, dataset.corpus, dataset.features(), result.grid, result.grid.plan, result.logs[0]]
    for each in shown:
        html = each._repr_html_()
        assert "<script>" not in html
        assert 10 < len(html) < 4000
    assert "margin" in dir(seral.strategies)
    assert seral.Plan(strategy=seral.strategies.margin).strategy == "margin"
    with pytest.raises(AttributeError, match="known: register, alps"):
        _ = seral.strategies.no_such


def test_rows_are_joined_by_their_index_where_they_have_one() -> None:
    names = ["c", "a", "b"]
    x = pd.DataFrame({"f": [3.0, 1.0, 2.0]}, index=names)
    y = pd.Series({"a": "anger", "b": "fear", "c": "sadness"})
    made = seral.from_arrays(x, y, speakers=pd.Series({"a": "s1", "b": "s2", "c": "s3"}))
    assert made.corpus.gold("emotion").to_dict() == {"c": "sadness", "a": "anger", "b": "fear"}
    assert made.labels()["speaker"].to_dict() == {"c": "s3", "a": "s1", "b": "s2"}
    assert made.features().only(["b"]).values.tolist() == [[2.0]]
    with pytest.raises(BadCorpus, match="index of the labels is not that of the features"):
        seral.from_arrays(x, pd.Series(["anger", "fear", "sadness"], index=["a", "b", "d"]))
    with pytest.raises(BadCorpus, match="are no numbers: who"):
        seral.from_arrays(x.assign(who="me"), y)


def test_an_estimator_without_probabilities_is_named() -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    from seral_core.learners.adapted import factory_of

    task = toy_corpus().task[:1]
    (note,) = factory_of(make_pipeline(SVC()))(task).notes(20)  # type: ignore[attr-defined]
    assert note.startswith("SVC gives no probabilities")
    assert not factory_of(LogisticRegression())(task).notes(20)  # type: ignore[attr-defined]


def few(limit: int) -> Any:
    """Make a strategy that stops asking once so many clips are labelled."""
    return lambda view, n, rng: view.candidates[: max(0, min(n, limit - len(view.labelled)))]


def test_a_curve_that_ends_early_is_compared_over_the_part_that_both_have_and_named(
    arrays: Dataset, tmp_path: Path
) -> None:
    early = {"none": few(20), "short": few(23), "random": "random"}
    found = seral.compare(
        arrays, strategies=early, learner="logistic-regression", seeds=3, save=tmp_path, jobs=1, **SMALL
    )
    table = found.differences()
    assert table.loc["none", ["from", "to"]].tolist() == [20, 20]
    assert table.loc["none", ["low", "high", "p"]].isna().all()
    assert table.loc["short", ["from", "to"]].tolist() == [20, 23]
    assert np.isfinite(table.loc["short", "low"])
    text = repr(found)
    assert "over the whole curve" not in text
    assert "at 20 clips only" in text
    assert "from 20 to 23 clips only" in text
    assert "short chose no more clips at 23 of 26: its curve ends there" in text
    assert "short chose no more clips at 23 of 26" in found.save(tmp_path / "report.html").read_text()


def test_part_of_what_a_folder_holds_is_served_from_it(result: Comparison, arrays: Dataset) -> None:
    runs = sorted((result.folder / "runs").iterdir())
    kept = (result.folder / "curves.parquet").stat().st_size if len(result.to_frame()) else 0
    part = seral.compare(
        arrays, learner=LogisticRegression(), strategies="random", seeds=2, save=result.folder, jobs=1, **SMALL
    )
    assert part.strategies == ("random",)
    assert set(part.to_frame()["seed"]) == {0, 1}
    assert sorted((result.folder / "runs").iterdir()) == runs
    assert type(result.grid).load(result.folder) == result.grid
    assert (result.folder / "curves.parquet").stat().st_size == kept


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"bugdet": 40}, "plan entry 'bugdet'; did you mean 'budget'"), ({"strategy": "margin"}, "strategies="),
        ({"seed": 3}, "seeds="), ({"seeds": 0}, "got seeds=0"), ({"seeds": 2.5}, "got seeds=2.5"),
        ({"seeds": True}, "got seeds=True"), ({"budget": 500}, "lower budget$"), ({"folds": "one"}, "expected turns"),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_meant_are_refused_in_words_of_python(
    arrays: Dataset, tmp_path: Path, wrong: dict[str, Any], sentence: str
) -> None:
    with pytest.raises((BadPlan, UnknownName), match=sentence):
        seral.compare(arrays, save=tmp_path, jobs=1, **(SMALL | {"strategies": "random"} | wrong))


@pytest.mark.parametrize("how", [{"seeds": np.int64(2)}, {"seeds": 2.0}, {"seeds": range(2)}, {"folds": 0, "seeds": 2}])
def test_numbers_are_taken_whatever_type_holds_them(arrays: Dataset, tmp_path: Path, how: dict[str, Any]) -> None:
    learner = "logistic-regression"
    found = seral.compare(arrays, strategies="random", learner=learner, save=tmp_path, jobs=1, **SMALL, **how)
    assert found.grid.seeds == (0, 1)


def failing(view: Any, n: int, rng: Any) -> Any:
    return view.candidates[:n] if not len(view.labelled) else 1 / 0


def test_an_error_in_a_strategy_names_it_and_its_round_and_keeps_the_cause(arrays: Dataset, tmp_path: Path) -> None:
    how: dict[str, Any] = {"learner": "logistic-regression", "seeds": 2, **SMALL}
    sentence = r"strategy Mine, in round \d, with 20 labels: it raised ZeroDivisionError.* in line \d+ of failing"
    for jobs in (1, 2):
        with pytest.raises(BadPlan, match=sentence) as caught:
            seral.compare(arrays, strategies={"Mine": failing}, save=tmp_path / str(jobs), jobs=jobs, **how)
        assert "1 / 0" in str(caught.value.__cause__) or isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(BadPlan, match=r"strategy none, in round \d, with 20 labels: the strategy returned None"):
        seral.compare(arrays, strategies={"none": lambda view, n, rng: None}, save=tmp_path / "none", jobs=1, **how)


class Nearest:
    """Learns and answers, and is of no library."""

    def fit(self, x: Any, y: Any) -> None:
        self.classes, rows = np.unique(y, return_inverse=True)
        self.means = np.stack([x[rows == row].mean(axis=0) for row in range(len(self.classes))])

    def predict(self, x: Any) -> Any:
        return self.classes[((x[:, None] - self.means) ** 2).sum(axis=2).argmin(axis=1)]


def test_an_object_with_fit_and_predict_is_a_learner_and_one_without_predict_is_refused(
    arrays: Dataset, tmp_path: Path
) -> None:
    from sklearn.decomposition import PCA

    how: dict[str, Any] = {"strategies": "random", "seeds": 1, "jobs": 1, **SMALL}
    found = seral.compare(arrays, learner=Nearest(), save=tmp_path / "one", **how)
    assert found.to_frame()["value"].max() > 0.5
    with pytest.raises(BadPlan, match=r"got PCA as learner, which predicts nothing.*make_pipeline\(PCA"):
        seral.compare(arrays, learner=PCA(2), save=tmp_path / "two", **how)


def test_rows_of_features_are_taken_by_id_number_slice_or_mask() -> None:
    table = FeatureTable(np.eye(3), ("a", "b", "c"))
    for which, ids in (
        (slice(0, 2), ("a", "b")), (-1, ("c",)), ([0, 2], ("a", "c")), (np.array([False, True, False]), ("b",)),
        ("b", ("b",)), (["c", "b"], ("c", "b")),
    ):  # fmt: skip
        assert table[which].ids == ids


def test_one_recording_is_asked_for_with_its_folder_and_a_dataset_is_data(arrays: Dataset, tmp_path: Path) -> None:
    (tmp_path / "one.flac").touch()
    with pytest.raises(BadCorpus, match="is one recording; expected a folder"):
        seral.data(tmp_path / "one.flac")
    again = seral.data(arrays, target="emotion")
    assert again.plan.features == arrays.plan.features
    assert again.corpus is arrays.corpus
    with pytest.raises(UnknownName, match="arousal"):
        seral.data(arrays, target="arousal")


def test_parts_are_registered_and_listed_where_one_looks(arrays: Dataset) -> None:
    rooms = {seral.strategies: "margin", seral.learners: "ridge", seral.features: "SERALv01", seral.corpora: "ravdess"}
    for room, part in rooms.items():
        assert {"register", part} <= set(dir(room))
        assert callable(room.register("no-such"))
        assert getattr(room, part) is not None
    for _ in range(2):  # a module of the same name is loaded by the first
        assert Plan(strategy=seral.strategies.badge).strategy == "badge"


def test_notes_are_written_as_python_writes_them(arrays: Dataset, tmp_path: Path) -> None:
    table = pd.DataFrame({"file": ["a.wav", "b.wav"], "who": ["x", "y"], "arousal": [1, 4]})
    notes = " ".join(seral.data(table, features=np.eye(2)).notes)
    assert "ranges={'arousal': (LOW, HIGH)}" in notes
    assert "--" not in notes
