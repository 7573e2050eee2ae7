"""Cost-sensitive cross-entropy over several discretisations at once.

After Le, Aldeneh and Mower Provost, Discretized continuous speech emotion recognition with multi-task deep recurrent
neural networks, Interspeech 2017, section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional


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
