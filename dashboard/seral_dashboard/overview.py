"""What a long clip looks like: a waveform and a spectrogram of bounded size, from short looks all along it."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.recording import Recording
from seral_dashboard import clips

#: Columns of the picture, and how many samples are looked at for each.
COLUMNS, LOOK = 320, 1024
#: From the loudest, in dB.
DEEP = 65.0


def overview(sound: clips.Sound) -> dict[str, Any]:
    """Return how long a clip is and what it looks like, without decoding all of it.

    Returns
    -------
    dict
        ``seconds``, ``low`` and ``high`` (lowest and highest sample of each column, of the
        loudest), ``bands``, and ``levels`` (base64: a byte for each column and band up to 8 kHz).
        Without columns where a recording cannot be read from any place.
    """
    try:
        looks = _looks(sound)
    except Exception:  # a clip whose picture cannot be drawn may still be heard
        looks = np.zeros((0, LOOK), np.float32)
    loudest = max(float(np.abs(looks).max(initial=0.0)), 0.05)
    low, high = (np.round(side / loudest, 3).tolist() for side in (looks.min(axis=1), looks.max(axis=1)))
    levels = _levels(looks, sound.rate_hz)
    return {
        "seconds": round(sound.seconds, 3),
        "low": low,
        "high": high,
        "bands": levels.shape[1],
        "levels": base64.b64encode(levels.tobytes()).decode(),
    }


def _looks(sound: clips.Sound) -> NDArray[np.float32]:
    """Return mono samples of shape (columns, looked at)."""
    looks = np.zeros((COLUMNS, LOOK), np.float32)
    with Recording(sound.path, sound.channel) as file:
        if not file.seekable:
            return looks[:0]
        for column, at in enumerate(np.linspace(sound.start, max(sound.start, sound.stop - LOOK), COLUMNS).astype(int)):
            parts = [block.mean(axis=1) for block in file.blocks(int(at), min(int(at) + LOOK, sound.stop))]
            mono = np.concatenate(parts) if parts else looks[column, :0]
            looks[column, : len(mono)] = np.nan_to_num(mono).clip(-1, 1)
    return looks


def _levels(looks: NDArray[np.float32], rate_hz: int) -> NDArray[np.uint8]:
    """Return power in dB as bytes of shape (columns, bands), 255 for the loudest."""
    bands = max(1, min(LOOK // 2, round(8000 / rate_hz * LOOK)))
    power = np.abs(np.fft.rfft(looks * np.hanning(LOOK + 1)[:-1], axis=1)[:, :bands]) ** 2
    level = 10 * np.log10(power + 1e-9) + 20 * np.log10(1 + np.arange(bands) / 24)  # speech falls with frequency
    top = level.max(initial=-200.0)
    return np.asarray(np.round(255 * ((level - top + DEEP) / DEEP).clip(0, 1)), dtype=np.uint8)
