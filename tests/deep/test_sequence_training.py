"""Training on sequences: schedules as printed, the same after a kill, the same with the same seed, losses that work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")

import torch

from seral_core.deep import sequence_training
from seral_core.deep.concordance import mean_squared, squared_error, sum_of_concordance, total_concordance
from seral_core.deep.cost_sensitive import CostSensitive
from seral_core.deep.recurrent import Recurrent
from seral_core.deep.sequence_training import Example, FitSequences, Fitted, SequenceTraining, fit
from seral_core.errors import BadFeatures, BadPlan
from seral_core.scores.metrics import ccc

QUICK = SequenceTraining(rate=0.02, batch=2, epochs=6, first=3)


def examples(*lengths: int, seed: int = 0) -> list[Example]:
    """Gold is a smoothed input; the last three frames have none."""
    rng, found = np.random.default_rng(seed), []
    for length in lengths:
        features = rng.normal(size=(length, 3)).astype(np.float32)
        gold = np.convolve(features[:, 0], np.ones(5) / 5, "same")[:, None].astype(np.float32)
        gold[-3:] = np.nan
        found.append((features, gold))
    return found


TRAIN, DEV = examples(30, 24, 18, 30, 21), examples(25, 33, seed=1)


def dev_ccc(outputs: list[Any], gold: list[Any]) -> float:
    found, truth = np.concatenate(outputs)[:, 0], np.concatenate(gold)[:, 0]
    return ccc(truth[~np.isnan(truth)], found[~np.isnan(truth)])


def network(**more: Any) -> Recurrent:
    return Recurrent(3, cells=4, layers=2, **{"noise": 0.1, **more})


def weights(fitted: Fitted) -> list[torch.Tensor]:
    return list(fitted.network.state_dict().values())


def same(one: Fitted, other: Fitted) -> bool:
    equal = all(torch.equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))
    return equal and one.history == other.history and one.best_epoch == other.best_epoch


def scripted(*scores: float) -> Callable[[Any, Any], float]:
    """Score what an epoch is to have, whatever the network says; the last one stays."""
    left = list(scores)
    return lambda outputs, gold: left.pop(0) if len(left) > 1 else left[0]


def test_without_improvement_the_second_stage_halves_the_rate_after_each_epoch_until_it_is_below_the_least() -> None:
    settings = SequenceTraining(rate=0.002, batch=5, first=20, epochs=40)
    fitted = fit(network(), TRAIN, DEV, mean_squared, scripted(0.5, 0.4), settings)
    rates = [entry["rate"] for entry in fitted.history]
    # The 21st epoch is the first of the second stage; .002 / 2 ** 8 is below .00001.
    assert rates == [0.002] * 21 + [0.002 / 2**k for k in range(1, 8)]
    assert fitted.best_epoch == 1


def test_the_second_stage_goes_on_at_the_same_rate_while_dev_improves_and_ends_after_forty_epochs() -> None:
    rising = scripted(*(number / 100 for number in range(1, 99)))
    fitted = fit(network(), TRAIN, DEV, mean_squared, rising, SequenceTraining(batch=5))
    assert [entry["rate"] for entry in fitted.history] == [0.002] * 40
    assert fitted.best_epoch == 40


def test_an_improvement_of_the_second_stage_stops_halving_once_and_is_kept() -> None:
    settings = replace(QUICK, rate=0.002, first=2, epochs=7)
    fitted = fit(network(), TRAIN, DEV, mean_squared, scripted(0.5, 0.4, 0.4, 0.6, 0.5, 0.5), settings)
    assert [entry["rate"] for entry in fitted.history] == [0.002, 0.002, 0.002, 0.001, 0.001, 0.0005, 0.00025]
    assert fitted.best_epoch == 4


def test_the_second_stage_begins_with_the_best_weights_of_the_first() -> None:
    """The best is epoch 1: what epoch 4 begins with, and so ends with, is what follows on epoch 1 with its order."""
    training = FitSequences(network(), TRAIN, DEV, mean_squared, scripted(0.5, 0.4), QUICK)
    steps = training.run()
    next(steps)
    best = [value.clone() for value in training.network.state_dict().values()]
    moments = [value["exp_avg"].clone() for value in training.optimiser.state_dict()["state"].values()]
    next(steps)
    next(steps)
    assert all(torch.equal(a, b) for a, b in zip(best, training.network.state_dict().values(), strict=True))
    now = [value["exp_avg"] for value in training.optimiser.state_dict()["state"].values()]
    assert all(torch.equal(a, b) for a, b in zip(moments, now, strict=True))


def test_on_a_plateau_training_ends_after_its_patience_and_the_best_epoch_is_kept() -> None:
    settings = SequenceTraining("sgd", rate=0.01, batch=5, epochs=50, schedule="plateau", patience=3)
    fitted = fit(network(), TRAIN, DEV, mean_squared, scripted(0.1, 0.3, 0.2), settings)
    assert [entry["epoch"] for entry in fitted.history] == [1, 2, 3, 4, 5]
    assert fitted.best_epoch == 2
    two = fit(network(), TRAIN, DEV, mean_squared, scripted(0.1, 0.3), replace(settings, epochs=2))
    assert all(torch.equal(a, b) for a, b in zip(weights(fitted), weights(two), strict=True))


def test_a_fixed_schedule_keeps_the_last_epoch_and_needs_no_dev() -> None:
    fitted = fit(network(), TRAIN, [], mean_squared, dev_ccc, replace(QUICK, schedule="fixed"))
    assert (len(fitted.history), fitted.best_epoch) == (6, 6)
    assert "validation_score" not in fitted.history[0]
    worse = fit(network(), TRAIN, DEV, mean_squared, scripted(0.9, 0.1), replace(QUICK, schedule="fixed"))
    assert all(torch.equal(a, b) for a, b in zip(weights(fitted), weights(worse), strict=True))


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_steps_of_sgd_have_momentum_and_l2_as_torch_has_them(optimiser: Any) -> None:
    settings = SequenceTraining(optimiser, rate=0.01, momentum=0.9, l2=0.1, batch=5, epochs=2, schedule="fixed")
    fitted = fit(network(noise=0.0), TRAIN, [], mean_squared, dev_ccc, settings)
    by_hand = network(noise=0.0)
    plain: Any = (
        torch.optim.SGD(by_hand.parameters(), 0.01, 0.9, weight_decay=0.1)
        if optimiser == "sgd"
        else torch.optim.Adam(by_hand.parameters(), 0.01, weight_decay=0.1)
    )
    for _ in range(2):
        parts = [by_hand(torch.from_numpy(f)[None], torch.tensor([len(f)]))[0] - torch.from_numpy(g) for f, g in TRAIN]
        errors = torch.cat(parts)
        plain.zero_grad()
        errors[~errors.isnan()].square().mean().backward()
        plain.step()
    pairs = zip(weights(fitted), by_hand.state_dict().values(), strict=True)
    assert all(torch.allclose(a, b, atol=2e-4) for a, b in pairs)


@pytest.mark.parametrize("settings", [QUICK, SequenceTraining("sgd", 0.01, batch=2, epochs=6, schedule="plateau")])
@pytest.mark.parametrize("calls", [1, 7, 16, 25])
def test_killed_and_resumed_is_the_same_as_uninterrupted(
    settings: SequenceTraining, calls: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An epoch pads six times, in training, and once to score: kills fall into an epoch and between two."""
    whole = fit(network(), TRAIN, DEV, sum_of_concordance, dev_ccc, settings)
    left, real = [calls], sequence_training.padded

    def padded(*args: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(sequence_training, "padded", padded)
        with pytest.raises(KeyboardInterrupt):
            fit(network(), TRAIN, DEV, sum_of_concordance, dev_ccc, settings, tmp_path)
    epochs: list[Any] = []
    resumed = fit(network(), TRAIN, DEV, sum_of_concordance, dev_ccc, settings, tmp_path, epochs.append)
    assert same(resumed, whole)
    assert len(epochs) == len(whole.history) - (calls - 1) // 6


def test_what_had_ended_is_returned_at_once_and_what_differs_is_trained_anew(tmp_path: Path) -> None:
    first = fit(network(), TRAIN, DEV, mean_squared, dev_ccc, QUICK, tmp_path)
    epochs: list[Any] = []
    assert same(fit(network(), TRAIN, DEV, mean_squared, dev_ccc, QUICK, tmp_path, epochs.append), first)
    assert not epochs
    others: list[tuple[Any, ...]] = [
        (network(), TRAIN, DEV, squared_error, dev_ccc, QUICK),
        (network(noise=0.2), TRAIN, DEV, mean_squared, dev_ccc, QUICK),
        (network(seed=1), TRAIN, DEV, mean_squared, dev_ccc, QUICK),
        (network(), TRAIN[:4], DEV, mean_squared, dev_ccc, QUICK),
        (network(), TRAIN, DEV[:1], mean_squared, dev_ccc, QUICK),
        (network(), TRAIN, DEV, mean_squared, scripted(0.5), QUICK),
        (network(), TRAIN, DEV, mean_squared, dev_ccc, replace(QUICK, seed=1)),
    ]
    for number, other in enumerate(others, 1):
        fit(*other, tmp_path, epochs.append)
        assert len(epochs) == 6 * number


def test_the_same_seed_repeats_exactly_and_another_does_not() -> None:
    one, again = (fit(network(), TRAIN, DEV, mean_squared, dev_ccc, QUICK) for _ in range(2))
    assert same(one, again)
    assert not same(one, fit(network(), TRAIN, DEV, mean_squared, dev_ccc, replace(QUICK, seed=1)))


def test_training_takes_one_thread_and_leaves_threads_and_random_numbers_as_they_were() -> None:
    threads: list[int] = []

    def loss(*args: Any) -> Any:
        threads.append(torch.get_num_threads())
        return mean_squared(*args)

    before = torch.get_num_threads(), torch.random.get_rng_state()
    fit(network(), TRAIN, DEV, loss, dev_ccc, replace(QUICK, epochs=1))
    assert set(threads) == {1}
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.random.get_rng_state(), before[1])


