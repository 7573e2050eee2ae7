"""The learner `blstm`: a recurrent network that learns traces from frames in order of time; torch is loaded late."""

from __future__ import annotations

from pathlib import Path

from seral_core.errors import BadPlan, MissingExtra
from seral_core.learners.base import Learner, learners
from seral_core.types import Task

LOSSES = ("ccc", "sum-ccc", "mse", "levels")


@learners.register("blstm")
def blstm(
    task: Task, *, folder: Path | None, device: str = "cpu", loss: str = "ccc", cells: int = 40, layers: int = 2,
    bidirectional: bool = True, noise: float = 0.1, epochs: int = 30, patience: int = 8, rate: float = 0.005,
    batch: int = 5, members: int = 3, validation: float = 0.2, levels: int = 8,
) -> Learner:  # fmt: skip
    """Bidirectional LSTM network that learns traces (time-continuous scales) from frames; needs torch.

    All targets are learned at once. From five labelled recordings on, each member keeps some of them apart, which tell
    it when to stop.

    Parameters
    ----------
    task : tuple of Target
        One or several scales with a rate.
    folder : Path, optional
        Of the run, for checkpoints within a training.
    device : {"auto", "cpu", "cuda", "mps"}
        Where to compute.
    loss : {"ccc", "sum-ccc", "mse", "levels"}
        Concordance over all frames of a batch, by sequence, squared error, or levels of the scale as classes with
        cost-sensitive cross-entropy (Le et al.).
    cells, layers : int
        LSTM cells a layer and direction, and layers.
    bidirectional : bool
        Whether layers read backward in time too.
    noise : float
        Standard deviation of what is added to inputs in training, whose own is 1.
    epochs, patience : int
        Most epochs, and how many without improvement are waited for.
    rate : float
        Of Adam.
    batch : int
        Sequences a step.
    members : int
        Networks with random starts and held-out recordings of their own; the belief has a member each.
    validation : float
        Share of labelled recordings that are kept apart.
    levels : int
        How many there are, of the loss "levels"; fewer where there are fewer values.

    Returns
    -------
    Learner
        Whose beliefs have a unit for each frame.

    Raises
    ------
    BadPlan
        When a target is no scale or has one value per clip, or an option cannot be.
    MissingExtra
        When torch is missing.

    References
    ----------
    .. [1] Weninger et al., Discriminatively trained recurrent neural networks for continuous dimensional emotion
       recognition from audio, IJCAI 2016.
    .. [2] Le, Aldeneh and Mower Provost, Discretized continuous speech emotion recognition with multi-task deep
       recurrent neural network, Interspeech 2017.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> blstm((Target("arousal"),), folder=None)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: blstm learns scales in time; got arousal, which has one value per clip; choose ...
    """
    for target in task:
        if not target.rate_hz or not target.is_scale:
            kind = "which has one value per clip" if target.is_scale else "which is a category"
            raise BadPlan(
                f"blstm learns scales in time; got {target.name}, {kind}; choose another learner, or a target with "
                "traces"
            )
    if loss not in LOSSES:
        raise BadPlan(f"got loss '{loss}'; expected one of {', '.join(LOSSES)}; correct it")
    if members < 1 or not 0 <= validation < 1 or levels < 2:
        raise BadPlan(
            f"got {members} members, validation {validation:g} and {levels} levels; expected 1 or more members, a "
            "share from 0 to below 1, and 2 levels or more; correct them"
        )
    try:
        from seral_core.deep.sequence_learner import SequenceLearner
        from seral_core.deep.sequence_training import SequenceTraining
    except ImportError:
        raise MissingExtra("blstm", "torch", "deep") from None
    training = SequenceTraining(
        rate=rate, batch=batch, epochs=epochs, schedule="plateau", patience=patience, device=device
    )
    shape = {"cells": cells, "layers": layers, "bidirectional": bidirectional, "noise": noise}
    return SequenceLearner(task, training, shape, loss, members, validation, levels, folder)
