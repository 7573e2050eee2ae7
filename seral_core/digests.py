"""A hash of what an object does: its code and its parameters, the same in every session, whatever the notebook cell."""

from __future__ import annotations

import dis
import functools
import hashlib
import importlib.util
import logging
import re
import sys
import sysconfig
import types
from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

#: Where Python and installed packages are: their code is known by its name.
_INSTALLED = tuple({Path(sysconfig.get_paths()[kind]).resolve() for kind in ("stdlib", "purelib", "platlib")})
#: Attributes of a class that say where it was written, and not what it does.
_BUILT_IN = (
    types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType,
    types.ClassMethodDescriptorType, np.ufunc,
)  # fmt: skip
_NOT_CODE = {
    "_abc_impl", "__abstractmethods__", "__dict__", "__weakref__", "__module__", "__doc__", "__firstlineno__",
    "__static_attributes__", "__slotnames__",
}  # fmt: skip
_OWN = Path(__file__).resolve().parent


def digest(thing: object) -> str:
    """Return a hash that changes when an object's code or parameters do.

    Functions and classes that a user wrote count with their bytecode, their defaults, what they close over and the
    other functions, classes and values of theirs that they use; those of installed packages by name. Estimators and
    other instances count with their class and their attributes; arrays and tables with their content.

    Parameters
    ----------
    thing : object
        A function, class, instance, array, table or plain value.

    Returns
    -------
    str
        Twelve hexadecimal digits.

    Examples
    --------
    >>> def first(view, n, rng):
    ...     return view.candidates[:n]
    >>> def last(view, n, rng):
    ...     return view.candidates[-n:]
    >>> digest(first) == digest(first), digest(first) == digest(last), len(digest(last))
    (True, False, 12)
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> digest(KNeighborsClassifier(5)) == digest(KNeighborsClassifier(15))
    False
    """
    found = _Digest()
    found.add(thing)
    return found.hash.hexdigest()[:12]


