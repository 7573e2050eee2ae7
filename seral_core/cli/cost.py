"""``seral plan-cost``: bytes, seconds and memory of a run on features in partitions, before it starts."""

from __future__ import annotations

import click

from seral_core.cli.names import LEARNER_OPTION, STRATEGY
from seral_core.console import echo
from seral_core.home import absolute


@click.command("plan-cost", epilog="Example: seral plan-cost out/features --strategy k-centre --workers 1,8,64")
@click.argument("features")
@LEARNER_OPTION
@click.option("--strategy", default="margin", show_default=True, shell_complete=STRATEGY)
@click.option("--classes", type=click.IntRange(2), default=4, show_default=True, help="Of the category asked for.")
@click.option("--batch", type=click.IntRange(1), default=10, show_default=True, help="Labels per round.")
@click.option("--labels", type=click.IntRange(2), default=200, show_default=True, help="Labels that are known already.")
@click.option("--workers", default="1,8,64", show_default=True, help="Numbers with commas between.")
@click.option("--clips", type=click.IntRange(0), default=0, help="Of a larger set like it. [default: this one]")
@click.option("--network", type=float, default=10.0, show_default=True, help="Gbit per second.")
@click.option("--partitions", type=click.IntRange(1), default=3, show_default=True, help="How many are measured.")
def plan_cost(
    features: str, learner: str, strategy: str, classes: int, batch: int, labels: int, workers: str, clips: int,
    network: float, partitions: int,
) -> None:  # fmt: skip
    """Say what a round on FEATURES in partitions costs, here and on more workers.

    A few partitions are really worked on, with labels that are made up; the rest is arithmetic. A worker is one process
    with a core and a disk like those here.
    """
    from seral_core.cli.numbers import whole_numbers
    from seral_core.far.agreed import agree
    from seral_core.far.opening import open_far
    from seral_core.runs.far_cost import cost_of
    from seral_core.types import Target

    agree(features)
    table = open_far(absolute(features))
    task = (Target("emotion", tuple(f"class {i}" for i in range(classes))),)
    found = cost_of(table, strategy, learner, task, batch, labels, partitions)
    size = clips or len(table)
    echo(
        f"{size:,} clips x {found.features} features, {strategy}, {batch} labels per round; measured on "
        f"{min(partitions, found.parts)} of {found.parts} partitions: {found.read_s:.3f} s to read one, "
        f"{found.work_s:.3f} s to work on it",
        f"{'workers':>8} {'a round':>12} {'read':>10} {'sent':>10} {'memory each':>12} {'not shared':>11}",
    )
    for count in whole_numbers(workers, "--workers"):
        cost = found.on(count, rows=size, network=network * 1e9 / 8)
        read, sent, memory = (f"{n / 2**20:,.0f} MiB" for n in (cost.read_bytes, cost.sent_bytes, cost.memory_bytes))
        echo(f"{count:>8} {cost.round_s:>10.1f} s {read:>10} {sent:>10} {memory:>12} {cost.master_s:>9.1f} s")
