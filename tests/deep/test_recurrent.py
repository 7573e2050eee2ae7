"""The recurrent network: padding makes no difference, both directions see all, seeds repeat."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")

import torch
from torch import nn

from seral_core.deep.padded import padded
from seral_core.deep.recurrent import Recurrent
from seral_core.errors import BadPlan


def sequences(*lengths: int, columns: int = 4) -> list[torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return [torch.randn(length, columns, generator=draw) for length in lengths]


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("filler", [0.0, 1e6])
def test_a_sequence_alone_and_padded_in_a_batch_has_the_same_outputs_and_gradients(
    bidirectional: bool, filler: float
) -> None:
    some = sequences(7, 12, 1, 12)
    network = Recurrent(4, (1, 3), cells=5, layers=3, bidirectional=bidirectional).eval()
    together, lengths = padded(some, filler)
    outputs = network(together, lengths)
    sum(outputs[i, : len(each)].sum() for i, each in enumerate(some)).backward()
    slopes = [weights.grad.clone() for weights in network.parameters()]
    network.zero_grad()
    for i, each in enumerate(some):
        alone = network(each[None], torch.tensor([len(each)]))
        assert torch.allclose(alone[0], outputs[i, : len(each)], atol=1e-6)
        alone.sum().backward()
    for weights, slope in zip(network.parameters(), slopes, strict=True):
        assert torch.allclose(weights.grad, slope, atol=1e-4)


def test_it_is_the_network_that_torch_has_for_packed_sequences() -> None:
    some = sequences(9, 5)
    network = Recurrent(4, (2,), cells=3, layers=2).eval()
    theirs = nn.LSTM(4, 3, 2, batch_first=True, bidirectional=True)
    for number in range(2):
        for suffix, layers in (("", network.forwards), ("_reverse", network.backwards)):
            for name, value in layers[number].state_dict().items():
                theirs.state_dict()[name.replace("l0", f"l{number}{suffix}")].copy_(value)
    together, lengths = padded(some)
    packed = nn.utils.rnn.pack_padded_sequence(together, lengths, batch_first=True)
    wanted = nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)[0]
    found = network.activations(together, lengths)[-1]
    for i, length in enumerate((9, 5)):
        assert torch.allclose(found[i, :length], wanted[i, :length], atol=1e-6)


@pytest.mark.parametrize(("bidirectional", "first_changes"), [(True, True), (False, False)])
def test_only_both_directions_see_what_comes_later(bidirectional: bool, first_changes: bool) -> None:
    (one,) = sequences(6)
    other = one.clone()
    other[-1] += 1
    network, length = Recurrent(4, cells=3, layers=2, bidirectional=bidirectional).eval(), torch.tensor([6])
    assert torch.equal(network(one[None], length)[0, 0], network(other[None], length)[0, 0]) != first_changes


def test_weights_repeat_with_the_seed_and_leave_other_random_numbers_alone() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, same, other = (Recurrent(4, cells=3, layers=1, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(one.linear.weight, other.linear.weight)
    small = Recurrent(4, cells=3, layers=1, start=0.1)
    assert max(float(weights.detach().abs().max()) for weights in small.parameters()) <= 0.1


def test_noise_is_added_in_training_alone() -> None:
    (one,) = sequences(6)
    network, length = Recurrent(4, cells=3, layers=1, noise=0.5), torch.tensor([6])
    assert not torch.equal(network(one[None], length), network(one[None], length))
    network.eval()
    assert torch.equal(network(one[None], length), network(one[None], length))


@pytest.mark.parametrize("wrong", [{"cells": 0}, {"layers": 0}, {"heads": ()}, {"heads": (4, 0)}, {"noise": -0.1}])
def test_a_network_without_cells_layers_or_outputs_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadPlan, match="expected one or more of each"):
        Recurrent(4, **wrong)  # type: ignore[arg-type]
