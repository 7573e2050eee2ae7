"""A plan with a source: what the source model learns from, and what it must not see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seral_core.errors import BadFeatures, BadLog, BadPlan, UnknownName
from seral_core.features.normaliser import Normaliser
from seral_core.features.table import FeatureTable
from seral_core.runs.build import prepare
from seral_core.runs.data import data_of
from seral_core.runs.events import Finished, Scored
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.source import SAME, Source
from seral_core.runs.source_model import SourceModel, source_model
from seral_core.runs.speech import opened, origin_of
from tests.runs.related import related_table

SCALES = ("arousal", "dominance", "valence")


def features(table: Path) -> str:
    return str(table.with_name("features.npz"))


def model_of(plan: Plan) -> SourceModel:
    return source_model(data_of(plan))


def plan_on(table: Path, **changes: object) -> Plan:
    usual = Plan(
        corpus=str(table), features=features(table), targets=("emotion",), learner="cross-validated", strategy="cti",
        split="2 of 5", judge="whole-set", normalise="off", pca=0.9, initial=8, batch=2, budget=14, source=Source(SAME),
    )  # fmt: skip
    return usual.varied(**changes)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return related_table(tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return related_table(
        tmp_path_factory.mktemp("two"), 80, seed=1, high=5.0, far=1.0, rename={"arousal": "activation"}
    )


def test_plans_without_a_source_keep_their_names() -> None:
    plan = Plan(strategy="margin", targets=("a", "b"), budget=100.0)
    assert plan.key == "06a3296a86f3"  # as it was before there were sources
    assert Grid(plan, ("a",)).key == "b0069f8a4e10"
    assert "source" not in plan.to_toml()


def test_a_plan_with_a_source_comes_back_from_its_toml() -> None:
    plan = Plan(source=Source("vam", targets=("valence",), adapt="tca:20"), classes=("anger", "fear"), pca=0.9)
    assert Plan.from_toml(plan.to_toml()) == plan
    assert Grid.from_toml(Grid(plan, ("cti",)).to_toml()).plan == plan
    assert plan.key != plan.varied(source=replace(plan.source, adapt="none")).key
    with pytest.raises(UnknownName, match="source entry 'corpora'"):
        Plan.from_toml('source = {corpora = "vam"}')
    with pytest.raises(BadPlan, match="expected a table"):
        Plan.from_toml('source = "vam"')


@pytest.mark.parametrize("strategy", ["cti", "lc-ctial", "source-mtigs"])
def test_a_run_within_a_corpus_goes_to_its_end(table: Path, strategy: str) -> None:
    made = prepare(plan_on(table, strategy=strategy))
    assert made.split.name == "2 of 5: Ses1 + Ses2"
    events = list(made.loop())
    assert isinstance(events[-1], Finished)
    scores = [event.scores for event in events if isinstance(event, Scored)]
    assert {name for each in scores for name in each} == {"emotion"}  # what the source believes is not scored


@pytest.mark.parametrize("strategy", ["mtigs", "ctigs", "mtigs-ctial", "source-least-confidence"])
def test_a_run_across_corpora_goes_to_its_end(table: Path, other: Path, strategy: str) -> None:
    source = Source(str(other), features=features(other), adapt="bda:4")
    plan = plan_on(table, targets=SCALES, split="none", strategy=strategy, source=source)
    events = list(prepare(plan).loop())
    assert {name for e in events if isinstance(e, Scored) for name in e.scores} == set(SCALES)


def test_the_source_of_the_same_corpus_is_the_part_that_is_held_back(table: Path) -> None:
    plan = plan_on(table, fold=3)
    data, related = data_of(plan), model_of(plan)
    speaker = opened(str(table)).about["speaker"]
    assert related.beliefs.ids == data.pool
    assert related.clips == len(data.split.test)
    assert not set(speaker[list(data.pool)]) & set(speaker[list(data.split.test)])


def test_the_source_model_never_sees_labels_of_the_pool(table: Path, tmp_path: Path) -> None:
    plan = plan_on(table)
    pool = set(data_of(plan).pool)
    frame = pd.read_csv(table)
    hidden = frame["file"].isin(list(pool))
    frame.loc[hidden, list(SCALES)] = 0.0
    frame.to_csv(tmp_path / "clips.csv", index=False)
    before, after = (model_of(plan.varied(corpus=c)).beliefs for c in (str(table), str(tmp_path / "clips.csv")))
    for name in SCALES:
        np.testing.assert_array_equal(before.beliefs[name].guess, after.beliefs[name].guess)


def test_labels_of_the_source_do_matter(table: Path, tmp_path: Path) -> None:
    plan = plan_on(table)
    held = list(data_of(plan).split.test)
    frame = pd.read_csv(table)
    frame.loc[frame["file"].isin(held), "arousal"] *= -1
    frame.to_csv(tmp_path / "clips.csv", index=False)
    before, after = (model_of(plan.varied(corpus=c)) for c in (str(table), str(tmp_path / "clips.csv")))
    correlation = np.corrcoef(before.beliefs.beliefs["arousal"].guess, after.beliefs.beliefs["arousal"].guess)[0, 1]
    assert correlation < -0.5
    assert before.key != after.key


def test_a_run_is_not_resumed_on_another_source(table: Path, other: Path, tmp_path: Path) -> None:
    source = Source(str(other), features=features(other), adapt="none")
    past = list(prepare(plan_on(table, split="none", source=source)).loop())[:3]
    changed = related_table(tmp_path, 80, seed=2, high=5.0)
    again = prepare(
        plan_on(table, split="none", source=replace(source, corpus=str(changed), features=features(changed)))
    )
    with pytest.raises(BadLog, match="other data"):
        list(again.loop(past))


def test_clips_of_two_corpora_may_have_the_same_names(table: Path, other: Path) -> None:
    assert set(opened(str(other)).ids) <= set(opened(str(table)).ids)
    source = Source(str(other), features=features(other), adapt="none")
    related = model_of(plan_on(table, split="none", source=source))
    gold = opened(str(table)).gold("valence")[list(related.beliefs.ids)]
    assert np.corrcoef(related.beliefs.beliefs["valence"].guess, gold)[0, 1] > 0.5


def test_features_of_one_corpus_are_never_taken_for_those_of_another(table: Path, other: Path, tmp_path: Path) -> None:
    for source in (Source(str(other)), Source(str(other), features=features(table))):
        with pytest.raises(BadFeatures, match=r"share 80 names of clips, such as 'clip000.wav'"):
            prepare(plan_on(table, split="none", source=source))
    frame = pd.read_csv(other)
    frame["file"] = "other-" + frame["file"]
    frame.to_csv(tmp_path / "clips.csv", index=False)
    with np.load(features(table)) as here, np.load(features(other)) as there:
        ids = np.append(here["ids"], np.char.add("other-", there["ids"]))
        np.savez(tmp_path / "both.npz", ids=ids, values=np.vstack([here["values"], there["values"]]))
    one_file = plan_on(
        table, features=str(tmp_path / "both.npz"), split="none", source=Source(str(tmp_path / "clips.csv"))
    )
    two_files = plan_on(table, split="none", source=Source(str(other), features=features(other)))
    mine, plain = (model_of(plan).beliefs.beliefs["valence"].guess for plan in (one_file, two_files))
    assert np.corrcoef(mine, plain)[0, 1] > 0.99


def test_a_corpus_is_no_source_of_its_own_but_by_the_part_held_back(table: Path) -> None:
    with pytest.raises(BadPlan, match='name the source "same"'):
        prepare(plan_on(table, source=Source(str(table), features=features(table))))


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("targets = [1]", r"source entry targets is \[1\]; expected texts"),
        ('targets = "arousal"', r"expected texts, something like \['arousal'\]"),
        ('adapt = "tca:"', "expected a number of dimensions"),
    ],
)
def test_wrong_entries_of_a_source_are_refused(entry: str, complaint: str) -> None:
    with pytest.raises(BadPlan, match=complaint):
        Plan.from_toml(f'[source]\ncorpus = "same"\n{entry}')


def test_dimensions_of_the_source_are_found_under_other_names(table: Path, other: Path) -> None:
    source = Source(str(other), features=features(other), adapt="tca:4")
    made = prepare(plan_on(table, split="none", source=source))
    assert {target.name for target in made.learner.related} == {"activation", "dominance", "valence"}
    assert isinstance(list(made.loop())[-1], Finished)


def test_the_source_model_is_trained_once_for_all_runs_of_a_fold(table: Path) -> None:
    plan = plan_on(table)
    assert model_of(plan) is model_of(plan.varied(strategy="random", seed=7, budget=20, learner="recommended"))
    assert model_of(plan) is not model_of(plan.varied(fold=1))


def test_classes_are_left_out_of_both_corpora(table: Path, other: Path) -> None:
    source = Source(str(other), features=features(other), adapt="none")
    plan = plan_on(table, targets=SCALES, split="none", source=source, classes=("angry", "sad"), strategy="random")
    (target,) = model_of(plan).beliefs.task
    assert target.classes == ("anger", "sadness")
    for kept in (plan, origin_of(plan, data_of(plan).task)):
        assert set(opened(kept.corpus).gold("emotion")[list(data_of(kept.varied(source=Source())).pool)]) == {
            "anger",
            "sadness",
        }


def test_components_are_worked_out_on_the_pool_alone(table: Path, tmp_path: Path) -> None:
    plan = plan_on(table, source=Source())
    data = data_of(plan)
    with np.load(features(table)) as file:
        ids, values = file["ids"], file["values"].copy()
    values[np.isin(ids, data.test)] *= 100
    np.savez(tmp_path / "features.npz", ids=ids, values=values)
    again = data_of(plan.varied(features=str(tmp_path / "features.npz")))
    np.testing.assert_array_equal(data.table.only(data.pool).values, again.table.only(data.pool).values)
    assert data.table.values.shape[1] < 6


def test_a_class_without_a_norm_is_named_before_anything_runs(table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table).replace({"emotion": {"neutral": "boredom"}})
    frame.to_csv(tmp_path / "clips.csv", index=False)
    with pytest.raises(BadPlan, match="'boredom'"):
        prepare(plan_on(table, corpus=str(tmp_path / "clips.csv")))
    lexicon = tmp_path / "norms.tsv"
    words = [("angry", 0.1, 0.8, 0.6), ("happy", 1, 0.7, 0.8), ("sad", 0.2, 0.3, 0.1), ("bored", 0.2, 0.1, 0.3)]
    lexicon.write_text("\n".join("\t".join(map(str, row)) for row in words))
    made = prepare(plan_on(table, corpus=str(tmp_path / "clips.csv"), source=Source(SAME, norms=str(lexicon))))
    assert isinstance(list(made.loop())[-1], Finished)


def test_what_cannot_be_a_source_is_refused(table: Path, other: Path, tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="2 of 5"):
        prepare(plan_on(table, split="none"))
    with pytest.raises(BadPlan, match="aligns classes"):
        prepare(plan_on(table, split="none", source=Source(str(other), features=features(other), adapt="bda")))
    with np.load(features(other)) as file:
        np.savez(tmp_path / "narrow.npz", ids=file["ids"], values=file["values"][:, :4])
    with pytest.raises(BadFeatures, match="same extractor"):
        prepare(plan_on(table, split="none", source=Source(str(other), features=str(tmp_path / "narrow.npz"))))
    pd.read_csv(other)[["file", "emotion"]].to_csv(tmp_path / "classes.csv", index=False)
    with pytest.raises(BadPlan, match="no scale that norms speak of"):
        prepare(plan_on(table, split="none", source=Source(str(tmp_path / "classes.csv"), features=features(other))))
    with pytest.raises(BadPlan, match="number of dimensions"):
        Source("vam", adapt="tca:0")


def test_nrc_mapping_is_the_same_however_many_labels_there_are(table: Path, other: Path) -> None:
    source = Source(str(other), features=features(other), adapt="none")
    plan = plan_on(table, targets=SCALES, split="none", source=source, learner="nrc-mapping", strategy="random")
    made = prepare(plan)
    before = made.learner.predict(made.pool.table)["valence"].guess
    list(made.loop())
    np.testing.assert_array_equal(before, made.learner.predict(made.pool.table)["valence"].guess)


def components_of(table: FeatureTable, rows: np.ndarray) -> FeatureTable:
    nobody = [None] * len(table)
    return Normaliser.fit(table, nobody, rows, speakers=False, components=0.9).of(table, nobody)


def test_features_without_variance_have_no_components() -> None:
    with pytest.raises(BadFeatures, match="no feature varies"):
        components_of(FeatureTable(np.ones((2, 3)), ("a", "b")), np.arange(2))


def test_components_of_frames_are_worked_out_on_all_frames_of_the_pool() -> None:
    values = np.array([[9.0, 9.0], [1.0, 0.0], [-1.0, 0.1], [3.0, 0.0]])
    frames = FeatureTable(values, ("test", "pool"), bounds=np.array([0, 1, 4]), rate_hz=4.0)
    found = components_of(frames, np.array([1]))
    assert (found.bounds.tolist(), found.rate_hz) == ([0, 1, 4], 4.0)
    one = components_of(FeatureTable(values, tuple("abcd")), np.array([1, 2, 3]))
    assert np.array_equal(found.values, one.values)


def test_data_are_handed_on_without_opening_anything_again(
    table: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(str(other), features=features(other), adapt="none")
    across = plan_on(table, split="none", source=source)
    within = plan_on(table)
    wanted = {
        across: across.varied(source=replace(source, adapt="tca:4")),
        within: within.varied(fold=2),
        across.varied(seed=1): plan_on(table, source=Source(SAME, targets=("arousal",))),
        within.varied(seed=1): within.varied(targets=SCALES, source=Source()),
    }
    begun, expected = {plan: data_of(plan) for plan in wanted}, [data_of(plan) for plan in wanted.values()]
    models = [source_model(data) for data in expected if data.plan.source]
    for door in ("opened", "read_corpus", "features_for"):
        monkeypatch.setattr(f"seral_core.runs.speech.{door}", None)
    varied = [
        begun[plan].varied(targets=to.targets, split=to.split, fold=to.fold, source=to.source)
        for plan, to in wanted.items()
    ]
    assert [(data.key, data.pool, data.plan) for data in varied] == [
        (data.key, data.pool, data.plan) for data in expected
    ]
    for data, model in zip(varied, models, strict=False):
        assert source_model(data).key == model.key
        for name, belief in model.beliefs.beliefs.items():
            np.testing.assert_array_equal(source_model(data).beliefs.beliefs[name].guess, belief.guess)


def test_data_do_not_become_those_of_another_corpus(table: Path, other: Path) -> None:
    data = data_of(plan_on(table, targets=SCALES, split="none", source=Source(str(other), features=features(other))))
    for change in (
        {"corpus": str(other)},
        {"features": features(other)},
        {"classes": ("anger", "fear")},
        {"source": replace(data.plan.source, corpus="emodb")},
    ):
        with pytest.raises(ValueError, match="open it with data_of"):
            data.varied(**change)
