"""Objects from user code: they go where names go, and changed code is another run."""

from __future__ import annotations

import importlib
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline

from seral_core import own
from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import toy_corpus
from seral_core.digests import digest
from seral_core.errors import BadCorpus, BadFeatures, BadPlan
from seral_core.features.extract import features_for
from seral_core.runs.curve import curves
from seral_core.runs.grid import Grid, run_grid
from seral_core.runs.plan import Plan
from seral_core.runs.run import run
from seral_core.strategies.base import strategies

FACTOR = 2


def helper(number: int) -> int:
    return number * FACTOR


def least_sure(view: Any, n: int, rng: Any) -> Any:
    sure = view.beliefs[view.task[0].name].mean.max(axis=1)
    return view.candidates[np.argsort(sure, kind="stable")[:n]]


@pytest.fixture
def plan() -> Plan:
    rng = np.random.default_rng(0)
    corpus = made_up(60)
    return Plan(
        corpus=corpus, features=rng.normal(size=(60, 24)), targets="emotion", split="speakers:3", initial=20, budget=26,
        batch=3, learner=make_pipeline(PCA(15), KNeighborsClassifier(9)),
    )  # fmt: skip


def made_up(clips: int) -> Any:
    return open_corpus(
        pd.DataFrame(
            {
                "file": [f"{i}.wav" for i in range(clips)],
                "speaker": [f"s{i % 6}" for i in range(clips)],
                "emotion": [("anger", "sadness", "neutral")[i % 3] for i in range(clips)],
            }
        )
    )


def test_a_hash_follows_from_code_and_parameters_and_from_nothing_else() -> None:
    def source(body: str, first_line: str = "") -> Any:
        space: dict[str, Any] = {"__name__": "__main__", "np": np}
        exec(f"{first_line}\ndef mine(view, n, rng):\n    {body}", space)
        return space["mine"]

    same = digest(source("return view.candidates[:n]"))
    assert same == digest(source("return view.candidates[:n]  # a remark", "# in another cell\n\n"))
    assert same != digest(source("return view.candidates[-n:]"))
    assert digest(source("return n in {'a', 'b'}")) == digest(source("return n in {'b', 'a'}"))
    uses = source("return helper(n)", "def helper(n): return n + 1")
    assert digest(uses) != digest(source("return helper(n)", "def helper(n): return n + 2"))
    assert digest(uses) == digest(source("return helper(n)", "def helper(n): return n + 1"))
    assert digest(KNeighborsClassifier(5)) != digest(KNeighborsClassifier(6))
    assert digest(pd.DataFrame({"a": [1, None]})) != digest(pd.DataFrame({"a": [1, 2]}))


def test_a_hash_is_the_same_in_every_session() -> None:
    code = "from tests.test_own import *; print(digest(helper), digest({'x', 'y'}), digest(np.random.default_rng(0)))"
    root = Path(__file__).parents[1]
    said = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def test_objects_go_to_two_workers_and_results_are_those_of_one(plan: Plan, tmp_path: Path) -> None:
    grid = Grid(plan, {"mine": least_sure, "margin": "margin"}, (0, 1), (0,))
    logs = list(run_grid(grid, str(tmp_path / "two"), jobs=2))
    alone = list(run_grid(grid, str(tmp_path / "one"), jobs=1))
    found, same = (curves(sorted(each, key=lambda log: log.folder.name)) for each in (logs, alone))
    pd.testing.assert_frame_equal(found, same)
    assert set(found["strategy"]) == {"mine", "margin"}
    text = (tmp_path / "two" / "grid.toml").read_text()
    assert "from a notebook or script, whose code is not kept here" in text
    assert Grid.load(tmp_path / "two") == grid


def test_a_part_registered_in_a_notebook_goes_to_workers_and_its_code_counts(plan: Plan, tmp_path: Path) -> None:
    try:
        strategies.register("by-hand")(least_sure)
        varied = plan.varied(strategy="by-hand")
        assert own.shown(varied.strategy) == "by-hand"
        assert own.is_own(varied.strategy)
        assert own.shown(plan.varied(strategy="random:23+By-Hand:subset=9").strategy) == "random:23+by-hand:subset=9"
        done = list(run_grid(Grid(varied, ["by-hand", "random"], (0,), (0,)), tmp_path, jobs=2))
        assert all(log.finished() for log in done)
    finally:
        strategies._parts.pop("by-hand", None)


