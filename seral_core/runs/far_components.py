"""Principal components where features lie in partitions: products of features, summed and decomposed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seral_core.errors import BadFeatures
from seral_core.far.block import Block
from seral_core.far.engine import Engine
from seral_core.far.table import FarTable
from seral_core.features.normaliser import Normaliser
from seral_core.threads import one_thread
from seral_core.types import Floats, Ints

#: Features of which products are summed: these take 8 bytes for each pair, and a decomposition three times that.
MOST = 10_000


def in_components(
    table: FarTable, pool: Ints, scale: Normaliser, share: float, engine: Engine
) -> tuple[FarTable, Normaliser]:
    """Return a table as principal components of the pool; and the scale with them.

    They are those of `seral_core.features.normaliser.Normaliser.fit` in memory, to rounding, and as many of them. Sums
    are joined in the order of the partitions, so that they do not depend on who works on them. Values become components
    when they are read.

    Parameters
    ----------
    table : FarTable
        On the pool's scale: pool and test part.
    pool : Ints
        Row numbers of the pool, ascending; nothing else lends to components.
    scale : Normaliser
        That scale, without components.
    share : float
        Of the pool's variance that components shall hold, in (0, 1).
    engine : Engine
        Who looks at the pool's rows, once.

    Raises
    ------
    BadFeatures
        When there are more than `MOST` features, or none varies over the pool.

    Examples
    --------
    >>> from seral_core.far.engine import Here
    >>> from seral_core.far.table import far_example
    >>> from seral_core.runs.far_data import scale_of
    >>> raw, rows = far_example(np.array([[1.0, 2.0], [2.0, 4.1], [3.0, 6.0], [4.0, 7.9]])), np.arange(4)
    >>> scale = scale_of(raw, rows, Here())
    >>> done, scale = in_components(raw.scaled(scale), rows, scale, 0.9, Here())
    >>> done.values.shape, abs(done.values[0]).round(2)
    ((4, 1), array([1.92], dtype=float32))
    """
    width = table.values.shape[1]
    if width > MOST:
        raise BadFeatures(
            f"got {width:,} features in partitions for principal components; expected {MOST:,} at most, as products "
            f"of all pairs take {8 * width**2 / 2**30:.1f} GiB; leave pca out, or extract fewer features"
        )
    found: Products | None = None
    for each in engine.map(_of, [block for _, block in table.among(pool).firsts()], None):
        found = each if found is None else found.joined(each)
    assert found is not None  # a pool without rows has no scale
    if not found.square.any():
        raise BadFeatures("no feature varies over the pool; expected some that do for components; extract others")
    scale = replace(scale, origin=found.mean, axes=axes_of(found, share))
    return table.scaled(scale, [block.voices for block in table.blocks]), scale


@dataclass(frozen=True, eq=False)
class Products:
    """Number of rows, sum of each feature, and sum of the products of each two; those of parts join to those of all.

    Of features whose mean is about 0 nothing is lost to rounding when the mean's share is taken away at the end.

    Parameters
    ----------
    count : int
        Number of rows.
    total : Floats of shape (features,)
        Sum of rows.
    square : Floats of shape (features, features)
        Sum of the outer product of each row with itself.
    """

    count: int
    total: Floats
    square: Floats

    @classmethod
    def of(cls, values: Any) -> Products:
        """Return those of an array of shape (rows, features), in float64."""
        rows: Floats = np.asarray(values, np.float64)
        return cls(len(rows), rows.sum(axis=0), rows.T @ rows)

    def joined(self, other: Products) -> Products:
        """Return the sums of both, in the memory of this one."""
        self.total.__iadd__(other.total)
        self.square.__iadd__(other.square)
        return Products(self.count + other.count, self.total, self.square)

    @property
    def mean(self) -> Floats:
        """Mean of each feature."""
        return self.total / self.count


def axes_of(found: Products, share: float) -> Floats:
    """Return as many principal components as hold a share of the variance, of shape (components, features).

    Number and signs follow the rules of scikit-learn's ``PCA``.

    Examples
    --------
    >>> found = Products.of(np.array([[-2.0, 1.0], [0.0, -2.0], [2.0, 1.0]]))
    >>> axes_of(found, 0.5), len(axes_of(found, 0.9))
    (array([[1., 0.]]), 2)
    """
    from sklearn.utils.extmath import svd_flip

    with one_thread():
        variances, vectors = np.linalg.eigh(found.square - found.count * np.outer(found.mean, found.mean))
    variances = np.maximum(variances[::-1], 0.0)
    _, axes = svd_flip(None, vectors.T[::-1].copy(), u_based_decision=False)
    held = np.cumsum(variances / variances.sum())
    return np.asarray(axes[: min(int(np.searchsorted(held, share, side="right")) + 1, found.count)])


def _of(block: Block, _: None) -> Products:
    found: Products | None = None
    for values in block.pieces():
        found = Products.of(values) if found is None else found.joined(Products.of(values))
    assert found is not None  # blocks without rows are left out
    return found
