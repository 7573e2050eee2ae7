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
    from seral_core.corpora.base import open_corpus as open_corpus
    from seral_core.features.extract import features_for as features_for
    from seral_core.runs.build import ready as ready
    from seral_core.runs.curve import curves as curves
    from seral_core.runs.grid import Grid as Grid
    from seral_core.runs.grid import carry_out as carry_out
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
    "Plan": "runs.plan",
    "Pool": "runs.pool",
    "Step": "runs.loops",
    "carry_out": "runs.grid",
    "curves": "runs.curve",
    "features_for": "features.extract",
    "learning_curves": "charts",
    "open_corpus": "corpora.base",
    "pool_loop": "runs.loops",
    "ready": "runs.build",
    "run": "runs.run",
}

__all__ = [*PUBLIC, "__version__"]


def __getattr__(name: str) -> Any:
    if name in PUBLIC:
        return getattr(importlib.import_module(f"seral_core.{PUBLIC[name]}"), name)
    raise AttributeError(f"module 'seral_core' has no attribute '{name}'; it has {', '.join(PUBLIC)}")


def __dir__() -> list[str]:
    return sorted(__all__)
