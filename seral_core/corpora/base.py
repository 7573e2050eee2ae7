"""Open a corpus: by its name, from a folder, or from a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from seral_core import own
from seral_core.corpora.built_in import built_in, is_built_in
from seral_core.corpora.catalogue import fetched, sources
from seral_core.corpora.channel_choice import with_channels
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import AUDIO, few, left_out, listed_once
from seral_core.corpora.frames import corpus_from
from seral_core.corpora.hugging_face import is_dataset, table_of
from seral_core.corpora.reading import Reading, remembered
from seral_core.corpora.speakers import told_apart
from seral_core.corpora.tables import OTHER_TABLES, TABLES
from seral_core.errors import BadCorpus
from seral_core.files import regular
from seral_core.home import absolute, here, placed
from seral_core.registry import Registry
from seral_core.scores.trace_gold import OPTIONS as TRACE
from seral_core.scores.trace_gold import USUAL, rule_of

MERGE = "merge:"


class Reader(Protocol):
    """Anything that opens one layout of recordings and labels.

    ``name`` is what ``--reader`` takes; ``pattern`` is the layout in a few words.

    Examples
    --------
    >>> readers["savee"].name, readers["savee"].pattern
    ('savee', 'DC_a01.wav or DC/a01.wav (speaker, emotion letters, number)')
    >>> readers["savee"].recognises(Path("no/such/folder"))
    0.0
    """

    @property
    def name(self) -> str:
        """What the reader is called."""
        ...

    @property
    def pattern(self) -> str:
        """The layout in a few words, such as ``<emotion>/*.wav``."""
        ...

    def recognises(self, path: Path) -> float:
        """Return how sure it is, from 0 (no) to 1, that ``path`` has its layout. It never raises."""
        ...

    def read(self, path: Path) -> Corpus:
        """Open ``path``, or raise `BadCorpus`."""
        ...


#: Readers by name: objects, ready for use.
readers: Registry[Reader] = Registry("reader", "seral_core.corpora.readers")


def open_corpus(where: Any, reader: str | None = None, **options: Any) -> Corpus:
    """Open a corpus, whatever it is; what is remembered of how it is read holds where nothing else is said.

    Parameters
    ----------
    where : str, Path, DataFrame or Corpus
        ``"synthetic"``, also with options as in ``"synthetic:clips=120:seed=1:shift=0.7"`` (see
        `seral_core.corpora.synthetic.synthetic`), or ``"synthetic-continuous"``, with traces (see
        `seral_core.corpora.synthetic_continuous.synthetic_continuous`); a folder; a table (CSV or parquet); or the
        name of a corpus that ``seral fetch`` brought, such as ``"emodb"``; or several of these as one, with options as
        in ``"merge:emodb,path/to/ravdess,ratio=1.5"`` (see `seral_core.corpora.merged.merge`): ``ratio=``, ``seed=``,
        ``scales=map``, ``only=anger/sadness/neutral`` and ``map=excitement/happiness``. A DataFrame, or a
        Hugging Face dataset with sound, is read as a table in a file would be, with files relative to the folder that
        the user is in, or to ``root=``; a corpus is given back as it is.
    reader : str, optional
        Which layout it has; left out: recognised from the files.
    **options
        What the reader takes besides, such as ``ranges={"arousal": (1, 9)}`` for a table; ``pattern=`` alone
        means the reader of that name. And how traces become gold, see `seral_core.scores.trace_gold.TraceGold`:
        ``gold="mean"``, ``delay="raters"``, ``shift=4``.

    See Also
    --------
    seral_core.corpora.reading : what ``seral corpora PATH --remember`` keeps.

    Returns
    -------
    Corpus
        Its ``notes`` say what was left out or guessed.

    Raises
    ------
    BadCorpus
        When nothing is there, no reader recognises it, or labels do not fit.
    UnknownName
        When there is no such reader.

    Examples
    --------
    >>> open_corpus("no/such/folder")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: 'no/such/folder' does not exist; expected a folder, a table, synthetic, or a corpus \
    that can be fetched (emodb, ravdess); check the path
    """
    if isinstance(where, str | Path):
        corpus = _as_remembered(where, reader, options)
    else:
        of_traces, others = _of_traces(options)
        corpus = _with_rule(_in_memory(where, reader, others), of_traces)
    _check_ranges(corpus, options)
    return corpus


def read_corpus(where: str | Path, reading: Reading, **options: Any) -> Corpus:
    """Open a corpus in just this way, whatever is remembered of it.

    Parameters
    ----------
    where : str or Path
        As `open_corpus`.
    reading : Reading
        How.
    **options
        What the reader takes besides.

    Raises
    ------
    BadCorpus, BadPlan, UnknownName
        As `open_corpus`, and when the reader does not take what was said.

    Examples
    --------
    >>> read_corpus("no/such/folder", Reading("table"))
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: 'no/such/folder' does not exist; expected a folder, a table, ...
    """
    of_traces, others = _of_traces(reading.options | options)
    corpus = _with_rule(_opened(str(where), reading.reader or None, others, reading.channel), of_traces)
    _check_ranges(corpus, reading.options)
    return corpus


def _as_remembered(where: str | Path, reader: str | None, options: dict[str, Any]) -> Corpus:
    known = remembered(where)
    of_traces, options = _of_traces(known.options | options)
    corpus = _with_rule(_opened(str(where), reader or known.reader or None, options, known.channel), of_traces)
    note = f"it was read as remembered: {known} (seral corpora PATH --forget to read it as it is)"
    return replace(corpus, notes=(*corpus.notes, note)) if known else corpus


def _of_traces(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options that say how traces become gold, and the others."""
    return {n: v for n, v in options.items() if n in TRACE}, {n: v for n, v in options.items() if n not in TRACE}


def _with_rule(corpus: Corpus, options: Mapping[str, Any]) -> Corpus:
    """Return a corpus with the rule for gold that options ask for; raise where it has no traces."""
    if not options:
        return corpus
    if not any(target.rate_hz for target in corpus.task):
        said = ", ".join(f"{name}={value}" for name, value in options.items())
        raise BadCorpus(f"got {said} for {corpus.name}, which has no traces; leave it out")
    rule = rule_of(options)
    if rule == USUAL:
        return replace(corpus, trace_gold=rule)
    return replace(corpus, trace_gold=rule, notes=(*corpus.notes, f"gold of traces: {rule}"))


def _check_ranges(corpus: Corpus, options: Mapping[str, Any]) -> None:
    targets = [target.name for target in corpus.task]
    if lost := [name for name in options.get("ranges", ()) if name not in targets]:
        raise BadCorpus(
            f"got a range for {few(lost)}, which {corpus.name} has no target of; it has {few(targets, 12) or 'none'}; "
            "correct the name, or leave the range out"
        )


def _in_memory(given: Any, reader: str | None, options: dict[str, Any]) -> Corpus:
    if isinstance(given, Corpus):
        if reader or options:
            said = ", ".join(filter(None, (reader, *options)))
            raise BadCorpus(f"got {said} for a corpus that is open already; leave it out")
        return given
    given, root = table_of(given) if is_dataset(given) else (given, here())
    table = _with_options(readers[reader or "table"], {"root": str(root), **options})
    return told_apart(corpus_from(given, table.read))


def _opened(text: str, reader: str | None, options: dict[str, Any], channel: str) -> Corpus:
    if is_built_in(text):
        if reader or options or channel:
            said = ", ".join(filter(None, (reader, *map(_called, options), channel)))
            raise BadCorpus(f"got {said} for the built-in corpus; expected nothing about how it is read; leave it out")
        return built_in(text)
    if text.startswith(MERGE):
        if reader:
            raise BadCorpus(f"got the reader {reader} for a merged corpus; expected none: its parts are recognised")
        return _merged(text, options)
    if own.is_own(text):
        return with_channels(_in_memory(own.found(text), reader, options), channel)
    path = _locate(text)
    if not path.is_dir():
        regular(path)
    with listed_once():
        named = reader or ("pattern" if options.get("pattern") else "")
        chosen = readers[named] if named else recognised(path)
        corpus = told_apart(_with_options(chosen, options).read(path))
        notes = left_out(path) if path.is_dir() and corpus.root is not None else ()
    return with_channels(replace(corpus, notes=(*corpus.notes, *notes)) if notes else corpus, channel)


def parts_of(where: str) -> tuple[list[str], list[str]]:
    """Return the corpora that a text merges, and its options; a text that merges nothing is its only corpus.

    Raises
    ------
    BadCorpus
        When a part is empty.

    Examples
    --------
    >>> parts_of("merge:emodb, data/ravdess, ratio=1.5"), parts_of("emodb")
    ((['emodb', 'data/ravdess'], ['ratio=1.5']), (['emodb'], []))
    """
    if not where.startswith(MERGE):
        return [where], []
    parts = [part.strip() for part in where.removeprefix(MERGE).split(",")]
    if not all(parts):
        raise BadCorpus(f"'{where}' has an empty part; expected corpora between commas, such as merge:emodb,ravdess")
    options = [part for part in parts if part.partition("=")[0] in _MERGE_OPTIONS]
    return [part for part in parts if part not in options], options


def absolute_corpus(where: str) -> str:
    """Return the text of a corpus with absolute paths, so that a plan means the same from any folder.

    Examples
    --------
    >>> absolute_corpus("synthetic"), absolute_corpus("merge:synthetic,emodb,ratio=2")
    ('synthetic', 'merge:synthetic,emodb,ratio=2')
    """
    if not where.startswith(MERGE):
        return absolute(where)
    corpora, options = parts_of(where)
    return MERGE + ",".join([*map(absolute, corpora), *options])


def recognised(path: Path) -> Reader:
    """Return the reader that is surest of ``path``.

    Parameters
    ----------
    path : Path
        A folder or a table.

    Raises
    ------
    BadCorpus
        When no reader knows it; the message names all layouts.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("DC_a01.wav", "JE_sa02.wav"):
    ...     (folder / name).touch()
    >>> recognised(folder).name
    'savee'
    """
    with listed_once():
        sure = {name: reader.recognises(path) for name, reader in readers.loadable().items()}
        notes = left_out(path)
    best = max(sure, key=lambda name: sure[name])
    if sure[best] > 0:
        return readers[best]
    if path.is_dir() and not any(path.iterdir()):
        raise BadCorpus(f"the folder {path} is empty; expected recordings or a table of labels; check the path")
    if notes:
        raise BadCorpus(f"{path} holds no recordings that can be used: {'; '.join(notes)}")
    if path.suffix.lower() in AUDIO and path.is_file():
        raise BadCorpus(
            f"{path} is one recording; expected a folder of recordings, or a table that names them; give its folder, "
            f"{path.parent}"
        )
    if path.suffix.lower() in OTHER_TABLES:
        raise BadCorpus(
            f"{path} is no table that SERAL reads; expected {', '.join(sorted(TABLES))}; save it as 'CSV UTF-8' in its "
            "program; labels of Label Studio or Prodigy are added to a store of labels: seral labels import"
        )
    layouts = "; ".join(f"{name}: {reader.pattern}" for name, reader in readers.loadable().items())
    raise BadCorpus(
        f"no reader recognises {path}; known layouts are {layouts}; "
        "name the layout with --reader, such as --reader table"
    )


def _locate(where: str) -> Path:
    path = placed(where)
    if path.exists():
        return path
    if where in sources:
        if fetched(where).is_dir():
            return fetched(where)
        raise BadCorpus(f"corpus '{where}' is not on this computer yet; download it first: seral fetch {where}")
    can = ", ".join(sorted(name for name, source in sources.items() if source.url))
    raise BadCorpus(
        f"'{where}' does not exist; expected a folder, a table, synthetic, or a corpus that can be "
        f"fetched ({can}); check the path"
    )


def _merged(where: str, options: dict[str, Any]) -> Corpus:
    from seral_core.corpora.merged import merge

    corpora, said = parts_of(where)
    given: dict[str, Any] = {"classes": {}}
    for option in said:
        key, _, value = option.partition("=")
        try:
            if key == "map":
                old, new = value.split("/")
                given["classes"][old.strip()] = new.strip()
            else:
                given[key] = _MERGE_OPTIONS[key](value)
        except ValueError:
            raise BadCorpus(
                f"got '{option}' in '{where}'; expected a number after ratio=, a whole number after seed=, refuse or "
                "map after scales=, and two classes after map=, as in map=excitement/happiness; correct it"
            ) from None
    return merge(*(_part(part, options) for part in corpora), **given)


def _part(where: str, options: dict[str, Any]) -> Corpus:
    """Open one of several corpora, with those options that its reader has."""
    if not options or is_built_in(where):
        return _as_remembered(where, None, {})
    reader = recognised(_locate(where))
    known: set[str] = {f.name for f in fields(reader)} if is_dataclass(reader) else set()
    return _as_remembered(where, reader.name, {name: value for name, value in options.items() if name in known})


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("/"))


_MERGE_OPTIONS: dict[str, Callable[[str], Any]] = {
    "ratio": float, "seed": int, "scales": str, "map": str, "only": _words,
}  # fmt: skip


def _called(option: str) -> str:
    """Return an option as commands call it."""
    names = {"words": "--class", "columns": "--column", "ranges": "--range", "pattern": "--pattern"}
    return f"{option} ({names[option]})" if option in names else option


def _with_options(reader: Reader, options: dict[str, Any]) -> Reader:
    if not options:
        return reader
    known: set[str] = {f.name for f in fields(reader)} if is_dataclass(reader) else set()
    unknown = sorted(set(options) - known)
    if unknown or not is_dataclass(reader):
        raise BadCorpus(
            f"reader '{reader.name}' has no option {', '.join(map(_called, unknown))}; "
            f"it takes {', '.join(sorted(map(_called, known))) or 'none'}; leave it out or choose another reader"
        )
    return replace(reader, **options)
