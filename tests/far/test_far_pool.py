"""A pool in partitions gives the same picks as the same pool in memory, and says what it cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seral_core.errors import BadPlan, SeralError
from seral_core.far.table import FarTable
from seral_core.features.table import FeatureTable
from seral_core.learners.base import learners
from seral_core.runs.events import Asked, Event
from seral_core.runs.far_pool import FarPool
from seral_core.runs.loops import pool_loop
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.strategies.base import View
from seral_core.strategies.compose import strategy_from
from seral_core.strategies.parts import check_parts
from seral_core.strategies.space import z_scored
from seral_core.types import Label, Task
from tests.far.pools import AGE, AROUSAL, EMOTION, VALENCE, Teacher, values_of, written


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[FarTable, FeatureTable]:
    return written(tmp_path_factory.mktemp("set"), values_of(3000))


def unjudged(learner: Any, known: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return {}, {}


def events(
    pool: Pool, strategy: str, seed: int = 0, past: tuple[Event, ...] = (), budget: int = 60, values: Any = None
) -> Iterator[Event]:
    values = VALUES if values is None else values
    oracle = Teacher(FeatureTable(values, tuple(f"clip{i}.wav" for i in range(len(values)))))
    steps = [Step("query", strategy_from(strategy), oracle, 9, called=strategy)]
    start = Step("first", strategy_from("random"), oracle, 12)
    alone = strategy.startswith(("k-centre", "gsx"))
    return pool_loop(
        pool, learners["recommended"](pool.task), steps, unjudged, start=None if alone else start, seed=seed,
        budget=budget, past=past,
    )  # fmt: skip


VALUES = values_of(3000)


def asked(found: Iterator[Event]) -> list[tuple[str, ...]]:
    return [event.segments for event in found if isinstance(event, Asked)]


@pytest.mark.parametrize(
    ("strategy", "task"),
    [
        ("margin", (EMOTION,)),
        ("entropy", (EMOTION, AGE)),
        ("medium-confidence:at=0.8", (EMOTION,)),
        ("most-confident", (EMOTION, AROUSAL)),
        ("qbc:measure=kl", (EMOTION,)),
        ("qbc", (EMOTION, AROUSAL)),
        ("expected-change", (EMOTION,)),
        ("random", (EMOTION,)),
        ("recommended", (EMOTION,)),
        ("k-centre", (EMOTION,)),
        ("gsx", (AROUSAL,)),
        ("igs", (AROUSAL,)),
        ("gsy", (AROUSAL,)),
        ("mtigs", (AROUSAL, VALENCE)),
        ("mtigs-modified", (AROUSAL, VALENCE)),
        ("k-centre:30+margin:subset=900", (EMOTION,)),
        ("k-centre:subset=500", (EMOTION,)),
        ("batchbald:subset=400", (EMOTION,)),
        ("k-means:30+margin", (EMOTION,)),
        ("typiclust:30+margin", (EMOTION,)),
    ],
)
def test_picks_are_those_of_the_pool_in_memory(both: tuple[FarTable, FeatureTable], strategy: str, task: Task) -> None:
    far, near = both
    found, wanted = asked(events(FarPool(far, task), strategy)), asked(events(Pool(near, task), strategy))
    assert found == wanted
    assert len(wanted) > 4


def test_coinciding_clips_are_drawn_as_in_memory(tmp_path: Path) -> None:
    """All distances are equal, or one of a few: bounds leave the choice open."""
    values = np.repeat(np.eye(4, dtype=np.float32), 50, axis=0)
    far, near = written(tmp_path, values, each=30)
    for strategy in ("k-centre", "gsx"):
        run = [
            strategy_from(strategy)(pool.view(pool.task, 0), 9, np.random.default_rng(5)).tolist()
            for pool in (FarPool(far, (AROUSAL,)), Pool(near, (AROUSAL,)))
        ]
        assert run[0] == run[1]
    # With labels and a model, as products of distances in features and labels.
    found = [asked(events(pool, "igs", values=values)) for pool in (FarPool(far, (AROUSAL,)), Pool(near, (AROUSAL,)))]
    assert found[0] == found[1]


def test_a_killed_run_goes_on_with_the_same_picks_when_what_partitions_kept_is_lost(
    both: tuple[FarTable, FeatureTable], tmp_path: Path
) -> None:
    far, _ = both
    whole = list(events(FarPool(far, (EMOTION,), keep=tmp_path / "a"), "k-centre"))
    past = tuple(whole[:11])
    assert (tmp_path / "a" / f"near-{far.fingerprint}" / "near-00000.npz").is_file()
    rest = list(events(FarPool(far, (EMOTION,), keep=tmp_path / "b"), "k-centre", past=past))
    assert [*past, *rest] == whole
    damaged = tmp_path / "a" / f"near-{far.fingerprint}" / "near-00001.npz"
    damaged.write_bytes(damaged.read_bytes()[:100])
    assert [*past, *events(FarPool(far, (EMOTION,), keep=tmp_path / "a"), "k-centre", past=past)] == whole


def test_what_needs_all_at_once_is_refused_and_says_what_helps(both: tuple[FarTable, FeatureTable]) -> None:
    far, _ = both
    with pytest.raises(BadPlan, match=r"subset=20000"):
        check_parts(strategy_from("batchbald"), "batchbald")
    check_parts(strategy_from("batchbald:subset=100"), "batchbald:subset=100")
    with pytest.raises(BadPlan):
        check_parts(strategy_from("k-centre:20+v-optimal"), "k-centre:20+v-optimal")
    view = FarPool(far, (EMOTION,)).view((EMOTION,), 0)
    for strategy in ("v-optimal", "novelty", "alps", "k-means-elbow"):
        with pytest.raises(SeralError, match="lies in partitions"):
            strategy_from(strategy)(view, 5, np.random.default_rng(0))
    with pytest.raises(BadPlan, match="values per second"):
        FarPool(far, (type(AROUSAL)("arousal", rate_hz=4.0),))


def test_k_means_holds_every_clip_against_the_centres_of_a_sample(
    both: tuple[FarTable, FeatureTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four heaps of other sizes are found, whichever clips are drawn."""
    from seral_core.strategies import far_centres
    from tests.far.pools import written as write

    monkeypatch.setattr(far_centres, "SAMPLE", 200)
    rng = np.random.default_rng(3)
    heap = rng.permutation(np.repeat(np.arange(4), [400, 300, 200, 100]))
    values = 100 * np.eye(4, dtype=np.float32)[heap] + rng.normal(size=(1000, 4)).astype(np.float32)
    far, near = write("memory://heaps", values, each=130)
    rows = strategy_from("k-means")(FarPool(far, (AROUSAL,)).view((AROUSAL,), 0), 6, np.random.default_rng(0))
    picked = strategy_from("k-means")(FarPool(far, (AROUSAL,)).view((AROUSAL,), 0), 4, np.random.default_rng(0))
    assert heap[picked].tolist() == [0, 1, 2, 3]
    assert sorted(set(heap[rows].tolist())) == [0, 1, 2, 3]
    assert len(set(rows.tolist())) == 6
    at = z_scored(near.values)
    away = ((at - np.stack([at[heap == h].mean(axis=0) for h in range(4)])[heap]) ** 2).sum(axis=1)
    assert all(away[row] <= np.quantile(away[heap == heap[row]], 0.2) for row in picked.tolist())


