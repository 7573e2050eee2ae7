"""Simulated raters agree and confuse classes as the real votes do that they are made from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seral_core.corpora.acting import EMOTIONS, cast, rate, write_script
from seral_core.corpora.readers.cremad import CremaD
from seral_core.crowds.from_votes import raters_from_votes
from seral_core.crowds.raters import Rater, Raters, drawn_raters
from seral_core.errors import BadPlan
from seral_core.scores.agreement import alpha
from seral_core.scores.dawid_skene import dawid_skene
from seral_core.scores.ratings import counts


def acted(clips: int = 600) -> tuple[pd.DataFrame, pd.Series]:
    """Votes of six raters on acted clips, and which emotion each clip has most of."""
    rng = np.random.default_rng(0)
    script = write_script(clips, cast(12, rng), rng)
    votes = rate(script, 6, rng).rename(columns={"clip": "segment", "emotion": "value"})
    return votes[["segment", "rater", "value"]], pd.Series(np.array(EMOTIONS)[script.mix.argmax(axis=1)])


def pairs_of(votes: pd.DataFrame, classes: tuple[str, ...]) -> np.ndarray:
    """How often two raters of a clip say one class and another: confusions that need no truth."""
    n = counts(votes, classes).to_numpy(float)
    both = (n[:, :, None] * n[:, None, :] - n[:, :, None] * np.eye(len(classes))) / (n.sum(axis=1) - 1)[:, None, None]
    return np.asarray(both.sum(axis=0) / both.sum())


def simulated(votes: pd.DataFrame, truth: pd.Series, classes: tuple[str, ...]) -> pd.DataFrame:
    """As many votes on each clip as there are, by the same raters, drawn anew."""
    crowd = raters_from_votes(votes, classes, truth)
    place = {rater.name: i for i, rater in enumerate(crowd.raters)}
    turn = votes.groupby("segment").cumcount()
    ids = list(truth.index)
    who = np.zeros((len(ids), int(turn.max()) + 1), dtype=np.intp)
    row = votes["segment"].map({segment: i for i, segment in enumerate(ids)}).to_numpy()
    who[row, turn] = [place.get(rater, 0) for rater in votes["rater"]]
    true = pd.Index(classes).get_indexer(pd.Index(truth))
    found = crowd.votes(true, who, np.random.default_rng(1))[row, turn]
    return votes.assign(value=np.array(classes, object)[found])


@pytest.mark.parametrize("source", ["acted", "cremad"])
def test_a_simulated_crowd_agrees_and_errs_as_the_real_one(source: str, request: pytest.FixtureRequest) -> None:
    if source == "acted":
        (votes, truth), classes = acted(), tuple(EMOTIONS)
    else:
        folder: Path = request.getfixturevalue("real_data")
        corpus = CremaD().read(folder / "cremad-votes")
        votes, classes = corpus.of("emotion"), corpus.target("emotion").classes
        truth = dawid_skene(votes, classes).posterior.idxmax(axis=1)
    drawn = simulated(votes, truth, classes)
    assert alpha(drawn, "nominal") == pytest.approx(alpha(votes, "nominal"), abs=0.03)
    assert np.abs(pairs_of(drawn, classes) - pairs_of(votes, classes)).sum() / 2 < 0.05
    given, heard = (pd.crosstab(v["segment"].map(truth), v["value"], normalize="index") for v in (votes, drawn))
    assert np.abs(given.to_numpy() - heard.to_numpy()).max() < 0.05


def test_each_named_rater_errs_in_their_own_way() -> None:
    votes, truth = acted(2000)
    drawn = simulated(votes, truth, tuple(EMOTIONS))
    for rater in ("r1", "r6"):
        given, heard = (
            pd.crosstab(of["segment"].map(truth), of["value"], normalize="index")
            for of in (v[v["rater"] == rater] for v in (votes, drawn))
        )
        assert np.abs(given.to_numpy() - heard.to_numpy()).max() < 0.1


def test_raters_who_go_together_keep_their_confusions() -> None:
    table = np.array([[0.6, 0.4], [0.2, 0.8]])
    pair = (Rater("a", table), Rater("b", table))
    truth, who = np.zeros(4000, dtype=np.intp), np.tile([0, 1], (4000, 1))
    agree = []
    for together in (0.0, 1.0):
        votes = Raters(("x", "y"), pair, np.full(2, together)).votes(truth, who, np.random.default_rng(0))
        assert (votes == 0).mean() == pytest.approx(0.6, abs=0.02)
        agree.append((votes[:, 0] == votes[:, 1]).mean())
    assert agree == pytest.approx([0.52, 1.0], abs=0.02)


def test_wrong_raters_are_refused() -> None:
    with pytest.raises(BadPlan, match="rows that sum to 1"):
        Rater("ann", np.array([[0.5, 0.4], [0.5, 0.5]]))
    with pytest.raises(BadPlan, match="each name once"):
        Raters(("x", "y"), (Rater("ann", np.eye(2)), Rater("ann", np.eye(2))))
    with pytest.raises(BadPlan, match="skill over 0"):
        drawn_raters(("x", "y"), 3, np.random.default_rng(0), skill=0.0)
