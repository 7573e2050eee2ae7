"""Oracles: they answer when a strategy asks; each is an attribute too."""

from seral_core.oracles.base import Oracle, oracles

__all__ = ["Oracle", "oracles"]

__getattr__, __dir__ = oracles.attributes(__name__, __all__)