def test_changed_code_is_another_run_and_what_is_not_here_is_said(plan: Plan, tmp_path: Path) -> None:
    first = run(plan.varied(strategy=least_sure), tmp_path)

    def most_sure(view: Any, n: int, rng: Any) -> Any:
        return least_sure(view, len(view.candidates), rng)[::-1][:n]

    most_sure.__name__ = "least_sure"
    second = run(plan.varied(strategy=most_sure), str(tmp_path))
    assert first.folder != second.folder
    assert own.shown(first.plan.strategy) == own.shown(second.plan.strategy) == "least_sure"
    own._here.pop(first.plan.strategy)
    with pytest.raises(BadPlan, match=r"not here \(there is least_sure@[0-9a-f]{12}: its code"):
        run(first.plan, tmp_path)


def test_estimators_stand_for_learners_and_what_does_not_fit_is_a_sentence(plan: Plan, tmp_path: Path) -> None:
    for learner in (KNeighborsClassifier(15), {"emotion": LogisticRegression()}):
        assert run(plan.varied(learner=learner), tmp_path).finished()
    wrong = {
        "got a regressor for emotion; expected a classifier": plan.varied(learner=KNeighborsRegressor()),
        "expected one for emotion too": plan.varied(learner={"valence": LogisticRegression()}),
        "cannot learn emotion from 20 labels": plan.varied(learner=make_pipeline(PCA(22), LogisticRegression())),
    }
    for sentence, each in wrong.items():
        with pytest.raises(BadPlan, match=sentence):
            run(each, tmp_path)
    with pytest.raises(BadPlan, match="got int as learner"):
        plan.varied(learner=3)
    with pytest.raises(BadPlan, match="got PCA as strategy"):
        plan.varied(strategy=PCA)


