"""A kernel as columns of numbers: rows are compared with landmarks, and what that says is uncorrelated.

Methods such as transfer component analysis weigh the columns of the kernel matrix :math:`K` of all
pairs of rows: they look for :math:`W` in :math:`K W` and hold :math:`|W|^2` small. Only the
principal components of those columns matter to that, and they can be had from a part of the rows:
where there are more rows than landmarks, :math:`K` is that of Nystroem's method [1]_, of as many
dimensions as landmarks, and no matrix of all pairs is made. Where every row is a landmark it is
exact.

References
----------
.. [1] Williams and Seeger, Using the Nystroem method to speed up kernel machines, NIPS 2000.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np
from scipy.linalg import eigh, svd
from sklearn.metrics.pairwise import euclidean_distances, rbf_kernel

from seral_core.errors import BadFeatures, BadPlan, UnknownName
from seral_core.types import Floats, Ints

KERNELS = ("linear", "rbf")
#: Rows that are compared with landmarks at once.
BLOCK = 2048
#: Widths by name, as shares of one over the median squared distance.
SHARES = {"median": 1.0, "wide": 0.1}
#: Rows whose distances to one another are looked at.
MOST_PAIRED = 2000
#: Directions that vary less than this share of the first are rounding errors.
NOISE = 1e-10


@dataclass(frozen=True)
class KernelSpace:
    """Rows as uncorrelated columns that span the kernel matrix.

    Parameters
    ----------
    landmarks : Floats of shape (landmarks, features)
        Rows that others are compared with; none for a linear kernel of few features, which is exact
        without.
    gamma : float
        Width of the RBF kernel; 0 for a linear one.
    lift : Floats of shape (landmarks or features, columns)
        From comparisons to columns.
    mean : Floats of shape (columns,)
        Of the rows it was made from.
    scatter : Floats of shape (columns,)
        Their sums of squares about the mean, falling.

    Examples
    --------
    >>> rows = np.random.default_rng(0).standard_normal((50, 3))
    >>> space = KernelSpace.spanned(rows, np.arange(50), "rbf", 0.5)
    >>> kernel = rbf_kernel(rows, gamma=0.5)
    >>> columns = space(rows)
    >>> bool(np.allclose(columns.T @ columns, np.diag(space.scatter), atol=1e-8 * space.scatter[0]))
    True
    >>> centred = kernel - kernel.mean(axis=0)
    >>> bool(np.allclose(columns @ columns.T, centred @ centred.T))
    True
    """

    landmarks: Floats
    gamma: float
    lift: Floats
    mean: Floats
    scatter: Floats

    @classmethod
    def spanned(cls, rows: Floats, landmarks: Ints, kernel: str, gamma: float) -> KernelSpace:
        """Return the space of these rows; the landmarks are some of them, by number."""
        few = kernel == "linear" and rows.shape[1] <= len(landmarks)
        marks = rows[:0] if few else rows[landmarks]
        width = gamma if kernel == "rbf" else 0.0
        root = np.eye(rows.shape[1]) if few else _root(_compared(marks, marks, width))
        gram, total = np.zeros((root.shape[1],) * 2), np.zeros(root.shape[1])
        for start in range(0, len(rows), BLOCK):
            lifted = _compared(rows[start : start + BLOCK], marks, width) @ root
            gram += lifted.T @ lifted
            total += lifted.sum(axis=0)
        basis, mean, scatter = _uncorrelated(gram, total, len(rows))
        return cls(marks, width, root @ basis, mean, scatter)

    def __call__(self, rows: Floats) -> Floats:
        """Return columns, of shape (rows, columns), less the mean."""
        columns = np.empty((len(rows), self.lift.shape[1]))
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            columns[block] = _compared(rows[block], self.landmarks, self.gamma) @ self.lift - self.mean
        return columns

    def projected(self, rows: Floats, weights: Floats) -> Floats:
        """Return ``self(rows) @ weights`` without holding all columns of all rows."""
        lift, mean = self.lift @ weights, self.mean @ weights
        blocks = [
            _compared(rows[start : start + BLOCK], self.landmarks, self.gamma) @ lift - mean
            for start in range(0, len(rows), BLOCK)
        ]
        return np.concatenate(blocks) if blocks else np.zeros((0, weights.shape[1]))


def _compared(rows: Floats, landmarks: Floats, gamma: float) -> Floats:
    if not len(landmarks):
        return rows
    return np.asarray(rbf_kernel(rows, landmarks, gamma) if gamma else rows @ landmarks.T)


def _root(kernel: Floats) -> Floats:
    """Return what makes columns of comparisons whose products are Nystroem's kernel."""
    values, vectors = eigh((kernel + kernel.T) / 2)
    sound = values > NOISE * values[-1]
    return np.asarray(vectors[:, sound] / np.sqrt(values[sound]))


