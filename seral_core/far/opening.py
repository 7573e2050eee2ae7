"""Open a feature set by its path or address: a folder that SERAL wrote, or a parquet dataset."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np

from seral_core.far.block import Block
from seral_core.far.description import NAME, Description
from seral_core.far.parquet import is_dataset, row_groups
from seral_core.far.parts import NpyPart
from seral_core.far.place import Place, is_address
from seral_core.far.table import FarTable
from seral_core.folders import leads_out
from seral_core.home import home, placed


def is_far(text: str | Path) -> bool:
    """Whether a text names a feature set in partitions: an address, a folder with a description, or one of parquet.

    Examples
    --------
    >>> is_far("SERALv01"), is_far("s3://bucket/features")
    (False, True)
    """
    if is_address(str(text)):
        return True
    try:
        return (placed(text) / NAME).is_file() or is_dataset(placed(text))
    except (OSError, RuntimeError, ValueError):
        return False


def open_far(where: str | Path) -> FarTable:
    """Return a feature set as a table that reads what it needs; nothing is read yet but its description.

    Parameters
    ----------
    where : str or Path
        A folder that `seral_core.far.writing.Writer` or ``seral features extract`` wrote, or one with parquet files
        (see `seral_core.far.parquet`); on this computer, or an address that fsspec knows.

    Raises
    ------
    BadFeatures
        When it is neither, is damaged, or its extraction is not finished.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.far.writing import Writer
    >>> writer = Writer(Place(tempfile.mkdtemp()), names=("pitch",), each=2)
    >>> for number, (ids, values) in enumerate([(("a", "b"), [[1.0], [2.0]]), (("c",), [[6.0]])]):
    ...     writer.write(number, ids, np.array(values))
    >>> table = open_far(writer.finish(2).address)
    >>> len(table), table.only(["c", "a"]).values.ravel().tolist(), table.mean.tolist(), table.names
    (3, [6.0, 1.0], [3.0], ('pitch',))
    """
    place = Place.of(where)
    if not place.has(NAME) and any(name.endswith((".parquet", ".pq")) for name in place.names()):
        return _of_parquet(place)
    about = Description.load(place)
    blocks = [
        Block(NpyPart(place, i, rows, about.width, digest), about.names, about.key, about.normalised)
        for i, (rows, digest) in enumerate(zip(about.rows, about.digests, strict=True))
    ]
    return FarTable(
        blocks,
        place.address,
        about_fingerprint(about),
        np.array(about.mean),
        np.array(about.std),
        _index(place, about_fingerprint(about)),
        width=about.width,
    )


def about_fingerprint(about: Description) -> str:
    """Return a hash of all partitions' hashes.

    Examples
    --------
    >>> about_fingerprint(Description((), 1)) == about_fingerprint(Description((), 1, digests=("a",)))
    False
    """
    return sha256("\n".join((about.normalised, *about.digests)).encode()).hexdigest()[:16]


def _index(place: Place, fingerprint: str) -> Path:
    """Return where the lookup is kept: beside the partitions where one may write there."""
    import os

    own = home("cache", "far") / f"{fingerprint}.npy"
    path = place.local(f"rows-{fingerprint}.npy")
    if path is None or leads_out(path.parent, path) or not os.access(path.parent, os.W_OK):
        return own
    return path


def _of_parquet(place: Place) -> FarTable:
    groups = row_groups(place)
    fingerprint = sha256("\n".join(group.digest() for group in groups).encode()).hexdigest()[:16]
    blocks = [Block(group, group.features, key=f"parquet-{fingerprint}") for group in groups]
    index = home("cache", "far") / f"{fingerprint}.npy"
    return FarTable(blocks, place.address, fingerprint, index=index, width=len(groups[0].features))
