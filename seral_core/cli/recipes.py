"""The ``seral recipe`` and ``seral recipes`` commands: each recipe's options are those that it declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seral_core.cli.names import CORPUS, FEATURES
from seral_core.cli.place import PLACE, features
from seral_core.console import echo
from seral_core.files import read_text
from seral_core.folders import inside
from seral_core.home import absolute

if TYPE_CHECKING:
    from seral_core.recipes.settings import Option

AFTER = "Writes report.md, summary.json, curves.parquet and figures; the same command continues after an interruption."


class Recipes(click.Group):
    """A command for each recipe, made from its settings when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all recipes."""
        from seral_core.recipes.base import recipes

        return list(recipes)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Return the command that carries out a recipe.

        Raises
        ------
        UnknownName
            When there is no such recipe.
        """
        from seral_core.recipes.base import recipes
        from seral_core.recipes.settings import options

        recipe = recipes[cmd_name]
        about = recipes.summary(cmd_name)
        examples = "\n".join(f"Example: seral recipe {cmd_name} {words}" for words in recipe.examples)
        return click.Command(
            cmd_name,
            params=[*map(parameter, options(recipe.settings)), *_common()],
            callback=_run,
            help=f"{about}\n\nAfter {recipe.paper}.\n\n{AFTER}",
            short_help=about,
            epilog=f"\b\n{examples}",
        )


@click.command(
    "recipe",
    cls=Recipes,
    subcommand_metavar="NAME [OPTIONS]",
    epilog="\b\nExample: seral recipe han2013 --corpus synthetic --quick --out out/han2013",
)
def recipe() -> None:
    """Repeat a published experiment.

    Each has options of its own: seral recipe NAME --help.
    """


def parameter(option: Option) -> click.Option:
    """Return the command line's option for a setting; left out, the setting keeps its default.

    Parameters
    ----------
    option : Option
        As the recipe declares it.

    Examples
    --------
    >>> from seral_core.recipes.settings import Option
    >>> parameter(Option("ranges", (), "Range of a scale.", "range", "Ranges")).opts
    ['--range']
    """
    flag, default = f"--{option.flag}", option.default
    if isinstance(default, bool):
        names = f"{flag}/--no-{option.flag}" if default else flag
        return click.Option([names, option.name], is_flag=True, default=default, help=option.help)
    shown = option.shown or (str(default) if default not in ("", ()) else "")
    text = option.help + (" May be repeated." if isinstance(default, tuple) else "")
    return click.Option(
        [flag, option.name],
        type=_type(option),
        multiple=isinstance(default, tuple),
        default=None,
        help=text + (f" [default: {shown}]" if shown else ""),
        shell_complete={"corpus": CORPUS, "features": FEATURES}.get(option.kind),
    )


def _type(option: Option) -> Any:
    if option.choices:
        return click.Choice(option.choices)
    match option.default:
        case int():
            return click.IntRange(min=None if option.least is None else int(option.least))
        case float():
            return click.FloatRange(min=option.least)
    return str


def _common() -> list[click.Option]:
    return [
        click.Option(["--jobs"], type=int, default=-1, show_default=True, help="Processes; -1 for one per core."),
        click.Option(["--out"], type=PLACE, required=True, help="Folder for runs, curves and report."),
    ]


@click.pass_context
def _run(context: click.Context, /, out: Path, jobs: int, **given: Any) -> None:
    from seral_core.progress import progress_bar
    from seral_core.recipes.base import recipes
    from seral_core.recipes.settings import options
    from seral_core.recipes.worker import carry_out

    name = str(context.info_name)
    kind = recipes[name].settings
    values = {each.name: _value(each, given[each.name]) for each in options(kind) if given[each.name] not in (None, ())}
    carry_out(name, kind(**values), out, jobs=jobs, progress=progress_bar(name, "step"))
    show_recipe(out)


def carry_on(out: Path, jobs: int = -1) -> None:
    """Go on with the recipe of a folder where it stopped.

    Parameters
    ----------
    out : Path
        Holds ``recipe.toml``.
    jobs : int
        Number of processes; -1 for one per core.
    """
    from seral_core.progress import progress_bar
    from seral_core.recipes.base import saved_settings
    from seral_core.recipes.worker import carry_out

    name, settings = saved_settings(out)
    carry_out(name, settings, out, jobs=jobs, progress=progress_bar(name, "step"))
    show_recipe(out)


def show_recipe(out: Path, to: Path | None = None) -> None:
    """Print the report of a recipe.

    Parameters
    ----------
    out : Path
        Its folder.
    to : Path, optional
        Nothing more is written: curves and figures lie in the folder.

    Raises
    ------
    BadPlan
        While there is no report.
    """
    from seral_core.errors import BadPlan

    path = inside(out, "report.md")
    if not path.is_file():
        raise BadPlan(f"{out} has no report yet; continue with: seral resume {out}")
    if to is not None:
        raise BadPlan(f"{to} was not written: curves.parquet, summary.json and the figures are in {out}; use these")
    echo(*read_text(path).split("\n"))
    echo(f"kept in {out}")


def _value(option: Option, given: Any) -> Any:
    """Return what was typed as the setting takes it: paths that hold everywhere, and lists at their commas."""
    from seral_core.corpora.base import absolute_corpus
    from seral_core.recipes.settings import PATHS

    if isinstance(given, tuple):
        return tuple(part.strip() for text in given for part in text.split(",") if part.strip())
    if option.kind == "corpus":
        return absolute_corpus(given)
    if option.kind == "features":
        return features(None, None, given)
    return absolute(given) if option.kind in PATHS else given


@click.command("recipes", epilog="Example: seral recipes")
def list_recipes() -> None:
    """List the published experiments that can be repeated."""
    from seral_core.recipes.base import recipes

    for name in recipes:
        echo(f"{name}  {recipes.summary(name)}", f"  {recipes[name].paper}")
