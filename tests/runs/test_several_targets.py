"""Several targets with missing labels: speaker traits, the cheapest useful question, and a chained learner."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, trained
from seral_core.learners.chained import Chained
from seral_core.learners.inner import inner_learner
from seral_core.oracles.effort import shares_of
from seral_core.runs.build import prepare
from seral_core.runs.events import Event, Labelled, Scored, Training
from seral_core.runs.plan import Plan
from seral_core.runs.speech import corpus_of
from seral_core.strategies.base import View
from seral_core.strategies.cheapest_useful import cheapest_useful
from seral_core.types import Classes, Ints, Prediction, Target

EMOTION, SEX = Target("emotion", ("anger", "sadness")), Target("sex", ("female", "male"))


def view_of(sure: float, unsure: float, **fields: object) -> View:
    """A view of ten clips, of which a model is surer of the emotion than of the sex."""

    def predict(rows: Ints) -> Prediction:
        each = {"emotion": sure, "sex": unsure}
        return {name: Classes(np.tile([[[p, 1 - p]]], (1, len(rows), 1))) for name, p in each.items()}

    table = FeatureTable(np.arange(10.0)[:, None], tuple("abcdefghij"))
    none = Answers(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0))
    view = View(table, (EMOTION, SEX), np.arange(10), np.zeros(0, np.intp), {"emotion": none, "sex": none}, predict)
    return replace(view, **fields)  # type: ignore[arg-type]


def asked_about(view: View, n: int) -> Counter[str]:
    rows = cheapest_useful(view, n, np.random.default_rng(0))
    return Counter(view.wishes[row][0] for row in rows.tolist())


def test_the_cheapest_useful_question_is_unsure_cheap_and_about_what_has_few_labels() -> None:
    assert asked_about(view_of(0.7, 0.7), 8) == {"emotion": 4, "sex": 4}
    assert asked_about(view_of(0.99, 0.5), 8)["sex"] > 6
    assert asked_about(view_of(0.7, 0.7, shares={"emotion": 0.8, "sex": 0.2}), 10) == {"emotion": 2, "sex": 8}
    known = Answers(np.arange(3), np.zeros(3, np.intp), np.ones(3))
    view = view_of(0.7, 0.7)
    view = replace(view, answers={**view.answers, "sex": known}, candidates=np.arange(3), labelled=np.arange(3))
    assert asked_about(view, 3) == {"emotion": 3}, "of a clip whose sex is known, the emotion is asked"


def test_effort_says_what_a_question_costs_and_only_of_what_is_asked() -> None:
    assert shares_of((EMOTION, SEX), "sex/0.25,age/9") == {"emotion": 0.8, "sex": 0.2}
    for text in ("sex", "sex/none", "/1", "sex/0"):
        with pytest.raises(BadPlan, match=r"such as sex/0\.2"):
            shares_of((EMOTION, SEX), text)


def test_a_run_asks_for_one_target_at_a_time_and_pays_for_that_alone() -> None:
    plan = Plan(
        corpus="synthetic:clips=60:speakers=6", targets=("emotion", "sex"), strategy="cheapest-useful",
        oracle="gold:effort=sex/0.25", split="speakers:3", initial=6, batch=6, budget=15,
    )  # fmt: skip
    assert [target.name for target in corpus_of(plan).task[-1:]] == ["sex"]
    made = prepare(plan)
    whole: list[Event] = [event for event in made.loop() if not isinstance(event, Training)]
    labels = [
        label for event in whole if isinstance(event, Labelled) and event.step == "query" for label in event.labels
    ]
    cost = {label.target: label.cost for label in labels}
    assert cost == {"emotion": 0.8, "sex": 0.2}
    counts = Counter(label.target for label in labels)
    assert counts["sex"] > 2 * counts["emotion"] > 0
    assert max(event.spent for event in whole if isinstance(event, Scored)) <= 15
    assert len({(label.segment, label.target) for label in labels}) == len(labels), "no question is asked twice"
    for cut in range(0, len(whole) + 1, 4):
        again = [event for event in prepare(plan).loop(whole[:cut]) if not isinstance(event, Training)]
        assert whole[:cut] + again == whole, f"cut after {cut} events"


def test_a_chain_learns_from_another_target_what_the_features_alone_tell_late() -> None:
    # Sex is the sign of one feature and has many labels; the emotion is the sex but for noise and has few.
    rng = np.random.default_rng(0)
    sex = np.arange(400) % 2
    values = rng.normal(size=(400, 30))
    values[:, 0] += 3.0 * (2 * sex - 1)
    table = FeatureTable(values, tuple(map(str, range(400))))
    few, many = np.arange(8, dtype=np.intp), np.arange(8, 208, dtype=np.intp)
    answers = {"emotion": Answers(few, sex[few], np.ones(8)), "sex": Answers(many, sex[many], np.ones(200))}
    known = Known(table, (EMOTION, SEX), answers)
    test = table.take(np.arange(208, 400))
    guesses = [
        trained(learner, known, np.random.default_rng(0)).predict(test)["emotion"].guess
        for learner in (inner_learner("logistic-regression/C=1", (EMOTION, SEX)), Chained((EMOTION, SEX), strength=3.0))
    ]
    alone, chained = (float((guess == sex[208:]).mean()) for guess in guesses)
    assert chained > alone + 0.02
