"""Split a corpus into a pool and a test part that share no speaker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.random import Generator

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import few
from seral_core.errors import BadPlan, UnknownName
from seral_core.types import Ints, Target

#: What may name a test part: ``session=Ses05`` and the like.
_COLUMNS = ("speaker", "session", "sex", "split", "corpus")
_NAMED = tuple(f"{column}=..." for column in _COLUMNS)
_WAYS = ("speakers:K", "K of N", "speaker", "session", "corpus", "given", "none", *_NAMED)
_DEV = re.compile(r"dev|val", re.IGNORECASE)
_TEST = re.compile(r"test|eval", re.IGNORECASE)
_CHOICE = re.compile(r"(\d+)\s*of\s*(\d+)")
_UNKNOWN = "?"


@dataclass(frozen=True)
class Split:
    """One way to hold segments back for testing.

    Parameters
    ----------
    name : str
        Such as ``"speakers-1"`` or ``"session=Ses05"``.
    pool, test : tuple of str
        Segment ids, in the order of the corpus; none is in both.
    alarms : tuple of str
        What makes scores on the test part look better than they are, one sentence each.

    Examples
    --------
    >>> split = splits(toy_corpus(), "speaker=02")[0]
    >>> split.name, split.pool, split.test, split.alarms
    ('speaker=02', ('a.wav', 'c.wav'), ('b.wav', 'd.wav'), ())
    """

    name: str
    pool: tuple[str, ...]
    test: tuple[str, ...]
    alarms: tuple[str, ...] = ()


def splits(corpus: Corpus, how: str = "speakers:5", *, seed: int = 0) -> list[Split]:
    """Return the splits of a corpus, speaker-independent wherever speakers are known.

    Parameters
    ----------
    corpus : Corpus
        Uses ``speaker``, ``session``, ``sex`` and ``split`` of its segments.
    how : str
        ``"speakers:5"``: five groups of speakers, balanced in sex and clips, each the test part once (one
        speaker at a time where there are fewer); ``"speaker"``, ``"session"`` or, of a merged corpus,
        ``"corpus"``: leave one out; ``"2 of 5"``: every choice of two of five groups of sessions, or of speakers
        where there are fewer than three sessions or they share speakers (fewer groups, in the same proportion,
        where there are fewer sessions or speakers); ``"given"``: the corpus's own split; ``"session=Ses05"``,
        ``"speaker=09,10"``, ``"corpus=emodb"``: this test part; ``"none"``: everything in the pool, nothing held
        back.
    seed : int
        Decides which speakers come together.

    Returns
    -------
    list of Split
        In every split, pool and test are disjoint and cover the corpus.

    Raises
    ------
    BadPlan
        When the corpus does not know what is asked for, or a part would be empty.
    UnknownName
        When a speaker, a session or a way to split does not exist.

    Examples
    --------
    >>> [s.test for s in splits(toy_corpus(), "speaker")]
    [('a.wav', 'c.wav'), ('b.wav', 'd.wav')]
    >>> splits(toy_corpus(), "speaker=2")[0].pool
    ('a.wav', 'c.wav')
    >>> [s.name for s in splits(toy_corpus(), "2 of 5")]
    ['1 of 2: 01', '1 of 2: 02']
    """
    if choice := _CHOICE.fullmatch(how.strip()):
        return _by_choice(corpus, int(choice[1]), int(choice[2]), seed)
    way, _, rest = how.strip().partition(":")
    column, equals, names = how.partition("=")
    if equals and column.strip() in _COLUMNS:
        return [_named(corpus, column.strip(), [n.strip() for n in names.split(",") if n.strip()])]
    match way:
        case "none" if not rest:
            return [Split("none", corpus.ids, ())]
        case "given" if not rest:
            return [_given(corpus)]
        case "speaker" if not rest:
            return _by_speaker(corpus, len(corpus), seed)
        case "session" | "corpus" if not rest:
            return _leave_one_out(corpus, way)
        case "speakers":
            return _by_speaker(corpus, _count(how, rest), seed)
    raise UnknownName("split", how, _WAYS)


def speaker_alarms(corpus: Corpus, pool: Sequence[str], test: Sequence[str]) -> tuple[str, ...]:
    """Say which speakers are on both sides, and whether that can be known at all.

    Parameters
    ----------
    corpus : Corpus
        Knows the speakers.
    pool, test : sequence of str
        Segment ids.

    Returns
    -------
    tuple of str
        One sentence each; empty where all is well or nothing is tested.

    Examples
    --------
    >>> speaker_alarms(toy_corpus(), ["a.wav"], ["c.wav"])
    ('1 speaker is both in pool and test: 01; scores will look better than on new speakers',)
    """
    if not test:
        return ()
    speaker = corpus.about["speaker"]
    here, there = speaker.reindex(list(pool)), speaker.reindex(list(test))
    alarms = []
    both = sorted(set(here.dropna()) & set(there.dropna()))
    if both:
        count = "1 speaker is" if len(both) == 1 else f"{len(both)} speakers are"
        names = few([str(name) for name in both], 5)
        alarms.append(f"{count} both in pool and test: {names}; scores will look better than on new speakers")
    unknown = int(here.isna().sum() + there.isna().sum())
    if unknown:
        alarms.append(f"{unknown} segments have no known speaker; whether pool and test share one cannot be checked")
    return tuple(alarms)


def class_alarms(corpus: Corpus, target: Target, pool: Sequence[str], test: Sequence[str]) -> tuple[str, ...]:
    """Say where a part has too few classes for its scores to mean what they seem to.

    Parameters
    ----------
    corpus : Corpus
        Knows the gold.
    target : Target
        A category; of a scale nothing is said.
    pool, test : sequence of str
        Segment ids.

    Returns
    -------
    tuple of str
        One sentence each; empty where all is well or nothing is tested.

    Examples
    --------
    >>> toy = toy_corpus()
    >>> class_alarms(toy, toy.task[0], ["b.wav", "c.wav"], ["a.wav"])[0]
    'the test part has a single class of emotion, anger: its scores say nothing; hold back other clips'
    """
    if target.is_scale or not test:
        return ()
    gold = corpus.gold(target.name)
    here, there = set(gold.reindex(list(pool)).dropna()), set(gold.reindex(list(test)).dropna())
    if len(there) == 1:
        only = next(iter(there))
        return (
            f"the test part has a single class of {target.name}, {only}: its scores say nothing; hold back other clips",
        )
    alarms = []
    if missing := sorted(here - there):
        alarms.append(f"the test part has no {few(missing, 5)}: scores say nothing of how well that is recognised")
    if unheard := sorted(there - here):
        alarms.append(f"the pool has no {few(unheard, 5)}, which the test part has: it cannot be learned")
    return tuple(alarms)


def _split(corpus: Corpus, name: str, test: pd.Series[bool], more: tuple[str, ...] = ()) -> Split:
    """Hold back the segments where ``test`` (by id) is true."""
    held = test.to_numpy(bool)
    pool = tuple(i for i, t in zip(corpus.ids, held, strict=True) if not t)
    back = tuple(i for i, t in zip(corpus.ids, held, strict=True) if t)
    if not pool or not back:
        part = "pool" if not pool else "test part"
        raise BadPlan(
            f"split '{name}' leaves the {part} of {corpus.name} empty; name fewer or other segments for testing"
        )
    return Split(name, pool, back, more + speaker_alarms(corpus, pool, back))


def _count(how: str, rest: str) -> int:
    if not rest:
        return 5
    if not rest.isdecimal() or int(rest) < 2:
        raise BadPlan(f"split '{how}' has no usable number of groups; expected 2 or more, such as speakers:5")
    return int(rest)


def _by_speaker(corpus: Corpus, groups: int, seed: int) -> list[Split]:
    """Hold back one group of speakers after the other; one speaker where there are fewer than groups."""
    speaker = corpus.about["speaker"]
    if speaker.nunique() < 2:
        return _by_clip(corpus, min(groups, 5), seed)
    if speaker.nunique(dropna=False) <= groups:
        return _leave_one_out(corpus, "speaker")
    group = speaker.fillna(_UNKNOWN).map(_deal_speakers(corpus, groups, np.random.default_rng(seed)))
    return [_split(corpus, f"speakers-{g + 1}", group == g) for g in range(groups)]


def _by_choice(corpus: Corpus, held: int, groups: int, seed: int) -> list[Split]:
    """Hold back every choice of some of the groups."""
    if not 0 < held < groups:
        raise BadPlan(f"got split '{held} of {groups}'; expected fewer parts held back than there are, such as 2 of 5")
    group, alarm = _groups(corpus, groups, seed)
    names = sorted(group.unique())
    count = max(1, round(held * len(names) / groups))
    return [
        _split(corpus, f"{count} of {len(names)}: {' + '.join(some)}", group.isin(some), alarm)
        for some in combinations(names, count)
    ]


def _groups(corpus: Corpus, groups: int, seed: int) -> tuple[pd.Series[str], tuple[str, ...]]:
    """Return the group of each segment, by session or speaker, and what is doubtful about it."""
    session, speaker = corpus.about["session"], corpus.about["speaker"]
    shared = corpus.about.dropna(subset="speaker").groupby("speaker")["session"].nunique().gt(1).any()
    if session.notna().all() and session.nunique() >= 3 and not shared:
        return _named_groups(session, _deal_sessions(session, groups)), ()
    if speaker.nunique() >= 2:
        deal = _deal_speakers(corpus, min(groups, speaker.nunique()), np.random.default_rng(seed))
        return _named_groups(speaker.fillna(_UNKNOWN), deal), ()
    clips = _by_clip(corpus, groups, seed)
    number = {segment: str(i + 1) for i, fold in enumerate(clips) for segment in fold.test}
    return pd.Series(number).reindex(list(corpus.ids)), clips[0].alarms


def _named_groups(value: pd.Series[str], deal: dict[str, int]) -> pd.Series[str]:
    """Name groups after the one value that they hold, or by number."""
    alone = len(set(deal.values())) == len(deal)
    return value.map({name: name if alone else f"{value.name}s-{number + 1}" for name, number in deal.items()})


def _deal_sessions(session: pd.Series[str], groups: int) -> dict[str, int]:
    """Give each session a group: most clips first, to the group that has fewest."""
    clips = session.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    load, group = np.zeros(min(groups, len(clips))), {}
    for name, count in clips.items():
        group[str(name)] = int(load.argmin())
        load[group[str(name)]] += count
    return group


def _deal_speakers(corpus: Corpus, groups: int, rng: Generator) -> dict[str, int]:
    """Give each speaker a group: most clips first, to the group that has fewest of this sex, then of clips."""
    about = corpus.about.assign(speaker=corpus.about["speaker"].fillna(_UNKNOWN))
    clips = about["speaker"].value_counts().sort_index()
    sexes = about.groupby("speaker")["sex"].first().fillna(_UNKNOWN)
    order = clips.iloc[rng.permutation(len(clips))].sort_values(ascending=False, kind="stable")
    load = np.zeros(groups)
    heads = {sex: np.zeros(groups) for sex in sexes.unique()}
    group: dict[str, int] = {}
    for sex in sorted(heads):
        for name in order.index[sexes[order.index] == sex]:
            all_heads = np.sum(list(heads.values()), axis=0)
            chosen = int(np.lexsort((load, all_heads, heads[sex]))[0])
            group[str(name)] = chosen
            load[chosen] += order[name]
            heads[sex][chosen] += 1
    return group


def _leave_one_out(corpus: Corpus, column: str) -> list[Split]:
    values = _column(corpus, column).fillna(_UNKNOWN)
    names = sorted(values.unique())
    if len(names) < 2:
        raise BadPlan(
            f"{corpus.name} has {len(names) if names != [_UNKNOWN] else 'no'} known {column}; "
            f"leaving one {column} out needs two or more; choose another split, such as speakers:5"
        )
    return [_split(corpus, f"{column}={name}", values == name) for name in names]


def _column(corpus: Corpus, column: str) -> pd.Series[str]:
    about = corpus.about
    return about[column] if column in about else pd.Series(None, about.index, dtype=object)


def _by_clip(corpus: Corpus, folds: int, seed: int) -> list[Split]:
    """Deal clips in the order of their gold, so that every fold has its share of each class or level."""
    if len(corpus) < 2:
        raise BadPlan(f"{corpus.name} has {len(corpus)} segments; a split needs two or more; use none")
    folds = min(folds, len(corpus))
    known = corpus.about["speaker"].dropna().unique()
    order = np.random.default_rng(seed).random(len(corpus))
    fold = np.empty(len(corpus), dtype=np.intp)
    fold[np.lexsort((order, _levels(corpus)))] = np.arange(len(corpus)) % folds
    why = f"{corpus.name} has one known speaker" if len(known) else f"{corpus.name} does not know its speakers"
    alarm = (f"{why}: clips were split at random within classes",)
    series = pd.Series(fold, index=list(corpus.ids))
    return [_split(corpus, f"clips-{f + 1}", series == f, alarm) for f in range(folds)]


def _levels(corpus: Corpus) -> Ints:
    """Return a number for each segment that grows with the gold of the first target: class number, or rank.

    Of traces, the rank of their means.
    """
    if not corpus.task:
        return np.zeros(len(corpus), dtype=np.intp)
    gold = corpus.gold(corpus.task[0].name)
    if corpus.task[0].rate_hz:
        gold = gold.map(lambda trace: np.nan if trace is None else float(np.nanmean(np.array(trace, float))))
    return np.asarray(pd.Categorical(gold).codes, dtype=np.intp)


def _given(corpus: Corpus) -> Split:
    """Take the test part that the corpus comes with, or its development part where it has no test part."""
    split = corpus.about["split"]
    if split.isna().all():
        raise BadPlan(f"{corpus.name} comes with no split; choose another one, such as speakers:5 or speaker=...")
    names = sorted(split.dropna().unique())
    tests = [n for n in names if _TEST.match(n)] or [n for n in names if _DEV.match(n)]
    if not tests or len(tests) == len(names):
        raise BadPlan(
            f"the splits of {corpus.name} are {', '.join(names)}; expected train and test (or "
            f"dev); name the test part: split={names[-1]}"
        )
    return _split(corpus, "given", split.isin(tests))


def _named(corpus: Corpus, column: str, wanted: list[str]) -> Split:
    values = _column(corpus, column)
    known = [str(v) for v in sorted(values.dropna().unique())]
    if not known:
        raise BadPlan(f"no {column} is known in {corpus.name}; choose another split, such as speakers:5 or speaker=...")
    if not wanted:
        raise BadPlan(f"'{column}=' names no test part; expected one of {few(known, 10)}, such as {column}={known[0]}")
    names = sorted({_find(column, name, known) for name in wanted})
    return _split(corpus, f"{column}={','.join(names)}", values.isin(names))


def _find(column: str, name: str, known: list[str]) -> str:
    """Return the known name that is meant: the same, the same in other letters, or the same number."""
    if name in known:
        return name
    by_letters = [k for k in known if k.lower() == name.lower()]
    by_number = [k for k in known if _number(k) is not None and _number(k) == _number(name) and _same_word(k, name)]
    near = by_letters or by_number
    if len(near) > 1:
        raise BadPlan(f"{column} '{name}' may be {' or '.join(near)}; write out the one you mean")
    if not near:
        raise UnknownName(column, name, known)
    return near[0]


def _number(name: str) -> int | None:
    digits = re.findall(r"\d+", name)
    return int(digits[-1]) if digits else None


def _same_word(known: str, name: str) -> bool:
    """A bare number fits any word; a word fits only its own: Ses05 is not Speaker05."""
    word = re.sub(r"\d+$", "", name).strip("_- ").lower()
    return not word or known.lower().startswith(word) or word.startswith(re.sub(r"\d+$", "", known).lower())
