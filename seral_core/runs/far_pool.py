"""A pool in partitions: what `seral_core.runs.pool.Pool` is, of any size.

Labels are few and lie in memory; of rows there is no list. A strategy sees partitions, see
`seral_core.strategies.parts`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from seral_core.errors import BadPlan
from seral_core.far.block import Block
from seral_core.far.description import Moments
from seral_core.far.engine import Engine, Here
from seral_core.far.place import Place
from seral_core.far.rest import Rest
from seral_core.far.table import FarTable
from seral_core.learners.base import Answers, Known
from seral_core.learners.offers import Offers
from seral_core.learners.voted import Voted
from seral_core.norms import NRC, Norms
from seral_core.runs.events import MachineLabelled
from seral_core.runs.machine_labels import FarKnown, MachineLabels
from seral_core.runs.pool import MOST_WITHDRAWN, Pool, of_rows
from seral_core.strategies.base import View, fields_of
from seral_core.strategies.partitions import Parts
from seral_core.strategies.parts import Part
from seral_core.strategies.space import weight_of
from seral_core.types import Floats, Ints, Task

Work = Callable[[Part, Any], Any]


class Marked(set[int]):
    """Rows that are marked, read and written like a mask of all rows.

    Examples
    --------
    >>> rated = Marked()
    >>> rated[3] = True
    >>> rated[3], rated[4], rated.sum()
    (True, False, 1)
    """

    def __getitem__(self, row: int) -> bool:
        return row in self

    def __setitem__(self, row: int, value: bool) -> None:
        (self.add if value else self.discard)(row)

    def sum(self) -> int:
        """Return how many are marked."""
        return len(self)


class FarPool(Pool):
    """Segments of a far table that may be chosen, with every label given so far.

    Parameters
    ----------
    table : FarTable
        One row per segment.
    task : tuple of Target
        What is asked for; not in time.
    engine : Engine, optional
        Who looks at the partitions; left out: this process.
    keep : Path or str, optional
        A folder, or an address that all workers reach, for what partitions keep between rounds. It may be lost, and is
        made again from the labels. Left out: a temporary folder.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> from seral_core.types import Label, Target
    >>> pool = FarPool(far_example(), (Target("emotion", ("anger", "sadness")),))
    >>> pool.add([Label("b", "emotion", "sadness", "gold")])
    >>> pool.known().answers["emotion"].rows, pool.spent, pool.candidates()[:]
    (array([1]), 1.0, array([0, 2, 3, 4]))
    """

    table: FarTable

    def __init__(
        self, table: FarTable, task: Task, engine: Engine | None = None, keep: Path | str | None = None
    ) -> None:
        if traced := next((target for target in task if target.rate_hz), None):
            raise BadPlan(
                f"{traced.name} has {traced.rate_hz:g} values per second; expected one value per clip of a pool in "
                "partitions, whose clips have one row each; choose other targets, or features in memory"
            )
        self._parts = InParts(table, engine or Here(), keep)
        super().__init__(table, task)
        #: The machine's labels, where partitions keep them; see `seral_core.runs.self_training`.
        self.machine = MachineLabels(table, self._parts.engine, self._parts.place)

    def candidates(self, task: Task = (), *, untouched: bool = False) -> Any:
        """Return the rows for which no person has answered every target yet, as a `Rest`."""
        done: set[int] = set.intersection(*(set(self._rated[target.name]) for target in task or self.task))
        if untouched:
            done = done.union(*(self._given[target.name] for target in task or self.task))
            done |= {row for row, times in self._withdrawn.items() if times >= MOST_WITHDRAWN}
        return Rest(len(self.table), _ascending(done))

    def cost_of(self, rows: Ints) -> Floats:
        """Return what it costs to listen to some rows once each: a clip."""
        return np.broadcast_to(1.0, len(rows))

    @property
    def all_costs(self) -> Floats:
        """What it costs to listen to each row once: a clip."""
        return np.broadcast_to(1.0, len(self.table))

    def within(self, task: Task, price: float, most: float, *, untouched: bool = False) -> tuple[Any, float]:
        """Return the candidates whose answers cost no more than ``most``, and the lowest price."""
        candidates = self.candidates(task, untouched=untouched)
        none: Ints = np.zeros(0, dtype=np.intp)
        return (candidates, price) if price <= most and len(candidates) else (none, np.inf)

    def _answered(self, task: Task, answers: Mapping[str, Answers]) -> tuple[Ints, Ints]:
        rated: set[int] = set().union(*(self._rated[target.name] for target in task))
        labelled = {int(row) for target in task for row in answers[target.name].rows}
        return _ascending(rated), _ascending(labelled - rated)

    def _parts_for(self, offers: Offers | None) -> Parts | None:
        return replace(self._parts, offers=offers)

    @property
    def people(self) -> dict[str, Ints]:
        """By target, the rows that people have answered about, ascending."""
        return {name: _ascending(rows) for name, rows in self._rated.items()}

    def took(self, labels: MachineLabels, event: MachineLabelled) -> None:
        """Take the machine's labels as they stand after an event."""
        self.machine, self._known = labels, None
        self.changes += event.labelled + event.withdrawn

    def replayed(self, version: int, folder: Path | None) -> FarPool:
        """Return an empty pool with the machine's labels after so many of its steps in a run's folder."""
        found = FarPool(self.table, self.task, self._parts.engine, kept_in(folder))
        found.machine = replace(found.machine, version=version)
        return found

    def known(self) -> Known:
        """Return what may be learned from: people's answers in memory, the machine's where partitions lie."""
        if self._known is None and self.machine.version:
            known = self._by_people_alone()
            self._known = FarKnown(
                known.table, known.task, known.answers, known.labels, self.machine, self.people
            )  # fmt: skip
        return super().known()

    def known_by_people(self) -> Known | None:
        """Return what is known without the machine's labels; None where that is all there is."""
        if not self.machine.version:
            return super().known_by_people()
        return self._by_people_alone() if self.by_machine_alone else None

    def _by_people_alone(self) -> Voted:
        answers = {target.name: self._answers(target) for target in self.task}
        return Voted(self.table, self.task, answers, tuple(self.labels))

    def share(self, other: FarPool) -> None:
        """Take over what another pool of the same table has worked out: its scale, and where its files are."""
        self._parts = replace(self._parts, keep=other._parts.keep, _found=other._parts._found)

    def _empty(self) -> FarPool:
        found = FarPool(self.table, self.task, self._parts.engine, self._parts.keep)
        found.share(self)
        return found

    def _none_rated(self) -> Any:
        return Marked()


