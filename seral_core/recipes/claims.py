"""A paper's claims held against what was measured: held, in part, not clear, or not, with the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seral_core.recipes.comparison import WHOLE, Field
from seral_core.recipes.report import interval, table
from seral_core.scores.statistics import Difference

HELD, IN_PART, NOT_CLEAR, NOT_HELD = VERDICTS = ("held", "held in part", "not clear", "did not hold")
#: The report shows no more numbers of a claim than this; all are in ``summary.json``.
MOST = 6


@dataclass(frozen=True)
class Gap:
    """One difference that a claim speaks of.

    Parameters
    ----------
    name : str
        Of what over what.
    found : Difference
        Above 0 where the claim says so.
    """

    name: str
    found: Difference

    @property
    def up(self) -> bool:
        """Whether its interval lies above 0."""
        return self.found.up

    @property
    def down(self) -> bool:
        """Whether its interval lies below 0."""
        return self.found.down

    def __str__(self) -> str:
        return f"{self.name} {interval(self.found)}"


@dataclass(frozen=True)
class Claim:
    """A sentence of a paper, and whether it held here.

    Parameters
    ----------
    section, claim : str
        Where it is written, and what it says.
    verdict : str
        Begins with one of `VERDICTS`.
    numbers : str
        What the verdict rests on, separated by ``"; "``.
    """

    section: str
    claim: str
    verdict: str
    numbers: str


def counted(section: str, claim: str, held: int, of: int, what: str, numbers: Iterable[object]) -> Claim:
    """Return a claim that holds where all of several parts do.

    Parameters
    ----------
    section, claim : str
        As of `Claim`.
    held, of : int
        How many parts hold, and how many there are.
    what : str
        What is counted, after "1 of 2".
    numbers : iterable
        What the verdict rests on.

    Examples
    --------
    >>> counted("4.3", "TCA is better than none", 1, 2, "metrics", ["UAR 0.5", "RMSE 0.4"]).verdict
    'held in part: 1 of 2 metrics'
    """
    word = HELD if held == of else IN_PART if held else NOT_HELD
    return Claim(section, claim, f"{word}: {held} of {of} {what}", "; ".join(map(str, numbers)))


def above(section: str, claim: str, gaps: Sequence[Gap]) -> Claim:
    """Return a claim that all gaps are above 0; it holds where all their intervals are.

    Examples
    --------
    >>> gaps = [Gap("a over b", Difference(0.2, 0.1, 0.3, 9)), Gap("a over c", Difference(0.0, -0.1, 0.1, 9))]
    >>> above("4.2", "a is best", gaps).verdict
    'held in part: 1 of 2 clearly so, 0 clearly the other way'
    """
    up, down = sum(gap.up for gap in gaps), sum(gap.down for gap in gaps)
    counts = f"{up} of {len(gaps)} clearly so, {down} clearly the other way"
    word = HELD if up == len(gaps) else IN_PART if up > down else NOT_HELD if down else NOT_CLEAR
    return Claim(section, claim, f"{word}: {counts}", "; ".join(map(str, gaps)))


def level(section: str, claim: str, gaps: Sequence[Gap]) -> Claim:
    """Return a claim that no gap is clearly above or below 0."""
    apart = sum(gap.up or gap.down for gap in gaps)
    return _all_or_none(section, claim, not apart, f"{apart} of {len(gaps)} clearly apart", gaps)


def not_all_above(section: str, claim: str, gaps: Sequence[Gap]) -> Claim:
    """Return a claim that some gap is not clearly above 0."""
    up = sum(gap.up for gap in gaps)
    return _all_or_none(section, claim, up < len(gaps), f"{up} of {len(gaps)} clearly better", gaps)


def some_above(section: str, claim: str, gaps: Sequence[Gap]) -> Claim:
    """Return a claim that some gap is clearly above 0."""
    up = sum(gap.up for gap in gaps)
    return _all_or_none(section, claim, up > 0, f"{up} of {len(gaps)} clearly so", gaps)


def _all_or_none(section: str, claim: str, held: bool, counts: str, gaps: Sequence[Gap]) -> Claim:
    word = HELD if held else NOT_HELD
    if missing := sum(not gap.found.known for gap in gaps):
        word, counts = NOT_CLEAR, f"{missing} of {len(gaps)} without an interval"
    return Claim(section, claim, f"{word}: {counts}", "; ".join(map(str, gaps)))


def best(section: str, claim: str, fields: Sequence[Field], strategy: str) -> Claim:
    """Return a claim that one strategy has the largest area."""
    first = sum(field.best() == strategy for field in fields)
    numbers = []
    for field in fields:
        rival = field.best([name for name in field.curves if name != strategy])
        gap = Gap(f"{strategy} over {rival}", field.gap(strategy, rival))
        numbers.append(f"{field.name}: largest area {field.best()}; {gap}")
    found = counted(section, claim, first, len(fields), "", numbers)
    word = found.verdict.partition(":")[0]
    return Claim(section, claim, f"{word}: largest area in {first} of {len(fields)}", found.numbers)


def significant(section: str, fields: Sequence[Field], strategies: Sequence[str], others: Sequence[str]) -> Claim:
    """Return a claim that strategies are significantly better than each baseline in most iterations."""
    numbers, held, tested = [], 0, True
    for field in fields:
        for name in strategies:
            tests = field.significance(name, others)
            tested &= tests.tested
            for other in others:
                better, worse = tests.share(other)
                held += better > 0.5
                numbers.append(
                    f"{field.name}, {name} over {other}: better in {better:.0%} of iterations, worse in {worse:.0%}"
                )
    claim = f"{' and '.join(strategies)} improve significantly on all others (p < .05 with Holm's correction)"
    n = len(numbers)
    if not tested:
        return Claim(section, claim, f"{NOT_CLEAR}: test parts are too few for a test", f"{n} comparisons")
    word = HELD if held == n else IN_PART if held > n / 2 else NOT_HELD
    return Claim(section, claim, f"{word}: in most iterations for {held} of {n} comparisons", "; ".join(numbers))


def over(
    fields: Iterable[Field], strategies: Sequence[str], others: Sequence[str], part: tuple[float, float] = WHOLE
) -> list[Gap]:
    """Return how much better each strategy is than each other one, on every field."""
    return [
        Gap(f"{field.name}, {name} over {other}", field.gap(name, other, part))
        for field in fields
        for name in strategies
        for other in others
    ]


def gains(fields: Iterable[Field], strategies: Sequence[str]) -> list[Gap]:
    """Return how much better each strategy is at its end than at its start."""
    return [Gap(f"{field.name}, {name}", field.gain(name)) for field in fields for name in strategies]


def with_numbers(claims: Iterable[Claim]) -> list[Claim]:
    """Return the claims that there are numbers for; a corpus may lack a dimension that one speaks of."""
    return [claim for claim in claims if claim.numbers]


def claims_counted(claims: Sequence[Claim]) -> str:
    """Return in a sentence how many claims held.

    Examples
    --------
    >>> claims_counted([Claim("4", "a is best", "held: 1 of 1", "")])[:63]
    'Of the 1 findings of the paper that this experiment speaks of, '
    """
    words = [claim.verdict.split(":")[0] for claim in claims]
    counts = [f"{words.count(word)} {word}" for word in VERDICTS]
    return (
        f"Of the {len(claims)} findings of the paper that this experiment speaks of, "
        f"{', '.join(counts)} (each below, with its numbers)."
    )


def claims_table(claims: Sequence[Claim], whose: str = "the paper") -> str:
    """Return all claims as a table in Markdown: section, what the paper says, the verdict, and the numbers.

    Where no claim has a section, that column is left out.
    """
    rows = []
    for each in claims:
        word, colon, counts = each.verdict.partition(":")
        numbers = each.numbers.split("; ")
        more = [f"and {len(numbers) - MOST} more in summary.json"] if len(numbers) > MOST else []
        rows.append([each.section, each.claim, f"**{word}**{colon}{counts}", "; ".join(numbers[:MOST] + more)])
    first = 0 if any(each.section for each in claims) else 1
    return table(["section", whose, "here", "numbers"][first:], [row[first:] for row in rows])
