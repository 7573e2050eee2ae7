"""Domain adaptation, in files of one idea each; names are loaded when they are first used.

So that listing the extractors need not wait for scikit-learn.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seral_core.features.adaptation.canonical import CCA as CCA
    from seral_core.features.adaptation.components import BALANCE as BALANCE
    from seral_core.features.adaptation.components import BDA as BDA
    from seral_core.features.adaptation.components import TCA as TCA
    from seral_core.features.adaptation.domains import discrepancy as discrepancy
    from seral_core.features.adaptation.joint import Adaptation as Adaptation
    from seral_core.features.adaptation.joint import JointPCA as JointPCA
    from seral_core.features.adaptation.sparse_autoencoder import SparseAutoencoder as SparseAutoencoder

__all__ = ["BALANCE", "BDA", "CCA", "TCA", "Adaptation", "JointPCA", "SparseAutoencoder", "discrepancy"]
_FILES = {"CCA": "canonical", "SparseAutoencoder": "sparse_autoencoder"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"{__name__}.{_FILES.get(name, 'components')}"), name)
