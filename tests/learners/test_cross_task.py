"""The cross-task learner: one prediction of what is asked for and what a source model knows."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, learners, trained
from seral_core.learners.committee import Committee
from seral_core.learners.cross_task import CrossTask, NormMapping, SourceBeliefs
from seral_core.learners.offers import offers_of
from seral_core.norms import NRC
from seral_core.types import Classes, Scale, Target

EMOTION = Target("emotion", ("anger", "happiness", "sadness"))
VALENCE, AROUSAL = Target("valence", low=1, high=5), Target("arousal", low=-1, high=1)
TABLE = FeatureTable(np.random.default_rng(0).normal(size=(30, 4)), tuple(f"c{i}" for i in range(30)))
ROWS = np.arange(0, 30, 3)


def knows_emotion() -> Known:
    return Known(TABLE, (EMOTION,), {"emotion": Answers(ROWS, ROWS % 3, np.ones(10))})


def dimensional() -> SourceBeliefs:
    """A source whose belief about a clip follows from its number."""
    values = np.linspace(1, 5, 30)[None]
    beliefs = {"valence": Scale(values, values * 0), "arousal": Scale(values / 5, values * 0)}
    return SourceBeliefs((VALENCE, AROUSAL), TABLE.ids, beliefs)


def categorical() -> SourceBeliefs:
    proba = np.random.default_rng(1).dirichlet(np.ones(3), (2, 30))
    return SourceBeliefs((EMOTION,), TABLE.ids, {"emotion": Classes(proba)})


def learner(source: SourceBeliefs) -> CrossTask:
    return CrossTask(learners["logistic-regression"]((EMOTION,)), source)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_both_beliefs_are_in_one_prediction() -> None:
    alone = trained(learners["logistic-regression"]((EMOTION,)), knows_emotion(), rng()).predict(TABLE)
    both = trained(learner(dimensional()), knows_emotion(), rng()).predict(TABLE)
    assert list(both) == ["emotion", "valence", "arousal"]
    assert np.array_equal(both["emotion"].proba, alone["emotion"].proba)
    assert both["valence"].guess.tolist() == np.linspace(1, 5, 30).tolist()


def test_the_source_is_looked_up_by_id() -> None:
    made = trained(learner(dimensional()), knows_emotion(), rng())
    rows = np.array([7, 2, 29, 2])
    for table in (TABLE.take(rows), TABLE, TABLE.take(rows), TABLE.take(rows[::-1]), TABLE.take(rows[:0])):
        numbers = [int(i[1:]) for i in table.ids]
        assert made.predict(table)["valence"].guess == pytest.approx(np.linspace(1, 5, 30)[numbers])


def test_training_again_leaves_the_source_as_it_was() -> None:
    made = learner(dimensional())
    before = trained(made, knows_emotion(), rng()).predict(TABLE)
    flipped = Known(TABLE, (EMOTION,), {"emotion": Answers(ROWS, 2 - ROWS % 3, np.ones(10))})
    after = trained(made, flipped, rng()).predict(TABLE)
    assert np.array_equal(before["valence"].mean, after["valence"].mean)
    assert not np.array_equal(before["emotion"].guess, after["emotion"].guess)


def test_a_test_part_gets_the_learner_s_own_beliefs() -> None:
    made = trained(learner(dimensional()), knows_emotion(), rng())
    test = FeatureTable(np.zeros((2, 4)), ("x", "y"))
    assert list(made.predict(test)) == ["emotion"]


def test_a_source_that_was_asked_about_half_the_clips_is_refused() -> None:
    made = trained(learner(dimensional()), knows_emotion(), rng())
    with pytest.raises(BadFeatures, match=r"not asked about 1 of 3 segments, first 'x'"):
        made.predict(FeatureTable(np.zeros((3, 4)), ("c1", "x", "c2")))


@pytest.mark.parametrize(
    ("ids", "units", "complaint"),
    [(("a", "b"), 3, "got 3 beliefs about arousal for 2"), (("a", "a"), 2, "got 2 beliefs about arousal for 1")],
)
def test_beliefs_that_do_not_fit_their_ids_are_refused(ids: tuple[str, ...], units: int, complaint: str) -> None:
    with pytest.raises(BadFeatures, match=complaint):
        SourceBeliefs((AROUSAL,), ids, {"arousal": Scale(np.zeros((1, units)), np.zeros((1, units)))})


def test_a_missing_belief_is_refused() -> None:
    with pytest.raises(BadFeatures, match="got no beliefs about arousal for 1"):
        SourceBeliefs((AROUSAL,), ("a",), {})


def test_one_target_is_not_asked_for_and_known_at_once() -> None:
    made = CrossTask(learners["logistic-regression"]((EMOTION,)), categorical())
    with pytest.raises(BadPlan, match="emotion is asked for, and the source model knows it already"):
        trained(made, knows_emotion(), rng())


def test_a_committee_shares_the_source() -> None:
    made = learner(dimensional())
    assert copy.deepcopy(made).source is made.source
    beliefs = trained(Committee(made, 3), knows_emotion(), rng()).predict(TABLE)
    assert beliefs["emotion"].proba.shape == (3, 30, 3)
    assert np.ptp(beliefs["valence"].mean, axis=0).max() == 0


def test_a_view_has_the_source_s_targets_and_norms() -> None:
    own = NRC.with_({"boredom": {"valence": 0.2}})
    source = dimensional()
    source.norms = own
    none = Known(TABLE, (), {})
    offered = offers_of(learner(source), none, np.random.default_rng(0))
    assert (offered.related, offered.norms) == ((VALENCE, AROUSAL), own)
    assert offers_of(learners["ridge"]((AROUSAL,)), none, np.random.default_rng(0)).related == ()


def test_a_trained_model_becomes_a_source() -> None:
    model = trained(learners["logistic-regression"]((EMOTION,)), knows_emotion(), rng())
    source = SourceBeliefs.predicted(model, TABLE, (EMOTION,))
    assert np.array_equal(source.of(TABLE)["emotion"].proba, model.predict(TABLE)["emotion"].proba)


def test_norms_map_the_source_s_probabilities_to_native_units() -> None:
    made = CrossTask(learners["nrc-mapping"]((VALENCE, AROUSAL)), categorical())
    nothing = Answers(ROWS[:0], np.zeros(0), np.zeros(0))
    known = Known(TABLE, (VALENCE, AROUSAL), {"valence": nothing, "arousal": nothing})
    belief = trained(made, known, rng()).predict(TABLE)
    proba = categorical().beliefs["emotion"].proba
    places = NRC.of(EMOTION.classes, (VALENCE, AROUSAL))
    assert belief["valence"].mean[1, 5] == pytest.approx(sum(proba[1, 5, e] * places[e, 0] for e in range(3)))
    assert belief["arousal"].mean[0, 7] == pytest.approx(sum(proba[0, 7, e] * places[e, 1] for e in range(3)))
    spread = np.sqrt(sum(proba[0, 7, e] * (places[e, 1] - belief["arousal"].mean[0, 7]) ** 2 for e in range(3)))
    assert belief["arousal"].std[0, 7] == pytest.approx(spread)


def test_labels_change_nothing_about_the_mapping() -> None:
    made = CrossTask(learners["nrc-mapping"]((VALENCE,)), categorical())
    one = Known(TABLE, (VALENCE,), {"valence": Answers(ROWS, np.ones(10), np.ones(10))})
    other = Known(TABLE, (VALENCE,), {"valence": Answers(ROWS, np.full(10, 5.0), np.ones(10))})
    first, second = (trained(made, known, rng()).predict(TABLE)["valence"].mean for known in (one, other))
    assert np.array_equal(first, second)


@pytest.mark.parametrize(
    ("task", "source", "complaint"),
    [
        ((VALENCE,), None, "there is no such model; give the plan a source corpus with a category"),
        ((AROUSAL,), dimensional(), "there is no such model"),
        ((EMOTION,), categorical(), "with the target emotion; expected scales called valence"),
        ((Target("tension"),), categorical(), "with the target tension; expected scales called valence"),
    ],
)
def test_the_mapping_says_what_it_lacks(task: tuple[Target, ...], source: SourceBeliefs, complaint: str) -> None:
    made = NormMapping(task, source)
    with pytest.raises(BadPlan, match=complaint):
        made.predict(TABLE)


def test_the_mapping_wants_a_norm_for_every_class() -> None:
    odd = Target("emotion", ("anger", "boredom"))
    source = SourceBeliefs((odd,), TABLE.ids, {"emotion": Classes(np.full((1, 30, 2), 0.5))})
    with pytest.raises(BadPlan, match="no norm for the class 'boredom'"):
        NormMapping((VALENCE,), source).predict(TABLE)


def test_the_mapping_of_clips_that_the_source_does_not_know_is_refused() -> None:
    with pytest.raises(BadFeatures, match="was not asked about 'x'"):
        NormMapping((VALENCE,), categorical()).predict(FeatureTable(np.zeros((1, 4)), ("x",)))
