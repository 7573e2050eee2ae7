"""Workers of a cluster give the picks of this process; one that is killed is replaced, and a lost scheduler is said."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.far import dask
from seral_core.far.dask import OnDask, client_of, engine_for
from seral_core.far.engine import ClusterLost, Here
from seral_core.far.table import FarTable
from seral_core.features.table import FeatureTable
from seral_core.learners import incremental
from seral_core.oracles.machine import Machine
from seral_core.runs import machine_labels
from seral_core.runs.events import Trained
from seral_core.runs.far_components import in_components
from seral_core.runs.far_data import scale_of
from seral_core.runs.far_pool import FarPool
from seral_core.strategies import far_centres
from seral_core.strategies.compose import strategy_from
from tests.far.pools import AROUSAL, EMOTION, values_of, written
from tests.far.test_far_pool import asked, events
from tests.far.test_self_training import loop


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    pytest.importorskip("cryptography", reason="the dask extra is not installed")
    with client_of("local:2") as client:
        yield client


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> FarTable:
    return written(tmp_path_factory.mktemp("set"), values_of(3000))[0]


def test_picks_are_those_of_this_process(far: FarTable, cluster: Any) -> None:
    for strategy, budget in (("margin", 21), ("qbc", 21), ("k-centre", 21), ("expected-change", 21)):
        there = asked(events(FarPool(far, (EMOTION,), OnDask(cluster)), strategy, budget=budget))
        assert there == asked(events(FarPool(far, (EMOTION,)), strategy, budget=budget))


def test_components_are_the_same_to_the_last_bit_for_any_number_of_workers(far: FarTable, cluster: Any) -> None:
    pool = np.arange(0, len(far), 2)
    scale = scale_of(far, pool, Here())
    here, there = (in_components(far.scaled(scale), pool, scale, 0.8, by)[1] for by in (Here(), OnDask(cluster)))
    assert np.array_equal(here.axes, there.axes)
    assert np.array_equal(here.origin, there.origin)


@pytest.mark.parametrize("strategy", ["typiclust", "k-means"])
def test_clusters_are_the_same_for_any_number_of_workers(
    far: FarTable, cluster: Any, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_centres, "SAMPLE", 500)
    views = (FarPool(far, (EMOTION,), *engine).view((EMOTION,), 0) for engine in ((), (OnDask(cluster),)))
    here, there = (strategy_from(strategy)(view, 20, np.random.default_rng(1)).tolist() for view in views)
    assert here == there
    assert len(set(here)) == 20


def test_the_machine_labels_and_learns_on_workers_what_it_does_here(
    far: FarTable, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one piece of labels, so that the model travels; one of the workers dies."""
    for module in (incremental, machine_labels):
        monkeypatch.setattr(module, "PIECE", 500)
    monkeypatch.setattr(incremental, "LEAST_STEPS", 64)
    near = FeatureTable(values_of(3000), tuple(far.ids))
    machine = Machine(None, above=0.4, keep=0.3, quota=400)  # type: ignore[arg-type]
    here = list(loop(FarPool(far, (EMOTION,)), near, machine, 3000, budget=30))
    killing = Killing(cluster)
    there = list(loop(FarPool(far, (EMOTION,), killing), near, machine, 3000, budget=30))
    assert there == here
    assert max(event.machine for event in here if isinstance(event, Trained)) > 500
    assert killing.pid


def die_once(item: Any, folder: str) -> int:
    """Kill the worker that gets the third item, the first time."""
    trace = Path(folder) / "died"
    if item == 2 and not trace.exists():
        trace.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return int(item) ** 2


def test_the_work_of_a_killed_worker_is_done_again(cluster: Any, tmp_path: Path) -> None:
    assert list(OnDask(cluster).map(die_once, range(9), str(tmp_path))) == [i * i for i in range(9)]
    assert (tmp_path / "died").exists()


class Killing(OnDask):
    """Kills one of the workers while the first round's partitions are worked on."""

    pid = 0

    def map(self, work: Any, items: Any, shared: Any) -> Iterator[Any]:
        for number, result in enumerate(super().map(work, items, shared)):
            if number == 1 and not self.pid:
                self.pid = min(self._client.run(os.getpid).values())
                os.kill(self.pid, signal.SIGKILL)
            yield result


def test_a_round_goes_on_when_a_worker_is_killed_in_it(far: FarTable, cluster: Any) -> None:
    engine = Killing(cluster)
    found = asked(events(FarPool(far, (EMOTION,), engine), "k-centre", budget=30))
    assert found == asked(events(FarPool(far, (EMOTION,)), "k-centre", budget=30))
    assert engine.pid not in cluster.run(os.getpid).values()


def test_trouble_of_a_partition_is_the_users_to_read(
    far: FarTable, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = FarPool(far, (AROUSAL,), OnDask(cluster)).view((AROUSAL,), 0)
    with pytest.raises(BadPlan, match="needs a trained model"):
        strategy_from("most-confident")(view, 3, np.random.default_rng(0))
    for wrong in ("local:none", "local:0"):
        with pytest.raises(BadPlan, match="whole number"), engine_for(wrong):
            pass
    monkeypatch.setattr(dask, "ANSWER_S", 1)
    with pytest.raises(BadPlan, match="no Dask scheduler answers"), engine_for("tcp://127.0.0.1:9"):
        pass


@pytest.mark.parametrize(
    ("word", "why"),
    [(b"", "nothing was said within"), (b"HTTP/1.1 400 Bad", "Unable to allocate|MemoryError"), (b"\0" * 24, ": ")],
)
def test_another_service_at_the_address_of_a_scheduler_is_said(
    word: bytes, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "ANSWER_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as other:
        keeps = list[socket.socket]()

        def speak() -> None:
            with suppress(OSError):  # until the test ends
                while True:
                    keeps.append(other.accept()[0])
                    keeps[-1].sendall(word)

        threading.Thread(target=speak, daemon=True).start()
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(BadPlan, match=f"no Dask scheduler answers at {address}.*({why})"), engine_for(address):
            pass
        other.shutdown(socket.SHUT_RDWR)
        for line in keeps:
            line.close()


def test_a_worker_is_no_scheduler(cluster: Any) -> None:
    worker = next(iter(cluster.nthreads()))
    with pytest.raises(BadPlan, match="no Dask scheduler answers"), engine_for(worker):
        pass


def test_a_lost_scheduler_is_said_and_the_log_goes_on_elsewhere(far: FarTable, cluster: Any) -> None:
    """The last test of this cluster."""
    whole = list(events(FarPool(far, (EMOTION,)), "margin", budget=30))
    run, past = events(FarPool(far, (EMOTION,), OnDask(cluster)), "margin", budget=30), []
    for event in run:
        past.append(event)
        if len(past) == 5:
            cluster.cluster.close(timeout=20)
            break
    with pytest.raises(ClusterLost, match="seral resume"):
        past.extend(run)
    assert past == whole[: len(past)]
    assert [*past, *events(FarPool(far, (EMOTION,)), "margin", past=tuple(past), budget=30)] == whole


def test_workers_that_cannot_be_started_are_a_sentence() -> None:
    def ended(**_: Any) -> None:
        raise RuntimeError("Nanny failed to start.")

    with pytest.raises(ClusterLost, match=r"could not be started \(Nanny failed to start\.\).*what is done .* is kept"):
        dask._local(ended, "2")
