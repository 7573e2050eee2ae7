"""``seral stream``: which arriving recordings should be labelled; and what ``show`` and ``resume`` do with streams."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import click

from seral_core.cli.names import FEATURES_OPTION, LEARNER_OPTION
from seral_core.cli.place import PLACE
from seral_core.console import echo
from seral_core.folders import claim_fresh

#: So many open questions are listed.
SHOWN = 20


@click.command(epilog="Example: seral stream --watch recordings --target emotion=anger,neutral,sadness --out first")
@click.option("--watch", "folder", type=PLACE, required=True, help="Where recordings arrive.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    required=True,
    help="emotion=anger,sadness or arousal=1:9 (arousal alone: -1 to 1); may be repeated.",
)
@click.option("--out", type=PLACE, help="Folder for the stream. [default: one of SERAL's own]")
@click.option("--answers", type=PLACE, help="Table you fill in. [default: answers.csv in --out]")
@click.option("--strategy", default="", help="[default: binary-confidence for scales, margin for classes]")
@LEARNER_OPTION
@FEATURES_OPTION
@click.option("--buffer", type=int, default=20, show_default=True, help="Arrivals looked at together.")
@click.option("--keep", type=float, default=0.5, show_default=True, help="Most of a buffer that is asked for.")
@click.option("--initial", type=int, default=20, show_default=True, help="First arrivals, all asked for.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--settle",
    "settle_s",
    type=float,
    default=1.0,
    show_default=True,
    help="Seconds without change after which a recording is complete.",
)
@click.option("--once", is_flag=True, help="Decide on what is there now, then end.")
def stream(
    folder: Path, targets: tuple[str, ...], out: Path | None, answers: Path | None, once: bool, **how: Any
) -> None:
    """Say of each arriving recording whether it wants a label.

    Open questions are in questions.csv. Copy its rows to answers.csv, fill them in, and they are learned
    from. Stop it at any time: the same command continues where it was.
    """
    from seral_core.home import home
    from seral_core.runs.watch_folder import Watch, target_from

    folder = folder.resolve()
    if out is None:
        out = home("streams") / f"{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
    claim_fresh(out, "stream")
    plan = Watch(folder, out, tuple(map(target_from, targets)), answers or out / "answers.csv", **how)
    _watch(plan, once=once)


def _watch(plan: Any, once: bool = False) -> None:
    from seral_core.runs.live_stream import watch

    echo(f"watching {plan.folder}; questions: {plan.out / 'questions.csv'}; answers: {plan.answers}", err=True)
    for _ in watch(plan, once=once, tell=echo):
        pass


def resume_stream(out: Path) -> None:
    """Go on watching as ``watch.toml`` says.

    Parameters
    ----------
    out : Path
        Folder of a stream.
    """
    from seral_core.runs.watch_folder import saved

    _watch(saved(out))


def _waiting(plan: Any, open_questions: tuple[str, ...]) -> str:
    """Say how many answers have been filled in, but not been read yet."""
    from seral_core.oracles.answers import Answers
    from seral_core.runs.log import Log
    from seral_core.runs.watch_folder import learned_by
    from seral_core.types import Query

    answers = Answers(plan.answers, echo, learned_by(Log(plan.out).events()))
    filled = len(answers.usable(Query(open_questions, plan.task)))
    return f"; {filled} are filled in, to be learned from before the next buffer is looked at" if filled else ""


def show_stream(out: Path, to: Path | None = None) -> None:
    """Say how far a stream has come and what is open, or export every decision.

    Parameters
    ----------
    out : Path
        Folder of a stream.
    to : Path, optional
        A table to write: .csv, .parquet or .json.

    Raises
    ------
    BadPlan
        When the table is to be of another kind.
    """
    from seral_core.cli.tables import write_table
    from seral_core.runs.run import running
    from seral_core.runs.watch_folder import decided, saved, tally

    plan, table = saved(out), decided(out)
    found = tally(table)
    now = "being watched now" if running(out) else f"not being watched now; continue with: seral resume {out}"
    echo(f"{plan.folder} is {now}")
    echo(
        f"{found.arrived} arrived, {found.asked} asked for ({found.answered} answered, {len(found.open)} open), "
        f"{found.passed} passed; targets {', '.join(target.name for target in plan.task)}, strategy {plan.chosen}"
    )
    if found.open:
        more = [f"  ... and {len(found.open) - SHOWN} more"] if len(found.open) > SHOWN else []
        echo(*[f"open, in {out / 'questions.csv'}:", *(f"  {f}" for f in found.open[:SHOWN]), *more])
    echo(f"answers are read from {plan.answers}" + _waiting(plan, found.open))
    if to is None:
        return
    write_table(table, to, ".csv, .parquet or .json")
    echo(f"wrote {to}")
