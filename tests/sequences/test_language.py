"""Transitions of frames and n-grams of regions, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from seral_core.errors import BadLabel, BadPlan
from seral_core.sequences.language import Language, regions
from seral_core.sequences.priors import class_priors, log_proba, without_priors
from seral_core.sequences.transitions import transitions


def p(language: Language, *context: int) -> list[float]:
    """What follows a context, as probabilities."""
    return np.exp(language.log_p[language.contexts.index(context)]).tolist()


def test_transitions_by_hand() -> None:
    # 0-0 twice, 0-1 once, 1-2 once; each once more.
    found = np.exp(transitions([np.array([0, 0, 0, 1]), np.array([1, 2])], 3))
    assert found == pytest.approx(np.array([[3 / 6, 2 / 6, 1 / 6], [1 / 4, 1 / 4, 2 / 4], [1 / 3, 1 / 3, 1 / 3]]))


def test_nothing_is_counted_across_recordings_or_gaps() -> None:
    apart = [np.array([0, 0]), np.array([1, 1])]
    gap = [np.array([0, 0, -1, 1, 1])]
    assert np.array_equal(transitions(apart, 2), transitions(gap, 2))
    assert not np.array_equal(transitions(apart, 2), transitions([np.array([0, 0, 1, 1])], 2))
    one, other = (Language.fit(labels, 2, 3) for labels in (apart, gap))
    assert np.array_equal(one.log_p, other.log_p)
    assert not np.array_equal(one.log_p, Language.fit([np.array([0, 0, 1, 1])], 2, 3).log_p)


def test_regions_collapse_identical_neighbours() -> None:
    assert [part.tolist() for part in regions(np.array([-1, 1, 1, 0, -1, -1, 0, 2, 2]))] == [[1, 0], [0, 2]]
    assert regions(np.array([], dtype=int)) == regions(np.array([-1, -1])) == []


def test_a_bigram_by_hand() -> None:
    # Regions 0 1 0 2 and 0 1. Single regions: 0 three times, 1 twice, 2 once; three kinds: (c + 3 / 3) / (6 + 3).
    language = Language.fit([np.array([0, 0, 1, 0, 2, 2]), np.array([0, 1, 1])], 3, order=2)
    single = np.array([4, 3, 2]) / 9
    # The beginning is followed by 0 twice: one kind.
    assert p(language, -1) == pytest.approx(((np.array([2, 0, 0]) + single) / 3).tolist())
    # 0 is followed by 1 twice and 2 once: two kinds; below, single regions without 0.
    assert p(language, 0) == pytest.approx([0, (2 + 2 * 3 / 5) / 5, (1 + 2 * 2 / 5) / 5])
    # 1 is followed by 0 once: one kind.
    assert p(language, 1) == pytest.approx([(1 + 4 / 6) / 2, 0, (2 / 6) / 2])
    # Nothing follows 2: only what is below speaks.
    assert p(language, 2) == pytest.approx([4 / 7, 3 / 7, 0])


def test_a_trigram_by_hand() -> None:
    labels = [np.array([0, 1, 0, 2]), np.array([0, 1])]
    bigram, trigram = (Language.fit(labels, 3, order) for order in (2, 3))
    assert p(trigram, -1) == pytest.approx(p(bigram, -1))
    # 0 at the beginning is followed by 1 twice; one kind.
    assert p(trigram, -1, 0) == pytest.approx(((np.array([0, 2, 0]) + p(bigram, 0)) / 3).tolist())
    # 1 0 is followed by 2 once; 2 0 was never seen.
    assert p(trigram, 1, 0) == pytest.approx(((np.array([0, 0, 1]) + p(bigram, 0)) / 2).tolist())
    assert p(trigram, 2, 0) == pytest.approx(p(bigram, 0))


@pytest.mark.parametrize("order", [2, 3, 4])
def test_probabilities_sum_to_one_and_none_is_zero_but_to_follow_itself(order: int) -> None:
    labels = [np.random.default_rng(0).integers(0, 3, 60)]
    language = Language.fit(labels, 4, order)  # level 3 was never seen
    proba = np.exp(language.log_p)
    assert proba.sum(axis=1) == pytest.approx(np.ones(len(proba)))
    own = np.arange(4) == language.last[:, None]
    assert np.array_equal(proba == 0, own)


def test_a_score_is_the_sum_along_the_states() -> None:
    trigram = Language.fit([np.array([0, 1, 0, 2])], 3, 3)
    wanted = p(trigram, -1)[0] * p(trigram, -1, 0)[1] * p(trigram, 0, 1)[0] * p(trigram, 1, 0)[1]
    assert np.exp(trigram.score(np.array([0, 1, 0, 1]))) == pytest.approx(wanted)


def test_without_recordings_everything_is_alike() -> None:
    assert np.exp(transitions([], 4)) == pytest.approx(np.full((4, 4), 0.25))
    assert p(Language.fit([], 3, 3), 0, 1) == pytest.approx([0.5, 0, 0.5])


def test_priors_and_their_inverse_by_hand() -> None:
    priors = class_priors([np.array([0, 0, 0, -1]), np.array([1, 0])], 3)
    assert priors == pytest.approx(np.array([4, 1, 0]) / 5)
    (low, scores) = log_proba(np.log([[4.0, 4.0, 5.0, 3.0, 2.0]]), (2, 3))
    assert np.exp(low) == pytest.approx(np.array([[0.5, 0.5]]))
    scaled = np.exp(without_priors(scores, priors))
    assert scaled == pytest.approx(np.array([[0.5 / 0.8, 0.3 / 0.2, 0.0]]) / (0.5 / 0.8 + 0.3 / 0.2))


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(BadPlan, match="got a 1-gram of 3 levels"):
        Language.fit([np.array([0, 1])], 3, 1)
    with pytest.raises(BadLabel, match="got level 3; expected 0 to 2"):
        Language.fit([np.array([0, 3])], 3, 2)
    with pytest.raises(BadLabel, match="got level 3; expected 0 to 2"):
        transitions([np.array([0, 3])], 3)
