"""Feature sets that do not fit in memory: partitions on disk or in an object store, read where they are needed.

What is where
-------------
A set is a folder, or an address that fsspec knows, with ``features.json`` and for each partition ``values-00000.npy``
(float32 or float16, memory-mapped on a disk) and ``ids-00000.arrow``. A folder of parquet files with a column of ids is
one too; its row groups are the partitions. `seral_core.far.opening.open_far` opens either as a
`seral_core.far.table.FarTable`: it gives some rows, and refuses to be taken whole with a sentence that says what helps.
`seral_core.runs.far_pool.FarPool` is the pool on it, and `seral_core.strategies.parts` says how strategies take it
partition by partition. `seral_core.far.engine` and `seral_core.far.dask` do the work here, or on a cluster.

Labelling: `seral_core.far.corpus.FarCorpus` is the corpus of a project, whose table of clips `seral_core.far.listed`
reads in pieces; `seral_core.studio.clips` deals clips without a list of them, from the beginning of the sorted hashes
of ids, which is a draw at random; `seral_core.studio.far_learning` trains on a part in memory, and chooses where clips
lie.

What is kept in memory: labels, and the features of what is labelled. On disk, beside the features: 8 bytes a clip to
find ids, and for distances 4 bytes a clip between rounds, in the run's folder; both are made again where they are lost.
Ranks among all candidates, as several targets need them, bring 8 bytes a clip and target together in the process with
the run, and take about five times that while they are sorted.

Self-training: with a learner that takes labels in passes (``sgd``, `seral_core.learners.incremental`), the oracle
``machine`` labels where clips lie, see `seral_core.runs.self_training`; `seral_core.runs.machine_labels` keeps the
labels there, and the model travels from piece to piece, one after another, whoever works. Three things differ from a
pool in memory: of equal confidences the first rows are labelled, not some at random; strategies look at people's labels
alone; and a committee's members draw people's labels anew, but learn all of the machine's. The learner ``recommended``
and its like take the machine's labels into memory, as before.

What was measured
-----------------
``python -m tests.benchmarks far``: 256 features, float32, ten labels in each of twenty rounds. Seconds are medians of a
round on a machine with two cores that was nearly quiet (load 1 to 2; with two workers 2 to 6), with the files in the
page cache. Memory is what is in no file, at its peak.

| clips | margin | two workers | memory | k-centre | two workers | memory |
| --- | --- | --- | --- | --- | --- | --- |
| 200,000, pool in memory | 0.10 s | | 370 MB | 0.35 s | | 759 MB |
| 200,000 | 0.11 s | 0.16 s | 127 MB | 0.13 s | 0.20 s | 123 MB |
| 100,000 | 0.05 s | 0.10 s | 130 MB | 0.08 s | 0.12 s | 123 MB |
| 1,000,000 | 0.34 s | 0.39 s | 130 MB | 0.50 s | 0.45 s | 124 MB |
| 10,000,000 | 3.4 s | 3.3 s | 140 MB | 4.7 s | 3.3 s | 129 MB |

On 200,000 clips picks are those of the pool in memory; on all sizes two Dask workers give those of this process, and
the process that asks them held 166 MB at most. From 1,000,000 clips to 10,000,000 a round takes 9.9 and 9.4 times as
long; from 100,000 to 1,000,000 only 6.3 and 6.2 times, as what every round takes counts for more in a small set. Where
other programs had driven the files out of the page cache, a round of margin took 20 to 70 s: 10 GB from a busy disk.

Labelling 300,000 clips x 64 features (load 5 to 10, the same machine): a project opens in 2 to 3 s, most of it for a
table of 8 MB; the first clip comes after 0.4 s, others after 10 to 20 ms. A round of margin takes 0.3 s to choose and 1
to 3 s in all, for scores, beliefs and guesses of the 100,000 clips in memory. A process with both the session and the
trainer held 0.4 GB that is in no file after 60 answers, and more with each round until the beliefs of eight rounds are
kept.

Self-training (``python -m tests.benchmarks far-self-training``; 256 features, four classes, five passes): of 100,000
clips the machine labels 97,676 in 0.6 s, and they are learned in 3 to 6 s (load 5), with 202 MB at the peak; two Dask
workers give the same labels (0.5 and 5 s, 164 MB in the process that asks them). Of 1,000,000 clips it labels 997,064
in 1.6 s, and they are learned in 109 s on the clock (load 5, at the lowest priority), 35 s of them of the processor,
with 197 MB at the peak: memory stays, and time grows with the labels. Training goes from piece to piece, so that more
workers do not shorten it.

What a hundred million clips take
---------------------------------
By arithmetic from these figures (`seral_core.far.cost.Measured.on`; ``seral plan-cost FEATURES --clips 100000000`` does
it for a set of yours): 1,526 partitions of 64 MiB, 102 GB in all. A partition takes 22 ms for margin and 28 ms for
k-centre once it is in memory, and 34 ms to read at 2 GB/s. Training is not in it, and stays what it is: labels are few.

| workers | margin, own disks of 2 GB/s | k-centre, own disks | one store behind 10 Gbit/s | memory of a worker |
| --- | --- | --- | --- | --- |
| 1 | 85 s | 95 s | 115 to 126 s | 0.2 GB |
| 8 | 11 s | 12 s | 86 to 87 s | 0.2 GB |
| 64 | 2 to 4 s | 2 to 4 s | 82 to 85 s | 0.2 GB |

What breaks first:

1. **The disk, with one machine.** Once a set is larger than the memory beside it, every round reads all of it: 51 s at
   2 GB/s, 7 minutes at 0.25 GB/s. float16 halves that.
2. **The network, with workers that share one store.** They read 102 GB a round through it, however many they are: 82 s
   at 10 Gbit/s. Workers want partitions on disks of their own (``simplecache::s3://...`` keeps them there); then little
   is sent: below 1 kB for each partition with margin, 27 kB (41 MB a round) with k-centre.
3. **The scheduler, with many workers.** A task takes it up to 6 ms here, which 1,526 tasks would turn into 9 s a round.
   So each thread gets 6 tasks of several partitions: 384 tasks with 64 workers, 2.3 s, part of it while others work.
4. **The process with the run**, where ranks of several targets are wanted: 100,000,000 clips x 2 targets x 8 bytes are
   1.6 GB, and 8 GB while they are sorted. One target needs nothing of the kind.
5. **Finding ids**: 0.8 GB on disk, sorted once.
"""
