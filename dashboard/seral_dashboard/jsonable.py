"""Plain data for a browser."""

from __future__ import annotations

import math
from typing import Any


def finite(value: Any) -> Any:
    """Return data with None for what JSON cannot say: nan and infinity.

    Examples
    --------
    >>> finite({"uar": [0.5, float("nan")]})
    {'uar': [0.5, None]}
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
