"""Experiments and recipes are renamed, thrown away, and brought back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from seral_core.errors import BadPlan
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_dashboard import data, tidy
from tests.patience import PATIENCE

SHELF = tidy.Runs()


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of an experiment that nobody has in hand."""
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("SERAL_OPEN", raising=False)
    folder = tmp_path / "runs" / "first"
    Grid(Plan(), ("random",)).save(folder)
    return folder


def names() -> list[str]:
    return [experiment.id for experiment in data.experiments()]


def test_what_is_thrown_away_is_gone_from_the_list_and_comes_back_whole(kept: Path) -> None:
    before = (kept / "grid.toml").read_bytes()
    thrown = SHELF.throw_away(kept)
    assert (names(), thrown.name, thrown.days_left) == ([], "first", 30)
    Grid(Plan(seed=1), ("random",)).save(kept)
    again = SHELF.throw_away(kept)
    assert {each.folder for each in SHELF.thrown_away()} == {thrown.folder, again.folder}
    Grid(Plan(seed=2), ("random",)).save(kept)
    back = SHELF.bring_back(thrown.folder.name)
    assert back.name == "first-2", "another one has the name by now"
    assert (back / "grid.toml").read_bytes() == before
    with pytest.raises(BadPlan, match="not in the bin"):
        SHELF.bring_back("../first")


def test_the_bin_is_emptied_of_what_is_old_alone(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thrown = SHELF.throw_away(kept)
    foreign = thrown.folder.parent / "somebody-elses"
    foreign.mkdir()
    assert len(SHELF.thrown_away()) == 1
    monkeypatch.setattr(tidy, "KEPT", timedelta(seconds=-1))
    assert SHELF.thrown_away() == []
    assert not thrown.folder.exists()
    assert foreign.is_dir(), "what SERAL did not put there stays"


def test_a_clock_that_jumps_empties_nothing_early_and_days_that_pass_do(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = [0.0]
    monkeypatch.setattr(tidy, "clock", lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day[0]))

    def left(*days: float) -> list[int]:
        return [found[0].days_left if (found := seen(at)) else -1 for at in days]

    def seen(at: float) -> list[tidy.Thrown]:
        day[0] = at
        return SHELF.thrown_away()

    day[0] = -20_000  # a computer without a battery begins in 1971
    SHELF.throw_away(kept)
    assert left(-20_000, 0, 1) == [30, 29, 28]
    assert left(4_000, 2, -9_000, 3) == [27, 27, 27, 26], "a jump ahead is worth a day at most, and one back nothing"
    assert left(*range(4, 30), 29.5) == [*range(25, -1, -1), -1]


def test_a_bin_that_is_a_link_to_elsewhere_is_neither_emptied_nor_filled(kept: Path, tmp_path: Path) -> None:
    others = tmp_path / "elsewhere" / "20200101T000000Z-thesis"
    others.mkdir(parents=True)
    (kept.parent / tidy.BIN).symlink_to(others.parent)
    for act in (SHELF.thrown_away, lambda: SHELF.throw_away(kept)):
        with pytest.raises(BadPlan, match="a link that leads out"):
            act()
    assert others.is_dir()
    assert kept.is_dir()


def test_a_name_that_is_too_long_for_the_bin_is_said(kept: Path) -> None:
    long = kept.rename(kept.with_name("x" * 250))
    with pytest.raises(BadPlan, match="shorter name first"):
        SHELF.throw_away(long)
    assert long.is_dir()


def test_a_new_name_is_a_safe_one_and_never_that_of_another(kept: Path) -> None:
    Grid(Plan(), ("random",)).save(kept.with_name("second"))
    assert SHELF.rename(kept, "second").name == "second-2"
    assert SHELF.rename(kept.with_name("second-2"), "../../etc/my try").name == "etc-my-try"
    with pytest.raises(BadPlan, match="no name"):
        SHELF.rename(kept.with_name("second"), " ")


def test_what_is_at_work_or_elsewhere_stays(kept: Path, tmp_path: Path) -> None:
    with FileLock(kept / ".lock"), pytest.raises(BadPlan, match="stop it first"):
        SHELF.throw_away(kept)
    elsewhere = tmp_path / "mine"
    Grid(Plan(), ("random",)).save(elsewhere)
    for act in (SHELF.throw_away, lambda folder: SHELF.rename(folder, "x")):
        with pytest.raises(BadPlan, match="another place"):
            act(elsewhere)
    assert kept.is_dir()
    assert elsewhere.is_dir()


def test_the_page_throws_away_and_brings_back(kept: Path) -> None:
    imports = "from seral_dashboard.pages import sentences\nfrom seral_dashboard.views import run\n"
    page = AppTest.from_string(imports + "sentences(run.show)()", default_timeout=PATIENCE).run()
    page.button(key="tidy-away").click().run()
    assert not page.exception
    assert names() == []
    Grid(Plan(), ("random",)).save(kept.with_name("second"))
    page.run()
    (back,) = [button for button in page.button if str(button.key).startswith("tidy-back-")]
    back.click().run()
    assert sorted(names()) == ["first", "second"]
    assert page.query_params["run"] in (["first"], "first")
