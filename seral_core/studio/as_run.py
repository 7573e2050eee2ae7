"""A project's training as pages show any other run: what it is made of, without labels."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from seral_core.corpora.corpus import Corpus, rating_frame
from seral_core.corpora.folds import Split
from seral_core.errors import BadPlan, SeralError
from seral_core.far.corpus import FarCorpus
from seral_core.folders import inside
from seral_core.learners.base import learners
from seral_core.runs.build import PreparedRun
from seral_core.runs.judge import WholeSet
from seral_core.runs.parts import part
from seral_core.runs.plan import Plan
from seral_core.runs.pool import Pool
from seral_core.runs.speech import codes
from seral_core.studio.project import FILE, open_project
from seral_core.studio.recordings import recordings
from seral_core.studio.table import kept_stamp, kept_table


def is_project(plan: Plan) -> bool:
    """Whether a plan is that of a labelling project, as the trainer writes it.

    Examples
    --------
    >>> is_project(Plan())
    False
    """
    return plan.oracle == "people" and (Path(plan.corpus) / FILE).is_file()


def run_of(folder: Path) -> Path | None:
    """Return the folder of a project's training, which is a run; None before its first model.

    Parameters
    ----------
    folder : Path
        Of the project.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> run_of(made_project(clips=20))
    """
    for path in sorted(inside(folder, "run").glob("*/plan.toml")):
        with suppress(SeralError):
            made = inside(folder, f"run/{path.parent.name}")
            Plan.load(made)
            return made
    return None


def prepared_of(plan: Plan) -> PreparedRun:
    """Return what the training of a project is made of.

    Parameters
    ----------
    plan : Plan
        As the trainer wrote it.

    Returns
    -------
    PreparedRun
        Its corpus has no ratings: the answers of people are in the events.

    Raises
    ------
    BadPlan
        While features are not extracted yet.

    Examples
    --------
    >>> from seral_core.studio.testing import answered, made_project
    >>> from seral_core.studio.trainer import Trainer
    >>> trainer = Trainer(answered(made_project(clips=60), 12))
    >>> made = prepared_of(trainer.log.plan)
    >>> len(made.pool.table), made.corpus
    (60, Corpus('clips': 60 segments, 5 speakers, emotion (3 classes)))
    """
    folder = Path(plan.corpus)
    studio, table = open_project(folder), kept_table(inside(folder, "run"))
    if table is None:
        raise BadPlan("the features of this project are not extracted yet; label on, and look again in a minute")
    bare = recordings(studio)
    corpus = bare.only(table.ids) if isinstance(bare, FarCorpus) else bare
    corpus = replace(corpus, ratings=rating_frame([]), task=studio.learned, links=studio.links, _gold={})
    here = set(corpus.ids)
    gone = any(segment not in here for segment in table.ids)
    pool = Pool(table.only([i for i in table.ids if i in here]) if gone else table, studio.learned)
    place = {segment: i for i, segment in enumerate(corpus.ids)}
    rows = np.array([place[segment] for segment in pool.table.ids], dtype=np.intp)
    gold = {target.name: codes(corpus, target)[0][rows] for target in studio.learned}
    return PreparedRun(
        plan, corpus, pool.table, Split("none", pool.table.ids, (), ()), pool,
        part(learners, plan.learner, studio.learned), (), None, WholeSet(studio.learned, gold), _sampled(bare, pool),
        corpus.notes,
        table.fingerprint,
    )  # fmt: skip


def _sampled(corpus: Corpus, pool: Pool) -> tuple[str, ...]:
    """Return a sentence where a part of the clips stands for all."""
    if len(pool.table) == len(corpus) or not isinstance(corpus, FarCorpus):
        return ()
    shown = f"{len(pool.table):,} of {len(corpus):,} clips are drawn"
    return (f"{shown}: some at random, and all that are labelled or were asked for",)


def stamp_of(plan: Plan) -> tuple[int, ...]:
    """Return numbers that change when the clips that are drawn do.

    Examples
    --------
    >>> stamp_of(Plan(corpus="nowhere"))
    (0, 0)
    """
    return kept_stamp(inside(Path(plan.corpus), "run"))
