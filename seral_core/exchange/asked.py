"""What a project asks, and what was said of the words, columns and numbers of a file of others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from seral_core.corpora.columns import CLASS, DESCRIPTION, ROLES, SCALE
from seral_core.corpora.corpus import Corpus, noun
from seral_core.corpora.reading import AS_FOUND, Reading, check_said
from seral_core.errors import BadPlan, UnknownName
from seral_core.types import Target, Task

#: What a column may be said to be, besides one of the project's targets; only tables have such.
_OF_TABLES = (*ROLES, DESCRIPTION, CLASS, SCALE)


@dataclass(frozen=True)
class Asked:
    """What a project asks.

    Parameters
    ----------
    task : tuple of Target
        Its targets.
    corpus : callable
        Opens its recordings.
    classes : sequence of str
        What words of others mean, as ``word=class``; without a class, such answers are left out.
    columns : sequence of str
        What others call a target, as ``target=name``; for tables also ``role=name``, as in a reading.
    ranges : sequence of str
        Which range the numbers of others are in, as ``target=low:high``.
    remembered : Reading
        What is remembered of the file; what is said here stands over it.

    Raises
    ------
    BadPlan
        When a part of ``classes``, ``columns`` or ``ranges`` is not of that form, or two of them contradict;
        `UnknownName` for a class or target that the project has not got.

    Examples
    --------
    >>> asked = Asked(toy_corpus().task, toy_corpus, ("Furious=anger", "xxx="), ("emotion=feeling",))
    >>> asked.words, asked.names
    ({'furious': 'anger', 'xxx': ''}, {'feeling': 'emotion'})
    """

    task: Task
    corpus: Callable[[], Corpus]
    classes: Sequence[str] = ()
    columns: Sequence[str] = ()
    ranges: Sequence[str] = ()
    remembered: Reading = AS_FOUND

    def __post_init__(self) -> None:
        check_said(self.said)
        known = [name for target in self.task for name in target.classes]
        own = [target.name for target in self.task]
        options = self.said.options
        for meant in options.get("words", {}).values():
            if meant and meant not in known:
                raise UnknownName("class", meant, known)
        for role in options.get("columns", {}):
            if role not in (*own, *_OF_TABLES):
                raise UnknownName("target", role, own)

    @property
    def said(self) -> Reading:
        """What was said, as a reading."""
        said = (*(f"column {text}" for text in self.columns), *(f"class {text}" for text in self.classes))
        return Reading(ranges=tuple(self.ranges), said=said)

    @property
    def how(self) -> Reading:
        """What was said, over what is remembered."""
        return self.said.over(self.remembered)

    @property
    def words(self) -> dict[str, str]:
        """What words of others mean, in small letters."""
        return {word.lower(): meant for word, meant in self.how.options.get("words", {}).items()}

    @property
    def names(self) -> dict[str, str]:
        """Target by what others call it."""
        own = {target.name for target in self.task}
        columns = self.how.options.get("columns", {})
        return {name.strip(): role for role, names in columns.items() if role in own for name in names.split(",")}

    def without_words(self) -> Asked:
        """Return the same for a file whose words mean already what was said of them."""
        kept = tuple(text for text in self.remembered.said if not text.startswith("class "))
        return replace(self, classes=(), remembered=replace(self.remembered, said=kept))

    def class_of(self, word: str, target: Target) -> str | None:
        """Return the class that a word means; empty for none at all, None where nobody knows.

        Examples
        --------
        >>> asked = Asked(toy_corpus().task, toy_corpus, ("xxx=",))
        >>> [asked.class_of(word, toy_corpus().task[0]) for word in ("anger", "ANGRY", "xxx", "calm")]
        ['anger', 'anger', '', None]
        """
        meant = self.words.get(word.strip().lower())
        if meant == "":
            return ""
        for name in (word,) if meant is None else (meant, word):
            if name in target.classes:
                return name
            same = [own for own in target.classes if noun(own) == noun(name)]
            if len(same) == 1:
                return same[0]
        return None


def for_table(said: Reading, columns: Collection[str], name: str) -> Reading:
    """Return what was said of a file as the reader of tables takes it: names of targets may be no columns of its own.

    Parameters
    ----------
    said : Reading
        What was said.
    columns : collection of str
        Of the table; none where the file is no plain table.
    name : str
        Of the file.

    Raises
    ------
    BadPlan
        When a column was said to be something that only tables have, and the file is none.

    Examples
    --------
    >>> for_table(Reading(said=("column emotion=feeling",)), (), "tasks.json").said
    ()
    """
    kept = []
    for text in said.said:
        role, _, column = text.partition(" ")[2].partition("=")
        if text.startswith("column "):
            of_table = role.strip() in _OF_TABLES
            if of_table and not columns:
                raise BadPlan(
                    f"got --column {role}={column} for {name}, which is no table; expected one of the project's "
                    "targets before the sign; leave it out"
                )
            if not of_table and column.strip().lower() not in columns:
                continue
        kept.append(text)
    return replace(said, said=tuple(kept))
