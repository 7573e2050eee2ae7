"""Ready features: rows that others extracted, read from a file and joined to a corpus by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus, segment_place
from seral_core.corpora.durations import file_lengths_s
from seral_core.corpora.files import few
from seral_core.corpora.find_files import agree
from seral_core.corpora.matching import WAYS, matched, namesakes
from seral_core.errors import BadFeatures, NotAFile
from seral_core.features.base import SUFFIXES
from seral_core.features.cache import table_key
from seral_core.features.ready_folders import read_feature_folder
from seral_core.features.ready_tables import Parts, from_start, rate_of, read_feature_table, step_of, unreadable
from seral_core.features.stretched import in_parts, recordings_of, stretched
from seral_core.features.table import FeatureTable
from seral_core.files import DAMAGED, read_text, regular
from seral_core.home import placed
from seral_core.unpacking import check_archive

#: A corpus may lack features for fewer than this share of its clips: they are left out and named.
FEW = 0.05


def load_features(path: Path | str) -> FeatureTable:
    """Read ready features.

    Parameters
    ----------
    path : Path or str
        ``.npz`` with ``ids``, ``values`` and optionally ``names``; where clips have several frames also ``bounds``
        (clip ``i`` has the rows ``bounds[i]`` to ``bounds[i + 1] - 1`` of ``values``) and ``rate_hz``, frames per
        second. ``.npy`` beside a text file of the same name with one id per line (``.ids.txt`` or ``.ids``).
        ``.csv``, ``.arff`` or ``.parquet`` with a column ``file`` (and ``start``, ``end``: seconds, or times such as
        ``0 days 00:00:01.5``), ``name``, ``segment`` or ``id``, as openSMILE writes them among others; see
        `seral_core.features.ready_tables.read_feature_table`. A folder with such tables of frames, one for each
        recording, as in the AVEC challenges: see `seral_core.features.ready_folders`.

    Returns
    -------
    FeatureTable
        float32; a ``.npy`` of that type is memory-mapped.

    Raises
    ------
    BadFeatures
        When the file is missing, of another kind, or its parts do not fit together.

    Examples
    --------
    >>> from seral_core.home import home
    >>> path = home("cache", "example") / "two.npz"
    >>> np.savez(path, ids=["a.wav", "b.wav"], values=[[1.0, 2.0], [3.0, 4.0]])
    >>> load_features(path)
    FeatureTable(2 rows, 2 features)
    """
    path = placed(path)
    if path.is_dir():
        return _table(read_feature_folder(path), path)
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise BadFeatures(f"got {path} as features; expected a file that ends with {', '.join(SUFFIXES)}")
    try:
        regular(path)
    except NotAFile as why:
        raise BadFeatures(str(why)) from None
    if not path.is_file():
        raise BadFeatures(f"{path} does not exist; expected a file with ready features; check the path")
    return _table(_READERS[suffix](path), path)


def _table(parts: Parts, path: Path) -> FeatureTable:
    """Return what a file holds as a table, checked."""
    values, ids, names, bounds, rate_hz, notes = parts
    if values.ndim != 2 or (len(values) if bounds is None else np.size(bounds) - 1) != len(ids):
        raise BadFeatures(
            f"{path} holds values of shape {values.shape} and {len(ids)} ids; "
            "expected one row of values for each id, or bounds with one number more than ids where clips have several "
            "(frames); write all from the same extraction"
        )
    if not values.shape[1]:
        raise BadFeatures(f"{path} holds no features, only ids; expected one number or more per row; write it again")
    twice = [segment for segment, count in Counter(ids).items() if count > 1]
    if twice:
        raise BadFeatures(f"{path} has {len(twice)} ids more than once, first '{twice[0]}'; keep one row of each")
    try:
        table = FeatureTable(_as_float32(values, path), tuple(ids), tuple(names), bounds, rate_hz=rate_hz, notes=notes)  # type: ignore[arg-type]
    except BadFeatures as wrong:
        raise BadFeatures(f"{path}: {wrong}") from None
    return replace(table, key=f"{path.stem}-{table.fingerprint}")


def match(table: FeatureTable, corpus: Corpus) -> FeatureTable:
    """Return the rows of a corpus's segments, in the corpus's order.

    Ids are compared as they are; if that finds too few, by less and less of the file's name, as long as no two
    segments share it. A row from 0 s to the end of a file belongs to the whole file, and so does a file's only row from
    0 s where there is no audio to compare with. Rows with constant steps of time are frames, if the segments are whole
    files. Where the segments are stretches of recordings, their frames are cut from those of the recordings, unless the
    table has rows for the stretches themselves.

    Parameters
    ----------
    table : FeatureTable
        May hold other segments too.
    corpus : Corpus
        Whose segments are wanted.

    Returns
    -------
    FeatureTable
        Segments without features, and those with features that are not finite, are in ``problems``; how rows were
        joined, and rows of no segment, in ``notes``.

    Raises
    ------
    BadFeatures
        When 5 % or more of the segments have no features.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> table = FeatureTable(np.eye(4, dtype=np.float32), ("d", "c", "b", "a"))
    >>> match(table, toy_corpus()).ids
    ('a.wav', 'b.wav', 'c.wav', 'd.wav')
    """
    if in_parts(corpus) and not all(i in table for i in corpus.ids):
        return stretched(match(table, recordings_of(corpus)), corpus)
    listed = dict(table.problems)
    try:
        place, notes = _joined(table, corpus, listed)
    except BadFeatures:
        frames = _framed(table, corpus)
        if frames is None:
            raise
        table = frames
        place, notes = _joined(table, corpus, listed)
    good = [i for i in corpus.ids if i in place]
    problems = tuple((i, listed.get(i, "has no features")) for i in corpus.ids if i not in place)
    key = table_key(table.key, dict.fromkeys(good, "")) if table.key else ""
    found = replace(table.only([place[i] for i in good]), ids=tuple(good), key=key, problems=problems)
    found = replace(found, notes=(*table.notes, *notes))
    usable = found.finite()
    if not len(usable):
        raise BadFeatures(f"no segment of {corpus.name} has finite features; expected numbers; extract them again")
    return usable


def _joined(table: FeatureTable, corpus: Corpus, listed: Collection[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return their id for each segment that has features, and how they were joined if not by id."""
    most: dict[str, str] = {}
    lengths_s: dict[str, float] = {}
    for whole in (False, True):
        lengths_s = file_lengths_s(corpus) if whole else lengths_s
        for how in WAYS:
            place = matched(table.ids, corpus.ids, how, lengths_s if whole else None, guess=True)
            most = place if len(place) > len(most) else most
            if place and sum(i not in place and i not in listed for i in corpus.ids) < FEW * len(corpus):
                return place, _told(table, corpus, place, how, lengths_s)
    raise _too_few([i for i in corpus.ids if i not in most and i not in listed], table, corpus)


