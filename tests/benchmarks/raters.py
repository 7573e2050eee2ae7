"""Dawid and Skene on as many votes as CREMA-D has, against crowd-kit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seral_core.crowds.raters import drawn_raters
from seral_core.scores.dawid_skene import dawid_skene

CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness")
CLIPS, VOTES, RATERS, ROUNDS = 7442, 9, 60, 50


class Votes:
    """Nine votes on each of 7,442 clips, by 60 raters; both sides take 50 rounds of the same equations."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        crowd = drawn_raters(CLASSES, RATERS, rng, skill=0.55)
        who = np.stack([rng.choice(RATERS, VOTES, replace=False) for _ in range(CLIPS)])
        said = crowd.votes(rng.integers(len(CLASSES), size=CLIPS), who, rng)
        names = np.array([rater.name for rater in crowd.raters], object)
        self.frame = pd.DataFrame(
            {
                "segment": np.repeat([f"c{i:04d}" for i in range(CLIPS)], VOTES),
                "rater": names[who.ravel()],
                "value": np.array(CLASSES, object)[said.ravel()],
            }
        )

    def ours(self) -> list[int]:
        """Return the most probable class of each clip, by number."""
        found = dawid_skene(self.frame, CLASSES, tol=0.0, most=ROUNDS).posterior
        return found.to_numpy().argmax(axis=1).tolist()

    def theirs(self) -> list[int]:
        """Return the same of crowd-kit."""
        from crowdkit.aggregation import DawidSkene

        named = self.frame.rename(columns={"segment": "task", "rater": "worker", "value": "label"})
        found = DawidSkene(n_iter=ROUNDS, tol=0.0).fit_predict_proba(named)
        return found.sort_index()[list(CLASSES)].to_numpy().argmax(axis=1).tolist()
