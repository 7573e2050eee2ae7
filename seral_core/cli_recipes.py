"""The ``seral recipe`` and ``seral recipes`` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seral_core.home import absolute


@click.command(epilog="Example: seral recipe han2013 --corpus synthetic --quick --out out/han2013")
@click.argument("name")
@click.option("--corpus", default="synthetic", show_default=True, help="Built-in or fetched corpus, folder or table.")
@click.option("--reader", default="", help="How to read it (see 'seral corpora'); recognised when left out.")
@click.option("--range", "ranges", multiple=True, help="Range of a scale: arousal=1:9; may be repeated.")
@click.option(
    "--features", default="SERALv01", show_default=True,
    help="Extractor (see 'seral features'), or path to ready features.",
)  # fmt: skip
@click.option("--target", "targets", multiple=True, help="What to learn; may be repeated. [default: the paper's]")
@click.option("--test", default="", help="Test part, such as session=5. [default: turns at five groups of speakers]")
@click.option("--learner", default="", help="See 'seral strategies'. [default: the paper's]")
@click.option("--normalise", default="auto", show_default=True, help="Speaker normalisation: auto, on, off.")
@click.option("--initial", type=click.IntRange(1), help="First labels. [default: the paper's share of the pool]")
@click.option("--step", type=click.IntRange(1), help="Labels a round. [default: the paper's share of the pool]")
@click.option("--repetitions", type=click.IntRange(1), help="[default: the paper's, or 3 when quick]")
@click.option("--quick", is_flag=True, help="Fewer repetitions and larger steps, for a first look.")
@click.option("--more", is_flag=True, help="With the further strategies that the paper speaks of.")
@click.option("--together", is_flag=True, help="Also with all targets at once.")
@click.option("--jobs", type=int, default=-1, show_default=True, help="Processes; -1 for one a core.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for runs, curves and report.")
def recipe(name: str, out: Path, jobs: int, **said: Any) -> None:
    """Repeat a published experiment (see 'seral recipes').

    Writes report.md, summary.json, curves.parquet and figures; the same command goes on after an interruption.
    """
    from seral_core.progress import progress_bar
    from seral_core.recipes.base import Setting, carry_out_recipe

    corpus, features = absolute(said.pop("corpus")), absolute(said.pop("features"))
    targets = tuple(target for given in said.pop("targets") for target in given.split(","))
    said = {key: value for key, value in said.items() if value is not None}
    setting = Setting(corpus=corpus, features=features, targets=targets, **said)
    report = carry_out_recipe(name, setting, out, jobs=jobs, progress=progress_bar(name, "step"))
    click.echo(report.read_text(encoding="utf-8"))
    click.echo(f"kept in {out}")


@click.command("recipes", epilog="Example: seral recipes")
def list_recipes() -> None:
    """List the published experiments that can be repeated."""
    from seral_core.recipes.base import recipes

    for name in recipes:
        click.echo(f"{name}  {recipes.summary(name)}\n  {recipes[name].paper}")
