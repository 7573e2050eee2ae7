"""Objects from user code, by names that a plan can hold: ``mine@3fa2c91b04de``, a name and the hash of what it does.

A plan stays text. What a name stands for is known to the process in which the object was given, travels to its workers
by cloudpickle, and is never written into a folder of runs, since nothing that lies in a folder may be executed. Whoever
goes on with such a run gives the same object again; changed code has another name, and so is another run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from seral_core.digests import digest
from seral_core.errors import BadPlan

_NAME = re.compile(r"[a-z0-9_.-]+@[0-9a-f]{12}")
_IN_TEXT = re.compile(r"(?<![\w/\\])([a-z0-9_.-]+)@[0-9a-f]{12}(?![0-9a-f])")


@dataclass(frozen=True)
class _Own:
    kind: str
    thing: Any


_here: dict[str, _Own] = {}


def keep(kind: str, thing: object, name: str = "") -> str:
    """Keep an object for this process and its workers, and return the name that stands for it.

    Parameters
    ----------
    kind : str
        What it is, for messages: ``"strategy"``.
    thing : object
        What a user gave.
    name : str
        What people call it; left out: that of the function or class.

    Examples
    --------
    >>> def mine(view, n, rng):
    ...     return view.candidates[:n]
    >>> name = keep("strategy", mine)
    >>> shown(name), is_own(name), found(name) is mine
    ('mine', True, True)
    """
    called = name or getattr(thing, "__name__", "") or type(thing).__name__
    text = f"{plain(called) or kind}@{digest(thing)}"
    _here.setdefault(text, _Own(kind, thing))
    return text


def plain(name: str) -> str:
    """Return a name as texts of plans can hold it.

    Examples
    --------
    >>> plain("My Strategy (2)")
    'my-strategy-2'
    """
    return re.sub(r"[^a-z0-9_.-]+", "-", name.lower()).strip("-")


def is_own(text: str) -> bool:
    """Whether a text is the name of an object from user code.

    Examples
    --------
    >>> is_own("mine@3fa2c91b04de"), is_own("margin")
    (True, False)
    """
    return _NAME.fullmatch(text) is not None


def found(text: str) -> Any:
    """Return the object that a name stands for.

    Raises
    ------
    BadPlan
        When this process does not know it.

    Examples
    --------
    >>> found("unknown@3fa2c91b04de")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: 'unknown@3fa2c91b04de' stands for an object from a notebook or script that is not ...
    """
    if text not in _here:
        other = next((name for name in _here if shown(name) == shown(text)), "")
        changed = f" (there is {other}: its code or parameters are others)" if other else ""
        raise BadPlan(
            f"'{text}' stands for an object from a notebook or script that is not here{changed}; results can be looked "
            "at without it; to go on, run the code that made it and give the same object again"
        )
    return _here[text].thing


def shown(text: str) -> str:
    """Return a text with the hashes of its names left out, as people read it.

    Examples
    --------
    >>> shown("k-means:20+mine@3fa2c91b04de:beta=2"), shown("someone@example.org")
    ('k-means:20+mine:beta=2', 'someone@example.org')
    """
    return _IN_TEXT.sub(r"\1", text)


def names_in(texts: Iterable[str]) -> list[str]:
    """Return the names of own objects that texts hold, each once.

    Examples
    --------
    >>> names_in(["k-means:20+mine@3fa2c91b04de:beta=2", "margin"])
    ['mine@3fa2c91b04de']
    """
    return list(dict.fromkeys(match.group() for text in texts for match in _IN_TEXT.finditer(text)))


def parcel(texts: Iterable[str]) -> bytes:
    """Return the objects that texts name, to be unpacked in a worker; functions of the user's modules go as code.

    Raises
    ------
    BadPlan
        When one cannot be sent.

    Examples
    --------
    >>> unpack(parcel(["margin"]))
    """
    named = {name: _here[name] for name in names_in(texts) if name in _here}
    if not named:
        return b""
    import cloudpickle

    with _as_code(named.values()):
        try:
            return bytes(cloudpickle.dumps(named))
        except Exception as wrong:  # whatever an object's own way of pickling raises
            raise BadPlan(
                f"{', '.join(named)} cannot be sent to other processes ({type(wrong).__name__}: {wrong}); run with one "
                "job (jobs=1), or keep open files, locks and connections out of it"
            ) from wrong


def unpack(parcel: bytes) -> None:
    """Make the objects of a parcel known here. Only what this process's own parent packed is ever given to it."""
    import pickle

    for name, own in (pickle.loads(parcel) if parcel else {}).items():
        _here.setdefault(name, own)


@contextmanager
def _as_code(owns: Iterable[_Own]) -> Iterator[None]:
    """Have modules of the user's sent as code: a worker may not find them."""
    import cloudpickle

    from seral_core.digests import written_by_user

    modules = set()
    for own in owns:
        for part in _parts(own.thing):
            name = getattr(part, "__module__", None)
            module = sys.modules.get(name) if isinstance(name, str) else None
            if module is not None and name != "__main__" and written_by_user(part):
                modules.add(module)
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def _parts(thing: Any) -> list[Any]:
    """Return an object, its class, and what an estimator is made of."""
    inner = list(thing.get_params().values()) if hasattr(thing, "get_params") and not isinstance(thing, type) else []
    return [each if isinstance(each, type | Callable) else type(each) for each in (thing, *inner)] + [type(thing)]
