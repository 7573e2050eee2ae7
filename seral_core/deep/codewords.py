"""Codewords of frames by k-means: what HuBERT, and here WavLM, data2vec and Whisper too, learn to predict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from seral_core.deep.folder import Description
from seral_core.deep.layers import frames_of
from seral_core.deep.log_mel import log_mel
from seral_core.deep.sounds import Sounds
from seral_core.features.audio import Signal
from seral_core.threads import one_thread

#: Most frames that the centres are worked out on.
FRAMES = 20_000

Frames = NDArray[np.float32]


def described_frames(about: Description, sounds: Sounds, segments: Iterable[str], *, heard: bool) -> Iterator[Frames]:
    """Yield the frames that codewords are made of, clip by clip.

    The paper says k-means alone. HuBERT takes spectral features in its first iteration, when its own layers know
    nothing yet, and its middle layer from then on; so does this.

    Parameters
    ----------
    about : Description
        The encoder.
    sounds : Sounds
        At 16 kHz.
    segments : iterable of str
        Whose frames are wanted.
    heard : bool
        Take the encoder's middle layer; otherwise log-mel bands, which models with random weights need.
    """
    for segment in segments:
        sound = sounds[segment]
        if heard:
            yield np.concatenate([piece.copy() for piece in frames_of(about, sound, about.layers // 2)])
        else:
            yield _mel(sound, about.hop)


def _mel(sound: Signal, hop: int) -> Frames:
    """Return log-mel bands with one frame a hop, each clip brought to mean 0: a codeword is no loudness."""
    mel = log_mel(sound).T
    per_frame = max(1, hop // 160)
    mel = mel[: max(1, len(mel) // per_frame) * per_frame]
    frames = mel.reshape(-1, min(per_frame, len(mel)), mel.shape[1]).mean(axis=1)
    return np.asarray(frames - frames.mean(axis=0), dtype=np.float32)


def codewords(clips: Sequence[Frames], count: int, seed: int) -> list[NDArray[np.int16]]:
    """Return the nearest of k centres for every frame of every clip.

    Parameters
    ----------
    clips : sequence of float32 array of shape (frames, features)
        All of them.
    count : int
        How many codewords; fewer where there are not so many frames.
    seed : int
        Of the sample of frames and of k-means.

    Examples
    --------
    >>> low, high = np.zeros((3, 2), np.float32), np.ones((2, 2), np.float32)
    >>> first, second = codewords([low, high], 2, seed=0)
    >>> len(set(first)), len(set(second)), first[0] == second[0]
    (1, 1, np.False_)
    """
    from sklearn.cluster import KMeans

    frames = np.concatenate(clips)
    rng = np.random.default_rng(seed)
    some = frames[np.sort(rng.permutation(len(frames))[:FRAMES])]
    with one_thread():
        model = KMeans(min(count, len(np.unique(some, axis=0))), n_init=1, max_iter=50, random_state=seed).fit(some)
        return [model.predict(clip).astype(np.int16) for clip in clips]
