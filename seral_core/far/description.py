"""What a feature set says of itself: a small JSON beside its partitions."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from seral_core.errors import BadFeatures
from seral_core.far.place import Place
from seral_core.features.base import PARTITIONED
from seral_core.types import Floats

#: The file that makes a folder a feature set.
NAME = PARTITIONED
#: Rows of a partition, but for the last: a multiple of what learners predict at once.
ROWS = 65_536
KINDS = ("float32", "float16")
#: Rows of a partition that are believed.
MOST_ROWS = 2**32


@dataclass(frozen=True)
class Description:
    """What all partitions share, and how many rows each has.

    Parameters
    ----------
    names : tuple of str
        Of the features; empty where unknown.
    width : int
        Number of features.
    dtype : {"float32", "float16"}
        How values are stored; they are read as float32.
    key, normalised : str
        As of a `seral_core.features.table.FeatureTable`.
    each : int
        Rows of a partition, but for the last and those that clips were left out of.
    rows : tuple of int
        Rows of each partition.
    digests : tuple of str
        Hash of ids and values of each partition.
    mean, std : tuple of float
        Of each feature over all rows.

    Examples
    --------
    >>> about = Description(("pitch",), 1, rows=(2, 1), digests=("ab", "cd"), mean=(0.5,), std=(1.0,))
    >>> Description.from_json(about.to_json(), "example") == about
    True
    """

    names: tuple[str, ...]
    width: int
    dtype: str = "float32"
    key: str = ""
    normalised: str = ""
    each: int = ROWS
    rows: tuple[int, ...] = ()
    digests: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def to_json(self) -> str:
        """Return the description as JSON."""
        return json.dumps({"kind": "seral features", "version": 1, **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes, where: str) -> Description:
        """Return what `to_json` wrote; raise `BadFeatures` for anything else."""
        try:
            found = json.loads(text)
            if found.pop("kind") != "seral features" or found.pop("version") != 1:
                raise ValueError("another kind or version")
            entries: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in found.items()}
            made = cls(**entries)
            made._check()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as wrong:
            raise BadFeatures(
                f"{where} is no description of a feature set ({wrong}); expected what 'seral features extract' wrote; "
                "extract the features again"
            ) from None
        return made

    @classmethod
    def load(cls, place: Place) -> Description:
        """Read the description of a set; raise `BadFeatures` where there is none, or the set is unfinished."""
        try:
            text = place.read(NAME)
        except FileNotFoundError:
            begun = any(name.startswith("ids-") for name in place.names())
            raise BadFeatures(
                f"{place.address} has no {NAME}; "
                + (
                    "its extraction is not finished; finish it: give the same command again"
                    if begun
                    else "expected a folder that 'seral features extract --out' made; check the path"
                )
            ) from None
        return cls.from_json(text, f"{place.address}/{NAME}")

    def _check(self) -> None:
        lengths = {"rows": len(self.rows), "digests": len(self.digests)}
        if len(set(lengths.values())) > 1 or any(not isinstance(n, int) or not 0 <= n < MOST_ROWS for n in self.rows):
            raise ValueError(f"numbers of rows do not fit: {lengths}")
        if self.dtype not in KINDS or not isinstance(self.width, int) or self.width < 1:
            raise ValueError(f"values of type {self.dtype}, {self.width} a row")
        if self.names and len(self.names) != self.width:
            raise ValueError(f"{len(self.names)} names for {self.width} features")
        if len(self.mean) != self.width or len(self.std) != self.width:
            raise ValueError("no mean and deviation of each feature")


@dataclass(frozen=True)
class Moments:
    """Number of rows, and mean and sum of squared deviations of each feature; those of parts join to those of all.

    Parameters
    ----------
    count : int
        Number of rows.
    mean, square : Floats of shape (features,)
        Mean, and sum of squared deviations from it.

    Examples
    --------
    >>> one, two = (Moments.of(np.array(values)) for values in ([[1.0], [3.0]], [[8.0]]))
    >>> both = one.joined(two)
    >>> both.count, both.mean, both.std.round(3)
    (3, array([4.]), array([2.944]))
    """

    count: int
    mean: Floats
    square: Floats

    @classmethod
    def of(cls, values: Any, at_once: int = 4096) -> Moments:
        """Return those of an array of shape (rows, features), in float64 and in the memory of some rows."""
        mean = values.mean(axis=0, dtype=np.float64) if len(values) else np.zeros(values.shape[1])
        square = np.zeros(values.shape[1])
        for start in range(0, len(values), at_once):
            square += ((values[start : start + at_once] - mean) ** 2).sum(axis=0)
        return cls(len(values), mean, square)

    def joined(self, other: Moments) -> Moments:
        """Return the moments of both (Chan, Golub and LeVeque 1983)."""
        count = self.count + other.count
        if not count:
            return self
        apart, share = other.mean - self.mean, other.count / count
        square = self.square + other.square + apart**2 * (self.count * share)
        return Moments(count, self.mean + apart * share, square)

    @property
    def std(self) -> Floats:
        """Standard deviations, of shape (features,)."""
        return np.sqrt(self.square / max(self.count, 1))
