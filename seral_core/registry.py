"""Names for parts: a registry finds strategies, learners, oracles ... by name.

A registry reads every module of its package the first time it is asked, so a new part is one new
file. Other people's packages join in through an entry point group of the same name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from seral_core.errors import BadPlan, UnknownName

Part = TypeVar("Part")


class Registry(Mapping[str, Part], Generic[Part]):
    """Parts of one kind by name.

    Parameters
    ----------
    kind : str
        Singular noun for messages, such as ``"strategy"``.
    package : str
        Package whose modules register themselves, and name of the entry point group.

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

    def __init__(self, kind: str, package: str) -> None:
        self.kind, self.package = kind, package
        self._parts: dict[str, Part] = {}
        self._found = not package

    def register(self, name: str) -> Callable[[Part], Part]:
        """Return a decorator that files its function or class under ``name``."""

        def keep(part: Part) -> Part:
            present = self._parts.get(name)
            if present is not None and _origin(present) != _origin(part):
                raise BadPlan(f"{self.kind} '{name}' exists already; choose another name")
            self._parts[name] = part
            return part

        return keep

    def summary(self, name: str) -> str:
        """Return the first line of a part's docstring."""
        return (self[name].__doc__ or "").strip().split("\n")[0]

    def __getitem__(self, name: str) -> Part:
        self._find()
        try:
            return self._parts[name]
        except KeyError:
            raise UnknownName(self.kind, name, self._parts) from None

    def __contains__(self, name: object) -> bool:
        self._find()
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        self._find()
        return iter(sorted(self._parts))

    def __len__(self) -> int:
        self._find()
        return len(self._parts)

    def _find(self) -> None:
        if self._found:
            return
        self._found = True
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__, prefix=f"{self.package}."):
            importlib.import_module(module.name)
        for entry in entry_points(group=self.package.replace("seral_core", "seral")):
            entry.load()


def _origin(part: object) -> tuple[str, str]:
    return (getattr(part, "__module__", ""), getattr(part, "__qualname__", ""))
