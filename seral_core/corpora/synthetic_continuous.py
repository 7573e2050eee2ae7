"""The built-in corpus along time: speakers talk for minutes while arousal and valence drift, and raters trace them.

The voices are those of `seral_core.corpora.synthetic`. See `seral_core.corpora.drift` for what they feel, how it shows
and what raters make of it.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import Generator

from seral_core.corpora.acting import Actor, cast
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.corpora.drift import RATE_HZ, cues_along, drifted, habits, traced
from seral_core.corpora.made_once import Generated, Report, made_once, write_sound
from seral_core.corpora.room import Room, record
from seral_core.corpora.synthetic import CITATION, LICENCE
from seral_core.corpora.traces import about_traces, as_trace
from seral_core.corpora.voice import RATE_HZ as SOUND_HZ
from seral_core.corpora.voice import Manner, speak
from seral_core.errors import BadCorpus
from seral_core.home import home, placed
from seral_core.process import pool
from seral_core.types import Floats, Target

#: So few frames are recorded in one process: to start others takes longer.
ALONE = 4000
#: Counts up whenever the same parameters would give other recordings or traces.
VERSION = 1
TASK = (Target("arousal", rate_hz=RATE_HZ), Target("valence", rate_hz=RATE_HZ))
#: Parts of the corpus, dealt to recordings in turn.
SPLITS = ("train", "dev", "test")
#: Length of pauses between phrases in seconds: a least one, and a mean of what is added.
PAUSE_S = (0.3, 0.5)


@dataclass(frozen=True)
class Recipe(Generated):
    """All that such a corpus depends on.

    Parameters
    ----------
    recordings, seed, raters, shortest, longest
        As in `synthetic_continuous`.
    version : int
        Of the program that makes it.

    Examples
    --------
    >>> Recipe(3, 0, 6, 20, 10).check()
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: got recordings of 20 to 10 s; expected 5 to 3600 s, and the shortest first; ...
    """

    recordings: int
    seed: int
    raters: int
    shortest: float
    longest: float
    version: int = VERSION

    def check(self) -> None:
        """Raise `BadCorpus` where nothing could be made of it."""
        self.check_counts(recordings=1, seed=0, raters=1)
        if not 5 <= self.shortest <= self.longest <= 3600:
            raise BadCorpus(
                f"got recordings of {self.shortest:g} to {self.longest:g} s; expected 5 to 3600 s, and the shortest "
                "first; correct shortest= or longest="
            )

    def lengths_s(self) -> list[int]:
        """Return how long each recording is, in whole seconds: evenly from the shortest to the longest."""
        steps = np.linspace(self.shortest, self.longest, self.recordings)
        return [round(length) for length in np.random.default_rng([self.seed, 1]).permutation(steps)]


def synthetic_continuous(
    recordings: int = 27,
    seed: int = 0,
    *,
    raters: int = 6,
    shortest: float = 60.0,
    longest: float = 300.0,
    folder: str | Path | None = None,
    jobs: int = -1,
    progress: Report | None = None,
) -> Corpus:
    """Return the built-in corpus with traces of arousal and valence, made when first asked for.

    Parameters
    ----------
    recordings : int
        How many, each of a speaker of its own, dealt in turn to the parts train, dev and test.
    seed : int
        The same seed gives the same bytes, on any number of processes.
    raters : int
        How many trace every recording, at 25 Hz and in [-1, 1]: each 1 to 4 s late, smoothed, with a bias and an
        unsteady hand.
    shortest, longest : float
        Between which the lengths of recordings lie, in seconds.
    folder : path, optional
        Where to put it; left out, SERAL's own cache.
    jobs : int
        Processes; -1 is one per core.
    progress : callable, optional
        Called as ``progress(done, total, text)`` while recordings are made.

    Returns
    -------
    Corpus
        Named ``"synthetic-continuous"``.

    Raises
    ------
    BadCorpus
        When the numbers make no corpus, or the folder cannot be written.

    Examples
    --------
    >>> corpus = synthetic_continuous(recordings=3, shortest=6, longest=8)
    >>> corpus
    Corpus('synthetic-continuous': 3 segments, 3 speakers, arousal [-1, 1] at 25 Hz, valence [-1, 1] at 25 Hz)
    >>> corpus.about["split"].tolist(), sorted(corpus.gold("arousal").map(len))
    (['train', 'dev', 'test'], [150, 175, 200])
    """
    recipe = Recipe(recordings, seed, raters, float(shortest), float(longest))
    recipe.check()
    root = home("cache") / f"synthetic-continuous-{recipe.key}" if folder is None else placed(folder)

    def build(draft: Path) -> None:
        _build(draft, recipe, jobs, progress)

    made_once(root, recipe.text, recordings, build, folder is None, "2 MB per minute of recordings")
    return _read(root)


def _build(folder: Path, recipe: Recipe, jobs: int, progress: Report | None) -> None:
    actors = cast(recipe.recordings, np.random.default_rng([recipe.seed, 2]))
    lengths = recipe.lengths_s()
    draws = habits(recipe.raters, np.random.default_rng([recipe.seed, 3]))
    about = []
    traces = []
    emotions = []
    for number, (actor, length_s) in enumerate(zip(actors, lengths, strict=True)):
        rng = np.random.default_rng([recipe.seed, 4, number])
        emotion = drifted(int(length_s * RATE_HZ), rng)
        emotions.append(emotion)
        traces.append(traced(emotion, recipe.raters, draws, rng))
        split = SPLITS[number % len(SPLITS)]
        about.append((f"{split}_{number // len(SPLITS) + 1}.wav", actor.name, actor.sex, split, len(emotion)))
    columns = ["file", "speaker", "sex", "split", "frames"]
    pd.DataFrame(about, columns=columns).to_csv(folder / "segments.csv", index=False)
    np.save(folder / "traces.npy", np.round(np.concatenate(traces, axis=2) * 1000).astype(np.int16))
    takes: list[Take] = [
        (folder / file, actor, emotion, (recipe.seed, 5, number))
        for number, ((file, *_), actor, emotion) in enumerate(zip(about, actors, emotions, strict=True))
    ]
    _record_all(takes, jobs, progress)


Take = tuple[Path, Actor, Floats, tuple[int, ...]]


def _record_all(takes: list[Take], jobs: int, progress: Report | None) -> None:
    from joblib import Parallel, delayed

    # The longest first, so that no process is left with it at the end.
    takes = sorted(takes, key=lambda take: -len(take[2]))
    total = sum(len(emotion) for _, _, emotion, _ in takes)
    with pool():
        parallel = Parallel(n_jobs=1 if total < ALONE else jobs, batch_size=1, return_as="generator_unordered")
    done = 0
    # Closed at once when interrupted, so that no process goes on writing.
    with closing(parallel(delayed(_record)(*take) for take in takes)) as recorded:
        for frames in recorded:
            done += frames
            if progress:
                progress(round(done / RATE_HZ), round(total / RATE_HZ), "seconds of synthetic talk")


def _record(path: Path, actor: Actor, emotion: Floats, seed: tuple[int, ...]) -> int:
    rng = np.random.default_rng(seed)
    cues = cues_along(emotion, actor.code, rng)
    sound = _talk(actor, cues, Room.drawn(rng), rng)
    write_sound(path, sound, SOUND_HZ)
    return len(emotion)


def _talk(actor: Actor, cues: Floats, room: Room, rng: Generator) -> Floats:
    """Return phrases with pauses behind them, in a room; each phrase is spoken in the manner of its middle."""
    samples = len(cues) * SOUND_HZ // int(RATE_HZ)
    parts = [record(np.zeros(round(rng.uniform(0.1, 0.8) * SOUND_HZ)), room, rng)]
    at = len(parts[0])
    while at < samples:
        middle = min(len(cues) - 1, round((at / SOUND_HZ + 1.3) * RATE_HZ))
        manner = Manner(*cues[middle].tolist())
        pause_s = (PAUSE_S[0] + rng.exponential(PAUSE_S[1])) * 2 ** float(np.clip(manner.pause, -1, 1))
        phrase = np.pad(speak(actor.voice, manner, rng), (0, round(min(pause_s, 3.0) * SOUND_HZ)))
        parts.append(record(phrase, room, rng))
        at += len(phrase)
    return np.concatenate(parts)[:samples]


def _read(root: Path) -> Corpus:
    about = pd.read_csv(root / "segments.csv", dtype={"speaker": str})
    traces = np.load(root / "traces.npy") / 1000
    ends = about["frames"].cumsum().tolist()
    rows = [
        (file, target.name, f"r{rater + 1}", as_trace(trace[end - frames : end]))
        for file, frames, end in zip(about["file"], about["frames"], ends, strict=True)
        for target, of_target in zip(TASK, traces, strict=True)
        for rater, trace in enumerate(of_target)
    ]
    segments = about.drop(columns=["file", "frames"]).set_axis(segment_index(about["file"].tolist()))
    ratings = rating_frame(rows)
    notes = tuple(f"{t.name}: {about_traces(ratings[ratings['target'] == t.name], t)}" for t in TASK)
    return Corpus("synthetic-continuous", segments, ratings, TASK, root, LICENCE, CITATION, notes)
