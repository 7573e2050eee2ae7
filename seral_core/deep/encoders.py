"""Pretrained speech encoders as extractors: the frames of one layer, pooled over the clip's own length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.deep.catalogue import Known, known
from seral_core.deep.folder import Description, described
from seral_core.deep.models import ready
from seral_core.deep.tiny import TINY
from seral_core.errors import BadPlan, MissingExtra, UnknownName
from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.base import ENCODER, Extractor, extractors
from seral_core.features.framing import frames_in, seconds_of

#: Counts changes of what comes out, so that cached rows are not mixed.
VERSION = 1
POOLS = ("mean+std", "mean", "frames")
PRECISIONS = ("single", "bfloat16")
MIDDLE, MEAN = "middle", "mean"


@dataclass(frozen=True)
class Encoder:
    """A pretrained speech encoder, frozen; it is loaded on first use, and fetched where it is not at hand.

    Parameters
    ----------
    model : str
        A short name such as ``"whisper-tiny.en"``, the folder of a model, or a Hugging Face name. The model is a
        Whisper (of which the encoder is used), wav2vec 2.0, HuBERT, WavLM or data2vec-audio.
    layer : str or int
        ``"middle"``: that of half the number of layers, where emotion is heard best; ``"mean"`` over all layers; or
        a number, where 0 is the input of the first layer.
    pool : {"mean+std", "mean", "frames"}
        What becomes of the frames of a clip.
    frames : float
        Where above 0, a clip is described by so many frames per second, each the mean of the encoder's frames whose
        middle lies in it; at most the encoder's own 50. Then ``pool`` has nothing to say.
    precision : {"single", "bfloat16"}
        ``bfloat16`` rounds what the linear layers multiply: a third less time on processors with instructions for it,
        more on others; see `seral_core.deep.halved`. Features then differ by a quarter of a percent.

    Raises
    ------
    MissingExtra
        On first use, when torch is not installed.
    BadModel
        On first use, when the model cannot be had or loaded.

    References
    ----------
    .. [1] Radford et al., Robust speech recognition via large-scale weak supervision, ICML 2023.
    .. [2] Baevski et al., wav2vec 2.0: a framework for self-supervised learning of speech representations, NeurIPS
       2020.
    .. [3] Hsu et al., HuBERT: self-supervised speech representation learning by masked prediction of hidden units,
       IEEE/ACM TASLP 29, 2021.
    .. [4] Chen et al., WavLM: large-scale self-supervised pre-training for full stack speech processing, IEEE JSTSP
       16(6), 2022.
    .. [5] Baevski et al., data2vec: a general framework for self-supervised learning in speech, vision and language,
       ICML 2022.

    Examples
    --------
    >>> Encoder("whisper-tiny.en", layer=2)
    Encoder(model='whisper-tiny.en', layer='2', pool='mean+std', frames=0.0, precision='single')
    """

    model: str
    layer: str | int = MIDDLE
    pool: str = POOLS[0]
    frames: float = 0.0
    precision: str = PRECISIONS[0]

    def __post_init__(self) -> None:
        if not self.model:
            raise BadPlan(f"got {ENCODER} without a model; write a folder or a Hugging Face name instead of it")
        object.__setattr__(self, "layer", str(self.layer).strip().lower())
        if self.pool not in POOLS:
            raise UnknownName(f"pool of {self.model}", self.pool, POOLS)
        if self.precision not in PRECISIONS:
            raise UnknownName(f"precision of {self.model}", self.precision, PRECISIONS)
        if self.layer not in (MIDDLE, MEAN) and not str(self.layer).isdecimal():
            raise BadPlan(
                f"layer of {self.model} is '{self.layer}'; expected {MIDDLE}, {MEAN} or a number, such as layer=2"
            )
        if self.frames:
            self._check_frames()

    @property
    def key(self) -> str:
        """Version, model by the content of its files, layer and pooling."""
        about = self.about
        pool = f"frames{self.frames:g}" if self.frames else self.pool
        return f"encoder.{VERSION}-{about.kind}-{about.fingerprint}-{_chosen(self.layer, about)}-{pool}{self._rounding}"

    @property
    def rate_hz(self) -> int:
        """16 kHz."""
        return RATE_HZ

    @property
    def frames_hz(self) -> float:
        """Frames per second, without ``frames`` 50 for all encoders of today; 0 where a clip is one row."""
        return self.frames or (RATE_HZ / self.about.hop if self.pool == "frames" else 0.0)

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names, such as ``mean_0`` and ``std_0``."""
        parts = ("state",) if self.frames or self.pool == "frames" else tuple(self.pool.split("+"))
        return tuple(f"{part}_{i}" for part in parts for i in range(self.about.width))

    @property
    def about(self) -> Description:
        """What the model's folder says."""
        return described(ready(self.model))

    def __call__(self, signal: Signal) -> NDArray[np.float32]:
        """Return the features of one clip, of shape (features,); of frames, of shape (frames, features)."""
        about = self.about
        pieces = _frames(about, signal, _chosen(self.layer, about), self)
        if self.frames:
            if self.frames > RATE_HZ / about.hop:
                raise BadPlan(
                    self._expected(f"at most {RATE_HZ / about.hop:g} per second, as many as the encoder gives")
                )
            frames = frames_in(seconds_of(len(signal)), self.frames)
            return in_frames(pieces, frames, self.frames * about.hop / RATE_HZ, about.width)
        if self.pool == "frames":
            return np.concatenate([piece.copy() for piece in pieces])
        return pooled(pieces, deviation=self.pool == "mean+std")

    @property
    def _rounding(self) -> str:
        return "" if self.precision == PRECISIONS[0] else f"-{self.precision}"

    def _check_frames(self) -> None:
        if not 0 < self.frames <= RATE_HZ:
            raise BadPlan(self._expected("frames per second above 0, such as frames=25"))
        if self.pool == "mean":
            raise BadPlan(
                f"got pool=mean and frames={self.frames:g} for {self.model}; expected one of them; leave one out"
            )

    def _expected(self, what: str) -> str:
        return f"got frames={self.frames:g} for {self.model}; expected {what}"


