"""How a corpus is read where its files leave it open: as somebody said, and as SERAL remembers it for next time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from seral_core import toml
from seral_core.corpora.columns import ROLES
from seral_core.corpora.rater_columns import RATER
from seral_core.corpora.scales import from_text
from seral_core.errors import BadPlan, NotAFile, SeralError
from seral_core.files import replacing
from seral_core.home import absolute, home
from seral_core.scores.trace_gold import OPTIONS as TRACE

#: What can be said, each with an example.
KINDS = {
    "column": "column speaker=SpkrID",
    "class": "class xxx=",
    "pattern": "pattern {speaker}_{emotion}_{take}.wav",
    "channel": "channel each",
    "trace": "trace gold=mean",
}


_WITH_SIGN = ("column", "class", "trace")


@dataclass(frozen=True)
class Reading:
    """How a corpus is read, as plain texts.

    Parameters
    ----------
    reader : str
        Which layout it has; empty to recognise it.
    ranges : tuple of str
        Native ranges of scales, such as ``"arousal=1:9"``.
    said : tuple of str
        What else was said: ``column ROLE=NAME`` (a role, ``description``, ``class``, ``scale`` or a target's name),
        ``class WORD=CLASS`` (nothing after the sign for no answer), ``pattern NAMES``, ``channel each``; of traces, how
        those of raters become gold: ``trace gold=mean``, ``trace delay=raters``, ``trace shift=4``.

    Raises
    ------
    BadPlan
        When a text is none of these.

    Examples
    --------
    >>> reading = Reading(ranges=("arousal=1:9",), said=("column speaker=SpkrID", "class xxx="))
    >>> reading.options
    {'ranges': {'arousal': (1.0, 9.0)}, 'columns': {'speaker': 'SpkrID'}, 'words': {'xxx': ''}}
    >>> Reading(said=("columns a=b",))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got 'columns a=b' about how a corpus is read; expected such as column speaker=SpkrID, ...
    """

    reader: str = ""
    ranges: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in self.said:
            kind, _, rest = text.partition(" ")
            if kind not in KINDS or not rest or (kind in _WITH_SIGN and not rest.partition("=")[1]):
                raise BadPlan(
                    f"got '{text}' about how a corpus is read; expected such as {', '.join(KINDS.values())}; correct it"
                )

    def __bool__(self) -> bool:
        return bool(self.reader or self.ranges or self.said)

    @property
    def options(self) -> dict[str, Any]:
        """What a reader takes as options."""
        found: dict[str, Any] = {"ranges": dict(map(_range, self.ranges))} if self.ranges else {}
        for text in self.said:
            kind, _, rest = text.partition(" ")
            name, value = _halves(kind, rest)
            if kind == "column":
                columns = found.setdefault("columns", {})
                columns[name] = f"{columns[name]},{value}" if name in columns else value
            elif kind == "class":
                found.setdefault("words", {})[name] = value
            elif kind == "pattern":
                found["pattern"] = rest.strip()
            elif kind == "trace":
                found[name] = _rate(value) if name == "rate" else value
        return found

    @property
    def entries(self) -> dict[str, Any]:
        """What a plan or a source keeps of it."""
        return {"reader": self.reader, "ranges": self.ranges, "reading": self.said}

    @property
    def channel(self) -> str:
        """Which channel of recordings is meant: ``each``, ``mix`` or a number; empty where nothing was said."""
        return next((text.partition(" ")[2].strip() for text in self.said if text.startswith("channel ")), "")

    def over(self, before: Reading) -> Reading:
        """Return what this one says, and what the one before says of all else.

        Examples
        --------
        >>> Reading(said=("channel 1",)).over(Reading("table", said=("channel each", "class xxx="))).said
        ('class xxx=', 'channel 1')
        """
        mine = {_about(text) for text in self.said}
        ranged = {text.partition("=")[0].strip() for text in self.ranges}
        return Reading(
            self.reader or before.reader,
            (*(text for text in before.ranges if text.partition("=")[0].strip() not in ranged), *self.ranges),
            (*(text for text in before.said if _about(text) not in mine), *self.said),
        )

    def __str__(self) -> str:
        """Return it in words, as options of a command."""
        parts = [f"--reader {self.reader}"] if self.reader else []
        parts += [f"--range {text}" for text in self.ranges]
        return " ".join([*parts, *(f"--{text}" for text in self.said)])


#: Nothing was said, so that a corpus is read as its files suggest.
AS_FOUND = Reading()


def with_column(reading: Reading, column: str, role: str) -> Reading:
    """Return a reading that says what a column is, and nothing else of it.

    Examples
    --------
    >>> before = Reading(said=("column description=age,city", "column speaker=who"))
    >>> with_column(before, "age", "scale").said
    ('column description=city', 'column speaker=who', 'column scale=age')
    """
    kept = []
    for text in reading.said:
        kind, _, rest = text.partition(" ")
        before, _, listed = rest.partition("=")
        if kind == "column":
            others = [] if listed.strip().lower() == column.lower() else listed.split(",")  # a name may hold commas
            names = [name for name in others if name.strip().lower() != column.lower()]
            single = before.strip() == role and role in ROLES and role != RATER  # another column had it
            text = f"column {before}={','.join(names)}" if names and not single else ""
        kept += [text] if text else []
    return replace(reading, said=(*kept, f"column {role}={column}"))


def remembered(where: str | Path) -> Reading:
    """Return how a corpus was read the last time that somebody said to remember it; nothing where nobody did.

    Raises
    ------
    BadPlan
        When that is damaged.

    Examples
    --------
    >>> remembered("no/such/folder")
    Reading(reader='', ranges=(), said=())
    """
    path = _kept(where)
    if not os.path.lexists(path):
        return Reading()
    try:
        if path.is_symlink() or not path.is_file():
            raise NotAFile(f"{path} is a link, or no file")
        entries = toml.read(path)
        if missing := [name for name in ("corpus", *asdict(Reading())) if name not in entries]:
            raise BadPlan(f"{path} lacks {', '.join(missing)}, since it was cut off, say")
        del entries["corpus"]
        found = toml.build(Reading, entries, "entry")
        found.options  # noqa: B018 - raises where a range is none
        return found
    except SeralError as wrong:
        raise BadPlan(
            f"what is remembered of how {where} is read cannot be used ({wrong}); forget it: seral corpora {where} "
            "--forget, and say it again"
        ) from None


def remember(where: str | Path, reading: Reading) -> None:
    """Keep how a corpus is read, so that later commands and pages read it in the same way; an empty one forgets.

    Nothing is written to the folder of the recordings. See `seral_core.corpora.remembering.remember_all`.

    Examples
    --------
    >>> remember("some/folder", Reading("table", said=("class xxx=",)))
    >>> remembered("some/folder")
    Reading(reader='table', ranges=(), said=('class xxx=',))
    >>> remember("some/folder", Reading())
    >>> bool(remembered("some/folder"))
    False
    """
    path = _kept(where)
    if path.is_dir() and not path.is_symlink():
        raise BadPlan(f"{path}, where it is kept how {where} is read, is a folder; expected a file; remove the folder")
    if not reading:
        path.unlink(missing_ok=True)
        return
    with replacing(path, mode=0o600) as draft:
        draft.write_text(toml.to_toml({"corpus": absolute(str(where)), **asdict(reading)}), encoding="utf-8")


def settled(where: str | Path, reader: str = "", ranges: Sequence[str] = (), said: Sequence[str] = ()) -> Reading:
    """Return what is said now, over what is remembered of a corpus.

    Raises
    ------
    BadPlan
        When two things that are said now contradict, or what is remembered is damaged.

    Examples
    --------
    >>> settled("no/such/folder", "table")
    Reading(reader='table', ranges=(), said=())
    """
    now = Reading(reader, tuple(ranges), tuple(said))
    check_said(now)
    return now.over(remembered(where))


def _kept(where: str | Path) -> Path:
    name = hashlib.sha256(absolute(str(where)).encode(errors="surrogateescape")).hexdigest()[:24]
    return home("readings") / f"{name}.toml"


def check_said(reading: Reading) -> None:
    """Raise `BadPlan` where somebody said two things that cannot both be meant, or of no word what it means.

    What is kept of a corpus or project is not checked so: the last of two counts there.

    Examples
    --------
    >>> check_said(Reading(said=("class A=anger", "class a=sadness")))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got 'class A=anger' and 'class a=sadness'; expected one of them; leave the other out
    """
    before: dict[str, tuple[str, str]] = {}
    for text in (*reading.said, *(f"range {text}" for text in reading.ranges)):
        kind, _, rest = text.partition(" ")
        name, value = _halves(kind, rest)
        if kind == "trace" and name not in (*TRACE, "rate"):
            known = ", ".join((*TRACE, "rate"))
            raise BadPlan(f"got '{text}'; expected one of {known}, such as {KINDS['trace']}; correct it")
        if kind in (*_WITH_SIGN, "range") and not name:
            raise BadPlan(f"got '{text}'; expected a word or name before the sign =, such as {KINDS['class']}; add it")
        if kind == "column":  # several may be of one kind
            continue
        first, meant = before.setdefault(_about(text), (text, value))
        if meant != value:
            raise BadPlan(f"got '{first}' and '{text}'; expected one of them; leave the other out")


def _halves(kind: str, rest: str) -> tuple[str, str]:
    """Return what stands before and behind the sign =; words in a table may hold such a sign, names of classes none."""
    if kind not in (*_WITH_SIGN, "range"):
        return "", rest.strip()
    name, _, value = rest.rpartition("=") if kind == "class" else rest.partition("=")
    return name.strip(), value.strip()


def _about(text: str) -> str:
    """Return what a text is about: a later one about the same replaces it. In words, case and blanks do not matter."""
    kind, _, rest = text.partition(" ")
    name, _ = _halves(kind, rest)
    return f"{kind} {'_'.join(name.lower().split())}" if kind == "class" else f"{kind} {name}".strip()


def _rate(text: str) -> float:
    try:
        rate_hz = float(text)
    except ValueError:
        rate_hz = 0.0
    if not 0 < rate_hz < 100_000:
        raise BadPlan(f"got the rate '{text}' of traces; expected values per second, such as trace rate=25; correct it")
    return rate_hz


def _range(text: str) -> tuple[str, tuple[float, float]]:
    name, _, span = text.partition("=")
    if (range := from_text(span)) is None:
        raise BadPlan(
            f"got range '{text}'; expected a target and two numbers, the lower one first, such as arousal=1:9"
        )
    return name.strip(), range
