"""How a corpus is read: the same options wherever a command opens one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from seral_core.cli.names import completed, readers
from seral_core.corpora.reading import Reading, settled

Command = TypeVar("Command", bound=Callable[..., Any])


def reading_options(command: Command) -> Command:
    """Add the options that say how a corpus is read; `said_in` takes them out again."""
    options = (
        click.option(
            "--reader",
            default="",
            help="Which layout it has (see 'seral corpora'). [default: recognised]",
            shell_complete=completed(readers),
        ),
        click.option("--range", "ranges", multiple=True, help="Range of a scale: arousal=1:9; may be repeated."),
        click.option(
            "--column",
            "columns",
            multiple=True,
            help="What a column of a table is: speaker=SpkrID, description=age,city, class=y, scale=y, arousal=EmoAct, "
            "rater=anna,ben (an answer of each), votes=angry,sad (how many chose it); may be repeated.",
        ),
        click.option(
            "--class",
            "words",
            multiple=True,
            help="What a word means: 0=anger, wut=anger, or xxx= for no answer; may be repeated.",
        ),
        click.option("--pattern", default="", help="What names of files say: '{speaker}_{emotion}_{take}.wav'."),
        click.option("--channel", default="", help="Of stereo recordings: each, mix, or the number of one."),
        click.option(
            "--trace",
            "traces",
            multiple=True,
            help="How traces of raters become gold: gold=mean (default ewe), delay=raters (their lags are taken back), "
            "shift=4 (seconds back in time); of a table, rate=25 (values per second); may be repeated.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def said_in(where: str, options: dict[str, Any]) -> Reading:
    """Return how a corpus is read: what the options say, over what is remembered of it.

    Parameters
    ----------
    where : str
        The corpus.
    options : dict
        Of a command; those about reading are taken out.

    Examples
    --------
    >>> said_in("no/such/folder", {"reader": "table", "columns": ("speaker=who",), "channel": "each"}).said
    ('column speaker=who', 'channel each')
    """
    said = just_said(options)
    return settled(where, said.reader, said.ranges, said.said)


def just_said(options: dict[str, Any]) -> Reading:
    """Return what the options of a command say about how a corpus is read, and take them out.

    Examples
    --------
    >>> just_said({"words": ("xxx=",), "budget": 5}).said
    ('class xxx=',)
    """
    said = [f"column {text}" for text in options.pop("columns", ())]
    said += [f"class {text}" for text in options.pop("words", ())]
    said += [f"{kind} {text}" for kind in ("pattern", "channel") if (text := options.pop(kind, ""))]
    said += [f"trace {text}" for text in options.pop("traces", ())]
    return Reading(options.pop("reader", ""), tuple(options.pop("ranges", ())), tuple(said))
