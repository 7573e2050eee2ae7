"""What a user may give as entries of a plan: a plan holds text, so objects get names and paths become texts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from seral_core import own
from seral_core.errors import BadPlan

if TYPE_CHECKING:
    from seral_core.registry import Registry

#: Entries that name a part, and where its registry is.
PARTS = {
    "learner": ("seral_core.learners.base", "learners"),
    "strategy": ("seral_core.strategies.base", "strategies"),
    "start": ("seral_core.strategies.base", "strategies"),
    "oracle": ("seral_core.oracles.base", "oracles"),
}


def as_entries(plan: Any) -> dict[str, Any]:
    """Return the entries of a plan that were not given in the form that it holds, in that form.

    Parameters
    ----------
    plan : Plan
        As a user made it.

    Raises
    ------
    BadPlan
        When an entry is of a type that stands for nothing.

    Examples
    --------
    >>> from seral_core.runs.plan import Plan
    >>> Plan(targets="emotion").targets, own.shown(Plan(strategy=lambda view, n, rng: view.candidates[:n]).strategy)
    (('emotion',), 'lambda')
    """
    changed: dict[str, Any] = {}
    for each in fields(plan):
        given = getattr(plan, each.name)
        made: Any
        if each.name in PARTS:
            made = part_named(each.name, given)
        elif each.name in ("corpus", "features"):
            made = _data_named(each.name, given)
        elif isinstance(each.default, tuple) and each.name != "steps":
            made = as_texts(each.name, given)
        else:
            made = _plain(each.name, given, each.default, whole=each.type == "int")
        if made is not given:
            changed[each.name] = made
    return changed


def part_named(entry: str, given: Any, name: str = "") -> str:
    """Return the text by which a plan holds a part, such as ``mine@3fa2c91b04de`` for a function of the user's.

    Examples
    --------
    >>> part_named("strategy", "margin")
    'margin'
    """
    module, registry = PARTS[entry]
    if isinstance(given, str) and module not in sys.modules:
        return given  # nobody can have registered a part by hand
    __import__(module)
    parts: Registry[Any] = getattr(sys.modules[module], registry)
    return str(parts.named(given, name))


def as_texts(entry: str, given: Any) -> tuple[str, ...]:
    """Return texts as a plan holds them; a single one counts as one, and not as its letters.

    Examples
    --------
    >>> as_texts("targets", "emotion"), as_texts("targets", ["arousal", "valence"])
    (('emotion',), ('arousal', 'valence'))
    """
    if isinstance(given, str):
        return (given,)
    texts = tuple(given) if isinstance(given, Iterable) and not isinstance(given, Mapping | bytes) else None
    if texts is None or not all(isinstance(text, str) for text in texts):
        raise BadPlan(f"{entry} is {given!r:.80}; expected texts, such as ('arousal', 'valence'); correct it")
    return given if isinstance(given, tuple) else texts


def _data_named(entry: str, given: Any) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, PathLike):
        return str(fspath(given))
    if entry == "corpus":
        from seral_core.corpora.base import open_corpus

        corpus = open_corpus(given)
        return own.keep("corpus", corpus, own.plain(corpus.name))
    from seral_core.features.given import extractor_of

    made = extractor_of(given)
    return (
        own.keep("extractor", made, own.plain(getattr(given, "__name__", ""))) if made else own.keep("features", given)
    )


def _plain(entry: str, given: Any, default: Any, *, whole: bool) -> Any:
    """Return a text or a number; numbers of numpy count as numbers."""
    if isinstance(default, str):
        wanted, fits = "a text", isinstance(given, str)
    elif isinstance(default, int | float):
        given = given.item() if hasattr(given, "item") and getattr(given, "ndim", 0) == 0 else given
        kind = int if whole else int | float
        wanted, fits = (
            "a whole number" if whole else "a number",
            isinstance(given, kind) and not isinstance(given, bool),
        )
    else:
        return given
    if not fits:
        raise BadPlan(f"{entry} is {given!r:.80}; expected {wanted}, something like {default!r}; correct it")
    return given


def own_remark(text: str) -> str:
    r"""Return a comment for a file that names objects of user code, or nothing.

    Examples
    --------
    >>> own_remark("strategy = 'mine@3fa2c91b04de'")
    '# mine@3fa2c91b04de: from a notebook or script, whose code is not kept here; give it again to go on\n'
    """
    names = ", ".join(own.names_in([text]))
    why = "from a notebook or script, whose code is not kept here; give it again to go on"
    return f"# {names}: {why}\n" if names else ""
