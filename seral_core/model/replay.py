"""From a run's log to the learner it had in the end: the same labels, the same random numbers, trained once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from seral_core import own
from seral_core.errors import BadPlan
from seral_core.folders import inside, kind_of
from seral_core.learners.base import Known, Learner
from seral_core.learners.cross_task import CrossTask, NormMapping
from seral_core.runs.build import PreparedRun
from seral_core.runs.checkpoints import Checkpoints, KeptModels, nothing_kept
from seral_core.runs.events import Asked, Event, Labelled, MachineLabelled, Scored, Trained, Withdrawn
from seral_core.runs.history import History
from seral_core.runs.log import Log
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Round
from seral_core.runs.self_training import in_place
from seral_core.threads import one_thread
from seral_core.types import Label


@dataclass(frozen=True)
class Replayed:
    """The learner of the last round that a run trained one in.

    Parameters
    ----------
    learner : Learner
        As the run's judge saw it.
    known : Known
        What it learned from.
    scored : Scored or None
        What the judge said of it.
    round : int
        Which round that was.
    """

    learner: Learner
    known: Known
    scored: Scored | None
    round: int


class _ReadOnly(KeptModels):
    """Models that a run kept, brought back without changing its folder."""

    def save(self, learner: Learner, number: int, known: Known) -> None:
        """Keep nothing."""


def replayed(made: PreparedRun, events: Sequence[Event], folder: Path | None = None) -> Replayed:
    """Train the learner of a run's last round once more, as the run did.

    Parameters
    ----------
    made : PreparedRun
        What the run is made of; its pool stays as it is.
    events : sequence of Event
        What happened in the run.
    folder : Path, optional
        Of the run, where learners that can be kept may have left a model; it is not changed.

    Raises
    ------
    BadPlan
        When nothing was trained yet, or the learner needs more than a recording; `BadLog` where the run was made on
        other data.
    """
    made.check(events)
    goes_on = getattr(made.learner, "goes_on", False)
    trainings = list(_trainings(made, events, folder, last=not goes_on))
    if not trainings:
        raise BadPlan("no model was trained in this run yet; expected at least one round; continue it: seral resume")
    kept: Checkpoints = _ReadOnly(folder) if folder is not None else nothing_kept
    rounds = [Round(made.plan.seed, number, made.learner, known, History(()), kept) for number, known in trainings]
    with one_thread():
        if not (goes_on and not kept.restore(made.learner, *trainings[-1])):
            rounds = rounds[-1:]
        for now in rounds:
            for _ in now.train(None, 0.0):
                pass
    number, known = trainings[-1]
    scored = next((e for e in reversed(events) if isinstance(e, Scored) and e.round == number), None)
    return Replayed(without_source(made.learner), known, scored, number)


def without_source(learner: Learner) -> Learner:
    """Return what learned the targets that were asked for; raise `BadPlan` where that needs the source's beliefs."""
    found = learner.target if isinstance(learner, CrossTask) else learner
    if isinstance(found, NormMapping):
        raise BadPlan(
            "nrc-mapping only maps what a source model believes of the pool, and knows nothing of other recordings; "
            "expected a run whose learner learns; run with --learner recommended"
        )
    return found


def _trainings(
    made: PreparedRun, events: Sequence[Event], folder: Path | None, last: bool
) -> Iterator[tuple[int, Known]]:
    """Yield the round and the answers of each training, or of the last one alone."""
    end = max((i for i, event in enumerate(events) if isinstance(event, Trained)), default=-1)
    labels: list[Label | Withdrawn | MachineLabelled] = []
    asked: list[str] = []
    for number, event in enumerate(events):
        match event:
            case Labelled():
                labels += event.labels
            case Withdrawn() | MachineLabelled():
                labels.append(event)
            case Asked():
                asked += event.segments
            case Trained() if number == end or not last:
                yield event.round, _known(made, labels, asked, folder)


def _known(
    made: PreparedRun, labels: Sequence[Label | Withdrawn | MachineLabelled], asked: Sequence[str], folder: Path | None
) -> Known:
    table = made.pool.table
    if made.plan.scenario == "stream":  # it holds what it asked for, in that order
        table = table.only(dict.fromkeys(segment for segment in asked if segment in table))
    pool, far = Pool(table, made.pool.task), in_place(made.pool, made.learner)
    if far is not None:
        pool = far.replayed(sum(isinstance(each, MachineLabelled) and bool(each.digest) for each in labels), folder)
    for each in labels:
        if isinstance(each, Withdrawn):
            pool.withdraw(each.segments, each.targets)
        elif isinstance(each, Label):
            pool.add([each])
    return pool.known()


def log_of(run: Path | Log) -> Log:
    """Return the log of one run: of its own folder, or of that of a grid with one run.

    Raises
    ------
    BadPlan
        When the folder is none of them, or holds several runs; the message names them.

    Examples
    --------
    >>> log_of(Path("nowhere"))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: no run at nowhere; expected the folder of one run, such as ...
    """
    if isinstance(run, Log):
        return run
    if kind_of(run) == "run":
        return Log(run)
    kind = kind_of(run)
    if kind in _OTHERS:
        raise BadPlan(f"{run} holds {_OTHERS[kind]}")
    inner = _runs_in(run)
    if not inner:
        raise BadPlan(
            f"no run at {run}; expected the folder of one run, such as out/first/runs/0123456789ab; check the path"
        )
    if len(inner) > 1:
        plans = [(path, Log(path).plan) for path in inner[:4]]
        some = "; ".join(f"{path} ({own.shown(p.strategy)}, seed {p.seed}, fold {p.fold})" for path, p in plans)
        more = f"; and {len(inner) - 4} more" if len(inner) > 4 else ""
        raise BadPlan(f"{run} holds {len(inner)} runs; expected one; name one of them: {some}{more}")
    return Log(inside(run, inner[0].relative_to(run).as_posix()))


def _runs_in(folder: Path) -> list[Path]:
    """Return the runs of a grid, or of the grids of a recipe; none of another folder."""
    if kind_of(folder) == "grid":
        return sorted(path.parent for path in inside(folder, "runs").glob("*/plan.toml"))
    if kind_of(folder) == "recipe":  # whose other parts are trainings, not runs
        return sorted(
            path.parent for path in folder.glob("*/runs/*/plan.toml") if (path.parent / "events.jsonl").is_file()
        )
    return []


#: What no model of one run is taken from, and what to do there.
_OTHERS: dict[str | None, str] = {
    "model": "a model already; expected a run; use it with seral predict",
    "project": "a labelling project; expected a run; seral export-model takes its model out",
    "stream": (
        "a stream, which is never at its end, so no model of it is exported; expected the folder of one run; to get a "
        "model of its answers: seral run on the table that people fill in"
    ),
}