@pytest.mark.parametrize("loss", [squared_error, mean_squared, sum_of_concordance, total_concordance])
def test_every_loss_learns_what_can_be_learned(loss: Any) -> None:
    settings = SequenceTraining(rate=0.02, batch=5, epochs=40, first=20)
    fitted = fit(network(noise=0.0), examples(*[60] * 10), DEV, loss, dev_ccc, settings)
    assert dev_ccc(fitted.outputs([each[0] for each in DEV]), [each[1] for each in DEV]) > 0.8


def test_several_heads_of_classes_are_learned_at_once() -> None:
    def leveled(parts: list[Example]) -> list[Example]:
        cut = [np.array([-0.3, 0.3]), np.array([0.0])]
        return [
            (f, np.hstack([np.where(np.isnan(g), np.nan, np.digitize(g, edges)) for edges in cut])) for f, g in parts
        ]

    def right(outputs: list[Any], gold: list[Any]) -> float:
        found, truth = np.concatenate(outputs), np.concatenate(gold)
        guesses = np.stack([found[:, :3].argmax(1), found[:, 3:].argmax(1)], axis=1)
        return float(np.mean((guesses == truth)[~np.isnan(truth).any(1)]))

    settings = SequenceTraining(rate=0.02, batch=5, epochs=40, first=20)
    wide = network(noise=0.0, heads=(3, 2))
    fitted = fit(wide, leveled(examples(*[60] * 10)), leveled(DEV), CostSensitive((3, 2)), right, settings)
    assert max(entry["validation_score"] for entry in fitted.history) > 0.7


