"""What labelling was for: a project's model, and what it believes of the clips that nobody labelled."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadPlan, SeralError
from seral_core.far.agreed import check_scheduler
from seral_core.far.corpus import FarCorpus
from seral_core.far.dask import engine_for
from seral_core.folders import inside
from seral_core.learners.base import Known, Learner, learners
from seral_core.model.about import of_corpus
from seral_core.model.inputs import Given
from seral_core.model.model import Model
from seral_core.model.trained_learner import portable
from seral_core.runs.events import Event, Scored, Trained
from seral_core.runs.history import History
from seral_core.runs.log import Log
from seral_core.runs.parts import Surroundings, part
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Round
from seral_core.studio.as_run import run_of
from seral_core.studio.control_clips import control_clips
from seral_core.studio.estimate import ABOUT_TEST
from seral_core.studio.far_learning import OFF
from seral_core.studio.far_scale import pool_scale
from seral_core.studio.project import LabelProject, open_project
from seral_core.studio.queue import test_part
from seral_core.studio.recordings import clips_of, recordings
from seral_core.studio.stores import store_of
from seral_core.studio.table import Report, advice, prepared
from seral_core.studio.training_labels import FEW, trainable, training_labels
from seral_core.threads import one_thread


@dataclass(frozen=True, eq=False)
class ProjectModel:
    """A model and its predictions.

    Parameters
    ----------
    model : Model
        Trained on all that raters answered so far, as the project's trainer does.
    predictions : DataFrame
        Of the clips that nobody labelled, as `Model.predict` gives them; empty where ``elsewhere`` says so.
    elsewhere : str
        How predictions are made of clips that are too many to be held.
    """

    model: Model
    predictions: pd.DataFrame
    elsewhere: str = ""


def project_model(folder: Path, report: Report | None = None) -> ProjectModel:
    """Train a project's model on all answers, and ask it about the clips that nobody labelled.

    Only reads: raters may go on labelling meanwhile.

    Parameters
    ----------
    folder : Path
        Of the project.
    report : callable, optional
        Told ``(done, total, what)`` while features are extracted.

    Raises
    ------
    BadPlan
        When there are too few labels to learn from.
    SeralError
        When the recordings or answers cannot be read.

    Examples
    --------
    >>> from seral_core.studio.testing import answered, made_project
    >>> found = project_model(answered(made_project(clips=60), 20))
    >>> len(found.predictions), found.predictions.columns.tolist()
    (40, ['emotion', 'emotion_confidence', 'emotion_p_anger', 'emotion_p_neutral', 'emotion_p_sadness'])
    """
    studio = open_project(folder)
    corpus, rated = recordings(studio), open_corpus(folder)
    gold = frozenset(control_clips(studio, corpus))
    test = test_part(studio, clips_of(studio, corpus) - gold)
    rows = store_of(folder, studio).current()
    if far := isinstance(corpus, FarCorpus):
        check_scheduler(studio.dask)
        with engine_for(studio.dask) as engine:
            normaliser, _ = pool_scale(inside(folder, "run"), studio, gold, corpus.table, engine, report)
        answered = corpus.here(row.segment for row in rows)
        table = corpus.table.scaled(normaliser).only(
            [s for s in dict.fromkeys(r.segment for r in rows) if s in answered]
        )
    else:
        table, _ = prepared(corpus, studio.features, test, report)
    labels = training_labels(studio, [row for row in rows if row.segment in table], test | gold)
    task = trainable(studio.learned, labels)
    if not task:
        raise BadPlan(
            f"got {len({label.segment for label in labels})} labelled clips to learn from; expected {FEW} or more, of "
            "two classes or more; label on"
        )
    why = OFF
    if not far:
        by_speaker, why = advice(corpus, table, studio.learned, labels)
        table, normaliser = prepared(corpus, studio.features, test, by_speaker=by_speaker)
    pool = Pool(table, task)
    pool.add(label for label in labels if any(label.target == target.name for target in task))
    events = _events(folder)
    learner = _trained(studio, corpus, pool, events)
    told = getattr(learner, "notes", lambda _: ())(len(pool.known()))
    about = {**_about(studio, rated, pool.known(), events), "notes": [*rated.notes, why, *told]}
    about |= {"pool": len(corpus)} if far else {}
    model = Model(studio.features, normaliser, task, portable(learner, studio.learner, task), about)
    if far:
        elsewhere = f"{len(corpus):,} clips lie in partitions; predict them with: seral predict MODEL {studio.features}"
        return ProjectModel(model, pd.DataFrame(), elsewhere)
    rest = table.only(sorted(set(table.ids) - set(rated.ratings["segment"])))
    return ProjectModel(model, model.frame(Given(rest, corpus.speakers_of(rest.ids), corpus)))


def _trained(studio: LabelProject, corpus: Corpus, pool: Pool, events: list[Event]) -> Learner:
    """Return the learner that the project's trainer has after these answers."""
    learner: Learner = part(learners, studio.learner, pool.task, Surroundings(corpus, None))
    number = max((event.round for event in events if isinstance(event, Trained)), default=1)
    with one_thread():
        for _ in Round(studio.seed, number, learner, pool.known(), History(())).train(None, 0.0):
            pass
    return learner


def _events(folder: Path) -> list[Event]:
    """Return what the project's trainer has noted; nothing where it never ran, or what it noted is damaged."""
    made = run_of(folder)
    with suppress(SeralError):
        return Log(made).events() if made is not None else []
    return []


def _about(studio: LabelProject, rated: Corpus, known: Known, events: list[Event]) -> dict[str, Any]:
    scored = next((event for event in reversed(events) if isinstance(event, Scored) and event.scores), None)
    return {
        **of_corpus(rated, known.task),
        "plan": {"learner": studio.learner, "strategy": studio.strategy, "features": studio.features},
        "labels": len(known),
        "pool": len(known.table),
        "pool_speakers": len({s for s in rated.speakers_of(known.table.ids) if s is not None}),
        "scores": scored.scores if scored else {},
        "scored_on": ABOUT_TEST,
        "groups": [],
    }
