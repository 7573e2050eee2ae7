"""Gold and agreement are what the publications print, and what the definitions say."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import toy_corpus
from seral_core.errors import BadLabel
from seral_core.scores.agreement import against_rest, alpha, fleiss_kappa, per_clip, self_agreement
from seral_core.scores.dawid_skene import dawid_skene
from seral_core.scores.ratings import counts, distribution, ewe, gold, majority, mean, rater_weights
from seral_core.types import Target
from tests.scores import published

EMOTION = Target("emotion", ("anger", "sadness"))
AROUSAL = Target("arousal", low=1, high=9)


@pytest.mark.parametrize(("level", "printed"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_krippendorff_2011(level: str, printed: float) -> None:
    assert alpha(published.krippendorff(), level) == pytest.approx(printed, abs=0.0005)  # type: ignore[arg-type]


def test_kappa_of_fleiss_1971() -> None:
    assert fleiss_kappa(published.fleiss()) == pytest.approx(0.430, abs=0.0005)


def test_class_frequencies_of_dawid_and_skene_1979() -> None:
    found = dawid_skene(published.anaesthetists())
    assert found.marginals.round(2).to_dict() == {"1": 0.40, "2": 0.42, "3": 0.11, "4": 0.07}
    assert found.raters == ("a1", "a2", "a3", "a4", "a5")


def test_dawid_and_skene_end_where_their_equations_hold() -> None:
    """Equations 2.3 to 2.5 and the likelihood 2.7, in plain loops."""
    found = dawid_skene(published.anaesthetists(), tol=1e-12)
    names, votes = list(found.posterior.columns), published.anaesthetists().to_records(index=False)
    said = {p: [(found.raters.index(r), names.index(v)) for s, r, v in votes if s == p] for p in found.posterior.index}
    likelihood = 0.0
    for patient, posterior in zip(found.posterior.index, found.posterior.to_numpy(), strict=True):
        each = [found.marginals.iloc[c] * math.prod(found.errors[r, c, v] for r, v in said[patient]) for c in range(4)]
        likelihood += math.log(sum(each))
        assert posterior == pytest.approx([part / sum(each) for part in each], abs=1e-6)
    assert found.log_likelihood == pytest.approx(likelihood, abs=1e-6)
    assert found.marginals.tolist() == pytest.approx(found.posterior.to_numpy().mean(axis=0).tolist(), abs=1e-6)
    seen = sum(found.posterior.loc[p].iloc[1] for p in said for r, v in said[p] if (r, v) == (1, 2))
    among = sum(found.posterior.loc[p].iloc[1] for p in said for r, v in said[p] if r == 1)
    assert found.errors[1, 1, 2] == pytest.approx(seen / among, abs=1e-6)


def test_every_round_of_dawid_and_skene_is_more_likely_than_the_one_before() -> None:
    votes = published.anaesthetists()
    likely = [dawid_skene(votes, tol=0, most=most).log_likelihood for most in range(1, 12)]
    assert likely == sorted(likely)


def test_dawid_and_skene_see_through_a_rater_who_guesses() -> None:
    rng = np.random.default_rng(0)
    truth = rng.choice(["anger", "sadness"], 300)
    rows = []
    for segment, right in enumerate(truth):
        other = {"anger": "sadness", "sadness": "anger"}[right]
        rows += [(f"s{segment}", "good", right if rng.random() < 0.95 else other)]
        rows += [(f"s{segment}", f"poor{i}", right if rng.random() < 0.6 else other) for i in range(2)]
    found = gold(published.long(rows), EMOTION, "dawid-skene").reindex([f"s{i}" for i in range(300)])
    votes = majority(published.long(rows)).reindex([f"s{i}" for i in range(300)])
    assert (found == truth).mean() > 0.93 > (votes == truth).mean() + 0.05


def test_dawid_and_skene_take_smoothing_for_raters_of_whom_little_is_known() -> None:
    votes = published.long([("a", "r1", "anger"), ("b", "r1", "sadness"), ("a", "r2", "anger")])
    assert np.isclose(dawid_skene(votes).errors[1, 0, 0], 1.0)
    assert 0.5 < dawid_skene(votes, smoothing=1.0).errors[1, 0, 0] < 0.7


def test_dawid_and_skene_ask_for_votes() -> None:
    with pytest.raises(BadLabel, match="got no votes"):
        dawid_skene(published.long([]), ("anger",))


def test_weighted_mean_by_hand() -> None:
    """Grimm and Kroschel 2005: r1 correlates by 0.8 with the mean (2, 8/3, 7/3, 3), r2 by 1, r3 contradicts."""
    said = {"r1": (1, 2, 3, 4), "r2": (1, 3, 2, 4), "r3": (4, 3, 2, 1)}
    votes = published.long([(s, r, v) for r, values in said.items() for s, v in zip("abcd", values, strict=True)])
    assert rater_weights(votes, leave_one_out=False).to_dict() == pytest.approx({"r1": 0.8, "r2": 1.0, "r3": 0.0})
    assert ewe(votes, leave_one_out=False).tolist() == pytest.approx([1, (0.8 * 2 + 3) / 1.8, (0.8 * 3 + 2) / 1.8, 4])
    # Without r1 the mean of the others is (2.5, 3, 2, 2.5): r1 goes -1.5, -0.5, 0.5, 1.5 where it goes 0, 0.5, -0.5, 0.
    assert rater_weights(votes)["r1"] == 0.0
    kinder = votes[votes["rater"] != "r3"]
    assert rater_weights(kinder).to_dict() == pytest.approx({"r1": 0.8, "r2": 0.8})


def test_leaving_the_rater_out_weighs_less_than_the_textbook_where_raters_are_few() -> None:
    rng = np.random.default_rng(0)
    votes = published.long([(f"s{s}", f"r{r}", rng.normal()) for s in range(200) for r in range(3)])
    assert rater_weights(votes, leave_one_out=False).min() > 0.4, "noise alone seems to agree with itself"
    assert rater_weights(votes).max() < 0.2


def test_a_clip_without_any_trusted_rater_gets_the_plain_mean() -> None:
    votes = published.long([("a", "r1", 1.0), ("b", "r1", 1.0), ("a", "r2", 3.0), ("b", "r2", 2.0)])
    assert ewe(votes).to_dict() == {"a": 2.0, "b": 1.5}


def test_missing_ratings_weigh_nothing() -> None:
    votes = published.long([(s, r, float(v)) for s, v in zip("abcd", (1, 5, 3, 7), strict=True) for r in ("r1", "r2")])
    holes = pd.concat([votes, published.long([("d", "r3", float("nan")), ("e", "r1", 9.0)])])
    assert ewe(holes).to_dict() == pytest.approx({"a": 1, "b": 5, "c": 3, "d": 7, "e": 9})
    assert mean(holes).to_dict() == ewe(holes).round(9).to_dict()


def test_a_tie_has_no_majority_and_every_vote_counts_in_the_soft_label() -> None:
    votes = published.long([("a", "r1", "anger"), ("a", "r2", "sadness"), ("b", "r1", "anger"), ("c", "r1", None)])
    found = majority(votes, EMOTION.classes)
    assert pd.isna(found["a"])
    assert found["b"] == "anger"
    assert "c" not in found
    assert distribution(votes, EMOTION.classes).to_dict("index") == {
        "a": {"anger": 0.5, "sadness": 0.5},
        "b": {"anger": 1.0, "sadness": 0.0},
    }


def test_gold_of_a_corpus_is_the_gold_of_its_ratings() -> None:
    corpus = toy_corpus()
    for target in corpus.task:
        rows = corpus.of(target.name)
        assert corpus.gold(target.name).to_dict() == gold(rows, target).to_dict()
    assert corpus.votes("emotion").equals(counts(corpus.of("emotion"), EMOTION.classes))


def brute_alpha(units: list[list[float]], level: str) -> float:
    """Alpha pair by pair, from its definition."""
    units = [unit for unit in units if len(unit) > 1]
    flat = sorted(itertools.chain(*units))
    if not flat:
        return float("nan")
    n = {v: flat.count(v) for v in flat}

    def distance(a: float, b: float) -> float:
        low, high = min(a, b), max(a, b)
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return (a - b) ** 2
        between = sum(n[v] for v in n if low <= v <= high)
        return 0.0 if a == b else (between - (n[low] + n[high]) / 2) ** 2

    found = sum(distance(a, b) / (len(u) - 1) for u in units for a, b in itertools.permutations(u, 2)) / len(flat)
    chance = sum(distance(a, b) for a, b in itertools.permutations(flat, 2)) / (len(flat) * (len(flat) - 1))
    return 1 - found / chance if chance else float("nan")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(-3, 3).map(float), max_size=5), min_size=1, max_size=8),
    st.sampled_from(["nominal", "ordinal", "interval"]),
)
def test_alpha_is_what_its_definition_says_pair_by_pair(units: list[list[float]], level: str) -> None:
    rows = published.long([(f"u{u}", f"r{r}", v) for u, unit in enumerate(units) for r, v in enumerate(unit)])
    found, expected = alpha(rows, level), brute_alpha(units, level)  # type: ignore[arg-type]
    assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_agreement_of_one_rating_a_clip_or_of_no_variation_is_not_known() -> None:
    assert math.isnan(alpha(published.long([("a", "r1", 1.0), ("b", "r1", 2.0)]), "interval"))
    assert math.isnan(alpha(published.long([("a", "r1", "x"), ("a", "r2", "x")]), "nominal"))
    assert math.isnan(fleiss_kappa(published.long([("a", "r1", "x"), ("a", "r2", "x")])))
    assert math.isnan(fleiss_kappa(published.long([("a", "r1", "x")])))


def test_agreement_per_clip_is_known_where_two_rated() -> None:
    corpus = toy_corpus()
    assert per_clip(corpus.of("emotion"), corpus.target("emotion")).round(2).tolist() == [1.0, 0.67, 1.0, 0.67]
    assert len(per_clip(corpus.of("arousal"), corpus.target("arousal"))) == 0
    votes = published.long([("a", "r1", 2.0), ("a", "r2", 6.0), ("b", "r1", 3.0)])
    assert per_clip(votes, AROUSAL).to_dict() == {"a": 2.0}


def test_a_rater_who_answers_higher_than_the_rest_is_seen() -> None:
    said = {"r1": (1, 2, 3, 4), "r2": (1, 2, 3, 4), "high": (3, 4, 5, 6)}
    votes = published.long([(s, r, v) for r, values in said.items() for s, v in zip("abcd", values, strict=True)])
    found = against_rest(votes, AROUSAL)
    assert found.loc["high", ["segments", "pcc", "shift"]].tolist() == pytest.approx([4, 1, 2])
    assert found.loc["high", "ccc"] == pytest.approx(2 * 1.25 / (1.25 + 1.25 + 4))
    assert found.loc["r1", "shift"] == pytest.approx(-1)


def test_a_rater_alone_with_a_clip_is_compared_on_the_others() -> None:
    votes = published.long([("a", "r1", "anger"), ("a", "r2", "anger"), ("b", "r1", "sadness")])
    assert against_rest(votes, EMOTION)["segments"].to_dict() == {"r1": 1, "r2": 1}
    alone = against_rest(votes[:1], EMOTION)
    assert alone["segments"].tolist() == [0]
    assert math.isnan(alone["agreement"].iloc[0])


def test_self_agreement_pairs_each_repeat_with_the_first_answer() -> None:
    first = published.long([("a", "r1", "anger"), ("b", "r1", "anger"), ("a", "r2", "sadness")])
    again = published.long([("a", "r1", "anger"), ("a", "r1", "sadness"), ("b", "r1", "anger"), ("c", "r1", "anger")])
    found = self_agreement(first, again, EMOTION)
    assert found.to_dict("index") == {"r1": {"segments": 3, "agreement": pytest.approx(2 / 3)}}


def test_votes_without_names_are_not_taken_for_raters() -> None:
    # In each clip the votes are in the order of the classes, as where a table counts them: slot 1 always says anger.
    counted = {"a": (3, 0), "b": (3, 0), "c": (2, 1), "d": (1, 2), "e": (1, 2), "f": (1, 2), "g": (0, 3), "h": (0, 3)}
    said = {clip: ["anger"] * angry + ["sadness"] * sad for clip, (angry, sad) in counted.items()}
    rows = [(clip, f"vote-{i}", value) for clip, values in said.items() for i, value in enumerate(values, 1)]
    turned = [(clip, f"vote-{i}", value) for clip, values in said.items() for i, value in enumerate(values[::-1], 1)]
    found, other = (dawid_skene(published.long(each)) for each in (rows, turned))
    assert found.raters == ("anonymous",)
    assert found.errors.shape == (1, 2, 2)
    np.testing.assert_allclose(found.posterior, other.posterior)
    one = dawid_skene(published.long([(clip, "somebody", value) for clip, _, value in rows]))
    np.testing.assert_allclose(found.posterior, one.posterior)


def test_raters_with_names_keep_their_own_confusions_beside_votes_without() -> None:
    found = dawid_skene(published.long([("a", "anna", "anger"), ("a", "vote-1", "anger"), ("b", "vote-07", "fear")]))
    assert found.raters == ("anna", "anonymous")


def test_who_weighs_the_listeners_of_crema_d_comes_nearer_to_what_was_acted(real_data: Path) -> None:
    corpus = open_corpus(str(real_data / "cremad-votes"))
    rows = corpus.of("emotion")
    acted, votes = corpus.gold("intended"), corpus.gold("emotion").dropna()
    found = gold(rows, corpus.target("emotion"), "dawid-skene").reindex(votes.index)
    assert (found == acted[votes.index]).mean() > (votes == acted[votes.index]).mean() + 0.05
    rng = np.random.default_rng(0)
    mixed = rows.assign(rater=rows.groupby("segment")["rater"].transform(lambda those: rng.permutation(list(those))))
    assert (gold(mixed, corpus.target("emotion"), "dawid-skene").reindex(votes.index) == found).all(), (
        "slots are no raters"
    )
    assert 0.2 < alpha(rows, "nominal") < 0.4
    assert abs(alpha(rows, "nominal") - fleiss_kappa(rows)) < 0.01
