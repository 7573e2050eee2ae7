"""Feature sets that do not fit in memory: partitions on disk or in an object store, read where they are needed."""
