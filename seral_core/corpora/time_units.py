"""The unit of a time, as the name of its column says it: ``start_ms``, ``endFrame``, ``Begin Time (min)``."""

from __future__ import annotations

import re
from functools import lru_cache

from seral_core.corpora.usual_names import USUAL, squashed

#: Roles of the columns that hold times.
TIMES = ("start", "end", "duration")
#: Seconds in each unit of time.
SECONDS = {
    **{"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9},
    **{"minutes": 60.0, "hours": 3600.0},
}
#: What times are shown as on a clock, or counted in, where only the recordings say how long that is.
CLOCK, COUNTED = "clock", ("samples", "frames")
#: How people write the units.
_WRITTEN = {
    "seconds": "s sec secs second seconds sek sekunde sekunden segundos secondes secondi ssmsec ssms",
    "milliseconds": "ms msec msecs millis millisec millisecs millisecond milliseconds millisekunden "
    "milisegundos millisecondes",
    "microseconds": "us usec microsecond microseconds",
    "nanoseconds": "ns nsec nanosecond nanoseconds",
    "minutes": "min mins minute minutes minuten minutos minuti",
    "hours": "h hr hrs hour hours stunden horas heures",
    "samples": "sample samples samp smp samplenumber samplenumbers sampleindex sampleidx sampleno",
    "frames": "frame frames frm framenumber framenumbers frameindex frameidx frameno",
    CLOCK: "hhmmss hhmmssms hhmmssmmm hhmmssmsec hmmss hms mmss mmssms timecode tc",
}
_UNITS = {word: unit for unit, words in _WRITTEN.items() for word in words.split()}
_LONGEST_FIRST = sorted(_UNITS, key=len, reverse=True)
_NAMES = frozenset(name for role in TIMES for name in USUAL[role])
#: A unit that a mark or blank parts from the name; ss.msec are seconds.
_PARTED = re.compile(rf"[^a-z](ss[.,:]?ms(?:ec)?|{'|'.join(_LONGEST_FIRST)})[)\]\s]*$")
#: Shorter names have no unit that nothing parts from them: tons is no time.
_SHORTEST = 3


@lru_cache(maxsize=10_000)
def name_and_unit(name: str) -> tuple[str, str]:
    """Return a column's name, squashed and without the unit of a time behind it, and that unit.

    Parameters
    ----------
    name : str
        As written, or in small letters.

    Returns
    -------
    name, unit : str
        The unit is one of `SECONDS` or `COUNTED`, or ``clock``; empty where the name says none.

    Examples
    --------
    >>> name_and_unit("start_ms"), name_and_unit("endFrame"), name_and_unit("Begin Time - ss.msec")
    (('start', 'milliseconds'), ('end', 'frames'), ('begintime', 'seconds'))
    >>> name_and_unit("onset (min)"), name_and_unit("ends"), name_and_unit("tons"), name_and_unit("my.ms")
    (('onset', 'minutes'), ('ends', ''), ('tons', ''), ('my', 'milliseconds'))
    """
    plain = squashed(name)
    if plain in _NAMES:
        return plain, ""
    for word in _LONGEST_FIRST:
        stem = plain.removesuffix(word)
        for known in (stem, stem.removesuffix("in")):
            if stem != plain and known in _NAMES and len(known) >= _SHORTEST:
                return known, _UNITS[word]
    parted = _PARTED.search(name.lower())
    if parted is None:
        return plain, ""
    return squashed(name[: parted.start()]), _UNITS[squashed(parted[1])]


def timed(name: str) -> str:
    """Return a squashed name without the unit of a time behind it.

    Examples
    --------
    >>> timed("Begin Time - ss.msec"), timed("startMs"), timed("arousal")
    ('begintime', 'start', 'arousal')
    """
    return name_and_unit(name)[0]


def unit_of(name: str) -> str:
    """Return the unit that a column's name says; empty where it says none.

    Examples
    --------
    >>> unit_of("endSample"), unit_of("duration (msec)"), unit_of("end")
    ('samples', 'milliseconds', '')
    """
    return name_and_unit(name)[1]
