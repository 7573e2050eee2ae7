"""Ready features: rows that others extracted, read from a file and joined to a corpus by id."""

from __future__ import annotations

SUFFIXES = (".npz", ".npy", ".csv", ".parquet")
