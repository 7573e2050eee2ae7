"""The sweep: which language model decodes best, and with which weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seral_core.errors import BadPlan
from seral_core.scores.metrics import ccc, rmse
from seral_core.sequences.heads import ORDERS, Decoder, Head, Outputs
from seral_core.sequences.scoring import paired, together
from seral_core.types import Floats

if TYPE_CHECKING:
    import pandas as pd

#: Of the language model, as Le et al. try them.
WEIGHTS = tuple(range(0, 16, 2))


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
    outputs: Sequence[Outputs],
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
        where that is wanted (see `seral_core.sequences.priors.without_priors`).
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
    >>> from seral_core.sequences.levels import Levels
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
