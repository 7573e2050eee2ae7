"""Does asking pay where emotion is rare? Corpora as they are, and with more and more neutral speech, over paired runs.

``python -m tests.benchmarks imbalance CORPUS ...`` (a name such as ``synthetic``, or a folder with recordings) prints,
of each corpus as it is and with a half, three quarters and nine tenths of neutral clips, how far the strategies lie
above random over the whole curve, with 95 % intervals that count groups of test speakers. Runs are kept in
``out/imbalance``, so that an interrupted table goes on where it was.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.random import Generator

from seral_core import compare, data
from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus

SHARES = (0.0, 0.5, 0.75, 0.9)
STRATEGIES = ("recommended", "entropy", "random")
ROW = "{:<34} {:>6} {:>8} {:<34} {:<34}"
#: Labels at the end: these, or a third of the clips where that is fewer.
BUDGET = 150
#: A corpus is passed over where a class has fewer clips: a test part would not have it.
FEWEST = 5


def with_neutral(corpus: Corpus, share: float, rng: Generator) -> Corpus:
    """Return a corpus of which a share is neutral: all its neutral clips, and the others in their proportions.

    Where that share is less than what is neutral already, neutral clips are left out instead.
    """
    gold = corpus.gold("emotion").dropna()
    names, classes = np.array(gold.index), gold.to_numpy(dtype=object)
    is_neutral = classes == "neutral"
    neutral, others = rng.permutation(names[is_neutral]), names[~is_neutral]
    wanted = round(len(neutral) * (1 - share) / share)
    if wanted > len(others):
        return corpus.only([*neutral[: round(len(others) * share / (1 - share))], *others])
    kinds = classes[~is_neutral]
    kept = [
        name
        for kind in sorted(set(kinds))
        for name in rng.permutation(others[kinds == kind])[: round(wanted * np.mean(kinds == kind))]
    ]
    return corpus.only([*neutral, *kept])


def without_calm(corpus: Corpus) -> Corpus:
    """Return a corpus in which calm speech counts as neutral, as it does in talk."""
    emotion = corpus.target("emotion")
    if "calm" not in emotion.classes:
        return corpus
    merged = replace(emotion, classes=tuple(name for name in emotion.classes if name != "calm"))
    task = tuple(merged if target == emotion else target for target in corpus.task)
    return replace(corpus, ratings=corpus.ratings.replace({"value": {"calm": "neutral"}}), task=task, _gold={})


def corpora(where: str) -> list[tuple[str, Corpus]]:
    """Return a corpus as it is and with each share of neutral clips; the built-in one is made with them."""
    if where.startswith("synthetic"):
        names = [where if not share else f"{where}:neutral={share:g}" for share in SHARES]
        return [(name, open_corpus(name)) for name in names]
    corpus, name = without_calm(open_corpus(where)), Path(where).name
    rare = [
        (f"{name}-{share:.0%}-neutral", with_neutral(corpus, share, np.random.default_rng(0))) for share in SHARES[1:]
    ]
    return [(name, corpus), *rare]


def main(wanted: list[str]) -> int:
    """Print the table; the number after ``seeds=`` says how many paired runs a test part has."""
    seeds = next((int(word.removeprefix("seeds=")) for word in wanted if word.startswith("seeds=")), 8)
    features = next((word.removeprefix("features=") for word in wanted if word.startswith("features=")), "SERALv01")
    print(ROW.format("UAR above random, whole curve", "clips", "labels", *STRATEGIES[:2]), flush=True)
    for where in [word for word in wanted if "=" not in word.partition(":")[0]]:
        for name, corpus in corpora(where):
            if corpus.gold("emotion").value_counts().min() < FEWEST:
                print(ROW.format(name, len(corpus), "", f"a class has fewer than {FEWEST} clips", ""), flush=True)
                continue
            budget = min(BUDGET, len(corpus) // 3)
            found = compare(
                data(corpus, target="emotion", features=features), strategies=STRATEGIES, seeds=seeds, folds="all",
                budget=budget, jobs=1, progress=False,
                save=Path("out/imbalance") / f"{name}-{features}-{seeds}",
            )  # fmt: skip
            rows = found.differences("random")
            said = [
                f"{rows.loc[s, 'mean']:+.3f} [{rows.loc[s, 'low']:+.3f}, {rows.loc[s, 'high']:+.3f}]"
                for s in STRATEGIES[:2]
            ]
            print(ROW.format(name, len(corpus), budget, *said), flush=True)
    return 0
