"""``seral stream``: say which of the recordings that arrive in a folder should be labelled."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import click


@click.command(epilog="Example: seral stream --watch recordings --target emotion=anger,neutral,sadness --out first")
@click.option("--watch", "folder", type=click.Path(path_type=Path), required=True, help="Where recordings arrive.")
@click.option(
    "--target", "targets", multiple=True, required=True,
    help="emotion=anger,sadness or arousal=1:9 (arousal alone: -1 to 1); may be repeated.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the stream. [default: one of SERAL's own]")
@click.option("--answers", type=click.Path(path_type=Path), help="Table you fill in. [default: answers.csv in --out]")
@click.option("--strategy", default="", help="[default: binary-confidence for scales, margin for classes]")
@click.option("--learner", default="recommended", show_default=True, help="See 'seral strategies'.")
@click.option("--features", default="SERALv01", show_default=True, help="See 'seral features'.")
@click.option("--buffer", type=int, default=20, show_default=True, help="Arrivals looked at together.")
@click.option("--keep", type=float, default=0.5, show_default=True, help="Most of a buffer that is asked for.")
@click.option("--initial", type=int, default=20, show_default=True, help="First arrivals, all asked for.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--settle", "settle_s", type=float, default=1.0, show_default=True,
              help="Seconds without change after which a recording is complete.")  # fmt: skip
@click.option("--once", is_flag=True, help="Decide on what is there now, then end.")
def stream(
    folder: Path, targets: tuple[str, ...], out: Path | None, answers: Path | None, once: bool, **how: Any
) -> None:
    """Say of each arriving recording whether it wants a label.

    Open questions stand in questions.csv. Copy its rows to answers.csv, fill them in, and they are learned
    from. Stop it at any time: the same command goes on where it was.
    """
    from seral_core.home import home
    from seral_core.runs.watch import Watch, target_from, watch

    folder = folder.resolve()
    if out is None:
        out = home("streams") / f"{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
    plan = Watch(folder, out, tuple(map(target_from, targets)), answers or out / "answers.csv", **how)
    click.echo(f"watching {folder}; questions: {out / 'questions.csv'}; answers: {plan.answers}", err=True)
    for _ in watch(plan, once=once, tell=click.echo):
        pass
