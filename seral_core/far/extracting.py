"""Extraction into partitions: each is worked on where there is time, and written once; a killed extraction goes on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import AUDIO
from seral_core.errors import BadCorpus, BadFeatures
from seral_core.far.block import Block
from seral_core.far.engine import Engine
from seral_core.far.place import Place
from seral_core.far.table import FarTable
from seral_core.far.writing import Writer, problems_of
from seral_core.features.base import Extractor, extractor_from, frames_hz
from seral_core.features.extract import Clip, Done, Progress, outcome_of
from seral_core.guard import csv_text

#: Clips of a partition: what is lost of one when its worker dies.
CLIPS = 16_384
#: What could not be used, beside the partitions.
SKIPPED, NOT_FINITE = "skipped.csv", "features are not finite"


@dataclass(frozen=True)
class Chunk:
    """The clips of one partition.

    Parameters
    ----------
    number : int
        Of the partition.
    clips : tuple of Clip
        Where they are; of an object store, paths are names below ``source``.
    source : Place, optional
        The object store; left out: files of this computer.
    """

    number: int
    clips: tuple[Clip, ...]
    source: Place | None = None

    def digest(self) -> str:
        """Return a hash of the clips: names and times, and of files of this computer size and time of writing."""
        digest = sha256()
        for clip in self.clips:
            digest.update(f"{clip.segment} {clip.start_s} {clip.end_s} {clip.channel}".encode())
            with suppress(OSError):
                if self.source is None:
                    about = clip.path.stat()
                    digest.update(f" {about.st_size} {about.st_mtime_ns}\n".encode())
        return digest.hexdigest()[:16]


def extract_far(
    what: Corpus | FarTable | str, extractor: str | Extractor, out: str | Path, engine: Engine, *, each: int = CLIPS,
    dtype: str = "float32", progress: Progress | None = None, there: Callable[[int], object] | None = None,
) -> Place:  # fmt: skip
    r"""Write one row of features for every usable clip, in partitions.

    Parameters
    ----------
    what : Corpus, str or FarTable
        A corpus; the address of recordings in an object store; or features that are to be written once more, as those
        of a parquet dataset.
    extractor : str or Extractor
        As in `seral_core.features.extract.extract`; not used where there are features.
    out : str or Path
        A folder or an address, made where it is missing. Partitions that are there already stay.
    engine : Engine
        Who works on partitions.
    each : int
        Clips of a partition.
    dtype : {"float32", "float16"}
        How values are stored.
    progress : callable, optional
        Called as ``progress(done, total, text)`` after each partition.
    there : callable, optional
        Called with the number of each partition that was there already.

    Returns
    -------
    Place
        What `seral_core.far.opening.open_far` opens, with a table ``skipped.csv`` of the clips that cannot be used.

    Raises
    ------
    BadCorpus
        When there are no recordings.
    BadFeatures
        When the extractor gives frames, of which a clip has several, or nothing can be used.

    Examples
    --------
    >>> from seral_core.far.engine import Here
    >>> from seral_core.far.opening import open_far
    >>> from seral_core.far.table import far_example
    >>> place = extract_far(far_example(), "", tempfile.mkdtemp(), Here(), each=3)
    >>> len(open_far(place.address)), place.read("skipped.csv")
    (5, b'segment,reason\r\n')
    """
    place = Place.of(out)
    if isinstance(what, FarTable):
        writer = Writer(place, what.names, what.key, what.normalised, dtype, each)
        items = [(number, block, f"{what.fingerprint} {number}") for number, block in enumerate(what.blocks)]
        work, total = engine.map(_copied, iter(items), writer), len(items)
    else:
        made = extractor_from(extractor) if isinstance(extractor, str) else extractor
        if frames_hz(made):
            raise BadFeatures(
                f"{made.key} gives frames, several rows per clip; expected one row per clip in partitions; choose "
                "another"
            )
        writer = Writer(place, tuple(made.names), made.key, "", dtype, each)
        names = _there(what) if isinstance(what, str) else list(what.ids)
        total = -(-len(names) // each)
        work = engine.map(_extracted, chunks(what, names, each), (writer, made))
    for done, (number, new) in enumerate(work, 1):
        if there and not new:
            there(number)
        if progress:
            progress(done, total, f"partition {number}" + ("" if new else " was there"))
    writer.finish(total)
    place.write(SKIPPED, csv_of(problems_of(place, total)))
    return place


def csv_of(problems: Sequence[tuple[str, str]]) -> bytes:
    r"""Return clips that cannot be used, each with the reason, as CSV in which no name is a formula.

    Examples
    --------
    >>> csv_of([("=1+1.wav", "is silent")])
    b"segment,reason\r\n'=1+1.wav,is silent\r\n"
    """
    frame = pd.DataFrame(list(problems), columns=["segment", "reason"], dtype=object)
    return csv_text(frame).encode("utf-8", "surrogatepass")


def chunks(what: Corpus | str, names: list[str], each: int) -> Iterator[Chunk]:
    """Yield the partitions' clips, as they are needed.

    Examples
    --------
    >>> [[clip.segment for clip in chunk.clips] for chunk in chunks("s3://bucket", ["a.wav", "b.wav", "c.wav"], 2)]
    [['a.wav', 'b.wav'], ['c.wav']]
    """
    left = iter(names)
    number = 0
    while some := list(islice(left, each)):
        if isinstance(what, str):
            whole = (0.0, float("nan"), None)
            yield Chunk(number, tuple(Clip(name, Path(name), *whole, "") for name in some), Place.of(what))
        else:
            yield Chunk(number, tuple(Clip(name, *what.path(name), "") for name in some))
        number += 1


def _there(address: str) -> list[str]:
    """Return the recordings of an object store, by name."""
    found = [name for name in Place.of(address).below() if Path(name).suffix.lower() in AUDIO]
    if not found:
        raise BadCorpus(f"no recordings at {address}; expected files such as .wav or .flac; check the address")
    return found


def _extracted(chunk: Chunk, shared: tuple[Writer, Extractor]) -> tuple[int, bool]:
    """Write one partition, unless it is there; return its number, and whether it was written."""
    writer, extractor = shared
    of = chunk.digest()
    if writer.has(chunk.number, of):
        return chunk.number, False
    ids, rows, problems = [], [], []
    for clip in chunk.clips:
        done = outcome_of(clip, extractor) if chunk.source is None else _fetched(clip, extractor, chunk.source)
        found = done.outcome
        if isinstance(found, str):
            problems.append((clip.segment, found))
        else:
            ids.append(clip.segment)
            rows.append(found)
    values = np.stack(rows) if rows else np.zeros((0, len(writer.names)), np.float32)
    writer.write(chunk.number, ids, values, problems, of)
    return chunk.number, True


def _fetched(clip: Clip, extractor: Extractor, source: Place) -> Done:
    with tempfile.TemporaryDirectory(prefix="seral-") as folder:
        path = Path(folder) / f"clip{clip.path.suffix}"
        try:
            path.write_bytes(source.read(clip.path.as_posix()))
        except FileNotFoundError:
            return Done(clip, "does not exist")
        return outcome_of(replace(clip, path=path), extractor)


def _copied(item: tuple[int, Block, str], writer: Writer) -> tuple[int, bool]:
    number, block, of = item
    if new := not writer.has(number, of):
        table = block.table()
        good = np.isfinite(table.values).all(axis=1)
        bad = [(table.ids[row], NOT_FINITE) for row in np.flatnonzero(~good).tolist()]
        kept = np.flatnonzero(good)
        writer.write(number, block.ids().take(kept), table.values[kept], bad, of)
    return number, new
