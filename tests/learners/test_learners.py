"""Every registered learner keeps the contract; what happens in awkward rounds is settled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import BayesianRidge, LinearRegression, LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from seral_core.checks import check_learner
from seral_core.errors import BadFeatures, BadPlan, MissingExtra
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Progress, learners, trained
from seral_core.learners.committee import Committee
from seral_core.learners.contract import fits
from seral_core.learners.cross_task import CrossTask, SourceBeliefs
from seral_core.learners.per_target import PerTarget
from seral_core.learners.recommended import SpreadRidge
from seral_core.runs.parts import hears, part
from seral_core.types import Classes, Prediction, Scale, Target, Task

EMOTION = Target("emotion", ("anger", "fear", "sadness"))
AROUSAL = Target("arousal", low=1, high=5)
TRACE = Target("arousal", low=1, high=5, rate_hz=4.0)
#: What takes long, in a size that keeps the contract as well.
SMALL = {"blstm": "blstm:cells=8:layers=1:members=2:epochs=6"}


@pytest.mark.parametrize("target", [EMOTION, AROUSAL, TRACE], ids=["emotion", "arousal", "trace"])
@pytest.mark.parametrize("name", sorted(name for name in learners if not hears(learners[name])))
def test_every_learner_keeps_the_contract(name: str, target: Target) -> None:
    make = beside_a_source if name == "nrc-mapping" else partial(part, learners, SMALL.get(name, name))
    try:
        taken, *others = [fits(make, other) for other in (target, EMOTION, AROUSAL, TRACE)]
    except MissingExtra as lacking:
        pytest.skip(str(lacking))
    assert any(others), "a learner must take at least one kind of target"
    if taken:
        check_learner(make, target)


def beside_a_source(task: Task) -> CrossTask:
    """The learner that maps norms, with a source model that was asked about the clips of the contract."""
    ids = (*(f"c{i}" for i in range(40)), *"abcdefghijkl")
    proba = np.random.default_rng(0).dirichlet(np.ones(3), size=len(ids))
    feeling = Target("feeling", EMOTION.classes)
    return CrossTask(learners["nrc-mapping"](task), SourceBeliefs((feeling,), ids, {"feeling": Classes(proba[None])}))


@pytest.mark.parametrize(
    ("estimator", "target"),
    [
        (LogisticRegression(), EMOTION),
        (LinearSVC(), EMOTION),
        (make_pipeline(PCA(2), LogisticRegression()), EMOTION),
        (BayesianRidge(), AROUSAL),
        (make_pipeline(PCA(1), LinearRegression()), AROUSAL),
    ],
    ids=lambda x: type(x).__name__,
)
def test_any_scikit_learn_estimator_is_a_learner(estimator: object, target: Target) -> None:
    rng = np.random.default_rng(0)
    table = FeatureTable(rng.normal(size=(30, 4)), tuple(map(str, range(30))))
    values = np.arange(12) % 3 if target is EMOTION else rng.uniform(1, 5, 12)
    known = Known(table, (target,), {target.name: Answers(np.arange(12), values, np.ones(12))})
    belief = trained(PerTarget((target,), estimator), known, rng).predict(table)[target.name]
    assert len(belief.guess) == 30


@pytest.mark.parametrize(("name", "target"), [("logistic-regression", AROUSAL), ("ridge", EMOTION), ("svr", EMOTION)])
def test_a_learner_of_the_wrong_kind_says_which_to_take(name: str, target: Target) -> None:
    table = FeatureTable(np.eye(4), tuple("abcd"))
    values = np.array([0, 1, 0, 1]) if target is EMOTION else np.array([1.0, 2, 3, 4])
    known = Known(table, (target,), {target.name: Answers(np.arange(4), values, np.ones(4))})
    with pytest.raises(BadPlan, match=r"expected a (classifier|regressor), such as"):
        trained(learners[name]((target,)), known, np.random.default_rng(0))


def test_weights_count() -> None:
    table = FeatureTable(np.array([[0.0], [1.0], [0.0], [1.0]]), tuple("abcd"))
    values, light = np.array([0, 1, 1, 0]), np.array([1.0, 1.0, 0.01, 0.01])
    target = Target("emotion", ("anger", "fear"))
    learner = PerTarget((target,), LogisticRegression())
    trained(
        learner, Known(table, (target,), {"emotion": Answers(np.arange(4), values, light)}), np.random.default_rng(0)
    )
    belief = learner.predict(table)["emotion"]
    assert isinstance(belief, Classes)
    assert belief.guess.tolist() == [0, 1, 0, 1]


def test_predictions_of_ridge_have_the_spread_of_the_labels() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 40))
    y = x[:, 0] + rng.normal(size=60)
    new = rng.normal(size=(2000, 40))
    plain = RidgeCV(SpreadRidge().strengths).fit(x, y)
    ours = SpreadRidge().fit(x, y)
    assert ours.ridge_.alpha_ == plain.alpha_
    assert abs(ours.predict(new).std() - y.std()) < abs(plain.predict(new).std() - y.std())
    assert np.corrcoef(ours.predict(new), plain.predict(new))[0, 1] == pytest.approx(1)


def test_ridge_is_less_sure_far_away() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 5))
    _, std = SpreadRidge().fit(x, x[:, 0] + rng.normal(size=60)).predict_with_std(np.array([[0.0] * 5, [9.0] * 5]))
    assert std[1] > std[0] > 0


def test_committee_members_differ_and_the_learner_stays_untrained() -> None:
    rng = np.random.default_rng(0)
    table = FeatureTable(rng.normal(size=(30, 4)), tuple(map(str, range(30))))
    known = Known(table, (AROUSAL,), {"arousal": Answers(np.arange(12), rng.uniform(1, 5, 12), np.ones(12))})
    base = learners["ridge"]((AROUSAL,))
    before = repr(base)
    belief = trained(Committee(base, 3), known, rng).predict(table)["arousal"]
    assert isinstance(belief, Scale)
    assert belief.mean.shape == (3, 30)
    assert belief.mean.std(0).max() > 0
    assert repr(base) == before


def frames_table(rate_hz: float = 4.0) -> FeatureTable:
    values = np.array([0.0, 2.0, 4.0, 10.0, 12.0, 5.0])[:, None]
    return FeatureTable(values, ("a", "b", "c"), bounds=np.array([0, 3, 5, 6]), rate_hz=rate_hz)


def test_with_one_value_per_clip_frames_are_learned_and_believed_by_their_mean() -> None:
    frames = frames_table()
    means = FeatureTable(np.array([[2.0], [11.0], [5.0]]), frames.ids)
    answers = {"arousal": Answers(np.arange(2), np.array([1.0, 5.0]), np.ones(2))}
    beliefs = [
        trained(learners["ridge"]((AROUSAL,)), Known(t, (AROUSAL,), answers), np.random.default_rng(0)).predict(t)
        for t in (frames, means)
    ]
    assert [belief["arousal"].rows for belief in beliefs] == [3, 3]
    assert np.array_equal(beliefs[0]["arousal"].guess, beliefs[1]["arousal"].guess)


def test_of_a_trace_each_frame_is_learned_beside_its_value() -> None:
    arousal = Target("arousal", rate_hz=4.0)
    answers = Answers(np.array([0, 1]), np.array([0.0, 0.2, 0.4, 1.0]), np.array([1.0, 0.5]), np.array([0, 3, 4]))
    known = Known(frames_table(), (arousal,), {"arousal": answers})
    features, values, weights = known.pairs("arousal")
    assert features[:, 0].tolist() == [0.0, 2.0, 4.0, 10.0]  # the last frame of b has no value
    assert (values.tolist(), weights.tolist()) == ([0.0, 0.2, 0.4, 1.0], [1.0, 1.0, 1.0, 0.5])
    belief = trained(learners["ridge"]((arousal,)), known, np.random.default_rng(0)).predict(known.table)["arousal"]
    assert belief.bounds.tolist() == [0, 3, 5, 6]


def test_traces_at_another_rate_than_the_frames_are_refused() -> None:
    arousal = Target("arousal", rate_hz=25.0)
    known = Known(
        frames_table(), (arousal,), {"arousal": Answers(np.arange(1), np.zeros(9), np.ones(1), np.array([0, 9]))}
    )
    with pytest.raises(BadFeatures, match="25 values per second and the features 4 frames"):
        known.pairs("arousal")
    with pytest.raises(BadFeatures, match="one row per clip"):
        replace(known, table=frames_table().pooled()).pairs("arousal")
    with pytest.raises(BadFeatures, match="3 units on one side and 9 on the other"):
        replace(known, task=(replace(arousal, rate_hz=4.0),)).pairs("arousal")


class Frames:
    """Three units per row and two members, whatever the table has."""

    def __init__(self, task: Task, wrong: str = "") -> None:
        self.target, self.wrong = task[0], wrong

    def train(self, known: Known, rng: np.random.Generator) -> Iterator[Progress]:
        yield from ()

    def predict(self, table: FeatureTable) -> Prediction:
        bounds = None if self.wrong == "no bounds" else np.arange(0, 3 * len(table) + 1, 3)
        means = np.tanh(np.repeat(table.pooled().values[:, 0], 3)[None] + np.zeros((2, 1)))
        if self.wrong == "by others":
            means = np.tanh(means - means.mean())
        return {self.target.name: Scale(means, np.zeros_like(means), bounds)}  # type: ignore[arg-type]


def test_a_learner_may_have_several_members_and_units_of_its_own() -> None:
    check_learner(Frames, Target("arousal"))


@pytest.mark.parametrize(
    ("wrong", "why"), [("no bounds", "has 120 rows for 40 clips"), ("by others", "depends on the others")]
)
def test_the_contract_finds_wrong_units(wrong: str, why: str) -> None:
    with pytest.raises((AssertionError, BadPlan), match=why):
        check_learner(lambda task: Frames(task, wrong), Target("arousal"))
