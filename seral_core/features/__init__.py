"""Numbers that describe each segment: extracted from audio, or brought ready; extractors are attributes too."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("_") or ("." not in name and find_spec(f"{__name__}.{name}")):  # a module that is not loaded yet
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from seral_core.features.base import extractors

    return extractors.attributes(__name__, ())[0](name)


def __dir__() -> list[str]:
    from seral_core.features.base import extractors

    return extractors.attributes(__name__, ())[1]()
