"""What a learner is: trained on `Known` labels, it predicts a belief for each target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.errors import BadFeatures
from seral_core.features.table import FeatureTable
from seral_core.registry import Registry
from seral_core.types import Floats, Ints, Prediction, Task


@dataclass(frozen=True)
class Answers:
    """What is known about one target: rows of the table, their values and weights.

    Parameters
    ----------
    rows : Ints of shape (answers,)
        Row numbers in the table, ascending.
    values : array of shape (answers,)
        Class numbers (integers) for a category, native units for a scale.
    weights : Floats of shape (answers,)
        1 is a full label.

    Examples
    --------
    >>> answers = Answers(np.array([0, 4, 9]), np.array([1, 0, 1]), np.ones(3))
    >>> len(answers), answers.take(np.array([0, 2])).rows
    (3, array([0, 9]))
    """

    rows: Ints
    values: NDArray[Any]
    weights: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, which: Ints) -> Answers:
        """Return the answers with these positions."""
        return Answers(self.rows[which], self.values[which], self.weights[which])


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
        """Return features, values and weights of the segments whose ``target`` is known.

        Raises
        ------
        BadFeatures
            When segments have several rows of features: a label belongs to one.
        """
        a = self.answers[target]
        if len(self.table.values) != len(self.table):
            raise BadFeatures(
                f"{len(self.table.values)} rows of features came for {len(self.table)} segments; expected one each; "
                "average the frames of each segment first"
            )
        return self.table.values[a.rows], a.values, a.weights


@dataclass(frozen=True)
class Progress:
    """How far a training has come, from 0 to 1, and what it is doing.

    Parameters
    ----------
    done : float
        From 0 to 1.
    text : str
        For people to read.

    Examples
    --------
    >>> Progress(0.5, "member 3")
    Progress(done=0.5, text='member 3')
    """

    done: float
    text: str = ""


class Learner(Protocol):
    """Anything that trains on `Known` and predicts a table.

    What else a learner may have, and nobody asks for where it has not:

    ``committee(table)``
        A prediction with several members of its own, such as dropout samples; `View.committee` then takes it
        in place of bootstrap copies.
    ``embed(table)``
        Where segments lie in its own space, of shape (segments, dimensions), for strategies that want diversity.
    ``goes_on = True``
        Training goes on from the last round's model in place of forgetting it. It must start from what it was
        like after the last training, and draw everything from ``rng``, so that a killed run can be repeated.
    ``save(folder)``, ``load(folder)``
        Keep the trained model, and bring it back, so that a resumed run need not train it again.
    ``notes(labels)``
        Sentences that the user should know, given how many labels there will be.

    A factory gets the task, and more where its parameters ask for it by name: ``signals`` (sound by segment
    id), ``corpus``, ``folder`` (for checkpoints within a training), ``device``. An attribute ``at_once`` of the
    factory says how many runs a machine bears at once.

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
        """Return a belief for every target; units follow the table's bounds."""
        ...


#: Factories: ``learners["ridge"](task, **options)`` gives a fresh `Learner`.
learners: Registry[Callable[..., Learner]] = Registry("learner", "seral_core.learners")


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
