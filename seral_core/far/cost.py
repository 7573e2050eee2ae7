"""What a run on a feature set costs, said before: from a few partitions that are really worked on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seral_core.far.table import FarTable

#: Partitions that are measured.
SAMPLE = 3


@dataclass(frozen=True)
class Cost:
    """What a round costs on so many workers.

    Parameters
    ----------
    workers : int
        Each with a processor core of this computer's speed, and its own part of the disk.
    round_s : float
        Seconds a round, without training.
    read_bytes, sent_bytes : float
        Read from disk or store by all workers together, and sent to and from them.
    memory_bytes : float
        Most that a worker holds.
    master_s : float
        Seconds of them that no worker shortens.
    """

    workers: int
    round_s: float
    read_bytes: float
    sent_bytes: float
    memory_bytes: float
    master_s: float


@dataclass(frozen=True)
class Measured:
    """What was measured on a sample of partitions.

    Parameters
    ----------
    rows, parts, features : int
        Of the whole set.
    read_s, work_s, join_s : float
        Seconds a partition: to read it once more from where it lies, to work on it, and to join its result.
    sent_bytes : float
        A partition's result.
    shared_bytes : float
        What each worker is told, once a round.
    part_bytes : float
        A partition in memory.
    """

    rows: int
    parts: int
    features: int
    read_s: float
    work_s: float
    join_s: float
    sent_bytes: float
    shared_bytes: float
    part_bytes: float

    def on(self, workers: int, *, rows: int = 0, network: float = 1.25e9, link_s: float = 0.001) -> Cost:
        """Return what a round costs.

        Parameters
        ----------
        workers : int
            How many.
        rows : int
            Of a larger set of the same kind; 0 for this one.
        network : float
            Bytes a second that reach the process with the run.
        link_s : float
            Seconds that handing out and taking back one partition takes there.

        Examples
        --------
        >>> found = Measured(1000, 10, 4, 0.1, 0.4, 0.0, 100.0, 1000.0, 1600.0)
        >>> found.on(1).round_s, found.on(5, link_s=0.0).round_s
        (5.0, 1.000005)
        """
        parts = self.parts * (rows or self.rows) / self.rows
        sent = parts * self.sent_bytes + workers * self.shared_bytes
        alone = workers == 1
        master = parts * self.join_s + (0.0 if alone else sent / network + parts * link_s)
        # Whole partitions: the last ones wait for nobody.
        turns = np.ceil(parts / workers)
        round_s = turns * (self.read_s + self.work_s) + master
        return Cost(
            workers, round(float(round_s), 6), parts * self.part_bytes, sent, 3 * self.part_bytes, float(master)
        )


def measure(table: FarTable, rounds: Callable[[FarTable], Iterator[Any]], sample: int = SAMPLE) -> Measured:
    """Measure a round on some partitions of a set.

    Parameters
    ----------
    table : FarTable
        The set.
    rounds : callable
        From a small far table to a stream that does the work of a round each time it is asked, and yields the result of
        each partition with what was shared.
    sample : int
        How many partitions are worked on.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> found = measure(far_example(), lambda small: iter([([b"x"], b"y"), ([b"x"], b"y")]), 1)
    >>> found.rows, found.parts, found.work_s >= 0
    (5, 2, True)
    """
    import cloudpickle

    blocks = [block for _, block in table.firsts()]
    spread = np.linspace(0, len(blocks) - 1, min(sample, len(blocks))).astype(int)
    some = [blocks[i] for i in np.unique(spread).tolist()]
    small = FarTable(some, table.where, f"{table.fingerprint}-sample")
    began = time.perf_counter()
    for block in some:
        np.asarray(block.table().values).sum()
    read_s = (time.perf_counter() - began) / len(some)
    stream = rounds(small)
    next(stream)  # what is done once: statistics, and files that are opened
    began = time.perf_counter()
    results, shared = next(stream)
    work_s = max(0.0, (time.perf_counter() - began) / len(some) - read_s)
    packed = [cloudpickle.dumps(result) for result in results]
    began = time.perf_counter()
    for one in packed:
        cloudpickle.loads(one)
    join_s = (time.perf_counter() - began) / max(len(packed), 1)
    width = table.values.shape[1]
    return Measured(
        len(table), len(blocks), width, read_s, work_s, join_s, float(np.mean([len(one) for one in packed])),
        float(len(cloudpickle.dumps(shared))), 4.0 * width * max(len(block) for block in some),
    )  # fmt: skip
