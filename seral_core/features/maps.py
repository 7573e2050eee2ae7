"""Maps: the pool in two dimensions, so that one can see where a strategy looks."""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import UnknownName
from seral_core.features.grown import GrownTable
from seral_core.features.table import FeatureTable
from seral_core.files import replacing
from seral_core.home import home
from seral_core.process import start

METHODS = ("umap", "tsne", "pca")
Positions: TypeAlias = NDArray[np.float32]

#: Neighbour graphs of more rows take minutes: the others are put among their nearest drawn ones.
MOST_ROWS = {"umap": 30_000, "tsne": 12_000, "pca": 10**9}
COMPONENTS = 50
FEW_ROWS = 5_000


def layout(table: FeatureTable, method: str = "umap", seed: int = 0) -> Positions:
    """Return a position for every row, worked out once and kept on disk.

    Features are reduced to 50 principal components first. Beyond 30,000 rows (UMAP) or 12,000
    (t-SNE) a random part is laid out, and each other row goes to the middle of its five nearest
    neighbours; so does a row that was added later (`seral_core.features.grown`).

    Parameters
    ----------
    table : FeatureTable
        One unit per row; several units of a row are averaged.
    method : {"umap", "tsne", "pca"}
        How distances are kept: UMAP and t-SNE keep neighbours together, PCA keeps the large scale.
    seed : int
        The same seed gives the same map.

    Returns
    -------
    float32 array of shape (rows, 2)
        Positions in [-1, 1], centred.

    Raises
    ------
    UnknownName
        When there is no such method.

    References
    ----------
    .. [1] van der Maaten and Hinton, Visualizing data using t-SNE, JMLR 9, 2008.
    .. [2] McInnes, Healy and Melville, UMAP: uniform manifold approximation and projection for
       dimension reduction, arXiv:1802.03426, 2018.

    Examples
    --------
    >>> table = FeatureTable(np.eye(4, 3), ("a", "b", "c", "d"))
    >>> layout(table, "pca").shape
    (4, 2)
    """
    found = saved_map(table, method, seed)
    if found is not None:
        return found
    if isinstance(table, GrownTable):
        return _kept(table, method, seed, table.among(layout(table.first, method, seed)))
    rows = _reduced(np.asarray(table.pooled().values, dtype=np.float32), seed)
    return _kept(table, method, seed, _framed(_spread_out(rows, method, seed)))


def _kept(table: FeatureTable, method: str, seed: int, positions: Positions) -> Positions:
    with replacing(_path(table, method, seed), to_disk=False) as draft:
        np.save(draft, positions)
    return positions


def layout_apart(table: FeatureTable, method: str = "umap", seed: int = 0) -> Positions:
    """Return what `layout` does, worked out in a process of its own, so that this one stays quick.

    Parameters
    ----------
    table, method, seed
        As in `layout`.

    Returns
    -------
    float32 array of shape (rows, 2)
        Positions in [-1, 1], centred.

    Examples
    --------
    >>> table = FeatureTable(np.eye(5, 2), ("a", "b", "c", "d", "e"))
    >>> bool((layout_apart(table, "pca", seed=1) == layout(table, "pca", seed=1)).all())
    True
    """
    if isinstance(table, GrownTable):
        layout_apart(table.first, method, seed)
    elif saved_map(table, method, seed) is None:
        with tempfile.TemporaryDirectory() as folder:
            rows = Path(folder) / "rows.npz"
            np.savez(rows, values=table.values, ids=np.array(table.ids), bounds=table.bounds, rate_hz=table.rate_hz)
            with start(__name__, str(rows), method, str(seed), log="maps.log") as child:
                child.wait()
    return layout(table, method, seed)


def saved_map(table: FeatureTable, method: str = "umap", seed: int = 0) -> Positions | None:
    """Return the map if it was worked out before, else None.

    Parameters
    ----------
    table, method, seed
        As in `layout`.

    Returns
    -------
    float32 array of shape (rows, 2), or None
        Positions in [-1, 1].

    Raises
    ------
    UnknownName
        When there is no such method.

    Examples
    --------
    >>> table = FeatureTable(np.eye(4, 3), ("e", "f", "g", "h"))
    >>> positions = layout(table, "pca", seed=2)
    >>> bool((saved_map(table, "pca", seed=2) == positions).all()), saved_map(table, "tsne", seed=2)
    (True, None)
    """
    if method not in METHODS:
        raise UnknownName("map", method, METHODS)
    path = _path(table, method, seed)
    try:
        positions: Positions = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return positions if positions.shape == (len(table), 2) else None


def _path(table: FeatureTable, method: str, seed: int) -> Path:
    return home("cache", "maps") / f"{table.fingerprint}-{method}-{seed}.npy"


def _reduced(rows: NDArray[Any], seed: int) -> NDArray[Any]:
    from sklearn.decomposition import PCA

    most = min(COMPONENTS, *rows.shape)
    if most < 1:
        return np.zeros((len(rows), 2), dtype=np.float32)
    reduced: NDArray[Any] = PCA(most, svd_solver="auto", random_state=seed).fit_transform(rows)
    return reduced if most > 1 else np.column_stack([reduced, np.zeros(len(rows))])


def _spread_out(rows: NDArray[Any], method: str, seed: int) -> NDArray[Any]:
    if method == "pca" or len(rows) < 10:
        return rows[:, :2]
    if len(rows) <= MOST_ROWS[method]:
        return _embedded(rows, method, seed)
    drawn = np.sort(np.random.default_rng(seed).choice(len(rows), MOST_ROWS[method], replace=False))
    return _placed(rows, drawn, _embedded(rows[drawn], method, seed))


def _embedded(rows: NDArray[Any], method: str, seed: int) -> NDArray[Any]:
    if method == "tsne":
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits

        perplexity = min(30.0, (len(rows) - 1) / 3)
        # Threads that wait for one another cost more than they save on few rows.
        with threadpool_limits(1 if len(rows) < FEW_ROWS else None):
            return np.asarray(TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a seed means one thread, and that few rows are fully connected
        from umap import UMAP

        return np.asarray(UMAP(n_neighbors=min(15, len(rows) - 1), random_state=seed).fit_transform(rows))


def _placed(rows: NDArray[Any], drawn: NDArray[np.intp], positions: NDArray[Any]) -> NDArray[Any]:
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=5).fit(rows[drawn])
    everything = np.empty((len(rows), 2), dtype=np.float32)
    everything[drawn] = positions
    others = np.setdiff1d(np.arange(len(rows)), drawn)
    everything[others] = positions[near.kneighbors(rows[others], return_distance=False)].mean(axis=1)
    return everything


def _framed(positions: NDArray[Any]) -> Positions:
    """Centre a map; one scale for both axes, so that distances keep their meaning."""
    if not len(positions):
        return np.zeros((0, 2), dtype=np.float32)
    low, high = positions.min(axis=0), positions.max(axis=0)
    half = max(float((high - low).max()) / 2, 1e-9)
    framed: Positions = ((positions - (low + high) / 2) / half).astype(np.float32)
    return framed


def main() -> None:
    """Work out the map that `layout_apart` wants."""
    with np.load(sys.argv[1], allow_pickle=False) as given:
        ids, bounds, rate_hz = tuple(map(str, given["ids"])), given["bounds"], float(given["rate_hz"])
        table = FeatureTable(given["values"], ids, bounds=bounds, rate_hz=rate_hz)
    layout(table, sys.argv[2], int(sys.argv[3]))
