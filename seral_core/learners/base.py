"""What a learner is: trained on `Known` labels, it predicts a belief for each target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.table import FeatureTable
from seral_core.registry import Registry
from seral_core.types import Floats, Ints, Prediction, Target, Task
from seral_core.units import are_one_each, checked, one_each, per_row, shared, taken, valued


@dataclass(frozen=True)
class Answers:
    """What is known about one target: rows of the table, their values and weights.

    Parameters
    ----------
    rows : Ints of shape (answers,)
        Row numbers in the table, ascending.
    values : array of shape (units,)
        Class numbers (integers) for a category, native units for a scale; nan in the gaps of a trace.
    weights : Floats of shape (answers,)
        1 is a full label.
    bounds : Ints of shape (answers + 1,)
        Answer ``i`` owns the values ``bounds[i]:bounds[i + 1]``: several where the target has a
        rate. Left out: one value per answer.

    Examples
    --------
    >>> answers = Answers(np.array([0, 4, 9]), np.array([1, 0, 1]), np.ones(3))
    >>> len(answers), answers.take(np.array([0, 2])).rows
    (3, array([0, 9]))
    >>> traces = Answers(np.array([0, 4]), np.array([0.5, 0.75, -1.0]), np.ones(2), np.array([0, 2, 3]))
    >>> traces.take(np.array([1])).values, traces.pooled().values
    (array([-1.]), array([ 0.625, -1.   ]))
    """

    rows: Ints
    values: NDArray[Any]
    weights: Floats
    bounds: Ints = field(default=None)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        if self.bounds is None:
            object.__setattr__(self, "bounds", one_each(len(self.values)))
            self.__dict__["is_plain"] = True
        else:
            object.__setattr__(self, "bounds", checked(self.bounds, len(self.values), "answers"))

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def is_plain(self) -> bool:
        """Whether every answer is one value."""
        return are_one_each(self.bounds)

    def take(self, which: Ints) -> Answers:
        """Return the answers with these positions."""
        if self.is_plain:
            return Answers(self.rows[which], self.values[which], self.weights[which])
        units, bounds = taken(self.bounds, which)
        return Answers(self.rows[which], self.values[units], self.weights[which], bounds)

    def pooled(self) -> Answers:
        """Return one value per answer: the mean of a trace where it has values, or its most frequent class.

        Of equally frequent classes, the first.
        """
        if self.is_plain:
            return self
        if np.issubdtype(self.values.dtype, np.integer):
            votes = per_row(np.eye(int(self.values.max(initial=0)) + 1)[self.values], self.bounds)
            return Answers(self.rows, votes.argmax(axis=1), self.weights)
        there = ~np.isnan(self.values)
        share = np.asarray(per_row(there.astype(np.float64), self.bounds), np.float64)
        means = per_row(np.where(there, self.values, 0.0), self.bounds)
        means = np.divide(means, share, out=np.full(len(share), np.nan), where=share > 0)
        return Answers(self.rows, means, self.weights)


@dataclass(frozen=True)
class Known:
    """All that may be learned from: the table and the answers so far, by target name.

    Parameters
    ----------
    table : FeatureTable
        The whole pool, labelled and unlabelled.
    task : tuple of Target
        What is learned.
    answers : mapping of target name to Answers
        One entry a target of the task; may be empty ones.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> table = FeatureTable(np.array([[0.0], [1.0], [2.0]]), ("a", "b", "c"))
    >>> answers = {"arousal": Answers(np.array([0, 2]), np.array([-0.5, 0.5]), np.ones(2))}
    >>> known = Known(table, (Target("arousal"),), answers)
    >>> features, values, weights = known.pairs("arousal")
    >>> features.tolist(), values.tolist(), len(known)
    ([[0.0], [2.0]], [-0.5, 0.5], 2)
    """

    table: FeatureTable
    task: Task
    answers: Mapping[str, Answers]

    def __len__(self) -> int:
        return max((len(a) for a in self.answers.values()), default=0)

    def pairs(self, target: str) -> tuple[NDArray[np.floating], NDArray[Any], Floats]:
        """Return features, values and weights of all that is known of ``target``, one row per value.

        Features are those that `seen` gives: of a target without a rate the mean of a segment's frames; of one with it
        the frames, each with its answer's weight: a second counts as much in a long trace as in a short one. Frames in
        the gaps of a trace are left out.

        Raises
        ------
        BadFeatures
            When a trace has other units than the segment has frames.
        """
        features, values, answers = self.matched(target)
        return features, values, self.answers[target].weights[answers]

    def matched(self, target: str) -> tuple[NDArray[np.floating], NDArray[Any], Ints]:
        """Return what `pairs` does, with the position of each row's answer in place of its weight."""
        a, about = self.answers[target], next((t for t in self.task if t.name == target), Target(target))
        table = seen(self.table, about)
        if table.plain and a.is_plain:
            return table.values[a.rows], a.values, np.arange(len(a), dtype=np.intp)
        there = table.take(a.rows)
        frames, values, bounds = shared(there.bounds, a.bounds, ends(about))
        answers = np.repeat(np.arange(len(a), dtype=np.intp), np.diff(bounds))
        rated = valued(a.values[values])
        if not rated.all():
            frames, values, answers = frames[rated], values[rated], answers[rated]
        return there.values[frames], a.values[values], answers