class _Digest:
    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.seen: dict[int, int] = {}
        self.kept: list[object] = []  # so that no id is given twice
        self.modules: set[str] = set()

    def add(self, thing: object) -> None:
        if thing is None or isinstance(thing, bool | int | float | complex | str | bytes | types.EllipsisType | Path):
            self._say(type(thing).__name__, repr(thing))
        elif id(thing) in self.seen:  # functions that call one another, and lists that hold themselves
            self._say("again", str(self.seen[id(thing)]))
        else:
            self.seen[id(thing)] = len(self.seen)
            self.kept.append(thing)
            self._one(thing)

    def _one(self, thing: Any) -> None:
        match thing:
            case np.ndarray() | np.generic():
                self._array(np.asarray(thing))
            case Mapping():
                self._say("mapping", str(len(thing)))
                for key, value in thing.items():
                    self.add(key)
                    self.add(value)
            case list() | tuple():
                self._say(type(thing).__name__, str(len(thing)))
                for item in thing:
                    self.add(item)
            case Set():
                self._say("set", " ".join(sorted(digest(item) for item in thing)))
            case functools.partial():
                self.add([thing.func, thing.args, thing.keywords])
            case types.CodeType():
                self._code(thing)
            case types.FunctionType():
                self._function(thing)
            case types.MethodType():
                self.add([thing.__func__, thing.__self__])
            case types.ModuleType():
                self._module(thing.__name__)
            case type():
                self._class(thing)
            case staticmethod() | classmethod():
                self.add(thing.__func__)
            case functools.cached_property():
                self.add(thing.func)
            case logging.Logger():
                self._say("logger", thing.name)
            case re.Pattern():
                self._say("pattern", repr(thing.pattern), str(thing.flags))
            case property():
                self.add([thing.fget, thing.fset])
            case _ if isinstance(thing, _BUILT_IN):
                self._say("built in", f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', thing)}")
            case _:
                self._instance(thing)

    def _function(self, function: types.FunctionType) -> None:
        self._say("function", function.__qualname__.rpartition(".")[2])
        if _by_name(function.__module__):
            self._module(function.__module__)
            return
        self.add(function.__code__)
        self.add([function.__defaults__, function.__kwdefaults__])
        self.add([_content(cell) for cell in function.__closure__ or ()])
        for name in sorted(_globals_of(function.__code__)):
            if name in function.__globals__:
                self._say("uses", name)
                self.add(function.__globals__[name])
        if own := {name: value for name, value in vars(function).items() if name != "__wrapped__"}:
            self._say("attributes")
            self.add(own)
        for module in imported_in(function):
            self._module(module)

    def _code(self, code: types.CodeType) -> None:
        # Not where it was written: cells are numbered anew, and lines move.
        self._say("code", code.co_name, " ".join(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]))
        for step in dis.get_instructions(code):
            if isinstance(step.argval, types.CodeType):
                self._code(step.argval)
            else:
                self._say(step.opname, _constant(step.argval) if step.opname == "LOAD_CONST" else step.argrepr)

    def _class(self, kind: type) -> None:
        self._say("class", kind.__qualname__)
        if _by_name(kind.__module__):
            self._module(kind.__module__)
            return
        self.add(list(kind.__bases__))
        for name, value in sorted(vars(kind).items()):
            slot = isinstance(value, types.GetSetDescriptorType | types.MemberDescriptorType)
            if name not in _NOT_CODE and not slot:
                self._say(name)
                self.add(value)

    def _instance(self, thing: Any) -> None:
        self.add(type(thing))
        if hasattr(thing, "get_params") and hasattr(thing, "fit"):
            self.add(dict(sorted(thing.get_params(deep=False).items())))
        elif type(thing).__module__.partition(".")[0] == "pandas":
            self._frame(thing)
        else:
            self.add(_state(thing) or _reduced(thing))

    def _frame(self, thing: Any) -> None:
        import pandas as pd

        frame = thing.to_frame() if isinstance(thing, pd.Series | pd.Index) else thing
        if not isinstance(frame, pd.DataFrame):
            self._say("pandas", repr(thing))
            return
        mixed = [name for name, kind in frame.dtypes.items() if pd.api.types.is_object_dtype(kind)]
        self.add([list(map(str, frame.columns)), list(map(str, frame.dtypes)), len(frame)])
        frame = frame.astype(dict.fromkeys(mixed, str))  # what cannot be hashed has a text
        self._array(pd.util.hash_pandas_object(frame, index=True).to_numpy())

    def _array(self, array: Any) -> None:
        self._say("array", str(array.dtype), str(array.shape))
        if array.dtype.hasobject:
            self.add(array.ravel().tolist())
            return
        self.hash.update(np.ascontiguousarray(array).tobytes())

    def _module(self, name: str) -> None:
        self._say("module", name)
        module = sys.modules.get(name)
        if module is None or name == "__main__" or _by_name(name) or name in self.modules:
            return
        self.modules.add(name)  # as it is loaded: an edited file counts when it is loaded again
        for attribute, value in sorted(vars(module).items()):
            if not attribute.startswith("__"):
                self._say(attribute)
                self.add(value)

    def _say(self, *words: str) -> None:
        self.hash.update("\0".join((*words, "\n")).encode("utf-8", "surrogatepass"))


def written_by_user(thing: object) -> bool:
    """Whether a function or class comes from a notebook, a script or a module that is not installed.

    Examples
    --------
    >>> written_by_user(digest), written_by_user(type("Mine", (), {"__module__": "__main__"}))
    (False, True)
    """
    return not _by_name(getattr(thing, "__module__", None) or type(thing).__module__)


def modules_of(thing: object) -> tuple[list[str], list[str]]:
    """Return the modules, not installed ones, that an object's code is written in, and those that it uses as a whole.

    Examples
    --------
    >>> modules_of(digest)
    ([], [])
    """
    found = _Digest()
    found.add(thing)
    homes = {name for name in map(_home_of, found.kept) if name and not _by_name(name)}
    return sorted(homes | found.modules), sorted(found.modules)


