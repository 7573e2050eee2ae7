"""Conditions that speech is heard in: clean, under noise, and through a phone, in a room or under noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from seral_core.features.audio import Signal
from seral_core.features.impulse_responses import recorded_through, response_of
from seral_core.features.noises import PARTS, Noises, made_noises, noises_in, with_noise
from seral_core.types import Floats

#: Signal-to-noise ratios of D4.2, in dB; a first look has fewer, and fewer again for a phone.
SNRS_DB, QUICK_SNRS_DB, QUICK_PHONE_SNRS_DB = (12, 9, 6, 3, 0), (12, 6, 0), (6,)
ROOMS, QUICK_ROOMS = ("classroom", "hall"), ("hall",)


@dataclass(frozen=True)
class Condition:
    """One way to hear the same speech.

    Parameters
    ----------
    phone : bool
        Whether through the microphone of a phone.
    room : str
        Where; empty for nowhere in particular.
    snr_db : int, optional
        Of noise; left out: none.

    Examples
    --------
    >>> Condition().name, Condition(snr_db=6).name, Condition(True, "hall").name, Condition(True, snr_db=0).name
    ('clean', 'noise 6 dB', 'phone, hall', 'phone, noise 0 dB')
    """

    phone: bool = False
    room: str = ""
    snr_db: int | None = None

    @property
    def name(self) -> str:
        """What its trials are called."""
        words = ["phone"] * self.phone + ([self.room] if self.room else [])
        noise = [] if self.snr_db is None else [f"noise {self.snr_db} dB"]
        return ", ".join([*words, *noise]) or "clean"


CLEAN = Condition()


@dataclass(frozen=True)
class Experiment:
    """Conditions that one network of mixed training learns, clean speech among them (section 3.4.3).

    Parameters
    ----------
    name : str
        Of what degrades them.
    degraded : tuple of Condition
        All but clean speech.
    """

    name: str
    degraded: tuple[Condition, ...]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Clean speech, then all others."""
        return (CLEAN, *self.degraded)


def experiments(*, quick: bool) -> tuple[Experiment, Experiment]:
    """Return the two experiments of D4.2: added noise, and a phone.

    Examples
    --------
    >>> [len(each.conditions) for quick in (False, True) for each in experiments(quick=quick)]
    [6, 9, 4, 4]
    """
    snrs, on_phone = (QUICK_SNRS_DB, QUICK_PHONE_SNRS_DB) if quick else (SNRS_DB, SNRS_DB)
    phone = (
        Condition(True),
        *(Condition(True, room) for room in (QUICK_ROOMS if quick else ROOMS)),
        *(Condition(True, snr_db=snr) for snr in on_phone),
    )
    return Experiment("noise", tuple(Condition(snr_db=snr) for snr in snrs)), Experiment("phone", phone)


def all_conditions(of: tuple[Experiment, ...]) -> tuple[Condition, ...]:
    """Return the conditions of several experiments, each once."""
    return tuple(dict.fromkeys(condition for each in of for condition in each.conditions))


@dataclass(frozen=True)
class Sources:
    """Where noise and impulse responses come from.

    Parameters
    ----------
    noise, responses : str
        Folders; empty for made ones.
    seconds : float
        Of made noise, each kind.
    seed : int
        Of made noise, and of which excerpt a recording gets.
    """

    noise: str = ""
    responses: str = ""
    seconds: float = 180.0
    seed: int = 0

    def degraded(self, signal: Signal, condition: Condition, part: str, number: int) -> tuple[Signal, Signal]:
        """Return speech without noise but through microphone and room, and the same with noise.

        Parameters
        ----------
        signal : float32 array of shape (samples,)
            Clean speech at 16 kHz.
        condition : Condition
            How it is heard.
        part : {"train", "dev", "test"}
            Whose noise it gets.
        number : int
            Of the recording in its part: the same one gets the same excerpt in all conditions.
        """
        if response := self._response(condition):
            signal = recorded_through(signal, np.array(response))
        if condition.snr_db is None:
            return signal, signal
        rng = np.random.default_rng([self.seed, PARTS.index(part), number])
        _, noise = noises_of(self).excerpt(part, len(signal), rng)  # type: ignore[arg-type]
        return signal, with_noise(signal, noise, condition.snr_db)

    def _response(self, condition: Condition) -> tuple[float, ...]:
        return _joint(self.responses, condition.phone, condition.room)

    def files_of(self, name: str) -> bool:
        """Whether an impulse response is a given one."""
        return bool(self.responses) and (Path(self.responses) / f"{name}.wav").exists()


@lru_cache(maxsize=2)
def noises_of(sources: Sources) -> Noises:
    """Return the noise, read or made once a process."""
    return noises_in(Path(sources.noise)) if sources.noise else made_noises(sources.seconds, sources.seed)


@lru_cache(maxsize=8)
def _joint(folder: str, phone: bool, room: str) -> tuple[float, ...]:
    """Return the impulse response of microphone and room, one after the other; empty for neither."""
    names = [*(["phone"] if phone else []), *([room] if room else [])]
    found: Floats | None = None
    for name in names:
        each = response_of(name, Path(folder) if folder else None)
        found = each if found is None else np.convolve(found, each)
    return () if found is None else tuple((found / np.sqrt(np.sum(found**2))).tolist())
