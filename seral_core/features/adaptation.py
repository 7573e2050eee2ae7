"""Domain adaptation: features in which a source corpus and a target corpus lie alike.

`JointPCA` gives both the same principal components, `TCA` brings their means together in a kernel's
space, `BDA` the means of their classes too, with classes that a classifier guesses for the target.
All are fitted with the features of both, and then transform rows of either. Bring features to one
scale first, such as by `seral_core.features.normalise.standardise`.

`skada` has a TCA; it solves the unsymmetric problem with a solver for symmetric ones, holds matrices
of all pairs, and brings optimal transport along, so SERAL has its own.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh, svd
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_array, check_is_fitted

from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.kernel_space import KernelSpace, drawn_landmarks, kernel_width
from seral_core.threads import one_thread
from seral_core.types import Floats

#: Rows that stand for all where there are more.
LANDMARKS = 1_000
#: The balance factors of Xu et al. (2023).
BALANCE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

Self = TypeVar("Self", bound="Adaptation")


def discrepancy(source: ArrayLike, target: ArrayLike) -> float:
    """Return the squared distance between the means of two sets of rows: their MMD with a linear kernel.

    Parameters
    ----------
    source, target : array of shape (rows, features)
        Features of both.

    References
    ----------
    .. [1] Borgwardt et al., Integrating structured biological data by kernel maximum mean discrepancy,
       Bioinformatics 22(14), 2006.

    Examples
    --------
    >>> discrepancy([[0.0, 1.0], [2.0, 1.0]], [[4.0, 5.0]])
    25.0
    """
    apart = np.mean(np.asarray(source, float), axis=0) - np.mean(np.asarray(target, float), axis=0)
    return float(apart @ apart)


class Adaptation(BaseEstimator):  # type: ignore[misc]
    """What the adaptations share: fitted with two domains, they transform rows of either."""

    n_features_in_: int
    source_: Floats
    target_: Floats

    def fit(self: Self, source: ArrayLike, target: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Learn from both domains; see the class."""
        raise NotImplementedError

    def fit_transform(
        self, source: ArrayLike, target: ArrayLike, classes: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """Learn from both domains, and return the rows of each, transformed."""
        self.fit(source, target, classes)
        return self.source_, self.target_

    def transform(self, rows: ArrayLike) -> Floats:
        """Return rows of either domain in the common features.

        Parameters
        ----------
        rows : array of shape (rows, features)
            As many features as in `fit`.

        Returns
        -------
        Floats of shape (rows, components)
            float64.

        Raises
        ------
        BadFeatures
            When there are more or fewer features, or values are missing.
        sklearn.exceptions.NotFittedError
            Before `fit`.
        """
        check_is_fitted(self, "source_")
        with one_thread():
            return self._projected(_rows(rows, "the table to transform", self.n_features_in_))

    def _projected(self, rows: Floats) -> Floats:
        raise NotImplementedError

    def _both(self, source: ArrayLike, target: ArrayLike) -> tuple[Floats, int]:
        """Return all rows, checked, and how many of them are the source's."""
        first = _rows(source, "the source", least=2)
        second = _rows(target, "the target", first.shape[1], least=2)
        self.n_features_in_ = first.shape[1]
        return np.concatenate([first, second]), len(first)


class JointPCA(Adaptation):
    """Principal components of source and target together.

    Parameters
    ----------
    variance : float
        Share of the variance of both that the components keep, above 0 to 1.

    Attributes
    ----------
    source_, target_ : Floats of shape (rows, components)
        The rows it was fitted with.
    components_ : Floats of shape (components, features)
        Falling variance; the largest weight of each is above 0.
    explained_variance_ratio_ : Floats of shape (components,)
        Share of each.
    mean_ : Floats of shape (features,)
        Of both.
    n_components_ : int
        How many it took.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, 2023, section 3.1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> scale = np.array([3.0, 2.0, 0.1])
    >>> pca = JointPCA(0.9).fit(rng.normal(size=(40, 3)) * scale, rng.normal(size=(60, 3)) * scale)
    >>> pca.n_components_, pca.source_.shape, pca.transform([[1.0, 0.0, 0.0]]).shape
    (2, (40, 2), (1, 2))
    """

    def __init__(self, variance: float = 0.9) -> None:
        self.variance = variance

    def fit(self, source: ArrayLike, target: ArrayLike, classes: ArrayLike | None = None) -> JointPCA:
        """Find the components.

        Parameters
        ----------
        source, target : array of shape (rows, features)
            Two rows or more of each.
        classes : ignored
            There so that all adaptations are called alike.

        Raises
        ------
        BadFeatures
            When the tables do not fit each other, or nothing varies.
        BadPlan
            When ``variance`` is outside (0, 1].
        """
        if not 0 < self.variance <= 1:
            raise BadPlan(f"variance is {self.variance!r}; expected a share above 0 and at most 1, such as 0.9")
        rows, split = self._both(source, target)
        self.mean_ = rows.mean(axis=0)
        with one_thread():
            _, roots, turned = svd(rows - self.mean_, full_matrices=False, overwrite_a=True)
            share = _shares(roots**2)
            kept = min(int(np.searchsorted(np.cumsum(share), self.variance - 1e-12)) + 1, int((share > 0).sum()))
            self.components_ = _positive(turned[:kept].T).T
            self.explained_variance_ratio_, self.n_components_ = share[:kept], kept
            projected = self._projected(rows)
        self.source_, self.target_ = projected[:split], projected[split:]
        return self

    def _projected(self, rows: Floats) -> Floats:
        return np.asarray((rows - self.mean_) @ self.components_.T)


class TCA(Adaptation):
    r"""Transfer component analysis: components that vary, and on which both domains have one mean.

    Of the kernel matrix :math:`K` of all rows it finds the :math:`W` that minimises
    :math:`\operatorname{tr}(W^T K L K W) + \mu \operatorname{tr}(W^T W)` under
    :math:`W^T K H K W = I`, where :math:`L` measures the distance between the means and :math:`H`
    centres [1]_. Every column of :math:`W` is brought to the same length, as eigenvectors are, so that a
    component has the spread the kernel gives it and a regularised learner leans on what varies; all
    are then centred, and divided by one number so that their mean variance over both domains is 1.

    Parameters
    ----------
    n_components : int
        Dimensions wanted; where the kernel has fewer, there are as many as it has (`n_components_`).
    mu : float or "auto"
        Weight of :math:`|W|^2`, above 0: small, and components may be had from what hardly varies; large,
        and they are the kernel's principal components, wherever the means lie. What is small depends on
        kernel and number of rows, so ``"auto"`` measures: the last principal component that is wanted
        pays for :math:`|W|^2` as much as for means one standard deviation apart.
    kernel : {"rbf", "linear"}
        A linear kernel has no more dimensions than features, so after a PCA it may have nothing to
        leave out, and it can only move means in the space of the features; the RBF kernel's means are
        apart too where spread or shape differ.
    gamma : float or "median"
        Width of the RBF kernel, see `seral_core.features.kernel_space.kernel_width`.
    landmarks : int
        Rows that stand for all where source and target together have more; memory then grows with
        rows x landmarks.
    random_state : int
        Draws the landmarks.

    Attributes
    ----------
    source_, target_ : Floats of shape (rows, components)
        The rows it was fitted with.
    eigenvalues_ : Floats of shape (components,)
        How much each component varies against its cost, falling.
    n_components_ : int
        How many there are.
    mu_ : float
        The weight that was used.
    gamma_ : float
        The width that was used; 0 for a linear kernel.
    exact_ : bool
        Whether every row was a landmark.

    References
    ----------
    .. [1] Pan, Tsang, Kwok and Yang, Domain adaptation via transfer component analysis, IEEE
       Transactions on Neural Networks 22(2), 2011.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> here, there = rng.normal(size=(60, 4)), rng.normal(size=(80, 4)) + [2.0, 0.0, 0.0, 0.0]
    >>> tca = TCA(n_components=3).fit(here, there)
    >>> tca.source_.shape, tca.target_.shape, tca.transform(there[:5]).shape
    ((60, 3), (80, 3), (5, 3))
    >>> discrepancy(here, there) > 3, discrepancy(tca.source_, tca.target_) < 0.01
    (True, True)
    """

    def __init__(
        self, n_components: int = 30, mu: float | str = "auto", kernel: str = "rbf", gamma: float | str = "median",
        landmarks: int = LANDMARKS, random_state: int = 0,
    ) -> None:  # fmt: skip
        self.n_components = n_components
        self.mu = mu
        self.kernel = kernel
        self.gamma = gamma
        self.landmarks = landmarks
        self.random_state = random_state

    def fit(self, source: ArrayLike, target: ArrayLike, classes: ArrayLike | None = None) -> TCA:
        """Find the components.

        Parameters
        ----------
        source, target : array of shape (rows, features)
            Two rows or more of each.
        classes : ignored
            There so that all adaptations are called alike.

        Raises
        ------
        BadFeatures
            When the tables do not fit each other, or nothing varies.
        BadPlan, UnknownName
            When a parameter is out of range.
        """
        with one_thread():
            rows, split = self._spanned(source, target)
            columns = self.space_(rows)
            apart = _apart(columns, split)
            self.weights_, self.eigenvalues_ = components(
                self.space_.scatter, apart, np.ones(1), self.mu_, self.n_components
            )
            self._finish(columns, split)
        return self

    def _spanned(self, source: ArrayLike, target: ArrayLike) -> tuple[Floats, int]:
        """Check all, and find the space of the kernel."""
        for name, least in (("n_components", 1), ("landmarks", 2)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise BadPlan(f"{name} is {value!r}; expected a whole number of at least {least}")
        if self.mu != "auto" and (isinstance(self.mu, str) or not self.mu > 0):
            raise BadPlan(f"mu is {self.mu!r}; expected 'auto' or a number above 0; leave it out for 'auto'")
        rows, split = self._both(source, target)
        chosen = drawn_landmarks((split, len(rows) - split), self.landmarks, self.random_state)
        self.exact_ = len(chosen) == len(rows)
        self.gamma_ = kernel_width(self.kernel, self.gamma, rows[chosen])
        self.space_ = KernelSpace.spanned(rows, chosen, self.kernel, self.gamma_)
        if not len(self.space_.scatter):
            raise BadFeatures("no feature varies over source and target; expected features that do; extract others")
        scatter = self.space_.scatter
        self.mu_ = scatter[: self.n_components][-1] / len(rows) if self.mu == "auto" else float(self.mu)
        return rows, split

    def _finish(self, columns: Floats, split: int) -> None:
        """Keep the transformed rows, with the sign of each component settled."""
        projected = columns @ self.weights_
        signs = np.sign(projected[np.abs(projected).argmax(axis=0), np.arange(projected.shape[1])])
        turn = signs / np.sqrt(np.square(projected).sum() / projected.size)
        self.weights_ = self.weights_ * turn
        projected *= turn
        self.source_, self.target_ = projected[:split], projected[split:]
        self.n_components_ = self.weights_.shape[1]

    def _projected(self, rows: Floats) -> Floats:
        return self.space_.projected(rows, self.weights_)


class BDA(TCA):
    r"""Balanced distribution adaptation: as `TCA`, and the means of each class come together too.

    Classes of the target are guessed by a classifier trained on the source. With them the distances
    between means are balanced, :math:`(1 - b) M_0 + b \sum_c M_c` in the place of :math:`L`, components
    are found, the classifier is trained anew on the source in these components and guesses again [1]_.
    In each iteration the balance :math:`b` is the one that leaves the smallest sum of discrepancies,
    over all rows and within each class [2]_; all are judged with the same guesses.

    Parameters
    ----------
    n_components, mu, kernel, gamma, landmarks, random_state
        As in `TCA`.
    iterations : int
        At most; it ends sooner where the guesses no longer change, as nothing else would.
    balance : tuple of float
        Factors to choose from, each in [0, 1]; one alone is taken as it is.
    classifier : scikit-learn classifier, optional
        Guesses classes; left out, logistic regression.

    Attributes
    ----------
    source_, target_, eigenvalues_, n_components_, mu_, gamma_, exact_
        As in `TCA`.
    classifier_ : classifier
        Trained on ``source_``.
    guesses_ : array of shape (target rows,)
        What it says about ``target_``.
    balance_ : tuple of float
        The factor of each iteration.

    References
    ----------
    .. [1] Wang, Chen, Hao, Feng and Shen, Balanced distribution adaptation for transfer learning, ICDM 2017.
    .. [2] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, 2023, section 3.2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> classes = np.repeat(["anger", "sadness"], 50)
    >>> centres = np.where(classes[:, None] == "anger", 2.0, -2.0) * [1.0, 0.0, 0.0]
    >>> here, there = (centres + rng.normal(size=(100, 3)) + move for move in (0.0, [2.0, 4.0, 0.0]))
    >>> plain = LogisticRegression().fit(here, classes).score(there, classes)
    >>> bda = BDA(n_components=3).fit(here, there, classes)
    >>> plain < 0.8, bool((bda.guesses_ == classes).mean() > 0.9)
    (True, True)
    """

    def __init__(
        self, n_components: int = 40, mu: float | str = "auto", kernel: str = "rbf", gamma: float | str = "median",
        iterations: int = 10, balance: tuple[float, ...] = BALANCE, classifier: Any = None,
        landmarks: int = LANDMARKS, random_state: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(n_components, mu, kernel, gamma, landmarks, random_state)
        self.iterations = iterations
        self.balance = balance
        self.classifier = classifier

    def fit(self, source: ArrayLike, target: ArrayLike, classes: ArrayLike | None = None) -> BDA:
        """Find the components.

        Parameters
        ----------
        source, target : array of shape (rows, features)
            Two rows or more of each.
        classes : array of shape (source rows,)
            Class of each row of the source, at least two different ones.

        Raises
        ------
        BadFeatures
            When the tables do not fit each other, nothing varies, or classes are missing.
        BadPlan, UnknownName
            When a parameter is out of range.
        """
        self._check_own()
        with one_thread():
            rows, split = self._spanned(source, target)
            known = _classes(classes, split)
            self.classifier_ = self._trained(rows[:split], known)
            self.guesses_ = self.classifier_.predict(rows[split:])
            self.balance_: tuple[float, ...] = ()
            columns = self.space_(rows)
            for _ in range(self.iterations):
                before = self.guesses_
                self._adapt(columns, split, known)
                if np.array_equal(before, self.guesses_):
                    break
        return self

    def _adapt(self, columns: Floats, split: int, known: NDArray[Any]) -> None:
        """Bring means together as classes are guessed now, then guess again."""
        apart = np.vstack([_apart(columns, split), _class_apart(columns, split, known, self.guesses_)])
        found = {b: self._balanced(apart, b) for b in self.balance}
        left = {b: self._left(apart, weights) for b, (weights, _) in found.items()}
        best = min(left, key=lambda b: left[b])
        self.balance_ += (best,)
        self.weights_, self.eigenvalues_ = found[best]
        self._finish(columns, split)
        self.classifier_ = self._trained(self.source_, known)
        self.guesses_ = self.classifier_.predict(self.target_)

    def _left(self, apart: Floats, weights: Floats) -> float:
        """Return the sum of the discrepancies on components of mean variance 1, but for a constant factor."""
        return float(np.square(apart @ weights).sum() / (self.space_.scatter @ weights**2).sum())

    def _balanced(self, apart: Floats, balance: float) -> tuple[Floats, Floats]:
        shares = np.full(len(apart), balance)
        shares[0] = 1 - balance
        return components(self.space_.scatter, apart, shares, self.mu_, self.n_components)

    def _trained(self, rows: Floats, classes: NDArray[Any]) -> Any:
        model = LogisticRegression(max_iter=1_000) if self.classifier is None else clone(self.classifier)
        return model.fit(rows, classes)

    def _check_own(self) -> None:
        if isinstance(self.iterations, bool) or not isinstance(self.iterations, int) or self.iterations < 1:
            raise BadPlan(f"iterations is {self.iterations!r}; expected a whole number of at least 1")
        if not len(self.balance) or not all(0 <= b <= 1 for b in self.balance):
            raise BadPlan(f"balance is {self.balance!r}; expected one factor or several, each from 0 to 1")


def components(scatter: Floats, apart: Floats, shares: Floats, mu: float, wanted: int) -> tuple[Floats, Floats]:
    r"""Return weights of uncorrelated columns that vary much and are little apart.

    They maximise :math:`w^T B w` against :math:`w^T (\mu I + \sum_k s_k g_k g_k^T) w`, with ``scatter`` the
    diagonal of :math:`B`. The second differs from :math:`\mu I` in as many directions as there are
    :math:`g_k`, so its root is known without a decomposition.

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


def _apart(columns: Floats, split: int) -> Floats:
    """Return the difference of the domains' means, of shape (1, columns)."""
    return np.asarray(columns[:split].mean(axis=0) - columns[split:].mean(axis=0))[None]


def _class_apart(columns: Floats, split: int, known: NDArray[Any], guessed: NDArray[Any]) -> Floats:
    """Return the difference of means of each class that both domains have, of shape (classes, columns)."""
    both = np.intersect1d(known, guessed)
    means = [_means(part, labels, both) for part, labels in ((columns[:split], known), (columns[split:], guessed))]
    return means[0] - means[1]


def _means(rows: Floats, labels: NDArray[Any], classes: NDArray[Any]) -> Floats:
    member = (labels == classes[:, None]).astype(np.float64)
    return np.asarray(member @ rows / member.sum(axis=1, keepdims=True))


def _positive(vectors: Floats) -> Floats:
    """Turn each column so that its largest entry is above 0."""
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])])
    return vectors * signs