def test_a_training_that_diverges_says_so_and_keeps_the_weights_of_before() -> None:
    wild = SequenceTraining("sgd", rate=1e30, batch=5, epochs=6, schedule="plateau")
    fitted = fit(network(), TRAIN, DEV, squared_error, dev_ccc, wild)
    assert fitted.diverged
    assert all(value.isfinite().all() for value in weights(fitted))
    assert all(np.isfinite(list(entry.values())).all() for entry in fitted.history)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"batch": 0}, "expected 1 or more of each"),
        ({"rate": 0.0}, "a positive rate"),
        ({"optimiser": "lbfgs"}, "expected adam or sgd"),
        ({"schedule": "soon"}, "expected two-stage, plateau or fixed"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(BadPlan, match=why):
        SequenceTraining(**wrong)


def test_sequences_that_cannot_be_learned_from_are_refused() -> None:
    features, gold = TRAIN[0]
    with pytest.raises(BadFeatures, match="expected one row of gold for each frame"):
        fit(network(), [(features, gold[:-1])], DEV, mean_squared, dev_ccc, QUICK)
    with pytest.raises(BadPlan, match="got 5 sequences to learn from and 0 to tell when to stop"):
        fit(network(), TRAIN, [], mean_squared, dev_ccc, QUICK)
    with pytest.raises(BadPlan, match="got nan as the score on dev"):
        fit(network(), TRAIN, [(features, gold * np.nan)], mean_squared, dev_ccc, QUICK)
