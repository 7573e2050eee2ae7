"""Strategies: they say which segments should be labelled next."""

from seral_core.strategies.base import Strategy, View, line_view, strategies
from seral_core.strategies.compose import Subset, Succession, canonical, strategy_from

__all__ = ["Strategy", "Subset", "Succession", "View", "canonical", "line_view", "strategies", "strategy_from"]
