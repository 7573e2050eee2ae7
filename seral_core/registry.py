"""Names for parts: a registry finds strategies, learners, oracles ... by name.

A registry looks for ``register("name")`` in the source of its package's modules, so a new part is
one new file; a module is imported when one of its parts is asked for. Other people's packages join
in through an entry point group of the same name. A part whose import fails says so when it is asked
for, and keeps no other away.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar, cast

from seral_core import own
from seral_core.digests import written_by_user
from seral_core.errors import BadPlan, SeralError, UnknownName

Part = TypeVar("Part")
#: A part that is registered in the source of a module, and one whose name is written there.
_REGISTERS = re.compile(r"^\s*@?\w+\.register\(", re.MULTILINE)
_NAMED = re.compile(r"^\s*@?\w+\.register\(\s*[\"']([^\"']+)[\"']", re.MULTILINE)


class Registry(Mapping[str, Part], Generic[Part]):
    """Parts of one kind by name.

    Parameters
    ----------
    kind : str
        Singular noun for messages, such as ``"strategy"``.
    package : str
        Package whose modules register themselves, and name of the entry point group.
    adapter : str
        Module of the package and function in it that makes a part of an object that a user gives, such as
        ``"adapted:strategy_of"``; left out: parts are given by name alone.

    Examples
    --------
    >>> letters = Registry("letter", "")
    >>> @letters.register("alpha")
    ... def alpha():
    ...     '''First letter.'''
    >>> list(letters), letters.summary("alpha")
    (['alpha'], 'First letter.')
    >>> letters["alpa"]
    Traceback (most recent call last):
    seral_core.errors.UnknownName: letter 'alpa'; did you mean 'alpha'? known: alpha
    """

    def __init__(self, kind: str, package: str, adapter: str = "") -> None:
        self.kind, self.package, self.adapter = kind, package, adapter
        self._parts: dict[str, Part] = {}
        self._from: dict[str, str] = {}  # the module that registers each: several threads may import at once
        self._where: dict[str, Callable[[], object]] | None = None if package else {}
        self._finders: set[int] = set()

    def register(self, name: str) -> Callable[[Part], Part]:
        """Return a decorator that files its function or class under ``name``."""
        module = sys._getframe(1).f_globals.get("__name__", "")

        def keep(part: Part) -> Part:
            present = self._parts.get(name)
            if present is not None and _origin(present) != _origin(part):
                raise BadPlan(f"{self.kind} '{name}' exists already; choose another name")
            self._from[name] = module
            self._parts[name] = part
            return part

        return keep

    def named(self, given: object, name: str = "") -> str:
        """Return the text by which a plan holds a part: a text as it is, for an object a name with its hash.

        Parts that were registered in a notebook or script are such objects too: the same name with other code is
        another part.

        Parameters
        ----------
        given : object
            A text in the notation of plans, or an object.
        name : str
            What people call an object; left out: what it calls itself.

        Raises
        ------
        BadPlan
            When the object is no such part.
        """
        if isinstance(given, ModuleType) and given.__name__.startswith(f"{self.package}."):
            given = self._named_like(given)  # which hides the part of its name once it is loaded
        if isinstance(given, str):
            return self._with_hashes(given)
        registered = next((known for known, part in list(self._parts.items()) if part is given), "")
        if registered:
            return self._with_hashes(registered)
        self._adapted(given)
        return own.keep(self.kind, given, name)

    def _named_like(self, module: ModuleType) -> object:
        name = module.__name__.rpartition(".")[2].replace("_", "-")
        return name if name in self else module

    def attributes(self, module: str, others: Collection[str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
        """Make ``__getattr__`` and ``__dir__`` of a module in which parts are attributes, for those who look for names.

        Parameters
        ----------
        module : str
            ``__name__`` of that module.
        others : collection of str
            What else it has.
        """

        def look_up(name: str) -> Any:
            known = name.replace("_", "-")
            if name == "register":
                return self.register
            if name.startswith("_") or (name not in self and known not in self):
                raise AttributeError(f"module '{module}' has no attribute '{name}'; known: register, {', '.join(self)}")
            return self[name if name in self else known]

        def listed() -> list[str]:
            return sorted({*others, "register", *(name.replace("-", "_") for name in self)})

        return look_up, listed

    def _with_hashes(self, text: str) -> str:
        for name, part in list(self._parts.items()):
            if name.lower() in text.lower() and written_by_user(part):
                whole = re.compile(rf"(^|\+)(\s*){re.escape(name)}(?=\s*([:+]|$))", re.IGNORECASE)
                text = whole.sub(rf"\g<1>\g<2>{own.keep(self.kind, part, own.plain(name))}", text)
        return text

    def summary(self, name: str) -> str:
        """Return the first line of a part's docstring, or why it cannot be loaded."""
        try:
            return (self[name].__doc__ or "").strip().split("\n")[0]
        except UnknownName:
            raise
        except SeralError as wrong:
            return f"cannot be loaded: {wrong}"

    def loadable(self) -> dict[str, Part]:
        """Return all parts but those that cannot be loaded."""
        found = {}
        for name in self:
            with suppress(SeralError):
                found[name] = self[name]
        return found

    def __getitem__(self, name: str) -> Part:
        if own.is_own(name):
            return self._adapted(own.found(name))
        if name not in self._parts:
            self._load(name)
        return self._parts[name]

    def _adapted(self, given: object) -> Part:
        """Return the part that an object of a user is, or stands for."""
        if not self.adapter:
            if callable(given):
                return cast(Part, given)
            raise BadPlan(f"got {_kind(given)} as {self.kind}; expected a name, such as {next(iter(self))}")
        module, function = self.adapter.split(":")
        return cast(Part, getattr(importlib.import_module(f"{self.package}.{module}"), function)(given))

    def __contains__(self, name: object) -> bool:
        return name in self._names() or (isinstance(name, str) and own.is_own(name))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names()))

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> set[str]:
        if self._where is None and (me := threading.get_ident()) not in self._finders:
            # Other threads see all names or none, and look by themselves; a module that asks while it is imported for
            # its names sees those that are there.
            self._finders.add(me)
            try:
                own = self._of_modules()
                self._where = own | self._of_others(own)
            finally:
                self._finders.discard(me)
        return self._parts.keys() | (self._where or {}).keys()

    def _load(self, name: str) -> None:
        """Import what registers a part, or raise what says why it is not there."""
        names = self._names()
        if name in self._parts:
            return
        load = (self._where or {}).get(name)
        if load is None:
            raise UnknownName(self.kind, name, names)
        try:
            load()
        except SeralError:
            raise  # such as an extra that is missing
        except Exception as wrong:
            raise BadPlan(
                f"{self.kind} '{name}' cannot be loaded ({type(wrong).__name__}: {wrong}); "
                "everything else works; repair or remove the package or file that it comes from"
            ) from wrong
        if name not in self._parts:
            raise BadPlan(f"{self.kind} '{name}' is announced but not registered; register it under that name")

    def _of_modules(self) -> dict[str, Callable[[], object]]:
        """Return what imports each part, by its name; a module is imported now where only running it gives names."""
        found: dict[str, Callable[[], object]] = {}
        place = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(place.__path__, prefix=f"{self.package}."):
            spec = importlib.util.find_spec(module.name)
            source = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
            load = partial(importlib.import_module, module.name)
            names = set(_NAMED.findall(source))
            if len(_REGISTERS.findall(source)) > len(_NAMED.findall(source)):
                names |= self._refused(load, module.name.rpartition(".")[2])
                names |= {name for name, origin in list(self._from.items()) if origin == module.name}
            for name in names:
                found[name] = partial(self._refuse_twin, name, module.name) if name in found else load
        return found

    def _of_others(self, own: Collection[str]) -> dict[str, Callable[[], object]]:
        """Import other packages' parts; return what says why some are not there, such as those named like our own."""
        found: dict[str, Callable[[], object]] = {}
        for entry in entry_points(group=self.package.replace("seral_core", "seral")):
            found |= dict.fromkeys(self._refused(entry.load, entry.name), entry.load)
        for name in own:
            origin = self._from.get(name, "")
            if origin and not origin.startswith(f"{self.package}."):
                self._parts.pop(name, None)
                found[name] = partial(self._refuse_twin, name, origin)
        return found

    def _refused(self, load: Callable[[], object], name: str) -> set[str]:
        """Import parts; return the name to ask for where that fails, so that the error is raised again then."""
        try:
            load()
        except Exception:
            return {name}
        return set()

    def _refuse_twin(self, name: str, where: str) -> None:
        raise BadPlan(f"{self.kind} '{name}' of {where} exists already; choose another name there")


def _kind(given: object) -> str:
    return f"an object of type {type(given).__name__}"


def _origin(part: object) -> tuple[str, str]:
    return (getattr(part, "__module__", ""), getattr(part, "__qualname__", ""))
