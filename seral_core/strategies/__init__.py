"""Strategies: they say which segments should be labelled next."""

from seral_core.strategies.base import Strategy, View, line_view, strategies

__all__ = ["Strategy", "View", "line_view", "strategies"]
