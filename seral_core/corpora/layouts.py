"""What the folders and names of recordings say: which part is the emotion, and which the speaker."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from seral_core.corpora.files import few
from seral_core.corpora.people import are_people
from seral_core.corpora.words import SEXES, SPLITS, emotions_in, noun_of

_SESSION = re.compile(r"(?:ses|session|sitzung|sesion|seance|oturum|sesja)[\W_]*(\d{1,3})", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+")


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
    two, or most names of files contradict them and say more, one word of the file's. Each speaker must
    have several emotions.

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
    folders = {file: place for file in files if (place := _in_folders(file)) is not None}
    named = {file: place for file in files if (place := _in_name(file, folders.get(file))) is not None}
    in_folders, in_names = (len({place.noun for place in places.values()}) for places in (folders, named))
    against = [file for file, place in named.items() if file in folders and place.noun != folders[file].noun]
    doubt = ""
    if in_folders > 1 and 2 * len(against) > len(files):
        doubt = (
            f"folders and names of files say different emotions, first {against[0]}: those of "
            f"{'names' if in_names > in_folders else 'folders'} are taken; {_remedy('{speaker}/*_{emotion}_*')}"
        )
    say_names = in_names > 1 and (in_folders < 2 or (doubt != "" and in_names > in_folders))
    places = named if say_names else folders
    emotions = {file: place.noun for file, place in places.items()}
    about, notes = _about(places, emotions)
    notes = (doubt, *notes) if doubt else notes
    words = [place for place in places.values() if noun_of(place.parts[place.at]) is None]
    if words:
        what, part = "files" if say_names else "folders", words[0].parts[words[0].at]
        notes = (f"emotions are taken from words in names of {what}: {part} is {words[0].noun}", *notes)
    return Layout(emotions, say_names, about, notes)


def unclear_in(files: Sequence[str]) -> list[str]:
    """Return the names of folders and files that have words for emotions in them and yet say none.

    Examples
    --------
    >>> unclear_in(["angry/1.wav", "not_angry/2.wav", "angry_to_happy/3.wav", "loud/4.wav"])
    ['not_angry', 'angry_to_happy']
    """
    paths = [PurePosixPath(file) for file in files]
    names = dict.fromkeys(part for path in paths for part in (*path.parts[:-1], path.stem))
    return [name for name in names if _one_emotion(name) is None and any(map(noun_of, _WORDS.findall(name)))]


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


def _in_name(file: str, folder: _Place | None) -> _Place | None:
    """Return the emotion in a file's name, where the word of a folder does not count: Joy is who spoke joy_angry_1."""
    path = PurePosixPath(file)
    found = emotions_in(path.stem)
    others = tuple(word for word in found if folder is None or word[0].lower() != folder.word.lower())
    one = _alone(found) or _alone(others)
    return _Place((*path.parts[:-1], path.stem), len(path.parts) - 1, *one) if one else None


def _one_emotion(part: str) -> tuple[str, str] | None:
    return _alone(emotions_in(part))


def _alone(found: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    return found[0] if len({noun for _, noun in found}) == 1 else None


def _about(
    places: Mapping[str, _Place], emotions: Mapping[str, str]
) -> tuple[dict[str, dict[str, str]], tuple[str, ...]]:
    """Return speakers, sexes, sessions and splits that parts of the paths say, and what was guessed."""
    about: dict[str, dict[str, str]] = {}
    notes: list[str] = []
    open_: list[tuple[str, str, str]] = []
    for where, pattern, pick in _parts(places):
        values = {file: pick(place) for file, place in places.items()}
        column, found = _role(values, emotions, where)
        names = few(sorted(set(found.values())), 4)
        if found and not column:
            open_.append((where, pattern, names))
        if column and column not in about:
            about[column] = found
            if column == "speaker":
                who = f"{len(set(found.values()))} speakers are guessed from {where}: {names}"
                notes.append(f"{who}; if they are none, {_remedy(pattern)}")
    if "speaker" not in about and places:
        notes.append(f"who speaks is not known; {_remedy('{speaker}/{emotion}/*')}")
        if open_:
            where, pattern, names = open_[0]
            notes[-1] = f"who speaks is not known; if it is {names} ({where}): --pattern, such as '{pattern}'"
    return about, tuple(notes)


def _remedy(pattern: str) -> str:
    return f"say where speakers are in names and folders with --pattern, such as '{pattern}'"


def _parts(places: Mapping[str, _Place]) -> Iterator[tuple[str, str, Callable[[_Place], str]]]:
    """Yield the parts that may say who speaks: what to call them, their pattern, and how to find them."""
    above = max((place.at for place in places.values()), default=0)
    below = max((len(place.parts) - 2 - place.at for place in places.values()), default=0)
    emotion = next((_pattern(place) for place in places.values()), "")
    for up in range(1, above + 1):
        yield (
            "the folders above the emotions",
            "{speaker}/" + "*/" * (up - 1) + emotion,
            lambda place, up=up: place.parts[place.at - up] if place.at >= up else "",  # type: ignore[misc]
        )
    yield "the words before the emotions", "{speaker}_{emotion}*", _before
    for down in range(1, below + 1):
        yield (
            "the folders below the emotions",
            "{emotion}/" + "*/" * (down - 1) + "{speaker}/*",
            lambda place, down=down: (  # type: ignore[misc]
                place.parts[place.at + down] if place.at + down < len(place.parts) - 1 else ""
            ),
        )


def _pattern(place: _Place) -> str:
    """Return how a pattern says an emotion where it is."""
    if place.at < len(place.parts) - 1:
        return "{emotion}/*"
    return "{emotion}_*" if place.parts[-1].startswith(place.word) else "*_{emotion}_*"


def _before(place: _Place) -> str:
    """Return the one word before an emotion in a folder's or file's name; empty where there are more, or none."""
    first, _, _ = place.parts[place.at].partition(place.word.split("_")[0])
    first = first.strip("_- .")
    return first if re.fullmatch(r"[^\W_]+", first) else ""


def _role(values: Mapping[str, str], emotions: Mapping[str, str], where: str) -> tuple[str, dict[str, str]]:
    """Return which column a part of the paths is, and its values; an empty name where it is none that is known.

    What each goes with several emotions and yet cannot be told to be people is returned with an empty name.
    """
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
    return "speaker" if are_people(different, numbers="folders" in where) else "", dict(values)


def _several_emotions(values: Mapping[str, str], emotions: Mapping[str, str]) -> bool:
    """Tell whether nearly each value goes with several emotions, as a speaker does."""
    heard: dict[str, set[str]] = defaultdict(set)
    for file, value in values.items():
        heard[value].add(emotions[file])
    return sum(len(nouns) > 1 for nouns in heard.values()) >= 0.8 * len(heard) and 2 * len(heard) <= len(values)
