"""What every report says, as Markdown: alarms, strategies beside a baseline, and the paper's settings beside ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from seral_core.recipes.comparison import Field
from seral_core.scores.groups import basis_text
from seral_core.scores.iterations import Significance
from seral_core.scores.savings import Saving
from seral_core.scores.statistics import Difference, holm

#: A report shows no more notes than this.
MOST_NOTES = 8
#: A p-value below this is called significant.
LEVEL = 0.05
#: What Markdown would take for its own in a name: of a cell, a tag, a picture and a link.
_MARKS = re.compile(r"\||<(?=[A-Za-z/!?])|(?<=!)\[|(?<=\])\(")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    rows : sequence of sequences of str
        As many cells each as there are columns.

    Examples
    --------
    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    | --- | --- |
    | 1 | 2 |
    """
    lines = [map(plain, head), ["---"] * len(head), *(map(plain, row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plain(text: str) -> str:
    r"""Return text in which names that others gave make no picture, link, tag or further cell.

    Examples
    --------
    >>> print(plain("![a](http://b) <b>|"), plain("+.02 [-.01, +.05], p < .001"))
    !\[a]\(http://b) \<b>\| +.02 [-.01, +.05], p < .001
    """
    return _MARKS.sub(r"\\\g<0>", text)


def joined(*parts: str | Iterable[str]) -> str:
    r"""Return paragraphs as one text; a part may be a list of them, and empty ones are left out. Titles are `plain`.

    Examples
    --------
    >>> joined("# Title", ["one", "two"], []).split()
    ['#', 'Title', 'one', 'two']
    >>> print(joined(joined("# <i>corpus</i>", table(["a"], [["b"]]))))
    # \<i>corpus\</i>
    <BLANKLINE>
    | a |
    | --- |
    | b |
    """
    texts = [text for part in parts for text in ([part] if isinstance(part, str) else part)]
    titled = (plain(text) if text.startswith("# ") and "\n" not in text else text for text in texts)
    return "\n\n".join(filter(None, titled))


def interval(gap: Difference) -> str:
    """Return a difference with its interval.

    Examples
    --------
    >>> interval(Difference(0.02, -0.01, 0.05, 9))
    '+0.0200 [-0.0100, +0.0500]'
    """
    return gap.text(4)


def short(text: str) -> str:
    """Return the last part of a path, and a name as it is."""
    return text.rsplit("/", 1)[-1]


def alarms(found: Sequence[str]) -> list[str]:
    """Return what makes scores look better than they are, a paragraph each."""
    return [f"**Alarm:** {plain(alarm)}" for alarm in found]


def basis(fields: Iterable[Field]) -> list[str]:
    """Say what the intervals of a report count; a warning where there are none."""
    groups = {curve.groups for field in fields for curve in field.curves.values()}
    texts = (basis_text(count) for count in sorted(groups))
    return [f"**Take care:** {text}" if text.startswith("No interval") else text for text in dict.fromkeys(texts)]


def notes_list(notes: Sequence[str]) -> list[str]:
    """Return the first notes as a list, and how many more there are."""
    shown = [*notes[:MOST_NOTES], *([f"and {len(notes) - MOST_NOTES} more notes"] if len(notes) > MOST_NOTES else [])]
    return ["\n".join(f"- {plain(note)}" for note in shown)] if shown else []


def paper_and_here(rows: Sequence[Sequence[str]], notes: Sequence[str] = ()) -> str:
    """Return what differs from the paper: each row names a setting, the paper's value, and the one used here.

    Examples
    --------
    >>> print(paper_and_here([["corpus", "IEMOCAP", "emodb"]], ["a clip has no gold"]))
    | | paper | here |
    | --- | --- | --- |
    | corpus | IEMOCAP | emodb |
    <BLANKLINE>
    - a clip has no gold
    """
    return joined(table(["", "paper", "here"], rows), notes_list(notes))


def outcome(fields: Sequence[Field], strategies: Sequence[str], baseline: str = "random") -> str:
    """Say in a sentence how strategies did against a baseline over the whole curve."""
    found = []
    for field in fields:
        for name in strategies:
            gap = field.gap(name, baseline)
            found.append(f"{name} is {compared(gap)} {baseline} by {field.name.split(' of ')[0]} ({interval(gap)})")
    return f"**Over the whole curve, {'; '.join(found)}.**"


def compared(gap: Difference) -> str:
    """Return in words how a strategy stands to a baseline.

    Examples
    --------
    >>> compared(Difference(0.02, 0.01, 0.03, 25, 5)), compared(Difference(0.02, -0.01, 0.05, 25, 5))
    ('better than', 'not clearly different from')
    >>> compared(Difference(0.02, np.nan, np.nan, 25, 1))
    'higher than, with nothing known of other speakers,'
    """
    if not gap.known:
        return f"{'higher' if gap.mean > 0 else 'not higher'} than, with nothing known of other speakers,"
    return "better than" if gap.up else "worse than" if gap.down else "not clearly different from"


def versus_table(field: Field, strategies: Sequence[str], baseline: str = "random") -> str:
    """Return every strategy beside a baseline: area, mean difference, test, labels to its last score, and wins."""
    others = {each.strategy: each for each in field.against(baseline)}
    tested = [name for name in strategies if name != baseline]
    corrected = dict(zip(tested, holm([others[name].gap.p for name in tested]), strict=True))
    rows = []
    for name in strategies:
        row = [name, f"{field.area(name):.4f}"]
        if name == baseline:
            rows.append([*row, "", "", f"{field.labels_to_last(name):.0f}", ""])
            continue
        labels, (wins, runs) = others[name].labels_to_last, others[name].wins
        reached = f"{labels:.0f}" if np.isfinite(labels) else "never"
        rows.append([*row, interval(others[name].gap), p_text(corrected[name]), reached, f"{wins} of {runs}"])
    return table(
        ["strategy", f"area, {field.name}", f"better than {baseline} by", "p (Holm)",
         f"{field.spent.counted} to {baseline}'s last score", "wins"],
        rows,
    )  # fmt: skip


def p_text(p: float) -> str:
    """Return a p-value, or a dash where nothing could be tested.

    Examples
    --------
    >>> p_text(0.0423), p_text(float("nan"))
    ('0.042', '-')
    """
    return "-" if np.isnan(p) else f"{p:.3f}"


def areas_table(fields: Sequence[Field], strategies: Sequence[str], baseline: str = "random") -> str:
    """Return the area of every strategy on every field, and how much better than a baseline; * where it is clear."""

    def cell(field: Field, name: str) -> str:
        if name == baseline:
            return f"{field.area(name):.4f} ({baseline})"
        gap = field.gap(name, baseline)
        return f"{field.area(name):.4f} ({gap.mean:+.4f}{chr(92) + '*' if gap.up or gap.down else ''})"

    rows = [[name, *(cell(field, name) for field in fields)] for name in strategies]
    return table(["strategy", *(field.name for field in fields)], rows)


def significance_table(tests: Sequence[tuple[Field, Sequence[Significance]]]) -> str:
    """Return the share of iterations in which strategies are significantly better than others, and worse."""
    rows = []
    for field, each in tests:
        for test in each:
            shares = [test.share(other, LEVEL) for other in test.others]
            rows.append([field.name, test.name, *(f"{better:.0%} / {worse:.0%}" for better, worse in shares)])
    return table(["", "strategy", *tests[0][1][0].others], rows)


def saved_text(found: Saving) -> str:
    """Return percent saved and its interval in words.

    Parameters
    ----------
    found : Saving
        What was saved, or not reached.

    Examples
    --------
    >>> saved_text(Saving(0.5, 40, 30, 25.0, float("-inf"), 50.0, 0.1, 40))
    '25.0 % [not reached, 50.0]; not reached in 10 % of draws'
    >>> saved_text(Saving(0.5, 40, 30, 25.0, np.nan, np.nan, np.nan, 40))
    '25.0 % [no interval]'
    """
    if not found.known:
        return f"{found.percent_saved:.1f} % [no interval]" if found.reached else "not reached"
    low, high = (f"{end:.1f}" if np.isfinite(end) else "not reached" for end in (found.low, found.high))
    saved = f"{found.percent_saved:.1f} %" if found.reached else "not reached"
    missed = f"; not reached in {100 * found.missed:.0f} % of draws" if found.missed > 0 else ""
    return f"{saved} [{low}, {high}]{missed}"
