"""Gold of real votes by each method, and where the methods differ."""

from __future__ import annotations

import pandas as pd

from seral_core.corpora.corpus import Corpus
from seral_core.recipes.report import joined, table
from seral_core.scores.agreement import per_clip
from seral_core.scores.dawid_skene import ANONYMOUS, named
from seral_core.scores.ratings import FOR_CLASSES, gold
from seral_core.scores.skills import skills
from seral_core.types import Target


def gold_by_method(corpus: Corpus, target: Target) -> pd.DataFrame:
    """Return the gold of each clip by each way to join votes; missing where they tie.

    Parameters
    ----------
    corpus : Corpus
        With several votes on a clip.
    target : Target
        A category.

    Returns
    -------
    DataFrame of shape (rated clips, ways)

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> gold_by_method(corpus, corpus.target("emotion")).loc["b.wav"].tolist()
    ['anger', 'anger', 'anger']
    """
    votes = corpus.of(target.name)
    return pd.DataFrame({way: gold(votes, target, way) for way in FOR_CLASSES})


def gold_text(corpus: Corpus, target: Target) -> str:
    """Return tables of each way's classes, and of the clips on which ways differ from the majority; Markdown."""
    found, votes = gold_by_method(corpus, target), corpus.of(target.name)
    shares = [
        [way, f"{found[way].isna().mean():.1%}", *(f"{(found[way] == name).mean():.1%}" for name in target.classes)]
        for way in FOR_CLASSES
    ]
    clear, agree = found["majority"].notna(), per_clip(votes, target).reindex(found.index)
    rows: list[list[str]] = []
    for way in [name for name in FOR_CLASSES if name != "majority"]:
        other = clear & found[way].notna() & (found[way] != found["majority"])
        pairs = (found["majority"] + " to " + found[way])[other].value_counts().head(3)
        settled = (~clear & found[way].notna()).sum() / max((~clear).sum(), 1)
        rows.append(
            [way, f"{other[clear].mean():.1%}", f"{agree[clear & ~other].mean():.2f}",
             f"{agree[other].mean():.2f}" if other.any() else "-", f"{settled:.0%}",
             ", ".join(f"{pair} ({count})" for pair, count in pairs.items()) or "-"]
        )  # fmt: skip
    return joined(
        table(["", "ties", *target.classes], shares),
        table(["", "other class than the majority", "raters who agree: same class", "other class", "ties settled",
               "most frequent"], rows),
        _why(corpus, target),
    )  # fmt: skip


def _why(corpus: Corpus, target: Target) -> str:
    votes = corpus.of(target.name)
    if set(named(votes["rater"])) == {ANONYMOUS}:
        return (
            "Votes have no names, so that all raters have one table of confusions: weights are equal, and the weighted "
            "majority is the majority. Dawid and Skene go otherwise where a class is often mistaken for another one: "
            "votes for a class that is heard too often count less than votes for one that is heard too seldom."
        )
    found = skills(votes, target.classes)["skill"]
    return (
        f"Raters are right in {found.min():.0%} to {found.max():.0%} of their answers. Weights go by that alone, Dawid "
        "and Skene also by which classes each rater mistakes for which."
    )
