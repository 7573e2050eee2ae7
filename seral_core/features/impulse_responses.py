"""Impulse responses of a microphone and of rooms, measured or made, and speech that is recorded through them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from seral_core.errors import BadClip, MissingExtra, UnknownName
from seral_core.features.audio import RATE_HZ, Signal, resampled
from seral_core.types import Floats


class Place(NamedTuple):
    """A room with two people: its measures in m, what Sabine's formula aims at in s, and where voice and ear are."""

    measures_m: tuple[float, float, float]
    sabine_s: float
    voice_m: tuple[float, float, float]
    ear_m: tuple[float, float, float]


#: Rooms of D4.2, 3.4.1. Echoes last somewhat longer than Sabine's formula says: about 0.8 and 2 s to fall by 60 dB.
ROOMS = {
    "classroom": Place((9.0, 7.0, 3.0), 0.5, (2.0, 3.5, 1.5), (4.5, 3.0, 1.1)),
    "hall": Place((24.0, 16.0, 9.0), 1.3, (4.0, 8.0, 1.7), (10.0, 7.0, 1.2)),
}
NAMES = ("phone", *ROOMS)
#: The made microphone: frequencies in Hz, and gains there in dB. Small, thin below, with a resonance.
PHONE_HZ = (0, 100, 250, 500, 1500, 2800, 3600, 5000, 6800, 8000)
PHONE_DB = (-60, -30, -9, -3, 0, 4, 8, 2, -9, -40)


def response_of(name: str, folder: Path | None = None) -> Floats:
    """Return an impulse response at 16 kHz, of energy 1.

    Parameters
    ----------
    name : {"phone", "classroom", "hall"}
        Of a microphone or a room.
    folder : Path, optional
        Where measured ones may be: ``phone.wav`` and so on. Where there is none of that name, it is made: a filter for
        the microphone, and images of the source for rooms, by pyroomacoustics.

    Raises
    ------
    UnknownName
        When there is no such name.
    BadClip
        When the file cannot be used.
    MissingExtra
        When a room is to be made without pyroomacoustics.

    Examples
    --------
    >>> phone = response_of("phone")
    >>> round(float(np.sum(phone**2)), 6), int(np.abs(phone).argmax()) < 20
    (1.0, True)
    """
    if name not in NAMES:
        raise UnknownName("impulse response", name, NAMES)
    file = None if folder is None else folder / f"{name}.wav"
    made = _measured(file) if file and file.exists() else _phone() if name == "phone" else _room(ROOMS[name])
    return np.asarray(made / np.sqrt(np.sum(made**2)))


def recorded_through(signal: Signal, response: Floats) -> Signal:
    """Return speech as a microphone or a listener in a room gets it.

    Parameters
    ----------
    signal : float32 array of shape (samples,)
        At 16 kHz.
    response : Floats of shape (samples,)
        Of any length; the time of its peak is taken back, so that frames lie where those of the signal do.

    Returns
    -------
    float32 array of shape (samples,)
        As long as the signal.

    Examples
    --------
    >>> recorded_through(np.array([1.0, 0.0, 0.0], np.float32), np.array([0.0, 0.5, 0.25])).round(3).tolist()
    [0.5, 0.25, ...0.0]
    """
    from scipy.signal import oaconvolve

    late = int(np.abs(response).argmax())
    return np.asarray(oaconvolve(signal, response)[late : late + len(signal)], dtype=np.float32)


def _measured(file: Path) -> Floats:
    import soundfile

    try:
        samples, rate_hz = soundfile.read(file, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as wrong:
        raise BadClip(file.name, f"cannot be read as an impulse response ({wrong})") from None
    response = samples[:, 0].astype(np.float64)
    if not len(response) or not np.isfinite(response).all() or not np.any(response):
        raise BadClip(file.name, "is no impulse response: it is empty, silent or holds values that are not finite")
    return np.asarray(resampled(response.astype(np.float32), rate_hz, RATE_HZ), dtype=np.float64)


def _phone() -> Floats:
    from scipy.signal import firwin2, minimum_phase

    gains = 10 ** (np.array(PHONE_DB) / 20)
    return np.asarray(minimum_phase(firwin2(513, PHONE_HZ, gains, fs=RATE_HZ), half=False))


def _room(place: Place) -> Floats:
    try:
        import pyroomacoustics
    except ImportError:
        raise MissingExtra("a room's impulse response", "pyroomacoustics", "denoise") from None
    absorption, order = pyroomacoustics.inverse_sabine(place.sabine_s, place.measures_m)
    room = pyroomacoustics.ShoeBox(
        place.measures_m, fs=RATE_HZ, materials=pyroomacoustics.Material(absorption), max_order=order
    )
    room.add_source(list(place.voice_m))
    room.add_microphone(list(place.ear_m))
    room.compute_rir()
    return np.asarray(room.rir[0][0], dtype=np.float64)
