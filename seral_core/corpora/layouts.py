"""What the folders and names of recordings say: which part is the emotion, and which the speaker."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from seral_core.corpora.files import few
from seral_core.corpora.words import SEXES, SPLITS, emotions_in, noun_of

#: Parts that stand for a person: actor_03, speaker 7, F01, 0011.
_PERSON = re.compile(
    r"(?:actor|actress|speaker|spea?k?r?|sprecher(?:in)?|locut(?:or|eur|rice)|parlante|hablante|subject|subj|sub|"
    r"participant|person|proband|informant|vpn?|talker|voice|(?:fe)?male|woman|man|konusmaci|dyktor|диктор|актер|актёр)"
    r"[\W_]*\w{1,4}|[^\W\d_]{1,15}[\W_]?\d{1,5}|\d{2,6}|[A-Z]{2,4}",
    re.IGNORECASE,
)
_SESSION = re.compile(r"(?:ses|session|sitzung|sesion|seance|oturum|sesja)[\W_]*(\d{1,3})", re.IGNORECASE)
#: Parts that have a number, or look like a name, and stand for no person.
_THING = re.compile(
    r"(?:take|text|txt|sent(?:ence)?s?|satz|phrase|word|utt(?:erance)?|set|part|batch|fold|cv|day|tag|disc|cd|chunk|clip"
    r"|rep(?:etition)?|stim(?:ulus|uli)?|trial|version|ver|v|level|lvl|intensity|seg(?:ment)?|file|scene|ep(?:isode)?|run"
    r"|block|group|scenario|context|topic|dialog(?:ue)?|conversation|cond(?:ition)?"
    r"|list|page|mic|ch(?:annel)?|track|hz|k|khz)[\W_]*\d*|\d+ ?k(?:hz)?|(?:8|11|16|22|24|32|44|48|96)[01]\d{2}"
    r"|\d+(?:hz|bit|sec|s)",
    re.IGNORECASE,
)
_CONDITIONS = (
    "audio audios wav wavs sound sounds speech song songs data dataset corpus recordings clips raw clean noisy noise "
    "studio field home office car phone low medium mid high weak strong mild normal loud soft quiet fast slow short "
    "long faible fort schwach stark debole forte acted natural spontaneous elicited scripted improvised impro script "
    "original augmented resampled young old child adult english german french italian spanish portuguese turkish "
    "polish russian persian chinese mandarin arabic hindi urdu en de fr it es pt tr pl ru fa zh ar ravdess tess savee "
    "crema cremad crema-d emodb emo-db iemocap esd meld jl emovdb emov-db shemo cafe emovo aesdd"
)
_NOBODY = frozenset(_CONDITIONS.split())


@dataclass(frozen=True)
class Layout:
    """What the paths of recordings say.

    Parameters
    ----------
    emotions : dict of str to str
        Noun of the emotion, by file; files that say none are not in it.
    in_names : bool
        Whether names of files say the emotions, not folders.
    about : dict of str to dict
        ``speaker``, ``session``, ``sex`` and ``split`` by file, where they are known.
    notes : tuple of str
        What was guessed.
    """

    emotions: dict[str, str] = field(default_factory=dict)
    in_names: bool = False
    about: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def layout_of(files: Sequence[str]) -> Layout:
    """Return what the folders and names of files say, where they do so consistently.

    An emotion is a folder of that name, or one word of a folder's name; where folders say fewer than
    two, one word of the file's. Each speaker must have several emotions.

    Parameters
    ----------
    files : sequence of str
        Relative to the corpus's folder.

    Examples
    --------
    >>> files = [f"{who}/{what}/{n}.wav" for who in ("0011", "0012") for what in ("Wut", "Freude") for n in "12"]
    >>> found = layout_of(files)
    >>> found.emotions["0012/Wut/1.wav"], found.about["speaker"]["0012/Wut/1.wav"]
    ('anger', '0012')
    """
    places = {file: place for file in files if (place := _in_folders(file)) is not None}
    in_names = len({place.noun for place in places.values()}) < 2
    if in_names:
        named = {file: place for file in files if (place := _in_name(file)) is not None}
        if len({place.noun for place in named.values()}) < 2:
            in_names = False
        else:
            places = named
    emotions = {file: place.noun for file, place in places.items()}
    about, notes = _about(places, emotions)
    words = [place for place in places.values() if noun_of(place.parts[place.at]) is None]
    if words:
        what, part = "files" if in_names else "folders", words[0].parts[words[0].at]
        notes = (f"emotions are taken from words in names of {what}: {part} is {words[0].noun}", *notes)
    return Layout(emotions, in_names, about, notes)


@dataclass(frozen=True)
class _Place:
    """Where in a path an emotion is: the part's number, the word and its noun."""

    parts: tuple[str, ...]
    at: int
    word: str
    noun: str