def seen(table: FeatureTable, target: Target) -> FeatureTable:
    """Return a table as a learner of one row at a time sees it: the units that a target's values belong to.

    The one place where frames become clips. A learner that takes frames in order of time reads the table itself.

    Parameters
    ----------
    table : FeatureTable
        With frames or without.
    target : Target
        What is learned or predicted.

    Returns
    -------
    FeatureTable
        Frames for a target with a rate; the mean of each segment's frames for one value per
        segment.

    Raises
    ------
    BadFeatures
        When the target has a rate, and the table no frames, or frames at another rate; or when it has none, and the
        frames of each segment have the mean 0, as features do that are z-normalised per recording.

    Examples
    --------
    >>> frames = FeatureTable(np.array([[0.0], [1.0], [5.0]]), ("a", "b"), bounds=np.array([0, 2, 3]), rate_hz=4.0)
    >>> seen(frames, Target("arousal")).values.tolist(), seen(frames, Target("arousal", rate_hz=4.0)) is frames
    ([[0.5], [5.0]], True)
    >>> seen(frames, Target("arousal", rate_hz=25.0))
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: arousal has 25 values per second and the features 4 frames; expected ...
    """
    if not target.rate_hz:
        return _with_means(table)
    if not len(table) or table.rate_hz == target.rate_hz or (not table.rate_hz and not table.plain):
        return table
    have = f"{table.rate_hz:g} frames" if table.rate_hz else "one row per clip"
    raise BadFeatures(
        f"{target.name} has {target.rate_hz:g} values per second and the features {have}; expected the same number; "
        "extract features at the target's rate, or choose a learner that aligns both"
    )


def _with_means(table: FeatureTable) -> FeatureTable:
    """Return the mean of each segment's frames; raise where it says nothing about any of them."""
    pooled = table.pooled()
    # Of one row, or of none, the means may be 0 for another reason: that the pool was brought there.
    if (
        not table.plain
        and len(table) > 1
        and np.abs(pooled.values).max(initial=0.0) < 1e-3 < np.abs(table.values[:1000]).max()
    ):
        raise BadFeatures(
            "the frames of each clip have the mean 0, since these features are z-normalised per recording; expected "
            "some that differ between clips, as there is one value per clip to learn; choose others, such as "
            "mfcc-windows or SERALv01"
        )
    return pooled


def ends(target: Target) -> int:
    """Return by how many units two traces of a clip may differ at its end: those of a second, at least one.

    Examples
    --------
    >>> ends(Target("arousal", rate_hz=25.0)), ends(Target("arousal"))
    (25, 0)
    """
    return max(1, round(target.rate_hz)) if target.rate_hz else 0


def check_scale(table: FeatureTable, normalised: str) -> None:
    """Raise where a learner is asked about features on another scale than those it was trained on.

    There, it is sure of nonsense. One that looks at features calls this in ``predict``; see ``known.table.normalised``.

    Parameters
    ----------
    table : FeatureTable
        What it is asked about.
    normalised : str
        How the table that it was trained on was normalised.

    Raises
    ------
    BadFeatures
        When the table was normalised in another way, by another pool, or not at all.

    Examples
    --------
    >>> check_scale(FeatureTable(np.eye(2), ("a", "b")), "z:0123")
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: got features as extracted; the learner was trained on features normalised ...
    """
    if table.normalised == normalised:
        return
    got, wanted = (f"normalised ({text})" if text else "as extracted" for text in (table.normalised, normalised))
    raise BadFeatures(
        f"got features {got}; the learner was trained on features {wanted}; predict with a Model, which brings new "
        "recordings to the right scale: Model.of_run(folder).predict(...)"
    )


