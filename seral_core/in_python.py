"""Sentences of the command line as Python writes them: ``--normalise off`` is ``normalise='off'`` there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from seral_core.errors import SeralError

#: An option and, where a sentence gives one, its value.
_OPTION = re.compile(r"--([a-z][a-z-]*)(?:[ =]('[^']*'|[^\s,;()]+))?")
#: Options whose values are ``name=meaning``, by the arguments of `seral_core.dataset.data` that are mappings.
_MAPPINGS = {"class": "words", "column": "columns", "range": "ranges"}
#: Words that go on with the sentence after an option.
_GO_ON = frozenset(("and", "or", "for", "to", "of", "in", "is", "as", "where", "keeps", "takes"))


def in_python(text: str) -> str:
    """Return a sentence with options of the command line written as arguments.

    Examples
    --------
    >>> in_python("it uses the clips of test speakers too (--normalise off)")
    "it uses the clips of test speakers too (normalise='off')"
    >>> in_python("range of arousal guessed: [1, 5] (--range arousal=LOW:HIGH for another)")
    "range of arousal guessed: [1, 5] (ranges={'arousal': (LOW, HIGH)} for another)"
    >>> in_python("emotion is 9 apart from all others; if it means no answer: --class 9=")
    "emotion is 9 apart from all others; if it means no answer: words={'9': ''}"
    >>> in_python("raise --budget or lower --initial")
    'raise budget or lower initial'
    """
    return _OPTION.sub(_argument, text)


@contextmanager
def speaking_python() -> Iterator[None]:
    """Have errors that are raised within say what to do as Python writes it.

    Examples
    --------
    >>> with speaking_python():
    ...     raise SeralError("lower --budget")
    Traceback (most recent call last):
    seral_core.errors.SeralError: lower budget
    """
    try:
        yield
    except SeralError as wrong:
        wrong.args = tuple(in_python(each) if isinstance(each, str) else each for each in wrong.args)
        raise


def _argument(found: re.Match[str]) -> str:
    option, value = found[1].replace("-", "_"), (found[2] or "").strip("'")
    if found[2] and value in _GO_ON:
        return f"{option} {value}"
    name, equals, meaning = value.partition("=")
    if option in _MAPPINGS and equals:
        ends = meaning.split(":")
        meant = f"({', '.join(ends)})" if option == "range" and len(ends) == 2 else repr(meaning)
        return f"{_MAPPINGS[option]}={{{name!r}: {meant}}}"
    if not value:
        return _MAPPINGS.get(option, option)
    return f"{option}={value if value.lstrip('-').isdecimal() else repr(value)}"
