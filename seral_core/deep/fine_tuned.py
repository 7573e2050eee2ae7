"""The learner `fine-tuned`: a pretrained encoder, adapted or not, with a classifier on top; torch is loaded late."""

from __future__ import annotations

from pathlib import Path

from seral_core.corpora.corpus import Corpus
from seral_core.deep.fine_tuning_settings import MIDDLE, FineTuning
from seral_core.errors import BadPlan, MissingExtra
from seral_core.learners.base import Learner, learners
from seral_core.types import Task


@learners.register("fine-tuned")
def fine_tuned(
    task: Task, *, corpus: Corpus | None, folder: Path | None, device: str = "auto", backbone: str = "whisper-tiny.en",
    train: str = "frozen", layer: str = MIDDLE, pool: str = "mean-std", start: str = "linear", epochs: int = 20,
    patience: int = 5, rate: float = 1e-4, batch: int = 16, accumulate: int = 1, validation: float = 0.1,
    C: float = 0.03, balanced: bool = True, dropout: float = 0.2, members: int = 10, rank: int = 8, crop_s: float = 6.0,
    tapt: int = 0, tapt_clips: int = 0, seed: int = 0, checkpointing: bool = False,
) -> Learner:  # fmt: skip
    """Pretrained encoder with a classifier, fine-tuned round by round; needs torch.

    Parameters
    ----------
    task : tuple of Target
        One category.
    corpus : Corpus, optional
        Has the sound.
    folder : Path, optional
        Of the run, for checkpoints within a training.
    device : {"auto", "cpu", "cuda", "mps"}
        Where to compute.
    backbone, train, layer, pool, start, epochs, patience, rate, batch, accumulate, validation, C, balanced, dropout, \
members, rank, crop_s, tapt, tapt_clips, seed, checkpointing
        As in `FineTuning`.

    Returns
    -------
    Learner
        With members by dropout, embeddings, and models that are kept.

    Raises
    ------
    BadPlan
        When the task is not one category with one value a clip, or the corpus has no sound.
    MissingExtra
        When torch is missing.

    References
    ----------
    .. [1] Li et al., Active learning with task adaptation pre-training for speech emotion recognition, 2024.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> fine_tuned((Target("arousal"),), corpus=None, folder=None)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: fine-tuned learns one category, one value a clip; got arousal; choose ...
    """
    if len(task) != 1 or task[0].is_scale or task[0].rate_hz:
        named = ", ".join(target.name for target in task)
        raise BadPlan(
            f"fine-tuned learns one category, one value a clip; got {named}; choose another learner or one target"
        )
    if corpus is None or corpus.root is None:
        where = corpus.name if corpus is not None else "what it is given"
        raise BadPlan(f"fine-tuned hears the clips, but {where} has no audio; choose a learner that works on features")
    try:
        from seral_core.deep.fine_tuning import FineTuned
    except ImportError:
        raise MissingExtra("fine-tuned", "torch and transformers", "deep") from None
    settings = FineTuning(
        backbone, train, layer, pool, start, epochs, patience, rate, batch, accumulate, validation, C, balanced,
        dropout, members, rank, crop_s, tapt, tapt_clips, seed, checkpointing,
    )  # fmt: skip
    return FineTuned(task, corpus, settings, folder, device)
