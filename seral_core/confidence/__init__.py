"""Confidence: how sure a model may be of each clip, by measures that learn its errors; each is an attribute too."""

from seral_core.confidence.base import Evidence, Measure, Sure, measures

__all__ = ["Evidence", "Measure", "Sure", "measures"]

__getattr__, __dir__ = measures.attributes(__name__, __all__)
