"""Bring answers of others to a project's clips and classes, and name those that do not fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import few
from seral_core.errors import BadLabel, BadPlan, SeralError
from seral_core.exchange.asked import Asked as Asked
from seral_core.exchange.clips import clips_in, mixed
from seral_core.exchange.contents import Contents, answer_id
from seral_core.exchange.flat import NAMELESS
from seral_core.exchange.numbers import Numbers, own_on_scales
from seral_core.store import Answer
from seral_core.types import Target, Task


class Scope(NamedTuple):
    """Which answers a file of others is about: of whom, on which clips, and to what.

    Examples
    --------
    >>> Scope(frozenset({"ann"}), frozenset({"a.wav"}), frozenset({"emotion"})).raters
    frozenset({'ann'})
    """

    raters: frozenset[str]
    segments: frozenset[str]
    targets: frozenset[str]


class Fitted(NamedTuple):
    """What a file gives a project.

    Parameters
    ----------
    own, others : list of Answer
        Rows that SERAL exported, and answers of others in the project's words.
    fit : int
        How many of all these are of use to the project.
    notes : tuple of str
        A sentence each.
    scope : Scope
        Of the answers of others, those that were left out among them.

    Examples
    --------
    >>> len(Fitted([], [], 0, (), Scope(frozenset(), frozenset(), frozenset())).others)
    0
    """

    own: list[Answer]
    others: list[Answer]
    fit: int
    notes: tuple[str, ...]
    scope: Scope


def fitted(contents: Contents, asked: Asked) -> Fitted:
    """Return the answers to store, how many of them fit a project, and what does not.

    Rows that SERAL wrote are kept as they are, whatever they say, but for numbers on another scale. Answers of others
    get the project's ids, names, classes and scales; those that do not fit are left out.

    Parameters
    ----------
    contents : Contents
        What a file holds.
    asked : Asked
        What the project asks.

    Raises
    ------
    SeralError
        When the recordings cannot be opened, and there are answers of others.
    BadPlan
        When a column was said to be a target, and the file has no such column.

    Examples
    --------
    >>> theirs = [Answer("1", "x/a.wav", "Emotion", "Angry", rater="r"), Answer("2", "b", "Emotion", "calm", rater="r")]
    >>> found = fitted(Contents(others=theirs), Asked(toy_corpus().task, toy_corpus))
    >>> [(answer.segment, answer.target, answer.value) for answer in found.others], found.fit
    ([('a.wav', 'emotion', 'anger')], 1)
    """
    own, moved = own_on_scales(contents, asked)
    try:
        corpus = asked.corpus()
    except SeralError as why:
        if contents.others:
            raise
        note = f"nothing was compared with the project's recordings, which cannot be opened: {why}"
        return Fitted(own, [], len(own), (*moved, note), Scope(frozenset(), frozenset(), frozenset()))
    fit = _Fit(asked.without_words() if contents.as_said else asked, corpus, contents)
    kept = [row for answer in contents.others if (row := fit.row(answer)) is not None]
    here = corpus.here(row.segment for row in own)
    odd = [row for row in own if row.kind == "answer" and not (row.segment in here and _fits(row, asked.task))]
    stored = f"rows that SERAL exported are stored, but {len(odd)} do not fit the clips and classes of this project"
    notes = (*moved, *((f"{stored}, first {odd[0].segment}: {odd[0].target} = {odd[0].value}",) if odd else ()))
    notes = (*fit.notes, *_replaced(kept), *notes, *_unused(asked, contents))
    return Fitted(own, kept, len(own) - len(odd) + len(kept), notes, fit.scope)


class _Fit:
    """How others' names become the project's, and what was found that has no place in it."""

    def __init__(self, asked: Asked, corpus: Corpus, contents: Contents) -> None:
        others = contents.others
        self.asked = asked
        _check_columns(asked, others)
        self.places, self.is_table = clips_in(contents, corpus), contents.as_said
        self.clips, self.joins = self.places.found, self.places.notes
        self.targets, self.guesses = _targets([row for row in others if row.segment in self.clips], asked)
        self.numbers = Numbers(others, self.targets, asked, contents.ranges)
        self.mapped: dict[str, str] = {}
        self.wrong: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.answers = len(others)
        self.corpus = corpus
        targets = frozenset(target.name for target in self.targets.values())
        self.scope = Scope(frozenset(row.rater for row in others), frozenset(self.clips.values()), targets)

    def row(self, answer: Answer) -> Answer | None:
        """Return an answer in the project's words; None, counted, where it does not fit."""
        segment = self.clips.get(answer.segment)
        if segment is None:
            self.wrong[self._place(answer.segment)].append(answer.segment)
            return None
        if answer.kind not in ("answer", "unsure"):
            return self._renamed(answer, segment=segment)
        target = self.targets.get(answer.target)
        if target is None:
            self.wrong["target", answer.target].append(answer.segment)
            return None
        if why := self.numbers.refused.get(answer.target):
            self.wrong["scale", f"{answer.target}: {why}"].append(answer.segment)
            return None
        try:
            value = self._value(answer, target)
        except BadLabel:
            kind = "number" if target.is_scale else "word"
            self.wrong[kind, f"{target.name} = {answer.value}"].append(answer.segment)
            return None
        if value == "":
            self.wrong["as asked", str(answer.value)].append(answer.segment)
            return None
        others = tuple(self.asked.class_of(word, target) or word for word in answer.secondary)
        return self._renamed(answer, segment=segment, target=target.name, value=value, secondary=others)

    def _place(self, segment: str) -> tuple[str, str]:
        """Return why no clip was found, and the name as it is written."""
        name = self.places.names[segment]
        if same := self.places.elsewhere.get(segment):
            return "folder", f"{name} is not {same}"
        if same := self.places.doubtful.get(segment):
            return "doubt", f"{name} may be {same}"
        return "clip", name

    def _value(self, answer: Answer, target: Target) -> Any:
        if answer.value is None:
            return None
        if target.is_scale:
            try:
                return target.check(self.numbers.value(answer.target, float(answer.value), target))
            except ValueError:
                raise BadLabel(str(answer.value)) from None
        word = repr(answer.value).removesuffix(".0") if isinstance(answer.value, float) else answer.value
        meant = self.asked.class_of(word, target)
        if meant is None:
            raise BadLabel(word)
        if meant and meant != answer.value:
            self.mapped[word] = meant
        return meant

    def _renamed(self, answer: Answer, **names: Any) -> Answer:
        if all(getattr(answer, name) == value for name, value in names.items()):
            return answer
        own = answer.id if answer.id == NAMELESS else answer_id(answer.id, *map(str, names.values()))
        return replace(answer, id=own, **names)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was mapped, joined or left out, a sentence each."""
        words = [f"{word} is {meant}" for word, meant in self.mapped.items()]
        notes = [*self.joins, *self.guesses, *self.numbers.notes]
        notes += [f"words were read as the project's classes: {few(words, 12)} (--class WORD=CLASS)"] if words else []
        by_kind: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for (kind, what), clips in self.wrong.items():
            by_kind[kind][what] = clips
        return (*notes, *(self._said(kind, found) for kind, found in by_kind.items()))

    def _said(self, kind: str, found: Mapping[str, Sequence[str]]) -> str:
        many = sum(map(len, found.values()))
        what, clips = next(iter(found.items()))
        counts = few([f"{name} ({len(own)})" for name, own in found.items()], 8)
        left = f"answers left out: {many} of {self.answers}"
        match kind:
            case "clip":
                hint = "; they name channels, which this project does not tell apart (--channel each)"
                hint *= bool(self.corpus.here(filter(None, map(mixed, found))))
                return f"{left}, since their clips are not in the project: {few(list(found))}{hint}"
            case "folder":
                hint = "; or name the column that has their folders (--column file=NAME)" * self.is_table
                return (
                    f"{left}, since the project has clips of these names in other folders only: {few(list(found))}; if "
                    f"they are the same clips, write their names as the project has them{hint}"
                )
            case "doubt":
                return f"{left}, since several clips fit their names: {few(list(found))}; write their folders too"
            case "target":
                hint = f"--column {self.asked.task[0].name}={what}"
                return f"{left}, since the project does not ask {counts}; if it is one of its targets: {hint}"
            case "as asked":
                return f"{left}, as asked: {counts}"
            case "scale":
                return " ".join(f"{left}, all of {name}" for name in found)
            case "number":
                return f"{left}, since they are no numbers of its scale: {counts}, first for {clips[0]}"
        word = what.partition(" = ")[2]
        return (
            f"{left}, since they are none of the project's classes: {counts}, first for {clips[0]}; say which class a "
            f"word is (--class '{word}=CLASS'), or leave it out (--class '{word}=')"
        )


def _check_columns(asked: Asked, others: Sequence[Answer]) -> None:
    """Raise where a column was said to be a target here, and the file has none of that name."""
    known = {answer.target for answer in others}
    for text in asked.columns:
        target, _, name = (part.strip() for part in text.partition("="))
        if others and target in {own.name for own in asked.task} and not {target, name} & known:
            raise BadPlan(f"got the column '{name}' for {target}; the file has {few(sorted(known), 12)}; correct it")


def _unused(asked: Asked, contents: Contents) -> tuple[str, ...]:
    """Say which words were given a class here though nothing in the file says them."""
    if contents.as_said or not asked.classes:
        return ()
    here = {str(word).strip().lower() for row in contents.others for word in (row.value, *row.secondary)}
    words = [word for text in asked.classes if (word := text.rpartition("=")[0].strip()).lower() not in here]
    return (f"no answer of others says {few(words)}, so that --class changes nothing there",) if words else ()


def _targets(others: Sequence[Answer], asked: Asked) -> tuple[dict[str, Target], list[str]]:
    """Return the project's target for each name of theirs: by name, or by the classes that were given for it."""
    by_name = {target.name: target for target in asked.task if not target.rate_hz}
    lower = {name.lower(): target for name, target in by_name.items()}
    values: dict[str, set[str]] = defaultdict(set)
    for answer in others:
        if answer.kind == "answer" and isinstance(answer.value, str):
            values[answer.target].add(answer.value)
    names = list(dict.fromkeys(answer.target for answer in others if answer.kind in ("answer", "unsure")))
    said = {name: by_name[own] for name, own in asked.names.items() if own in by_name}
    found = {name: lower[name.lower()] for name in names if name.lower() in lower} | said
    free = [target for target in by_name.values() if target not in found.values() and not target.is_scale]
    notes = []
    for name in (name for name in names if name not in found):
        fits = [
            t for t in free if 2 * sum(asked.class_of(w, t) is not None for w in values[name]) >= len(values[name]) > 0
        ]
        if len(fits) == 1:
            found[name] = fits[0]
            notes.append(f"'{name}' is taken for {fits[0].name}, since its words fit (--column {fits[0].name}={name})")
    return found, notes


def _fits(row: Answer, task: Task) -> bool:
    target = next((target for target in task if target.name == row.target), None)
    if target is None:
        return False
    try:
        return row.value is None or target.check(row.value) is not None
    except BadLabel:
        return False


def _replaced(kept: Sequence[Answer]) -> tuple[str, ...]:
    """Say how many answers replace another one of the same rater."""
    last: dict[tuple[str, ...], Answer] = {}
    often = []
    for row in kept:
        place = (row.rater, row.segment, row.target)
        if row.kind == "answer" and place in last and last[place].value != row.value:
            often.append(row.segment)
        last[place] = row if row.kind == "answer" else last.get(place, row)
    return (f"answers that replace an earlier one of the same rater: {len(often)} ({few(often)})",) * bool(often)
