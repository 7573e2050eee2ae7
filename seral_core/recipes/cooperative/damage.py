"""What self-training does to a start with wrong labels: rounds of the machine alone, and what bounds the damage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seral_core.recipes.cells import Scores, Trial
from seral_core.recipes.cooperative.machine_labels import Standing
from seral_core.recipes.cooperative.ways import KEEP, machine_step
from seral_core.runs.build import prepare
from seral_core.runs.events import Event, Labelled, MachineLabelled, Scored, Withdrawn
from seral_core.runs.loops import pool_loop
from seral_core.runs.plan import Plan
from seral_core.runs.step_plan import StepPlan

NOBODY, BARE = "no machine", "machine alone"
QUOTA, TOTAL, WITHDRAWAL = "quota per round", "quotas per round and in all", "withdrawal"
HONEST, BOTH = "honest withdrawal", "quota per round and honest withdrawal"
VARIANTS = (NOBODY, BARE, QUOTA, TOTAL, WITHDRAWAL, HONEST, BOTH)
#: The machine looks at the whole pool.
ALL = 1_000_000
#: What is counted beside the score: the share of the machine's standing labels that is wrong, and how many there are.
WRONG, LABELS = "wrong", "labels"


@dataclass(frozen=True)
class Damage:
    """Measures one start with wrong labels and the rounds of the machine that follow, as `Trials` do.

    Parameters
    ----------
    plan : Plan
        What all trials share; ``initial`` is the number of labels at the start.
    above : float
        From which confidence on the machine labels; it is careless.
    quota, total : int
        Most labels of each class in a round, and in all, where these are bounded.
    wrong : float
        Share of the first labels that are wrong.
    rounds : int
        How often the machine labels.
    """

    plan: Plan
    above: float
    quota: int
    total: int
    wrong: float
    rounds: int

    def __call__(self, trial: Trial) -> Scores:
        """Return UAR and the machine's labels by round; a run that ends early stays as it was."""
        step = self._machine(trial.variant)
        steps = (
            StepPlan("people", "random", f"noisy:wrong={self.wrong:g}", self.plan.initial),
            *([step] if step else []),
        )
        made = prepare(self.plan.varied(steps=steps, seed=trial.seed, fold=trial.fold, strategy="random"))
        people, machine = made.steps[0], made.steps[1:]
        loop = pool_loop(
            made.pool, made.learner, machine, made.judge, start=people, seed=trial.seed, budget=self.plan.initial + 1.0
        )
        target = made.pool.task[0].name
        standing = Standing(dict(made.corpus.gold(target).items()), target)
        last: list[tuple[str, float]] = []
        at = 0
        for number, scores in self._rounds(loop, standing, target):
            at, last = number, scores
            yield from ((target, name, float(number), value) for name, value in scores)
        for later in range(at + 1, self.rounds + 1):
            yield from ((target, name, float(later), value) for name, value in last)

    def _rounds(
        self, loop: Iterator[Event], standing: Standing, target: str
    ) -> Iterator[tuple[int, list[tuple[str, float]]]]:
        """Yield the score after the machine's rounds, from 0, with its labels that this score rests on."""
        for event in loop:
            match event:
                case Labelled() | Withdrawn() | MachineLabelled():
                    standing.take(event)
                case Scored():
                    number = event.round - 1  # the first round of the loop asks people
                    counts = [(WRONG, standing.wrong), (LABELS, float(len(standing)))]
                    yield number, [("uar", event.scores[target]["uar"]), *counts]
                    if number >= self.rounds:
                        return
                case _:
                    pass

    def _machine(self, variant: str) -> StepPlan | None:
        quota, keep = {"quota": self.quota}, {"keep": min(KEEP, self.above)}
        bounds: dict[str, dict[str, object]] = {
            BARE: {},
            QUOTA: {**quota},
            TOTAL: {**quota, "total": self.total},
            WITHDRAWAL: {**keep},
            HONEST: {**keep, "honest": "yes"},
            BOTH: {**quota, **keep, "honest": "yes"},
        }
        return None if variant == NOBODY else machine_step(ALL, above=self.above, **bounds[variant])
