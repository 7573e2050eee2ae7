"""Which features are proposed: those of a pretrained encoder where one is at hand, or how to get one."""

from __future__ import annotations

from dataclasses import dataclass

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.durations import durations_s
from seral_core.deep.catalogue import known
from seral_core.deep.models import at_hand, installed
from seral_core.errors import install_command

#: Measured here, and where it does not hold.
REASON = (
    "learned from far more speech than any corpus has: on RAVDESS 100 labels score higher with them than 300 with "
    "SERALv01, and on all labels they lead on EmoDB too, where below 100 labels SERALv01 is ahead"
)


@dataclass(frozen=True)
class Proposal:
    """Features that are worth more than the default, and what they cost.

    Parameters
    ----------
    features : str
        Name of the extractor.
    seconds : float
        What extracting them takes on one core, once, in seconds; nan where nobody knows how long the clips are.
    """

    features: str
    seconds: float

    @property
    def text(self) -> str:
        """Reason and cost in a sentence."""
        cost = f"about {self.seconds:,.0f} s of one core, once" if self.seconds == self.seconds else "a while, once"
        return f"{self.features}: {REASON}. Extracting takes {cost}."


def proposal(corpus: Corpus) -> Proposal | None:
    """Return the features that are proposed for a corpus with sound, where an encoder and its packages are at hand.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> proposal(toy_corpus()) is None
    True
    """
    if not (wants_encoder(corpus) and installed()):
        return None
    for each in known.values():
        if at_hand(each.name) is not None:
            seconds = float(durations_s(corpus).sum(min_count=1))
            return Proposal(each.name, 0.001 * each.ms_per_s * seconds)
    return None


def wants_encoder(corpus: Corpus) -> bool:
    """Whether a corpus has speech that encoders have learned from: not ready features alone, and not made up.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> wants_encoder(toy_corpus())
    False
    """
    return corpus.root is not None and not corpus.name.startswith("synthetic")


def how_to_get() -> str:
    """Return how features of a pretrained encoder are had where `proposal` has none.

    Examples
    --------
    >>> how_to_get().endswith("seral fetch whisper-tiny.en")
    True
    """
    first = next(iter(known))
    packages = "" if installed() else f"{install_command('deep')} && "
    return (
        f"Features of a pretrained speech encoder often score higher with fewer labels: {packages}seral fetch {first}"
    )
