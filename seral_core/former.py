"""Names that were: found for one release more, with a warning that says the new one."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any


def former(module: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a module in which names were changed.

    Parameters
    ----------
    module : str
        ``__name__`` of that module.
    names : mapping from str to str
        The new name by the old one.

    Returns
    -------
    callable
        Returns what the new name means and warns; raises AttributeError for any other name.

    Examples
    --------
    >>> look_up = former("seral_core.runs.grid", {"carry_out": "run_grid"})
    >>> with warnings.catch_warnings(record=True) as warned:
    ...     warnings.simplefilter("always")
    ...     look_up("carry_out").__name__, str(warned[0].message)
    ('run_grid', "'carry_out' is called 'run_grid' now; the old name will be removed in the next release")
    """

    def look_up(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module '{module}' has no attribute '{name}'")
        message = f"'{name}' is called '{names[name]}' now; the old name will be removed in the next release"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module(module), names[name])

    return look_up
