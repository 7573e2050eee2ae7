"""Hidden gold: clips whose answer is known, shown like any other."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.scales import as_text, on_scale, range_is_guessed, shown
from seral_core.corpora.tables import is_table
from seral_core.errors import BadLabel, BadPlan
from seral_core.studio.project import LabelProject
from seral_core.studio.stable_random import stable_random
from seral_core.types import Target, Value

CORPUS = "corpus"


def control_clips(studio: LabelProject, corpus: Corpus) -> dict[str, dict[str, Value]]:
    """Return the known answers by clip and target; empty where the project has no hidden gold.

    Of a corpus's own labels a random share of ``gold_share`` of the clips is taken, so that most
    are left to be asked; of a table, all.

    Raises
    ------
    BadPlan
        When ``gold`` names no labels of the project's targets.

    Examples
    --------
    >>> studio = LabelProject("toy", ("emotion=anger,sadness",), gold="corpus", gold_share=0.5)
    >>> control_clips(studio, toy_corpus())
    {'b.wav': {'emotion': 'anger'}, 'd.wav': {'emotion': 'sadness'}}
    """
    if not studio.gold or not studio.gold_share:
        return {}
    own = studio.gold == CORPUS
    source = corpus if own else _known(Path(studio.gold), corpus)
    known = known_answers(source, studio)
    here = corpus.here(known)
    known = {i: of for i, of in known.items() if i in here}
    if not known:
        names = ", ".join(target.name for target in studio.learned)
        raise BadPlan(
            f"gold is '{studio.gold}', which knows no answer to {names} for any clip; expected "
            "'corpus', or a table with the column file (clips named as in the corpus) and one for "
            "each target; correct it"
        )
    return {i: of for i, of in known.items() if not own or stable_random(studio.seed, "gold", i) < studio.gold_share}


def check_ranges(studio: LabelProject, corpus: Corpus) -> None:
    """Raise `BadPlan` where known answers are numbers whose range is only guessed, and not the project's.

    Asked when a project is made: those that were made before go on.

    Examples
    --------
    >>> check_ranges(LabelProject("toy", ("arousal=1:5",), gold="corpus", gold_share=0.5), toy_corpus())
    """
    if not studio.gold or not studio.gold_share:
        return
    source = corpus if studio.gold == CORPUS else _known(Path(studio.gold), corpus)
    where = studio.corpus if studio.gold == CORPUS else studio.gold
    for target in studio.learned:
        theirs = next((one for one in source.task if one.name == target.name and one.is_scale), target)
        if _ends(theirs) != _ends(target) and range_is_guessed(source, target.name):
            option = f"--range {target.name}"
            raise BadPlan(
                f"known answers to {target.name} look like numbers in {shown(_ends(theirs))}, but the project asks "
                f"{shown(_ends(target))}; say their range, and they are converted: seral corpora {where} "
                f"{option}={as_text(_ends(theirs))} --remember, or {option}={as_text(_ends(target))} if that is theirs"
            )


def _ends(target: Target) -> tuple[float, float]:
    return target.low, target.high


def _known(gold: Path, corpus: Corpus) -> Corpus:
    """Open what holds known answers; the names in a table mean recordings of the project."""
    table = is_table(gold) and corpus.root is not None
    return open_corpus(gold, **({"root": str(corpus.root)} if table else {}))


def known_answers(corpus: Corpus, studio: LabelProject) -> dict[str, dict[str, Value]]:
    """Return what a corpus knows about a project's targets, by clip; values that do not fit are left out.

    Numbers of another range are converted where that is known; see `check_ranges` for one that is guessed.

    Examples
    --------
    >>> known_answers(toy_corpus(), LabelProject("toy", ("emotion=anger,fear", "arousal=1:5")))
    {'a.wav': {'emotion': 'anger', 'arousal': 4.6}, 'b.wav': {'emotion': 'anger', 'arousal': 4.0}, ...}
    """
    found: dict[str, dict[str, Value]] = {}
    annotated = {target.name: target for target in corpus.task}
    for target in studio.learned:
        if (theirs := annotated.get(target.name)) is not None:
            gold = corpus.gold(target.name)
            if target.is_scale and theirs.is_scale and not range_is_guessed(corpus, target.name):
                gold = on_scale(gold.astype(float), _ends(theirs), target)
            for segment, value in _fitting(gold, target).items():
                found.setdefault(segment, {})[target.name] = value
    return {segment: found[segment] for segment in corpus.ids if segment in found}


def _fitting(gold: pd.Series[Any], target: Target) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for segment, value in gold.dropna().items():
        with suppress(BadLabel):
            values[str(segment)] = target.check(value)
    return values
