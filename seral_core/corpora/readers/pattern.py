"""Names of files as the user describes them: ``{speaker}_{emotion}_{take}.wav``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from seral_core.corpora.answers import Given, target_of, unused_words
from seral_core.corpora.base import readers
from seral_core.corpora.corpus import ABOUT, Corpus, checked, rating_frame, segment_index
from seral_core.corpora.files import AUDIO, audio_files, ending_of, few, some_audio
from seral_core.corpora.named import INTENDED
from seral_core.corpora.words import sexes
from seral_core.errors import BadCorpus
from seral_core.types import Target

#: Fields that are answers; all but these and those of `ABOUT` only describe.
_TARGETS = ("emotion", "arousal", "valence", "dominance", "activation", "intensity_rating")
_GIVEN = "as given with --pattern, such as {speaker}_{emotion}_{take}.wav"
_TAKEN = {"file", "start", "end", "segment", "rater", "target", "value"}
#: So many parts of one name may be of any length: each multiplies the ways in which a name can be taken apart.
MOST_WILD = 3
_FIELD = re.compile(r"\{([^\W\d]\w*)(?::(\d+))?\}|\*")


@dataclass(frozen=True)
class Pattern:
    """Recordings whose names and folders say who speaks and what was shown, as a pattern tells.

    ``emotion``, ``arousal``, ``valence`` and ``dominance`` are targets; ``speaker``, ``sex``, ``session``
    and ``split`` are what they are called; any other field describes. A field holds no sign that stands
    beside it in the pattern; ``{emotion:2}`` is exactly two letters. ``{_}`` is one part that is
    passed over, ``*`` is anything within a name. Folders above the pattern's do not matter.

    Parameters
    ----------
    pattern : str
        Such as ``{speaker}/{emotion}/*.wav``; without an ending, any ending fits.
    words : mapping of str to str
        What codes mean, such as ``{"W": "anger"}``; an empty text is no answer.
    ranges : mapping of target to (low, high)
        Native ranges of scales; left out: guessed.

    Examples
    --------
    >>> Pattern("{speaker}_{emotion}_{take}.wav").parse("study/anna_sad_03.wav")
    {'speaker': 'anna', 'emotion': 'sad', 'take': '03'}
    >>> Pattern("{speaker}_{emotion}_{take}.wav").parse("anna_very_sad_03.wav")
    """

    pattern: str = _GIVEN
    words: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    name: ClassVar[str] = "pattern"

    def parse(self, file: str) -> dict[str, str] | None:
        """Return the fields of a relative path, or None where it does not fit."""
        match = compiled(self.pattern).fullmatch(file)
        return None if match is None else match.groupdict()

    def recognises(self, path: Path) -> float:
        """Return how sure it is: the share of names that fit a pattern that was given."""
        files = audio_files(path) if self.pattern != _GIVEN else []
        good = sum(self.parse(file) is not None for file in files)
        return good / len(files) if files else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the folder ``path``; files that do not fit are left out and noted.

        Raises
        ------
        BadCorpus
            When no file fits, or the pattern is none.
        """
        if self.pattern == _GIVEN:
            raise BadCorpus(
                "the reader 'pattern' needs a pattern of names; got none; give it, such as "
                "--pattern '{speaker}_{emotion}_{take}.wav'"
            )
        compiled(self.pattern)
        files = some_audio(path)
        by_file = {file: parsed for file in files if (parsed := self.parse(file)) is not None}
        if not by_file:
            raise BadCorpus(f"no file below {path} fits {self.pattern}, first {files[0]}; correct the pattern")
        odd = [file for file in files if file not in by_file]
        notes = [f"{len(odd)} files left out, their names do not fit {self.pattern}: {few(odd)}"] if odd else []
        frame = pd.DataFrame(list(by_file.values()), index=pd.Index(list(by_file)), dtype=object)
        task, ratings = self._targets(frame, notes)
        segments = frame.drop(columns=[name for name in _TARGETS if name in frame])
        if "sex" in segments:
            segments["sex"] = sexes(segments["sex"])[0]
        if "speaker" not in frame:
            notes.append("the pattern names no speaker")
        segments = segments.set_axis(segment_index(list(by_file)))
        order = [c for c in ABOUT if c in segments] + [c for c in segments if c not in ABOUT]
        return Corpus(path.resolve().name, segments[order], checked(ratings, task), task, path, notes=tuple(notes))

    def _targets(self, frame: pd.DataFrame, notes: list[str]) -> tuple[tuple[Target, ...], pd.DataFrame]:
        """Return the targets that the fields are, and their ratings."""
        task: list[Target] = []
        rows: list[tuple[str, str, str, Any]] = []
        named = [name for name in _TARGETS if name in frame]
        for name in named:
            given = Given(range=self.ranges.get(name), words=self.words)
            target, values, guessed = target_of(name, frame[name], given)
            task.append(target)
            notes += guessed
            rows += [(file, name, INTENDED, value) for file, value in zip(values.index, values, strict=True)]
        notes += unused_words(self.words, pd.Series(frame[named].to_numpy().ravel()))
        if not task:
            notes.append("the pattern names no emotion, so there are no labels")
        return tuple(task), rating_frame(rows)


@lru_cache(maxsize=100)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern for relative paths.

    Raises
    ------
    BadCorpus
        When it has no field, two fields without a sign between them, or too many parts of any length.

    Examples
    --------
    >>> compiled("{speaker}/{speaker}_{emotion:3}*").fullmatch("wav/03/03_ang_7.flac").groupdict()
    {'speaker': '03', 'emotion': 'ang'}
    >>> compiled("{speaker}{emotion}.wav")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: the pattern '{speaker}{emotion}.wav' has nothing between speaker and emotion; ...
    """
    body = pattern.strip().removeprefix("./").replace("\\", "/")
    ending = ending_of(body) if ending_of(body) in AUDIO else ""
    body = body.removesuffix(body[len(body) - len(ending) :]) if ending else body
    if taken := [part[1] for part in _FIELD.finditer(body) if part[1] in _TAKEN]:
        raise BadCorpus(f"the pattern '{pattern}' has a field {taken[0]}, a name that SERAL uses itself; rename it")
    found, text, at, seen, wild = list(_FIELD.finditer(body)), "", 0, set[str](), 0
    for i, part in enumerate(found):
        text += re.escape(body[at : part.start()])
        wild = 0 if "/" in body[at : part.start()] else wild
        before, after = body[part.start() - 1 : part.start()], body[part.end() : part.end() + 1]
        if after == "{" and not (part[2] or found[i + 1][2]) and part[0] != "*":
            raise BadCorpus(
                f"the pattern '{pattern}' has nothing between {part[1]} and {found[i + 1][1]}; expected a sign, or a "
                "length as in {emotion:2}; correct it"
            )
        beside = {before, after} - {"", "{", "}", "*"}
        wild += part[0] == "*" or not (part[2] or (beside - {"/"} and "*" not in before + after))
        if wild > MOST_WILD:
            raise BadCorpus(
                f"the pattern '{pattern}' has more than {MOST_WILD} parts of any length in one name, which can be read "
                "in too many ways; write {_} between signs for a part that is passed over, as in {_}_{_}_{emotion}_*"
            )
        text += _part(part, beside, seen)
        at = part.end()
    if not any(part[1] and part[1] != "_" for part in found):
        raise BadCorpus(f"the pattern '{pattern}' has no field; expected such as {{speaker}}_{{emotion}}_*.wav")
    text += re.escape(body[at:])
    ends = re.escape(ending) or r"\.[^./]+"
    return re.compile(f"(?:.*/)?{text}(?:{ends})", re.IGNORECASE | re.DOTALL)


def _part(part: re.Match[str], beside: set[str], seen: set[str]) -> str:
    """Return the regular expression of one field."""
    if part[0] == "*":
        return "[^/]*"
    some = f"[^/{re.escape(''.join(sorted(beside)))}]" + (f"{{{part[2]}}}" if part[2] else "+")
    if part[1] == "_":
        return some
    if part[1] in seen:  # the speaker as a folder and in the name
        return f"(?P={part[1]})"
    seen.add(part[1])
    return f"(?P<{part[1]}>{some})"


readers.register(Pattern.name)(Pattern())