def _told(
    table: FeatureTable, corpus: Corpus, place: Mapping[str, str], how: str, lengths_s: Mapping[str, float]
) -> tuple[str, ...]:
    """Return notes: how rows were joined, and which belong to no clip."""
    notes = [] if how == "id" else [f"features were joined by {how}: their ids are not those of {corpus.name}"]
    ends = [i for i, other in place.items() if segment_place(i)[1:] != segment_place(other)[1:] and i != other]
    wholes = [i for i in ends if lengths_s and str(segment_place(i)[2]) != str(segment_place(place[i])[2])]
    if wholes:
        known = any(np.isfinite(lengths_s.get(segment_place(i)[0], np.nan)) for i in wholes)
        why = "they end with the file" if known else "there is no audio to compare with, and each file has one row"
        notes.append(f"features of {len(wholes)} rows from 0 s on are taken for whole files: {why}")
    used = set(place.values())
    if rest := [i for i in table.ids if i not in used]:
        notes.append(f"{len(rest)} rows of features belong to no clip of {corpus.name}, such as {few(rest)}")
    return tuple(notes)


def _framed(table: FeatureTable, corpus: Corpus) -> FeatureTable | None:
    """Return a table whose rows are frames of whole files as one with a block of frames per file, or None.

    Frames are equally long, at equal steps, and leave no gaps.
    """
    places = [segment_place(i) for i in table.ids]
    files = [file for file, _, _ in places]
    if not table.plain or len(set(files)) == len(files) or any("#" in i for i in corpus.ids):
        return None
    times_s = np.array([times for _, *times in places])
    clips, order, bounds, step_s = step_of(files, times_s[:, 0])
    lengths_s = np.diff(times_s[order], axis=1)[np.setdiff1d(np.arange(len(order)), bounds[1:] - 1)]  # the last may end
    if not (step_s <= lengths_s.min(initial=np.inf) * 1.1 and np.ptp(lengths_s) <= 0.1 * step_s):
        return None
    rate_hz = rate_of(step_s)
    note = f"rows of features are taken for frames of whole files, {rate_hz:g} per second"
    values, bounds, more = from_start(table.values[order], times_s[order, 0], bounds, step_s, clips)
    notes = (*table.notes, note, *more)
    return replace(table, values=values, ids=tuple(clips), bounds=bounds, rate_hz=rate_hz, notes=notes)


