"""Find the recordings that the names in a table mean: other spellings, other computers' folders, sub-folders."""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from seral_core.corpora.files import AUDIO, UNREAD, audio_files, ending_of, few
from seral_core.corpora.renamed import at_odds, in_renamed_folder, tell_apart

_URL = re.compile(r"(file|https?|s3|gs)://", re.IGNORECASE)
_ENDINGS = AUDIO | UNREAD
_DRIVE = re.compile(r"[A-Za-z]:/")

#: How a name in a table was joined with a file, and what that means in words.
KINDS = {
    "spelling": "differ from those on the disk in upper and lower case or in the form of Unicode",
    "ending": "have no ending, or another one than on the disk",
    "tail": "begin with folders that are not there, as on another computer; their last parts were compared",
    "below": "lie in folders below",
    "renamed": "are in a folder that is called otherwise here",
}


@dataclass(frozen=True)
class Found:
    """Which files the names in a table mean.

    Parameters
    ----------
    root : Path
        Folder that the files are relative to.
    files : dict of str to str
        File, relative to the folder, of each name that one file fits.
    joins : dict of str to dict
        Those of ``files`` that are written otherwise on the disk, by how they were joined, as in `KINDS`.
    doubtful : dict of str to tuple of str
        Names that were not joined, and the files between which nothing decides.
    missing : tuple of str
        Names that no file fits.

    Examples
    --------
    >>> Found(Path("data"), {}, {}, {}, ("a.wav", "b.wav")).notes
    ('2 of 2 files are not in data: a.wav, b.wav',)
    """

    root: Path
    files: dict[str, str] = field(default_factory=dict)
    joins: dict[str, dict[str, str]] = field(default_factory=dict)
    doubtful: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was joined although it is written otherwise, and what was not found: a sentence each."""
        notes = [
            f"{len(joined)} names of files {KINDS[kind]}: {few([f'{n} is {f}' for n, f in joined.items()], 1)}"
            for kind, joined in self.joins.items()
        ]
        every = len(self.files) + len(self.doubtful) + len(self.missing)
        if self.doubtful:
            name, fitting = next(iter(self.doubtful.items()))
            notes.append(
                f"{len(self.doubtful)} of {every} names of files were not joined, since several fit: {name} may be "
                f"{few(fitting)}; write their folders too"
            )
        if self.missing:
            notes.append(f"{len(self.missing)} of {every} files are not in {self.root}: {few(self.missing)}")
        return tuple(notes)


def find_files(names: Iterable[str], root: Path) -> Found:
    r"""Find the files that names mean; where several fit, none is taken.

    A name means the file of that path. Where there is none, these are tried in turn: another form
    of Unicode or case; a missing or another ending; the last parts of a path of another computer, or
    of an address; a file in a folder below. A file that one name means is not given to another one.

    Parameters
    ----------
    names : iterable of str
        As a table writes them.
    root : Path
        Where the files are looked for, also in folders below.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "anna").mkdir()
    >>> for name in ("anna/one.wav", "anna/two.flac", "three.wav"):
    ...     (folder / name).touch()
    >>> names = ["Anna\\one.wav", "anna/two", "D:\\study\\three.wav", "four.wav"]
    >>> found = find_files(names, folder)
    >>> found.files
    {'Anna\\one.wav': 'anna/one.wav', 'anna/two': 'anna/two.flac', 'D:\\study\\three.wav': 'three.wav'}
    >>> found.missing
    ('four.wav',)
    """
    names = list(dict.fromkeys(names))
    files = {name: file for name in names if (file := _as_written(name, root)) is not None}
    rest = {name: as_path(name) for name in names if name not in files}
    if not rest:
        return Found(root, files)
    taken = {os.path.normpath(file) for file in files.values()}
    joins: dict[str, dict[str, str]] = {}
    doubtful: dict[str, tuple[str, ...]] = {}
    for kind, look in _looks(audio_files(root), taken, root.resolve(), _shared(rest.values())):
        fitting = {name: found for name, path in rest.items() if (found := look(path))}
        joined, unsure = _settled(fitting, kind == "spelling")
        if joined:
            joins[kind] = joins.get(kind, {}) | joined
        doubtful |= unsure
        taken.update(joined.values())
        rest = {name: path for name, path in rest.items() if name not in joined and name not in doubtful}
    if not (files or joins or doubtful) and (joined := _in_renamed_folder(rest, root)):
        joins["renamed"] = joined
        rest = {name: path for name, path in rest.items() if name not in joined}
    files |= {name: file for joined in joins.values() for name, file in joined.items()}
    return Found(root, files, joins, doubtful, tuple(rest))


def as_path(name: str) -> str:
    r"""Return a name with forward slashes and without what makes it an address.

    Examples
    --------
    >>> as_path("D:\\audio\\a.wav"), as_path("file:///home/anna/G%C3%A4ste/a.wav"), as_path(" ./a.wav")
    ('D:/audio/a.wav', '/home/anna/Gäste/a.wav', 'a.wav')
    >>> as_path("https://example.org/audio/a.wav?download=1")
    '/audio/a.wav'
    """
    name = name.strip()
    if _URL.match(name):
        path = unquote(urlsplit(name).path)
        return path[1:] if _DRIVE.match(path[1:]) else path
    return name.replace("\\", "/").removeprefix("./")


def same_name(name: str) -> str:
    r"""Return what two names of one file share: no ending, one form of Unicode, small letters.

    Examples
    --------
    >>> same_name("Anna\\One.WAV") == same_name("./anna/one")
    True
    """
    return _bare(spelled(name))


def spelled(name: str) -> str:
    """Return the path in a name without what differs between computers: Unicode form, case, slashes.

    Examples
    --------
    >>> spelled("S1/./A.wav")
    's1/a.wav'
    """
    return _key(posixpath.normpath(as_path(name)))


def agree(one: str, other: str) -> bool:
    """Tell whether two paths may mean one file as far as their folders say: one ends as the other, or has none.

    Names of files are not compared.

    Examples
    --------
    >>> agree("s2/01.wav", "s1/01.wav"), agree("01.wav", "s1/01.wav"), agree("D:/data/S1/01.wav", "s1/01.flac")
    (False, True, True)
    """
    short, long = sorted((spelled(path).split("/")[:-1] for path in (one, other)), key=len)
    return long[len(long) - len(short) :] == short


def is_elsewhere(path: str) -> bool:
    """Tell whether a path begins at the top of a computer's disk, of any system.

    Examples
    --------
    >>> is_elsewhere("/home/anna/a.wav"), is_elsewhere("D:/a.wav"), is_elsewhere("anna/a.wav")
    (True, True, False)
    """
    return path.startswith(("/", "~")) or bool(_DRIVE.match(path))


def tails(path: str) -> list[str]:
    """Return a path, and it with one folder after the other left out at its start.

    Examples
    --------
    >>> tails("data/s1/01.wav")
    ['data/s1/01.wav', 's1/01.wav', '01.wav']
    """
    found = [path]
    while "/" in path:
        path = path.partition("/")[2]
        found.append(path)
    return found


def _as_written(name: str, root: Path) -> str | None:
    """Return the file that has exactly this name, relative to the folder; None where there is none."""
    for path in dict.fromkeys((name, as_path(name))):
        try:
            if path and os.path.isfile(os.path.join(root, path)):
                return os.path.relpath(path, root.absolute()).replace(os.sep, "/") if os.path.isabs(path) else path
        except (ValueError, OSError):  # a name that no file can have
            continue
    return None


Look = Callable[[str], tuple[str, ...]]


def _looks(files: list[str], taken: set[str], root: Path, shared: str) -> Iterator[tuple[str, Look]]:
    """Yield how to look for a name, the surest way first: each returns the files that may be meant."""

    def moved(path: str) -> tuple[str, ...]:
        """Look for a file of another computer, where all may lie in one folder and here in several."""
        fitting = _by_tail(path, ends, taken, root.name) if is_elsewhere(path) else ()
        parts = [part for part in shared.split("/") if part and not part.endswith(":")]
        only = "/".join(parts[-2:])  # above them are folders of that computer
        here = (file for file in fitting if not tell_apart(only, os.path.dirname(file)))
        return tuple(file for file in here if agree(path.removeprefix(shared), file))

    whole = _by_key(files, lambda file: [_key(file)])
    yield "spelling", lambda path: _nearest(path, whole.get(_key(os.path.normpath(path)), ()), taken)
    bare = _by_key(files, lambda file: [_bare(_key(file))])
    yield "ending", lambda path: _free(path, bare.get(_bare(_key(path)), ()), taken)
    ends = _by_key(files, lambda file: tails(_bare(_key(file))))
    yield "tail", lambda path: _by_tail(path, bare, taken, root.name)
    yield "below", lambda path: _free(path, ends.get(_bare(_key(path)), ()), taken)
    yield "tail", moved


def _in_renamed_folder(paths: dict[str, str], root: Path) -> dict[str, str]:
    """Return the file of each name in a table, where its only folder is called otherwise on the disk."""
    theirs, ours = (
        _by_key(paths, lambda name: [_bare(_key(paths[name]))]),
        _by_key(audio_files(root), lambda f: [_bare(_key(f))]),
    )
    if any(len(same) > 1 for same in (*theirs.values(), *ours.values())):
        return {}
    return {theirs[their][0]: ours[our][0] for their, our in in_renamed_folder(theirs, ours).items()}


def _shared(paths: Iterable[str]) -> str:
    """Return the folder that all paths of another computer lie in, with a slash behind; it tells none from another."""
    folders = [path.split("/")[:-1] for path in paths if is_elsewhere(path)]
    same = takewhile(lambda parts: len(set(parts)) == 1, zip(*folders, strict=False))
    return "".join(f"{parts[0]}/" for parts in same)


def _nearest(path: str, files: tuple[str, ...], taken: set[str]) -> tuple[str, ...]:
    """Return those files that differ in the form of Unicode alone, where there are any."""
    same = tuple(file for file in files if _nfc(file) == _nfc(path))
    return same or tuple(file for file in files if file not in taken)


def _free(path: str, files: tuple[str, ...], taken: set[str]) -> tuple[str, ...]:
    """Return those files that no other name means; of several, those with the ending of the path."""
    free = tuple(file for file in files if file not in taken)
    if len(free) < 2:
        return free
    return tuple(file for file in free if ending_of(file) == ending_of(path)) or free


def _by_tail(path: str, ends: dict[str, tuple[str, ...]], taken: set[str], root: str) -> tuple[str, ...]:
    """Return the files whose last parts are those of a path, as many as can be."""
    for tail in tails(_bare(_key(path)))[1:]:
        if tail in ends:
            free = _free(path, ends[tail], taken)
            ours = os.path.dirname(path)
            return tuple(f for f in free if not at_odds(ours, f"{root}/{os.path.dirname(f)}"))
    return ()


def _settled(fitting: dict[str, tuple[str, ...]], share: bool) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return the names that one file fits which no other name claims, and those in doubt."""
    claims: dict[str, list[str]] = defaultdict(list)
    for name, files in fitting.items():
        if len(files) == 1:
            claims[files[0]].append(name)
    one = {file for file, by in claims.items() if len(by) == 1 or (share and len(set(map(_nfc, by))) == 1)}
    joined = {name: file for file, by in claims.items() if file in one for name in by}
    return joined, {name: files for name, files in fitting.items() if name not in joined}


def _by_key(files: Iterable[str], keys: Callable[[str], Iterable[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for file in files:
        for key in keys(file):
            found[key].append(file)
    return {key: tuple(same) for key, same in found.items()}


def _bare(path: str) -> str:
    """Return a path without the ending of a recording."""
    stem, dot, ending = path.rpartition(".")
    return stem if dot and f".{ending}" in _ENDINGS else path


@lru_cache(maxsize=300_000)
def _key(path: str) -> str:
    return _nfc(_nfc(path).casefold())


def _nfc(path: str) -> str:
    return unicodedata.normalize("NFC", path)
