"""Every error that SERAL raises on purpose, as one tree.

::

    SeralError
    |-- UnknownName       a strategy, learner, corpus ... that is not registered
    |-- MissingExtra      an optional package that is not installed
    |-- BadCorpus         recordings, tables or ratings that cannot be read
    |   `-- BadClip       one recording that cannot be used
    |-- BadFeatures       feature files or rows that do not fit the corpus
    |-- BadModel          a pretrained model that cannot be had or loaded
    |-- BadPlan           a run that cannot be carried out as it was asked for
    |-- BadLabel          an answer outside its target
    |-- BadStore          a label store that cannot be read or written
    |-- BadLog            a run folder whose record cannot be trusted
    `-- NotAFile          a pipe, device or folder where a file is expected

A message says what was got, what was expected, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: What package indexes call SERAL; ``seral`` there is another project.
DISTRIBUTION = "seral-speech"


def install_command(extra: str) -> str:
    """Return what a user types to install an optional part.

    Parameters
    ----------
    extra : str
        Its name in ``pyproject.toml``.

    Examples
    --------
    >>> install_command("deep")
    'pip install "seral-speech[deep]"'
    """
    return f'pip install "{DISTRIBUTION}[{extra}]"'


class SeralError(Exception):
    """Base of all errors with a remedy; the command line and the pages show them as one sentence."""


class UnknownName(SeralError, LookupError):
    """A name that is not registered; the message offers the nearest one.

    Parameters
    ----------
    kind : str
        What was looked for, such as ``"strategy"``.
    name : str
        The name that was given.
    known : iterable of str
        The names that exist.

    Examples
    --------
    >>> print(UnknownName("strategy", "entopy", ["random", "entropy"]))
    strategy 'entopy'; did you mean 'entropy'? known: entropy, random
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        by_lower = {other.lower(): other for other in self.known}
        near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
        hint = f"did you mean '{by_lower[near[0]]}'? " if near else ""
        super().__init__(f"{kind} '{name}'; {hint}known: {', '.join(self.known) or 'none'}")


class MissingExtra(SeralError, ImportError):
    """An optional package that is needed now.

    Examples
    --------
    >>> print(MissingExtra("'eGeMAPSv02'", "openSMILE", "opensmile"))
    'eGeMAPSv02' needs openSMILE: pip install "seral-speech[opensmile]"
    """

    def __init__(self, what: str, package: str, extra: str) -> None:
        self.what, self.package, self.extra = what, package, extra
        super().__init__(f"{what} needs {package}: {install_command(extra)}")


class BadCorpus(SeralError, ValueError):
    """Recordings, tables or ratings that cannot be read as a corpus."""


class BadClip(BadCorpus):
    """One recording that cannot be used: missing, empty, unreadable, silent or too short.

    Examples
    --------
    >>> print(BadClip("a.wav", "is empty (0 samples)"))
    a.wav is empty (0 samples); record it again or leave it out
    """

    def __init__(self, clip: str, reason: str) -> None:
        self.clip, self.reason = clip, reason
        super().__init__(f"{clip} {reason}; record it again or leave it out")


class BadFeatures(SeralError, ValueError):
    """Feature files or rows that do not fit the corpus."""


class BadModel(SeralError, ValueError):
    """A pretrained model that cannot be had, or whose files cannot be loaded."""


class BadPlan(SeralError, ValueError):
    """A run that cannot be carried out as it was asked for."""


class BadLabel(SeralError, ValueError):
    """An answer outside its target."""


class BadStore(SeralError, OSError):
    """A label store that cannot be read or written; what it acknowledged before is not touched."""


class BadLog(SeralError, ValueError):
    """A run folder whose record cannot be trusted."""


class NotAFile(SeralError, OSError):
    """A pipe, socket, device or folder where a file is expected; it is never opened."""
