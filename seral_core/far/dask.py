"""The workers of a Dask cluster as an engine: one that dies is replaced, and what it had not returned is done again."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from uuid import uuid4

from seral_core.errors import BadPlan, MissingExtra
from seral_core.far.engine import ClusterLost, Engine, Here
from seral_core.threads import one_thread

#: Tasks for each thread of a cluster: enough that fast workers take over from slow ones.
TURNS = 6
#: So many tasks are handed out at once, or four for each thread of the cluster where that is more.
LEAST_AHEAD = 64
#: How often a partition is done again where its worker died.
TRIES = 5
#: How long a scheduler has to answer, in seconds.
ANSWER_S = 10


class OnDask:
    """Workers of a cluster; partitions are its tasks, and a result is the same whoever works it out.

    Parameters
    ----------
    client : distributed.Client
        Connected to a scheduler whose workers reach the partitions.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def map(self, work: Callable[[Any, Any], Any], items: Iterable[Any], shared: Any) -> Iterator[Any]:
        """Yield ``work(item, shared)`` for each item, in order.

        Raises
        ------
        ClusterLost
            When the scheduler is gone. Whatever was recorded stays.
        """
        import cloudpickle
        from distributed import CancelledError
        from distributed.client import ClosedClientError
        from distributed.scheduler import KilledWorker

        call = uuid4().hex[:12]
        packed = cloudpickle.dumps((work, shared))
        try:
            # A task of its own: a worker that has none unpacks it again, whoever died.
            common = self._client.submit(_unpacked, packed, key=f"shared-{sha256(packed).hexdigest()[:16]}-{call}")
            threads = sum(self._client.nthreads().values())
            tasks: deque[Any] = deque()
            for number, some in enumerate(_grouped(items, threads)):
                if len(tasks) >= max(LEAST_AHEAD, 4 * threads):
                    yield from tasks.popleft().result()
                key = f"parts-{number}-{call}"
                tasks.append(self._client.submit(_done, cloudpickle.dumps(some), common, key=key, retries=TRIES))
            while tasks:
                yield from tasks.popleft().result()
        except (KilledWorker, CancelledError, ClosedClientError, OSError, TimeoutError) as wrong:
            raise ClusterLost(
                f"the Dask cluster is lost ({type(wrong).__name__}: {wrong!s:.200}); expected a scheduler that "
                "answers, and workers with enough memory for a partition; everything recorded is kept; start the "
                "cluster again, then go on with: seral resume"
            ) from wrong

    def __reduce__(self) -> Any:
        return Here, ()


def _unpacked(packed: bytes) -> Any:
    import cloudpickle

    return cloudpickle.loads(packed)


def _grouped(items: Iterable[Any], threads: int) -> Iterator[list[Any]]:
    """Yield the items of each task: a scheduler takes milliseconds for one, so that many small ones wait for it.

    Of a sequence, each thread gets `TURNS` tasks; what arrives one by one is handed on so.
    """
    if not isinstance(items, Sequence):
        yield from ([item] for item in items)
        return
    size = max(1, len(items) // (TURNS * max(threads, 1)))
    yield from (list(items[start : start + size]) for start in range(0, len(items), size))


def _done(items: bytes, common: tuple[Callable[[Any, Any], Any], Any]) -> list[Any]:
    import cloudpickle

    work, shared = common
    with one_thread():
        return [work(item, shared) for item in cloudpickle.loads(items)]


@contextmanager
def engine_for(dask: str = "") -> Iterator[Engine]:
    """Lend who works on partitions.

    Parameters
    ----------
    dask : str
        Empty for this process; ``"local"`` or ``"local:4"`` for processes of this computer, as many as it has cores
        unless it says how many; or the address of a Dask scheduler.

    Raises
    ------
    BadPlan
        When no scheduler answers there.
    MissingExtra
        When Dask is not installed.

    Examples
    --------
    >>> with engine_for() as engine:
    ...     list(engine.map(lambda item, shared: item + shared, [1, 2], 3))
    [4, 5]
    """
    if not dask:
        yield Here()
        return
    with client_of(dask) as client:
        yield OnDask(client)


@contextmanager
def client_of(dask: str) -> Iterator[Any]:
    """Lend a client of a Dask cluster, started on this computer for ``"local"``; see `engine_for`."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise MissingExtra(f"working on {dask}", "Dask", "dask") from None
    name, _, count = dask.partition(":")
    if name == "local":
        from dask import config

        # What its pages would tell, and to whom, is nobody's business.
        quiet = {f"distributed.{who}.http.routes": ["distributed.http.health"] for who in ("scheduler", "worker")}
        with config.set(quiet), _local(LocalCluster, count) as cluster, _connected(Client, cluster) as client:
            yield client
        return
    _check_scheduler(dask)
    try:
        client = Client(dask, timeout=f"{ANSWER_S}s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as wrong:
        raise _no_scheduler(dask, str(wrong)) from None
    with client:
        yield client


def _check_scheduler(dask: str) -> None:
    """Raise `BadPlan` where something else listens: a client would wait for its answer without end, or believe it."""
    from distributed import Security, rpc
    from distributed.utils import LoopRunner

    async def ask() -> Any:
        how = Security().get_connection_args("client")  # type: ignore[no-untyped-call]
        async with asyncio.timeout(ANSWER_S):
            async with rpc(dask, connection_args=how) as there:  # type: ignore[no-untyped-call]
                return (await there.identity())["type"]

    try:
        found = LoopRunner().run_sync(ask)  # type: ignore[no-untyped-call]
    except TimeoutError:
        raise _no_scheduler(dask, f"nothing was said within {ANSWER_S} s") from None
    except Exception as wrong:  # whatever comes of reading what is no word of Dask's, such as sizes of exabytes
        raise _no_scheduler(dask, f"{type(wrong).__name__}: {wrong!s:.200}") from None
    if found != "Scheduler":
        raise _no_scheduler(dask, f"it is a {found!s:.40}")


def _no_scheduler(dask: str, why: str) -> BadPlan:
    return BadPlan(
        f"no Dask scheduler answers at {dask}: {why}; check the address (often port 8786, beside its page at 8787), "
        "or leave --dask out"
    )


def _connected(client: Any, where: Any) -> Any:
    return client(where)


def _local(cluster: Any, count: str) -> Any:
    from joblib import cpu_count

    from seral_core.home import home

    if count and not (count.isdecimal() and int(count) > 0):
        raise BadPlan(f"got '{count}' workers for --dask local; expected a whole number, 1 or more, such as local:2")
    try:
        import cryptography  # noqa: F401
    except ImportError:
        # Whoever reaches a scheduler can run code in its workers, other users of this computer included.
        raise MissingExtra("--dask local", "cryptography, to keep other users out", "dask") from None
    try:
        # One thread each: numerical libraries and their limits are those of a process.
        return cluster(
            n_workers=int(count) if count else cpu_count(), threads_per_worker=1, processes=True, security=True,
            dashboard_address="127.0.0.1:0", local_directory=str(home("cache", "dask")), memory_limit=0,
            host="127.0.0.1",
        )  # fmt: skip
    except (RuntimeError, OSError) as wrong:  # a worker that ends while it starts, or no room for its folder
        raise ClusterLost(
            f"the workers of --dask local could not be started ({wrong}); expected processes that stay; give the same "
            "command again, or leave --dask out: what is done already is kept"
        ) from None
