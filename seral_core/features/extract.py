"""Extraction: every clip of a corpus becomes a row, once; bad clips are named and the rest goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from seral_core import own
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import few
from seral_core.corpora.recording import MISSING, Recording
from seral_core.errors import BadClip, BadCorpus, BadFeatures, SeralError
from seral_core.features.audio import TWO_VOICES, TooLong, hear, hear_long
from seral_core.features.base import Extractor, check_features, extractor_from, frames_hz, is_extractor
from seral_core.features.cache import FeatureCache, Row, file_hash, row_key, table_key
from seral_core.features.given import extractor_of, table_from
from seral_core.features.ready import load_features, match
from seral_core.features.stretched import in_parts, recordings_of, stretched
from seral_core.features.table import FeatureTable
from seral_core.process import pool
from seral_core.units import from_lengths

Progress: TypeAlias = Callable[[int, int, str], object]
Outcome: TypeAlias = Row | str

#: Worker processes are started when at least this many seconds of work are left: they take two to come up.
LONG_S = 4.0


@dataclass(frozen=True)
class Clip:
    """One segment to extract: where it is, and under which key its row is kept.

    Parameters
    ----------
    segment : str
        Segment id.
    path : Path
        The file it lies in.
    start_s, end_s : float
        Where it lies, in seconds; nan as the end means to the end of the file.
    channel : int or None
        On which channel, counted from 1; None for all of them, mixed.
    key : str
        As `seral_core.features.cache.row_key` gives; empty where the file cannot be read.
    """

    segment: str
    path: Path
    start_s: float
    end_s: float
    channel: int | None
    key: str


@dataclass(frozen=True)
class Done:
    """What became of a clip: its row or the reason why there is none, a note, and whether it is worth keeping."""

    clip: Clip
    outcome: Outcome
    note: str = ""
    keep: bool = True


def extract(
    corpus: Corpus,
    extractor: str | Extractor = "SERALv01",
    *,
    jobs: int = -1,
    progress: Progress | None = None,
    use_cache: bool = True,
) -> FeatureTable:
    """Return one row of features for every usable clip of a corpus, or its frames where the extractor gives them.

    Each row is kept on disk as soon as it is made, so an interrupted extraction goes on where it stopped. Frames of
    stretches are cut from those of their recordings; see `seral_core.features.stretched`.

    Parameters
    ----------
    corpus : Corpus
        Needs audio.
    extractor : str or Extractor
        An extractor as `seral_core.features.base.extractor_from` reads it, such as ``"SERALv01"``, ``"eGeMAPSv02"``
        or ``"whisper-tiny.en:layer=2"``, or one made already.
    jobs : int
        Processes at work; -1 is one per core.
    progress : callable, optional
        Called as ``progress(done, total, text)`` after each clip.
    use_cache : bool
        Whether rows are taken from and kept in the cache.

    Returns
    -------
    FeatureTable
        Rows in the order of ``corpus.ids``, of one unit each or of frames; clips that are missing, empty,
        unreadable, silent, shorter than 100 ms or give values that are not finite are in ``problems`` with the
        reason.

    Raises
    ------
    UnknownName
        When no extractor has this name.
    BadCorpus
        When the corpus has no audio, none of its clips can be used, or recordings go away meanwhile.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> extract(toy_corpus())
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: toy has no audio; open it from a folder with recordings, or use ready features
    """
    made = extractor_from(extractor) if isinstance(extractor, str) else extractor
    if corpus.root is None:
        raise BadCorpus(f"{corpus.name} has no audio; open it from a folder with recordings, or use ready features")
    if frames_hz(made) and in_parts(corpus):
        whole = extract(recordings_of(corpus), made, jobs=jobs, progress=progress, use_cache=use_cache)
        return stretched(whole, corpus)
    with FeatureCache(None if use_cache else Path(":memory:")) as cache:
        clips = _clips(corpus, cache, made.key)
        done = _known(clips, cache)
        new = [clip for clip in clips if clip.segment not in done]
        for each in _work(new, made, jobs):
            each = _surely(each, made, cache)
            done[each.clip.segment] = each
            if each.keep and each.clip.key:
                cache.put(each.clip.key, each.outcome, each.note)
            if progress:
                progress(len(done), len(clips), each.clip.segment)
        return _table(corpus, made, cache.names(made.key, lambda: made.names), [done[clip.segment] for clip in clips])


def extract_file(path: Path, extractor: Extractor, cache: FeatureCache, channel: int | None = None) -> Done:
    """Return what became of one recording or one channel of it, from the cache where it is there.

    Examples
    --------
    >>> with FeatureCache(Path(":memory:")) as cache:
    ...     extract_file(Path("nowhere.wav"), extractor_from("SERALv01"), cache).outcome
    'does not exist'
    """
    content = cache.contents([path]).get(path, "")
    end_s = float("nan")
    key = row_key(content, 0.0, end_s, extractor.key, channel) if content else ""
    clip = Clip(path.name, path, 0.0, end_s, channel, key)
    if known := _known([clip], cache):
        return known[clip.segment]
    done = outcome_of(clip, extractor)
    if done.keep and content and cache.contents([path]).get(path) == content:
        cache.put(clip.key, done.outcome, done.note)
    return done


def features_for(
    corpus: Corpus,
    which: Any = "SERALv01",
    *,
    jobs: int = -1,
    progress: Progress | None = None,
    use_cache: bool = True,
) -> FeatureTable:
    """Return features of a corpus, extracted or ready: the one call the rest of SERAL uses.

    Parameters
    ----------
    corpus : Corpus
        What is to be described.
    which : str, Path or object
        An extractor as in `extract`, or path to ready features (``.npz``, ``.npy``, ``.csv``, ``.arff``,
        ``.parquet``, or a folder of tables); or
        features in memory, or a function of sound, as in `seral_core.features.given`.
    jobs, progress, use_cache
        As in `extract`.

    Returns
    -------
    FeatureTable
        Rows in the order of ``corpus.ids``; segments that are left out are in ``problems``.

    Raises
    ------
    UnknownName
        When ``which`` is neither an extractor nor a path.
    BadFeatures
        When ready features do not fit the corpus.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> features_for(toy_corpus(), "SERALv1")
    Traceback (most recent call last):
    seral_core.errors.UnknownName: extractor (or path to ready features: .npz, .npy, .csv, .arff, .parquet) ...
    """
    which = own.found(which) if isinstance(which, str) and own.is_own(which) else which
    if not isinstance(which, str | Path):
        made = extractor_of(which)
        if made is None:
            return table_from(corpus, which)
        return extract(corpus, made, jobs=jobs, progress=progress, use_cache=use_cache)
    check_features(str(which))
    if is_extractor(str(which)):
        return extract(corpus, str(which), jobs=jobs, progress=progress, use_cache=use_cache)
    return match(load_features(which), corpus)


def _clips(corpus: Corpus, cache: FeatureCache, extractor: str) -> list[Clip]:
    """Return all clips; the key is empty where the file cannot be read."""
    places = {segment: corpus.path(segment) for segment in corpus.ids}
    contents = cache.contents(path for path, *_ in places.values())
    clips = []
    for segment, (path, start_s, end_s, channel) in places.items():
        content = contents.get(path, "")
        key = row_key(content, start_s, end_s, extractor, channel) if content else ""
        clips.append(Clip(segment, path, start_s, end_s, channel, key))
    return clips


def _known(clips: Sequence[Clip], cache: FeatureCache) -> dict[str, Done]:
    """Return what is known already, by segment; what an earlier version read otherwise is not."""
    found = cache.get(clip.key for clip in clips if clip.key)
    rows = {key: row for key, row in found.items() if not isinstance(row, str) or row != MISSING}  # it is there
    notes = cache.notes(rows)
    for clip in clips:
        if clip.key in rows and clip.key not in notes and (note := _note_now(clip, rows[clip.key])) is not None:
            cache.put_note(clip.key, note)
            notes[clip.key] = note
    return {clip.segment: Done(clip, rows[clip.key], notes[clip.key]) for clip in clips if clip.key in notes}


def _note_now(clip: Clip, outcome: Outcome) -> str | None:
    """Return the note on a row that an earlier version made; None where another one would be made now."""
    try:
        if isinstance(outcome, str):
            return None
        with Recording(clip.path) as file:
            if file.recounted:
                return None
            if file.channels == 1 and not file.is_float:
                return ""
        note = hear(clip.path, clip.start_s, clip.end_s, clip.channel).note
    except BadClip:
        return None
    return note if note in ("", TWO_VOICES) else None


def _work(clips: Sequence[Clip], extractor: Extractor, jobs: int) -> Iterator[Done]:
    """Yield the outcome of each clip, here at first, then in processes if much is left to do."""
    from joblib import effective_n_jobs
    from threadpoolctl import ThreadpoolController

    workers, threads = effective_n_jobs(jobs), ThreadpoolController()
    began = time.process_time()  # on a busy machine more processes only make it busier
    for done, clip in enumerate(clips):
        pace = (time.process_time() - began) / max(done - 1, 1)
        if workers > 1 and done >= 10 and pace * (len(clips) - done) > LONG_S:
            yield from _work_in_processes(clips[done:], extractor, workers)
            return
        with threads.limit(limits=1):
            result = outcome_of(clip, extractor)
        yield result
        if done == 0:
            began = time.process_time()  # the first clip also loaded libraries


def _work_in_processes(clips: Sequence[Clip], extractor: Extractor, workers: int) -> Iterator[Done]:
    from joblib import Parallel, delayed

    with pool(n_jobs=workers, inner_max_num_threads=1):
        yield from Parallel(return_as="generator_unordered", batch_size=4)(
            delayed(outcome_of)(clip, extractor) for clip in clips
        )


def outcome_of(clip: Clip, extractor: Extractor) -> Done:
    """Return the row of one clip or the reason why there is none, and whether that is worth keeping.

    Examples
    --------
    >>> outcome_of(Clip("a.wav", Path("nowhere.wav"), 0.0, float("nan"), None, ""), extractor_from("SERALv01")).outcome
    'does not exist'
    """
    try:
        place = clip.path, clip.start_s, clip.end_s, clip.channel
        heard = hear_long(*place, rate_hz=extractor.rate_hz) if frames_hz(extractor) else hear(*place)
        row = extractor(heard.at(extractor.rate_hz))
    except BadClip as why:
        return Done(clip, why.reason, keep=not isinstance(why, TooLong))  # what is too long now need not always be
    except SeralError:
        raise
    except Exception as why:  # one odd clip must not stop the others; it is named in the table
        return Done(clip, f"made {extractor.key} fail ({type(why).__name__}: {why})", keep=False)
    if row.ndim != (2 if frames_hz(extractor) else 1):
        raise BadFeatures(
            f"{extractor.key} gave features of shape {row.shape} for {clip.segment}; expected (features,), or (frames, "
            "features) from an extractor that says with frames_hz how many frames per second it gives; correct it"
        )
    if not row.size:
        return Done(clip, "has no frames")
    if not np.isfinite(row).all():
        return Done(clip, f"gives features that are not finite ({int((~np.isfinite(row)).sum())} of {row.size})")
    return Done(clip, row, heard.note, keep=getattr(extractor, "cached", True))


def _surely(done: Done, extractor: Extractor, cache: FeatureCache) -> Done:
    """Return what became of a clip, to be kept only where it tells of the content that the clip's key names.

    A disk that is away for a moment makes good clips fail: what failed is tried again. What was there at the start and
    is not there now leaves none of the clips out in silence.
    """
    clip = done.clip
    if not (done.keep and clip.key):
        return done
    if isinstance(done.outcome, str):
        done = outcome_of(clip, extractor)
    if isinstance(done.outcome, str) and done.outcome == MISSING:
        raise BadCorpus(
            f"{clip.path} was there and is gone now; expected recordings that stay while features are extracted; "
            "put them back, or mount their disk again, then start again: what was extracted is kept"
        )
    try:  # what fails is read once more: its times do not say that a disk has faults
        content = file_hash(clip.path) if isinstance(done.outcome, str) else cache.contents([clip.path])[clip.path]
    except (OSError, KeyError):
        return replace(done, keep=False)
    same = row_key(content, clip.start_s, clip.end_s, extractor.key, clip.channel) == clip.key
    return replace(done, keep=done.keep and same)


def _table(corpus: Corpus, extractor: Extractor, names: tuple[str, ...], clips: Sequence[Done]) -> FeatureTable:
    good = {done.clip.segment: done.outcome for done in clips if not isinstance(done.outcome, str)}
    problems = tuple((done.clip.segment, done.outcome) for done in clips if isinstance(done.outcome, str))
    if not good:
        first = " ".join(problems[0]) if problems else "it has no segments"
        raise BadCorpus(
            f"none of the {len(clips)} clips of {corpus.name} can be used ({first}); "
            "expected recordings that libsndfile reads; check the folder"
        )
    made = table_of(good, names, frames_hz(extractor))
    key = table_key(extractor.key, {done.clip.segment: done.clip.key for done in clips})
    return replace(made, key=key, problems=problems, notes=_notes(clips))


def _notes(clips: Sequence[Done]) -> tuple[str, ...]:
    """Return each note once, with the clips that it is about."""
    about: dict[str, list[str]] = {}
    for done in clips:
        about.setdefault(done.note, []).append(done.clip.segment)
    return tuple(f"{few(segments)}: {note}" for note, segments in about.items() if note)


def table_of(rows: Mapping[str, Row], names: tuple[str, ...], rate_hz: float = 0.0) -> FeatureTable:
    """Return rows as an extractor or the cache gives them as a table.

    Parameters
    ----------
    rows : mapping of str to array of shape (features,), (frames, features) or (frames x features,)
        By segment id; the cache keeps no shapes.
    names : tuple of str
        Feature names; for frames, one per column.
    rate_hz : float
        Frames per second; 0 for one row per clip.

    Raises
    ------
    BadFeatures
        When a row has another number of features.

    Examples
    --------
    >>> table_of({"a.wav": np.arange(6.0), "b.wav": np.arange(4.0)}, ("f0", "energy"), rate_hz=10.0).bounds
    array([0, 3, 5])
    """
    width = len(names) or (0 if rate_hz else next((row.size for row in rows.values()), 0))
    for segment, row in rows.items():
        if row.size % max(width, 1) or (not rate_hz and row.size != width):
            raise BadFeatures(
                f"{segment} has {row.size} values for {width} features; expected the same number, "
                "or whole frames of them; extract it again, with another key if the extractor was changed"
            )
    frames = [np.asarray(row, dtype=np.float32).reshape(-1, width) for row in rows.values()]
    values = np.concatenate([np.zeros((0, width), np.float32), *frames])
    bounds: Any = from_lengths([len(each) for each in frames]) if rate_hz else None
    return FeatureTable(values, tuple(rows), names, bounds, rate_hz=rate_hz)
