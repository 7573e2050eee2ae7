"""What an encoder is adapted to, and how: the settings of task adaptation pre-training."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from seral_core.corpora.corpus import Corpus
from seral_core.deep.folder import Description, described
from seral_core.deep.models import ready
from seral_core.deep.tiny import TINY

#: Share of frames that is masked: section 3.2 for wav2vec 2.0, 5.6 for HuBERT.
SHARES = {"wav2vec2": 0.15}
OTHER_SHARE = 0.20
#: What depends on whether a model begins with random weights. A pretrained one is changed carefully; the other has
#: everything to learn, for which some hundred updates are too few: it takes larger steps, smaller and so more
#: batches, and waits until it predicts better than chance.
BY_RANDOM_WEIGHTS: dict[bool, dict[str, float]] = {
    False: {"epochs": 10, "rate": 1e-4, "batch": 8, "patience": 3},
    True: {"epochs": 20, "rate": 1e-3, "batch": 4, "patience": 10},
}


@dataclass(frozen=True)
class Tapt:
    """How an encoder is adapted; what the paper leaves open has a default that is said here.

    A tiny backbone begins with random weights, so it has defaults of its own.

    Parameters
    ----------
    epochs : int
        Most passes over the clips (open in the paper); 0 for 10, or 20 of a tiny backbone.
    rate : float
        Learning rate of Adam; 0 for 1e-4 as in section 4.3, or 1e-3 of a tiny backbone.
    share : float
        Of frames that are masked; 0 for 15 % of wav2vec 2.0 and 20 % of others.
    span : int
        Masked frames that follow one another (open in the paper; 10 as in wav2vec 2.0).
    words : int
        Codewords by k-means (open in the paper; 100 as in the first iteration of HuBERT).
    batch : int
        Clips that go through at once; 0 for 8, or 4 of a tiny backbone.
    accumulate : int
        Batches before the weights change.
    crop_s : float
        Longest piece of a clip that is heard in an epoch, in seconds.
    patience : int
        Epochs without a lower loss on held-out clips before it ends, 0 for 3, or 10 of a tiny backbone; the best
        epoch's weights are kept.
    held_out : float
        Share of the clips, by speaker where possible, that the loss is watched on.
    warm_up : int
        Steps over which the learning rate rises.
    most : int
        Clips that are heard at most, drawn at random; 0 for all.
    checkpointing : bool
        Less memory for more time.

    Examples
    --------
    >>> tiny, pretrained = (Tapt(epochs=3).for_model("wav2vec2", random_weights=r) for r in (True, False))
    >>> (tiny.epochs, tiny.rate, tiny.batch), (pretrained.epochs, pretrained.rate, pretrained.batch)
    ((3, 0.001, 4), (3, 0.0001, 8))
    """

    epochs: int = 0
    rate: float = 0.0
    share: float = 0.0
    span: int = 10
    words: int = 100
    batch: int = 0
    accumulate: int = 1
    crop_s: float = 3.0
    patience: int = 0
    held_out: float = 0.1
    warm_up: int = 100
    most: int = 0
    checkpointing: bool = False

    def for_model(self, kind: str, *, random_weights: bool) -> Tapt:
        """Return the settings with what depends on the model filled in."""
        open_ones = {"share": SHARES.get(kind, OTHER_SHARE), **BY_RANDOM_WEIGHTS[random_weights]}
        own = asdict(self)
        return Tapt(**own | {name: value for name, value in open_ones.items() if not own[name]})


@dataclass(frozen=True)
class TaptJob:
    """An encoder, and what it is to be adapted to.

    Parameters
    ----------
    model : str
        As in `seral_core.deep.encoders.Encoder`.
    corpus : Corpus
        Has the sound; its labels are not looked at.
    segments : tuple of str
        The clips of the training speakers: nothing else is heard.
    settings : Tapt
        How.
    seed : int
        Of every random choice.
    device : {"auto", "cpu", "cuda", "mps"}
        Where to compute.
    """

    model: str
    corpus: Corpus
    segments: tuple[str, ...]
    settings: Tapt = Tapt()
    seed: int = 0
    device: str = "auto"

    @property
    def about(self) -> Description:
        """The model before."""
        return described(ready(self.model))

    @property
    def random_weights(self) -> bool:
        """Whether the model knows nothing yet."""
        return self.model in TINY

    @property
    def full_settings(self) -> Tapt:
        """The settings with what depends on the model filled in."""
        return self.settings.for_model(self.about.kind, random_weights=self.random_weights)


def said(epoch: dict[str, float], of: int) -> str:
    """Return an epoch in a line, as people see it while it runs.

    Examples
    --------
    >>> parts = {"loss": 5.0, "accuracy": 0.25, "chance": 0.125, "perplexity": 20.5, "codewords": 32}
    >>> said({"epoch": 2, **parts, "held_out_loss": 5.5}, 10)
    'epoch 2 of 10: loss 5.000 (held out 5.500), codeword accuracy 0.250 (chance 0.125), perplexity 20.5 of 32'
    """
    return (
        f"epoch {epoch['epoch']:.0f} of {of}: loss {epoch['loss']:.3f} (held out {epoch['held_out_loss']:.3f}), "
        f"codeword accuracy {epoch['accuracy']:.3f} (chance {epoch['chance']:.3f}), "
        f"perplexity {epoch['perplexity']:.1f} of {epoch['codewords']:.0f}"
    )
