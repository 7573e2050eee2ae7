"""Whom a clip helps: of the clips that others have answered, a rater gets those on which their answer tells most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from seral_core.crowds.annotators import Annotators, annotators_of
from seral_core.crowds.whom import told
from seral_core.studio.project import LabelProject
from seral_core.studio.screenings import Screenings
from seral_core.studio.stable_random import stable_random
from seral_core.types import Floats, Target

#: Who has given no sign for so long has gone: the clip that is open there goes to others, in seconds.
ABSENT_S = 600.0
#: What is known of raters is worked out again after so many new rows of the store.
REFRESH = 20
#: A clip is left to another rater whose answer is expected to tell so much more than this rater's.
MUCH_MORE = 1.2


def screenings_of(studio: LabelProject) -> Screenings:
    """Return an empty index of what is shown in a project.

    Examples
    --------
    >>> screenings_of(LabelProject("recordings", ("emotion=anger,sadness", "arousal"), k=3, agree=2)).categories
    ('emotion',)
    """
    names = (target.name for target in studio.categories)
    required = (target.name for target in studio.task)
    return Screenings(required, studio.k, studio.takes, agree=studio.agree, categories=names)


class Helpful:
    """Chooses among clips with answers the one that a rater should hear next.

    Skills and confusions are those of the project's first category, learned from all answers so far; of a rater who has
    given few they are drawn by how likely they are, so that new raters get their turn. A clip is left to others where
    one of them, who is there and may still hear it, is expected to tell much more about it.

    Parameters
    ----------
    studio : LabelProject
        Whose raters choose among clips.
    slots : Screenings
        What they were shown and said.

    Examples
    --------
    >>> studio = LabelProject("recordings", ("emotion=anger,sadness",), k=2, whom="helpful")
    >>> Helpful(studio, screenings_of(studio)).best("ann", ["b.wav"])
    'b.wav'
    """

    def __init__(self, studio: LabelProject, slots: Screenings) -> None:
        self.studio, self.slots = studio, slots
        #: Raters and the clips that were chosen for them.
        self.chosen: set[tuple[str, str]] = set()
        self._model: tuple[int, Annotators] | None = None

    def best(self, rater: str, begun: Sequence[str]) -> str | None:
        """Return the clip on which a rater is expected to help most; None where others would help much more with all.

        Parameters
        ----------
        rater : str
            Who asks for a clip.
        begun : sequence of str
            Clips with answers that the rater may hear.
        """
        if not begun:
            return None
        target = self.studio.categories[0]
        model, epoch = self._known(target)
        heard = self._heard(target, set(begun))
        present = [name for name in self._present() if name != rater]
        tables = {name: self._drawn(model, name, epoch) for name in (rater, *present)}
        gains: dict[str, float] = {}
        for segment in begun:
            posterior = model.posterior(heard[segment])
            gain = float(told(posterior, tables[rater][None])[0])
            others = [name for name in present if segment not in self.slots.hand(name).seen]
            rival = max((float(told(posterior, tables[name][None])[0]) for name in others), default=0.0)
            if gain * MUCH_MORE >= rival:
                gains[segment] = gain
        if not gains:
            return None
        best = max(gains, key=lambda segment: (gains[segment], stable_random(self.studio.seed, "whom", rater, segment)))
        self.chosen.add((rater, best))
        return best

    def _known(self, target: Target) -> tuple[Annotators, int]:
        """Return the annotator model, and a number that changes with it."""
        epoch = self.slots.seq // REFRESH
        if self._model is None or self._model[0] != epoch:
            self._model = epoch, annotators_of(self.slots.votes(target.name), target.classes)
        return self._model[1], epoch

    def _heard(self, target: Target, wanted: set[str]) -> dict[str, list[tuple[str, int]]]:
        """Return what others said about some clips."""
        heard: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for segment, rater, value in self.slots.votes(target.name):
            if segment in wanted and value in target.classes:
                heard[segment].append((rater, target.classes.index(value)))
        return heard

    def _present(self) -> list[str]:
        return [r.name for r in self.studio.raters if self.slots.hand(r.name).silent_s() <= ABSENT_S]

    def _drawn(self, model: Annotators, rater: str, epoch: int) -> Floats:
        seed = int(stable_random(self.studio.seed, "skills", rater, epoch) * 2**32)
        return model.drawn(rater, np.random.default_rng(seed))
