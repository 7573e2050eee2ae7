"""The machine as an oracle: the learner's own beliefs become labels, where it is sure of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.confidence.base import measure_from, measures
from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadPlan, UnknownName
from seral_core.learners.base import Learner
from seral_core.learners.confidence import confidence, confidence_in, confidence_in_units
from seral_core.oracles.base import oracles
from seral_core.oracles.believed_values import believed_values
from seral_core.oracles.by_views import by_views
from seral_core.types import Belief, Bools, Floats, Label, Query, Target, Trace, Value

#: Who gave a label that the model itself gave.
MACHINE = "machine"
#: How it judges without a confidence measure.
BELIEF, VIEWS = _OWN = ("belief", "views")


@oracles.register("machine")
@dataclass(frozen=True)
class Machine:
    """Labels what the model is sure of, for every target asked for; all else stays without a label.

    It costs nothing, and its labels never count as people's; see `seral_core.learners.confidence`.

    Parameters
    ----------
    corpus : Corpus
        Not looked at: the machine knows only what it believes.
    above : float
        Least confidence, in [0, 1]; that of the target it is least sure of counts.
    quota : int
        At most so many of each predicted class in a round, the surest first; 0 for all. Of several categories
        the first one counts; of only scales, all clips are of one class.
    total : int
        The same over all rounds, what people answered or the machine took back not counted: what bounds the damage of
        a class that is labelled wrongly. 0 for all.
    weight : float
        What a label counts in training, where a person's counts 1.
    after : int
        It labels nothing until people have labelled so many segments: first active, then semi-supervised learning.
    keep : float
        Before it labels more, the machine takes back each label of its own in whose value the model's confidence has
        fallen below this, in [0, ``above``]; 0: it takes nothing back. The recipe ``cooperative`` says 0.5: a class
        that is no longer likelier than all others together.
    honest : bool
        Beliefs are those of a model that learned from people alone, trained once more in each round. A model that
        has learned its own labels tends to confirm them.
    by : str
        What says how sure it is of a clip that nobody labelled. ``belief``: the posterior. ``views``: with a learner of
        several views, such as ``views``, each teaches the others: a clip is labelled where one view is sure and none
        surely contradicts; see `seral_core.oracles.by_views`. Else a confidence measure, its options after slashes,
        such as ``calibrated/way=isotonic``: learned in each round from people's labels alone, since the machine's own
        would prove it right. What it takes back goes by belief in any case: a measure speaks of guesses, not of labels.

    References
    ----------
    .. [1] Zhang, Coutinho, Deng and Schuller, Cooperative learning and its application to emotion
       recognition from speech, IEEE/ACM TASLP 23(1), 2015.
    .. [2] Blum and Mitchell, Combining labeled and unlabeled data with co-training, COLT 1998.
    .. [3] MixedEmotions, deliverable D4.2, section 2.4 (confidence measures).

    Examples
    --------
    >>> from seral_core.types import Classes
    >>> corpus = toy_corpus()
    >>> beliefs = {"emotion": Classes(np.array([[[0.95, 0.05], [0.6, 0.4], [0.0, 1.0]]]))}
    >>> query = Query(("a.wav", "b.wav", "c.wav"), corpus.task[:1], beliefs=beliefs)
    >>> labels = list(Machine(corpus, above=0.9).answer(query, None, np.random.default_rng(0)))
    >>> [(label.segment, label.value, label.source) for label in labels]
    [('c.wav', 'sadness', 'machine'), ('a.wav', 'anger', 'machine')]
    >>> later = Query(("a.wav",), corpus.task[:1], beliefs={"emotion": Classes(np.array([[[0.3, 0.7]]]))})
    >>> Machine(corpus, keep=0.5).reconsider(later, labels[1:], None, np.random.default_rng(0))
    ('a.wav',)
    >>> sure = Query(("a.wav",), corpus.task[:1], beliefs=later.beliefs, sure={"emotion": np.array([0.95])})
    >>> [label.value for label in Machine(corpus, by="calibrated").answer(sure, None, np.random.default_rng(0))]
    ['sadness']
    """

    corpus: Corpus
    above: float = 0.9
    quota: int = 0
    total: int = 0
    weight: float = 1.0
    after: int = 0
    keep: float = 0.0
    honest: bool = False
    by: str = BELIEF
    price = 0.0
    by_machine = True
    needs_beliefs = True

    def __post_init__(self) -> None:
        for name, fits, expected in (
            ("above", 0 <= self.above <= 1, "a number from 0 to 1"),
            ("quota", self.quota >= 0, "0 or more"),
            ("total", self.total >= 0, "0 or more"),
            ("after", self.after >= 0, "0 or more"),
            ("weight", 0 < self.weight <= 1, "a number over 0, at most 1"),
            ("keep", 0 <= self.keep <= self.above, f"a number from 0 to above, which is {self.above:g}"),
        ):
            if not fits:
                raise BadPlan(f"{name} of the machine is {getattr(self, name)}; expected {expected}; correct it")
        if self.measure and self.measure.partition(":")[0] not in measures:
            raise UnknownName("way to judge of the machine", self.by, sorted({*_OWN, *measures}))
        if self.measure:
            measure_from(self.measure)

    @property
    def measure(self) -> str:
        """The confidence measure that it goes by, as `measure_from` reads it; empty: none."""
        return "" if self.by in _OWN else self.by.replace("/", ":")

    @property
    def needs_given(self) -> bool:
        """Whether it looks at the labels that stand."""
        return self.total > 0 or self.after > 0

    @property
    def reconsiders(self) -> bool:
        """Whether it ever takes a label back."""
        return self.keep > 0

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return labels of what is sure enough, the surest first."""
        people = {label.segment for label in query.given if label.source != "machine"}
        if not query.beliefs or not query.segments or len(people) < self.after:
            return
        judged = {target.name: self.judged(query, target) for target in query.task}
        asked = [task for _, task, _ in query.questions()]
        each = [np.where([target in task for task in asked], judged[target.name][0], 1.0) for target in query.task]
        sure = np.min(each, axis=0)
        values = {t.name: believed_values(judged[t.name][1], t) for t in query.task}
        counted = next((target for target in query.task if not target.is_scale), query.task[0])
        in_all, given = self._standing(query, counted), Counter[Value | Trace | None]()
        order = np.argsort(-sure, kind="stable")
        for row in order[sure[order] >= self.above].tolist():
            of = None if counted.is_scale else values[counted.name][row]
            if (self.quota and given[of] >= self.quota) or (self.total and in_all[of] >= self.total):
                continue
            given[of] += 1
            in_all[of] += 1
            for target in asked[row]:
                value = values[target.name][row]
                yield Label(query.segments[row], target.name, value, MACHINE, 0.0, self.weight, "machine")

    def reconsider(self, query: Query, labels: Sequence[Label], learner: Learner, rng: Generator) -> tuple[str, ...]:
        """Return the segments with a label in whose value the model's confidence is below ``keep`` now."""
        row = {segment: i for i, segment in enumerate(query.segments)}
        doubted: set[str] = set()
        for target in query.task:
            mine = [label for label in labels if label.target == target.name]
            rows = np.array([row[label.segment] for label in mine], dtype=np.intp)
            sure = confidence_in([label.value for label in mine], query.beliefs[target.name].take(rows), target)
            doubted.update(label.segment for label, each in zip(mine, sure, strict=True) if each < self.keep)
        return tuple(segment for segment in query.segments if segment in doubted)

    def doubts(self, values: NDArray[Any], belief: Belief, target: Target) -> Bools:
        """Return of each value, a class number or one in native units, whether confidence in it is below ``keep``."""
        return np.asarray(confidence_in_units(values, belief, target) < self.keep)

    def judged(self, query: Query, target: Target) -> tuple[Floats, Belief]:
        """Return how sure it is of each row, and what it believes."""
        belief = query.beliefs[target.name]
        if self.by == VIEWS:
            return by_views(belief, target, self.above)
        return (query.sure[target.name] if self.measure else confidence(belief, target)), belief

    def _standing(self, query: Query, counted: Target) -> Counter[Value | Trace | None]:
        """Return how many segments the machine alone has labelled, by class."""
        people = {label.segment for label in query.given if label.source != "machine" and label.target == counted.name}
        mine = {
            label.segment: label.value
            for label in query.given
            if label.source == "machine" and label.target == counted.name and label.segment not in people
        }
        return Counter(None if counted.is_scale else value for value in mine.values())
