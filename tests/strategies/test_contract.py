"""Every registered strategy keeps the contract, and so do all parts of the notation."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.strategies import strategies, strategy_from
from seral_core.strategies.contract import TASKS, check_scene, check_strategy, toy_view

COLD = (
    "random", "k-centre", "k-means", "gsx", "typiclust", "v-optimal", "k-means-elbow", "alps",
    "sparse-regions", "dacs", "unlike-neighbours", "bmal", "novelty",
)  # fmt: skip
COMPOSED = (
    "entropy:subset=5",
    "k-means:4+v-optimal",
    "qbc:measure=kl",
    "typiclust:5+margin:subset=4",
    "gsx:subset=2",
    "novelty:model=svm",
    "coarse-to-fine:enough=1",
    "density:of=gsy",
)

NEED_CLASSES = ("entropy", "margin", "least-confidence", "batchbald", "badge")


@pytest.mark.parametrize("name", [*strategies, *COMPOSED])
def test_every_strategy_keeps_the_contract(name: str) -> None:
    check_strategy(strategy_from(name))


@pytest.mark.parametrize("name", COLD)
@pytest.mark.parametrize("title", TASKS)
def test_these_choose_first_labels_of_any_task(name: str, title: str) -> None:
    view = toy_view(np.random.default_rng(0).normal(size=(30, 4)), TASKS[title], ())
    check_scene(strategy_from(name), view)


@pytest.mark.parametrize("name", [*NEED_CLASSES, "qbc", "gsy", "igs", "mtigs"])
def test_strategies_that_need_a_model_say_what_to_do_without_labels(name: str) -> None:
    scale = name in ("gsy", "igs", "mtigs")
    view = toy_view(np.random.default_rng(0).normal(size=(30, 4)), TASKS["a scale" if scale else "a category"], ())
    with pytest.raises(BadPlan, match="let another one choose the first labels"):
        strategy_from(name)(view, 1, np.random.default_rng(0))


@pytest.mark.parametrize("name", NEED_CLASSES)
def test_uncertainty_of_a_scale_is_refused_with_a_remedy(name: str) -> None:
    view = toy_view(np.random.default_rng(0).normal(size=(30, 4)), TASKS["a scale"], (0, 1))
    with pytest.raises(BadPlan, match=r"arousal is not; for arousal try (gsx|qbc)"):
        strategy_from(name)(view, 1, np.random.default_rng(0))


@pytest.mark.parametrize("name", ["gsy", "igs", "mtigs"])
def test_label_distances_of_a_category_are_refused_with_a_remedy(name: str) -> None:
    view = toy_view(np.random.default_rng(0).normal(size=(30, 4)), TASKS["a category"], (0, 1))
    with pytest.raises(BadPlan, match="emotion is not; for emotion try entropy"):
        strategy_from(name)(view, 1, np.random.default_rng(0))


@pytest.mark.parametrize("name", list(strategies))
def test_every_strategy_is_documented(name: str) -> None:
    text = inspect.getdoc(strategies[name]) or ""
    assert len(strategies.summary(name)) > 20
    assert "References" in text or name in ("random", "recommended")


def test_the_names_of_the_command_line_are_all_there() -> None:
    wanted = (
        "recommended random entropy least-confidence margin qbc k-centre k-means typiclust v-optimal gsx gsy igs mtigs"
    )
    cross_task = "cti ent-ctial lc-ctial source-mtigs source-least-confidence ctigs mtigs-ctial mtigs-modified"
    assert {*wanted.split(), *cross_task.split()} <= set(strategies)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (lambda view, n, rng: view.labelled[:n] if len(view.labelled) else view.candidates[:n], "are no candidates"),
        (lambda view, n, rng: view.candidates, "expected 3 or fewer"),
        (lambda view, n, rng: view.candidates[:0], "got none"),
        (lambda view, n, rng: np.random.default_rng().permutation(view.candidates)[:n], "the same seed gave"),
        (lambda view, n, rng: list(view.candidates[:n]), "expected an array"),
        (lambda view, n, rng: view.candidates[:n].astype(float), "expected whole numbers"),
    ],
)
def test_the_contract_finds_broken_strategies(broken: object, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_strategy(broken)  # type: ignore[arg-type]


def test_the_contract_finds_a_strategy_that_changes_its_view() -> None:
    def spoils(view, n, rng):  # type: ignore[no-untyped-def]
        view.table.values[0] += 1
        return view.candidates[:n]

    with pytest.raises(AssertionError, match="the view was changed"):
        check_strategy(spoils)


def test_the_contract_finds_a_strategy_that_leans_on_its_scratch() -> None:
    def leans(view, n, rng):  # type: ignore[no-untyped-def]
        turn = view.scratch.setdefault("turn", view.round)
        return np.roll(view.candidates, turn - view.round)[:n]

    with pytest.raises(AssertionError, match="a resumed run chose"):
        check_strategy(leans)
