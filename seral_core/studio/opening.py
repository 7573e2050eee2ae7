"""Point at recordings: make their labelling project, or go on with the one that is there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from seral_core.corpora.base import read_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.links import links_note
from seral_core.corpora.reading import Reading, settled
from seral_core.errors import BadPlan, SeralError
from seral_core.far.agreed import agree_scheduler
from seral_core.home import absolute, placed
from seral_core.runs.far_features import is_far
from seral_core.runs.features_alone import features_named
from seral_core.store import Away
from seral_core.studio.control_clips import CORPUS, check_ranges, control_clips
from seral_core.studio.copies import Copied, check_original, retire, settle, take
from seral_core.studio.far_recordings import check_recorded, far_recordings, far_set
from seral_core.studio.heard import other_now
from seral_core.studio.ids_alone import ids_alone
from seral_core.studio.project import (
    FILE,
    LabelProject,
    Rater,
    add_raters,
    editing,
    new_project,
    open_project,
    place_of,
    write_project,
)
from seral_core.studio.recordings import gone, recordings
from seral_core.studio.screens import RELATIVE
from seral_core.studio.stores import agree, check_writable, store_of
from seral_core.types import Target

#: Part of all clips that are hidden gold, where gold is given without a part.
USUAL_GOLD_SHARE = 0.1


class Opened(NamedTuple):
    """A project that was made or opened.

    Parameters
    ----------
    folder : Path
        Of the project.
    studio : LabelProject
        As it is written down.
    notes : tuple of str
        What the user should know.
    heard : bool
        Whether raters can hear its clips; also while nobody knows.

    Examples
    --------
    >>> Opened(Path("project"), LabelProject("recordings", ("arousal",)), ()).heard
    True
    """

    folder: Path
    studio: LabelProject
    notes: tuple[str, ...]
    heard: bool = True


def opened_project(
    where: str,
    wanted: Mapping[str, Any],
    raters: Sequence[str] = (),
    project: Path | None = None,
    *,
    new_links: bool = False,
) -> tuple[Path, LabelProject, tuple[str, ...]]:
    """Make the project of some recordings, or open the one that is there; see `opened`.

    Returns
    -------
    folder, studio, notes : Path, LabelProject, tuple of str
        As of an `Opened`.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> folder, studio, _ = opened_project(str(made_project(clips=6)), {}, ["me", "ben"])
    >>> [rater.name for rater in studio.raters]
    ['me', 'ben']
    """
    return opened(where, wanted, raters, project, new_links=new_links)[:3]


def opened(
    where: str,
    wanted: Mapping[str, Any],
    raters: Sequence[str] = (),
    project: Path | None = None,
    *,
    new_links: bool = False,
) -> Opened:
    """Make the project of some recordings, or open the one that is there.

    Parameters
    ----------
    where : str
        A folder of recordings or another corpus, or the folder of a project.
    wanted : mapping
        Fields of `seral_core.studio.project.LabelProject` that shall differ from the usual ones.
        Without ``targets``, those that the corpus has labels for are asked.
    raters : sequence of str
        Who labels; added where the project has not got them. A new project without any has ``me``.
    project : Path, optional
        Where the project is kept; left out: in SERAL's home, by the recordings' path.
    new_links : bool
        Give all raters of a project that is there new links; a copy becomes a project of its own.

    Returns
    -------
    Opened

    Raises
    ------
    BadPlan
        When the project cannot be made so, is there already and says otherwise, or may not be
        written to; `seral_core.studio.copies.Copied` when its links lead to another one.
    BadStore
        When answers are missing, or are kept at a place that nobody has agreed to.
    BadCorpus
        When the recordings cannot be read.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> opened(str(made_project(clips=6)), {}).heard  # there is a table alone
    False
    """
    wanted, own = with_gold(wanted), placed(where)
    agree_scheduler(wanted.get("dask") or "")
    folder = project or (own if (own / FILE).is_file() else place_of(where))
    if not own.exists():  # the recordings are away for now, perhaps
        path = str(own.resolve())
        place = project or place_of(path)
        if (place / FILE).is_file() and open_project(place).corpus == path:
            where, folder = path, place
    if (folder / FILE).is_file():
        found = open_project(folder)
        if wanted.get("links") and not found.links:
            found = changed(folder, links=True)
        if (dask := wanted.get("dask")) and dask != found.dask:
            found = changed(folder, dask=dask)
        _check_same(folder, found, where if folder != own else found.corpus, wanted)
        check_writable(folder)
        if wanted.get("store"):  # the one of the project, as was just made sure of
            agree(folder, found.store)
        store, away = store_of(folder, found), ""
        try:
            store.check()
        except Away as wrong:
            away = f"the database is not reached just now ({wrong}); answers wait in raters' browsers until it is"
        found = separate(folder) if new_links else found
        note = take(folder.resolve(), found.marks)
        found = add_raters(folder, raters) if raters else found
        notes = tuple(filter(None, (note, away)))
        with suppress(SeralError):  # recordings that are away for now are said when clips are given
            answers, corpus = store.current(), recordings(found)
            heard = _sounds(corpus) or any(row.screen for row in answers)
            notes = (*notes, *gone(answers, corpus), *other_now(store, corpus))
            return Opened(folder.resolve(), found, notes, heard)
        return Opened(folder.resolve(), found, notes)
    how = settled(where, wanted.get("reader") or "", wanted.get("ranges") or (), wanted.get("reading") or ())
    corpus = _corpus(where, how, wanted)
    note = links_note(corpus)
    settings = {**wanted, **how.entries, "targets": tuple(wanted.get("targets") or map(spelled, corpus.task))}
    if not settings["targets"]:
        raise BadPlan(
            f"{corpus.name} has no labels that would say what to ask; expected a target, "
            "such as --target emotion=anger,happiness,neutral,sadness or --target arousal=1:5"
        )
    if settings.get("gold"):
        settings["gold_share"] = settings.get("gold_share") or USUAL_GOLD_SHARE
    studio = LabelProject(corpus=where, **settings)
    check_ranges(studio, corpus)
    control_clips(studio, corpus)  # what is wrong with it is found before anybody labels
    made = new_project(folder, studio, raters or ("me",))
    notes = (f"{len(corpus)} clip{'s' * (len(corpus) != 1)}", *corpus.notes, *([note] if note else []))
    return Opened(folder.resolve(), made, notes, _sounds(corpus))


def _sounds(corpus: Corpus) -> bool:
    return corpus.root is not None or any(root is not None for root in corpus.parts.values())


def _corpus(where: str, how: Reading, wanted: Mapping[str, Any]) -> Corpus:
    """Open the recordings of a new project."""
    table = far_set(wanted.get("features") or "", wanted.get("dask") or "")
    if table is None:
        if wanted.get("dask"):
            raise BadPlan("got --dask for features in memory; expected a set in partitions (--features); leave it out")
        if ids_alone(where, wanted.get("features") or ""):
            return recordings(LabelProject(where, tuple(wanted.get("targets") or ()), features=wanted["features"]))
        own = placed(where)
        with features_named(where):
            return replace(read_corpus(own if own.exists() else where, how), links=bool(wanted.get("links")))
    if not wanted.get("targets"):
        raise BadPlan(
            f"got features of {len(table):,} clips in partitions, of which no label is read; expected what to ask; say "
            "it, such as --target emotion=anger,happiness,neutral,sadness or --target arousal=1:5"
        )
    corpus = far_recordings(LabelProject(corpus=where, **{**wanted, **how.entries}), table)
    check_recorded(corpus)
    return corpus


def with_gold(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is wanted of a project, with known answers and features found from any folder that one starts in.

    Examples
    --------
    >>> with_gold({"gold": "corpus", "k": 2}), Path(with_gold({"gold": "known.csv"})["gold"]).is_absolute()
    ({'gold': 'corpus', 'k': 2}, True)
    """
    gold, features = wanted.get("gold") or "", wanted.get("features") or ""
    found = {**wanted, "features": absolute(features)} if is_far(features) else dict(wanted)
    return {**found, "gold": str(placed(gold).resolve())} if gold not in ("", CORPUS) else found