def _in_folders(file: str) -> _Place | None:
    *folders, name = PurePosixPath(file).parts
    parts = (*folders, PurePosixPath(name).stem)
    whole = [i for i, part in enumerate(folders) if noun_of(part)]
    if whole:
        return _Place(parts, whole[-1], folders[whole[-1]], noun_of(folders[whole[-1]]) or "")
    for i in reversed(range(len(folders))):
        if one := _one_emotion(folders[i]):
            return _Place(parts, i, *one)
    return None


def _in_name(file: str) -> _Place | None:
    path = PurePosixPath(file)
    one = _one_emotion(path.stem)
    return _Place((*path.parts[:-1], path.stem), len(path.parts) - 1, *one) if one else None


def _one_emotion(part: str) -> tuple[str, str] | None:
    found = emotions_in(part)
    return found[0] if len({noun for _, noun in found}) == 1 else None


def _about(
    places: Mapping[str, _Place], emotions: Mapping[str, str]
) -> tuple[dict[str, dict[str, str]], tuple[str, ...]]:
    """Return speakers, sexes, sessions and splits that parts of the paths say, and what was guessed."""
    about: dict[str, dict[str, str]] = {}
    notes: list[str] = []
    for where, pattern, pick in _parts(places):
        values = {file: pick(place) for file, place in places.items()}
        column, found = _role(values, emotions, where)
        if column and column not in about:
            about[column] = found
            if column == "speaker":
                names = sorted(set(found.values()))
                who = f"{len(names)} speakers are guessed from {where}: {few(names, 4)}"
                notes.append(f"{who}; if they are none, {_remedy(pattern)}")
    if "speaker" not in about and places:
        notes.append(f"who speaks is not known; {_remedy('{speaker}/{emotion}/*')}")
    return about, tuple(notes)


def _remedy(pattern: str) -> str:
    return f"say where speakers are in names and folders with --pattern, such as '{pattern}'"


def _parts(places: Mapping[str, _Place]) -> Iterator[tuple[str, str, Callable[[_Place], str]]]:
    """Yield the parts that may say who speaks: what to call them, their pattern, and how to find them."""
    above = max((place.at for place in places.values()), default=0)
    below = max((len(place.parts) - 2 - place.at for place in places.values()), default=0)
    for up in range(1, above + 1):
        yield (
            "the folders above the emotions",
            "{speaker}/" + "*/" * (up - 1) + "{emotion}/*",
            lambda place, up=up: place.parts[place.at - up] if place.at >= up else "",  # type: ignore[misc]
        )
    yield "the words before the emotions", "{speaker}_{emotion}*", _before
    for down in range(1, below + 1):
        yield (
            "the folders below the emotions",
            "{emotion}/" + "*/" * (down - 1) + "{speaker}/*",
            lambda place, down=down: (
                (place.parts[place.at + 1 : -1] or ("",) * 9)[down - 1 : down][0]  # type: ignore[misc]
                if len(place.parts) - 2 - place.at >= down
                else ""
            ),
        )


def _before(place: _Place) -> str:
    """Return the one word before an emotion in a folder's or file's name; empty where there are more, or none."""
    first, _, _ = place.parts[place.at].partition(place.word.split("_")[0])
    first = first.strip("_- .")
    return first if re.fullmatch(r"[^\W_]+", first) else ""


def _role(values: Mapping[str, str], emotions: Mapping[str, str], where: str) -> tuple[str, dict[str, str]]:
    """Return which column a part of the paths is, and its values; an empty name where that is not known."""
    different = set(values.values())
    if not different or "" in different:
        return "", {}
    if all(value.lower() in SPLITS for value in different):
        return "split", {file: SPLITS[value.lower()] for file, value in values.items()}
    if all(value.lower() in SEXES for value in different):
        return "sex", {file: SEXES[value.lower()] for file, value in values.items()}
    if len(different) < 2 or not _several_emotions(values, emotions):
        return "", {}
    if all(_SESSION.fullmatch(value) for value in different):
        return "session", dict(values)
    return ("speaker", dict(values)) if all(_is_person(value, where) for value in different) else ("", {})


def _several_emotions(values: Mapping[str, str], emotions: Mapping[str, str]) -> bool:
    """Tell whether nearly each value goes with several emotions, as a speaker does."""
    heard: dict[str, set[str]] = defaultdict(set)
    for file, value in values.items():
        heard[value].add(emotions[file])
    return sum(len(nouns) > 1 for nouns in heard.values()) >= 0.8 * len(heard) and 2 * len(heard) <= len(values)


def _is_person(value: str, where: str) -> bool:
    if _THING.fullmatch(value) or value.lower() in _NOBODY or value.lower() in SPLITS:
        return False
    if value.isdigit():
        return "folders" in where and len(value) > 1
    if _PERSON.fullmatch(value) and (value.isupper() or not value.isalpha()):
        return True
    return "below" not in where  # a name, such as anna
