"""Magnitudes and mel bands are those of librosa, to the last bit, and come without its long import."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from seral_core.features.fourier import BLOCK, magnitudes, mel_bank


@pytest.mark.parametrize("samples", [1_600, 1_601, 15_999, 160 * (BLOCK + 3)])
def test_magnitudes_are_those_of_librosa(librosa: ModuleType, samples: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, samples).astype(np.float32)
    theirs = librosa.stft(noise, n_fft=512, hop_length=160, win_length=400, pad_mode="constant")
    np.testing.assert_array_equal(magnitudes(noise, 512, 400, 160), np.abs(theirs))


@pytest.mark.parametrize(("bands", "samples", "low", "high"), [(40, 512, 50, 7600), (80, 400, 0, 8000)])
def test_mel_bands_are_those_of_librosa(librosa: ModuleType, bands: int, samples: int, low: float, high: float) -> None:
    theirs = librosa.filters.mel(sr=16_000, n_fft=samples, n_mels=bands, fmin=low, fmax=high)
    np.testing.assert_array_equal(mel_bank(bands, samples, low, high), theirs)


def test_a_first_clip_waits_for_no_compiler() -> None:
    code = (
        "import sys, numpy as np\nfrom seral_core.features.acoustic import SERALv01\n"
        "SERALv01()(np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32))\n"
        "print({'librosa', 'numba'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
