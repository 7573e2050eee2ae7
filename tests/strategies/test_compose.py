"""The notation of strategies: what it means, and what it says when it is misspelt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from seral_core.errors import BadPlan, UnknownName
from seral_core.strategies import Subset, Succession, canonical, line_view, strategies, strategy_from
from seral_core.strategies.committee import QueryByCommittee
from seral_core.strategies.compose import phases_of
from seral_core.strategies.contract import TASKS, toy_view
from seral_core.strategies.design import VOptimal
from seral_core.strategies.typical import TypiClust


def test_each_part_of_the_notation_is_read() -> None:
    assert strategy_from("margin") is strategies["margin"]
    assert strategy_from("qbc") == QueryByCommittee()
    assert strategy_from("entropy:subset=500") == Subset(strategies["entropy"], 500)
    assert strategy_from("typiclust:50+margin") == Succession(((50, TypiClust()),), strategies["margin"])
    long = strategy_from("k-means:20+typiclust:50:neighbours=5+v-optimal:strength=2:subset=9")
    assert long == Succession(((20, strategies["k-means"]), (50, TypiClust(neighbours=5))), Subset(VOptimal(2.0), 9))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("entopy", UnknownName, "did you mean 'entropy'"),
        ("typiclust:50+margn", UnknownName, "did you mean 'margin'"),
        ("", BadPlan, "a phase without a name"),
        ("margin+entropy", BadPlan, "does not say when margin ends"),
        ("typiclust:50", BadPlan, "say what follows, such as typiclust:50\\+margin"),
        ("typiclust+margin", BadPlan, "write typiclust:50"),
        ("typiclust:fifty+margin", BadPlan, "got 'fifty' for .*; expected the number of labels"),
        ("typiclust:-5+margin", BadPlan, "got '-5' for"),
        ("k-means:50+typiclust:20+margin", BadPlan, "expected rising numbers"),
        ("margin:size=5", BadPlan, "margin has no option 'size'; it has subset"),
        ("typiclust:neighbors=5", BadPlan, "it has clusters, neighbours, subset"),
        ("entropy:subset=many", BadPlan, "got 'many' for subset of entropy; expected at least 1"),
        ("entropy:subset=0", BadPlan, "expected at least 1"),
        ("v-optimal:strength=much", BadPlan, "strength of v-optimal is 'much'; expected a number"),
        ("v-optimal:strength=inf", BadPlan, "expected a number"),
        ("v-optimal:strength=-1", BadPlan, "expected a number over 0"),
        ("typiclust:clusters=2.5", BadPlan, "expected a whole number"),
        ("qbc:measure=entropy", BadPlan, "expected one of vote-entropy, kl"),
        ("qbc:measure=kl:kl", BadPlan, "'kl' in .* is no option"),
    ],
)
def test_a_mistake_is_answered_with_a_remedy(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        strategy_from(text)


@pytest.mark.parametrize(
    "text", [*strategies, "typiclust:50+margin", "k-means:20+v-optimal:subset=2000", "qbc:measure=kl"]
)
def test_the_canonical_text_describes_the_same_strategy(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)
    assert strategy_from(canonical(text)) == strategy_from(text)


def test_the_canonical_text_leaves_out_defaults_and_sorts() -> None:
    assert canonical("QBC:subset=9:measure=kl") == "qbc:measure=kl:subset=9"
    assert canonical("v-optimal:strength=1.0") == "v-optimal"
    assert canonical("v-optimal:strength=1e20") == "v-optimal:strength=1e20"
    assert canonical("v-optimal:strength=0.12345678") == "v-optimal:strength=0.12345678"
    assert phases_of("margin:subset=5") == phases_of(" Margin : subset = 5 ")


def test_a_phase_chooses_no_more_than_it_lacks() -> None:
    strategy = strategy_from("k-means:5+random")
    assert len(strategy(line_view(*range(20)), 9, np.random.default_rng(0))) == 5
    assert len(strategy(line_view(*range(20), labelled=[1, 2, 3]), 9, np.random.default_rng(0))) == 2
    assert len(strategy(line_view(*range(20), labelled=[1, 2, 3, 4, 5]), 9, np.random.default_rng(0))) == 9


def test_a_subset_sees_only_so_many_candidates() -> None:
    seen = []

    def spy(view, n, rng):  # type: ignore[no-untyped-def]
        seen.append(len(view.candidates))
        assert (np.diff(view.candidates) > 0).all()
        return view.candidates[:n]

    Subset(spy, 7)(line_view(*range(50), labelled=[3]), 2, np.random.default_rng(0))
    Subset(spy, 7)(line_view(*range(5)), 2, np.random.default_rng(0))
    assert seen == [7, 5]


def test_recommended_follows_the_kind_of_task() -> None:
    values = np.random.default_rng(0).normal(size=(80, 4))
    for title, text in (("a category", "margin"), ("two scales", "k-means:20+v-optimal")):
        for labelled in ((0, 7), tuple(range(55))):
            view = toy_view(values, TASKS[title], labelled)
            picks = [strategy_from(name)(view, 3, np.random.default_rng(0)).tolist() for name in ("recommended", text)]
            assert picks[0] == picks[1]


def test_recommended_uses_the_categories_of_a_mixed_task() -> None:
    view = toy_view(np.random.default_rng(0).normal(size=(80, 4)), TASKS["a category and a scale"], tuple(range(55)))
    alone = toy_view(np.random.default_rng(0).normal(size=(80, 4)), TASKS["a category"], tuple(range(55)))
    picks = strategies["recommended"](view, 3, np.random.default_rng(0))
    assert picks.tolist() == strategies["margin"](alone, 3, np.random.default_rng(0)).tolist()


def test_context_reaches_the_strategies_that_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Asks:
        norms: tuple[float, ...] = ()

        def __call__(self, view, n, rng):  # type: ignore[no-untyped-def]
            return view.candidates[:n]

    monkeypatch.setitem(strategies._parts, "asks", Asks)
    assert strategy_from("asks", norms=(1.0, 2.0), other=3) == Asks((1.0, 2.0))
    assert strategy_from("random", norms=(1.0, 2.0)) is strategies["random"]
