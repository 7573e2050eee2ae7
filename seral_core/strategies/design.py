"""Optimal design: choose segments whose label makes predictions of the whole pool surer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, strategies
from seral_core.strategies.space import Points, draw_highest, reduced, remember
from seral_core.types import Floats, Ints

#: Wider features are reduced by PCA: what is worked with has the square of this many numbers.
WIDTH = 256


@strategies.register("v-optimal")
@dataclass(frozen=True)
class VOptimal:
    r"""Transductive V-optimal design: lowers the variance of a ridge over the whole pool most.

    With :math:`A = (X_L^\top X_L + \lambda I)^{-1}` of the labelled clips and :math:`S = X^\top X`
    of the pool, a label of clip :math:`x` lowers the summed predictive variance by
    :math:`x^\top A S A x / (1 + x^\top A x)`. The values of labels play no part.

    Parameters
    ----------
    strength : float
        The ridge's :math:`\lambda`, over 0, on z-scored features and a constant.

    Raises
    ------
    BadPlan
        When the strength is not over 0.

    References
    ----------
    .. [1] Yu, Bi and Tresp, Active learning via transductive experimental design, ICML 2006.

    Examples
    --------
    >>> VOptimal()(line_view(-1.0, 0.0, 1.0, 4.0, labelled=[0]), 2, np.random.default_rng(0))
    array([3, 1])
    """

    strength: float = 1.0

    def __post_init__(self) -> None:
        if not self.strength > 0:
            raise BadPlan(f"got v-optimal with strength {self.strength:g}; expected a number over 0, such as 1")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates that lower the variance most, one after the other."""
        wanted = max(0, min(n, len(view.candidates)))
        if not wanted:
            return view.candidates[:0]
        everything: Floats = remember(view, "design", lambda: _with_constant(reduced(view, WIDTH)))
        pool: Floats = remember(view, "gram", lambda: everything.T @ everything)
        known = everything[view.labelled]
        inverse = np.linalg.inv(known.T @ known + self.strength * np.eye(len(pool))).astype(np.float64)
        return view.candidates[_design(everything[view.candidates], inverse, pool, wanted, rng)]


def _with_constant(some: Points) -> Floats:
    return np.column_stack([some, np.ones(len(some))]).astype(np.float64)


def _design(some: Floats, A: Floats, S: Floats, wanted: int, rng: Generator) -> Ints:
    """Choose rows of ``some`` greedily; ``A`` and the scores follow each pick by a rank-one update."""
    leverage = np.einsum("ij,ij->i", some @ A, some)
    ASA = A @ S @ A
    gain = np.einsum("ij,ij->i", some @ ASA, some)
    free = np.ones(len(some), bool)
    chosen: list[int] = []
    while len(chosen) < wanted:
        pick = draw_highest(np.where(free, gain / (1.0 + leverage), -np.inf), rng)
        chosen.append(pick)
        free[pick] = False
        if len(chosen) < wanted:
            a = A @ some[pick]
            b = A @ (S @ a)
            share = 1.0 + some[pick] @ a
            far, along = some @ a, some @ b
            gain += (far / share) ** 2 * (a @ S @ a) - 2 * far * along / share
            leverage -= far**2 / share
            A = A - np.outer(a, a) / share
    return np.array(chosen, dtype=np.intp)
