"""Every registered oracle keeps the contract; crowds and noise do what they say."""

from __future__ import annotations

import numpy as np
import pytest

from seral_core.checks import check_oracle
from seral_core.corpora.corpus import toy_corpus
from seral_core.oracles.base import oracles
from seral_core.oracles.crowd import Crowd
from seral_core.oracles.simulated import Noisy
from seral_core.types import Query


@pytest.mark.parametrize("name", sorted(oracles))
def test_every_oracle_keeps_the_contract(name: str) -> None:
    check_oracle(oracles[name])


def ask(oracle: object, seed: int = 0, targets: slice = slice(0, 1)) -> list[object]:
    corpus = toy_corpus()
    query = Query(corpus.ids, corpus.task[targets])
    return list(oracle.answer(query, None, np.random.default_rng(seed)))  # type: ignore[attr-defined]


def test_a_crowd_asks_until_it_agrees() -> None:
    corpus = toy_corpus()
    for seed in range(20):
        labels = ask(Crowd(corpus, votes=3, agree=2), seed)
        for segment in corpus.ids:
            values = [b.value for b in labels if b.segment == segment]  # type: ignore[attr-defined]
            assert max(values.count(v) for v in values) == 2
            assert values.count(values[-1]) == 2, "nobody is asked after two agree"


def test_a_crowd_never_asks_one_rater_twice() -> None:
    labels = ask(Crowd(toy_corpus(), votes=9))
    pairs = [(b.segment, b.annotator) for b in labels]  # type: ignore[attr-defined]
    assert len(pairs) == len(set(pairs)) == 12


def test_noise_is_as_frequent_as_it_says() -> None:
    corpus = toy_corpus()
    gold = corpus.gold("emotion")
    wrong = [b.value != gold[b.segment] for seed in range(300) for b in ask(Noisy(corpus, wrong=0.3), seed)]  # type: ignore[attr-defined]
    assert np.mean(wrong) == pytest.approx(0.3, abs=0.05)


def test_noise_on_a_scale_stays_in_its_range() -> None:
    corpus = toy_corpus()
    values = [b.value for seed in range(50) for b in ask(Noisy(corpus, std=2.0), seed, slice(1, 2))]  # type: ignore[attr-defined]
    assert -1 <= min(values) < max(values) <= 1