def _uncorrelated(gram: Floats, total: Floats, rows: int) -> tuple[Floats, Floats, Floats]:
    """Return the turn to uncorrelated columns of the kernel matrix, their means and their scatter.

    With lifted rows :math:`Z` of orthogonal columns the kernel is :math:`Z Z^T = U S^2 U^T`, and
    its scatter in the coordinates :math:`U^T W` is :math:`S^2 (I - u u^T) S^2`, :math:`u` being the
    part of the constant that lies in :math:`U`. The singular values of its root keep small columns
    sharp.
    """
    values, vectors = eigh(gram)
    sound = values > NOISE * max(values[-1], np.finfo(float).tiny)
    if not sound.any():
        return np.zeros((len(gram), 0)), np.zeros(0), np.zeros(0)
    spread, vectors = np.sqrt(values[sound]), vectors[:, sound]
    along = vectors.T @ total / np.sqrt(rows)
    constant = along / spread
    inside = min(float(constant @ constant), 1.0)
    constant *= np.sqrt((1 - np.sqrt(1 - inside)) / inside) if inside else 0.0
    centred = np.diag(spread**2) - np.outer(constant, constant * spread**2)
    _, roots, turned = svd(centred)
    alive = roots > NOISE * spread.max() ** 2
    basis = (vectors * spread) @ turned[alive].T
    return basis, total @ basis / rows, roots[alive] ** 2


def drawn_landmarks(sizes: tuple[int, int], landmarks: int, seed: int) -> Ints:
    """Return numbers of rows to compare with: half from either domain, or all of a small one.

    Parameters
    ----------
    sizes : tuple of two int
        Rows of the source, and of the target; the target's follow the source's.
    landmarks : int
        How many; where there are no more rows than that, all are taken.
    seed : int
        Draws them.

    Examples
    --------
    >>> drawn_landmarks((3, 2), 10, seed=0)
    array([0, 1, 2, 3, 4])
    >>> chosen = drawn_landmarks((900, 30), 100, seed=0)
    >>> len(chosen), int((chosen >= 900).sum())
    (100, 30)
    """
    source, target = sizes
    if source + target <= landmarks:
        return np.arange(source + target)
    rng = np.random.default_rng(seed)
    first = min(source, max(landmarks // 2, landmarks - target))
    chosen = [rng.choice(source, first, replace=False), source + rng.choice(target, landmarks - first, replace=False)]
    return np.sort(np.concatenate(chosen))


def kernel_width(kernel: str, gamma: float | str, rows: Floats) -> float:
    r"""Return the :math:`\gamma` of :math:`e^{-\gamma |x - z|^2}`, checked.

    ``"median"`` is one over the median squared distance between rows (Gretton et al. 2012):
    distances then count where most of the rows are, whatever the number and the scale of the
    features. ``"wide"`` is a tenth of it: nearly linear where the rows are. Of many rows every
    second, third ... is looked at.

    Raises
    ------
    UnknownName
        When there is no such kernel.
    BadPlan
        When ``gamma`` is neither ``"median"``, ``"wide"`` nor above 0.

    Examples
    --------
    >>> kernel_width("rbf", "median", np.array([[0.0], [2.0], [4.0]]))
    0.25
    """
    if kernel not in KERNELS:
        raise UnknownName("kernel", kernel, KERNELS)
    if gamma not in SHARES:
        if not (isinstance(gamma, Real) and gamma > 0):
            raise BadPlan(
                f"gamma is {gamma!r}; expected 'median', 'wide' or a number above 0; leave it out for the usual"
            )
        return float(gamma)
    if kernel == "linear":
        return 0.0
    some = rows[:: -(-len(rows) // MOST_PAIRED)]
    distances = euclidean_distances(some, squared=True)[np.triu_indices(len(some), 1)]
    middle = float(np.median(distances)) or float(distances.mean())
    if not middle > 0:
        raise BadFeatures("all rows are equal; expected rows that differ; check that features were extracted")
    return SHARES[str(gamma)] / middle


def components(scatter: Floats, apart: Floats, shares: Floats, mu: float, wanted: int) -> tuple[Floats, Floats]:
    r"""Return weights of uncorrelated columns that vary much and are little apart.

    They maximise :math:`w^T B w` against :math:`w^T (\mu I + \sum_k s_k g_k g_k^T) w`, with
    ``scatter`` the diagonal of :math:`B`. The second differs from :math:`\mu I` in as many
    directions as there are :math:`g_k`, so its root is known without a decomposition.

    Parameters
    ----------
    scatter : Floats of shape (columns,)
        Sums of squares.
    apart : Floats of shape (means, columns)
        Differences of means, :math:`g_k`.
    shares : Floats of shape (means,)
        Weight of each difference, :math:`s_k`.
    mu : float
        Weight of what else the weights cost.
    wanted : int
        Number of components, at most.

    Returns
    -------
    weights : Floats of shape (columns, components)
        Each of length 1.
    eigenvalues : Floats of shape (components,)
        What is maximised, falling.

    Examples
    --------
    >>> weights, values = components(np.array([9.0, 4.0]), np.array([[3.0, 0.0]]), np.ones(1), mu=1.0, wanted=1)
    >>> np.abs(weights).round(3).ravel(), values.round(3)
    (array([0., 1.]), array([4.]))
    """
    size = len(scatter)
    sides, lengths, _ = svd((apart * np.sqrt(shares)[:, None]).T, full_matrices=False)
    shrink = 1 - np.sqrt(mu / (mu + lengths**2))
    folded = (sides * shrink) @ (sides.T * scatter)
    inner = (sides * shrink) @ ((sides.T * scatter) @ sides) @ (sides * shrink).T
    matrix = (np.diag(scatter) - folded - folded.T + inner) / mu
    values, vectors = eigh(matrix, subset_by_index=(size - min(wanted, size), size - 1))
    values, vectors = values[::-1], vectors[:, ::-1]
    weights = vectors - (sides * shrink) @ (sides.T @ vectors)
    return weights / np.sqrt(np.square(weights).sum(axis=0)), values
