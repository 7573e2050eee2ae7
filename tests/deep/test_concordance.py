"""Losses in time: values by hand, those of numpy's scores, gradients by hand, by torch and by differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")

import torch

from seral_core.deep.concordance import (
    Loss,
    concordance,
    concordance_gradient,
    mean_squared,
    squared_error,
    sum_of_concordance,
    total_concordance,
)
from seral_core.deep.cost_sensitive import CostSensitive
from seral_core.scores.metrics import ccc

LOSSES: list[Loss] = [squared_error, mean_squared, sum_of_concordance, total_concordance]
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def batch(seed: int = 0) -> Batch:
    """Three sequences of 7, 5 and 4 frames, two targets; frames without gold in the middle too."""
    rng = np.random.default_rng(seed)
    output, gold = (torch.from_numpy(rng.normal(size=(3, 7, 2))) for _ in range(2))
    known = torch.arange(7)[None, :, None] < torch.tensor([7, 5, 4])[:, None, None]
    known = known.repeat(1, 1, 2)
    known[0, 3, 1] = known[1, 0, 0] = False
    return output, gold, known


def by_numpy(output: torch.Tensor, gold: torch.Tensor, known: torch.Tensor) -> np.ndarray:
    pairs = [[(gold[i, :, f][known[i, :, f]], output[i, :, f][known[i, :, f]]) for f in (0, 1)] for i in range(3)]
    return np.array([[ccc(truth.numpy(), guess.numpy()) for truth, guess in row] for row in pairs])


def test_concordance_is_that_of_the_scores_for_every_sequence_and_target() -> None:
    assert np.allclose(concordance(*batch()).numpy(), by_numpy(*batch()))
    assert float(sum_of_concordance(*batch())) == pytest.approx(-by_numpy(*batch()).sum())


def test_total_concordance_is_that_of_all_frames_together() -> None:
    output, gold, known = batch()
    whole = [ccc(gold[..., f][known[..., f]].numpy(), output[..., f][known[..., f]].numpy()) for f in (0, 1)]
    assert float(total_concordance(output, gold, known)) == pytest.approx(-sum(whole))


def test_the_example_of_figure_5_2_holds_predicting_the_means_is_worth_nothing_within_sequences() -> None:
    gold = torch.tensor([[[0.0], [0.2]], [[0.6], [0.8]]])
    output, every = gold.mean(1, keepdim=True).expand(-1, 2, -1), torch.ones(2, 2, 1, dtype=torch.bool)
    assert float(sum_of_concordance(output, gold, every)) == pytest.approx(0.0, abs=1e-6)
    # Variances .09 of the means and .1 of gold, covariance .09: 2 x .09 / .19.
    assert float(total_concordance(output, gold, every)) == pytest.approx(-0.18 / 0.19)


def test_squared_errors_count_what_has_gold() -> None:
    output, gold, known = batch()
    wanted = ((output - gold)[known] ** 2).sum()
    assert float(squared_error(output, gold, known)) == pytest.approx(float(wanted))
    assert float(mean_squared(output, gold, known)) == pytest.approx(float(wanted) / int(known.sum()))


def test_the_gradient_by_hand_is_that_of_torch_and_of_differences() -> None:
    output, gold, known = batch()
    by_torch = gradient(sum_of_concordance, output, gold, known)
    by_hand = concordance_gradient(output, gold, known)
    assert torch.allclose(by_hand, -by_torch)
    step = 1e-6
    for place in [(0, 0, 0), (1, 4, 1), (2, 3, 0), (0, 3, 1)]:
        there = torch.zeros_like(output)
        there[place] = step
        up, down = (float(concordance(output + sign * there, gold, known).sum()) for sign in (1, -1))
        assert (up - down) / (2 * step) == pytest.approx(float(by_hand[place]), abs=1e-6)


@pytest.mark.parametrize("loss", [*LOSSES, CostSensitive((2,)), CostSensitive((2,), weighted=False)])
def test_a_loss_passes_a_numerical_check_of_its_gradient(loss: Loss) -> None:
    output, gold, known = batch()
    if isinstance(loss, CostSensitive):
        gold, known = (gold > 0).double()[..., :1], known[..., :1]
    torch.autograd.gradcheck(lambda y: loss(y, gold, known), output.requires_grad_(True))


@pytest.mark.parametrize("loss", [*LOSSES, CostSensitive((2,))])
@pytest.mark.parametrize("filler", [float("nan"), 1e9, -1e9])
def test_what_lies_where_there_is_no_gold_makes_no_difference(loss: Loss, filler: float) -> None:
    output, gold, known = batch()
    if isinstance(loss, CostSensitive):
        gold, known = (gold > 0).double()[..., :1], known[..., :1]
    other = torch.where(known, gold, filler)
    assert float(loss(output, gold, known)) == float(loss(output, other, known))
    slope = gradient(loss, output, other, known)
    assert torch.equal(slope, gradient(loss, output, gold, known))
    assert torch.isfinite(slope).all()
    assert not slope[~known.expand_as(slope)].any()


@pytest.mark.parametrize("value", [0.3, 0.0])
def test_constant_gold_and_perfect_guesses_have_defined_values_and_gradients(value: float) -> None:
    every, rise = torch.ones(1, 50, 1, dtype=torch.bool), torch.linspace(-1, 1, 50)[None, :, None]
    flat = torch.full((1, 50, 1), value)
    for output, gold, wanted in [(rise, flat, 0.0), (flat, flat, 0.0), (flat + 1e-6, flat, 0.0), (flat, rise, 0.0),
                                 (rise, rise, 1.0)]:  # fmt: skip
        assert float(concordance(output, gold, every)) == pytest.approx(wanted, abs=1e-6)
        slope = gradient(sum_of_concordance, output, gold, every)
        assert torch.isfinite(slope).all()
        assert slope.abs().max() < 10


def test_a_batch_without_any_gold_costs_nothing() -> None:
    output, gold, known = batch()
    for loss in LOSSES:
        assert float(loss(output, gold, torch.zeros_like(known))) == 0
    assert float(CostSensitive((2,))(output, gold[..., :1], torch.zeros_like(known[..., :1]))) == 0


def gradient(loss: Callable[..., torch.Tensor], output: torch.Tensor, gold: torch.Tensor, known: torch.Tensor) -> Batch:
    leaf = output.detach().clone().requires_grad_(True)
    loss(leaf, gold, known).backward()
    assert leaf.grad is not None
    return leaf.grad  # type: ignore[return-value]


def test_costs_of_several_heads_are_as_in_equations_6_and_7() -> None:
    # Two frames; the first head has 2 classes, the second 4.
    proba = [[[0.75, 0.25], [0.1, 0.2, 0.3, 0.4]], [[0.5, 0.5], [0.7, 0.1, 0.1, 0.1]]]
    output = torch.from_numpy(np.array([[np.log(np.concatenate(frame)) for frame in proba]]))
    gold = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])
    every = torch.ones(1, 2, 2, dtype=torch.bool)
    # The first frame guesses 0 for 1 of two, and 3 for 0 of four; the second is right twice.
    wanted = -(1 + 1 / 2) * np.log(0.25) - (1 + 3 / 4) * np.log(0.1) - np.log(0.5) - np.log(0.7)
    assert float(CostSensitive((2, 4))(output, gold, every)) == pytest.approx(wanted)
    plain = -np.log(0.25) - np.log(0.1) - np.log(0.5) - np.log(0.7)
    assert float(CostSensitive((2, 4), weighted=False)(output, gold, every)) == pytest.approx(plain)
    every[0, 0, 1] = False
    assert float(CostSensitive((2, 4))(output, gold, every)) == pytest.approx(wanted + (1 + 3 / 4) * np.log(0.1))
