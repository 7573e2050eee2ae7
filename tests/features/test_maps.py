"""Maps of the pool: stable, framed, kept on disk, and possible for many rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seral_core.errors import UnknownName
from seral_core.features import maps
from seral_core.features.table import FeatureTable


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAL_HOME", str(tmp_path))


def two_groups(rows: int = 60, features: int = 8) -> FeatureTable:
    values = np.random.default_rng(0).normal(size=(rows, features)).astype(np.float32)
    values[: rows // 2] += 12
    return FeatureTable(values, tuple(f"c{i}" for i in range(rows)))


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_groups_lie_apart_and_the_map_fills_its_frame(method: str) -> None:
    positions = maps.layout(two_groups(), method)
    assert positions.dtype == np.float32
    assert np.abs(positions).max() == pytest.approx(1, abs=1e-5)
    one, other = positions[:30], positions[30:]
    within = np.linalg.norm(one - one.mean(0), axis=1).mean()
    assert np.linalg.norm(one.mean(0) - other.mean(0)) > 2 * within


def test_a_map_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = two_groups()
    assert maps.saved_map(table, "pca") is None
    first = maps.layout(table, "pca")
    monkeypatch.setattr(maps, "_spread_out", lambda *_: pytest.fail("worked out again"))
    assert (maps.layout(table, "pca") == first).all()


def test_a_damaged_map_is_worked_out_again() -> None:
    table = two_groups()
    first = maps.layout(table, "pca")
    maps._path(table, "pca", 0).write_bytes(b"damaged")
    assert (maps.layout(table, "pca") == first).all()


def test_beyond_the_limit_rows_go_to_the_middle_of_their_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(maps.MOST_ROWS, "tsne", 40)
    positions = maps.layout(two_groups(120), "tsne")
    one, other = positions[:60], positions[60:]
    assert np.isfinite(positions).all()
    assert np.linalg.norm(one.mean(0) - other.mean(0)) > np.linalg.norm(one - one.mean(0), axis=1).mean()


@pytest.mark.parametrize(("rows", "features"), [(0, 3), (1, 3), (2, 1), (3, 2), (12, 1)])
@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_few_rows_or_features_still_give_a_map(rows: int, features: int, method: str) -> None:
    values = np.random.default_rng(0).normal(size=(rows, features)).astype(np.float32)
    table = FeatureTable(values, tuple(map(str, range(rows))))
    positions = maps.layout(table, method)
    assert positions.shape == (rows, 2)
    assert np.isfinite(positions).all()


def test_a_misspelt_method_is_named() -> None:
    with pytest.raises(UnknownName, match="did you mean 'umap'"):
        maps.layout(two_groups(), "umpa")


TWICE = """
import numpy as np
from seral_core.features import maps
from seral_core.features.table import FeatureTable
values = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
table = FeatureTable(values, tuple("abcdefghijkl"))
first = maps.layout(table, "umap")
maps._path(table, "umap", 0).unlink()
print((maps.layout(table, "umap") == first).all(), first.shape, np.ptp(first) > 0.5)
"""


@pytest.mark.slow
def test_umap_gives_the_same_map_for_the_same_seed() -> None:
    around = os.environ | {"NUMBA_DISABLE_JIT": "1"}  # for twelve rows, compiling takes ten times as long as running
    printed = subprocess.run([sys.executable, "-c", TWICE], env=around, capture_output=True, text=True, check=True)
    assert printed.stdout.split("\n")[0] == "True (12, 2) True"
