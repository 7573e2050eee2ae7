"""The trainer of a project whose pool lies in partitions: it learns in memory, and chooses where the clips lie.

A part of the clips is in memory, on the pool's scale: a draw at random, and whatever is labelled or asked. On it the
model is trained, scored and believed; of the whole pool, partitions return what the strategy wants of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.far.corpus import FarCorpus
from seral_core.far.engine import Engine, Here
from seral_core.far.rest import Rest
from seral_core.features.grown import grown
from seral_core.features.table import FeatureTable
from seral_core.folders import inside
from seral_core.learners.offers import Offers
from seral_core.runs.far_pool import FarPool
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Round
from seral_core.strategies.base import View
from seral_core.studio.clips import BATCH
from seral_core.studio.far_scale import pool_scale
from seral_core.studio.learning import STOP_SET, Trainer
from seral_core.studio.stable_random import stable_random
from seral_core.studio.table import keep_table, kept_table
from seral_core.types import Ints, Label

#: Clips that are drawn into memory, and what they may take there, in bytes.
DRAWN, MOST_BYTES = 100_000, 2**28
#: Why speakers are not normalised.
OFF = "speaker normalisation is off: features lie in partitions"


class FarTrainer(Trainer):
    """Learns what raters say of a project in partitions, round by round.

    Parameters
    ----------
    folder : Path
        Of the project.
    engine : Engine, optional
        Who looks at the partitions; left out: this process.
    """

    corpus: FarCorpus

    def __init__(self, folder: Path, engine: Engine | None = None) -> None:
        self._engine = engine or Here()
        super().__init__(folder)

    def _prepared(self) -> FeatureTable:
        self._by_speaker, raw = False, self.corpus.table
        scale, self._away = pool_scale(self.run, self.studio, self.gold, raw, self._engine, self._features_told)
        self._far = raw.scaled(scale)
        self._parts: Any = None
        self._of = sha256(f"{self._far.fingerprint} {self._drawn_count} {self.studio.seed}".encode()).hexdigest()[:16]
        table = kept_table(self.run, self._of)
        if table is None:
            table = self._far.take(self._draw())
            keep_table(self.run, table, self._of)
        self._known = set(table.ids)
        far = self._far
        return replace(table, names=far.names, key=far.key, normalised=far.normalised)

    @property
    def _drawn_count(self) -> int:
        return min(DRAWN, max(1, MOST_BYTES // (4 * int(self.corpus.table.values.shape[1]))))

    def _draw(self) -> Ints:
        """Return rows drawn at random, ascending: those that random orders of clips begin with are among them."""
        begin, found, total = (
            stable_random(self.studio.seed, "begin"),
            np.zeros(0, dtype=np.intp),
            len(self._far.lookup),
        )
        for start in range(0, total, BATCH):
            missing = self._drawn_count - len(found)
            if missing <= 0:
                break
            found = np.concatenate([found, self._far.drawn(begin, start, start + BATCH)[:missing]])
        return np.sort(found)

    @property
    def _size(self) -> int:
        return len(self._far)

    def _labels(self) -> tuple[Label, ...]:
        self._grow(row.segment for row in self.store.current())
        return super()._labels()

    def _grow(self, segments: Any) -> bool:
        """Take some clips of the pool into memory; return whether any was not there yet."""
        new = [segment for segment in dict.fromkeys(segments) if segment not in self._known]
        rows = self._far.there(new)
        rows = rows[rows >= 0]
        if not len(rows):
            return False
        first = getattr(self.table, "before", len(self.table))
        self.table = grown(self.table, self._far.take(rows))
        self._known.update(self.table.ids[-len(rows) :])
        keep_table(self.run, self.table.take(np.arange(first, len(self.table))), self._of, more=True)
        return True

    def _rescale(self, labels: tuple[Label, ...]) -> None:
        pass

    def _with(self, segments: Sequence[str], pool: Pool) -> Pool:
        return self._pool(pool.task, pool.labels) if self._grow(segments) else pool

    def _view(self, now: Round, pool: Pool, offers: Offers | None) -> View:
        far = FarPool(self._far, pool.task, self._engine, inside(self.run, "partitions"))
        if self._parts is not None:
            far.share(self._parts)
        self._parts = far
        far.scratch = self._scratch
        far.add(pool.labels)
        view = far.view(pool.task, now.number, offers)
        rows = self._far.there([segment for segment in self.slots.segments if not self._wanted(segment)])
        done: Rest = view.candidates  # type: ignore[assignment]
        taken = np.unique(np.concatenate([done.taken, self._away, rows[rows >= 0]]))
        return view.among(Rest(len(self._far), taken))  # type: ignore[arg-type]

    @cached_property
    def _stop_ids(self) -> list[str]:
        first = self.table.ids[: getattr(self.table, "before", len(self.table))]
        return sorted(first, key=lambda segment: stable_random(self.studio.seed, "stop set", segment))[:STOP_SET]

    @property
    def _stop_set(self) -> NDArray[np.intp]:
        return np.sort(self.table.rows(self._stop_ids))