def kept_in(folder: Path | None) -> Path | None:
    """Return where partitions keep what they keep for a run."""
    return None if folder is None else folder / "partitions"


def _ascending(rows: Iterable[int]) -> Ints:
    return np.array(sorted(rows), dtype=np.intp)


@dataclass(frozen=True)
class InParts:
    """The partitions of a pool, and who looks at them; see `seral_core.strategies.partitions.Parts`."""

    table: FarTable
    engine: Engine
    keep: Path | str | None = None
    offers: Offers | None = None
    _found: dict[str, Any] = field(default_factory=dict, repr=False)

    def each(self, view: View, work: Work, shared: Any, uses: tuple[str, ...] = ()) -> Iterator[tuple[int, Any]]:
        """Yield what ``work`` gives of each partition, with the number of its first row."""
        items = [
            Item(
                block,
                first,
                number,
                _within(view.candidates, first, len(block)),
                _slice(view.labelled, first, len(block)),
            )
            for number, (first, block) in enumerate(self.table.firsts())
        ]
        bundle = Bundle(work, shared, view.task, self._offered(uses), self.place, view.round, *self._models(view, uses))
        for item, found in zip(items, self.engine.map(worked_on, items, bundle), strict=True):
            yield item.first, found

    def sample(self, view: View, rows: Ints) -> tuple[View, Ints]:
        """Return a view in memory of some candidates and all labelled rows, and its rows' numbers in the pool."""
        numbers = np.unique(np.concatenate([rows, view.labelled, view.by_machine]))
        table = self.table.take(numbers)
        answers = {name: replace(a, rows=np.searchsorted(numbers, a.rows)) for name, a in view.answers.items()}
        others = {name: getattr(view, name) for name in ("related", "norms", "raters", "shares", "remarks", "round")}
        models = fields_of(self.offers, partial(of_rows, table)) if self.offers else {}
        candidates, labelled, by_machine = (
            np.searchsorted(numbers, each) for each in (rows, view.labelled, view.by_machine)
        )
        made = View(
            table, view.task, candidates, labelled, answers, by_machine=by_machine, pool_scale=self.scale(),
            **{**models, **others},
        )  # fmt: skip
        return made, numbers

    def scale(self) -> tuple[Floats, Floats]:
        """Return mean and weight of each feature over the whole pool; worked out once."""
        if "scale" not in self._found:
            mean, std = self.table.mean, self.table.std
            if mean is None or std is None:
                moments: Moments | None = None
                for each in self.engine.map(_moments, [block for _, block in self.table.firsts()], None):
                    moments = each if moments is None else moments.joined(each)
                assert moments is not None
                mean, std = moments.mean, moments.std
            self._found["scale"] = np.asarray(mean, float), weight_of(np.asarray(mean, float), np.asarray(std, float))
        found: tuple[Floats, Floats] = self._found["scale"]
        return found

    def vectors(self, rows: Ints) -> Any:
        """Return the features of some rows, of shape (rows, features)."""
        return self.table.gathered(rows)

    @property
    def place(self) -> Place:
        """Where partitions of this very table keep what they keep."""
        if self.keep is None and "keep" not in self._found:
            self._found["keep"] = tempfile.TemporaryDirectory(prefix="seral-")  # gone with the pool
        folder = self.keep if self.keep is not None else self._found["keep"].name
        return Place(f"{Place.of(folder).address}/near-{self.table.fingerprint}")

    def _offered(self, uses: tuple[str, ...]) -> dict[str, Any]:
        if self.offers is None:
            return {}
        if "committee" in uses:
            self.offers.committee(self.table.take([0]))  # is trained here, once, and not by every worker
        return {name: getattr(self.offers, name) for name in ("predict", "committee", "embed") if name in uses}

    def _models(self, view: View, uses: tuple[str, ...]) -> tuple[Any, ...]:
        return view.norms, view.raters, self.scale() if "points" in uses else None


