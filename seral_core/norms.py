"""Affective norms: where the words for emotions lie on valence, arousal and dominance.

They join classes and scales: a probability of each class becomes a place on the scales. Eight words
come with SERAL; a full lexicon can be read, and anybody may set values of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from seral_core.errors import BadCorpus, BadPlan
from seral_core.files import read_text
from seral_core.types import Floats, Target

DIMENSIONS = ("valence", "arousal", "dominance")
#: Other names of the three dimensions, as corpora and lexica write them.
ALIASES = {
    "v": "valence", "pleasure": "valence", "pleasantness": "valence", "evaluation": "valence",
    "a": "arousal", "activation": "arousal", "activity": "arousal",
    "d": "dominance", "power": "dominance", "control": "dominance", "potency": "dominance",
}  # fmt: skip
#: The noun that SERAL writes for a class, and the word that lexica are asked for where they lack
#: it.
ADJECTIVES = {
    "anger": "angry", "happiness": "happy", "sadness": "sad", "disgust": "disgusted", "fear": "fearful",
    "surprise": "surprised", "frustration": "frustrated", "neutral": "neutral", "boredom": "bored",
    "excitement": "excited", "calm": "calm", "contempt": "contemptuous",
}  # fmt: skip
NOUNS = {adjective: noun for noun, adjective in ADJECTIVES.items()}
#: So many bad lines are listed one by one.
TOLD = 3


def dimension(name: str) -> str:
    """Return valence, arousal or dominance for any of their names; another name comes back as it was.

    Examples
    --------
    >>> dimension("Activation"), dimension("power"), dimension("intensity")
    ('arousal', 'dominance', 'intensity')
    """
    low = name.strip().lower()
    return low if low in DIMENSIONS else ALIASES.get(low, name)


@dataclass(frozen=True)
class Norms:
    """Where words lie, each dimension in [0, 1].

    Parameters
    ----------
    values : mapping of str to mapping of str to float
        Word to dimension (under any of its names) to value in [0, 1]. Kept in lower case.

    Raises
    ------
    BadPlan
        When a value is no number in [0, 1], or a dimension is none.

    Examples
    --------
    >>> own = NRC.with_({"boredom": {"valence": 0.2, "arousal": 0.1, "dominance": 0.3}})
    >>> own.of(("anger", "boredom"), (Target("arousal", low=1, high=5),))
    array([[4.32],
           [1.4 ]])
    >>> NRC.of(("boredom",), (Target("arousal"),))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: no norm for the class 'boredom' (looked for boredom, bored); expected a value ...
    """

    values: Mapping[str, Mapping[str, float]]

    def __post_init__(self) -> None:
        kept = {word.strip().lower(): {dimension(n): v for n, v in of.items()} for word, of in self.values.items()}
        object.__setattr__(self, "values", kept)
        for word, of_word in kept.items():
            for name, value in of_word.items():
                if name not in DIMENSIONS or not _in_unit(value):
                    raise BadPlan(
                        f"the norm of '{word}' on {name} is {value!r}; expected a number in [0, 1] "
                        f"on each of {', '.join(DIMENSIONS)}; correct it"
                    )

    def __hash__(self) -> int:
        return hash(frozenset(self.values))

    @classmethod
    def read(cls, path: str | Path, low: float = 0.0, high: float = 1.0) -> Norms:
        """Read a lexicon, such as the NRC VAD Lexicon: ``word<TAB>valence<TAB>arousal<TAB>dominance``.

        A first line with names of columns may give another order.

        Parameters
        ----------
        path : str or Path
            Text in UTF-8.
        low, high : float
            Ends of the lexicon's scales, such as 1 and 9; values are brought to [0, 1].

        Raises
        ------
        BadCorpus
            When the file cannot be read; bad lines are listed by number.
        BadPlan
            When ``low`` is not below ``high``.
        """
        if not low < high:
            raise BadPlan(f"got [{low:g}, {high:g}] as the lexicon's scales; expected low below high, such as 1 and 9")
        lines = list(_lines(Path(path)))
        columns = _columns(path, lines)
        rows = lines[1:] if columns else lines
        if not rows:
            raise BadCorpus(
                f"{path} has no line but that of the columns' names; expected words after it; correct the file"
            )
        return cls(_words(path, rows, columns or DIMENSIONS, low, high))

    def with_(self, own: Mapping[str, Mapping[str, float]]) -> Norms:
        """Return the norms with some values added or replaced.

        Parameters
        ----------
        own : mapping of str to mapping of str to float
            Class as the corpus writes it, to dimension (under any of its names) to value in [0, 1].
        """
        more = Norms(own).values
        return replace(self, values={**self.values, **{word: {**self._found(word), **more[word]} for word in more}})

    def dimensions(self, classes: Sequence[str]) -> tuple[str, ...]:
        """Return the dimensions on which any of these classes has a norm.

        Examples
        --------
        >>> NRC.dimensions(("anger", "boredom")), NRC.dimensions(("female", "male"))
        (('valence', 'arousal', 'dominance'), ())
        """
        return tuple(d for d in DIMENSIONS if any(d in self._found(name) for name in classes))

    def of(self, classes: Sequence[str], targets: Sequence[Target]) -> Floats:
        """Return where classes lie on scales, in each scale's native units.

        Parameters
        ----------
        classes : sequence of str
            Such as ``target.classes``. Each is looked up as it is written, then as the adjective of
            its noun (anger: angry) or the noun of its adjective.
        targets : sequence of Target
            Scales named as one of the dimensions, or by one of its other names.

        Returns
        -------
        Floats of shape (classes, targets)
            [0, 1] is mapped to ``[low, high]`` of each target.

        Raises
        ------
        BadPlan
            When a class has no norm on a dimension; the message names both.

        Examples
        --------
        >>> NRC.of(("anger", "sad"), (Target("valence", low=1, high=5), Target("activation", low=-1, high=1)))
        array([[ 1.488,  0.66 ],
               [ 1.9  , -0.334]])
        """
        places = np.array([[self._value(name, t.name) for t in targets] for name in classes], dtype=np.float64)
        low, high = np.array([t.low for t in targets]), np.array([t.high for t in targets])
        return np.asarray(low + (high - low) * places.reshape(len(classes), len(targets)))

    def _value(self, name: str, target: str) -> float:
        of_word = self._found(name)
        if dimension(target) in of_word:
            return of_word[dimension(target)]
        if of_word:
            have = ", ".join(of_word)
            what = f"no norm for the class '{name}' on {target} (it has {have})"
        else:
            what = f"no norm for the class '{name}' (looked for {', '.join(_spellings(name))})"
        raise BadPlan(
            f"{what}; expected a value in [0, 1] for each of {', '.join(DIMENSIONS)}; set it with "
            "norms.with_, give a lexicon file that has the word, or leave the class out"
        )

    def _found(self, name: str) -> Mapping[str, float]:
        return next((self.values[word] for word in _spellings(name) if word in self.values), {})


def _spellings(name: str) -> tuple[str, ...]:
    low = name.strip().lower()
    other = ADJECTIVES.get(low) or NOUNS.get(low)
    return (low,) if other in (None, low) else (low, str(other))


def _in_unit(value: object) -> bool:
    try:
        return 0.0 <= float(value) <= 1.0  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


#: Mohammad, Obtaining reliable human ratings of valence, arousal, and dominance for 20,000 English
#: words, ACL 2018, as printed in Table 1 of Xu et al., Cross-task inconsistency based active
#: learning (CTIAL) for emotion recognition, IEEE Transactions on Affective Computing, 2024.
NRC = Norms(
    {
        word: dict(zip(DIMENSIONS, place, strict=True))
        for word, place in {
            "angry": (0.122, 0.830, 0.604),
            "happy": (1.000, 0.735, 0.772),
            "sad": (0.225, 0.333, 0.149),
            "disgusted": (0.051, 0.773, 0.274),
            "fearful": (0.083, 0.482, 0.278),
            "surprised": (0.784, 0.855, 0.539),
            "frustrated": (0.080, 0.651, 0.255),
            "neutral": (0.469, 0.184, 0.357),
        }.items()
    }
)


def norms(path: str = "") -> Norms:
    """Return the eight words that come with SERAL, and before them what a lexicon file says.

    Parameters
    ----------
    path : str
        As in `Norms.read`; a line for each class that the built-in words lack is enough. Empty for
        those alone.

    References
    ----------
    .. [1] Mohammad, Obtaining reliable human ratings of valence, arousal, and dominance for 20,000
       English words, ACL 2018.

    Examples
    --------
    >>> dict(norms().values["sad"])
    {'valence': 0.225, 'arousal': 0.333, 'dominance': 0.149}
    """
    if not path:
        return NRC
    own = Norms.read(path)
    usual = {word: of for word, of in NRC.values.items() if not own._found(word)}
    return replace(own, values={**usual, **own.values})


Line: TypeAlias = tuple[int, list[str]]
Words: TypeAlias = dict[str, dict[str, float]]


def _lines(path: Path) -> Iterator[Line]:
    """Go through the lines that hold anything, each with its number and its cells."""
    try:
        text = read_text(path, "utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        raise BadCorpus(
            f"norms cannot be read from {path}: {wrong}; expected text in UTF-8 with lines of "
            "word<TAB>valence<TAB>arousal<TAB>dominance; correct the path or the file"
        ) from wrong
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, [cell.strip() for cell in line.rstrip().split("\t")]


def _columns(path: str | Path, lines: Sequence[Line]) -> tuple[str, ...]:
    """Return the dimensions that a header names, in its order; none where the first line is no header."""
    if not lines:
        raise BadCorpus(f"{path} is empty; expected lines of word<TAB>valence<TAB>arousal<TAB>dominance")
    number, cells = lines[0]
    if len(cells) < 2 or any(_number(cell) is not None for cell in cells[1:]):
        return ()
    found = tuple(dimension(cell) for cell in cells[1:])
    if sorted(found) != sorted(set(found) & set(DIMENSIONS)):
        raise BadCorpus(
            f"line {number} of {path} names the columns {', '.join(cells[1:])}; expected valence, "
            "arousal and dominance, each once, or numbers with a point; correct them"
        )
    return found


def _words(path: str | Path, rows: Sequence[Line], columns: Sequence[str], low: float, high: float) -> Words:
    words: Words = {}
    wrong: list[str] = []
    for number, (word, *cells) in rows:
        place = _place(cells, columns, low, high)
        if not word or place is None:
            wrong.append(f"line {number} is '{' '.join([word, *cells])}'")
        elif words.setdefault(word.lower(), place) != place:
            wrong.append(f"line {number} has other values for '{word}' than a line before")
    if wrong:
        more = f"; and {len(wrong) - TOLD} more" if len(wrong) > TOLD else ""
        raise BadCorpus(
            f"{path} cannot be read as norms: {'; '.join(wrong[:TOLD])}{more}; expected a word and "
            f"its {', '.join(columns)} in [{low:g}, {high:g}], with tabs between; correct the "
            f"file{_other_scale(rows, columns, low, high)}"
        )
    return words


def _other_scale(rows: Sequence[Line], columns: Sequence[str], low: float, high: float) -> str:
    """Say how a lexicon on another scale is read, where all lines are numbers outside this one."""
    cells = [[_number(cell) for cell in cells] for _, (_, *cells) in rows]
    found = [number for line in cells for number in line if number is not None and number == number]
    if len(found) < len(rows) * len(columns) or (low <= min(found) and max(found) <= high):
        return ""
    return (
        f", or bring its values of {min(found):g} to {max(found):g} to [{low:g}, {high:g}], as "
        "Norms.read(path, low, high) does with the ends of its scales"
    )


def _place(cells: Sequence[str], columns: Sequence[str], low: float, high: float) -> dict[str, float] | None:
    """Return the values of one word in [0, 1], or None where the cells are no such values."""
    values = [number for cell in cells if (number := _number(cell)) is not None]
    if len(values) != len(cells) or len(values) != len(columns):
        return None
    scaled = [(value - low) / (high - low) for value in values]
    return dict(zip(columns, scaled, strict=True)) if all(map(_in_unit, scaled)) else None


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
