"""Strategies: they say which segments should be labelled next.

Every strategy is an attribute too, for those who look for names: ``strategies.margin``, ``strategies.k_means``; and so
is ``register``, a decorator that files one of your own.
"""

from __future__ import annotations

from seral_core.strategies.base import Strategy, View, line_view, strategies
from seral_core.strategies.compose import Subset, Succession, canonical, strategy_from

__all__ = ["Strategy", "Subset", "Succession", "View", "canonical", "line_view", "strategies", "strategy_from"]


__getattr__, __dir__ = strategies.attributes(__name__, __all__)
