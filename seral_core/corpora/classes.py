"""Fewer classes: a corpus with only the clips of some emotions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seral_core.corpora.corpus import Corpus, noun
from seral_core.errors import BadPlan, UnknownName
from seral_core.types import Target


def with_classes(corpus: Corpus, classes: Sequence[str]) -> Corpus:
    """Return the clips whose gold is one of these classes of the corpus's first category.

    Parameters
    ----------
    corpus : Corpus
        One without categories is returned as it is.
    classes : sequence of str
        As the corpus writes them, or in other words for the same (``"angry"`` for anger).

    Returns
    -------
    Corpus
        Its category has only these classes, in the corpus's order; votes for others are left out.

    Raises
    ------
    UnknownName
        When the corpus has no such class; `BadPlan` when fewer than two are named.

    Examples
    --------
    >>> toy = toy_corpus()
    >>> with_classes(toy, ["angry", "sadness"]).task == toy.task
    True
    >>> with_classes(toy, ["angry", "fear"])
    Traceback (most recent call last):
    seral_core.errors.UnknownName: class 'fear'; known: anger, sadness
    """
    target = next((target for target in corpus.task if not target.is_scale), None)
    if target is None:
        return corpus
    wanted = {_find(target, name) for name in classes}
    if len(wanted) < 2:
        raise BadPlan(f"got classes '{', '.join(classes)}'; expected two or more of {', '.join(target.classes)}")
    kept = replace(target, classes=tuple(name for name in target.classes if name in wanted))
    gold = corpus.gold(target.name)
    fewer = corpus.only(gold.index[gold.isin(list(wanted))])
    ratings = fewer.ratings
    ratings = ratings[(ratings["target"] != target.name) | ratings["value"].isin(list(wanted))]
    return replace(
        fewer, ratings=ratings, task=tuple(kept if t.name == target.name else t for t in corpus.task), _gold={}
    )


def _find(target: Target, name: str) -> str:
    """Return the class that is meant."""
    if name in target.classes:
        return name
    same = [known for known in target.classes if noun(known) == noun(name)]
    if not same:
        raise UnknownName("class", name, target.classes)
    return same[0]