def _too_few(missing: Sequence[str], table: FeatureTable, corpus: Corpus) -> BadFeatures:
    first = ", ".join(f"'{i}'" for i in missing[:3])
    theirs = f"'{table.ids[0]}'" if table.ids else "none"
    same = namesakes(missing[:1], table.ids).get(missing[0], [])
    elsewhere = same and not any(agree(segment_place(own)[0], segment_place(missing[0])[0]) for own in same)
    other = f"; '{same[0]}' is not '{missing[0]}', since its folder is another one" if elsewhere else ""
    return BadFeatures(
        f"no features for {len(missing)} of {len(corpus)} segments of {corpus.name}, first {first} "
        f"(first id in the features: {theirs}{other}); expected a row for each; "
        "extract the missing ones, or write the segments' ids as the corpus has them"
    )


def _read_npz(path: Path) -> Parts:
    try:
        check_archive(path)
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in ("ids", "values") if name not in file]
            if missing:
                raise BadFeatures(
                    f"{path} holds {', '.join(file.files) or 'nothing'}; expected ids and values; "
                    "write it with numpy.savez(path, ids=ids, values=values)"
                )
            names = [str(name) for name in file["names"]] if "names" in file else []
            bounds = file.get("bounds")
            rate_hz = float(file.get("rate_hz", 0.0))
            if not (np.isfinite(rate_hz) and rate_hz >= 0):
                raise BadFeatures(f"{path} has a rate_hz of {rate_hz:g}; expected frames per second, such as 25")
            return Parts(file["values"], [str(i) for i in np.atleast_1d(file["ids"])], names, bounds, rate_hz)
    except BadFeatures:
        raise
    except DAMAGED as why:
        raise unreadable(path, why, "an .npz of plain arrays (ids as text, not as Python objects)") from None


def _read_npy(path: Path) -> Parts:
    beside = [path.with_suffix(".ids.txt"), path.with_suffix(".ids")]
    found = next((file for file in beside if file.is_file()), None)
    if found is None:
        raise BadFeatures(f"{path} has no ids; expected {beside[0].name} beside it, with one segment id per line")
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except DAMAGED as why:
        raise unreadable(path, why, "an .npy of numbers") from None
    try:
        ids = read_text(found).split("\n")  # a name may begin with a blank
    except UnicodeDecodeError as why:
        raise unreadable(found, why, "text in UTF-8") from None
    return Parts(values, [i for i in ids if i], [])


def _as_float32(values: NDArray[np.generic], path: Path) -> NDArray[np.floating]:
    if values.dtype.kind not in "iuf":  # to numpy, spans of time are whole numbers
        raise BadFeatures(f"{path} holds values of type {values.dtype}; expected real numbers; convert them")
    with np.errstate(over="ignore"):  # becomes inf, and the row is named as not finite
        return np.asanyarray(values, dtype=np.float32)


_READERS: dict[str, Callable[[Path], Parts]] = {
    ".npz": _read_npz,
    ".npy": _read_npy,
    ".csv": read_feature_table,
    ".arff": read_feature_table,
    ".parquet": read_feature_table,
}
