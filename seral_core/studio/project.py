"""A labelling project: a folder that says what is labelled, by whom and how, and holds every answer."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from seral_core import toml
from seral_core.corpora.reading import Reading
from seral_core.errors import BadCorpus, BadPlan, UnknownName
from seral_core.files import regular, write_text
from seral_core.folders import claim, inside, kind_of
from seral_core.former import former
from seral_core.home import home, placed, private_folder
from seral_core.oracles.votes import fits
from seral_core.store import Answer
from seral_core.store.whole import make_private
from seral_core.studio import FILE as FILE
from seral_core.studio.copies import marks_of, retire, settle
from seral_core.studio.project_checks import check_project
from seral_core.studio.rater import Rater as Rater
from seral_core.studio.screens import parts_of, target_of
from seral_core.studio.stores import agree, check_own, check_writable
from seral_core.types import Task


@dataclass(frozen=True)
class LabelProject:
    """What a labelling project is about, as plain data; kept in ``studio.toml``.

    Parameters
    ----------
    corpus : str
        As in a plan: a folder of recordings, a table, or the name of a corpus.
    targets : tuple of str
        What is asked, as in `seral_core.studio.screens.target_of`.
    name, reader : str
        What people call it; how to read the corpus, empty to recognise it.
    stretch : float
        Recordings are traced in stretches of about so many seconds; 0: whole.
    dask : str
        Who looks at features in partitions for the trainer: ``"local"``, ``"local:4"`` or the address of a Dask
        scheduler; empty for the trainer's own process.
    ranges, reading : tuple of str
        Native ranges of scales, and what else was said about how to read the corpus, see
        `seral_core.corpora.reading.Reading`.
    links : bool
        Whether raters are played what lies outside of the corpus's folder, behind links.
    screen : str
        As in `seral_core.studio.screens.parts_of`.
    strategy, learner, features : str
        As in a plan; they choose the clips in the background.
    batch, initial : int
        How many new labels make a round; how many are labelled at random before the first one where
        the strategy does not choose its own first labels.
    seed : int
        Of every random choice.
    k : int
        How many raters each clip asks for.
    agree : int
        A clip asks for nobody else once so many gave the same class; 0: it asks for ``k`` in any case.
    whom : {"", "helpful"}
        Which clips with answers a rater gets first: in an order of their own, or those that the rater is expected to
        help most with; see `seral_core.studio.whom`.
    gold : str
        Known answers, hidden among the clips: ``"corpus"`` (its own labels), or a table; empty for none.
    gold_share, repeat_share, test_share : float
        Parts of a rater's clips: hidden gold; heard before, for self-agreement (at most 0.1); set
        aside at random for testing, never trained on.
    join : str
        How several raters' answers on a clip become one label, as in
        `seral_core.scores.ratings.gold`; empty for the majority, or the mean. Targets that it does
        not suit take the usual way.
    guess : {"hidden", "shown"}
        Whether the rater sees the model's guess before answering.
    raters : tuple of Rater
        Who labels; the first is the one at this computer.
    keys : mapping of str to str
        Keys that differ from the usual ones: what they do, to their name.
    store : str
        URL of a PostgreSQL database; empty for ``labels.sqlite`` in the folder.
    run, former_runs : str, tuple of str
        What the answers' ``run`` says, and said before the raters got new links.

    Examples
    --------
    >>> made = LabelProject("recordings", ("emotion=anger,sadness", "arousal=1:5"))
    >>> [target.name for target in made.task], made.parts
    (['emotion', 'arousal'], ('classes', 'manikins'))
    >>> LabelProject.from_toml(made.to_toml()) == made
    True
    >>> replace(made, repeat_share=0.4)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: repeat_share is 0.4; expected a share from 0 to 0.1; correct it
    """

    corpus: str
    targets: tuple[str, ...]
    name: str = ""
    reader: str = ""
    links: bool = False
    screen: str = ""
    strategy: str = "recommended"
    learner: str = "recommended"
    features: str = "SERALv01"
    batch: int = 10
    initial: int = 20
    seed: int = 0
    k: int = 1
    gold: str = ""
    gold_share: float = 0.0
    repeat_share: float = 0.0
    test_share: float = 0.1
    join: str = ""
    guess: str = "hidden"
    raters: tuple[Rater, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    store: str = ""
    run: str = ""
    former_runs: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    stretch: float = 0.0
    agree: int = 0
    whom: str = ""
    dask: str = ""

    def __post_init__(self) -> None:
        check_project(self)

    @property
    def how(self) -> Reading:
        """How the corpus is read."""
        return Reading(self.reader, self.ranges, self.reading)

    @property
    def task(self) -> Task:
        """The targets that are asked."""
        return tuple(map(target_of, self.targets))

    @property
    def learned(self) -> Task:
        """The targets that the model learns: all but traces, which have no one value per clip."""
        return tuple(target for target in self.task if not target.rate_hz)

    @property
    def categories(self) -> Task:
        """The targets with classes."""
        return tuple(target for target in self.learned if not target.is_scale)

    def takes(self, row: Answer) -> bool:
        """Whether a row of the store is of this project: an answer's value is one that its target has."""
        target = next((target for target in self.task if target.name == row.target), None)
        return row.kind != "answer" or row.value is None or target is None or fits(target, row.value)

    @property
    def parts(self) -> tuple[str, ...]:
        """What the screen is made of."""
        return parts_of(self.screen, self.task)

    def rater(self, name: str) -> Rater:
        """Return the rater of this name, or raise `UnknownName`."""
        for rater in self.raters:
            if rater.name == name:
                return rater
        raise UnknownName("rater", name[:80], [rater.name for rater in self.raters])

    def by_secret(self, secret: str) -> Rater | None:
        """Return whose secret it is; takes as long for a wrong one as for a right one."""
        found = None
        for rater in self.raters:
            if secrets.compare_digest(rater.secret.encode(), secret.encode("utf-8", "replace")):
                found = rater
        return found

    @property
    def marks(self) -> frozenset[str]:
        """What a copy of the project's folder has too; see `seral_core.studio.copies`."""
        return marks_of(self.run, [rater.secret for rater in self.raters])

    def to_toml(self) -> str:
        """Return the project as TOML."""
        return toml.to_toml(asdict(self))

    @classmethod
    def from_toml(cls, text: str) -> LabelProject:
        """Return the project that `to_toml` wrote, or a user; what is left out has its default."""
        return toml.build(cls, toml.parse(text, FILE), "project entry")


