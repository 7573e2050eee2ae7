"""Le et al. 2017: emotion in time as levels, learned by a deep BLSTM at several resolutions, and decoded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from seral_core.recipes.base import Progress, Report, Result, recipes
from seral_core.recipes.cells import Part, Trials
from seral_core.recipes.discretised.decoding import Decoding
from seral_core.recipes.discretised.report import report_of
from seral_core.recipes.discretised.training import KINDS, Networks, System
from seral_core.recipes.in_time import TimeSettings
from seral_core.recipes.settings import option

#: Layers and weights of L2 that the paper chooses among; a first look has the smallest.
LAYERS, L2 = (3, 4, 5), (0.0, 0.00002)
CELLS, QUICK_CELLS = 80, 48
#: So many frames become one in a first look, and so many recordings make a step: a twentieth of the work.
THIN, QUICK_BATCH = 4, 3
FIRST, EPOCHS, QUICK_FIRST, QUICK_EPOCHS = 20, 40, 15, 25


@dataclass(frozen=True, kw_only=True)
class DiscretisedSettings(TimeSettings):
    """What a user sets of the experiment; what is left out is as in the paper.

    Parameters
    ----------
    layers : int
        Of all networks; 0 for the best of 3, 4 and 5 on development recordings, or 3 when quick.
    cells : int
        A layer and direction; 0 for 80, or 48 when quick.
    beam : int
        States that go on from frame to frame in decoding.

    Examples
    --------
    >>> len(systems_of(DiscretisedSettings(), ("arousal", "valence")))
    36
    >>> len(systems_of(DiscretisedSettings(quick=True), ("arousal", "valence")))
    6
    """

    layers: int = option(0, "BLSTM layers.", least=1, shown="the best of 3, 4 and 5, or 3 when quick")
    cells: int = option(0, "LSTM cells a layer and direction.", least=1, shown="80, or 48 when quick", rare=True)
    beam: int = option(50, "States that go on from frame to frame in decoding.", least=1, rare=True)


def systems_of(settings: DiscretisedSettings, targets: tuple[str, ...]) -> tuple[System, ...]:
    """Return all networks but for their seeds: kinds, targets, layers and L2."""
    layers = (settings.layers,) if settings.layers else (LAYERS[:1] if settings.quick else LAYERS)
    size = {"cells": settings.choose("cells", CELLS, quick=QUICK_CELLS)}
    if settings.quick:
        size |= {"first": QUICK_FIRST, "epochs": QUICK_EPOCHS, "batch": QUICK_BATCH}
    l2 = L2[:1] if settings.quick else L2
    return tuple(System(k, t, n, w, **size) for k, t, n, w in product(KINDS, targets, layers, l2))


@dataclass(frozen=True)
class Discretised:
    """Discretised continuous emotion: classes at several resolutions, and a language model of emotion.

    References
    ----------
    .. [1] Le, Aldeneh and Mower Provost, Discretized continuous speech emotion recognition with multi-task deep
       recurrent neural network, Interspeech 2017.

    Examples
    --------
    >>> recipes["discretised"].paper.split(",")[0]
    'Le'
    """

    paper = (
        "Le, Aldeneh and Mower Provost, Discretized continuous speech emotion recognition with multi-task deep "
        "recurrent neural network, Interspeech 2017"
    )
    settings = DiscretisedSettings
    examples = (
        "--quick --out out/discretised",
        "--corpus out/recola --features out/recola/features --out out/le2017",
    )

    def cells(self, settings: DiscretisedSettings, progress: Progress | None = None) -> tuple[Part, ...]:
        """Return the training of all networks, then the decoding of each target."""
        data = settings.in_time(THIN if settings.quick else 1)
        parts = data.open(progress)
        targets = tuple(target.name for target in parts.task)
        systems = systems_of(settings, targets)
        networks = Trials(
            "networks", Networks(data, systems), tuple(each.name for each in systems), settings.seeds,
            alarms=parts.alarms, notes=parts.sequences.notes,
        )  # fmt: skip
        return networks, Trials("decoding", Decoding(data, networks, systems, settings.beam), targets)

    def report(self, result: Result) -> Report:
        """Return Tables 1 and 2 and Figures 1 and 3 beside what was measured."""
        return report_of(result, self.paper)


recipes.register("discretised")(Discretised())
