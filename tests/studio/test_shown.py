"""A project as others see it: a corpus for experiments, a run for the pages."""

from __future__ import annotations

import base64
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

import seral_core.studio.reader  # noqa: F401  (an installed package finds it by its entry point)
from seral_core.cli.folders import resumed
from seral_core.corpora.base import open_corpus
from seral_core.errors import BadPlan
from seral_core.exchange import export_labels, import_labels
from seral_core.exchange.base import left_out
from seral_core.runs.build import prepare
from seral_core.runs.plan import Plan
from seral_core.runs.run import alone
from seral_core.store import LabelStore
from seral_core.studio.files import write_json
from seral_core.studio.session import Session
from seral_core.studio.testing import answered, made_project
from seral_core.studio.trainer import Trainer, work
from seral_dashboard import data, run_map

from .conftest import label, said, skipped, truth


def test_a_project_opens_as_a_corpus_with_every_raters_vote(tmp_path: Path) -> None:
    session = Session(made_project(30, folder=tmp_path, k=2, raters=("anna", "ben"), repeat_share=0.1), train=False)
    label(session, "anna", 35)
    label(session, "ben", 35, lambda clip: said(clip, "sadness"))
    corpus = open_corpus(session.folder)
    votes = corpus.of("emotion")
    assert len(votes) == 60
    assert sorted(votes["rater"].unique()) == ["anna", "ben"]
    assert corpus.votes("emotion").loc["0000.wav"].to_dict() == {"anger": 1, "neutral": 0, "sadness": 1}
    assert corpus.about["speaker"].nunique() == 5


def test_a_projects_own_words_become_the_fields_nouns(tmp_path: Path) -> None:
    session = Session(made_project(12, folder=tmp_path, targets=("emotion=angry,happy,sad",)), train=False)
    label(session, "me", 6, lambda clip: said(clip, "happy"))
    corpus = open_corpus(session.folder)
    assert corpus.task[0].classes == ("anger", "happiness", "sadness")
    assert corpus.gold("emotion").dropna().unique().tolist() == ["happiness"]


def test_the_packages_entry_points_lead_somewhere() -> None:
    said = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    for group, parts in said["project"]["entry-points"].items():
        for name, value in parts.items():
            assert EntryPoint(name, value, group).load() is not None


def test_an_experiment_runs_on_what_people_labelled(tmp_path: Path) -> None:
    folder = answered(made_project(60, folder=tmp_path), 40)
    made = prepare(Plan(corpus=str(folder), features=str(tmp_path / "features.npz"), initial=8, budget=12))
    assert set(made.pool.table.ids) <= {row.segment for row in Session(folder, train=False).store.current()}
    assert list(made.loop())[-1].spent == 12  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["labels.csv", "labels.parquet", "tasks.json", "database"])
def test_labels_are_exported_as_they_were_given(tmp_path: Path, name: str) -> None:
    session = Session(made_project(30, folder=tmp_path, raters=("anna", "ben"), repeat_share=0.1, k=2), train=False)
    for rater in ("anna", "ben"):
        label(session, rater, 20)
    session.undo("ben")
    (clip, *_) = session.next("ben")["clips"]
    session.record("ben", skipped(clip))
    export_labels(session.store, tmp_path / name, task=session.studio.task)
    said = left_out(session.store, tmp_path / name)
    assert [note.split(" ")[0] for note in said] == (["2"] if name == "tasks.json" else []), "an answer, and its undo"
    again = LabelStore(tmp_path / "again.sqlite")
    import_labels(again, tmp_path / name)

    def votes(store: LabelStore) -> set[tuple[str, str, object, bool]]:
        return {(r.rater, r.segment, r.value, r.purpose == "repeat") for r in store.current() if r.kind == "answer"}

    assert len(votes(session.store)) == 39
    assert votes(again) == votes(session.store)


def test_the_training_is_shown_as_a_run_with_a_map(tmp_path: Path) -> None:
    folder = answered(made_project(120, folder=tmp_path), 30)
    trainer = Trainer(folder)
    trainer.look()
    answered(folder, 30)
    trainer.look()
    run = data.experiment(data.show_too(trainer.log.folder))
    with alone(trainer.log.folder):
        assert data.progress(run).state == "waiting"
    assert data.metrics(run) == {"emotion": ["uar", "wa", "macro-f1"]}
    pool = run_map.pool(run.id, trainer.log.folder.name, "pca")
    assert len(pool["ids"]) == 120
    assert set(pool["gold"]) == {-1}
    rounds = run_map.rounds(run.id, trainer.log.folder.name, -1)["rounds"]
    assert [frame["round"] for frame in rounds] == [0, 1, 2]
    heard = Session(folder, train=False).store.current()
    learned = {row.segment for row in heard if row.purpose == "query"}
    assert {pool["ids"][row] for frame in rounds for row in frame["labelled"]} == learned
    guess = np.frombuffer(base64.b64decode(rounds[-1]["guess"]), dtype="i1")
    classes = pool["target"]["classes"]
    assert np.mean([classes[g] == truth(i) for g, i in zip(guess, pool["ids"], strict=True)]) > 0.9


def test_a_project_whose_trainer_rests_waits_for_labels_and_cannot_be_resumed_as_a_run(tmp_path: Path) -> None:
    folder = answered(made_project(60, folder=tmp_path), 30)
    work(folder, idle_s=0.0)
    (run,) = (path.parent for path in folder.glob("run/*/plan.toml"))
    shown = data.experiment(data.show_too(run))
    assert data.progress(shown).state == "waiting"
    with alone(run):
        write_json(folder / "run" / "state.json", {"state": "training", "round": 1})
        assert data.progress(shown).state == "running"
        write_json(folder / "run" / "state.json", {"state": "waiting", "round": 1})
        assert data.progress(shown).state == "waiting"
    data.control(shown, "stop")
    assert data.progress(shown).state == "stopped"
    data.control(shown, "")
    assert data.progress(shown).state == "waiting"
    (folder / "run" / "trouble.txt").write_text("no room; free some space")
    assert data.progress(shown).trouble == "no room; free some space"
    for place in (folder, folder / "run", run):
        with pytest.raises(BadPlan, match="continue with: seral label"):
            resumed(place, 1, False)
