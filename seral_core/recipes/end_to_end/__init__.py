"""MixedEmotions D4.2, section 5: emotion in time from samples of sound, without features made by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seral_core.recipes.base import Progress, Report, Result, recipes
from seral_core.recipes.cells import Part, Trials
from seral_core.recipes.end_to_end.report import report_of
from seral_core.recipes.end_to_end.training import Networks, Size, System, check_alike
from seral_core.recipes.in_time import TimeSettings
from seral_core.recipes.settings import option

SYSTEMS = (System("samples", "ccc"), System("samples", "mse"), System("features", "ccc"), System("features", "mse"))
#: As in the paper, but for the pieces a step (50, which take 8 GB); and a hundredth of the work for a first look.
FULL, QUICK = Size(), Size(filters=10, every=2, cells=64, epochs=8, patience=8, longer=2)
SAMPLES = "waveform"


@dataclass(frozen=True, kw_only=True)
class EndToEndSettings(TimeSettings):
    """What a user sets of the experiment; what is left out is as in the paper.

    Parameters
    ----------
    filters : int
        Of both layers, an even number; 0 for 40, or 10 when quick.
    cells : int
        LSTM cells a layer and direction; 0 for 128, or 64 when quick.
    epochs : int
        Passes over the training part at most; 0 for 60, or 8 when quick, when networks on features, which cost a tenth,
        have twice as many.
    batch : int
        Pieces a step; 0 for 10.

    Examples
    --------
    >>> size_of(EndToEndSettings()).filters, size_of(EndToEndSettings(quick=True, filters=4)).filters
    (40, 4)
    """

    filters: int = option(0, "Filters of both layers, an even number.", least=2, shown="40, or 10 when quick")
    cells: int = option(0, "LSTM cells a layer and direction.", least=1, shown="128, or 64 when quick", rare=True)
    epochs: int = option(0, "Passes over the training part at most.", least=1, shown="60, or 8 when quick")
    batch: int = option(0, "Pieces of 6 s a step; 50 need 8 GB of memory.", least=1, shown="10", rare=True)


def size_of(settings: EndToEndSettings) -> Size:
    """Return the size of all networks."""
    usual = QUICK if settings.quick else FULL
    own = {name: getattr(settings, name) or getattr(usual, name) for name in ("filters", "cells", "epochs", "batch")}
    return replace(usual, **own)


@dataclass(frozen=True)
class EndToEnd:
    """End-to-end learning: a convolutional recurrent network on samples, and the same layers on features.

    References
    ----------
    .. [1] MixedEmotions, Deliverable D4.2, 2016, section 5.

    Examples
    --------
    >>> recipes["end-to-end"].paper.split(",")[0]
    'MixedEmotions'
    """

    paper = "MixedEmotions, Deliverable D4.2, section 5: end-to-end speech emotion recognition, 2016"
    settings = EndToEndSettings
    examples = (
        "--quick --out out/end-to-end",
        "--corpus out/recola --features egemaps-windows --out out/d42-end-to-end",
    )

    def cells(self, settings: EndToEndSettings, progress: Progress | None = None) -> tuple[Part, ...]:
        """Return the training of all networks: four kinds, for all targets together."""
        features = settings.in_time()
        sounds = replace(features, features=SAMPLES, standardised=False)
        there = sounds.open(progress)
        check_alike(there, features.open(progress))
        notes = tuple(dict.fromkeys((*there.sequences.notes, *features.open().sequences.notes)))
        networks = Networks(sounds, features, SYSTEMS, size_of(settings))
        return (
            Trials("networks", networks, tuple(each.name for each in SYSTEMS), settings.seeds, notes=notes),
        )  # fmt: skip

    def report(self, result: Result) -> Report:
        """Return CCC of all systems, and how cells go with energy and pitch, as Figure 6.2 shows it."""
        return report_of(result, self.paper)


recipes.register("end-to-end")(EndToEnd())