def place_of(corpus: str) -> Path:
    """Return where the project of a corpus is kept when nobody says otherwise.

    Examples
    --------
    >>> place_of("recordings/monday").parent.name, place_of("synthetic:clips=40").name[:18]
    ('labels', 'synthetic-clips-40')
    """
    full = str(placed(corpus).resolve()) if placed(corpus).exists() else corpus
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in Path(full).stem).strip("-.")[:60]
    return home("labels") / f"{name or 'labels'}-{hashlib.sha256(full.encode()).hexdigest()[:8]}"


def new_project(folder: Path, studio: LabelProject, raters: Iterable[str] = ("me",)) -> LabelProject:
    """Make a project folder.

    Parameters
    ----------
    folder : Path
        Made where it is missing; must not hold a project.
    studio : LabelProject
        What it is about; paths in it are made absolute.
    raters : iterable of str
        Names of those who label, besides those that ``studio`` has.

    Returns
    -------
    LabelProject
        As it was written down.

    Raises
    ------
    BadPlan
        When the folder holds a project already, or learner or strategy do not suit the targets.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "first"
    >>> made = new_project(folder, LabelProject("recordings", ("arousal=1:5",)), ["anna", "ben"])
    >>> [rater.name for rater in open_project(folder).raters]
    ['anna', 'ben']
    """
    from seral_core.runs.fit import check_fit

    if studio.learned:
        check_fit(studio.learner, studio.strategy, studio.learned)
    claim(folder, "project")
    refuse_circle(folder, studio.corpus)
    if (folder / FILE).exists():
        raise BadPlan(f"{folder} holds a labelling project already; open it, or choose another folder (--project)")
    known = {rater.name for rater in studio.raters}
    more = tuple(Rater.new(name) for name in dict.fromkeys(raters) if name not in known)
    path, gold = placed(studio.corpus), placed(studio.gold)
    made = replace(
        studio,
        raters=studio.raters + more,
        corpus=str(path.resolve()) if path.exists() else studio.corpus,
        gold=str(gold.resolve()) if studio.gold and gold.exists() else studio.gold,
        name=studio.name or path.stem or studio.corpus,
        run=studio.run or secrets.token_hex(6),
    )
    check_own(folder, made)
    private_folder(folder)
    agree(folder, made.store)
    write_project(folder, made)
    settle(folder, made.marks)
    return made


