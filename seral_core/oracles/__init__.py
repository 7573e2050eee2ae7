"""Oracles: they answer when a strategy asks."""

from seral_core.oracles.base import Oracle, oracles

__all__ = ["Oracle", "oracles"]