def _check_same(folder: Path, found: LabelProject, where: str, wanted: Mapping[str, Any]) -> None:
    place = placed(where)
    if found.corpus != (str(place.resolve()) if place.exists() else where):
        raise BadPlan(f"{folder} is the project of {found.corpus}, not of {where}; choose another folder (--project)")
    usual = {f.name: f.default for f in fields(LabelProject)}
    for name, value in wanted.items():
        if value != getattr(found, name) and value != usual[name] and value:
            raise BadPlan(
                f"{name} is {_plain(value)}, but the project at {folder} was made with "
                f"{_plain(getattr(found, name))}; leave it out to continue that one, or make "
                "another (--project)"
            )


def _plain(value: object) -> str:
    return " and ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def spelled(target: Target) -> str:
    """Return a target as text, as `seral_core.studio.screens.target_of` reads it.

    Examples
    --------
    >>> spelled(Target("arousal", low=1, high=5)), spelled(Target("emotion", ("anger", "sadness")))
    ('arousal=1:5', 'emotion=anger,sadness')
    >>> spelled(Target("arousal", rate_hz=25.0))
    'arousal=-1:1@25'
    """
    if target.is_scale:
        ends = f"{target.low:g}:{target.high:g}" if abs(target.high) != float("inf") else RELATIVE
        return f"{target.name}={ends}" + (f"@{target.rate_hz:g}" if target.rate_hz else "")
    return f"{target.name}={','.join(target.classes)}"


