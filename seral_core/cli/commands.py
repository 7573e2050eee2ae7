"""The ``seral`` command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from seral_core import __version__, toml
from seral_core.cli.corpora import list_corpora
from seral_core.cli.cost import plan_cost
from seral_core.cli.features import DASK, engine_of, engine_on, features
from seral_core.cli.folders import grid_folder, logs_of, mend, resumed, shown, write_asked
from seral_core.cli.label import label
from seral_core.cli.labels import labels
from seral_core.cli.lists import print_list, summaries
from seral_core.cli.model import export_model, predict
from seral_core.cli.names import (
    CORPUS,
    FEATURES_OPTION,
    LEARNER_OPTION,
    ORACLE,
    STRATEGY,
    Complete,
    completed,
    fetchable,
)
from seral_core.cli.numbers import with_numbers
from seral_core.cli.place import PLACE, REPLACE
from seral_core.cli.reading import reading_options, said_in
from seral_core.cli.recipes import list_recipes, recipe
from seral_core.cli.sharing import sharing
from seral_core.cli.story import story
from seral_core.cli.stream import stream
from seral_core.cli.tables import write_table
from seral_core.console import echo
from seral_core.errors import BadPlan, UnknownName
from seral_core.files import replacing
from seral_core.folders import claim_file, claim_fresh
from seral_core.progress import progress_bar

#: More repetitions are a slip of the hand.
MOST_SEEDS = 100_000
Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="\b\nA first look:         seral demo\nYour own recordings:  seral dashboard path/to/recordings",
)
@click.version_option(__version__, prog_name="seral")
def commands() -> None:
    """Active learning for speech emotion recognition."""


def _option(name: str, default: str | float, text: str, names: Complete | None = None) -> Callable[[Command], Command]:
    return click.option(name, default=default, show_default=default != "", help=text, shell_complete=names)


def plan_options(command: Command) -> Command:
    """Add the options that make a plan."""
    options = (
        _option("--corpus", "synthetic", "Built-in name, fetched corpus, folder or table, or merge:ONE,OTHER.", CORPUS),
        reading_options,
        FEATURES_OPTION,
        click.option("--target", "--targets", "targets", multiple=True, help="What to learn. [default: the first]"),
        LEARNER_OPTION,
        _option("--oracle", "gold", "gold, noisy:wrong=0.2, crowd:votes=3:agree=2 ...", ORACLE),
        _option("--start", "random", "First labels: random, stratified, k-means ...", STRATEGY),
        _option("--initial", "20", "Number of first labels, or a share of the pool such as 1%."),
        _option("--batch", "10", "Labels per round, or a share such as 2%."),
        click.option(
            "--step",
            "steps",
            multiple=True,
            help="A step of each round, such as 'strategy=most-confident oracle=machine:above=0.9 n=50'; may be "
            "repeated. [default: one step of --strategy, --oracle and --batch]",
        ),
        click.option("--budget", help="Labels, or seconds of traces, or a share such as 20%. [default: 200, or 600 s]"),
        _option("--stretch", 0.0, "Of traces: ask for stretches of about so many seconds; 0 for whole recordings."),
        _option("--scenario", "pool", "pool, or stream: clips arrive in an order drawn by the seed."),
        _option("--buffer", 20, "Of a stream: arrivals looked at together."),
        _option("--keep", 0.5, "Of a stream: most of a buffer that is labelled."),
        _option("--split", "speakers:5", "speakers:K, '2 of 5', speaker, session, corpus, given, none."),
        _option("--test", "", "Name the test part: session=Ses05, speaker=09,10, corpus=emodb."),
        _option("--judge", "held-out", "Or whole-set: the pool, with known labels filled in."),
        _option("--normalise", "auto", "Speaker normalisation: auto, on, off."),
        _option("--device", "auto", "Where learners that ask for it compute: auto, cpu, cuda, mps."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _plan(options: dict[str, Any], **more: Any) -> Any:
    from seral_core.corpora.base import absolute_corpus
    from seral_core.learners.base import learners
    from seral_core.runs.parts import hears
    from seral_core.runs.plan import Plan
    from seral_core.runs.speech import corpus_of
    from seral_core.runs.step_plan import StepPlan
    from seral_core.strategies.compose import phases_of

    split = options.pop("test") or options.pop("split")
    options.pop("split", None)
    labels = {name: options.pop(name) for name in ("initial", "batch", "budget")}
    targets = tuple(name for given in options.pop("targets") for name in given.split(","))
    corpus = absolute_corpus(options.pop("corpus"))
    options["steps"] = tuple(map(StepPlan.parsed, options["steps"]))
    options |= said_in(corpus, options).entries
    plan = Plan(corpus=corpus, targets=targets, split=split, budget=10**9, **options, **more)
    if not hears(learners[phases_of(plan.learner)[0].name]):
        _propose_features(corpus_of(plan))
    return with_numbers(plan, labels)


def _propose_features(corpus: Any) -> None:
    """Say which features would be better, where none were named; those of the plan stay what they are."""
    from seral_core.deep.proposal import how_to_get, proposal, wants_encoder

    source = click.get_current_context().get_parameter_source("features")
    if source is ParameterSource.DEFAULT and wants_encoder(corpus):
        found = proposal(corpus)
        text = f"{found.text} Choose them with --features {found.features}" if found else how_to_get()
        echo(f"note: {text}", err=True)


@commands.command(epilog="Example: seral run --corpus synthetic --strategy margin --budget 100")
@plan_options
@click.option(
    "--strategy", default="recommended", show_default=True, help="See 'seral strategies'.", shell_complete=STRATEGY
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--fold", type=int, default=0, show_default=True, help="Which part of the split is the test part.")
@DASK
@click.option("--out", type=PLACE, default=None, help="Folder for the run. [default: one of SERAL's own]")
def run(out: Path | None, strategy: str, seed: int, fold: int, dask: str, **options: Any) -> None:
    """Run active learning once and print every round."""
    from seral_core.runs.grid import Grid

    claim_fresh(out, "grid") if out else None
    plan = _plan(options, strategy=strategy, seed=seed, fold=fold)
    with engine_on(dask) as engine:
        _carry_on(Grid(plan, (plan.strategy,), (seed,), (fold,)), out, engine)


@commands.command(epilog="Example: seral grid --strategies recommended,entropy,random --seeds 5 --out out/first")
@plan_options
@click.option(
    "--strategies",
    default="recommended,entropy,random",
    show_default=True,
    help="Names, with commas between.",
    shell_complete=STRATEGY,
)
@click.option("--seeds", type=int, default=5, show_default=True, help="Number of repetitions.")
@click.option("--folds", default="all", show_default=True, help="'all', or numbers with commas between.")
@click.option("--jobs", type=int, default=-1, show_default=True, help="Processes; -1 for one per core.")
@click.option("--dask", default="", metavar="ADDRESS", help="Send the work to this Dask scheduler, or local:4.")
@click.option("--out", type=PLACE, required=True, help="Folder for runs, curves and summary.")
def grid(out: Path, strategies: str, seeds: int, folds: str, jobs: int, dask: str, **options: Any) -> None:
    """Compare strategies over seeds and folds, in parallel; writes curves.parquet and summary.json."""
    from seral_core.runs.grid import Grid, all_folds

    claim_fresh(out, "grid")
    if not 0 < seeds <= MOST_SEEDS:
        raise BadPlan(f"got {toml.shown(seeds)} seeds; expected 1 to {MOST_SEEDS}; correct --seeds")
    plan = _plan(options)
    chosen = all_folds(plan) if folds == "all" else tuple(_numbers(folds))
    names = tuple(name.strip() for name in strategies.split(",") if name.strip())
    _carry_on(Grid(plan, names, tuple(range(seeds)), chosen), out, jobs=jobs, dask=dask)


@commands.command(epilog="Example: seral resume out/first")
@click.argument("folder", type=PLACE)
@click.option("--jobs", type=int, default=-1, show_default=True, help="Processes; -1 for one per core.")
@click.option("--dask", default="", metavar="ADDRESS", help="Send the work to this Dask scheduler, or local:4.")
@click.option("--repair", is_flag=True, help="Set unreadable lines of damaged logs aside first.")
def resume(folder: Path, jobs: int, dask: str, repair: bool) -> None:
    """Go on with a run, grid, recipe or stream where it stopped."""
    from seral_core.deep.models import nothing_fetched
    from seral_core.runs.grid import Grid

    with nothing_fetched():  # a run that somebody gave you may name any encoder
        if resumed(folder, jobs, repair):
            return
        grid = Grid.load(top := grid_folder(folder))
        mend([log.folder for log in grid.logs(top)] if repair else [])
        with engine_of(grid, dask) as (engine, rest):
            _carry_on(grid, top, engine, jobs=jobs, dask=rest)


@commands.command(epilog="Example: seral show out/first --metric uar --out curves.html")
@click.argument("folder", type=PLACE)
@click.option("--target", default="", help="[default: the first]")
@click.option("--metric", default="", help="[default: uar, or ccc on a scale]")
@click.option("--out", type=PLACE, default=None, help="Write a file: .html .png .svg .csv .parquet .json")
@click.option("--asked", type=PLACE, default=None, help="Write what was asked and answered: .csv .parquet .json")
@REPLACE
def show(folder: Path, target: str, metric: str, out: Path | None, asked: Path | None, replace: bool) -> None:
    """Show or export the curves of a run or grid, or what a recipe or stream has come to."""
    from seral_core.errors import UnknownName
    from seral_core.runs.curve import curves

    for file in (out, asked):
        claim_file(file, replace=replace, outside=folder)
    if shown(folder, out, asked):
        return
    top = grid_folder(folder)
    frame = curves(logs_of(folder))
    if frame.empty:
        raise BadPlan(f"{top} has no scores yet; continue with: seral resume {top}")
    target = target or frame["target"].iloc[0]
    have = frame.loc[frame["target"] == target, "metric"].unique().tolist()
    if not have:
        raise UnknownName("target", target, frame["target"].unique().tolist())
    metric = metric or ("uar" if "uar" in have else "ccc")
    if metric not in have:
        raise UnknownName("metric", metric, have)
    _print_one(frame, target, metric)
    if out is not None:
        _write(frame, target, metric, out)
        echo(f"wrote {out}")
    if asked is not None:
        write_asked(folder, asked)


@commands.command("strategies", epilog="Example: seral strategies")
def list_strategies() -> None:
    """List strategies, learners, oracles, confidence measures and metrics."""
    from seral_core.confidence.base import measures
    from seral_core.learners.base import learners
    from seral_core.oracles.base import oracles
    from seral_core.scores.metrics import metrics
    from seral_core.strategies.base import strategies

    notation = "name[:until][:option=value], one after another with +, as typiclust:50+margin"
    print_list(f"strategies: {notation}", summaries(strategies))
    print_list("learners", summaries(learners))
    print_list("oracles", summaries(oracles))
    print_list("confidence measures, such as for machine:by=calibrated", summaries(measures))
    print_list("metrics", ((name, (m.formula.__doc__ or "").split("\n")[0]) for name, m in metrics.items()))


@commands.command(epilog="Example: seral fetch emodb, or seral fetch whisper-tiny.en")
@click.argument("name", shell_complete=completed(fetchable))
def fetch(name: str) -> None:
    """Download a public corpus, or a pretrained speech encoder.

    From its publisher; licence, citation and size are shown first. Encoders are known by a short name (see 'seral
    features') or by their name at Hugging Face. The path of an encoder's folder makes it known to models that were
    trained with it.
    """
    from seral_core.corpora.catalogue import sources
    from seral_core.corpora.fetch import fetch as download
    from seral_core.deep.catalogue import known
    from seral_core.deep.models import fetch_model

    if name in known or "/" in name:
        echo(f"{name} is in {fetch_model(name)}; use it with: seral run --features {name}")
        return
    if name not in sources:
        raise UnknownName("corpus or pretrained model", name, [*sources, *known])
    echo(f"{name} is in {download(name)}; use it with: seral run --corpus {name}")


@commands.command(epilog="Example: seral dashboard path/to/recordings")
@click.argument("place", required=False, type=PLACE)
@click.option("--port", type=int, default=8501, show_default=True)
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open a browser window.")
@sharing
def dashboard(place: Path | None, port: int, browser: bool, reach: Any) -> None:
    """Open the dashboard.

    On recordings, on the folder of a grid or of a labelling project, or, when no place is named, as it was left.
    """
    from seral_dashboard.serve import serve

    serve(port=port, place=place, browser=browser, reach=reach)


@commands.command(epilog="Example: seral demo")
@click.option("--port", type=int, default=8501, show_default=True)
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open a browser window.")
def demo(port: int, browser: bool) -> None:
    """Open the dashboard on two finished examples: one where asking helps, and one where it does not."""
    from seral_core.demo import DEMOS, finished_demo
    from seral_dashboard.serve import serve

    first, _ = [finished_demo(progress_bar(f"making {name}"), name) for name in DEMOS]
    serve(port=port, place=first, browser=browser)


def _carry_on(grid: Any, out: Path | None, engine: Any = None, **how: Any) -> None:
    from tqdm import tqdm

    from seral_core.home import home
    from seral_core.runs.build import prepare
    from seral_core.runs.curve import write
    from seral_core.runs.grid import run_grid
    from seral_core.runs.remarks import remarks

    made = prepare(grid.plans()[0], progress_bar("features"))
    folder = out or home("runs") / f"{made.corpus.name}-{grid.key}"
    for alarm in _alarms(grid, made):
        echo(f"ALARM: {alarm}", alarm=True, err=True)
    for note in made.notes:
        echo(f"note: {note}", err=True)
    grid.go_on(folder)
    many = len(grid.plans()) > 1 or bool(how.get("dask"))
    unfinished = not all(log.finished() for log in grid.logs(folder))
    if many:
        for _ in tqdm(run_grid(grid, folder, **how), total=len(grid.plans()), unit="run", disable=None):
            pass
    else:
        _one_run(grid, folder, made, engine)
    frame = write(grid.plan, grid.logs(folder), folder)
    if many or not unfinished:
        _print_curves(frame)
    for remark in remarks(grid.logs(folder)):
        echo(f"note: {remark}", err=True)
    echo(f"kept in {folder}")


def _alarms(grid: Any, made: Any) -> list[str]:
    """Return the alarms of all folds, each once."""
    from seral_core.corpora.folds import splits
    from seral_core.runs.build import alarms_of
    from seral_core.runs.speech import corpus_of

    if len(grid.folds) < 2:
        return list(made.alarms)
    whole = corpus_of(made.plan)
    parts = splits(whole, made.plan.split)
    by_fold = {fold: alarms_of(whole, made.pool.task, parts[fold], made.raw) for fold in grid.folds}
    folds: dict[str, list[str]] = {}
    for fold, alarms in by_fold.items():
        for alarm in alarms:
            folds.setdefault(alarm, []).append(str(fold))
    every = len(grid.folds)
    return [a if len(own) == every else f"fold {', '.join(own)}: {a}" for a, own in folds.items()]


def _one_run(grid: Any, folder: Path, made: Any, engine: Any) -> None:
    from seral_core.runs.events import Scored
    from seral_core.runs.run import run as run_one

    def tell_scores(event: Any, _: Any) -> None:
        if isinstance(event, Scored):
            scores = [
                f"{target} {name} {value:.3f}" for target, of in event.scores.items() for name, value in of.items()
            ]
            unit = "s traced" if made.pool.costs is not None else "labels"
            echo(f"{event.spent:6g} of {made.plan.budget:g} {unit}   " + "  ".join(scores))

    grid.save(folder)
    run_one(grid.plans()[0], folder / "runs", listeners=(tell_scores,), engine=engine)


def _print_curves(frame: Any) -> None:
    for target in frame["target"].unique():
        have = set(frame.loc[frame["target"] == target, "metric"])
        _print_one(frame, target, "uar" if "uar" in have else "ccc")


def _print_one(frame: Any, target: str, metric: str) -> None:
    from seral_core.console import curve_text, versus_text

    text = (curve_text(frame, target, metric), versus_text(frame, target, metric))
    echo(*("\n" + "\n\n".join(part for part in text if part) + "\n").split("\n"))


def _write(frame: Any, target: str, metric: str, out: Path) -> None:
    from seral_core.charts import learning_curves
    from seral_core.pictures import save

    if out.suffix in (".html", ".png", ".svg"):
        with replacing(out) as draft:
            save(learning_curves(frame, metric, target), draft)
    else:
        write_table(frame, out, ".html .png .svg .csv .parquet or .json")


def _numbers(text: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise BadPlan(f"folds are '{text}'; expected 'all' or numbers with commas between, such as 0,2") from None


for command in (
    list_corpora, recipe, list_recipes, stream, story, label, labels, predict, export_model, features, plan_cost,
):  # fmt: skip
    commands.add_command(command)
