"""Paths on the command line: relative to the folder that the user is in, which is not where SERAL works."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from seral_core.home import placed


class Place(click.Path):
    """A file or folder, as an absolute path.

    Examples
    --------
    >>> PLACE.convert("out/first", None, None) == Path.cwd() / "out" / "first"
    True
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path that the user means."""
        return super().convert(placed(os.fsdecode(value)), param, ctx)


PLACE = Place(path_type=Path)
#: Agrees to what `seral_core.folders.claim_file` refuses.
REPLACE = click.option("--replace", is_flag=True, help="Replace a file that is there already; refused otherwise.")


def features(ctx: click.Context | None, param: click.Parameter | None, value: str) -> str:
    """Return what a user means by features: an extractor with its options, or a path, which comes out absolute.

    A callback of options.

    Examples
    --------
    >>> features(None, None, "SERALv01")
    'SERALv01'
    """
    from seral_core.far.agreed import agree
    from seral_core.features.base import placed_features

    agree(value)
    return placed_features(value)