def changed(folder: Path, **changes: Any) -> LabelProject:
    """Change settings of a project that do not touch what was labelled: keys, screen, guess, strategy, batch ...

    Raises
    ------
    BadPlan
        When a change would make earlier labels mean something else.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> folder = made_project(clips=6)
    >>> changed(folder, guess="shown").guess
    'shown'
    >>> changed(folder, seed=5)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: seed cannot be changed in a project that exists; make another one
    """
    free = {
        "name",
        "screen",
        "strategy",
        "learner",
        "batch",
        "initial",
        "guess",
        "keys",
        "join",
        "repeat_share",
        "links",
        "dask",
    }
    for name in changes:
        if name not in free:
            raise BadPlan(f"{name} cannot be changed in a project that exists; make another one")
    with editing(folder):
        studio = replace(open_project(folder), **changes)
        write_project(folder, studio)
        return studio


def separate(folder: Path) -> LabelProject:
    """Give each rater a new link and the project a run of its own, so that it is no copy of another. Return it.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> folder = made_project(clips=6)
    >>> before = open_project(folder)
    >>> separate(folder).marks & before.marks
    frozenset()
    """
    with editing(folder):
        before = open_project(folder)
        _refuse_shared(folder, before)
        raters = tuple(Rater.new(rater.name) for rater in before.raters)
        former = (*before.former_runs, *filter(None, [before.run]))
        studio = replace(before, raters=raters, run=secrets.token_hex(6), former_runs=former)
        write_project(folder, studio)
        retire(folder, before.marks)
        settle(folder, studio.marks)
        return studio


def _refuse_shared(folder: Path, studio: LabelProject) -> None:
    """Raise `BadPlan` where a copy would be a project of its own with the database of the one that it copies."""
    try:
        check_original(folder, studio.marks)
    except Copied as wrong:
        if studio.store and wrong.original and open_project(wrong.original).store == studio.store:
            raise BadPlan(
                f"{folder} keeps its answers in the same database as {wrong.original}, of which it is a copy; expected "
                "one of its own, for the answers of both would be mixed; copy the database (pg_dump), name the new one "
                "as store in studio.toml, and say this again"
            ) from None