def refuse_circle(folder: Path, corpus: str) -> None:
    """Raise `BadCorpus` where a project's recordings are the project itself, or another one's whose are its own.

    Examples
    --------
    >>> refuse_circle(Path("first"), "first")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: the recordings of the labelling project first are the project itself; ...
    """
    seen, place = {os.path.realpath(folder)}, os.path.realpath(placed(corpus))
    while place not in seen:
        if kind_of(Path(place)) != "project":
            return
        seen.add(place)
        place = os.path.realpath(placed(open_project(Path(place)).corpus))
    raise BadCorpus(
        f"the recordings of the labelling project {folder} are the project itself; expected a "
        "folder of recordings or a table; choose another folder for the project (--project), or "
        "correct corpus in studio.toml"
    )


def open_project(folder: Path) -> LabelProject:
    """Read a project; raise `BadPlan` where there is none or it cannot be carried out.

    Examples
    --------
    >>> open_project(Path("no such folder"))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: no labelling project at 'no such folder'; expected a folder with studio.toml; ...
    """
    path = inside(folder, FILE)
    if not path.is_file():
        raise BadPlan(
            f"no labelling project at '{folder}'; expected a folder with {FILE}; "
            "make one with: seral label RECORDINGS --target emotion=anger,happiness,sadness"
        )
    _close_to_others(path)
    return toml.build(LabelProject, toml.read(path), "project entry")


def _close_to_others(path: Path) -> None:
    """Take from others what the project was copied, unpacked or begun with: secrets and answers lie in it."""
    for place in (path, path.with_name("labels.sqlite")):
        if place.is_file() and not place.is_symlink():
            make_private(place)
    run, store = path.parent / "run", path.with_name("labels.sqlite")
    with contextlib.suppress(OSError):  # another user's, who alone may change it
        ours = 0o770 if store.exists() and store.stat().st_mode & 0o020 else 0o700  # a group's on purpose
        if run.is_dir() and not run.is_symlink() and run.stat().st_mode & 0o777 & ~ours:
            run.chmod(run.stat().st_mode & ours)


def add_raters(folder: Path, names: Iterable[str]) -> LabelProject:
    """Add raters to a project; names it has already keep their secret. Return the project.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "first"
    >>> made = new_project(folder, LabelProject("recordings", ("arousal=1:5",)), ["anna"])
    >>> [rater.name for rater in add_raters(folder, ["anna", "ben"]).raters]
    ['anna', 'ben']
    """
    with editing(folder):
        studio = open_project(folder)
        known = {rater.name for rater in studio.raters}
        new = tuple(Rater.new(name) for name in dict.fromkeys(names) if name not in known)
        if new:
            studio = replace(studio, raters=studio.raters + new)
            write_project(folder, studio)
        return studio


def new_link(folder: Path, name: str) -> LabelProject:
    """Give a rater a fresh secret, so that the old link opens nothing any more. Return the project.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "first"
    >>> before = new_project(folder, LabelProject("recordings", ("arousal=1:5",)), ["anna"])
    >>> after = new_link(folder, "anna")
    >>> after.by_secret(before.raters[0].secret) is None, [rater.name for rater in after.raters]
    (True, ['anna'])
    """
    with editing(folder):
        before = open_project(folder)
        before.rater(name)
        raters = tuple(Rater.new(name) if rater.name == name else rater for rater in before.raters)
        studio = replace(before, raters=raters)
        write_project(folder, studio)
        retire(folder, before.marks - studio.marks)
        return studio


def editing(folder: Path) -> FileLock:
    """Return a lock for a ``with`` block in which a project's file is read and written by nobody else.

    Examples
    --------
    >>> import tempfile
    >>> with editing(Path(tempfile.mkdtemp())) as lock:
    ...     lock.is_locked
    True
    """
    if not folder.is_dir():
        open_project(folder)  # says what is missing
    check_writable(folder)
    return FileLock(regular(inside(folder, ".editing")), timeout=10)


def write_project(folder: Path, studio: LabelProject) -> None:
    """Write the project so that a reader finds the old or the new one, and others on the computer none."""
    write_text(folder / FILE, studio.to_toml(), mode=0o600)


if not TYPE_CHECKING:  # which would take any name for one of this file
    __getattr__ = former(__name__, {"Studio": "LabelProject"})
