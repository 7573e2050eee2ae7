"""You versus the oracle: a person's labels beside recorded gold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seral_core.errors import BadPlan
from seral_core.studio.human_vs_gold import figures, versus
from seral_core.studio.session import Session
from seral_core.studio.testing import answered, made_project

from .conftest import said


def test_somebody_who_answers_as_recorded_draws_the_same_curve(tmp_path: Path) -> None:
    found = versus(answered(made_project(60, folder=tmp_path), 40), every=20)
    curves = found.curves.pivot_table(index=["fold", "metric", "spent"], columns="curve", values="value")
    assert (curves["you"] == curves["recorded gold"]).all()
    assert (found.agreement["alpha"], found.agreement["kappa"], found.agreement["agreement"]) == (1, 1, 1)
    assert found.confusion == [[sum(row) if i == j else 0 for j in range(3)] for i, row in enumerate(found.confusion)]


def test_wrong_answers_cost_agreement_and_score(tmp_path: Path) -> None:
    found = versus(answered(made_project(120, folder=tmp_path), 60, wrong=0.4), every=20)
    assert 0.5 < found.agreement["agreement"] < 0.7
    last = (
        found.curves[(found.curves["spent"] == 60) & (found.curves["metric"] == "uar")].groupby("curve")["value"].mean()
    )
    assert last["you"] < last["recorded gold"] - 0.02


def test_each_part_is_scored_on_speakers_it_has_not_learned_from(tmp_path: Path) -> None:
    found = versus(answered(made_project(60, folder=tmp_path), 40), every=20)
    assert sorted(set(found.curves["fold"])) == [0, 1, 2, 3, 4]
    assert "not learned from" in found.scored_on


def test_without_speakers_the_whole_corpus_is_scored(tmp_path: Path) -> None:
    folder = made_project(60, folder=tmp_path)
    table = tmp_path / "clips.csv"
    table.write_text(
        "".join(f"{f},{e}" for f, _, e in (line.split(",") for line in table.read_text().splitlines(True)))
    )
    found = versus(answered(folder, 40), every=20)
    assert set(found.curves["fold"]) == {0}
    assert "filled in" in found.scored_on


def test_a_scale_is_compared_by_concordance(tmp_path: Path) -> None:
    folder = made_project(60, folder=tmp_path, targets=("arousal=1:5",))
    lines = (tmp_path / "clips.csv").read_text().splitlines()
    rows = [f"{line},{1 + i % 3}" for i, line in enumerate(lines[1:])]
    (tmp_path / "clips.csv").write_text("\n".join([lines[0] + ",arousal", *rows]) + "\n")
    session = Session(folder, train=False)
    for _ in range(40):
        (clip, *_) = session.next("me")["clips"]
        session.record("me", said(clip, 2 + int(clip["segment"][:4]) % 3, "arousal"))
    found = versus(folder, every=20)
    assert found.agreement["shift"] == pytest.approx(1.0)
    assert 0 < found.agreement["ccc"] < found.agreement["pcc"]
    assert found.agreement["pcc"] == pytest.approx(1.0)
    assert set(figures(found)) == {"curves"}


def test_nothing_to_compare_is_refused(tmp_path: Path) -> None:
    folder = made_project(60, folder=tmp_path)
    with pytest.raises(BadPlan, match="label some"):
        versus(folder)
    with pytest.raises(BadPlan, match="no target 'mood'"):
        versus(answered(folder, 10), "mood")


def test_a_session_gives_it_as_plain_data_and_works_it_out_once(tmp_path: Path) -> None:
    session = Session(answered(made_project(60, folder=tmp_path), 30), train=False)
    told = session.versus(every=15)
    assert told is session.versus(every=15)
    json.dumps(told, allow_nan=False)
    assert list(told["curves"]) == ["recorded gold", "you"]
    assert [x for x, _ in told["curves"]["you"]["uar"]] == [15, 30]