def _shares(variances: Floats) -> Floats:
    """Return variances as shares of their sum, rounding errors as 0."""
    if not variances[0] > 0:
        raise BadFeatures("no feature varies over source and target; expected features that do; extract others")
    sound = np.where(variances > 1e-20 * variances[0], variances, 0.0)
    return np.asarray(sound / sound.sum())


def _rows(values: ArrayLike, what: str, width: int = 0, least: int = 0) -> Floats:
    """Return a table as float64, or say what is wrong with it."""
    rows: Floats = check_array(
        values, dtype=np.float64, ensure_2d=False, allow_nd=True, ensure_all_finite=False,
        ensure_min_samples=0, ensure_min_features=0,
    )  # fmt: skip
    if rows.ndim != 2 or not rows.shape[1]:
        raise BadFeatures(
            f"{what} has shape {rows.shape}; expected rows and features, at least one feature; Reshape your data"
        )
    if width and rows.shape[1] != width:
        raise BadFeatures(f"{what} has {rows.shape[1]} features; expected {width}; extract both with the same features")
    if len(rows) < least:
        raise BadFeatures(
            f"{what} has too few rows, n_samples = {len(rows)}; expected {least} or more; bring more clips"
        )
    wrong = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(wrong):
        raise BadFeatures(
            f"{what} has NaN or infinity in {len(wrong)} of {len(rows)} rows, first in row {wrong[0]}; "
            "expected finite numbers; leave those rows out"
        )
    return rows


def _classes(classes: ArrayLike | None, rows: int) -> NDArray[Any]:
    """Return the classes of the source, checked."""
    if classes is None:
        raise BadFeatures("no classes came; expected one for each row of the source; without any, use TCA")
    known = np.asarray(classes)
    if known.shape != (rows,):
        raise BadFeatures(f"classes of shape {known.shape} came for {rows} rows of the source; expected one a row")
    missing = sum(c is None or c != c for c in known.tolist())
    if missing:
        raise BadFeatures(f"{missing} of {rows} rows of the source have no class; leave them out")
    found = np.unique(known)
    if len(found) < 2:
        raise BadFeatures(f"all rows of the source are '{found[0]}'; expected two classes or more; use TCA instead")
    return known
