"""Write a feature set partition by partition; what was written stays, so that a killed extraction goes on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadFeatures
from seral_core.far.description import KINDS, NAME, ROWS, Description, Moments
from seral_core.far.parts import about_part, forget_files, ids_name, values_name, write_ids
from seral_core.far.place import Place


@dataclass(frozen=True)
class Writer:
    """Writes partitions, in any order and from any process, then the description that makes them a set.

    Parameters
    ----------
    place : Place
        Where to.
    names : tuple of str
        Of the features; empty where unknown.
    key, normalised : str
        As of a `seral_core.features.table.FeatureTable`; partitions of another key are written once more.
    dtype : {"float32", "float16"}
        How values are stored.
    each : int
        Rows of a partition, at most.

    Examples
    --------
    >>> import tempfile
    >>> writer = Writer(Place(tempfile.mkdtemp()), each=2)
    >>> writer.has(0), writer.write(0, ["a", "b"], np.eye(2)), writer.has(0)
    (False, None, True)
    >>> writer.finish(2)
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: ... lacks partition 1 of 2; expected all; give the command that writes them again
    """

    place: Place
    names: tuple[str, ...] = ()
    key: str = ""
    normalised: str = ""
    dtype: str = "float32"
    each: int = ROWS

    def __post_init__(self) -> None:
        if self.dtype not in KINDS or self.each < 1:
            raise BadFeatures(
                f"got features of {self.dtype} with {self.each} rows a partition; expected {' or '.join(KINDS)}, and "
                "one row or more"
            )

    def has(self, number: int, of: str = "") -> bool:
        """Whether a partition of this key is whole already, and made of what ``of`` says where that is given."""
        if not self.place.has(ids_name(number)) or not self.place.has(values_name(number)):
            return False
        try:
            about = about_part(self.place, number)
        except BadFeatures:
            return False
        return bool(about.get("made") == self._made() and (not of or about.get("of") == of))

    def write(
        self,
        number: int,
        ids: Sequence[str],
        values: NDArray[Any],
        problems: Sequence[tuple[str, str]] = (),
        of: str = "",
    ) -> None:
        """Write a partition; one that is there is replaced.

        Parameters
        ----------
        number : int
            From 0.
        ids : sequence of str
            One per row.
        values : array of shape (rows, features)
            Finite numbers.
        problems : sequence of (str, str)
            Segments that were left out, each with the reason.
        of : str
            What it is made of, such as a hash of the recordings; see `has`.
        """
        with np.errstate(over="ignore"):  # becomes inf, and is refused below
            values = np.ascontiguousarray(values, dtype=self.dtype)
        if values.ndim != 2 or len(values) != len(ids) or (self.names and values.shape[1] != len(self.names)):
            raise BadFeatures(
                f"got values of shape {values.shape} with {len(ids)} ids and {len(self.names)} names for partition "
                f"{number}; expected a row for each id and a column for each name"
            )
        if len(odd := np.flatnonzero(~np.isfinite(values).all(axis=1))):
            wrong = ids[int(odd[0])]
            raise BadFeatures(f"the features of '{wrong}' are not finite as {self.dtype}; leave it out, or use float32")
        moments = Moments.of(values)
        digest = sha256("\n".join(ids).encode())
        digest.update(values.data)
        about = {
            "made": self._made(), "of": of, "digest": digest.hexdigest()[:16], "width": values.shape[1],
            "mean": moments.mean.tolist(), "square": moments.square.tolist(), "problems": [list(p) for p in problems],
        }  # fmt: skip
        buffer = io.BytesIO()
        np.save(buffer, values)
        # Before anything else: a writer that is killed must not leave new numbers under old ids, or in an old set.
        for name in (NAME, ids_name(number)):
            self.place.remove(name)
        self.place.write(values_name(number), buffer.getvalue())
        write_ids(self.place, number, ids, about)  # last: a partition with ids is whole

    def finish(self, partitions: int) -> Place:
        """Write the description of so many partitions; raise `BadFeatures` where one is missing."""
        forget_files()
        rows, digests, moments = [], [], None
        width = len(self.names)
        for number in range(partitions):
            if not self.has(number):
                raise BadFeatures(
                    f"{self.place.address} lacks partition {number} of {partitions}; expected all; give the command "
                    "that writes them again"
                )
            about = about_part(self.place, number)
            here = Moments(
                _length(self.place, number), np.array(about["mean"], float), np.array(about["square"], float)
            )
            moments = here if moments is None else moments.joined(here)
            rows.append(here.count)
            digests.append(str(about["digest"]))
            width = width or int(about["width"])
        if moments is None or not moments.count:
            raise BadFeatures(
                f"{self.place.address} has no rows; expected clips that can be used; check the recordings"
            )
        about_all = Description(
            self.names, width, self.dtype, self.key, self.normalised, self.each, tuple(rows), tuple(digests),
            tuple(moments.mean.tolist()), tuple(moments.std.tolist()),
        )  # fmt: skip
        self.place.write(NAME, about_all.to_json().encode())
        return self.place

    def _made(self) -> str:
        return sha256("\n".join((self.key, self.dtype, *self.names)).encode()).hexdigest()[:16]


def problems_of(place: Place, partitions: int) -> list[tuple[str, str]]:
    """Return all segments that were left out of a set, each with the reason.

    Examples
    --------
    >>> import tempfile
    >>> place = Place(tempfile.mkdtemp())
    >>> Writer(place).write(0, ["a"], np.eye(1), [("b", "is silent")])
    >>> problems_of(place, 1)
    [('b', 'is silent')]
    """
    return [(s, why) for number in range(partitions) for s, why in about_part(place, number).get("problems", ())]


def _length(place: Place, number: int) -> int:
    from seral_core.far.parts import _arrow

    return len(_arrow(place, ids_name(number))[0])
