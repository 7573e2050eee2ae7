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


class Features(click.ParamType):
    """An extractor with its options, or a path, which comes out absolute.

    Examples
    --------
    >>> FEATURES.convert("SERALv01", None, None)
    'SERALv01'
    """

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return what the user means, in a way that holds in any folder."""
        from seral_core.features.base import placed_features

        return placed_features(str(value))


FEATURES = Features()
