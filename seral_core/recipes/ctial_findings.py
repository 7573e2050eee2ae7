"""The paper's findings, one by one, held against what was measured: held, in part, not clearly, or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from seral_core.norms import dimension
from seral_core.recipes.ctial_compared import EARLY, LATE, WHOLE, Field, title
from seral_core.scores.metrics import metrics
from seral_core.scores.statistics import Difference

DIM2CAT_BASELINES = ("random", "entropy", "least-confidence", "source-mtigs", "cti")


@dataclass(frozen=True)
class Gap:
    """One difference a finding speaks of.

    Parameters
    ----------
    name : str
        Of what over what.
    found : Difference
        Above 0 where the finding says so.
    """

    name: str
    found: Difference

    def __str__(self) -> str:
        d = self.found
        return f"{self.name} {d.mean:+.4f} [{d.low:+.4f}, {d.high:+.4f}]"


@dataclass(frozen=True)
class Finding:
    """A sentence of the paper and what came out here.

    Parameters
    ----------
    section, claim : str
        Where it stands, and what it says.
    verdict : str
        Begins with held, held in part, not clear, or did not hold.
    numbers : str
        What the verdict rests on.
    """

    section: str
    claim: str
    verdict: str
    numbers: str


def above(section: str, claim: str, gaps: Sequence[Gap]) -> Finding:
    """Return a finding that all gaps should be above 0; it holds where their intervals are.

    Examples
    --------
    >>> gaps = [Gap("a over b", Difference(0.2, 0.1, 0.3, 9)), Gap("a over c", Difference(0.0, -0.1, 0.1, 9))]
    >>> above("4.2", "a is best", gaps).verdict
    'held in part: 1 of 2 clearly so, 0 clearly the other way'
    """
    up, down = sum(gap.found.low > 0 for gap in gaps), sum(gap.found.high < 0 for gap in gaps)
    counts = f"{up} of {len(gaps)} clearly so, {down} clearly the other way"
    word = "held" if up == len(gaps) else "held in part" if up > down else "did not hold" if down else "not clear"
    return Finding(section, claim, f"{word}: {counts}", "; ".join(map(str, gaps)))


def level(section: str, claim: str, gaps: Sequence[Gap]) -> Finding:
    """Return a finding that no gap can be told from 0."""
    apart = sum(gap.found.low > 0 or gap.found.high < 0 for gap in gaps)
    word = "held" if not apart else "did not hold"
    return Finding(section, claim, f"{word}: {apart} of {len(gaps)} clearly apart", "; ".join(map(str, gaps)))


def best(section: str, claim: str, fields: Sequence[Field], strategy: str) -> Finding:
    """Return a finding that one strategy has the largest area."""
    first = [field for field in fields if field.best() == strategy]
    said = []
    for field in fields:
        rest = [name for name in field.curves if name != strategy]
        rival = max(rest, key=lambda name: float(field.curves[name].areas.mean()))
        gap = Gap(f"{strategy} over {rival}", field.gap(strategy, rival))
        said.append(f"{field.name}: largest area {field.best()}; {gap}")
    word = "held" if len(first) == len(fields) else "held in part" if first else "did not hold"
    return Finding(section, claim, f"{word}: largest area in {len(first)} of {len(fields)}", "; ".join(said))


def over(
    fields: Iterable[Field], strategies: Sequence[str], others: Sequence[str], part: tuple[float, float] = WHOLE
) -> list[Gap]:
    """Return how much better each strategy is than each other one, on every field."""
    return [
        Gap(
            f"{field.name}, {name} over {other}" if field.target else f"{name} over {other}",
            field.gap(name, other, part),
        )
        for field in fields
        for name in strategies
        for other in others
    ]


def gains(fields: Iterable[Field], strategies: Sequence[str]) -> list[Gap]:
    """Return how much better each strategy is at its end than at its start."""
    return [Gap(f"{field.name}, {name}", field.gain(name)) for field in fields for name in strategies]


def told(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that there are numbers for; a corpus may lack a dimension that one speaks of."""
    return [finding for finding in findings if finding.numbers]


