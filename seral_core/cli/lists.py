"""Lists of what can be chosen, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from seral_core.console import columns, echo


def summaries(registry: Any) -> Iterable[tuple[str, str]]:
    """Return the name of each part of a registry, and what it is in a line.

    Examples
    --------
    >>> from seral_core.oracles.base import oracles
    >>> "people" in dict(summaries(oracles))
    True
    """
    return ((name, registry.summary(name)) for name in registry)


def print_list(title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print rows below a title.

    Examples
    --------
    >>> print_list("letters", [("a", "the first")])
    letters
      a  the first
    <BLANKLINE>
    """
    echo(title, *columns(rows, indent="  ").split("\n"), "")
