"""A class whose clips can be heard, and the routes that serve it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from seral_dashboard import class_pages, classes, projects, routes_class, routes_label, routes_wall
from seral_dashboard.passwords import Tries

ROUTES = [*routes_class.ROUTES, *class_pages.ROUTES, *routes_wall.ROUTES, *routes_label.ROUTES]


def opened_class(folder: Path, recordings: Path, monkeypatch: pytest.MonkeyPatch) -> classes.Hub:
    """Open a class on 40 recordings of their own loudness; nothing trains beside it, and nobody was refused yet."""
    monkeypatch.setattr(routes_class, "_tries", Tries(3))
    for i in range(40):
        soundfile.write(recordings / f"{i:04}.wav", np.full(800, (i + 1) / 50), 8000)
    projects.remember(folder)
    return classes.hub(folder, train=False)