def dim2cat(fields: Sequence[Field], within: bool) -> list[Finding]:
    """Return what section 4.2 says of active learning for classes.

    Parameters
    ----------
    fields : sequence of Field
        UAR alone.
    within : bool
        Whether source and target are one corpus.
    """
    names = list(fields[0].curves)
    later = [] if within else [
        level("4.2 (4)", "Across corpora, CTI is like random when K is large", over(fields, ["cti"], ["random"], LATE))
    ]  # fmt: skip
    both = ("ent-ctial", "lc-ctial")
    return [
        above("4.2 (1)", "All classifiers become better with more labels", gains(fields, names)),
        above("4.2 (2)", "Least confidence is better than entropy", over(fields, ["least-confidence"], ["entropy"])),
        _not_above(
            "4.2 (2)", "Neither entropy nor least confidence need be better than random",
            over(fields, ["entropy", "least-confidence"], ["random"]),
        ),
        above(
            "4.2 (3)", "Source MTiGS is better than random, entropy and least confidence",
            over(fields, ["source-mtigs"], ["random", "entropy", "least-confidence"]),
        ),
        above(
            "4.2 (4)", "CTI is better than random, entropy, least confidence and source MTiGS when K is small",
            over(fields, ["cti"], ["random", "entropy", "least-confidence", "source-mtigs"], EARLY),
        ),
        *later,
        _in_iterations("4.2 (5)", fields, both, DIM2CAT_BASELINES),
        best("4.2 (6)", "LC-CTIAL is best of all", fields, "lc-ctial"),
    ]  # fmt: skip


def cat2dim(fields: Sequence[Field], means: Sequence[Field], within: bool) -> list[Finding]:
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
    names = [name for name in fields[0].curves if name != "nrc-mapping"]
    return [
        above("5.2 (1)", "All regressions become better with more labels", gains(means, names)),
        above(
            "5.2 (2)", "A few labels are better than NRC mapping, whatever the strategy",
            over(fields, names, ["nrc-mapping"], EARLY),
        ),
        _worst_dimension(fields),
        above("5.2 (3)", "On average MTiGS is better than random", over(means, ["mtigs"], ["random"])),
        above(
            "5.2 (4)", "Random is better than source least confidence",
            over(means, ["random"], ["source-least-confidence"]),
        ),
        above("5.2 (5)", "CTiGS is worse than MTiGS at first", over(means, ["mtigs"], ["ctigs"], EARLY)),
        _some("5.2 (5)", "CTiGS is better than MTiGS somewhere later", over(fields, ["ctigs"], ["mtigs"], LATE)),
        *(_cti_within(means) if within else _cti_across(fields)),
        best("5.2 (7)", "MTiGS-CTIAL is best of all", means, "mtigs-ctial"),
        _in_iterations("Fig. 7", means, ("mtigs-ctial",), ["nrc-mapping", *(n for n in names if n != "mtigs-ctial")]),
    ]  # fmt: skip


def _cti_within(means: Sequence[Field]) -> list[Finding]:
    return [
        above(
            "5.2 (6)", "Within a corpus, CTI is better than random and MTiGS at first",
            over(means, ["cti"], ["random", "mtigs"], EARLY),
        ),
        above("5.2 (6)", "Within a corpus, CTI is worse than random later", over(means, ["random"], ["cti"], LATE)),
    ]  # fmt: skip


def _cti_across(fields: Sequence[Field]) -> list[Finding]:
    arousal = [field for field in fields if dimension(field.target) == "arousal"]
    others = [field for field in fields if dimension(field.target) != "arousal"]
    return [
        above("5.2 (6)", "Across corpora, CTI is better than random on arousal", over(arousal, ["cti"], ["random"])),
        above(
            "5.2 (6)", "Across corpora, CTI is worse than random on valence and dominance",
            over(others, ["random"], ["cti"]),
        ),
    ]  # fmt: skip


