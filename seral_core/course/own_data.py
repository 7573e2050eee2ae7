"""Lesson 7, your own data: checks that a pipeline learns, and that a strategy keeps to what the loop needs."""

from __future__ import annotations

from typing import Any

import numpy as np

from seral_core.course.answers import NotYet, Right, need, predicted, written

__all__ = ["pipeline", "predicted", "strategy"]


def pipeline(estimator: Any) -> Right:
    """Check an estimator: it can be copied, trained, and says probabilities.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> pipeline(LogisticRegression())
    ✓ pipeline: it learns, and says how sure it is.
    """
    from sklearn.base import clone

    written(estimator, "pipeline")
    need(
        hasattr(estimator, "fit"),
        f"Got {type(estimator).__name__}; expected a scikit-learn estimator: make_pipeline(..., ...).",
    )
    need(
        not isinstance(estimator, type), f"Got the class {getattr(estimator, '__name__', '')}; make one of it: add ()."
    )
    need(
        hasattr(estimator, "predict_proba"),
        "Its last step says no probabilities, and margin needs them: LogisticRegression() does.",
    )
    rng, y = np.random.default_rng(0), np.tile(["anger", "fear", "neutral"], 30)
    x = rng.normal(size=(90, 60)) + (y == "fear")[:, None]
    try:
        clone(estimator).fit(x[:60], y[:60]).predict_proba(x[60:])
    except Exception as wrong:
        raise NotYet(f"It does not learn from 60 clips with 60 features: {type(wrong).__name__}: {wrong}") from None
    try:  # the first labels are few
        clone(estimator).fit(x[:20], y[:20])
    except Exception as wrong:
        raise NotYet(
            f"It does not learn from the first 20 clips: {wrong}. Take fewer components than first labels."
        ) from None
    return Right("pipeline: it learns, and says how sure it is.")


def strategy(function: Any) -> Right:
    """Check a strategy in the scenes that SERAL checks all strategies in.

    Examples
    --------
    >>> strategy(lambda view, n, rng: view.most_uncertain(n))
    ✓ strategy: it keeps to what the loop needs.
    """
    from seral_core.checks import check_strategy

    need(callable(function), "`mine` is no function any more: run the cell that defines it again.")
    try:
        check_strategy(function)
    except NotYet:
        raise
    except AssertionError as wrong:
        raise NotYet(f"`mine` breaks what the loop needs: {wrong}") from None
    except Exception as wrong:
        raise NotYet(f"`mine` stopped with {type(wrong).__name__}: {wrong}") from None
    return Right("strategy: it keeps to what the loop needs.")
