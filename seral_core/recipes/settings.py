"""Settings of recipes: each declares its own, once; command line, pages and ``recipe.toml`` follow from that."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

from seral_core.errors import BadPlan, UnknownName

#: What a setting means, where its type does not say so. From "reader" on, it is about a corpus that another one names.
Kind = Literal["", "corpus", "file", "learner", "reader", "ranges", "features", "targets", "part"]
#: Text of these is a path, or may be one.
PATHS = ("corpus", "file")
TYPES = {
    tuple: "a tuple of names",
    str: "text",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
}


@dataclass(frozen=True)
class Option:
    """One setting of a recipe, as people are asked for it.

    Parameters
    ----------
    name : str
        Of the field.
    default : str, int, float, bool or tuple of str
        Its type is the setting's.
    help : str
        What it does, in a sentence.
    flag : str
        Name on the command line, without dashes.
    label : str
        Name on a page.
    shown : str
        What the default means, where it does not say so itself: ``"the paper's"``.
    least : int or float, optional
        Smallest value besides the default.
    choices : tuple of str
        Values that are allowed besides the default; empty for any.
    kind : str
        One of `Kind`.
    of : str
        Of a reader, ranges, features, targets or test part: the setting that names their corpus.
    rare : bool
        Whether pages keep it out of the first view.
    """

    name: str
    default: Any
    help: str
    flag: str
    label: str
    shown: str = ""
    least: float | None = None
    choices: tuple[str, ...] = ()
    kind: Kind = ""
    of: str = "corpus"
    rare: bool = False

    def check(self, value: Any) -> None:
        """Raise the error that says why ``value`` cannot be.

        Raises
        ------
        BadPlan
            When it is of another type, or too small.
        UnknownName
            When it is not among the choices.
        """
        wanted = type(self.default)
        if not isinstance(value, int | float if wanted is float else wanted):
            raise BadPlan(f"{self.name} is {value!r}; expected {TYPES[wanted]}; correct it")
        if value == self.default:
            return
        if self.choices and value not in self.choices:
            raise UnknownName(self.name, str(value), self.choices)
        if self.least is not None and not value >= self.least:  # nor nan
            alike = f", or {self.default} for {self.shown}" if self.shown else ""
            raise BadPlan(f"{self.name} is {value}; expected {self.least} or more{alike}; correct it")


def option(default: Any, help: str, **more: Any) -> Any:
    """Return the field of a setting.

    Parameters
    ----------
    default : str, int, float, bool or tuple of str
        Its value where the user sets nothing; 0 or empty often means the paper's own.
    help : str
        What it does, in a sentence.
    **more
        Further parameters of `Option`; ``flag`` and ``label`` are made from the field's name where they are left out.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Mine(Settings):
    ...     step: int = option(0, "Labels a round.", least=1, shown="the paper's")
    >>> Mine(step=20)
    Mine(quick=False, step=20)
    >>> Mine(step=-1)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: step is -1; expected 1 or more, or 0 for the paper's; correct it
    """
    return field(default=default, metadata={"help": help, **more})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a user can set of every recipe; each has a frozen dataclass of its own that adds to it.

    Parameters
    ----------
    quick : bool
        Fewer repetitions and larger steps, for a first look.

    Raises
    ------
    BadPlan
        When a value cannot be.
    UnknownName
        When a value is not among the choices.
    """

    quick: bool = option(False, "Fewer repetitions and larger steps, for a first look.", label="Quick")

    def __post_init__(self) -> None:
        for each in options(type(self)):
            each.check(getattr(self, each.name))

    def choose(self, name: str, paper: int, quick: int | None = None) -> int:
        """Return a number that the user set, or the paper's, or the one for a first look.

        Parameters
        ----------
        name : str
            Of a setting that is 0 where the user set nothing.
        paper : int
            As in the paper, or what fits into the pool.
        quick : int, optional
            Where ``quick`` is on; left out: the paper's.

        Examples
        --------
        >>> @dataclass(frozen=True, kw_only=True)
        ... class Mine(Settings):
        ...     repetitions: int = option(0, "How often.", least=1, shown="the paper's")
        >>> Mine().choose("repetitions", 10, quick=3), Mine(quick=True).choose("repetitions", 10, quick=3)
        (10, 3)
        >>> Mine(quick=True, repetitions=5).choose("repetitions", 10, quick=3)
        5
        """
        return int(getattr(self, name)) or (paper if quick is None or not self.quick else quick)


def options(kind: type[Settings]) -> tuple[Option, ...]:
    """Return the settings that a recipe has: its own, in their order, then those that all have.

    Parameters
    ----------
    kind : type
        A recipe's dataclass of settings; all its fields are made by `option`.

    Examples
    --------
    >>> [(each.name, each.flag, each.label) for each in options(Settings)]
    [('quick', 'quick', 'Quick')]
    """
    common = {each.name for each in fields(Settings)}
    found = sorted(fields(kind), key=lambda each: each.name in common)
    return tuple(
        Option(
            **{
                "name": each.name,
                "default": each.default,
                "flag": each.name.replace("_", "-"),
                "label": each.name.replace("_", " ").capitalize(),
                **each.metadata,
            }
        )
        for each in found
    )


def as_words(settings: Settings) -> list[str]:
    """Return in words what differs from the defaults, the corpora first.

    Parameters
    ----------
    settings : Settings
        Of any recipe.

    Examples
    --------
    >>> as_words(Settings(quick=True))
    ['quick']
    """
    known = [(each, getattr(settings, each.name)) for each in options(type(settings))]
    corpora = [str(value) for each, value in known if each.kind == "corpus" and value]
    words = [f"on {' and '.join(dict.fromkeys(corpora))}"] if corpora else []
    for each, value in known:
        if value == each.default or each.kind in ("corpus", "file", "reader", "ranges", "features"):
            continue
        if isinstance(value, bool):
            words.append(each.flag if value else f"no {each.flag}")
        elif isinstance(value, tuple):
            words.append(", ".join(value))
        else:
            words.append(str(value) if each.choices or each.kind else f"{each.flag} {value}")
    return words
