"""Domain adaptation: features in which a source corpus and a target corpus lie alike.

`JointPCA` gives both the same principal components, `TCA` brings their means together in a kernel's
space, `BDA` the means of their classes too, with classes that a classifier guesses for the target.
All are fitted with the features of both, and then transform rows of either. Bring features to one
scale first, such as by `seral_core.features.normalise.standardise`. Means are the same only where
emotions are about as frequent in both: where they are not, some of the emotion goes with the
domain.

The package skada (0.6) has a TCA too. It takes eigenvectors of an unsymmetric matrix by a solver
for symmetric ones, holds matrices of all pairs of rows, and brings optimal transport along: not
used here.
"""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.adaptation.domains import (
    checked_classes,
    class_differences,
    discrepancy,
    mean_difference,
    settled,
)
from seral_core.features.adaptation.joint import Adaptation, JointPCA
from seral_core.features.adaptation.kernel_space import KernelSpace, components, drawn_landmarks, kernel_width
from seral_core.threads import one_thread
from seral_core.types import Floats

#: Rows that represent all where there are more.
LANDMARKS = 1_000
#: The balance factors of Xu et al. (2023).
BALANCE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

__all__ = ["BDA", "TCA", "Adaptation", "JointPCA", "discrepancy"]


class TCA(Adaptation):
    r"""Transfer component analysis: components that vary, and on which both domains have one mean.

    Of the kernel matrix :math:`K` of all rows it finds the :math:`W` that minimises
    :math:`\operatorname{tr}(W^T K L K W) + \mu \operatorname{tr}(W^T W)` under
    :math:`W^T K H K W = I`, where :math:`L` measures the distance between the means and :math:`H`
    centres [1]_. Every column of :math:`W` is brought to the same length, as eigenvectors are, so
    that a component has the spread the kernel gives it and a regularised learner leans on what
    varies; all are then centred, and divided by one number so that their mean variance over both
    domains is 1.

    Parameters
    ----------
    n_components : int
        Dimensions wanted; where the kernel has fewer, there are as many as it has
        (`n_components_`).
    mu : float or "auto"
        Weight of :math:`|W|^2`, above 0: small, and components may be had from what hardly varies;
        large, and they are the kernel's principal components, wherever the means lie. What is small
        depends on kernel and number of rows, so ``"auto"`` measures: the last principal component
        that is wanted pays for :math:`|W|^2` as much as for means a tenth of a standard deviation
        apart.
    kernel : {"rbf", "linear"}
        The means of a linear kernel are those of the features, and after a PCA it may have no more
        dimensions than are wanted, so nothing to leave out; those of an RBF kernel differ too where
        spread or shape do, and it has dimensions enough.
    gamma : float, "wide" or "median"
        Width of the RBF kernel, see `seral_core.features.adaptation.kernel_space.kernel_width`.
        Scales follow features almost in proportion, and a wide kernel, which is nearly linear,
        keeps that.
    landmarks : int
        Rows that represent all where source and target together have more; memory then grows with
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
        Whether no landmarks were drawn: every row was one, or a linear kernel needed none.

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

    _apart_std = 0.1

    def __init__(
        self,
        n_components: int = 30,
        mu: float | str = "auto",
        kernel: str = "rbf",
        gamma: float | str = "wide",
        landmarks: int = LANDMARKS,
        random_state: int = 0,
    ) -> None:
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
            apart = mean_difference(columns, split)
            self.weights_, self.eigenvalues_ = components(
                self.space_.scatter, apart, np.ones(1), self.mu_, self.n_components
            )
            self._finish(columns, split)
        return self

    def _spanned(self, source: ArrayLike, target: ArrayLike) -> tuple[Floats, int]:
        """Check all, and find the space of the kernel."""
        self._whole("n_components", 1)
        self._whole("landmarks", 2)
        if self.mu != "auto" and not (isinstance(self.mu, Real) and self.mu > 0):
            raise BadPlan(f"mu is {self.mu!r}; expected 'auto' or a number above 0; leave it out for 'auto'")
        rows, split = self._both(source, target)
        chosen = drawn_landmarks((split, len(rows) - split), self.landmarks, self.random_state)
        self.gamma_ = kernel_width(self.kernel, self.gamma, rows[chosen])
        self.space_ = KernelSpace.spanned(rows, chosen, self.kernel, self.gamma_)
        if not len(self.space_.scatter):
            raise BadFeatures("no feature varies over source and target; expected features that do; extract others")
        self.exact_ = len(chosen) == len(rows) or not len(self.space_.landmarks)
        scatter = self.space_.scatter
        usual = self._apart_std**2 * scatter[: self.n_components][-1] / len(rows)
        self.mu_ = float(usual if self.mu == "auto" else self.mu)
        return rows, split

    def _whole(self, name: str, least: int) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise BadPlan(
                f"{name} is {value!r}; expected a whole number of at least {least}; leave it out for the default"
            )

    def _finish(self, columns: Floats, split: int) -> None:
        """Keep the transformed rows, with the sign of each component settled."""
        projected = columns @ self.weights_
        turn = settled(projected)
        self.weights_ = self.weights_ * turn
        projected *= turn
        self.source_, self.target_ = projected[:split], projected[split:]
        self.n_components_ = self.weights_.shape[1]

    def _projected(self, rows: Floats) -> Floats:
        return self.space_.projected(rows, self.weights_)


class BDA(TCA):
    r"""Balanced distribution adaptation: as `TCA`, and the means of each class come together too.

    Classes of the target are guessed by a classifier trained on the source. With them the distances
    between means are balanced, :math:`(1 - b) M_0 + b \sum_c M_c` in the place of :math:`L`,
    components are found, the classifier is trained again on the source in these components and
    predicts again [1]_. In each iteration the balance :math:`b` is the one that leaves the smallest
    sum of discrepancies, over all rows and within each class [2]_; all are judged with the same
    guesses.

    Parameters
    ----------
    n_components, mu, kernel, gamma, landmarks, random_state
        As in `TCA`; the width is the median's, as classes may lie in groups, and ``mu="auto"``
        means one standard deviation, as guesses may be wrong.
    iterations : int
        At most; it ends sooner where the guesses no longer change, as nothing else would.
    balance : float or tuple of float
        Factors to choose from, each in [0, 1]; one alone is taken as it is.
    classifier : scikit-learn classifier, optional
        PredictionsLog classes; left out, logistic regression.

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
    .. [1] Wang, Chen, Hao, Feng and Shen, Balanced distribution adaptation for transfer learning,
       ICDM 2017.
    .. [2] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, 2023, section 3.2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> classes = np.repeat(["anger", "sadness"], 50)
    >>> centres = np.where(classes[:, None] == "anger", 2.0, -2.0) * [1.0, 0.0, 0.0]
    >>> here, there = (centres + rng.normal(size=(100, 3)) + move for move in (0.0, [2.0, 4.0, 0.0]))
    >>> plain = LogisticRegression().fit(here, classes).score(there, classes)
    >>> bda = BDA(n_components=2).fit(here, there, classes)
    >>> plain < 0.8, bool((bda.guesses_ == classes).mean() > 0.9)
    (True, True)
    """

    #: Guessed classes may be wrong: fitting their means closely would make much of noise.
    _apart_std = 1.0

    def __init__(
        self,
        n_components: int = 40,
        mu: float | str = "auto",
        kernel: str = "rbf",
        gamma: float | str = "median",
        iterations: int = 10,
        balance: float | tuple[float, ...] = BALANCE,
        classifier: Any = None,
        landmarks: int = LANDMARKS,
        random_state: int = 0,
    ) -> None:
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
        self._whole("iterations", 1)
        factors = self._factors()
        with one_thread():
            rows, split = self._spanned(source, target)
            known = checked_classes(classes, split)
            self.classifier_ = self._trained(rows[:split], known)
            self.guesses_ = self.classifier_.predict(rows[split:])
            self.balance_: tuple[float, ...] = ()
            columns = self.space_(rows)
            for _ in range(self.iterations):
                before = self.guesses_
                self._adapt(columns, split, known, factors)
                if np.array_equal(before, self.guesses_):
                    break
        return self

    def _adapt(self, columns: Floats, split: int, known: NDArray[Any], factors: list[float]) -> None:
        """Bring means together as classes are guessed now, then guess again."""
        apart = np.vstack([mean_difference(columns, split), class_differences(columns, split, known, self.guesses_)])
        found = {b: self._balanced(apart, b) for b in factors}
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

    def _factors(self) -> list[float]:
        factors: list[float] = np.ravel(self.balance).tolist()
        if not factors or not all(isinstance(b, Real) and 0 <= b <= 1 for b in factors):
            raise BadPlan(f"balance is {self.balance!r}; expected one factor or several, each from 0 to 1, such as 0.5")
        return factors
