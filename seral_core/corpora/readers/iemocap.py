"""IEMOCAP: ten actors in five sessions, with what each evaluator chose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from seral_core.corpora.base import readers
from seral_core.corpora.consensus import agreed
from seral_core.corpora.corpus import RATINGS, Corpus, checked, rating_frame, segment_index
from seral_core.corpora.files import few
from seral_core.corpora.words import noun
from seral_core.errors import BadCorpus
from seral_core.files import read_text, regular
from seral_core.types import Target, Value

#: [6.2901 - 8.2357]<tab>Ses01F_impro01_F000<tab>neu<tab>[2.5000, 2.5000, 2.5000]
_TURN = re.compile(r"\[[\d.]+ *- *[\d.]+\]\s+((Ses\d\d)[FM]_\S{0,99}?_([FM])\w*)\s+([a-z]{3})\b", re.IGNORECASE)
_EVALUATOR = re.compile(r"([CA])-([EFM]\d*):\s*(.*)", re.IGNORECASE)
_SCALES = {"act": "arousal", "val": "valence", "dom": "dominance"}
_NUMBER = re.compile(r"\b(val|act|dom)\s*(\d+(?:\.\d+)?)", re.IGNORECASE)
_CODE = {
    "ang": "anger", "hap": "happiness", "exc": "excitement", "sad": "sadness", "fru": "frustration", "fea": "fear",
    "sur": "surprise", "dis": "disgust", "neu": "neutral", "oth": "other", "xxx": "",
}  # fmt: skip
_FORMS = "dialog/EmoEvaluation"


@dataclass
class _Turn:
    """One utterance: where it is, what was published, and what each evaluator said."""

    name: str
    session: str
    sex: str
    dialog: str
    consensus: str
    votes: dict[str, list[str]]
    numbers: list[tuple[str, str, float]]
    own: int = 0


@dataclass(frozen=True)
class Iemocap:
    """Interactive emotional dyadic motion capture: ``Session1`` to ``Session5``, as it is published.

    ``emotion`` is the published consensus, as votes of the evaluators wherever their majority is
    that; without agreement (``xxx``) there is no gold. Of several emotions that one evaluator chose, one
    counts, also in soft labels, and a note says so: agreement, annotator models and whom to ask rest on
    one vote a rater. ``valence``, ``arousal`` (activation) and ``dominance`` go from 1 to 5. What the
    actors said of themselves is left out.

    References
    ----------
    .. [1] Busso et al., IEMOCAP: interactive emotional dyadic motion capture database, Language
       Resources and Evaluation 2008.

    Examples
    --------
    >>> Iemocap().recognises(Path("no such folder"))
    0.0
    """

    name: ClassVar[str] = "iemocap"
    pattern: ClassVar[str] = "Session1/dialog/EmoEvaluation/*.txt and Session1/sentences/wav/<dialog>/<utterance>.wav"
    licence: ClassVar[str] = "free for research, on signing a form"
    citation: ClassVar[str] = (
        "Busso et al., IEMOCAP: interactive emotional dyadic motion capture database, "
        "Language Resources and Evaluation 2008"
    )

    def recognises(self, path: Path) -> float:
        """Return how sure it is: evaluation forms in at least one session."""
        return 1.0 if _sessions(path) else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the folder ``path``, which holds the sessions or is one; raise `BadCorpus` where there are none."""
        sessions = _sessions(path)
        turns = [turn for session in sessions for turn in _turns(session, path)]
        if not turns:
            raise BadCorpus(f"{path} holds no evaluations; expected {self.pattern}; check the path")
        there = [turn for turn in turns if (path / turn.name).is_file()]
        notes: list[str] = []
        if there and len(there) < len(turns):
            gone = [turn.name for turn in turns if not (path / turn.name).is_file()]
            notes.append(f"{len(gone)} of {len(turns)} recordings are not there and are left out: {few(gone)}")
        if not there:
            notes.append(f"no audio: none of {len(turns)} recordings is in {path}")
        return self._corpus(path, there or turns, bool(there), notes)

    def _corpus(self, path: Path, turns: list[_Turn], audio: bool, notes: list[str]) -> Corpus:
        several = sum(len(labels) > 1 for turn in turns for labels in turn.votes.values())
        if several:
            notes.append(
                f"{several} votes name several emotions; the published one is taken where it is among them, else the "
                "first; without agreement such a vote is left out; soft labels lack the other choices"
            )
        if own := sum(turn.own for turn in turns):
            notes.append(f"{own} evaluations by the actors themselves are left out")
        if unsure := sum(not turn.consensus for turn in turns):
            notes.append(f"{unsure} clips have no gold, evaluators did not agree (xxx)")
        rows = [(t.name, "emotion", rater, v) for t in turns for rater, ls in t.votes.items() if (v := _vote(ls, t))]
        published = pd.Series({turn.name: turn.consensus or None for turn in turns}, dtype=object)
        emotion = Target("emotion", tuple(sorted({str(row[3]) for row in rows} | set(published.dropna()))))
        heard, differ = agreed(rating_frame(rows), published, emotion)
        numbers: list[tuple[str, str, str, Value]] = [
            (turn.name, name, rater, value) for turn in turns for rater, name, value in turn.numbers
        ]
        scales = tuple(Target(name, low=1, high=5) for name in _SCALES.values() if any(n[1] == name for n in numbers))
        frames = [heard, rating_frame(numbers)]
        ratings = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)[list(RATINGS)]
        segments = pd.DataFrame(
            {
                "speaker": [turn.session + turn.sex for turn in turns],
                "session": [turn.session for turn in turns],
                "sex": ["female" if turn.sex == "F" else "male" for turn in turns],
                "dialog": [turn.dialog for turn in turns],
                "kind": ["scripted" if "script" in turn.dialog else "improvised" for turn in turns],
            },
            index=segment_index([turn.name for turn in turns]),
            dtype=object,
        )
        task, root = (emotion, *scales), path if audio else None
        ratings = checked(ratings, task)
        return Corpus(self.name, segments, ratings, task, root, self.licence, self.citation, (*notes, *differ))


