"""Cost-sensitive cross-entropy over several discretisations at once, and probabilities freed of class priors.

After Le, Aldeneh and Mower Provost, Discretized continuous speech emotion recognition with multi-task deep recurrent
neural networks, Interspeech 2017, section 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor
from torch.nn import functional

from seral_core.types import Floats, Ints


@dataclass(frozen=True)
class CostSensitive:
    r"""Eq. 6 and 7: :math:`-\sum_t \sum_f (1 + |\arg\max y_{tf} - l_{tf}| / N_t) \log y_{tf}(l_{tf})`.

    A frame costs more the farther its most probable class lies from the right one.

    Parameters
    ----------
    heads : tuple of int
        Number of classes of each head; those of several targets one after another.
    weighted : bool
        Whether costs are as in Eq. 7; else they are 1, and it is the usual cross-entropy.

    Examples
    --------
    >>> import torch
    >>> halves = torch.log(torch.tensor([[[0.5, 0.25, 0.25]]]))
    >>> loss, every = CostSensitive((3,)), torch.ones(1, 1, 1, dtype=torch.bool)
    >>> [round(float(loss(halves, torch.tensor([[[right]]]), every) / np.log(2)), 3) for right in (0.0, 1.0, 2.0)]
    [1.0, 2.667, 3.333]
    """

    heads: tuple[int, ...]
    weighted: bool = True

    def __call__(self, output: Tensor, gold: Tensor, known: Tensor) -> Tensor:
        """Return the loss.

        Parameters
        ----------
        output : Tensor of shape (sequences, frames, sum of heads)
            Scores before the softmax.
        gold : Tensor of shape (sequences, frames, heads)
            Class numbers.
        known : bool Tensor of shape (sequences, frames, heads)
            Where there is gold.
        """
        total = output.new_zeros(())
        for number, scores in enumerate(output.split(list(self.heads), dim=-1)):
            here = known[..., number]
            scores, right = scores[here], gold[..., number][here].long()
            each = functional.cross_entropy(scores, right, reduction="none")
            if self.weighted:
                each = each * (1 + (scores.argmax(-1) - right).abs() / scores.shape[-1])
            total = total + each.sum()
        return total


def log_proba(scores: Floats, heads: Sequence[int]) -> list[Floats]:
    """Return the log probabilities of each head, for decoding.

    Parameters
    ----------
    scores : Floats of shape (frames, sum of heads)
        Before the softmax.
    heads : sequence of int
        Number of classes of each.

    Returns
    -------
    list of Floats of shape (frames, classes)
        One array a head.

    Examples
    --------
    >>> [np.exp(each).round(2).tolist() for each in log_proba(np.log([[1.0, 3.0, 2.0, 2.0, 4.0]]), (2, 3))]
    [[[0.25, 0.75]], [[0.25, 0.25, 0.5]]]
    """
    parts = np.split(np.asarray(scores, dtype=np.float64), np.cumsum(heads)[:-1], axis=-1)
    return [_normalised(part) for part in parts]


def class_priors(classes: Ints, count: int) -> Floats:
    """Return the share of each class among labels, which are numbers in [0, count).

    Examples
    --------
    >>> class_priors(np.array([0, 0, 0, 2]), 3)
    array([0.75, 0.  , 0.25])
    """
    counts = np.bincount(np.asarray(classes, dtype=np.intp), minlength=count).astype(np.float64)
    return np.asarray(counts / max(counts.sum(), 1.0))


def without_priors(log_proba: Floats, priors: Floats) -> Floats:
    """Scale probabilities by the inverse of the class priors, and bring their sum back to 1.

    Parameters
    ----------
    log_proba : Floats of shape (frames, classes)
        Of a head.
    priors : Floats of shape (classes,)
        Share of each class among the labels of training; a class without labels, whose output means nothing, gets
        probability 0.

    Examples
    --------
    >>> np.exp(without_priors(np.log([[0.6, 0.4]]), np.array([0.75, 0.25]))).round(3)
    array([[0.333, 0.667]])
    """
    with np.errstate(divide="ignore"):
        offset = np.where(priors > 0, -np.log(priors), -np.inf)
    return _normalised(np.asarray(log_proba, dtype=np.float64) + offset)


def _normalised(scores: Floats) -> Floats:
    top = scores.max(-1, keepdims=True)
    return np.asarray(scores - top - np.log(np.exp(scores - top).sum(-1, keepdims=True)))
