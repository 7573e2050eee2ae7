"""The findings of section 4.5.3 of D4.2, held against networks with the learning rates that were chosen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from seral_core.recipes.by_speaker import Score, each_ccc, gap, gap_together
from seral_core.recipes.ccc_objective.kept import Kept
from seral_core.recipes.ccc_objective.training import OBJECTIVES, Objective
from seral_core.recipes.claims import Claim, Gap, above, counted
from seral_core.scores.metrics import ccc, pcc, rmse
from seral_core.sequences.scoring import kendall
from seral_core.types import Floats

SECTION = "4.5.3"
CONCORDANCE: tuple[Objective, ...] = ("sum of CCCs", "total CCC")
#: How metrics are called in text.
SHOWN = {"rmse": "RMSE", "cc": "CC", "ccc": "CCC", "ccc_each": "E{CCC}", "tau": "E{tau}"}
#: The objective that each metric is the measure of.
OWN: dict[str, Objective] = {"rmse": "SSE", "ccc_each": "sum of CCCs", "ccc": "total CCC"}


def known(score: Score) -> Score:
    """Return a score of the frames that have gold alone."""

    def of_known(truth: Floats, guess: Floats) -> float:
        have = ~np.isnan(truth)
        return score(truth[have], guess[have])

    return of_known


def _spread(truth: Floats, guess: Floats) -> float:
    """Return the deviation of predictions, in deviations of gold."""
    return float(guess.std() / truth.std()) if truth.std() > 0 else 0.0


#: Of all frames together, and of single recordings; higher is better.
TOGETHER: dict[str, Score] = {
    "RMSE, lower by": known(lambda truth, guess: -rmse(truth, guess)),
    "CC": known(pcc),
    "CCC": known(ccc),
    "deviation": known(_spread),
}
EACH: dict[str, Score] = {"E{CCC}": each_ccc, "E{tau}": known(kendall)}


def gap_of(kept: Kept, target: str, metric: str, one: Objective, other: Objective, *, after: bool = False) -> Gap:
    """Return how much higher test recordings score with one objective than with another."""
    every = kept.parts.gold(kept.parts.test, target)
    rated = [row for row, each in enumerate(every) if not np.isnan(each).all()]
    runs, others = ([[run[row] for row in rated] for run in kept.runs(each, target, after=after)]
                    for each in (one, other))  # fmt: skip
    gold = [every[row] for row in rated]
    speakers = kept.parts.corpus.speakers_of([kept.parts.test[row] for row in rated])
    name = f"{target}, {metric}, {one} over {other}"
    if metric in EACH:
        return Gap(name, gap(runs, others, gold, speakers, EACH[metric]))
    return Gap(name, gap_together(runs, others, gold, speakers, TOGETHER[metric]))


def claims_of(kept: Kept) -> list[Claim]:
    """Hold what the paper found against test recordings."""
    targets = kept.targets

    def gaps(metrics: tuple[str, ...], ones: tuple[Objective, ...], *, after: bool = False) -> list[Gap]:
        return [gap_of(kept, t, m, one, "SSE", after=after) for t in targets for m in metrics for one in ones]

    errors = [gap_of(kept, t, "RMSE, lower by", "SSE", one) for t in targets for one in CONCORDANCE]
    claims = [
        above(SECTION, "training on concordance yields better CCC than SSE", gaps(("CCC",), CONCORDANCE)),
        above(SECTION, "SSE yields the lowest RMSE; CCC-based criteria increase it", errors),
        _own_metric(kept),
        above(SECTION, "the sum of CCCs improves CC, CCC and E{CCC} over SSE",
              gaps(("CC", "CCC", "E{CCC}"), ("sum of CCCs",))),
        above(SECTION, "so it does after the chain of post-processing",
              gaps(("CC", "CCC", "E{CCC}"), ("sum of CCCs",), after=True)),
        above(SECTION, "the sum of CCCs improves E{tau} over SSE (music: on arousal clearly, on valence slightly)",
              gaps(("E{tau}",), ("sum of CCCs",))),
    ]  # fmt: skip
    if "valence" in targets:
        best_cc = [gap_of(kept, "valence", "CC", "total CCC", one) for one in ("SSE", "sum of CCCs")]
        claims.append(above(SECTION, "the best CC of valence is that of total CCC (music)", best_cc))
    return [
        *claims,
        above(SECTION, "SSE draws predictions to the mean: those of the sum of CCCs vary more",
              gaps(("deviation",), ("sum of CCCs",))),
        _generalises(kept),
        _own_rate(kept),
    ]  # fmt: skip


def _own_metric(kept: Kept) -> Claim:
    """Each metric is best with its own objective, by the mean over seeds."""
    numbers, held = [], 0
    for target in kept.targets:
        for metric, own in OWN.items():
            sign = -1 if metric == "rmse" else 1
            found = {each: kept.mean(each, target, metric) for each in OBJECTIVES}
            best = max(found, key=lambda each: sign * found[each])
            held += best == own
            numbers.append(f"{target}, {SHOWN[metric]}: best {best} {found[best]:.3f}, {own} {found[own]:.3f}")
    return counted(SECTION, "metrics reflect the choice of the objective", held, len(numbers), "metrics", numbers)


def _generalises(kept: Kept) -> Claim:
    """What is lost from development to test part, without interval: no speaker is in both."""
    numbers, held = [], 0
    for target in kept.targets:
        lost = {each: kept.mean(each, target, "ccc", "dev") - kept.mean(each, target, "ccc")
                for each in ("SSE", "sum of CCCs")}  # fmt: skip
        held += lost["sum of CCCs"] < lost["SSE"]
        numbers.append(f"{target}: SSE loses {lost['SSE']:.3f}, the sum of CCCs {lost['sum of CCCs']:.3f}")
    claim = "the sum of CCCs generalises better: it loses less CCC from development to test recordings"
    return counted(SECTION, claim, held, len(numbers), "scales", numbers)


def _own_rate(kept: Kept) -> Claim:
    """Objectives have learning rates of their own, where those that were chosen differ."""
    numbers = list(_rates_told(kept))
    pairs = [(t, *pair) for t in kept.targets for pair in combinations(OBJECTIVES, 2)]
    apart = sum(kept.rates[one, target] != kept.rates[other, target] for target, one, other in pairs)
    claim = "each objective requires a learning rate of its own"
    return counted(SECTION, claim, apart, len(pairs), "pairs of objectives differ", numbers)


def _rates_told(kept: Kept) -> Iterator[str]:
    means = kept.by_rate.groupby(["objective", "target", "rate"])["ccc"].mean()
    for target in kept.targets:
        rates = {each: kept.rates[each, target] for each in OBJECTIVES}
        yield f"{target}: {', '.join(f'{each} {rate:g}' for each, rate in rates.items())}"
        with_theirs = means["SSE", target, rates["sum of CCCs"]], means["sum of CCCs", target, rates["SSE"]]
        yield (
            f"{target}, CCC on development recordings with the other's rate: SSE {with_theirs[0]:.3f} instead of "
            f"{means['SSE', target, rates['SSE']]:.3f}, the sum of CCCs {with_theirs[1]:.3f} instead of "
            f"{means['sum of CCCs', target, rates['sum of CCCs']]:.3f}"
        )
