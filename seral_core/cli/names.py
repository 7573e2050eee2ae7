"""Names that a shell completes: strategies, learners, oracles, features, corpora.

``eval "$(_SERAL_COMPLETE=bash_source seral)"`` switches it on; zsh and fish likewise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from seral_core.cli import place

#: What a shell asks of an option or argument.
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completed(known: Callable[[], Iterable[str]], between: str = "", or_path: bool = False) -> Complete:
    """Return what completes a name; for ``shell_complete`` of options and arguments.

    Parameters
    ----------
    known : callable
        Returns the names; called only when a shell asks.
    between : str
        Characters between several names, of which the last one is completed.
    or_path : bool
        Whether a path may stand there too.

    Examples
    --------
    >>> complete = completed(lambda: ["random", "margin"], between=",+")
    >>> [item.value for item in complete(None, None, "k-means:20+ma")]
    ['k-means:20+margin']
    """

    def complete(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
        before, last = _parts(begun, between)
        found = [CompletionItem(before + name) for name in sorted(known()) if name.startswith(last)]
        return found or ([CompletionItem(begun, type="file")] if or_path else [])

    return complete


def strategies() -> Iterable[str]:
    """Return the names of all strategies.

    Examples
    --------
    >>> "margin" in strategies()
    True
    """
    from seral_core.strategies.base import strategies

    return strategies


def learners() -> Iterable[str]:
    """Return the names of all learners.

    Examples
    --------
    >>> "ridge" in learners()
    True
    """
    from seral_core.learners.base import learners

    return learners


def oracles() -> Iterable[str]:
    """Return the names of all oracles.

    Examples
    --------
    >>> "gold" in oracles()
    True
    """
    from seral_core.oracles.base import oracles

    return oracles


def features() -> Iterable[str]:
    """Return the names of all extractors of features.

    Examples
    --------
    >>> "SERALv01" in features()
    True
    """
    from seral_core.features.base import extractors

    return extractors


def readers() -> Iterable[str]:
    """Return the names of all readers of corpora.

    Examples
    --------
    >>> "emodb" in readers()
    True
    """
    from seral_core.corpora.base import readers

    return readers


def corpora() -> Iterable[str]:
    """Return the names of corpora that need no path.

    Examples
    --------
    >>> "synthetic" in corpora()
    True
    """
    from seral_core.corpora.catalogue import sources

    return ("synthetic", "synthetic-continuous", *sources)


def fetchable() -> Iterable[str]:
    """Return what ``seral fetch`` can get by a short name.

    Examples
    --------
    >>> "whisper-tiny.en" in fetchable()
    True
    """
    from seral_core.corpora.catalogue import sources
    from seral_core.deep.catalogue import known

    return (*(name for name, source in sources.items() if source.url), *known)


def _parts(begun: str, between: str) -> tuple[str, str]:
    """Return what stands before the last name, and how that begins."""
    last = re.split(f"[{re.escape(between)}]", begun)[-1] if between else begun
    return begun.removesuffix(last) if last else begun, last


STRATEGY = completed(strategies, between=",+")
LEARNER = completed(learners)
ORACLE = completed(oracles)
FEATURES = completed(features, or_path=True)
CORPUS = completed(corpora, between=":,", or_path=True)
LEARNER_OPTION = click.option(
    "--learner", default="recommended", show_default=True, help="See 'seral strategies'.", shell_complete=LEARNER
)
FEATURES_OPTION = click.option(
    "--features",
    callback=place.features,
    default="SERALv01",
    show_default=True,
    help="Extractor (see 'seral features'), or path to ready features.",
    shell_complete=FEATURES,
)
