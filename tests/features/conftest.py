"""Small recordings and corpora, made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.types import Target

RATE_HZ = 16_000


def buzz(f0_hz: float = 120.0, seconds: float = 0.6, rate_hz: int = RATE_HZ, loud: float = 0.3) -> np.ndarray:
    """A buzz with falling harmonics, switched on and off four times a second."""
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    tones = sum(np.sin(2 * np.pi * k * f0_hz * time) / k for k in range(1, 12))
    return (loud * tones / 2 * (np.sin(2 * np.pi * 4 * time) > -0.5)).astype(np.float32)


@pytest.fixture
def voice() -> Callable[..., np.ndarray]:
    """Make a buzz: ``voice(f0_hz, seconds, rate_hz, loud)``."""
    return buzz


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write samples into a file below the test's folder."""

    def save(name: str, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
        path = tmp_path / "audio" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, rate_hz)
        return path

    return save


@pytest.fixture
def corpus_of(tmp_path: Path) -> Callable[..., Corpus]:
    """Make a corpus of files below the test's folder."""

    def make(
        files: Sequence[str], starts: Sequence[float] | None = None, ends: Sequence[float] | None = None
    ) -> Corpus:
        segments = pd.DataFrame({"speaker": ["s"] * len(files)}, index=segment_index(files, starts, ends))
        return Corpus("tiny", segments, rating_frame([]), (Target("emotion", ("anger",)),), root=tmp_path / "audio")

    return make


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that no other test has written to."""
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
