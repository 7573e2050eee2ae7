"""The built-in corpora by name, with options as text: synthetic:clips=120:seed=1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadCorpus
from seral_core.progress import progress_bar

SYNTHETIC, CONTINUOUS = "synthetic", "synthetic-continuous"


def is_built_in(where: str) -> bool:
    """Tell whether a text names a built-in corpus, perhaps with options.

    Examples
    --------
    >>> is_built_in("synthetic:clips=120"), is_built_in("synthetic-continuous"), is_built_in("emodb")
    (True, True, False)
    """
    return where.partition(":")[0] in (SYNTHETIC, CONTINUOUS)


def built_in(where: str) -> Corpus:
    """Return a built-in corpus; it is made when it is first asked for.

    Parameters
    ----------
    where : str
        Its name, and options after colons or commas.

    Raises
    ------
    BadCorpus
        When there is no such option, or its value is none.

    Examples
    --------
    >>> len(built_in("synthetic:clips=8:speakers=2"))
    8
    >>> built_in("synthetic:clip=8")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: 'clip=8' in 'synthetic:clip=8' is no option of the synthetic corpus; expected ...
    """
    name, _, rest = where.partition(":")
    known, expected = _OPTIONS[name]
    options: dict[str, Any] = {}
    for part in filter(None, rest.replace(",", ":").split(":")):
        key, _, value = part.partition("=")
        read = known.get(key, _none)(value)
        if read is None:
            raise BadCorpus(f"'{part}' in '{where}' is no option of the {name} corpus; expected {expected}")
        options[key] = read
    if name == CONTINUOUS:
        from seral_core.corpora.synthetic_continuous import synthetic_continuous

        bar = progress_bar("synthetic talk", "s")
        return synthetic_continuous(**options, progress=lambda done, total, text: bar(done, total, text))
    from seral_core.corpora.synthetic import synthetic

    return synthetic(**options)


def _none(_text: str) -> None:
    return None


def _count(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) else None


def _seed(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _number(text: str) -> float | None:
    return float(text) if text.replace(".", "", 1).isdecimal() else None


def _share(text: str) -> float | None:
    share = _number(text)
    return share if share is not None and share <= 1 else None


_SHARES = ("shift", "ambiguous", "foreign", "neutral")
_OPTIONS: dict[str, tuple[dict[str, Callable[[str], float | None]], str]] = {
    SYNTHETIC: (
        {"clips": _count, "speakers": _count, "seed": _seed} | dict.fromkeys(_SHARES, _share),
        "clips=, speakers= or seed= with a whole number, or shift=, ambiguous=, foreign= or neutral= with a number "
        "from 0 to 1, as in synthetic:clips=120:seed=1:shift=0.7",
    ),
    CONTINUOUS: (
        {"recordings": _count, "seed": _seed, "raters": _count, "shortest": _number, "longest": _number},
        "recordings=, raters= or seed= with a whole number, or shortest= or longest= with seconds, as in "
        "synthetic-continuous:recordings=9:shortest=20:longest=40",
    ),
}
