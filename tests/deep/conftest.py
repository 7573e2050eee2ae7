"""Folders with tiny encoders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deep.tiny import a_model


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny model of a kind."""
    made: dict[str, Path] = {}

    def folder(kind: str) -> Path:
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp("models") / kind
            a_model(kind).save_pretrained(made[kind])
        return made[kind]

    return folder


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that no other test has written to."""
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
