"""Decoding a recording of five minutes (Le et al. 2017), against the same search in plain numpy."""

from __future__ import annotations

import numpy as np

from seral_core.sequences.decode import decode
from seral_core.sequences.language import Language
from seral_core.sequences.transitions import transitions
from seral_core.types import Floats, Ints

FRAMES, LEVELS, WEIGHT, BEAM = 7500, 10, 4.0, 50


class Recording:
    """What a classifier makes of 7,500 frames, with models counted in nine recordings."""

    def __init__(self) -> None:
        labels = [self.walk(seed) for seed in range(9)]
        self.transitions, self.language = transitions(labels, LEVELS), Language.fit(labels, LEVELS, 3)
        logits = np.random.default_rng(0).standard_normal((FRAMES, LEVELS))
        logits[np.arange(FRAMES), labels[0]] += 1
        self.log_proba = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)

    @staticmethod
    def walk(seed: int) -> Ints:
        """Levels that drift up and down."""
        wave = np.sin(np.cumsum(np.random.default_rng(seed).standard_normal(FRAMES)) / 20)
        return np.clip((LEVELS / 2 * (1 + wave)).astype(np.intp), 0, LEVELS - 1)

    def compiled(self) -> list[int]:
        """Decode as SERAL does."""
        return decode(self.log_proba, self.transitions, self.language, WEIGHT, BEAM).tolist()

    def plain(self) -> list[int]:
        """Decode with a few array operations a frame; a state is (region before, region), or twice the first."""
        moves, score = self._moves(), np.full((LEVELS, LEVELS), -np.inf)
        stay, every = np.diag(self.transitions), np.arange(LEVELS)
        np.fill_diagonal(score, WEIGHT * self.language.log_p[0] + self.log_proba[0])
        back = np.zeros((FRAMES, LEVELS, LEVELS), dtype=np.intp)
        for frame in range(1, FRAMES):
            score = np.where(score >= np.partition(score, -BEAM, axis=None)[-BEAM], score, -np.inf)
            # From (a, b) to (b, c): the best a; from (b, c) to itself: c goes on.
            ways = score[:, :, None] + moves
            before = ways.argmax(axis=0)
            best, on = ways[before, every[:, None], every], score + stay
            back[frame] = np.where(best > on, before, -1)
            score = np.maximum(best, on) + self.log_proba[frame]
        return self._traced(back, score)

    def _moves(self) -> Floats:
        moves = np.full((LEVELS,) * 3, -np.inf)
        for state, context in enumerate(self.language.contexts[1:], 1):
            before, region = context if context[0] >= 0 else (context[1],) * 2
            moves[before, region] = self.transitions[region] + WEIGHT * self.language.log_p[state]
        return moves

    @staticmethod
    def _traced(back: Ints, score: Floats) -> list[int]:
        before, region = np.unravel_index(int(score.argmax()), score.shape)
        path = [int(region)]
        for frame in range(FRAMES - 1, 0, -1):
            came = back[frame, before, region]
            if came >= 0:
                before, region = came, before
            path.append(int(region))
        return path[::-1]
