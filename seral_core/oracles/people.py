"""People: answers with what they said in a label store, and leaves open what they did not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from numpy.random import Generator

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadPlan
from seral_core.learners.base import Learner
from seral_core.oracles.base import oracles
from seral_core.types import Label, Query

if TYPE_CHECKING:
    from seral_core.store import LabelStore


@oracles.register("people")
@dataclass(frozen=True)
class People:
    """Looks into a label store at every question; the loop waits for what is not answered yet.

    Answers that were set aside for testing, repeats and hidden gold are none of a learner's business.

    Parameters
    ----------
    corpus : Corpus
        Whose segments people label.
    store : str
        File of the store, or the address of a PostgreSQL database; nobody has answered where there is none.
    raters : int
        How many raters must have answered every target of a clip; the first ones to do so count.

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
            raise BadPlan(f"people came with raters={self.raters}; expected 1 or more; correct it")

    @property
    def price(self) -> float:
        """Every rater listens once."""
        return float(self.raters)

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return the labels of the segments that enough raters have answered in full."""
        said: dict[str, dict[str, dict[str, Label]]] = {segment: {} for segment in query.segments}
        for label in self._labels(query):
            if label.segment in said:
                said[label.segment].setdefault(label.annotator, {})[label.target] = label
        for of_segment in said.values():
            whole = [by_target for by_target in of_segment.values() if len(by_target) == len(query.task)]
            if len(whole) >= self.raters:
                for by_target in whole[: self.raters]:
                    yield from (by_target[target.name] for target in query.task)

    def _labels(self, query: Query) -> tuple[Label, ...]:
        if self._answers is None:
            return ()
        from seral_core.store import labels_of

        return labels_of(self._answers, query.task)

    @cached_property
    def _answers(self) -> LabelStore | None:
        # The database's library is loaded only by those who ask people.
        from seral_core.store import LabelStore

        return LabelStore(self.store) if self.store else None
