"""Learners: they train on what is known and say what they believe of the rest."""

from seral_core.learners.base import Known, Learner, Progress, learners

__all__ = ["Known", "Learner", "Progress", "learners"]
