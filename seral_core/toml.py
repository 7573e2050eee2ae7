"""Dataclasses as TOML and back: what a file says is checked against the fields, and what is wrong is a sentence."""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from seral_core.errors import BadPlan, UnknownName
from seral_core.files import read_text

Kind = TypeVar("Kind")
#: TOML promises whole numbers of 64 bits, and so does everything that a seed or a count is handed
#: to.
LARGEST = 2**63 - 1
#: Letters of the longest file that is read: settings of the largest experiments have a hundredth of it.
LONGEST = 4_000_000
_DOTS = 50
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*"""
_DOTTED = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:{_PART}\.[ \t]*){{{_DOTS},}}", re.MULTILINE)
SEAL = "# not to be edited; SHA-256 of what follows: "
_EXPECTED = {
    str: "a text between quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Path: "a path between quotes",
}


def to_toml(entries: Mapping[str, Any]) -> str:
    """Return plain data as TOML; dataclasses, tuples and paths in it become tables, lists and texts.

    Raises
    ------
    BadPlan
        When a text is no Unicode, as a file name in another encoding is.

    Examples
    --------
    >>> print(to_toml({"folder": Path("recordings"), "targets": ("arousal",)}), end="")
    folder = "recordings"
    targets = [
        "arousal",
    ]
    """
    import tomli_w

    text = tomli_w.dumps(_plain(entries))
    try:
        text.encode()
    except UnicodeEncodeError as wrong:
        line = text.splitlines()[text.count("\n", 0, wrong.start)]
        raise BadPlan(f"{line!r:.200} cannot be written down: it is not in UTF-8; rename the file or folder") from None
    return text


def sealed(text: str) -> str:
    """Return TOML with the hash of its content in a first line; `read` refuses it once it was edited.

    Examples
    --------
    >>> sealed("seed = 3").splitlines()
    ['# not to be edited; SHA-256 of what follows: 450c1a4be1d1f72d', 'seed = 3']
    """
    return f"{SEAL}{_hash(text)}\n{text}"


def parse(text: str, what: str) -> dict[str, Any]:
    """Return the entries of a TOML text.

    Parameters
    ----------
    text : str
        Its content.
    what : str
        How the sentence calls it: ``"the plan"``.

    Raises
    ------
    BadPlan
        When it is not TOML.

    Examples
    --------
    >>> parse("seed = 3", "the plan")
    {'seed': 3}
    >>> parse("seed = ", "the plan")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: the plan is not TOML: Invalid value (at end of document); correct that line
    """
    if len(text) > LONGEST:
        raise BadPlan(f"{what} has {len(text):,} letters; expected at most {LONGEST:,}; is it another file?")
    if found := _DOTTED.search(text):  # they take the square of their number to read
        line = text.count("\n", 0, found.start()) + 1
        raise BadPlan(
            f"{what} has a key of more than {_DOTS} parts (at line {line}); expected fewer; correct that line"
        )
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))  # some editors put this mark there
    except (ValueError, RecursionError) as wrong:  # numbers of 5,000 digits and 500 brackets are no TOMLDecodeError
        raise BadPlan(f"{what} is not TOML: {str(wrong)[:200]}; correct that line") from None


def read(path: Path) -> dict[str, Any]:
    r"""Return the entries of a TOML file; raise `BadPlan` where it is not one, or was edited though it is sealed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "plan.toml"
    >>> _ = path.write_bytes(b"name = 'caf\xe9'")
    >>> read(path)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: ...plan.toml is not text in UTF-8 (byte 11); save it as that
    """
    try:
        text = read_text(path, "utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise BadPlan(f"{path} is not text in UTF-8 (byte {wrong.start}); save it as that") from None
    seal, _, rest = text.partition("\n")
    if seal.startswith(SEAL) and seal.removeprefix(SEAL) != _hash(rest):
        raise BadPlan(
            f"{path} was edited after the start, and what is recorded beside it does not belong to "
            "it any more; restore it, or start again in another folder (without its first line, "
            "if that is meant)"
        )
    return parse(text, str(path))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def build(kind: type[Kind], entries: Mapping[str, Any], what: str) -> Kind:
    """Return a dataclass made of the entries of a TOML table; what is left out has its default.

    Fields may be texts, numbers, truth values, paths, mappings of texts, other dataclasses, and
    tuples of these.

    Parameters
    ----------
    kind : type
        The dataclass.
    entries : mapping of str to anything
        As `parse` returns them.
    what : str
        How the sentence calls one of them: ``"plan entry"``.

    Raises
    ------
    UnknownName
        When there is no such entry.
    BadPlan
        When one is of another type, or is missing.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> build(Target, {"name": "emotion", "classes": ["anger", "fear"]}, "target entry").classes
    ('anger', 'fear')
    >>> build(Target, {"name": "emotion", "low": "1"}, "target entry")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: target entry low is '1'; expected a number, something like -1.0; correct it
    """
    known = _fields_of(cast(Any, kind))
    for name in entries:
        if name not in known:
            raise UnknownName(what, name[:80], known)
    missing = [name for name, (field, _) in known.items() if name not in entries and _needed(field)]
    if missing:
        raise BadPlan(f"{what} {' and '.join(missing)} is missing; expected a value; add it")
    values = {}
    for name, value in entries.items():
        field, hint = known[name]
        values[name] = _value(name, value, hint, f"{what} {name}", _default(field))
    return kind(**values)


def too_far(name: str, value: float, low: float) -> str:
    """Return the sentence that a number is below ``low``, or more than 64 bits hold.

    Examples
    --------
    >>> too_far("seed", -1, 0)
    'seed is -1; expected 0 or more; correct it'
    """
    most = f", at most {LARGEST}" if value > LARGEST else ""
    return f"{name} is {shown(value)}; expected {low:g} or more{most}; correct it"


@cache
def _fields_of(kind: Any) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return {field.name: (field, hints[field.name]) for field in fields(kind) if field.init}


def _needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _default(field: Field[Any]) -> Any:
    return None if field.default is MISSING else field.default


def _value(name: str, value: Any, hint: Any, what: str, default: Any) -> Any:
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (hint,) = [each for each in inside if each is not type(None)]
        return _value(name, value, hint, what, default)
    if origin is tuple:
        fits = isinstance(value, list) and (inside[0] is not str or all(isinstance(item, str) for item in value))
        _check(fits, value, what, _expected(hint, default))
        return tuple(_value(name, item, inside[0], what, default) for item in value)
    if is_dataclass(hint) and isinstance(hint, type):
        _check(isinstance(value, dict), value, what, f"a table, such as [{name}]")
        return build(hint, value, f"{name} entry")
    if origin is not None:  # a mapping of texts
        fits = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
        _check(fits, value, what, "a table of texts between quotes")
        return dict(value)
    return _plain_value(value, hint, what, default)


def _plain_value(value: Any, hint: Any, what: str, default: Any) -> Any:
    wanted: Any = {float: (int, float), Path: str}.get(hint, hint)
    fits = isinstance(value, wanted) and (hint is bool or not isinstance(value, bool))
    _check(fits, value, what, _expected(hint, default))
    if isinstance(value, float):
        _check(math.isfinite(value), value, what, "a finite number")
    elif isinstance(value, int):
        _check(-LARGEST <= value <= LARGEST, value, what, "a whole number of at most 64 bits")
    return Path(value) if hint is Path else value


def _check(fits: bool, value: Any, what: str, expected: str) -> None:
    if not fits:
        raise BadPlan(f"{what} is {shown(value)}; expected {expected}; correct it")


def shown(value: Any) -> str:
    """Return a value as text, shortened, but never what is within tables, for secrets are there."""
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value)):
        return "a table" if isinstance(value, dict) else "a list of tables"
    try:
        return f"{value!r:.80}"
    except ValueError:  # Python does not print whole numbers of 5,000 digits
        return "a very long number"


def _expected(hint: Any, default: Any) -> str:
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        if is_dataclass(inner):
            return "a list of tables"
        return "texts, something like ['arousal']" if inner is str else "a list, something like [0, 1]"
    plain = isinstance(default, str | int | float) and default != ""
    return _EXPECTED[hint] + (f", something like {default!r}" if plain else "")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value
