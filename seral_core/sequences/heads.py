"""Heads: classifiers of one trace with different levels, whose decoded outputs are averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np

from seral_core.errors import BadPlan
from seral_core.sequences.decode import decode
from seral_core.sequences.language import Language
from seral_core.sequences.levels import Levels, averaged
from seral_core.sequences.transitions import transitions
from seral_core.types import Floats

#: Of the language models that Le et al. try: bigrams and trigrams.
ORDERS = (2, 3)
#: What each head of a network says of one recording: natural logarithms, of shape (frames, levels of the head).
Outputs: TypeAlias = Sequence[Floats]


@dataclass(frozen=True, eq=False)
class Head:
    """Levels of one classifier, with what follows what among them.

    Parameters
    ----------
    levels : Levels
        Its classes.
    transitions : Floats of shape (k, k)
        From frame to frame, see `seral_core.sequences.transitions.transitions`.
    languages : mapping of int to Language
        Language models by order.

    Examples
    --------
    >>> head = Head.fit(Levels(np.array([0.0, 1.0])), [np.array([0.1, 0.0, 0.9, 1.2])])
    >>> sorted(head.languages), np.exp(head.transitions).round(2).tolist()
    ([2, 3], [[0.5, 0.5], [0.33, 0.67]])
    """

    levels: Levels
    transitions: Floats
    languages: Mapping[int, Language]

    @classmethod
    def fit(cls, levels: Levels, traces: Sequence[Floats], orders: Sequence[int] = ORDERS) -> Self:
        """Count transitions and regions in gold traces, within each recording.

        Parameters
        ----------
        levels : Levels
            The head's classes.
        traces : sequence of Floats of shape (frames,)
            Gold of the recordings to count in; Le et al. take training and development part.
        orders : sequence of int
            Of the language models.
        """
        labels, k = [levels.classes(trace) for trace in traces], len(levels)
        return cls(levels, transitions(labels, k), {order: Language.fit(labels, k, order) for order in orders})


@dataclass(frozen=True, eq=False)
class Decoder:
    """From the outputs of several heads to a trace, with a language model of some order and weight.

    Parameters
    ----------
    heads : tuple of Head
        In the order of the network's outputs.
    order : int
        Of the language model: 2 for bigrams, 3 for trigrams.
    weight : float
        Of the language model; 0 for transitions alone.
    beam : int
        As for `seral_core.sequences.decode.decode`.

    Examples
    --------
    >>> head = Head.fit(Levels(np.array([0.0, 1.0])), [np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])])
    >>> outputs = [np.log([[0.9, 0.1], [0.4, 0.6], [0.9, 0.1]])]
    >>> Decoder((head,)).raw(outputs), Decoder((head,)).values(outputs)
    (array([0., 1., 0.]), array([0., 0., 0.]))
    """

    heads: tuple[Head, ...]
    order: int = 2
    weight: float = 0.0
    beam: int = 50

    def values(self, outputs: Outputs) -> Floats:
        """Return the decoded trace of one recording: cluster means, averaged over heads.

        Parameters
        ----------
        outputs : sequence of Floats of shape (frames, levels)
            Natural logarithms, one array a head.
        """
        found = [
            decode(output, head.transitions, head.languages[self.order], self.weight, self.beam)
            for head, output in self._pairs(outputs)
        ]
        return averaged([head.levels for head in self.heads], found)

    def raw(self, outputs: Outputs) -> Floats:
        """Return the trace of the most probable level of each frame by itself (CLS-Raw of Le et al.)."""
        found = [np.asarray(output).argmax(axis=1) for _, output in self._pairs(outputs)]
        return averaged([head.levels for head in self.heads], found)

    def _pairs(self, outputs: Outputs) -> list[tuple[Head, Floats]]:
        if len(outputs) != len(self.heads):
            raise BadPlan(
                f"got outputs of {len(outputs)} heads; expected {len(self.heads)}, one array each; give those of one "
                "recording"
            )
        return list(zip(self.heads, outputs, strict=True))
