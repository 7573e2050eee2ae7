"""People: gives their answers from a label store, and leaves open what they have not answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from numpy.random import Generator

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadPlan
from seral_core.learners.base import Learner
from seral_core.oracles.base import oracles
from seral_core.types import Label, Query

if TYPE_CHECKING:
    from seral_core.store import Answer, LabelStore


@oracles.register("people")
@dataclass(frozen=True)
class People:
    """Looks into a label store at every question; the loop waits for what is not answered yet.

    Answers that were set aside for testing, repeats and hidden gold are none of a learner's
    business.

    Parameters
    ----------
    corpus : Corpus
        Whose segments people label.
    store : str
        File of the store, or the address of a PostgreSQL database; nobody has answered where there
        is none.
    raters : int
        How many raters must have answered every target of a clip; the first ones to do so count,
        joined as in a labelling project, see `seral_core.oracles.votes`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from seral_core.store import Answer, LabelStore
    >>> path = Path(tempfile.mkdtemp()) / "labels.sqlite"
    >>> _ = LabelStore(path).append([Answer("1", "a.wav", "emotion", "anger", rater="ann")])
    >>> corpus = toy_corpus()
    >>> query = Query(("a.wav", "b.wav"), corpus.task[:1])
    >>> list(People(corpus, str(path)).answer(query, None, np.random.default_rng(0)))
    [Label(segment='a.wav', target='emotion', value='anger', annotator='ann', cost=1.0, weight=1.0, source='human')]
    """

    corpus: Corpus
    store: str = ""
    raters: int = 1

    def __post_init__(self) -> None:
        if self.raters < 1:
            raise BadPlan(f"got raters={self.raters} for people; expected 1 or more; correct it")

    @property
    def price(self) -> float:
        """Every rater listens once."""
        return float(self.raters)

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return the labels of the segments that enough raters have answered in full."""
        if self._answers is None:
            return
        # The database's library is loaded only by those who ask people.
        from seral_core.oracles.votes import labels_from_votes

        labels = labels_from_votes(self._whole(query, self._answers), query.task)
        asked = {segment: len(task) for segment, task, _ in query.questions()}
        per_segment = Counter(label.segment for label in labels)
        for label in labels:
            if per_segment[label.segment] == asked[label.segment]:  # votes on another target may tie
                yield replace(label, cost=label.cost / len(query.task))

    def _whole(self, query: Query, store: LabelStore) -> Iterator[Answer]:
        """Yield what the first raters answered who answered every target, of the segments with enough of them."""
        given: dict[str, dict[str, dict[str, Answer]]] = {segment: {} for segment in query.segments}
        from seral_core.store import TRAINING

        asked = {segment: ({target.name for target in task}, whom) for segment, task, whom in query.questions()}
        for row in store.current():
            usable = row.kind == "answer" and row.value is not None and row.source != "machine"
            wanted, whom = asked.get(row.segment, (set[str](), ""))
            if usable and row.target in wanted and row.purpose in TRAINING and whom in ("", row.rater):
                given[row.segment].setdefault(row.rater, {})[row.target] = row
        for segment, raters in given.items():
            wanted, whom = asked[segment]
            needed = 1 if whom else self.raters
            whole = [answers for answers in raters.values() if len(answers) == len(wanted)]
            if len(whole) >= needed:
                for answers in whole[:needed]:
                    yield from answers.values()

    @cached_property
    def _answers(self) -> LabelStore | None:
        # The database's library is loaded only by those who ask people.
        from seral_core.store import LabelStore

        return LabelStore(self.store) if self.store else None
