"""A model: features, normalisation, components and a trained learner in one object, so that scales always fit."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core import own
from seral_core.corpora.files import few
from seral_core.errors import BadPlan
from seral_core.features.extract import Progress
from seral_core.features.normaliser import Normaliser
from seral_core.learners.base import Learner, predicted
from seral_core.look import look
from seral_core.model.about import about_run
from seral_core.model.card import card
from seral_core.model.hearing import Hearing
from seral_core.model.inputs import Given, NoPrediction, given
from seral_core.model.keeping import load, save
from seral_core.model.replay import Replayed, log_of, replayed, without_source
from seral_core.model.speakers import ENOUGH_OWN, PoolMeanUsed, speaker_notes, without_own
from seral_core.model.trained_learner import OwnFormat, portable
from seral_core.model.who_speaks import Speakers
from seral_core.runs.build import PreparedRun, prepare
from seral_core.runs.events import Scored
from seral_core.runs.history import History
from seral_core.runs.log import Log
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Round
from seral_core.runs.speech import Report
from seral_core.threads import one_thread
from seral_core.types import Classes, Label, Prediction, Scale, Target, Task


@dataclass(eq=False)
class Model:
    """All that turns a recording into a prediction.

    Parameters
    ----------
    features : str
        Name of an extractor, as in a plan.
    normaliser : Normaliser
        Fitted on the pool that the learner was trained on.
    task : tuple of Target
        What is predicted.
    learner : Learner or OwnFormat
        Trained.
    about : mapping
        Plain data for people: where it comes from, how good it was; see `seral_core.model.about`.
    enough : int
        A speaker with fewer clips at hand is normalised by the mean and deviation of the training pool.
    hearing : Hearing, optional
        How features are made of sound; left out: by ``features``.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core import Plan, run
    >>> out = Path(tempfile.mkdtemp())
    >>> log = run(Plan(corpus="synthetic:clips=60:speakers=6", initial=10, budget=20, strategy="random"), out)
    >>> model = Model.of_run(log)
    >>> model.predict(np.zeros((2, 193))).columns[:3].tolist()
    ['emotion', 'emotion_confidence', 'emotion_p_anger']
    >>> model.save(out / "model") and Model.load(out / "model").task == model.task
    True
    """

    features: str
    normaliser: Normaliser
    task: Task
    learner: Learner | OwnFormat
    about: Mapping[str, Any]
    enough: int = ENOUGH_OWN
    hearing: Hearing = None  # type: ignore[assignment]
    _warned: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.hearing is None:
            self.hearing = Hearing(self.features)

    @classmethod
    def of_run(cls, run: str | Path | Log, made: PreparedRun | None = None, *, report: Report | None = None) -> Model:
        """Return the model that a run had when its judge last saw it, whether or not the run is finished.

        Parameters
        ----------
        run : str, Path or Log
            Of one run.
        made : PreparedRun, optional
            What the run is made of, where that is at hand; left out: it is built from the plan once more.
        report : callable, optional
            Called with ``(done, total, what)`` while features are extracted.

        Raises
        ------
        SeralError
            When nothing was trained yet, or the run was made on other data.
        """
        log = log_of(Path(run) if isinstance(run, str) else run)
        events = log.events()
        made = made or prepare(log.plan, report)
        return cls._of(made, replayed(made, events, log.folder), run=log.folder.name)

    @classmethod
    def of_labels(cls, made: PreparedRun, labels: Iterable[Label], *, round: int = 0) -> Model:
        """Return a model of a prepared run that learned from just these labels.

        Parameters
        ----------
        made : PreparedRun
            Says how; its pool stays as it is.
        labels : iterable of Label
            Of segments of its pool.
        round : int
            With the plan's seed, the address of every random number of the training.

        Raises
        ------
        BadPlan
            When there are no labels.
        """
        pool = Pool(made.pool.table, made.pool.task)
        pool.add(labels)
        if not len(pool.known()):
            raise BadPlan("got no labels to train a model from; expected at least one; give some")
        now = Round(made.plan.seed, round, made.learner, pool.known(), History(()))
        with one_thread():
            scored = [event for event in now.train(made.judge, pool.spent) if isinstance(event, Scored)]
        return cls._of(made, Replayed(without_source(made.learner), now.known, scored[0], round))

    @classmethod
    def _of(cls, made: PreparedRun, found: Replayed, run: str = "") -> Model:
        assert made.normaliser is not None
        learner = portable(found.learner, made.plan.learner, made.pool.task, made.plan.device)
        about = about_run(made, found, run)
        return cls(made.plan.features, made.normaliser, made.pool.task, learner, about)

    @classmethod
    def load(cls, folder: str | Path, *, trusted: Collection[str] = (), features: Any = None) -> Model:
        """Return a model that was saved; no code of the folder runs, and nothing is downloaded for it.

        Parameters
        ----------
        folder : str or Path
            The model's.
        trusted : collection of str
            Names of classes of your own that the learner is made of, where you know who made the folder.
        features : str, Path or function of sound, optional
            What the model hears with, where it is not known here by its name or content: the folder of an encoder, a
            function that the model was trained with, or a file of ready features for a corpus.

        Raises
        ------
        BadModel
            When the folder holds no model, one of another version, or a damaged one.
        """
        return cls(**load(Path(folder), trusted, features))

    def save(self, folder: str | Path, *, replace: bool = False) -> Path:
        """Write the model into a new folder, with a model card, and return the folder; nothing in it is pickled.

        Parameters
        ----------
        folder : str or Path
            Made; where a model is there already, it is replaced only with ``replace=True``.
        """
        return save(self, Path(folder), replace=replace)

    def card(self) -> str:
        """Return what people should know before they use the model, as Markdown."""
        return card(self)

    def predict(self, what: Any, *, speakers: Speakers = None, progress: Progress | None = None) -> pd.DataFrame:
        """Return what the model believes, one row per clip.

        Parameters
        ----------
        what : path, sequence of paths, Dataset, Corpus, DataFrame, FeatureTable, or array of shape (clips, features)
            A path is a recording, a folder, a table, or has wildcards. Features are as they were extracted; those of a
            DataFrame are found by the names of its columns.
        speakers : mapping, Series, sequence or str, optional
            Who speaks: by segment id, one entry per clip, or one name for all; left out: what the corpus or the names
            of the files say. A Series is joined by its index, except to an array, which has none.
        progress : callable, optional
            Called with ``(done, total, text)`` while features are extracted.

        Returns
        -------
        DataFrame
            Index ``segment``, a row for every clip that was given, in order; one that cannot be used has an empty row
            (NaN), with a warning (`NoPrediction`). For a category: its name, ``<name>_confidence`` and
            ``<name>_p_<class>``; for a scale: its name and ``<name>_std``. ``attrs["notes"]`` says what was assumed,
            ``attrs["problems"]`` which clips cannot be used.

        Raises
        ------
        SeralError
            When there is nothing to predict, or features do not fit.
        """
        scale = self.normaliser
        asked = given(what, self.hearing, scale.names, len(scale.mean), speakers, progress)
        found = self.frame(asked)
        if empty := found.attrs["problems"] if len(asked.table) < len(found) else []:
            text = f"{len(found) - len(asked.table)} of {len(found)} clips cannot be used, and their rows are empty"
            warnings.warn(f"{text}: {few(empty)}", NoPrediction, stacklevel=2)
        return found

    def frame(self, asked: Given) -> pd.DataFrame:
        """Return what `predict` does, of features that are at hand together with who speaks."""
        believed, notes = self._believes(asked)
        frame = pd.DataFrame(index=pd.Index(asked.table.ids, name="segment"))
        for target in self.task:
            frame = pd.concat([frame, _columns(believed[target.name], target, frame.index)], axis=1)
        if asked.rows is not None:
            frame = _at_rows(frame, asked)
        frame.attrs["notes"] = [*asked.notes, *notes, *self._scores_alone()]
        frame.attrs["problems"] = [f"{segment} {why}" for segment, why in asked.table.problems]
        return frame

    def predict_proba(self, what: Any, target: str = "", **how: Any) -> pd.DataFrame:
        """Return probabilities of one category, one row per clip and one column per class.

        Parameters
        ----------
        what, **how
            As in `predict`.
        target : str
            Left out: the first category.
        """
        chosen = next((t for t in self.task if not t.is_scale and target in ("", t.name)), None)
        if chosen is None:
            names = ", ".join(f"{t.name} ({'a scale' if t.is_scale else 'a category'})" for t in self.task)
            raise BadPlan(f"got {target or 'no target'}; expected a category; the model predicts {names}")
        frame = self.predict(what, **how)
        found = frame[[f"{chosen.name}_p_{name}" for name in chosen.classes]]
        found.columns = pd.Index(chosen.classes, name=chosen.name)
        return found

    def _believes(self, asked: Given) -> tuple[Prediction, tuple[str, ...]]:
        """Return a belief for each target with a row per clip, and what was assumed of who speaks."""
        known, scale, table = self.learner, self.normaliser, asked.table
        learner: Learner = known.learner(asked.corpus) if isinstance(known, OwnFormat) else known
        by_speaker = scale.speakers
        if table.normalised and table.normalised == scale.label:
            notes: tuple[str, ...] = ("features were on the model's scale already",)
        else:
            table = scale.of(table, asked.speakers, enough=self.enough)
            if meet := getattr(learner, "meet", None):
                by_speaker = meet(table.ids, self.enough)
            notes = speaker_notes(asked.speakers, self.enough, normalised=by_speaker)
            if by_speaker and without_own(asked.speakers, self.enough):
                self._warn(notes[-1])
        with one_thread():
            found = predicted(learner.predict, table)
        return {target.name: found[target.name].pooled() for target in self.task}, notes

    def _scores_alone(self) -> tuple[str, ...]:
        """Say of which targets columns of probabilities hold scores that are none."""
        return tuple(getattr(self.learner, "without_probabilities", tuple)())

    def _warn(self, note: str) -> None:
        """Warn of a note, once a model."""
        if not self._warned:
            self._warned = True
            warnings.warn(note, PoolMeanUsed, stacklevel=5)

    def __repr__(self) -> str:
        targets = ", ".join(target.name for target in self.task)
        labels = f"{self.about.get('labels', 0)} labels of {self.about.get('corpus', 'a corpus')}"
        return f"Model({', '.join([f'{targets} from {self._heard_by}', labels, *self._scored[:1]])})"

    def _repr_html_(self) -> str:
        facts = {
            "predicts": "; ".join(f"{t.name}: {', '.join(t.classes) or f'{t.low:g} to {t.high:g}'}" for t in self.task),
            "features": self._heard_by,
            "learner": own.shown(str(self.about.get("plan", {}).get("learner", ""))),
            "trained on": f"{self.about.get('labels', 0)} labels of {self.about.get('corpus', 'a corpus')}",
            "scores": ", ".join(self._scored),
            "licence of the corpus": self.about.get("licence", ""),
        }
        return look("Model", facts)

    @property
    def _heard_by(self) -> str:
        """The features as people read them."""
        shown = own.shown(self.features)
        return "features in memory" if shown in ("ndarray", "dataframe", "featuretable") else shown

    @property
    def _scored(self) -> list[str]:
        scored = self.about.get("scores", {}).values()
        return [f"{name} {value:.2f}" for of in scored for name, value in of.items()]


def _at_rows(frame: pd.DataFrame, asked: Given) -> pd.DataFrame:
    """Return predictions with a row for every clip that was given."""
    index = pd.Index(asked.ids, name="segment")
    return frame.set_axis(pd.Index(np.asarray(asked.rows))).reindex(range(len(index))).set_axis(index)


def _columns(belief: Classes | Scale, target: Target, index: pd.Index[Any]) -> pd.DataFrame:
    match belief:
        case Classes():
            proba = belief.mean
            guess = np.array(target.classes, dtype=object)[belief.guess]
            shares = {f"{target.name}_p_{name}": proba[:, i] for i, name in enumerate(target.classes)}
            found = {target.name: guess, f"{target.name}_confidence": proba.max(axis=1), **shares}
        case Scale():
            spread = np.sqrt((belief.std**2).mean(axis=0) + belief.mean.var(axis=0))
            found = {target.name: belief.guess, f"{target.name}_std": spread}
    return pd.DataFrame(found, index=index)
