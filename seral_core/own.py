"""Objects from user code, by names that a plan can hold: ``mine@3fa2c91b04de``, a name and the hash of what it does.

A plan stays text. What a name stands for is known to the process in which the object was given, travels to its workers
by cloudpickle, and is never written into a folder of runs, since nothing that lies in a folder may be executed. Whoever
goes on with such a run gives the same object again; changed code has another name, and so is another run.
"""

from __future__ import annotations

import functools
import io
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from seral_core.digests import digest, is_installed, modules_of, written_by_user
from seral_core.errors import BadPlan

_LABEL = re.compile(r"[\w.-]+")
_NAME = re.compile(r"[\w.-]+@[0-9a-f]{12}")
_IN_TEXT = re.compile(r"(?<![\w/\\])([\w.-]+)@[0-9a-f]{12}(?![0-9a-f])")


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
        What people call it, in letters, digits, ``_``, ``.`` and ``-``; left out: what the function or class is called,
        in small letters.

    Raises
    ------
    BadPlan
        When the name has other characters, which texts of plans cannot hold.

    Examples
    --------
    >>> def mine(view, n, rng):
    ...     return view.candidates[:n]
    >>> name = keep("strategy", mine)
    >>> shown(name), is_own(name), found(name) is mine
    ('mine', True, True)
    """
    if name and not _LABEL.fullmatch(name):
        raise BadPlan(
            f"got '{name}' as name of a {kind}; expected letters, digits, '_', '.' and '-'; write "
            f"'{_joined(name) or kind}'"
        )
    called = name or plain(getattr(thing, "__name__", "") or type(thing).__name__)
    text = f"{called or kind}@{digest(thing)}"
    _here.setdefault(text, _Own(kind, thing))
    return text


def plain(name: str) -> str:
    """Return a name as texts of plans can hold it.

    Examples
    --------
    >>> plain("My Strategy (2)")
    'my-strategy-2'
    """
    return _joined(name.lower())


def _joined(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-")


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


def raised(wrong: BaseException) -> str:
    """Say which error code of a user raised, and in which of its lines.

    Examples
    --------
    >>> try:
    ...     1 / 0
    ... except ZeroDivisionError as wrong:
    ...     raised(wrong)
    "it raised ZeroDivisionError('division by zero') in line 2 of <module>"
    """
    steps = traceback.extract_tb(wrong.__traceback__)
    user = [step for step in steps if not is_installed("", step.filename)] or steps
    return f"it raised {wrong!r:.200} in line {user[-1].lineno} of {user[-1].name}"


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
    written_in, used = (set().union(*names) for names in zip(*(modules_of(each.thing) for each in named.values())))
    modules = {name: sys.modules[name] for name in sorted(used)}
    with _as_code(sys.modules[name] for name in written_in):
        try:
            return _pickled((modules, named))
        except Exception as wrong:  # whatever an object's own way of pickling raises
            those = [shown(name) for name, each in named.items() if not _can_be_sent(each)]
            those += [f"module {name}" for name, module in modules.items() if not _can_be_sent(module)]
            raise BadPlan(
                f"{', '.join(those or map(shown, named))} cannot be sent to other processes ({type(wrong).__name__}: "
                f"{wrong}); run with one job (jobs=1), or keep open files, locks and connections out of it"
            ) from wrong


def _pickled(thing: object) -> bytes:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, functools._lru_cache_wrapper) and written_by_user(obj):
                return _with_cache, (obj.__wrapped__, obj.cache_parameters())
            return super().reducer_override(obj)

    into = io.BytesIO()
    Pickler(into).dump(thing)
    return into.getvalue()


def _with_cache(function: Any, parameters: dict[str, Any]) -> Any:
    return functools.lru_cache(**parameters)(function)


def _can_be_sent(thing: object) -> bool:
    try:
        return bool(_pickled(thing))
    except Exception:
        return False


def unpack(parcel: bytes) -> None:
    """Make the objects of a parcel known here. Only what this process's own parent packed is ever given to it."""
    import pickle

    modules, named = pickle.loads(parcel) if parcel else ({}, {})
    for name, module in modules.items():  # which functions may import when they run
        sys.modules.setdefault(name, module)
    for name, own in named.items():
        _here.setdefault(name, own)


@contextmanager
def _as_code(modules: Iterable[ModuleType]) -> Iterator[None]:
    """Have modules of the user's sent as code, as they are loaded here: a worker may not find them, or find others."""
    import cloudpickle

    modules = [module for module in modules if module.__name__ not in cloudpickle.list_registry_pickle_by_value()]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)
