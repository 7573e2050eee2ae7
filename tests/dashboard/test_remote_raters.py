"""Scripted raters on a database that is stopped hard while they label; the benchmark of this name is the long form."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core.store import LabelStore, database
from seral_core.studio.project import open_project
from seral_dashboard.projects import key_of
from tests.benchmarks.remote_raters import CLASSES, labelled, wrong_in
from tests.dashboard.label import project, serving
from tests.dashboard.remote import Rater
from tests.loops import run
from tests.postgres import Postgres


def test_nothing_is_lost_or_doubled_where_the_database_is_stopped_hard_while_four_label(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "AGAIN_S", 0.1)
    names = tuple(f"rater {i}" for i in range(4))
    folder = project(tmp_path, raters=names, store=postgres.new(), clips=300, seconds=0.1, k=2)
    raters = open_project(folder).raters
    with serving() as port:
        people = [
            Rater([port], f"/api/label/{key_of(folder)}", one.secret, CLASSES, 0.1, i) for i, one in enumerate(raters)
        ]
        run(labelled(people, 4.0, postgres, 1, 0.5))
    store = LabelStore(open_project(folder).store)
    assert wrong_in(store.rows(), people, names) == []
    assert all(one.acknowledged for one in people)
    store.close()
