"""MixedEmotions D4.2, section 4: recurrent networks that learn concordance (CCC) itself, beside squared error."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from seral_core.recipes.base import Progress, Report, Result, recipes
from seral_core.recipes.ccc_objective.report import report_of
from seral_core.recipes.ccc_objective.training import OBJECTIVES, Networks, Shape, System
from seral_core.recipes.cells import Part, Trials
from seral_core.recipes.in_time import TimeSettings
from seral_core.recipes.settings import option

#: Learning rates that the paper chooses among, for every objective; a first look has three of them.
RATES, QUICK_RATES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7), (1e-2, 1e-3, 1e-4)
#: Layers and cells of each of the paper, and of a first look, in which so many frames become one.
LAYERS, CELLS, QUICK_LAYERS, QUICK_CELLS, THIN = 3, 128, 2, 48, 10
BATCH, EPOCHS = 5, 100


@dataclass(frozen=True, kw_only=True)
class CccObjectiveSettings(TimeSettings):
    """What a user sets of the experiment; what is left out is as in the paper's part on speech.

    Parameters
    ----------
    features : str
        ``mfcc-windows`` need nothing that is not installed; ``egemaps-windows``, the paper's, need openSMILE.
    layers, cells : int
        Of all networks; 0 for 3 layers of 128 cells, or 2 of 48 when quick.
    batch : int
        Recordings a step; 0 for 5. The paper has 25 for music.
    epochs : int
        Passes over all recordings at most; 0 for 100.

    Examples
    --------
    >>> [len(systems_of(CccObjectiveSettings(quick=quick))) for quick in (False, True)]
    [18, 9]
    >>> shape_of(CccObjectiveSettings(quick=True, cells=64)).cells
    64
    """

    features: str = option("mfcc-windows", "Extractor of frames, or path to ready ones.", kind="features")
    layers: int = option(0, "LSTM layers.", least=1, shown="3, or 2 when quick", rare=True)
    cells: int = option(0, "LSTM cells a layer.", least=1, shown="128, or 48 when quick", rare=True)
    batch: int = option(0, "Recordings a step of training.", least=1, shown="5", rare=True)
    epochs: int = option(0, "Most passes over all recordings.", least=1, shown="100", rare=True)


def systems_of(settings: CccObjectiveSettings) -> tuple[System, ...]:
    """Return all objectives with all learning rates."""
    return tuple(System(*each) for each in product(OBJECTIVES, QUICK_RATES if settings.quick else RATES))


def shape_of(settings: CccObjectiveSettings) -> Shape:
    """Return what all networks have in common."""
    return Shape(
        settings.choose("layers", LAYERS, quick=QUICK_LAYERS),
        settings.choose("cells", CELLS, quick=QUICK_CELLS),
        batch=settings.choose("batch", BATCH),
        epochs=settings.choose("epochs", EPOCHS),
    )


@dataclass(frozen=True)
class CccObjective:
    """The concordance correlation coefficient as the objective of training, beside the sum of squared errors.

    References
    ----------
    .. [1] MixedEmotions, Deliverable D4.2, section 4, 2016.
    .. [2] Weninger, Ringeval, Marchi and Schuller, Discriminatively trained recurrent neural networks for continuous
       dimensional emotion recognition from audio, IJCAI 2016.

    Examples
    --------
    >>> recipes["ccc-objective"].paper.split(",")[0]
    'MixedEmotions'
    """

    paper = "MixedEmotions, Deliverable D4.2, section 4: discriminative training with the concordance correlation, 2016"
    settings = CccObjectiveSettings
    examples = (
        "--quick --out out/ccc-objective",
        "--corpus out/emomusic --features out/emomusic/features.parquet --batch 25 --out out/music",
    )

    def cells(self, settings: CccObjectiveSettings, progress: Progress | None = None) -> tuple[Part, ...]:
        """Return the training of all networks: an objective and a learning rate each, with an output for each scale."""
        data, systems = settings.in_time(THIN if settings.quick else 1), systems_of(settings)
        parts = data.open(progress)
        return (
            Trials(
                "networks", Networks(data, systems, shape_of(settings)), tuple(each.name for each in systems),
                settings.seeds, alarms=parts.alarms, notes=parts.sequences.notes,
            ),
        )  # fmt: skip

    def report(self, result: Result) -> Report:
        """Return Tables 5.2 and 5.3 as measured here, the chains, and the paper's findings held against them."""
        return report_of(result, self.paper)


recipes.register("ccc-objective")(CccObjective())
