"""A labelling project whose pool lies in partitions: the queue, the reasons and the map of one in memory."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.corpora.base import open_corpus
from seral_core.errors import BadCorpus, BadFeatures, BadPlan, SeralError
from seral_core.far.engine import Engine
from seral_core.far.place import Place
from seral_core.far.writing import Writer
from seral_core.runs.events import Asked, Scored
from seral_core.studio import far_learning, far_recordings
from seral_core.studio.as_run import prepared_of
from seral_core.studio.clips import FarClips
from seral_core.studio.far_learning import FarTrainer
from seral_core.studio.learning import Trainer
from seral_core.studio.opening import opened_project
from seral_core.studio.project import open_project, write_project
from seral_core.studio.project_model import project_model
from seral_core.studio.session import Session
from seral_core.studio.table import kept_table
from seral_core.studio.testing import made_project
from seral_core.studio.trainer import trainer_of, work
from seral_core.types import Classes
from seral_dashboard import run_map

NOUNS = ("anger", "neutral", "sadness")
#: Fewer than 20 clips of each of its five speakers: in memory, too, they are not normalised.
CLIPS = 95


@pytest.fixture(autouse=True)
def every_set_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_recordings, "FEW_CLIPS", 0)
    far_recordings.far_features.cache_clear()


def in_parts(folder: Path, ids: list[str], values: np.ndarray, each: int = 25) -> str:
    writer, starts = Writer(Place(str(folder)), each=each), range(0, len(ids), each)
    for number, start in enumerate(starts):
        writer.write(number, ids[start : start + each], values[start : start + each])
    return writer.finish(len(starts)).address


def far_project(folder: Path, like: Path | None = None, clips: int = CLIPS, **how: Any) -> Path:
    """Return a project of the clips and features of `made_project`, which lie in partitions."""
    folder.mkdir(exist_ok=True)
    project = made_project(clips, folder=folder, **how)
    kept = np.load(folder / "features.npz")
    features = in_parts(folder / "set", kept["ids"].tolist(), kept["values"])
    run = open_project(like or project).run
    write_project(project, replace(open_project(project), features=features, run=run))
    return project


def labelled(project: Path, trainer: Trainer, n: int, begin: int = 0) -> list[str]:
    """Have a rater answer ``n`` clips while the trainer looks; return what was heard."""
    session, heard = Session(project, train=False), []
    for number in range(begin, begin + n):
        trainer.look()
        clip = session.next("me")["clips"][0]
        heard.append(clip["segment"])
        answer = {"id": f"{number}", "target": "emotion", "value": NOUNS[int(clip["segment"][:4]) % 3]}
        session.record("me", {"shown": clip["shown"], "segment": clip["segment"], "answers": [answer]})
    trainer.look()
    return heard


def events(trainer: Trainer, kind: type) -> list[Any]:
    return [event for event in trainer.log.events() if isinstance(event, kind)]


@pytest.mark.parametrize("strategy", ["margin", "k-centre", "recommended"])
def test_the_queue_is_that_of_a_pool_in_memory(strategy: str, tmp_path: Path) -> None:
    near = made_project(CLIPS, folder=tmp_path, strategy=strategy, initial=6, batch=4)
    one = Trainer(near)
    wanted = labelled(near, one, 20)
    far = far_project(tmp_path / "far", near, strategy=strategy, initial=6, batch=4)
    other = FarTrainer(far)
    assert labelled(far, other, 20) == wanted
    assert events(other, Asked) == events(one, Asked)
    assert events(other, Scored) == events(one, Scored)
    last = wanted[-1]
    why, there = (Session(project, train=False).why("me", last) for project in (near, far))
    assert why == there


def test_what_is_asked_is_on_the_map_though_few_clips_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = far_project(tmp_path / "all", strategy="margin", initial=6, batch=4, seed=3)
    labelled(project, whole := FarTrainer(project), 16)
    monkeypatch.setattr(far_learning, "DRAWN", 20)
    few = far_project(tmp_path / "few", project, strategy="margin", initial=6, batch=4, seed=3)
    heard = labelled(few, trainer := FarTrainer(few), 16)
    assert events(trainer, Asked) == events(whole, Asked)
    again = FarTrainer(few)  # as after a kill
    assert again.table.ids == trainer.table.ids
    asked = {segment for event in events(again, Asked) for segment in event.segments}
    table = kept_table(few / "run")
    assert table is not None
    assert asked | set(heard) <= set(table.ids)
    assert table.ids[:20] == tuple(sorted(table.ids[:20]))
    assert len(table) < CLIPS
    # The map has them all, those of the draw where they were, and says that it is a part.
    made = prepared_of(again.log.plan)
    assert made.pool.table.ids == table.ids
    assert f"of {CLIPS} clips are drawn" in made.alarms[0]
    where = run_map.drawn(made.pool.table, "pca")
    assert np.array_equal(where[:20], run_map.drawn(table.take(np.arange(20)), "pca"))
    assert where.shape == (len(table), 2)
    assert abs(where).max() <= 1
    # What came later had no guess in earlier rounds.
    scored = events(again, Scored)[0].round
    first = run_map._guessed(run_map.PredictionsLog(again.log.folder), scored, table.ids, made.pool.task[0])
    assert run_map.base64.b64decode(first["guess"])[-1] == 255


def test_orders_at_random_go_on_batch_by_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seral_core.studio.clips.BATCH", 10)
    project = far_project(tmp_path / "far", clips=40, strategy="margin", initial=200, gold=str(tmp_path / "gold.csv"))
    (tmp_path / "gold.csv").write_text("file,emotion\n0003.wav,anger\n0004.wav,neutral\n", encoding="utf-8")
    write_project(project, replace(open_project(project), gold_share=0.1))
    session = Session(project, train=False)
    heard = []
    for number in range(40):
        clip = session.next("me", 1)["clips"][0]
        heard.append(clip["segment"])
        answer = {"id": f"{number}", "target": "emotion", "value": "anger"}
        session.record("me", {"shown": clip["shown"], "segment": clip["segment"], "answers": [answer]})
    assert sorted(heard) == [f"{i:04}.wav" for i in range(40)]
    assert session.next("me")["clips"] == []
    assert session.progress("me")["left"] == 0
    purposes = {slot.segment: slot.purpose for slot in session.queue.slots.hand("me").slots}
    assert {segment for segment, purpose in purposes.items() if purpose == "gold"} == {"0003.wav", "0004.wav"}
    assert 1 <= list(purposes.values()).count("test") <= 20


def test_memory_does_not_grow_with_the_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seral_core.studio.clips.BATCH", 500)
    monkeypatch.setattr(far_learning, "BATCH", 500)
    monkeypatch.setattr(far_learning, "DRAWN", 500)
    peaks = []
    for clips in (5_000, 40_000):
        root = tmp_path / str(clips)
        root.mkdir()
        ids = [f"w{i % 2}.wav#{i}.000-{i + 1}.000" for i in range(clips)]
        values = np.random.default_rng(0).normal(size=(clips, 64)).astype(np.float32)
        features = in_parts(root / "set", ids, values, each=1000)
        soundfile.write(root / "w0.wav", np.zeros(800), 8000)
        wanted = {"features": features, "targets": ("emotion=anger,sadness",), "strategy": "k-centre:20+margin"}
        folder, _, _ = opened_project(str(root), wanted, project=root / "project")
        far_recordings.far_features(features).lookup  # noqa: B018  8 bytes a clip, sorted once
        FarTrainer(folder)
        tracemalloc.start()
        Session(folder, train=False).next("me")
        trainer = FarTrainer(folder)
        trainer.look()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(events(trainer, Asked)[0].segments) == 14
    # The larger pool has 9 MB of features more.
    assert peaks[1] < peaks[0] + 2_000_000


def test_a_table_says_which_clips_there_are_and_who_speaks(tmp_path: Path) -> None:
    sound = 0.1 * np.sin(np.arange(80_000) / 20)
    soundfile.write(tmp_path / "a.wav", sound, 8000)
    ids = [f"a.wav#{i / 10:.3f}-{i / 10 + 1:.3f}" for i in range(60)]
    features = in_parts(tmp_path / "set", ids, np.random.default_rng(0).normal(size=(60, 4)))
    rows = [(("a.wav"), i / 10, i / 10 + 1, f"s{i % 3}", "anger") for i in range(50)]
    frame = pd.DataFrame(rows, columns=["File", "start", "end", "speaker", "emotion"])
    frame.to_csv(tmp_path / "clips.csv", index=False)
    frame.to_parquet(tmp_path / "clips.parquet", index=False)
    asked = {"targets": ("emotion=anger,sadness",), "features": features}
    for name in ("clips.csv", "clips.parquet"):
        folder, _, notes = opened_project(str(tmp_path / name), asked, project=tmp_path / f"project-{name}")
        assert notes[0] == "50 clips"
        assert "labels of emotion in clips" in notes[1]
        session = Session(folder, train=False)
        assert session.corpus.speakers_of([ids[1], ids[55], "z"]) == ["s1", None, None]
        assert ids[49] in session.queue.all
        assert ids[50] not in session.queue.all
        clip = session.next("me")["clips"][0]
        assert clip["seconds"] == 1.0
        answer = {"id": name, "target": "emotion", "value": "anger"}
        session.record("me", {"shown": clip["shown"], "segment": clip["segment"], "answers": [answer]})
        rated = open_corpus(folder)
        assert rated.gold("emotion").to_dict() == {clip["segment"]: "anger"}
    with pytest.raises(BadCorpus, match="all 50 clips of clips at once"):
        session.corpus.gold("emotion")
    frame.assign(File="b.wav").to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(BadFeatures, match=r"no features for 50 of 50 rows of other\.csv"):
        opened_project(str(tmp_path / "other.csv"), asked, project=tmp_path / "other")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"strategy": "batchbald"}, "batchbald needs the whole pool at once"),
        ({"gold": "corpus"}, "known answers in a table of their own"),
        ({"targets": ("arousal@25",)}, "got traces with features of 4 clips in partitions"),
        ({"targets": ()}, "expected what to ask"),
        ({"corpus": "synthetic:clips=40"}, "expected a folder of recordings"),
        ({"corpus": "empty"}, "none of 4 clips has its recording below"),
        ({"features": "SERALv01", "dask": "local"}, "got --dask for features in memory"),
    ],
)
def test_what_cannot_be_done_is_said(how: dict[str, Any], said: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.ones(800), 8000)
    (tmp_path / "empty").mkdir()
    features = in_parts(tmp_path / "set", [f"a.wav#{i}.000-{i}.500" for i in range(4)], np.eye(4))
    wanted = {"targets": ("emotion=anger,sadness",), "features": features, **how}
    where = wanted.pop("corpus", str(tmp_path))
    where = str(tmp_path / where) if where == "empty" else where
    with pytest.raises(SeralError, match=said):
        opened_project(where, wanted, project=tmp_path / "project")


def test_its_model_predicts_the_set_where_it_lies(tmp_path: Path) -> None:
    project = far_project(tmp_path / "far", strategy="margin", initial=6, batch=4)
    trainer = FarTrainer(project)
    labelled(project, trainer, 18)
    found = project_model(project)
    assert "seral predict MODEL" in found.elsewhere
    raw = trainer.corpus.table.take(range(CLIPS))
    belief = found.model.learner.predict(found.model.normaliser.of(raw, [None] * CLIPS))["emotion"]
    assert isinstance(belief, Classes)
    assert float((belief.guess == np.arange(CLIPS) % 3).mean()) > 0.8
    words = ["export-model", str(project), "--out", str(tmp_path / "m"), "--predictions", str(tmp_path / "p.csv")]
    said = CliRunner().invoke(commands, words)
    assert "leave --predictions out" in str(said.exception)
    assert not (tmp_path / "m").exists()


def test_the_trainer_scores_on_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cryptography", reason="the dask extra is not installed")
    monkeypatch.setattr(far_recordings, "FEW_CLIPS", 20_000)  # with a cluster, also a small set is served so
    project = far_project(tmp_path / "far", strategy="k-centre:20+margin", dask="local:1")
    used: list[Engine] = []
    begin = FarTrainer.__init__
    monkeypatch.setattr(
        FarTrainer, "__init__", lambda self, f, engine=None: (used.append(engine), begin(self, f, engine))[1]
    )
    assert work(project, idle_s=0.0), (project / "run" / "trouble.txt").read_text()
    assert [type(engine).__name__ for engine in used] == ["OnDask"]
    there = json.loads((project / "run" / "next.json").read_text())["segments"]
    monkeypatch.undo()
    here = far_project(tmp_path / "here", project, strategy="k-centre:20+margin", dask="local")
    (trainer := FarTrainer(here)).look()
    assert there == list(events(trainer, Asked)[0].segments)


def test_a_project_of_others_sends_no_work_to_a_scheduler_that_the_user_has_not_named(tmp_path: Path) -> None:
    project = far_project(tmp_path / "far", clips=12, dask="tcp://127.0.0.1:9")
    assert not work(project, idle_s=0.0)
    assert "nobody on this computer has named" in (project / "run" / "trouble.txt").read_text()
    opened_project(str(project), {"dask": "tcp://127.0.0.1:9"})
    with pytest.raises(BadPlan, match="no Dask scheduler answers"), trainer_of(project, open_project(project)):
        pass


def test_clips_are_used_as_a_set_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from seral_core.far.table import FarTable, far_example

    clips = FarClips(far_example(np.eye(6), 2), 0.5)
    test = (clips - {"a"}).where(lambda segment: segment in "abc")
    pool = clips - {"a"} - test
    assert [s in pool for s in "abcdefg"] == [False, False, False, True, True, True, False]
    assert [s in test | frozenset("f") for s in "abf"] == [False, True, True]
    with pytest.raises(BadPlan, match="needs the whole pool"):
        far_recordings.check_strategy("batchbald", ())
    labelled, there, asked = {f"clip{i}" for i in range(40)}, FarTable.there, []
    monkeypatch.setattr(FarTable, "there", lambda self, ids: (asked.extend(ids), there(self, ids))[1])
    many = FarClips(far_example(np.eye(50), 8), 0.5)
    for _ in range(3):  # as each answer does
        assert many & labelled == labelled
        assert "clip7" in many
    assert sorted(asked) == sorted(labelled)  # looked up once