def _home_of(thing: object) -> str:
    name = thing.__module__ if isinstance(thing, type | types.FunctionType) else ""
    return name if isinstance(name, str) and name != "__main__" and name in sys.modules else ""


def imported_in(function: types.FunctionType) -> list[str]:
    """Return the modules of the user's that a function imports when it runs; they are imported now.

    Examples
    --------
    >>> def mine():
    ...     from json import decoder
    >>> imported_in(mine)
    []
    """
    package = str(function.__globals__.get("__package__") or "")
    named = dict.fromkeys(_import_names(function.__code__, package))
    return [name for name in named if _load_user_module(name)]


def _import_names(code: types.CodeType, package: str) -> Iterator[str]:
    loaded: list[Any] = [0, None]
    module = ""
    for step in dis.get_instructions(code):
        if isinstance(step.argval, types.CodeType):
            yield from _import_names(step.argval, package)
        elif step.opname == "IMPORT_NAME":  # which finds its level and what is taken from it on the stack
            dots = "." * int(loaded[-2] or 0)
            module = f"{dots}{step.argval}"
            module = importlib.util.resolve_name(module, package) if package or not dots else ""
            yield module
        elif step.opname == "IMPORT_FROM" and not hasattr(sys.modules.get(module), step.argval):
            yield f"{module}.{step.argval}"
        loaded.append(step.argval)


def _load_user_module(name: str) -> bool:
    """Import a module that is not installed, as the function would; say whether it is one."""
    try:
        top = importlib.util.find_spec(name.partition(".")[0])
        if top is None or is_installed(name.partition(".")[0], top.origin):
            return False
        importlib.import_module(name)
    except Exception:  # whatever a module raises while it is imported; the function will say so
        return False
    return not _by_name(name)


def _by_name(module: str | None) -> bool:
    """Whether code is known by the name of its module: Python's own, that of SERAL, and of installed packages."""
    if not module or module == "__main__":
        return False
    return is_installed(module, getattr(sys.modules.get(module), "__file__", None))


def is_installed(module: str, source: str | None) -> bool:
    """Whether a module, or the file of its code, belongs to Python, SERAL or an installed package.

    Examples
    --------
    >>> is_installed("json", None), is_installed("mine", "notebooks/mine.py")
    (True, False)
    """
    top = module.partition(".")[0]
    if top in sys.builtin_module_names or top in sys.stdlib_module_names:
        return True
    if not source:
        return False
    path = Path(source).resolve()
    if {"site-packages", "dist-packages"} & {*path.parts, *Path(source).parts}:
        return True  # of another environment or a user's own, too
    return path.is_relative_to(_OWN) or any(path.is_relative_to(place) for place in _INSTALLED)


def _globals_of(code: types.CodeType) -> set[str]:
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return set(code.co_names).union(*(_globals_of(each) for each in inner))


def _content(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _constant(value: object) -> str:
    """Return a constant as text; a set in an order of its own, since Python's changes from session to session."""
    return " ".join(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)


def _state(thing: Any) -> dict[str, Any]:
    """Return the attributes that make an instance what it is, without what it worked out of them."""
    if is_dataclass(thing) and not written_by_user(type(thing)):
        return {
            each.name: getattr(thing, each.name)
            for each in fields(thing)
            if each.init and (each.repr or not each.name.startswith("_"))
        }
    slots = [name for kind in type(thing).__mro__ for name in _listed(getattr(kind, "__slots__", ()))]
    own = {name: getattr(thing, name) for name in slots if hasattr(thing, name) and name != "__dict__"}
    own |= getattr(thing, "__dict__", {})
    cached = {name for name in own if isinstance(getattr(type(thing), name, None), functools.cached_property)}
    return {name: value for name, value in own.items() if name not in cached}


def _listed(slots: Any) -> list[str]:
    return [slots] if isinstance(slots, str) else list(slots)


def _reduced(thing: Any) -> list[Any]:
    """Return what an object without attributes is made of, as pickling sees it; nothing of a lock or a generator."""
    try:
        return list(thing.__reduce_ex__(4)[1:3])
    except TypeError:
        return []