def _vote(labels: list[str], turn: _Turn) -> str:
    """Return the one label of an evaluator that counts; empty where none does."""
    if turn.consensus in labels:
        return turn.consensus
    return labels[0] if len(labels) == 1 or turn.consensus else ""


def _sessions(path: Path) -> list[Path]:
    """Return the folders of sessions in, at or one below a folder."""
    places = ([path], sorted(path.glob("Session*")), sorted(path.glob("*/Session*")))
    return next((found for some in places if (found := [s for s in some if (s / _FORMS).is_dir()])), [])


def _turns(session: Path, root: Path) -> Iterator[_Turn]:
    """Yield the utterances of a session's evaluation forms, one form for each dialog."""
    for form in sorted((session / _FORMS).glob("*.txt")):
        if form.name.startswith("."):
            continue
        turn: _Turn | None = None
        for line in read_text(regular(form), encoding="latin-1").splitlines():
            if match := _TURN.match(line):
                if turn is not None:
                    yield turn
                name, number, sex, code = match.groups()
                file = session / "sentences" / "wav" / form.stem / f"{name}.wav"
                place = file.relative_to(root).as_posix()
                turn = _Turn(place, number, sex.upper(), form.stem, _CODE.get(code.lower(), noun(code)), {}, [])
            elif turn is not None and (match := _EVALUATOR.match(line)):
                _take(turn, match[1].upper(), match[2].upper(), match[3])
        if turn is not None:
            yield turn


def _take(turn: _Turn, kind: str, rater: str, text: str) -> None:
    """Add what one line of an evaluation form says to its utterance."""
    if not rater.startswith("E"):
        turn.own += 1
        return
    if kind == "A":
        numbers = {_SCALES[name.lower()]: float(number) for name, number in _NUMBER.findall(text)}
        turn.numbers += [(rater, name, number) for name, number in numbers.items()]
        return
    words = [word.strip() for word in text.split("(")[0].split(";") if word.strip()]
    turn.votes[rater] = list(dict.fromkeys(noun(word.removesuffix(" state")) for word in words))


readers.register(Iemocap.name)(Iemocap())
