"""How an encoder is fine-tuned: what a user sets of the learner `fine-tuned`, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from seral_core.errors import BadPlan, UnknownName

TRAINED = ("frozen", "lora", "full")
STARTS = ("linear", "last")
POOLS = ("mean-std", "mean", "attention")
MIDDLE, WEIGHTED = "middle", "weighted"


@dataclass(frozen=True)
class FineTuning:
    """How an encoder is fine-tuned; each field is an option of the learner.

    Parameters
    ----------
    backbone : str
        Short name, folder or Hugging Face name of an encoder, ``tiny-wav2vec2`` or ``tiny-hubert``.
    train : {"frozen", "lora", "full"}
        What learns besides the classifier: nothing, so that layers are heard once and kept; low-rank changes of
        its projections; or all of it but the convolutions.
    layer : str
        ``"middle"``, ``"weighted"`` (a sum of all with weights that are learned), or a number.
    pool : {"mean-std", "mean", "attention"}
        What becomes of a clip's frames; the paper's is the mean of the last layer's.
    start : {"linear", "last"}
        Where the classifier of a round begins: logistic regression on what the encoder now gives, or, as in
        Algorithm 1, the last round's. The encoder goes on from the last round in both.
    epochs, patience : int
        Most passes over the labels; those without a lower validation loss before it ends.
    rate : float
        Learning rate of Adam.
    batch, accumulate : int
        Clips that go through at once, and batches before the weights change.
    validation : float
        Share of the labels, by speaker where possible, that tells when to stop; below 20 labels there is none, and
        training keeps to its start.
    C : float
        Inverse strength of the logistic regression.
    balanced : bool
        Weigh classes inversely to how often they occur.
    dropout : float
        Of the classifier's input.
    members : int
        Of the committee: dropout masks, each the same for all clips.
    rank : int
        Of low-rank changes.
    crop_s : float
        Longest piece of a clip that training hears at once, in seconds.
    tapt : int
        Most epochs of task adaptation pre-training on the pool's clips before anything else; 0 for none.
    tapt_clips : int
        Clips that it hears at most; 0 for all of the pool.
    seed : int
        Of the pre-training, which all repetitions on the same clips share.
    checkpointing : bool
        Less memory for more time.
    """

    backbone: str = "whisper-tiny.en"
    train: str = "frozen"
    layer: str = MIDDLE
    pool: str = "mean-std"
    start: str = "linear"
    epochs: int = 20
    patience: int = 5
    rate: float = 1e-4
    batch: int = 16
    accumulate: int = 1
    validation: float = 0.1
    C: float = 0.03
    balanced: bool = True
    dropout: float = 0.2
    members: int = 10
    rank: int = 8
    crop_s: float = 6.0
    tapt: int = 0
    tapt_clips: int = 0
    seed: int = 0
    checkpointing: bool = False

    def __post_init__(self) -> None:
        for name, choices in (("train", TRAINED), ("start", STARTS), ("pool", POOLS)):
            if getattr(self, name) not in choices:
                raise UnknownName(f"{name} of fine-tuned", str(getattr(self, name)), choices)
        if self.layer not in (MIDDLE, WEIGHTED) and not self.layer.isdecimal():
            raise BadPlan(f"layer of fine-tuned is '{self.layer}'; expected {MIDDLE}, {WEIGHTED} or a number")
        lows = {
            "epochs": 1,
            "patience": 1,
            "batch": 1,
            "accumulate": 1,
            "members": 2,
            "rank": 1,
            "tapt": 0,
            "tapt_clips": 0,
        }
        for name, low in lows.items():
            if getattr(self, name) < low:
                raise BadPlan(f"{name} of fine-tuned is {getattr(self, name)}; expected {low} or more; correct it")
        for name in ("validation", "dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise BadPlan(f"{name} of fine-tuned is {getattr(self, name)}; expected a share below 1; correct it")
        for name in ("rate", "C", "crop_s"):
            if not getattr(self, name) > 0:
                raise BadPlan(f"{name} of fine-tuned is {getattr(self, name)}; expected more than 0; correct it")

    @property
    def learned_pool(self) -> bool:
        """Whether layers or frames are weighed by what is learned."""
        return self.layer == WEIGHTED or self.pool == "attention"

    @property
    def keeps_vectors(self) -> bool:
        """Whether a clip's vector is the same in all rounds, so that it is heard once."""
        return self.train == "frozen" and not self.learned_pool