def test_typiclust_visits_clusters_that_were_learned_in_mini_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest heaps without a label come first, each with a clip of its dense middle; crowds are bounded."""
    from seral_core.strategies import far_centres, typical
    from tests.far.pools import written as write

    for module, name, size in ((far_centres, "SAMPLE", 200), (far_centres, "BATCH", 50), (typical, "CROWD", 60)):
        monkeypatch.setattr(module, name, size)
    seen = []
    kept = far_centres.Crowd.joined
    monkeypatch.setattr(far_centres.Crowd, "joined", lambda *of: seen.append(kept(*of)) or seen[-1])
    rng = np.random.default_rng(3)
    heap = rng.permutation(np.repeat(np.arange(4), [400, 300, 200, 100]))
    values = (100 * np.tile(np.eye(4), 15)[heap] + rng.normal(size=(1000, 60))).astype(np.float32)
    pool = FarPool(write("memory://typical", values, each=130)[0], (AROUSAL,))
    picked = strategy_from("typiclust")(pool.view(pool.task, 0), 4, np.random.default_rng(0))
    assert heap[picked].tolist() == [0, 1, 2, 3]
    assert max(len(crowd.rows) for crowd in seen) == 60
    away = ((values - np.stack([values[heap == h].mean(axis=0) for h in range(4)])[heap]) ** 2).sum(axis=1)
    assert all(away[row] <= np.quantile(away[heap == heap[row]], 0.3) for row in picked.tolist())
    pool.add([Label(f"clip{row}.wav", "arousal", 0.5, "gold") for row in picked[:2].tolist()])
    again = strategy_from("typiclust:clusters=4")(pool.view(pool.task, 1), 2, np.random.default_rng(0))
    assert heap[again].tolist() == [2, 3]


def test_answers_are_not_to_be_had_on_a_partition(both: tuple[FarTable, FeatureTable]) -> None:
    """A strategy that would see only a partition's answers is stopped, not wrong."""
    from seral_core.strategies.by_score import by_score

    def wrong(view: View) -> list[np.ndarray]:
        return [np.full(len(view.candidates), len(view.known(EMOTION)))]

    view = FarPool(both[0], (EMOTION,)).view((EMOTION,), 0)
    with pytest.raises(BadPlan, match="known of the whole pool alone"):
        by_score(view, wrong, 3, np.random.default_rng(0))
