"""Strategies: they say which segments should be labelled next.

Every strategy is an attribute too, for those who look for names: ``strategies.margin``, ``strategies.k_means``.
"""

from __future__ import annotations

from typing import Any

from seral_core.strategies.base import Strategy, View, line_view, strategies
from seral_core.strategies.compose import Subset, Succession, canonical, strategy_from

__all__ = ["Strategy", "Subset", "Succession", "View", "canonical", "line_view", "strategies", "strategy_from"]


def __getattr__(name: str) -> Any:
    known = name.replace("_", "-")
    if name.startswith("_") or known not in strategies:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'; strategies are {', '.join(strategies)}")
    return strategies[known]


def __dir__() -> list[str]:
    return [*__all__, *(name.replace("-", "_") for name in strategies)]
