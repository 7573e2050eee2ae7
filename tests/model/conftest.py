"""Runs that models are taken from: one on features alone, one on recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core.model.model import Model
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.run import run
from tests.runs.conftest import small_table


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A plan on ready features, whose speakers are normalised."""
    table = small_table(tmp_path_factory.mktemp("small"))
    return Plan(
        corpus=str(table), features=str(table.with_name("features.npz")), targets=("emotion",), strategy="margin",
        split="speakers:3", initial=8, batch=4, budget=40, normalise="on",
    )  # fmt: skip


@pytest.fixture(scope="session")
def log(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Log:
    return run(plan, tmp_path_factory.mktemp("runs"))


@pytest.fixture
def model(log: Log) -> Model:
    return Model.of_run(log)


@pytest.fixture(scope="session")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """A run on recordings with features that are extracted."""
    plan = Plan(corpus="synthetic:clips=120:speakers=6", strategy="random", initial=20, budget=60, normalise="on")
    return run(plan, tmp_path_factory.mktemp("heard"))


@pytest.fixture(scope="session")
def saved(heard: Log, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Model.of_run(heard).save(tmp_path_factory.mktemp("models") / "model")