def adapted(section: str, frame: pd.DataFrame, way: str, used: int) -> list[Finding]:
    """Return what sections 4.3 and 5.3 say of adaptation, judged by scores alone: there is one model of each.

    Parameters
    ----------
    section : str
        4.3 or 5.3.
    frame : DataFrame
        As `seral_core.recipes.transfer.transfer` gives.
    way : str
        TCA or BDA.
    used : int
        Dimensions that the experiment used.
    """
    found = [each for metric in ("rmse", "pcc", "uar") if (each := _one_metric(frame, metric, way, used)) is not None]
    better, inside = (sum(column) for column in list(zip(*found, strict=True))[:2])
    numbers, n = "; ".join(said for *_, said in found), len(found)

    def verdict(count: int) -> str:
        return f"{'held' if count == n else 'held in part' if count else 'did not hold'}: {count} of {n} metrics"

    return [
        Finding(section, f"{way} is better than transfer without adaptation", verdict(better), numbers),
        Finding(
            section, "A source model of the same corpus is better than one of another corpus, adapted",
            verdict(inside), numbers,
        ),
    ]  # fmt: skip


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
    said = (
        f"{title(metric)}: direct {direct:.4f}, {way} to {used} dimensions {at:.4f}, within the corpus {inside:.4f}; "
        f"{way} is better than direct with {better} of {len(curve)} numbers of dimensions"
    )
    return sign * (at - direct) > 0, sign * (inside - at) > 0, said


def _not_above(section: str, claim: str, gaps: Sequence[Gap]) -> Finding:
    """Return a finding that not all gaps are clearly above 0."""
    up = sum(gap.found.low > 0 for gap in gaps)
    word = "did not hold" if up == len(gaps) else "held"
    return Finding(section, claim, f"{word}: {up} of {len(gaps)} clearly better", "; ".join(map(str, gaps)))


def _some(section: str, claim: str, gaps: Sequence[Gap]) -> Finding:
    """Return a finding that some gap is clearly above 0."""
    up = sum(gap.found.low > 0 for gap in gaps)
    word = "held" if up else "did not hold"
    return Finding(section, claim, f"{word}: {up} of {len(gaps)} clearly so", "; ".join(map(str, gaps)))


def _worst_dimension(fields: Sequence[Field]) -> Finding:
    claim, section = "NRC mapping is poorest on dominance", "5.2 (2)"
    parts, right = [], 0
    for metric in dict.fromkeys(field.metric for field in fields):
        mine = {field.target: field for field in fields if field.metric == metric}
        worst = min(mine, key=lambda name: float(mine[name].curves["nrc-mapping"].areas.mean()))
        right += dimension(worst) == "dominance"
        scores = ", ".join(f"{name} {field.area('nrc-mapping'):.3f}" for name, field in mine.items())
        parts.append(f"{next(iter(mine.values())).name.split(' of ')[0]}: {scores}")
    word = "held" if right == len(parts) else "held in part" if right else "did not hold"
    return Finding(section, claim, f"{word}: {right} of {len(parts)} metrics", "; ".join(parts))


def _in_iterations(section: str, fields: Sequence[Field], strategies: Sequence[str], others: Sequence[str]) -> Finding:
    """Return whether improvements are significant in most iterations, over every baseline."""
    said, held, n = [], 0, 0
    for field in fields:
        for name in strategies:
            tests = field.significance(name, others)
            for other in others:
                better, worse = tests.share(other)
                n, held = n + 1, held + (better > 0.5)
                said.append(
                    f"{field.name}, {name} over {other}: better in {better:.0%} of iterations, worse in {worse:.0%}"
                )
    claim = f"{' and '.join(strategies)} improve significantly on all others (p < .05 with Holm's correction)"
    word = "held" if held == n else "held in part" if held > n / 2 else "did not hold"
    return Finding(section, claim, f"{word}: in most iterations for {held} of {n} comparisons", "; ".join(said))
