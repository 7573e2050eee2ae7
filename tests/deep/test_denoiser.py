"""The denoising autoencoder: it is as the paper has it, removes noise, and goes on after a kill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")

from seral_core.deep.denoiser import DENOISING, fit_denoiser
from seral_core.deep.sequence_training import Example, SequenceTraining
from seral_core.errors import BadFeatures

QUICK = SequenceTraining(rate=0.01, batch=2, epochs=25, schedule="plateau", patience=20)


def pairs(count: int, seed: int) -> list[Example]:
    """Slow curves on scales of their own, under noise."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(count):
        slow = np.stack([np.convolve(rng.normal(size=80), np.ones(15) / 4, "same") for _ in range(3)], axis=1)
        clean = 10 * slow[: rng.integers(50, 80)] + [5.0, -300.0, 0.0]
        found.append((clean + rng.normal(0, 8, clean.shape) + [2.0, 0.0, 0.0], clean))
    return found


TRAIN, DEV, TEST = pairs(8, 0), pairs(3, 1), pairs(3, 2)


def error(sequences: list[Any]) -> float:
    return float(np.mean([np.mean((found - clean) ** 2) for found, (_, clean) in zip(sequences, TEST, strict=True)]))


def test_enhanced_frames_are_nearer_to_clean_ones_than_noisy_frames_are() -> None:
    denoiser = fit_denoiser(TRAIN, DEV, QUICK, cells=8)
    enhanced = denoiser.enhanced([noisy for noisy, _ in TEST])
    assert [each.shape for each in enhanced] == [noisy.shape for noisy, _ in TEST]
    assert error(enhanced) < error([noisy for noisy, _ in TEST]) / 2


def test_training_and_network_are_those_of_the_paper() -> None:
    denoiser = fit_denoiser(TRAIN, DEV, SequenceTraining(epochs=1, schedule="plateau"))
    network = denoiser.fitted.network
    assert [layer.hidden_size for layer in (*network.forwards, *network.backwards)] == [30] * 4
    assert (network.noise, network.linear.out_features) == (0.1, 3)
    assert (DENOISING.rate, DENOISING.momentum, DENOISING.batch, DENOISING.epochs, DENOISING.patience) == (
        1e-6, 0.9, 8, 200, 20,
    )  # fmt: skip
    begun = fit_denoiser(TRAIN, DEV, SequenceTraining("sgd", rate=1e-30, epochs=1, schedule="fixed")).fitted.network
    assert max(float(weights.detach().abs().max()) for weights in begun.parameters()) <= 0.1


def test_the_best_epoch_is_that_of_the_lowest_error_on_dev() -> None:
    fitted = fit_denoiser(TRAIN, DEV, replace(QUICK, epochs=6), cells=4).fitted
    scores = [entry["validation_score"] for entry in fitted.history]
    assert fitted.best_epoch == 1 + int(np.argmax(scores))
    assert max(scores) < 0


def test_stopped_and_resumed_it_is_the_same(tmp_path: Path) -> None:
    def stop(history: Any) -> None:
        if len(history) == 3:
            raise KeyboardInterrupt

    noisy, few = [each for each, _ in TEST], replace(QUICK, epochs=6)
    whole = fit_denoiser(TRAIN, DEV, few, cells=4).enhanced(noisy)
    with pytest.raises(KeyboardInterrupt):
        fit_denoiser(TRAIN, DEV, few, cells=4, folder=tmp_path, report=stop)
    again = fit_denoiser(TRAIN, DEV, few, cells=4, folder=tmp_path).enhanced(noisy)
    assert all(np.array_equal(a, b) for a, b in zip(whole, again, strict=True))


def test_noisy_and_clean_frames_of_other_lengths_are_refused() -> None:
    with pytest.raises(BadFeatures, match="expected the same"):
        fit_denoiser([(TRAIN[0][0], TRAIN[0][1][:-1])], DEV, QUICK)
