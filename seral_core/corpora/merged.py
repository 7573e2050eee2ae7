"""Merged corpora: several as one, with the classes they share, and each clip's corpus beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from seral_core.corpora.classes import with_classes
from seral_core.corpora.corpus import INDEX, Corpus, noun, segment_ids
from seral_core.corpora.files import few
from seral_core.corpora.named import INTENDED
from seral_core.corpora.scales import on_scale
from seral_core.corpora.tables import GOLD
from seral_core.corpora.traces import as_trace
from seral_core.errors import BadCorpus
from seral_core.types import Target, Task

SCALES = ("refuse", "map")


def merge(
    *corpora: Corpus,
    classes: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    ratio: float | Mapping[str, float] = 0.0,
    scales: str = "refuse",
    seed: int = 0,
) -> Corpus:
    """Return several corpora as one.

    Files, speakers and sessions get the name of their corpus before theirs (``emodb/03``), so that none is taken for
    that of another corpus; so do raters. The targets are those that all have. Of the first category only the classes
    that all corpora have are kept, and clips of others are left out.

    Parameters
    ----------
    *corpora : Corpus
        Two or more, each as it was opened. Two of one name are called ``name`` and ``name-2``.
    classes : mapping of str to str, optional
        What classes are called here, such as ``{"excitement": "happiness"}``, before the common ones are found.
    only : sequence of str
        Of the common classes of the first category these alone are kept; left out: all.
    ratio : float or mapping of str to float
        The most frequent class of the first category has at most so many times as many clips as the rarest: 1 for
        equal numbers. Or a number for each class, as in ``{"anger": 1.5, "sadness": 1}``. Clips beyond are left out at
        random. 0: all are kept.
    scales : {"refuse", "map"}
        What is done where a scale has another range in another corpus: ``"map"`` brings all to the first one's.
    seed : int
        Decides which clips are left out.

    Returns
    -------
    Corpus
        ``segments`` has the column ``corpus`` besides; ``notes`` say what was left out.

    Raises
    ------
    BadCorpus
        When fewer than two corpora come, they share no target or fewer than two classes, or scales do not fit.

    Examples
    --------
    >>> both = merge(toy_corpus(), toy_corpus())
    >>> both
    Corpus('toy+toy-2': 8 segments, 4 speakers, emotion (2 classes), arousal [-1, 1])
    >>> both.ids[4], both.about.loc["toy-2/a.wav", ["speaker", "corpus"]].tolist()
    ('toy-2/a.wav', ['toy-2/01', 'toy-2'])
    """
    _check(corpora, scales)
    names = _names(corpora)
    renamed = [_renamed(corpus, classes or {}) for corpus in corpora]
    task, notes = _common(renamed, names, scales, only)
    parts = [_fitted(corpus, task) for corpus in renamed]
    notes += [
        f"{name}: {len(all_) - len(part)} of {len(all_)} clips have other classes or none, and are left out"
        for name, all_, part in zip(names, renamed, parts, strict=True)
        if len(part) < len(all_)
    ]
    notes += [f"{name}: {note}" for name, corpus in zip(names, corpora, strict=True) for note in corpus.notes]
    prefixed = [_prefixed(part, name) for part, name in zip(parts, names, strict=True)]
    whole = Corpus(
        "+".join(names), pd.concat([segments for segments, _ in prefixed]),
        pd.concat([ratings for _, ratings in prefixed], ignore_index=True), task,
        next((corpus.root for corpus in corpora if corpus.root is not None), None),
        _each(names, [corpus.licence for corpus in corpora]), _each(names, [corpus.citation for corpus in corpora]),
        tuple(notes), parts=dict(zip(names, [corpus.root for corpus in corpora], strict=True)),
        trace_gold=corpora[0].trace_gold,
    )  # fmt: skip
    return balanced(whole, ratio, seed) if ratio else whole


def balanced(corpus: Corpus, ratio: float | Mapping[str, float], seed: int = 0) -> Corpus:
    """Return a corpus with so many clips of each class of its first category that they are in a ratio.

    Parameters
    ----------
    corpus : Corpus
        With a category.
    ratio, seed
        As in `merge`.

    Raises
    ------
    BadCorpus
        When there is no category, the ratio is no number of 1 or more, or a class has none.

    Examples
    --------
    >>> four = toy_corpus()
    >>> three = four.only(four.ids[:3])
    >>> sorted(balanced(three, 1.0).gold("emotion"))
    ['anger', 'sadness']
    """
    target = next((target for target in corpus.task if not target.is_scale), None)
    if target is None:
        raise BadCorpus(f"{corpus.name} has no classes to balance; leave the ratio out")
    gold = corpus.gold(target.name).dropna()
    counts = gold.value_counts().reindex(list(target.classes), fill_value=0)
    most = _most({name: int(counts[name]) for name in target.classes}, ratio, corpus.name)
    rng = np.random.default_rng(seed)
    keep: list[str] = []
    for name in target.classes:
        ids = gold.index[gold == name].to_numpy()
        keep += ids[rng.permutation(len(ids))[: most[name]]].tolist()
    found = corpus.only(keep)
    said = ", ".join(f"{name} {min(most[name], int(counts[name]))}" for name in target.classes)
    note = f"balanced: {len(corpus) - len(found)} of {len(corpus)} clips are left out at random; what is left: {said}"
    return replace(found, notes=(*corpus.notes, note)) if len(found) < len(corpus) else corpus


def _most(counts: Mapping[str, int], ratio: float | Mapping[str, float], where: str) -> dict[str, int]:
    """Return how many clips of each class are kept at most."""
    if not isinstance(ratio, Mapping):
        if not 1 <= ratio < float("inf"):
            raise BadCorpus(f"got the ratio {ratio:g}; expected 1 or more: the most frequent class to the rarest")
        return {name: int(ratio * min(counts.values())) for name in counts}
    shares = {noun(name): share for name, share in ratio.items()}
    missing = [name for name in counts if not 0 < shares.get(name, 0) < float("inf")]
    if missing or len(shares) > len(counts):
        raise BadCorpus(
            f"got a ratio for {', '.join(shares)}; expected a number over 0 for each class of {where}: "
            f"{', '.join(counts)}; correct the ratio"
        )
    unit = min(count / shares[name] for name, count in counts.items())
    return {name: int(unit * shares[name] + 1e-9) for name in counts}


def _check(corpora: Sequence[Corpus], scales: str) -> None:
    if len(corpora) < 2:
        raise BadCorpus(f"got {len(corpora)} corpus to merge; expected two or more; name another one")
    if scales not in SCALES:
        raise BadCorpus(f"got scales={scales}; expected {' or '.join(SCALES)}; correct it")
    if len({corpus.trace_gold for corpus in corpora}) > 1:
        rules = "; ".join(f"{corpus.name}: {corpus.trace_gold}" for corpus in corpora)
        raise BadCorpus(f"corpora have different rules for the gold of traces ({rules}); expected one; open all alike")
    for corpus in corpora:
        if corpus.parts:
            raise BadCorpus(f"{corpus.name} is merged already; expected single corpora; name all of them in one merge")
        if not corpus.task:
            raise BadCorpus(f"{corpus.name} has no labels; expected a target that all corpora have; leave it out")


def _names(corpora: Sequence[Corpus]) -> list[str]:
    names: list[str] = []
    for corpus in corpora:
        plain = corpus.name.replace("/", "-").replace("\\", "-")
        tries = [plain, *(f"{plain}-{number}" for number in range(2, len(corpora) + 2))]
        names.append(next(name for name in tries if name not in names))
    return names


def _each(names: Sequence[str], texts: Sequence[str]) -> str:
    return "; ".join(f"{name}: {text}" for name, text in zip(names, texts, strict=True) if text)


def _renamed(corpus: Corpus, classes: Mapping[str, str]) -> Corpus:
    """Return a corpus with other names for classes; classes of one name become one."""
    called = {noun(old): new for old, new in classes.items()}

    def name(value: object) -> object:
        return called.get(noun(str(value)), value)

    def with_names(target: Target) -> Target:
        return replace(target, classes=tuple(dict.fromkeys(str(name(each)) for each in target.classes)))

    task = tuple(target if target.is_scale else with_names(target) for target in corpus.task)
    if task == corpus.task:
        return corpus
    ratings = corpus.ratings.copy()
    categories = ratings["target"].isin([target.name for target in task if not target.is_scale])
    ratings.loc[categories, "value"] = ratings.loc[categories, "value"].map(name)
    return replace(corpus, ratings=ratings, task=task, _gold={})


def _common(
    corpora: Sequence[Corpus], names: Sequence[str], scales: str, only: Sequence[str]
) -> tuple[Task, list[str]]:
    """Return the targets that all have, and what was done to scales."""
    task: list[Target] = []
    notes: list[str] = []
    for first in corpora[0].task:
        same = [target for corpus in corpora for target in corpus.task if target.name == first.name]
        if len(same) < len(corpora) or len({target.is_scale for target in same}) > 1:
            continue
        if len({target.rate_hz for target in same}) > 1:
            rates = ", ".join(f"{name} {target.rate_hz:g}" for name, target in zip(names, same, strict=True))
            raise BadCorpus(f"{first.name} has different rates ({rates} Hz); expected one; merge corpora of one rate")
        if first.is_scale:
            notes += _ranges(same, names, scales)
            task.append(first)
        elif all(target.is_scale for target in task):
            task.append(replace(first, classes=_shared(same, names, only)))
        else:
            task.append(replace(first, classes=tuple(dict.fromkeys(c for target in same for c in target.classes))))
    if not task:
        have = "; ".join(f"{n}: {', '.join(t.name for t in c.task)}" for n, c in zip(names, corpora, strict=True))
        raise BadCorpus(f"no target is in all corpora ({have}); expected one, such as emotion; rename columns")
    return tuple(task), notes


def _shared(same: Sequence[Target], names: Sequence[str], only: Sequence[str]) -> tuple[str, ...]:
    have = "; ".join(f"{name}: {few(target.classes, 10)}" for name, target in zip(names, same, strict=True))
    shared = tuple(name for name in same[0].classes if all(name in target.classes for target in same))
    wanted = {noun(name) for name in only}
    if missing := wanted - {noun(name) for name in shared}:
        raise BadCorpus(f"{', '.join(sorted(missing))} is not in all corpora ({have}); leave it out, or map classes")
    shared = tuple(name for name in shared if not wanted or noun(name) in wanted)
    if len(shared) < 2:
        raise BadCorpus(
            f"{same[0].name} has {len(shared)} classes that are in all corpora ({have}); expected two or more; say "
            "which are the same, such as map=excitement/happiness"
        )
    return shared


def _ranges(same: Sequence[Target], names: Sequence[str], scales: str) -> list[str]:
    ranges = [(target.low, target.high) for target in same]
    if len(set(ranges)) == 1:
        return []
    said = ", ".join(f"{name} [{low:g}, {high:g}]" for name, (low, high) in zip(names, ranges, strict=True))
    if scales == "refuse":
        raise BadCorpus(
            f"{same[0].name} has different ranges ({said}); expected one; say scales=map to bring all to the first "
            "one's, if their ends mean the same"
        )
    return [f"{same[0].name}: ranges were brought to the first one's ({said})"]


def _fitted(corpus: Corpus, task: Task) -> Corpus:
    """Return a corpus with these targets and classes, its scales in their ranges."""
    own = tuple(corpus.target(target.name) for target in task)
    ratings = corpus.ratings[corpus.ratings["target"].isin([target.name for target in task])].copy()
    for target, mine in zip(task, own, strict=True):
        if target.is_scale and (mine.low, mine.high) != (target.low, target.high):
            here = ratings["target"] == target.name
            own_range, values = (mine.low, mine.high), ratings.loc[here, "value"]
            if target.rate_hz:
                moved = values.map(
                    lambda trace, span=own_range, to=target: as_trace(on_scale(np.array(trace), span, to))
                )
            else:
                moved = on_scale(values.astype(float), own_range, target).astype(object)
            ratings.loc[here, "value"] = moved
    found = replace(corpus, ratings=ratings, task=own, _gold={})
    first = next((target for target in task if not target.is_scale), None)
    found = with_classes(found, first.classes) if first else found
    return replace(found, task=task, _gold={})


def _prefixed(corpus: Corpus, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return segments and ratings with the corpus's name before files, speakers, sessions and raters."""
    old, index = corpus.segments, corpus.segments.index
    files = f"{name}/" + index.get_level_values("file").astype(str)
    new = pd.MultiIndex.from_arrays([files, *(index.get_level_values(t) for t in INDEX[1:])], names=INDEX)
    owned = {column: _before(old[column], name) for column in ("speaker", "session")}
    segments = old.assign(**owned, corpus=name).set_axis(new)
    ids = dict(zip(corpus.ids, segment_ids(new), strict=True))
    raters = corpus.ratings["rater"]
    timed = corpus.ratings["target"].isin([target.name for target in corpus.task if target.rate_hz])
    # A trace called gold counts alone, whatever the raters beside it gave.
    nobody = (raters == INTENDED) | (timed & (raters == GOLD))
    return segments, corpus.ratings.assign(
        segment=corpus.ratings["segment"].map(ids), rater=_before(raters, name).where(~nobody, raters)
    )


def _before(texts: pd.Series[str], name: str) -> pd.Series[str]:
    return (f"{name}/" + texts.astype(object)).where(texts.notna(), None)
