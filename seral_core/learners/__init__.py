"""Learners: they train on what is known and say what they believe of the rest; each is an attribute too."""

from seral_core.learners.base import Known, Learner, Progress, learners

__all__ = ["Known", "Learner", "Progress", "learners"]

__getattr__, __dir__ = learners.attributes(__name__, __all__)
