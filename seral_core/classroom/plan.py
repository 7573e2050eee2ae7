"""What a class is about, as plain data: which clips, how many, and the words by which phones join."""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from seral_core import toml
from seral_core.classroom import FILE
from seral_core.corpora.base import read_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.reading import Reading, settled
from seral_core.errors import BadPlan
from seral_core.files import write_text
from seral_core.folders import inside
from seral_core.home import home, placed
from seral_core.runs.fit import check_fit
from seral_core.runs.plan import Plan
from seral_core.studio.opening import spelled
from seral_core.studio.project import LabelProject, new_project
from seral_core.types import Target

#: Phones show a button for each class, and one project has room for so many raters.
MOST_CLASSES, MOST_PHONES = 12, 120
#: The rater who stands for the computer that the class was started on.
TEACHER = "teacher"
SOUNDS = ("phones", "room")
_BOUNDS = {"questions": (1, 200), "known": (2, 2000)}
_WORD, _KEY = re.compile("[a-z]{0,24}"), re.compile(r"[A-Za-z0-9_-]{0,80}")
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@dataclass(frozen=True)
class ClassPlan:
    """A class, kept in ``class.toml`` of its labelling project.

    Parameters
    ----------
    corpus : str
        As in a plan; it has gold, and test speakers that the class never hears.
    target : str
        A category of the corpus; empty for its first one.
    reader : str
        How to read the corpus; empty to recognise it.
    ranges, reading : tuple of str
        What else was said about that, see `seral_core.corpora.reading.Reading`.
    features, learner, strategy, split : str
        As in a plan. The strategy chooses by the model that the room has taught.
    fold, seed : int
        Which part is the test part, and the seed of every random choice.
    questions : int
        How many clips the room is asked about.
    known : int
        Clips, drawn at random, whose gold both models know from the start.
    answer_s : float
        Seconds from the clip's beginning until the server reveals; 0: when all have voted, or the teacher says so.
    sound : {"phones", "room"}
        Whether phones play the clips, or loudspeakers alone do.
    blind : bool
        Whether the wall hides how the room votes until it reveals, so that nobody follows the others.
    word, key : str
        What is typed to join, and what the QR code holds.

    Examples
    --------
    >>> ClassPlan.from_toml(ClassPlan("synthetic", word="tamiro").to_toml()).word
    'tamiro'
    >>> ClassPlan("synthetic", questions=0)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got 0 questions; expected a whole number from 1 to 200; correct it
    """

    corpus: str
    target: str = ""
    reader: str = ""
    ranges: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    features: str = "SERALv01"
    learner: str = "recommended"
    strategy: str = "recommended"
    split: str = "speakers:5"
    fold: int = 0
    seed: int = 0
    questions: int = 20
    known: int = 20
    answer_s: float = 20.0
    sound: str = "phones"
    blind: bool = False
    word: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        for name, (low, high) in _BOUNDS.items():
            if not low <= getattr(self, name) <= high:
                got = f"got {getattr(self, name)} {name if name == 'questions' else 'clips that are known'}"
                raise BadPlan(f"{got}; expected a whole number from {low} to {high}; correct it")
        if self.answer_s and not 3 <= self.answer_s <= 600:
            raise BadPlan(f"got {self.answer_s:g} s to answer; expected 3 to 600, or 0 for no limit; correct it")
        if self.sound not in SOUNDS:
            raise BadPlan(f"got sound '{self.sound}'; expected {' or '.join(SOUNDS)}; correct it")
        if not _WORD.fullmatch(self.word) or not _KEY.fullmatch(self.key):  # pages and QR codes show them
            raise BadPlan(
                f"got the word '{self.word:.40}' and the key '{self.key:.40}' to join; expected small letters, and "
                "letters, digits, - and _, as SERAL makes them; make a new class"
            )

    @property
    def how(self) -> Reading:
        """How the corpus is read."""
        return Reading(self.reader, self.ranges, self.reading)

    @property
    def run(self) -> Plan:
        """What both models are made by: a round a question."""
        return Plan(
            corpus=self.corpus, reader=self.reader, ranges=self.ranges, reading=self.reading, features=self.features,
            targets=(self.target,) if self.target else (), learner=self.learner, strategy=self.strategy,
            split=self.split, fold=self.fold, seed=self.seed, initial=self.known, batch=1,
            budget=self.known + self.questions,
        )  # fmt: skip

    def to_toml(self) -> str:
        """Return the plan as TOML."""
        return toml.to_toml(asdict(self))

    @classmethod
    def from_toml(cls, text: str) -> ClassPlan:
        """Return the plan that `to_toml` wrote."""
        return toml.build(cls, toml.parse(text, FILE), "class entry")


