"""SERAL: active learning for speech emotion recognition.

The names below are loaded when they are first used, so that importing the package costs nothing.

Examples
--------
>>> import seral_core as seral
>>> seral.Plan(strategy="margin").budget
200
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seral_core.charts import learning_curves as learning_curves
    from seral_core.comparing import compare as compare
    from seral_core.corpora.base import open_corpus as open_corpus
    from seral_core.dataset import data as data
    from seral_core.dataset import from_arrays as from_arrays
    from seral_core.features.extract import features_for as features_for
    from seral_core.model.model import Model as Model
    from seral_core.runs.build import prepare as prepare
    from seral_core.runs.curve import curves as curves
    from seral_core.runs.grid import Grid as Grid
    from seral_core.runs.grid import run_grid as run_grid
    from seral_core.runs.log import Log as Log
    from seral_core.runs.loops import pool_loop as pool_loop
    from seral_core.runs.plan import Plan as Plan
    from seral_core.runs.pool import Pool as Pool
    from seral_core.runs.rounds import Step as Step
    from seral_core.runs.run import run as run

__version__ = "0.1.0"

#: Where each public name lives.
PUBLIC = {
    "Grid": "runs.grid",
    "Log": "runs.log",
    "Model": "model.model",
    "Plan": "runs.plan",
    "Pool": "runs.pool",
    "Step": "runs.rounds",
    "run_grid": "runs.grid",
    "compare": "comparing",
    "curves": "runs.curve",
    "data": "dataset",
    "features_for": "features.extract",
    "from_arrays": "dataset",
    "learning_curves": "charts",
    "open_corpus": "corpora.base",
    "pool_loop": "runs.loops",
    "prepare": "runs.build",
    "run": "runs.run",
}

#: Rooms that are found without a further import.
ROOMS = ("corpora", "features", "learners", "strategies")
#: Names of before, for one release more.
FORMER = {"carry_out": "run_grid", "ready": "prepare"}

__all__ = [*PUBLIC, "__version__"]


def __getattr__(name: str) -> Any:
    if name in FORMER:
        from seral_core.former import former

        return former(__name__, FORMER)(name)
    if name in ROOMS:
        return importlib.import_module(f"seral_core.{name}")
    if name in PUBLIC:
        return getattr(importlib.import_module(f"seral_core.{PUBLIC[name]}"), name)
    raise AttributeError(f"module 'seral_core' has no attribute '{name}'; it has {', '.join(PUBLIC)}")


def __dir__() -> list[str]:
    return sorted([*__all__, *ROOMS])
