"""What Xu et al. claim in sections 4 and 5, held against what was measured here."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from seral_core.norms import dimension
from seral_core.recipes.claims import (
    Claim,
    above,
    best,
    counted,
    gains,
    level,
    not_all_above,
    over,
    significant,
    some_above,
)
from seral_core.recipes.comparison import EARLY, LATE, Field, title
from seral_core.recipes.ctial.transfer import MAPPING
from seral_core.scores.metrics import metrics

#: What the paper's strategies for classes are compared with in every iteration.
BASELINES = ("random", "entropy", "least-confidence", "source-mtigs", "cti")


def dim2cat(fields: Sequence[Field], within: bool) -> list[Claim]:
    """Return what section 4.2 says of active learning for classes.

    Parameters
    ----------
    fields : sequence of Field
        UAR alone.
    within : bool
        Whether source and target are one corpus.
    """
    names = list(fields[0].curves)
    later = (
        []
        if within
        else [
            level(
                "4.2 (4)", "Across corpora, CTI is like random when K is large", over(fields, ["cti"], ["random"], LATE)
            )
        ]
    )
    both = ("ent-ctial", "lc-ctial")
    return [
        above("4.2 (1)", "All classifiers become better with more labels", gains(fields, names)),
        above("4.2 (2)", "Least confidence is better than entropy", over(fields, ["least-confidence"], ["entropy"])),
        not_all_above(
            "4.2 (2)",
            "Neither entropy nor least confidence need be better than random",
            over(fields, ["entropy", "least-confidence"], ["random"]),
        ),
        above(
            "4.2 (3)",
            "Source MTiGS is better than random, entropy and least confidence",
            over(fields, ["source-mtigs"], ["random", "entropy", "least-confidence"]),
        ),
        above(
            "4.2 (4)",
            "CTI is better than random, entropy, least confidence and source MTiGS when K is small",
            over(fields, ["cti"], ["random", "entropy", "least-confidence", "source-mtigs"], EARLY),
        ),
        *later,
        significant("4.2 (5)", fields, both, BASELINES),
        best("4.2 (6)", "LC-CTIAL is best of all", fields, "lc-ctial"),
    ]


def cat2dim(fields: Sequence[Field], means: Sequence[Field], within: bool) -> list[Claim]:
    """Return what section 5.2 says of active learning for dimensions.

    Parameters
    ----------
    fields : sequence of Field
        RMSE and CC of every dimension.
    means : sequence of Field
        RMSE and CC of the mean over dimensions.
    within : bool
        Whether source and target are one corpus.
    """
    names = [name for name in fields[0].curves if name != MAPPING]
    return [
        above("5.2 (1)", "All regressions become better with more labels", gains(means, names)),
        above(
            "5.2 (2)",
            "A few labels are better than NRC mapping, whatever the strategy",
            over(fields, names, [MAPPING], EARLY),
        ),
        _worst_dimension(fields),
        above("5.2 (3)", "On average MTiGS is better than random", over(means, ["mtigs"], ["random"])),
        above(
            "5.2 (4)",
            "Random is better than source least confidence",
            over(means, ["random"], ["source-least-confidence"]),
        ),
        above("5.2 (5)", "CTiGS is worse than MTiGS at first", over(means, ["mtigs"], ["ctigs"], EARLY)),
        some_above("5.2 (5)", "CTiGS is better than MTiGS somewhere later", over(fields, ["ctigs"], ["mtigs"], LATE)),
        *(_cti_within(means) if within else _cti_across(fields)),
        best("5.2 (7)", "MTiGS-CTIAL is best of all", means, "mtigs-ctial"),
        significant("Fig. 7", means, ("mtigs-ctial",), [MAPPING, *(n for n in names if n != "mtigs-ctial")]),
    ]


def _cti_within(means: Sequence[Field]) -> list[Claim]:
    return [
        above(
            "5.2 (6)",
            "Within a corpus, CTI is better than random and MTiGS at first",
            over(means, ["cti"], ["random", "mtigs"], EARLY),
        ),
        above("5.2 (6)", "Within a corpus, CTI is worse than random later", over(means, ["random"], ["cti"], LATE)),
    ]


def _cti_across(fields: Sequence[Field]) -> list[Claim]:
    arousal = [field for field in fields if dimension(field.target) == "arousal"]
    others = [field for field in fields if dimension(field.target) != "arousal"]
    return [
        above("5.2 (6)", "Across corpora, CTI is better than random on arousal", over(arousal, ["cti"], ["random"])),
        above(
            "5.2 (6)",
            "Across corpora, CTI is worse than random on valence and dominance",
            over(others, ["random"], ["cti"]),
        ),
    ]


def adapted(section: str, frame: pd.DataFrame, way: str, used: int) -> list[Claim]:
    """Return what sections 4.3 and 5.3 say of adaptation, judged only by scores: there is one model of each.

    Parameters
    ----------
    section : str
        4.3 or 5.3.
    frame : DataFrame
        As `seral_core.recipes.ctial.transfer.transfer` gives.
    way : str
        TCA or BDA.
    used : int
        Dimensions that the experiment used.
    """
    found = [each for metric in ("rmse", "pcc", "uar") if (each := _one_metric(frame, metric, way, used)) is not None]
    better, inside, numbers = zip(*found, strict=True)
    within = "A source model of the same corpus is better than one of another corpus, adapted"
    return [
        counted(
            section, f"{way} is better than transfer without adaptation", sum(better), len(found), "metrics", numbers
        ),
        counted(section, within, sum(inside), len(found), "metrics", numbers),
    ]


def _one_metric(frame: pd.DataFrame, metric: str, way: str, used: int) -> tuple[bool, bool, str] | None:
    """Return whether adaptation is better than none, whether a model within the corpus is better still, and scores."""
    mine = frame[frame["metric"] == metric]
    if mine.empty:
        return None
    sign = 1 if metrics[metric].higher_is_better else -1
    mean = mine.groupby(["way", "dimensions"])["value"].mean()
    direct, inside, curve = float(mean["direct"].mean()), float(mean["within"].mean()), mean["adapted"]
    at = float(curve.iloc[int(abs(curve.index.to_numpy() - used).argmin())])
    better = int((sign * (curve - direct) > 0).sum())
    numbers = (
        f"{title(metric)}: direct {direct:.4f}, {way} to {used} dimensions {at:.4f}, within the "
        f"corpus {inside:.4f}; {way} is better than direct with {better} of {len(curve)} numbers "
        "of dimensions"
    )
    return sign * (at - direct) > 0, sign * (inside - at) > 0, numbers


def _worst_dimension(fields: Sequence[Field]) -> Claim:
    numbers, right = [], 0
    for metric in dict.fromkeys(field.metric for field in fields):
        mine = {field.target: field for field in fields if field.metric == metric}
        worst = min(mine, key=lambda name: float(mine[name].curves[MAPPING].areas.mean()))
        right += dimension(worst) == "dominance"
        scores = ", ".join(f"{name} {field.area(MAPPING):.3f}" for name, field in mine.items())
        numbers.append(f"{title(metric)}: {scores}")
    return counted("5.2 (2)", "NRC mapping is poorest on dominance", right, len(numbers), "metrics", numbers)