def new_class(plan: ClassPlan, folder: Path | None = None) -> Path:
    """Make the labelling project of a class, and return its folder.

    Parameters
    ----------
    plan : ClassPlan
        Words to join by are made where it has none.
    folder : Path, optional
        A new one; left out: among the labelling projects of SERAL's home, so that the page Label has it too.

    Raises
    ------
    SeralError
        When the corpus cannot be read, or has no category with gold.

    Examples
    --------
    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp())
    >>> corpus = toy_corpus()
    >>> corpus.about.assign(emotion=corpus.gold("emotion")).to_csv(root / "clips.csv", index_label="file")
    >>> folder = new_class(ClassPlan(str(root / "clips.csv")), root / "class")
    >>> open_class(folder).target, len(open_class(folder).word)
    ('emotion', 8)
    """
    how, path = settled(plan.corpus, plan.reader, plan.ranges, plan.reading), placed(plan.corpus)
    corpus = read_corpus(path if path.exists() else plan.corpus, how)
    target = _asked(corpus, plan.target)
    check_fit(plan.learner, plan.strategy, (target,))
    made = replace(
        plan, target=target.name, corpus=str(path.resolve()) if path.exists() else plan.corpus, **how.entries,
        word=plan.word or new_word(), key=plan.key or secrets.token_urlsafe(12),
    )  # fmt: skip
    folder = folder or home("labels") / f"class-{made.word}"
    project = LabelProject(
        made.corpus, (spelled(target),), name=f"Class {made.word}", **how.entries, features=plan.features,
        learner=plan.learner, strategy=plan.strategy, seed=plan.seed, test_share=0.0,
    )  # fmt: skip
    new_project(folder, project, (TEACHER,))
    write_text(folder / FILE, made.to_toml(), mode=0o600)
    return folder.resolve()


def open_class(folder: Path) -> ClassPlan:
    """Return the plan of a class; raise `BadPlan` where the folder holds none.

    Examples
    --------
    >>> open_class(Path("no such folder"))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: no class at 'no such folder'; expected a folder with class.toml; start one on the ...
    """
    path = inside(folder, FILE)
    if not path.is_file():
        raise BadPlan(f"no class at '{folder}'; expected a folder with {FILE}; start one on the page Class")
    return toml.build(ClassPlan, toml.read(path), "class entry")


def new_word() -> str:
    """Return a word to join by: four syllables, one of some 24 million, that can be read aloud and typed.

    Examples
    --------
    >>> len(new_word()), new_word() != new_word()
    (8, True)
    """
    return "".join(secrets.choice(letters) for letters in (_CONSONANTS, _VOWELS) * 4)


def _asked(corpus: Corpus, name: str) -> Target:
    """Return the category that a room is asked about."""
    known = [target for target in corpus.task if not target.is_scale and not target.rate_hz]
    if name:
        known = [target for target in known if target.name == corpus.target(name).name]
    if not known:
        raise BadPlan(
            f"{corpus.name} has no {name or 'target'} with classes; a class votes on one of a few emotions; expected "
            "a corpus whose clips have a recorded emotion; choose another"
        )
    if not 2 <= len(known[0].classes) <= MOST_CLASSES:
        raise BadPlan(
            f"{known[0].name} has {len(known[0].classes)} classes; expected 2 to {MOST_CLASSES}, a button each on a "
            "phone; choose another target or corpus"
        )
    return known[0]