def test_entries_of_other_types_are_taken_where_their_meaning_is_plain(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text("file,emotion\na.wav,anger\nb.wav,fear\n")
    plan = Plan(corpus=tmp_path / "clips.csv", targets="emotion", budget=np.int64(40), seed=np.int32(3))
    assert plan == Plan(corpus=str(tmp_path / "clips.csv"), targets=("emotion",), budget=40, seed=3)
    assert Plan.from_toml(plan.to_toml()) == plan
    assert Grid(plan, "random").strategies == ("random",)
    assert Grid(plan, ["random"], seeds=range(3), folds=1).plans()[2].seed == 2
    for wrong in ({"budget": "40"}, {"targets": 3}, {"judge": None}, {"seed": 1.5}, {"targets": {"emotion": 1}}):
        with pytest.raises(BadPlan, match="expected"):
            Plan(**wrong)
    with pytest.raises(BadPlan, match="whole numbers"):
        Grid(plan, "random", seeds="01")


def test_tables_in_memory_are_corpora_and_features() -> None:
    corpus = made_up(6)
    assert [target.name for target in corpus.task] == ["emotion"]
    assert corpus.about["speaker"].nunique() == 6
    assert open_corpus(corpus) is corpus
    by_name = pd.DataFrame({"file": list(corpus.ids)[::-1], "f": np.arange(6.0), "note": "x"})
    table = features_for(corpus, by_name)
    assert table.values[:, 0].tolist() == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    assert "note" in " ".join(table.notes)
    assert features_for(corpus, by_name.set_index("file")[["f"]]).values[0, 0] == 5.0
    with pytest.raises(BadFeatures, match="expected a row for each of the 6 segments"):
        features_for(corpus, np.eye(3))
    with pytest.raises(BadCorpus, match="the DataFrame"):
        open_corpus(pd.DataFrame({"emotion": ["anger", "fear"]}))
    with pytest.raises(BadCorpus, match="got list as corpus"):
        open_corpus([1, 2])
    with pytest.raises(BadCorpus, match="open already"):
        open_corpus(toy_corpus(), "table")


def test_polars_frames_are_taken() -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    corpus = open_corpus(polars.DataFrame({"file": ["a.wav", "b.wav"], "emotion": ["anger", "fear"]}))
    assert len(corpus) == 2


def test_query_strategies_of_scikit_activeml_go_in_as_they_are(plan: Plan, tmp_path: Path) -> None:
    pool = pytest.importorskip("skactiveml.pool", reason="scikit-activeml is not installed")
    ours = curves([run(plan.varied(strategy="margin", learner="logistic-regression"), tmp_path)])
    for strategy in (
        pool.UncertaintySampling(method="margin_sampling"), pool.CoreSet(), pool.TypiClust(), pool.Badge(),
        pool.QueryByCommittee(),
    ):  # fmt: skip
        varied = plan.varied(strategy=strategy, learner="logistic-regression")
        found = curves([run(varied, tmp_path)])
        assert found["spent"].max() == 26
        if isinstance(strategy, pool.UncertaintySampling):
            assert found["value"].tolist() == ours["value"].tolist()
    with pytest.raises(BadPlan, match="MonteCarloEER of scikit-activeml does not take this run"):
        run(plan.varied(strategy=pool.MonteCarloEER()), tmp_path)


def test_strategies_that_people_could_not_tell_apart_are_refused(plan: Plan) -> None:
    one, other = (lambda view, n, rng: view.candidates[:n]), (lambda view, n, rng: view.candidates[-n:])
    wrong: dict[str, Any] = {
        "several strategies called lambda": [one, other],
        "write 'My-Strategy'": {"My Strategy": one},
        "SERAL has one of that name": {"random": one},
        "keep their names": {"base": "random"},
        "expected a text": {1: one},
    }
    for sentence, strategies_given in wrong.items():
        with pytest.raises(BadPlan, match=sentence):
            Grid(plan, strategies_given)


@pytest.mark.parametrize("rows", [None, [0.5], [5, 5], [10**6], "no rows", [0, 1, 2, 3, 4]])
def test_what_a_strategy_returns_is_a_choice_or_a_sentence(plan: Plan, tmp_path: Path, rows: Any) -> None:
    def mine(view: Any, n: int, rng: Any) -> Any:
        return view.candidates[rows] if rows and len(rows) > 2 and not isinstance(rows, str) else rows

    with pytest.raises(BadPlan, match="the strategy returned"):
        run(plan.varied(strategy=mine, learner="logistic-regression"), tmp_path)


def test_hashes_bear_what_user_code_is_made_of() -> None:
    import logging
    import re
    import threading
    from abc import ABC
    from functools import cached_property

    @dataclass(frozen=True, slots=True)
    class Slots:
        number: int
        _hidden: int = 0

    class Kept(ABC):  # noqa: B024
        def __init__(self, number: int) -> None:
            self.number = number
            self.lock, self.log, self.pattern = threading.Lock(), logging.getLogger("mine"), re.compile("a+")

        @cached_property
        def double(self) -> int:
            return 2 * self.number

    assert digest(Slots(1)) == digest(Slots(1)) != digest(Slots(2))
    assert digest(Slots(1, 2)) != digest(Slots(1, 3))
    kept = Kept(1)
    before = digest(kept)
    assert kept.double == 2
    assert digest(kept) == before == digest(Kept(1)) != digest(Kept(2))


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write modules of a user's into a folder that is searched here, and load them anew."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    written: set[str] = set()

    def write(**sources: str) -> None:
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source)
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        written.update(sources)

    yield write
    for name in written:
        sys.modules.pop(name, None)


def test_code_that_is_reached_through_modules_and_imports_in_functions_counts(modules: Any) -> None:
    def when_it_runs(view: Any, n: int, rng: Any) -> Any:
        from front_two import f

        return f(view, n)

    modules(
        front_two="import front_three\ndef f(v, n): return front_three.g(v, n)\n", front_three="def g(v, n): return 1"
    )
    import front_two

    space = {"front_two": front_two, "__name__": "__main__"}
    exec("def through(view, n, rng): return front_two.f(view, n)", space)
    before = digest(space["through"]), digest(when_it_runs)
    assert before == (digest(space["through"]), digest(when_it_runs))
    modules(
        front_two="import front_three\ndef f(v, n): return front_three.g(v, n)\n", front_three="def g(v, n): return 2"
    )
    space["front_two"] = importlib.import_module("front_two")
    assert all(old != new for old, new in zip(before, (digest(space["through"]), digest(when_it_runs)), strict=True))


def test_attributes_of_functions_and_all_fields_of_dataclasses_count() -> None:
    @dataclass
    class Hiding:
        _hidden: int = field(default=0, repr=False)

    def mine(view: Any, n: int, rng: Any) -> Any:
        return mine.share  # type: ignore[attr-defined]

    found = []
    for share in (1, 2):
        mine.share = share  # type: ignore[attr-defined]
        found.append(digest(mine))
    assert found[0] != found[1]
    assert digest(Hiding(0)) != digest(Hiding(5))
    later = Hiding(0)
    later.more = 3  # type: ignore[attr-defined]
    assert digest(later) != digest(Hiding(0))


