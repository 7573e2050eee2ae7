"""Options as text: the ``name:option=value`` that strategies, learners, oracles and extractors are written in."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from seral_core.errors import BadPlan


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """Split the options off the end of a text.

    Parameters
    ----------
    text : str
        What is named, which may have colons of its own, then ``:option=value`` as often as wanted.

    Returns
    -------
    str
        What is named.
    dict of str to str
        Values as written, by the names of the options in lower case.

    Examples
    --------
    >>> split_options("k-means:20:subset = 500")
    ('k-means:20', {'subset': '500'})
    >>> split_options("C:/models/mine:layer=3:pool=mean+std")
    ('C:/models/mine', {'layer': '3', 'pool': 'mean+std'})
    """
    *head, last = text.split(":")
    pieces = []
    while head and "=" in last:
        pieces.append(last)
        last = head.pop()
    named = (piece.partition("=") for piece in reversed(pieces))
    options = {name.strip().lower(): value.strip() for name, _, value in named}
    return ":".join([*head, last]).strip(), options


def option_values(
    given: Mapping[str, str], defaults: Mapping[str, Any], whose: str, text: str, also: Collection[str] = ()
) -> dict[str, Any]:
    """Return options as values of the types that their defaults have.

    Parameters
    ----------
    given : mapping of str to str
        As `split_options` returns them.
    defaults : mapping of str to object
        What there is, with the values that hold where nothing is given.
    whose : str
        For messages: whose options they are, such as ``"oracle noisy"``.
    text : str
        For messages: the whole text.
    also : collection of str
        For messages: options that are dealt with elsewhere.

    Raises
    ------
    BadPlan
        When there is no such option, or a value is of another type.

    Examples
    --------
    >>> option_values({"layer": "3"}, {"layer": 2, "pool": "mean"}, "mine", "mine:layer=3")
    {'layer': 3}
    >>> option_values({"leyer": "3"}, {"layer": 2, "pool": "mean"}, "mine", "mine:leyer=3")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: mine has no option 'leyer'; it has layer, pool; correct 'mine:leyer=3'
    """
    names = {name.lower(): name for name in defaults}
    for key in given:
        if key not in names:
            have = ", ".join([*defaults, *also]) or "none"
            raise BadPlan(f"{whose} has no option '{key}'; it has {have}; correct '{text}'")
    last = whose.rpartition(" ")[2]
    return {
        names[key]: option_value(raw, defaults[names[key]], f"{names[key]} of {last}") for key, raw in given.items()
    }


def option_value(raw: str, default: Any, what: str) -> Any:
    """Read an option as the type of its default; never evaluated.

    Raises
    ------
    BadPlan
        When the text cannot be read as that type, or is not finite.

    Examples
    --------
    >>> option_value("0.5", 1.0, "share of noisy"), option_value("kl", "vote-entropy", "measure of qbc")
    (0.5, 'kl')
    """
    match default:
        case bool():
            known = {"true": True, "yes": True, "false": False, "no": False}
            if raw.lower() not in known:
                raise BadPlan(f"{what} is '{raw}'; expected yes or no")
            return known[raw.lower()]
        case int():
            return _read(int, raw, what, "a whole number")
        case float():
            return _read(float, raw, what, "a number")
        case _:
            return raw


def _read(kind: type[int] | type[float], raw: str, what: str, wanted: str) -> int | float:
    try:
        number = kind(raw)
    except ValueError:
        raise BadPlan(f"{what} is '{raw}'; expected {wanted}; correct the plan") from None
    if not math.isfinite(number):
        raise BadPlan(f"{what} is '{raw}'; expected {wanted}; correct the plan")
    return number
