"""Losses of regression in time: squared errors, and the concordance correlation coefficient (CCC) as an objective.

All take predictions and gold of shape (sequences, frames, targets), and a mask of the same shape that says where there
is gold; what lies elsewhere never counts. After MixedEmotions D4.2, section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

#: From predictions, gold, and where there is gold, to a number that becomes smaller as they agree.
Loss: TypeAlias = Callable[[Tensor, Tensor, Tensor], Tensor]


def squared_error(output: Tensor, gold: Tensor, known: Tensor) -> Tensor:
    """Sum of squared errors over sequences, frames and targets: Eq. 1.

    Parameters
    ----------
    output, gold : Tensor of shape (sequences, frames, targets)
        Predictions, and what they should be; anything where there is no gold.
    known : bool Tensor of the same shape
        Where there is gold.

    Examples
    --------
    >>> output, gold = torch.tensor([[[0.0], [1.0], [5.0]]]), torch.tensor([[[1.0], [3.0], [0.0]]])
    >>> float(squared_error(output, gold, torch.tensor([[[True], [True], [False]]])))
    5.0
    """
    return torch.where(known, output - gold, 0.0).square().sum()


def mean_squared(output: Tensor, gold: Tensor, known: Tensor) -> Tensor:
    """Mean squared error over all that has gold; parameters as in `squared_error`.

    Examples
    --------
    >>> output, gold = torch.tensor([[[0.0], [1.0]]]), torch.tensor([[[1.0], [3.0]]])
    >>> float(mean_squared(output, gold, torch.ones(1, 2, 1, dtype=torch.bool)))
    2.5
    """
    return squared_error(output, gold, known) / known.sum().clamp(min=1)


def sum_of_concordance(output: Tensor, gold: Tensor, known: Tensor) -> Tensor:
    """Sum of the CCC of every sequence and target, with a minus, as losses are minimised: Eq. 2.

    A sequence whose gold is constant has a CCC of 0 whatever is predicted, and no gradient.

    Parameters
    ----------
    output, gold, known
        As in `squared_error`.

    Examples
    --------
    >>> output, gold = torch.tensor([[[1.0], [3.0]], [[0.0], [1.0]]]), torch.tensor([[[0.0], [2.0]], [[0.0], [1.0]]])
    >>> round(float(sum_of_concordance(output, gold, torch.ones(2, 2, 1, dtype=torch.bool))), 4)
    -1.6667
    """
    return -concordance(output, gold, known).sum()


def total_concordance(output: Tensor, gold: Tensor, known: Tensor) -> Tensor:
    """CCC of every target over all frames of all sequences together, summed over targets, with a minus.

    Parameters
    ----------
    output, gold, known
        As in `squared_error`.

    Examples
    --------
    >>> output, gold = torch.tensor([[[1.0], [1.0]], [[2.0], [2.0]]]), torch.tensor([[[0.5], [1.5]], [[1.5], [2.5]]])
    >>> every = torch.ones(2, 2, 1, dtype=torch.bool)
    >>> round(float(total_concordance(output, gold, every)), 4), float(sum_of_concordance(output, gold, every))
    (-0.6667, -0.0)
    """
    whole = (part.flatten(0, 1)[None] for part in (output, gold, known))
    return -concordance(*whole).sum()


def concordance(output: Tensor, gold: Tensor, known: Tensor) -> Tensor:
    r"""CCC of every sequence and target: Eq. 5, :math:`2 Q / (S + 2 Q)`.

    Parameters
    ----------
    output, gold, known
        As in `squared_error`.

    Returns
    -------
    Tensor of shape (sequences, targets)
        0 where gold is constant, or there is none.

    Examples
    --------
    >>> output, gold = torch.tensor([[[1.0], [3.0]]]), torch.tensor([[[0.0], [2.0]]])
    >>> concordance(output, gold, torch.ones(1, 2, 1, dtype=torch.bool))
    tensor([[0.6667]])
    """
    covariance, error, _ = _quantities(output, gold, known)
    spread = error + 2 * covariance
    ok = varies(gold, known) & (spread > 0)
    return torch.where(ok, 2 * covariance, 0.0) / torch.where(ok, spread, 1.0)


def concordance_gradient(output: Tensor, gold: Tensor, known: Tensor) -> Tensor:
    r"""Gradient of the sum of CCCs by hand, by Eq. 9 to 11.

    With :math:`\partial Q / \partial y_t = y^*_t - \mu^*` and :math:`\partial S / \partial y_t = 2 (y_t - y^*_t)`, the
    quotient rule gives :math:`2 (S \, \partial Q - Q \, \partial S) / (S + 2 Q)^2`. Training takes the gradient that
    torch derives from `sum_of_concordance`, which is the same with the other sign.

    Parameters
    ----------
    output, gold, known
        As in `squared_error`.

    Returns
    -------
    Tensor of shape (sequences, frames, targets)
        0 where there is no gold.

    Examples
    --------
    >>> output, gold = torch.tensor([[[1.0], [3.0]]]), torch.tensor([[[0.0], [2.0]]])
    >>> concordance_gradient(output, gold, torch.ones(1, 2, 1, dtype=torch.bool)).flatten()
    tensor([-0.3333, -0.1111])
    """
    covariance, error, centred = _quantities(output, gold, known)
    spread = error + 2 * covariance
    ok = varies(gold, known) & (spread > 0)
    safe = torch.where(ok, spread, 1.0)[:, None]
    by_covariance, by_error = centred, 2 * torch.where(known, output - gold, 0.0)
    slope = 2 * (error[:, None] * by_covariance - covariance[:, None] * by_error) / safe**2
    return torch.where(known & ok[:, None], slope, 0.0)


def varies(gold: Tensor, known: Tensor) -> Tensor:
    """Return whether gold has two values or more, of shape (sequences, targets).

    Examples
    --------
    >>> varies(torch.tensor([[[1.0, 0.3], [2.0, 0.3]]]), torch.ones(1, 2, 2, dtype=torch.bool))
    tensor([[ True, False]])
    """
    most = torch.where(known, gold, -torch.inf).amax(1)
    return most > torch.where(known, gold, torch.inf).amin(1)


def _quantities(output: Tensor, gold: Tensor, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return Q and S, Eq. 6 and 7, by sequence and target, and how far gold lies from its mean."""
    count = known.sum(1, keepdim=True).clamp(min=1)
    ours, theirs = (torch.where(known, part, 0.0) for part in (output, gold))
    ours_centred = torch.where(known, ours - ours.sum(1, keepdim=True) / count, 0.0)
    centred = torch.where(known, theirs - theirs.sum(1, keepdim=True) / count, 0.0)
    return (ours_centred * centred).sum(1), (ours - theirs).square().sum(1), centred
