"""The built-in corpus: audible synthetic speech of five emotions, made once and kept.

A fresh machine has no speech; this gives it some. Speakers (see `seral_core.corpora.voice`) act
emotions with the cues that Juslin and Laukka (2003) report, and six raters disagree about them (see
`seral_core.corpora.acting`). It is neither trivial nor hopeless: meant to be learned from, not to
replace real speech in a claim.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from seral_core.corpora.acting import TASK, Actor, Script, cast, rate, write_script
from seral_core.corpora.corpus import RATINGS, Corpus, segment_index
from seral_core.corpora.made_once import DRAFT as DRAFT
from seral_core.corpora.made_once import Generated, Report, later, made_once, write_sound
from seral_core.corpora.planted import AMBIGUOUS, FOREIGN, LINE, ambiguous, drawn
from seral_core.corpora.room import Room, record
from seral_core.corpora.voice import RATE_HZ, Manner, Voice, speak
from seral_core.errors import BadCorpus
from seral_core.home import home, placed
from seral_core.process import pool
from seral_core.types import Ints

#: Counts up whenever the same parameters would give other clips or ratings.
VERSION = 1
#: The same for corpora with a shift, so that the usual ones need not be made again.
SHIFTED_VERSION = 2
LICENCE = "generated, free to use (CC0)"
CITATION = (
    "Cues after Juslin and Laukka, Communication of emotions in vocal expression and music "
    "performance: different channels, same code?, Psychological Bulletin 129(5), 2003"
)
BATCH = 12


@dataclass(frozen=True)
class Recipe(Generated):
    """All that a synthetic corpus depends on.

    Parameters
    ----------
    clips, speakers, seed, raters, shift, ambiguous, foreign, neutral
        As in `synthetic`.
    version : int
        Of the program that makes it.

    Examples
    --------
    >>> recipe = Recipe(clips=8, speakers=2, seed=0, raters=6, shift=0.0)
    >>> recipe.check(), recipe.key == Recipe(8, 2, 1, 6, 0.0).key
    (None, False)
    >>> Recipe(clips=1, speakers=2, seed=0, raters=6, shift=0.0).check()
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: got 2 speakers and 1 clips; expected at least one clip per speaker; ...
    """

    clips: int
    speakers: int
    seed: int
    raters: int
    shift: float
    version: int = VERSION
    ambiguous: float = later(0.0)
    foreign: float = later(0.0)
    neutral: float = later(0.0)

    def check(self) -> None:
        """Raise `BadCorpus` where nothing could be made of it."""
        self.check_counts(clips=1, speakers=1, seed=0, raters=1)
        if self.speakers > self.clips:
            raise BadCorpus(
                f"got {self.speakers} speakers and {self.clips} clips; expected at least one clip "
                "per speaker; ask for more clips or fewer speakers"
            )
        if not 0 <= self.shift <= 1:
            raise BadCorpus(f"shift of the synthetic corpus is {self.shift:g}; expected 0 to 1; 0 is the usual corpus")
        if not 0 <= self.neutral < 1:
            raise BadCorpus(
                f"got {self.neutral:g} of all clips neutral; expected a share below 1; 0 is the usual corpus"
            )
        if self.ambiguous < 0 or self.foreign < 0 or self.ambiguous + self.foreign > 1:
            raise BadCorpus(
                f"got {self.ambiguous:g} of all clips ambiguous and {self.foreign:g} foreign; expected shares of 0 or "
                "more, together at most 1; lower one"
            )


@dataclass(frozen=True)
class Take:
    """One clip to be recorded.

    Parameters
    ----------
    path : Path
        Where it goes.
    voice : Voice
        Who speaks.
    manner : Manner
        How.
    room : Room
        Where.
    seed : tuple of int
        Of all else.
    """

    path: Path
    voice: Voice
    manner: Manner
    room: Room
    seed: tuple[int, ...]


def synthetic(
    clips: int = 600,
    speakers: int = 12,
    seed: int = 0,
    *,
    raters: int = 6,
    shift: float = 0.0,
    ambiguous: float = 0.0,
    foreign: float = 0.0,
    neutral: float = 0.0,
    folder: str | Path | None = None,
    jobs: int = -1,
    progress: Report | None = None,
) -> Corpus:
    """Return the built-in corpus: audible synthetic speech, made when first asked for.

    Parameters
    ----------
    clips : int
        Number of clips, of 1.5 to 4 s, 16 kHz, one channel.
    speakers : int
        Number of speakers, two a session.
    seed : int
        The same seed gives the same bytes, on any number of processes.
    raters : int
        How many rate every clip: one of five emotions, and arousal, valence and dominance in [-1,
        1].
    shift : float
        From 0 to 1: how far the corpus is from the usual one, for trials across corpora. Rooms are
        noisier and have more echo, microphones are duller; people talk faster, softer and breathier
        and show less; and raters put each emotion elsewhere on the scales: milder, and less
        pleasant. Who the speakers are is drawn from ``seed``.
    ambiguous, foreign : float
        Shares of clips, at random, that are planted for trials of confidence: mumbled, and of three emotions at once,
        so that raters disagree; and usual in their emotion, but over a bad line, as no other clip is. The column
        ``planted`` of the segments says which. All other clips stay as they are.
    neutral : float
        Share of neutral clips, so that emotion is rare, as it is in talk; the others keep their proportions. 0 for the
        usual corpus, in which 29 % are meant to be neutral.
    folder : path, optional
        Where to put it; left out, SERAL's own cache.
    jobs : int
        Processes; -1 is one per core.
    progress : callable, optional
        Called as ``progress(done, total, text)`` while clips are made.

    Returns
    -------
    Corpus
        Named ``"synthetic"``.

    Raises
    ------
    BadCorpus
        When the numbers make no corpus, or the folder cannot be written.

    Examples
    --------
    >>> corpus = synthetic(clips=8, speakers=2)
    >>> corpus
    Corpus('synthetic': 8 segments, 2 speakers, emotion (5 classes), arousal [-1, 1], ...)
    >>> corpus.votes("emotion").sum(axis=1).unique().tolist()
    [6]
    """
    version = SHIFTED_VERSION if shift else VERSION
    recipe = Recipe(
        clips, speakers, seed, raters, float(shift), version, float(ambiguous), float(foreign), float(neutral)
    )
    recipe.check()
    root = home("cache") / f"synthetic-{recipe.key}" if folder is None else placed(folder)
    ours = folder is None
    made_once(root, recipe.text, clips, lambda draft: _build(draft, recipe, jobs, progress), ours, "90 kB per clip")
    return _read(root)


def _build(folder: Path, recipe: Recipe, jobs: int, progress: Report | None) -> None:
    actors = cast(recipe.speakers, np.random.default_rng([recipe.seed, 1]), shift=recipe.shift)
    script = write_script(
        recipe.clips, actors, np.random.default_rng([recipe.seed, 2]), shift=recipe.shift, neutral=recipe.neutral
    )
    planted = np.random.default_rng([recipe.seed, 6])
    split, foreign = drawn(recipe.clips, (recipe.ambiguous, recipe.foreign), planted)
    script = ambiguous(script, actors, split, planted, shift=recipe.shift)
    names = [f"{actors[who].name}_{number + 1:04d}.wav" for number, who in enumerate(script.actor)]
    who = [actors[number] for number in script.actor]
    about = [(name, actor.name, actor.session, actor.sex) for name, actor in zip(names, who, strict=True)]
    segments = pd.DataFrame(about, columns=["file", "speaker", "session", "sex"])
    if recipe.ambiguous or recipe.foreign:
        segments["planted"] = _said(recipe.clips, {AMBIGUOUS: split, FOREIGN: foreign})
    segments.to_csv(folder / "segments.csv", index=False)
    votes = rate(script, recipe.raters, np.random.default_rng([recipe.seed, 3]))
    votes.insert(0, "file", np.array(names, object)[votes.pop("clip")])
    votes.to_csv(folder / "ratings.csv", index=False)
    _record_all(_takes(folder, recipe, script, actors, names, set(foreign.tolist())), jobs, progress)


def _said(clips: int, planted: dict[str, Ints]) -> list[str | None]:
    said: list[str | None] = [None] * clips
    for name, some in planted.items():
        for clip in some.tolist():
            said[clip] = name
    return said


def _takes(
    folder: Path, recipe: Recipe, script: Script, actors: list[Actor], names: list[str], foreign: set[int]
) -> list[Take]:
    draw = np.random.default_rng([recipe.seed, 4])
    rooms = {session: Room.drawn(draw, recipe.shift) for session in dict.fromkeys(a.session for a in actors)}
    return [
        Take(folder / name, actors[who].voice, script.manner(i), room, (recipe.seed, 5, i))
        for i, (name, who) in enumerate(zip(names, script.actor, strict=True))
        for room in (LINE if i in foreign else rooms[actors[who].session],)
    ]


def _record_all(takes: list[Take], jobs: int, progress: Report | None) -> None:
    from joblib import Parallel, delayed

    batches = [takes[i : i + BATCH] for i in range(0, len(takes), BATCH)]
    # Starting processes takes longer than a few clips do.
    with pool():
        parallel = Parallel(n_jobs=1 if len(batches) < 4 else jobs, return_as="generator_unordered")
    done = 0
    # Closed at once when interrupted, so that no process goes on writing.
    with closing(parallel(delayed(_record)(batch) for batch in batches)) as recorded:
        for made in recorded:
            done += made
            if progress:
                progress(done, len(takes), "recording synthetic speakers")


def _record(takes: list[Take]) -> int:
    for take in takes:
        rng = np.random.default_rng(take.seed)
        write_sound(take.path, record(speak(take.voice, take.manner, rng), take.room, rng), RATE_HZ)
    return len(takes)


def _read(root: Path) -> Corpus:
    about = pd.read_csv(root / "segments.csv", dtype=str)
    votes = pd.read_csv(root / "ratings.csv", dtype={"file": str, "rater": str})
    columns = [
        pd.DataFrame(
            {"segment": votes["file"], "target": t.name, "rater": votes["rater"], "value": votes[t.name]}, dtype=object
        )
        for t in TASK
    ]
    ratings = pd.concat(columns, ignore_index=True)[list(RATINGS)]
    segments = about.drop(columns="file").set_axis(segment_index(about["file"].tolist()))
    return Corpus("synthetic", segments, ratings, TASK, root, LICENCE, CITATION)