@dataclass(frozen=True)
class Progress:
    """How far a training has come, from 0 to 1, and what it is doing.

    Parameters
    ----------
    done : float
        From 0 to 1.
    text : str
        For people to read.
    epochs : sequence of mapping of str to float
        What was measured so far, an entry per epoch with ``epoch``, its number, and such as ``loss``: all of them
        each time, so that whoever looks in late sees them all. See `seral_core.training_figure` for the names.

    Examples
    --------
    >>> Progress(0.5, "member 3")
    Progress(done=0.5, text='member 3', epochs=())
    """

    done: float
    text: str = ""
    epochs: Sequence[Mapping[str, float]] = ()


class Learner(Protocol):
    """Anything that trains on `Known` and predicts a table.

    What else a learner may have, and nobody asks for where it has not:

    ``committee(table)``
        A prediction with several members of its own, such as dropout samples; `View.committee` then
        takes it in place of bootstrap copies.
    ``embed(table)``
        Where segments lie in its own space, of shape (segments, dimensions), for strategies that
        want diversity.
    ``goes_on = True``
        Training goes on from the last round's model in place of forgetting it. It must start from
        what it was like after the last training, and draw everything from ``rng``, so that a killed
        run can be repeated.
    ``save(folder)``, ``load(folder)``
        Store the trained model, and load it, so that a resumed run need not train it again.
    ``meet(segments, enough)``
        Get ready for other clips than those of the corpus it was trained on, whose speakers have nothing to do with
        those of the same names; return whether it normalises speakers. See `seral_core.model.model.Model`.
    ``notes(labels)``
        Sentences that the user should know, given how many labels there will be.

    A factory gets the task, and more where its parameters ask for it by name: ``signals`` (sound by
    segment id), ``corpus``, ``folder`` (for checkpoints within a training), ``device``. An
    attribute ``at_once`` of the factory says how many runs a machine bears at once.

    Examples
    --------
    >>> from seral_core.learners.contract import check_learner
    >>> from seral_core.types import Scale, Target
    >>> class Mean:
    ...     '''Always says the mean of the known values.'''
    ...     def train(self, known, rng):
    ...         self.means = {name: answers.values.mean() for name, answers in known.answers.items()}
    ...         yield Progress(1.0)
    ...     def predict(self, table):
    ...         flat = np.zeros((1, len(table.values)))
    ...         return {name: Scale(flat + mean, flat, table.bounds) for name, mean in self.means.items()}
    >>> check_learner(lambda task: Mean(), Target("arousal"))
    """

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Forget what was learned before (unless it says ``goes_on``), learn from ``known``; yield progress."""
        ...

    def predict(self, table: FeatureTable) -> Prediction:
        """Return a belief for every target: a row for each row of the table, each with one unit or several.

        One that looks at features refuses those on another scale: see `check_scale`.
        """
        ...


def predicted(predict: Callable[[FeatureTable], Prediction], table: FeatureTable) -> Prediction:
    """Return what a learner believes of a table, checked: a belief has a row for each row of the table.

    Parameters
    ----------
    predict : callable
        Such as ``learner.predict``.
    table : FeatureTable
        What it is asked about.

    Raises
    ------
    BadPlan
        When there are more rows or fewer, as when several units per row come without bounds.

    Examples
    --------
    >>> from seral_core.types import Scale
    >>> table = FeatureTable(np.eye(2), ("a", "b"))
    >>> predicted(lambda table: {"arousal": Scale(np.zeros((1, 6)), np.zeros((1, 6)))}, table)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: the learner's belief about arousal has 6 rows for 2 clips; expected one each; ...
    """
    found = predict(table)
    for name, belief in found.items():
        if belief.rows != len(table):
            raise BadPlan(
                f"the learner's belief about {name} has {belief.rows} rows for {len(table)} clips; "
                "expected one each; give the belief bounds where a clip has several units"
            )
    return found


#: Factories: ``learners["ridge"](task, **options)`` gives a fresh `Learner`.
learners: Registry[Callable[..., Learner]] = Registry("learner", "seral_core.learners", "adapted:factory_of")


def trained(learner: Learner, known: Known, rng: Generator) -> Learner:
    """Train to the end, then return the learner.

    Parameters
    ----------
    learner : Learner
        What is trained, in place.
    known : Known
        What it learns from.
    rng : Generator
        Every random choice of the training.

    Returns
    -------
    Learner
        The same object.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> table = FeatureTable(np.array([[0.0], [1.0], [2.0]]), ("a", "b", "c"))
    >>> known = Known(table, (Target("arousal"),), {"arousal": Answers(np.array([1]), np.array([0.3]), np.ones(1))})
    >>> trained(learners["ridge"](known.task), known, np.random.default_rng(0)).predict(table)["arousal"].guess
    array([0.3, 0.3, 0.3])
    """
    for _ in learner.train(known, rng):
        pass
    return learner