def in_frames(pieces: Iterator[NDArray[np.float32]], frames: int, per_state: float, width: int) -> NDArray[np.float32]:
    """Return the mean of an encoder's states in each frame, in the memory of the result and one piece.

    Parameters
    ----------
    pieces : iterator of float32 array of shape (states, width)
        One after another.
    frames : int
        How many there are; one that no state has its middle in, as at the end of some encoders, takes the last before.
    per_state : float
        How many frames long a state is, at most 1.
    width : int
        Numbers of a state.

    Returns
    -------
    float32 array of shape (frames, width)

    Examples
    --------
    >>> in_frames(iter([np.array([[1.0], [3.0], [5.0]]), np.array([[9.0]])]), 3, 0.5, 1).tolist()
    [[2.0], [7.0], [7.0]]
    """
    sums, counts, at = np.zeros((frames, width), np.float32), np.zeros(frames), 0
    for piece in pieces:
        owner = ((np.arange(at, at + len(piece)) + 0.5) * per_state).astype(np.intp)
        at += len(piece)
        owner = owner[owner < frames]
        if len(owner):
            there, starts, often = np.unique(owner, return_index=True, return_counts=True)
            sums[there] += np.add.reduceat(piece[: len(owner)], starts, axis=0)
            counts[there] += often
    last = int(counts.nonzero()[0][-1]) if counts.any() else -1
    means: NDArray[np.float32] = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
    means[last + 1 :] = means[last] if last >= 0 else np.nan
    return means


def pooled(pieces: Iterator[NDArray[np.float32]], *, deviation: bool) -> NDArray[np.float32]:
    """Return the mean of frames, and their deviation, in the memory of one piece.

    Parameters
    ----------
    pieces : iterator of float32 array of shape (frames, width)
        One after another.
    deviation : bool
        Whether the standard deviation follows the mean.

    Returns
    -------
    float32 array of shape (width,) or (2 x width,)

    Examples
    --------
    >>> pooled(iter([np.array([[1.0], [2.0]]), np.array([[6.0]])]), deviation=True).round(2)
    array([3.  , 2.16], dtype=float32)
    """
    count, mean, spread = 0, np.zeros(1), np.zeros(1)
    for piece in pieces:
        here, moved = len(piece), piece.astype(np.float64)
        own = moved.mean(axis=0)
        # Chan, Golub and LeVeque's update: sums of squares would lose what is small beside the mean.
        spread = spread + ((moved - own) ** 2).sum(axis=0) + (own - mean) ** 2 * (count * here / (count + here))
        mean = mean + (own - mean) * (here / (count + here))
        count += here
    parts = [mean, np.sqrt(spread / max(count, 1))] if deviation else [mean]
    return np.concatenate(parts).astype(np.float32)


def _chosen(layer: str | int, about: Description) -> int:
    """Return the number of a layer, -1 for the mean of all."""
    if layer in (MIDDLE, MEAN):
        return about.layers // 2 if layer == MIDDLE else -1
    if int(layer) > about.layers:
        raise BadPlan(f"got layer {layer}; the model in {about.folder} has {about.layers}; choose 0 to {about.layers}")
    return int(layer)


def _frames(about: Description, signal: Signal, layer: int, encoder: Encoder) -> Iterator[NDArray[np.float32]]:
    try:
        from seral_core.deep.layers import frames_of
    except ImportError:
        raise MissingExtra(f"'{encoder.model}'", "torch and transformers", "deep") from None
    return frames_of(about, signal, layer, halve=encoder.precision != PRECISIONS[0])


@extractors.register(ENCODER)
def encoder(
    model: str = "", *, layer: str = MIDDLE, pool: str = POOLS[0], frames: float = 0.0, precision: str = PRECISIONS[0]
) -> Encoder:
    """Any pretrained speech encoder: write its folder or Hugging Face name instead of ``encoder``; needs torch.

    Parameters
    ----------
    model, layer, pool, frames, precision
        As in `Encoder`.

    Examples
    --------
    >>> encoder("facebook/wav2vec2-base").layer
    'middle'
    """
    return Encoder(model, layer, pool, frames, precision)


def _by_short_name(each: Known) -> Callable[..., Extractor]:
    made: Callable[..., Extractor] = partial(encoder, each.name)
    made.__doc__ = (
        f"{each.repository}, {each.licence}; layer=middle, mean or a number, pool={', '.join(POOLS)}; frames=25; "
        "precision=bfloat16."
    )
    return made


for _each in known.values():
    extractors.register(_each.name)(_by_short_name(_each))
for _name in TINY:
    _tiny: Callable[..., Any] = partial(encoder, _name)
    _tiny.__doc__ = f"A small {TINY[_name]} with random weights, for tests and teaching."
    extractors.register(_name)(_tiny)