def test_workers_get_modules_as_they_are_loaded_here(plan: Plan, tmp_path: Path, modules: Any) -> None:
    modules(front_last="def choose(view, n): return view.candidates[-n:]\n", front_use="import front_last\n")
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(
        "import front_use, functools\n@functools.lru_cache\ndef kept(n): return n\n"
        "def used(view, n, rng): return front_use.front_last.choose(view, kept(n))\n"
        "def imported(view, n, rng):\n    from front_last import choose\n    return choose(view, n)\n",
        space,
    )
    grid = Grid(plan.varied(learner="logistic-regression"), {name: space[name] for name in ("used", "imported")})
    alone = curves(list(run_grid(grid, tmp_path / "one", jobs=1)))
    for name in ("front_last", "front_use"):
        (tmp_path / f"{name}.py").unlink()
    both = curves(
        sorted(run_grid(grid, tmp_path / "two", jobs=2), key=lambda log: grid.strategies.index(log.plan.strategy))
    )
    pd.testing.assert_frame_equal(alone, both)


def test_what_cannot_be_sent_to_workers_is_named(plan: Plan, tmp_path: Path) -> None:
    import threading

    class Locked:
        def __init__(self) -> None:
            self.lock = threading.Lock()

        def __call__(self, view: Any, n: int, rng: Any) -> Any:
            return view.candidates[:n]

    grid = Grid(plan.varied(learner="logistic-regression"), {"Locked": Locked(), "mine": least_sure})
    with pytest.raises(BadPlan, match=r"^Locked cannot be sent to other processes .*jobs=1"):
        list(run_grid(grid, tmp_path, jobs=2))
    assert all(log.finished() for log in run_grid(grid, tmp_path, jobs=1))


def test_a_run_leaves_what_it_was_given_as_it_was(plan: Plan, tmp_path: Path) -> None:
    class Counts:
        calls = 0

        def __call__(self, view: Any, n: int, rng: Any) -> Any:
            self.calls += 1
            return view.candidates[self.calls : self.calls + n]

    given = Counts()
    grid = Grid(plan.varied(learner="logistic-regression"), {"counts": given}, seeds=(0, 1))
    one, two = (curves(list(run_grid(grid, tmp_path / str(jobs), jobs=jobs))) for jobs in (1, 2))
    assert given.calls == 0
    assert sorted(one["value"]) == sorted(two["value"])
    assert Grid(grid.plan, {"counts": given}).strategies == grid.strategies


def test_names_that_users_give_stay_as_they_are(plan: Plan) -> None:
    given = {"Größte": least_sure, "größte": least_sure, "v1.2_Mine": least_sure}
    grid = Grid(plan, given)
    assert [own.shown(text) for text in grid.strategies] == list(given)
    assert Grid.from_toml(grid.to_toml()) == grid
    assert strategies[grid.strategies[0]] is least_sure


def test_a_class_that_needs_arguments_is_asked_for_as_an_object(plan: Plan, tmp_path: Path) -> None:
    class Needs:
        def __init__(self, share: float) -> None:
            self.share = share

        def __call__(self, view: Any, n: int, rng: Any) -> Any:
            return view.candidates[:n]

    with pytest.raises(BadPlan, match=r"strategy needs cannot be made .*'share'.* such as Needs\("):
        run(plan.varied(strategy=Needs), tmp_path)


def test_query_functions_of_modal_go_in_as_they_are_or_are_refused(plan: Plan, tmp_path: Path) -> None:
    pytest.importorskip("modAL", reason="modAL is not installed")
    from modAL import batch, density, disagreement, uncertainty

    plan = plan.varied(learner="logistic-regression")
    for function in (
        uncertainty.entropy_sampling, batch.uncertainty_batch_sampling, disagreement.vote_entropy_sampling,
        disagreement.consensus_entropy_sampling, disagreement.max_disagreement_sampling,
    ):  # fmt: skip
        assert curves([run(plan.varied(strategy=function), tmp_path)])["spent"].max() == 26
    for function in (disagreement.max_std_sampling, density.information_density):
        with pytest.raises(BadPlan, match=f"{function.__name__} of modAL does not take this run"):
            run(plan.varied(strategy=function), tmp_path)
