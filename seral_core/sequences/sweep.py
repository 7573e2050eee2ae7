"""Several classifiers' outputs as one trace, and the sweep that finds the language model and its weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from seral_core.errors import BadPlan
from seral_core.scores.metrics import ccc, rmse
from seral_core.sequences.decode import decode
from seral_core.sequences.language import Language
from seral_core.sequences.levels import Levels, averaged
from seral_core.sequences.scoring import paired, together
from seral_core.sequences.transitions import transitions
from seral_core.types import Floats

if TYPE_CHECKING:
    import pandas as pd

ORDERS = (2, 3)
WEIGHTS = tuple(range(0, 16, 2))
#: What each head of a network says of one recording: arrays of shape (frames, levels of the head), logarithms.
Heads = Sequence[Floats]


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

    def values(self, outputs: Heads) -> Floats:
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

    def raw(self, outputs: Heads) -> Floats:
        """Return the trace of the most probable level of each frame by itself (CLS-Raw of Le et al.)."""
        found = [np.asarray(output).argmax(axis=1) for _, output in self._pairs(outputs)]
        return averaged([head.levels for head in self.heads], found)

    def _pairs(self, outputs: Heads) -> list[tuple[Head, Floats]]:
        if len(outputs) != len(self.heads):
            raise BadPlan(
                f"got outputs of {len(outputs)} heads; expected {len(self.heads)}, one array each; give those of one "
                "recording"
            )
        return list(zip(self.heads, outputs, strict=True))


@dataclass(frozen=True, eq=False)
class Sweep:
    """What each language model and weight gives on the development part.

    Parameters
    ----------
    table : DataFrame
        Columns ``language`` (bigram, trigram), ``order``, ``weight``, ``ccc`` and ``rmse``, in the order of trying.
    best : Decoder
        The one with the highest CCC; of those that are level, the one tried first: bigrams, and small weights.
    raw : float
        CCC without decoding.
    """

    table: pd.DataFrame
    best: Decoder
    raw: float


def sweep(
    outputs: Sequence[Heads],
    gold: Sequence[Floats],
    heads: Sequence[Head],
    *,
    orders: Sequence[int] = ORDERS,
    weights: Sequence[float] = WEIGHTS,
    beam: int = 50,
) -> Sweep:
    """Try every language model with every weight on the development part, as Le et al. do (section 4.3).

    Nothing is random and nothing is kept: the same input gives the same table.

    Parameters
    ----------
    outputs : sequence of sequences of Floats of shape (frames, levels)
        By recording of the development part and by head: natural logarithms of probabilities, scaled by inverse priors
        where that is wanted (see `seral_core.sequences.transitions.without_priors`).
    gold : sequence of Floats of shape (frames,)
        Of the same recordings; nan where there is none.
    heads : sequence of Head
        Levels and models of each head.
    orders : sequence of int
        Language models: 2 for bigrams, 3 for trigrams.
    weights : sequence of float
        Of the language model.
    beam : int
        As for `seral_core.sequences.decode.decode`.

    Returns
    -------
    Sweep
        The table, the best decoder, and the CCC of no decoding.

    Raises
    ------
    BadPlan
        Where outputs, gold and heads do not fit, or there is nothing to try.

    Examples
    --------
    >>> gold = [np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])]
    >>> outputs = [[np.log([[0.9, 0.1], [0.4, 0.6], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9]])]]
    >>> found = sweep(outputs, gold, [Head.fit(Levels(np.array([0.0, 1.0])), gold)], weights=[0, 2])
    >>> found.table.round(2)
      language  order  weight  ccc  rmse
    0   bigram      2       0  1.0   0.0
    1   bigram      2       2  1.0   0.0
    2  trigram      3       0  1.0   0.0
    3  trigram      3       2  1.0   0.0
    >>> round(found.raw, 2), found.best.order, found.best.weight
    (0.67, 2, 0)
    """
    import pandas as pd

    tried = [Decoder(tuple(heads), order, weight, beam) for order in orders for weight in weights]
    if not tried or not any(np.isfinite(truth).any() for truth in gold):
        raise BadPlan(
            f"got {len(tried)} settings to try on {len(gold)} recordings; expected one or more of each, with gold"
        )
    rows = []
    for decoder in tried:
        truth, guess = together(paired([decoder.values(recording) for recording in outputs], gold))
        name = {2: "bigram", 3: "trigram"}.get(decoder.order, f"{decoder.order}-gram")
        rows.append((name, decoder.order, decoder.weight, ccc(truth, guess), rmse(truth, guess)))
    table = pd.DataFrame(rows, columns=["language", "order", "weight", "ccc", "rmse"])
    raw = ccc(*together(paired([tried[0].raw(recording) for recording in outputs], gold)))
    return Sweep(table, tried[int(table["ccc"].to_numpy().argmax())], raw)
