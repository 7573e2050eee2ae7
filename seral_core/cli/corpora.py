"""``seral corpora``: the readers and corpora there are, and what was understood of one, before any work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from seral_core.cli.lists import print_list, summaries
from seral_core.cli.names import CORPUS
from seral_core.cli.reading import reading_options, said_in
from seral_core.console import columns, echo
from seral_core.errors import BadPlan

if TYPE_CHECKING:
    from seral_core.corpora.corpus import Corpus
    from seral_core.types import Target


@click.command("corpora", epilog="Example: seral corpora path/to/recordings")
@click.argument("where", required=False, shell_complete=CORPUS)
@reading_options
@click.option("--remember", "keep", is_flag=True, help="Read it like this from now on, in all commands and pages.")
@click.option("--forget", is_flag=True, help="Read it as it is from now on.")
def list_corpora(where: str | None, keep: bool, forget: bool, **how: Any) -> None:
    """List readers and corpora, or say what is in one: columns, classes, speakers, missing files, and what was guessed.

    What was understood wrongly is set right with the options, here or in any other command; --remember keeps it.
    """
    from seral_core.corpora.base import absolute_corpus, read_corpus
    from seral_core.corpora.reading import Reading
    from seral_core.corpora.remembering import remember_all
    from seral_core.runs.features_alone import features_named

    if where is None:
        if keep or forget or any(how.values()):
            raise BadPlan("got options of a corpus, but no corpus; expected its path; add it: seral corpora PATH ...")
        _all()
        return
    where = absolute_corpus(where)
    if forget:
        remember_all(where, Reading())
    reading = said_in(where, how)
    with features_named(where):
        corpus = read_corpus(where, reading)
    _print(corpus, reading, _layout(where, reading))
    if keep:
        places = remember_all(where, reading)
        echo(f"  remembered for {' and '.join(places)}: {reading or 'nothing was said, so it is read as it is'}")


def _all() -> None:
    from seral_core.corpora.base import readers

    print_list("readers, recognised from the folder or named with --reader", summaries(readers))
    echo(
        "",
        "corpora by name",
        "  synthetic  built in, generated on first use (synthetic:clips=1200:seed=1 for others, "
        "synthetic:shift=0.7 for one recorded and rated otherwise)",
        "  synthetic-continuous  built in, arousal and valence of minutes as curves of six raters",
    )
    echo("  emodb, ravdess ... after 'seral fetch NAME'")
    echo("  merge:emodb,path/to/another,ratio=1.5  several as one, with the classes they share")


def _layout(where: str, reading: Any) -> str:
    """Return which reader recognises a corpus, with what it looks for; empty where somebody named one."""
    from pathlib import Path

    from seral_core.corpora.base import recognised

    if reading.reader or "pattern" in reading.options or not Path(where).exists():
        return ""
    reader = recognised(Path(where))
    return f"{reader.name}: {reader.pattern} (--reader NAME for another)"


def _print(corpus: Corpus, reading: Any, layout: str = "") -> None:
    from seral_core.corpora.links import links_note

    echo(repr(corpus))
    if layout:
        echo(f"  read as {layout}")
    if reading:
        echo(f"  read with {reading}")
    if corpus.columns:
        echo("  columns")
        echo(
            *columns([(name or "(no name)", what) for name, what in corpus.columns.items()], indent="    ").split("\n")
        )
    for target in corpus.task:
        echo(f"  {target.name}: {_answers(corpus, target)}")
    echo(f"  {_about(corpus)}")
    for name, text in (("licence", corpus.licence), ("cite", corpus.citation)):
        if text:
            echo(f"  {name}: {text}")
    for note in (*corpus.notes, *filter(None, [links_note(corpus)])):
        echo(f"  note: {note}")


def _answers(corpus: Corpus, target: Target) -> str:
    if target.rate_hz:
        return _of_frames(corpus, target)
    gold = corpus.gold(target.name)
    if target.is_scale:
        found = gold.describe()[["mean", "std", "min", "max"]].round(3).to_dict()
    else:
        found = gold.value_counts().to_dict()
    without = int(gold.isna().sum())
    raters = corpus.of(target.name)["rater"].nunique()
    parts = [f"{name} {value:g}" for name, value in found.items()]
    parts += [f"{without} clips without an agreed answer"] if without else []
    return ", ".join(parts) + (f"; {raters} raters" if raters > 1 else "")


def _of_frames(corpus: Corpus, target: Target) -> str:
    """Return what the gold of all frames is like, and how many recordings lack it."""
    import numpy as np

    gold = corpus.gold(target.name)
    known = gold.dropna()
    frames = np.concatenate([np.asarray(trace, float) for trace in known]) if len(known) else np.zeros(0)
    frames = frames[~np.isnan(frames)]
    if not len(frames):
        return "traces without gold"
    parts = [f"mean {frames.mean():.3g}, std {frames.std():.3g}, min {frames.min():.3g}, max {frames.max():.3g}"]
    without = len(gold) - len(known)
    parts += [f"{without} recordings without gold"] if without else []
    several = corpus.of(target.name).groupby("segment").size().max() > 1
    how = f"traces, gold {corpus.trace_gold}" if several else "traces"
    return f"{how}: {', '.join(parts)}"


def _about(corpus: Corpus) -> str:
    """Return how many speakers and sessions there are, and how much speech."""
    import numpy as np

    from seral_core.corpora.durations import durations_s, file_lengths_s

    speakers = corpus.segments["speaker"]
    unknown = int(speakers.isna().sum())
    parts = [f"{speakers.nunique()} speakers" + (f" ({unknown} clips without)" if 0 < unknown < len(corpus) else "")]
    parts += [f"{count} {name}s" for name in ("session", "split") if (count := corpus.segments[name].nunique())]
    parts += [f"{count} clips {sex}" for sex, count in corpus.segments["sex"].value_counts().items()]
    if corpus.root is None:
        return ", ".join([*parts, "no audio"])
    lasts = file_lengths_s(corpus)
    there = np.array([lasts[file] for file in corpus.segments.index.get_level_values("file")]) > 0
    seconds = durations_s(corpus).where(there)  # where a file is not there, times alone are no audio
    missing = seconds.index[seconds.isna()]
    parts.append(f"{seconds.sum() / 60:.1f} minutes of audio")
    return ", ".join(parts) + (_unreadable(corpus, list(missing)) if len(missing) else "")


def _unreadable(corpus: Corpus, clips: Sequence[str]) -> str:
    """Return how many clips cannot be heard, and why the first one cannot."""
    from seral_core.corpora.recording import why_unreadable

    why = why_unreadable(corpus.path(clips[0])[0])
    return f", {len(clips)} clips without a readable recording" + (f": {why}" if why else "")
