"""Feature sets that do not fit in memory: partitions on disk or in an object store, read where they are needed.

What is where
-------------
A set is a folder, or an address that fsspec knows, with ``features.json`` and for each partition ``values-00000.npy``
(float32 or float16, memory-mapped on a disk) and ``ids-00000.arrow``. A folder of parquet files with a column of ids is one
too; its row groups are the partitions. `seral_core.far.opening.open_far` opens either as a
`seral_core.far.table.FarTable`: it gives some rows, and refuses to be taken whole with a sentence that says what helps.
`seral_core.runs.far_pool.FarPool` is the pool on it, and `seral_core.strategies.parts` says how strategies take it
partition by partition. `seral_core.far.engine` and `seral_core.far.dask` do the work here, or on a cluster.

What is kept in memory: labels, and the features of what is labelled. On disk, beside the features: 8 bytes a clip to find
ids, and for distances 4 bytes a clip between rounds, in the run's folder; both are made again where they are lost. Ranks
among all candidates, as several targets need them, bring 8 bytes a clip and target together in the process with the run,
and take five times that while they are sorted.

What was measured
-----------------
``python -m tests.benchmarks far``: 256 features, float32, ten labels in each of twenty rounds, on two cores of which other
programs used about half, with the files in the page cache. Memory is what is in no file. Picks are those of a pool in
memory where that was run too (200,000 clips), and the same here and on Dask everywhere.

TABLE
With half precision a set takes half of the disk and of the network.

What a hundred million clips take
---------------------------------
By arithmetic from these figures (`seral_core.far.cost.Measured.on`; ``seral plan-cost FEATURES --clips 100000000`` does it
for a set of yours): 1,526 partitions of 64 MiB, 95 GiB in all. A partition takes MARGIN_MS ms for margin and KCENTRE_MS ms
for k-centre once it is in memory, and 34 ms to read at 2 GB/s.

ARITHMETIC
What breaks first:

1. **The disk, with one machine.** Once a set is larger than the memory beside it, every round reads all of it: 100 GB are
   51 s at 2 GB/s, and 13 minutes from a store behind 1 Gbit/s. float16 halves that.
2. **The network, with workers that share one store.** They read 100 GB a round through it: 82 s at 10 Gbit/s, however many
   they are. Workers need partitions on disks of their own (``simplecache::s3://...`` keeps them there), and then send
   little: 0.4 kB for each partition with margin, 27 kB with k-centre.
3. **The scheduler, with many workers.** A task takes it about 6 ms here, so partitions go out several at a time: 6 tasks
   for each thread, 2.3 s a round with 64 workers, of which most passes while others work.
4. **The process with the run**, where ranks of several targets are wanted: 100,000,000 clips x 2 targets x 8 bytes x 5 are
   8 GB. One target needs nothing of the kind.
5. **Finding ids**: 0.8 GB on disk, sorted once; it takes a minute or two.

Training is not in these figures, and stays what it is: labels are few.
"""
