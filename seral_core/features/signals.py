"""The sound of a corpus by segment id, for learners that hear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadFeatures
from seral_core.features.audio import RATE_HZ, Signal, read_segment


@dataclass(frozen=True)
class Signals:
    """Reads the samples of segments, one after another; nothing is held.

    Parameters
    ----------
    corpus : Corpus
        Whose recordings are read.
    rate_hz : int
        Sampling rate of what is returned, in Hz; see `at`.

    Examples
    --------
    >>> Signals(toy_corpus()).at(8_000).rate_hz
    8000
    >>> Signals(toy_corpus())["a.wav"]
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: toy has no audio, and the learner wants to hear 'a.wav'; ...
    """

    corpus: Corpus
    rate_hz: int = RATE_HZ

    def at(self, rate_hz: int) -> Signals:
        """Return the same sound at another sampling rate, in Hz."""
        return Signals(self.corpus, rate_hz)

    def __getitem__(self, segment: str) -> Signal:
        """Return the samples of a segment.

        Returns
        -------
        float32 array of shape (samples,)
            Mono, in [-1, 1].

        Raises
        ------
        BadFeatures
            When the corpus has no audio, or no such segment.
        BadClip
            When the recording cannot be used.
        """
        if self.corpus.root is None:
            raise BadFeatures(
                f"{self.corpus.name} has no audio, and the learner wants to hear '{segment}'; "
                "expected recordings; choose a learner that works on features"
            )
        return read_segment(*self.corpus.path(segment), rate_hz=self.rate_hz)

    def of(self, segments: Iterable[str]) -> Iterator[Signal]:
        """Yield the samples of several segments, in their order."""
        return (self[segment] for segment in segments)