@dataclass(frozen=True)
class Item:
    """A partition, and which of its rows are what."""

    block: Block
    first: int
    number: int
    candidates: Ints | Rest
    labelled: Ints


@dataclass(frozen=True)
class Bundle:
    """What the work on all partitions shares."""

    work: Work
    shared: Any
    task: Task
    offered: dict[str, Any]
    keep: Place
    round: int
    norms: Norms = NRC
    raters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scale: tuple[Floats, Floats] | None = None


def worked_on(item: Item, bundle: Bundle) -> Any:
    """Do the work on one partition, where it lies."""
    table = item.block.table()
    candidates = item.candidates.within(0, len(table)) if isinstance(item.candidates, Rest) else item.candidates
    models: dict[str, Any] = {name: partial(of_rows, table, offered) for name, offered in bundle.offered.items()}
    view = View(
        table, bundle.task, candidates, item.labelled, Elsewhere(), round=bundle.round, norms=bundle.norms,
        raters=bundle.raters, pool_scale=bundle.scale, **models,
    )  # fmt: skip
    return bundle.work(Part(view, item.first, item.number, bundle.keep), bundle.shared)


class Elsewhere(Mapping[str, Answers]):
    """Answers of the whole pool, which a partition does not have."""

    def __getitem__(self, target: str) -> NoReturn:
        raise BadPlan(
            f"got a question about answers for {target} on one partition; they are known of the whole pool alone"
        )

    def __iter__(self) -> Iterator[str]:
        raise BadPlan("got a question about answers on one partition; they are known of the whole pool alone")

    def __len__(self) -> int:
        return 0

    def __contains__(self, target: object) -> bool:
        raise BadPlan("got a question about answers on one partition; they are known of the whole pool alone")


def _moments(block: Block, _: None) -> Moments:
    return Moments.of(block.table().values)


def _within(candidates: Ints | Rest, first: int, count: int) -> Ints | Rest:
    if isinstance(candidates, Rest):
        return Rest(count, _slice(candidates.taken, first, count))
    return _slice(candidates, first, count)


def _slice(rows: Ints, first: int, count: int) -> Ints:
    low, high = np.searchsorted(rows, (first, first + count))
    return rows[low:high] - first
