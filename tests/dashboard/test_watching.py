"""Watched streams in the pages: found wherever they are, and shown as far as they have come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from seral_core.errors import BadPlan
from seral_core.runs.live_stream import watch
from seral_core.runs.run import alone
from seral_core.runs.watch_folder import Watch, decided, tally
from seral_dashboard import watching
from seral_dashboard.serve import _first_page
from tests.patience import PATIENCE
from tests.runs.test_watch import AROUSAL, answer, plan_for, record


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No experiments, and a home without streams."""
    (tmp_path / "runs").mkdir()
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))
    for name in ("SERAL_OPEN", "SERAL_STREAM"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def half(empty: Path) -> Watch:
    """A stream of twelve recordings, three of them answered."""
    plan = plan_for(empty, strategy="random")
    names = record(plan.folder, range(12))
    answer(plan.answers, names[:3])
    list(watch(plan, once=True, tell=lambda _: None))
    return plan


def view(**query: str) -> Any:
    page = AppTest.from_string(
        "from seral_dashboard.pages import sentences\nfrom seral_dashboard.views import run\nsentences(run.show)()\n",
        default_timeout=PATIENCE,
    )
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def test_without_streams_none_are_offered(empty: Path) -> None:
    assert "Watched streams" not in [button.label for button in view().button]


def test_a_stream_is_offered_and_shown(half: Watch) -> None:
    page = view()
    next(button for button in page.button if button.label == "Watched streams").click().run()
    assert not page.error
    found = tally(decided(half.out))
    assert {m.label: m.value for m in page.metric} == {
        "Arrived": "12",
        "Asked for": str(found.asked),
        "Answered": "3",
        "Open": str(len(found.open)),
        "Passed": str(found.passed),
    }
    questions, latest = (frame.value for frame in page.dataframe)
    assert questions["file"].tolist() == list(found.open)
    assert set(latest["decision"]) == {"ask", "pass"}
    assert (latest["emotion"] != "").sum() == 3
    assert "seral resume" in " ".join(caption.value for caption in page.caption)


def test_a_stream_on_a_scale_is_shown(empty: Path) -> None:
    plan = plan_for(empty, task=(AROUSAL,))
    names = record(plan.folder, range(8))
    plan.answers.write_text(f"file,arousal\n{names[0]},0.25\n")
    list(watch(plan, once=True, tell=lambda _: None))
    page = view(stream="out")
    assert not page.error
    assert sorted(page.dataframe[1].value["arousal"])[-1] == "0.25"


def test_a_stream_that_is_being_watched_says_so(half: Watch) -> None:
    with alone(half.out):
        page = view(stream="out")
        assert any("watching" in text.value and "not watched" not in text.value for text in page.markdown)
    assert any("not watched" in text.value for text in view(stream="out").markdown)


def test_a_stream_that_is_gone_is_a_sentence(half: Watch) -> None:
    page = view(stream="other")
    assert "There is no stream 'other'" in page.warning[0].value
    assert page.metric[0].value == "12"
    half.folder.rename(half.folder.with_name("moved"))
    page = view(stream="out")
    assert "There is no stream 'out'" in page.warning[0].value
    assert not page.error


def test_the_dashboard_opens_on_a_stream(half: Watch, tmp_path: Path) -> None:
    assert _first_page(half.out) == "?stream=out"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "watch.toml").write_text("")
    with pytest.raises(BadPlan, match="cannot be read"):
        _first_page(tmp_path / "elsewhere")


def test_growth_ends_where_the_counts_do(half: Watch) -> None:
    table, found = decided(half.out), tally(decided(half.out))
    for most in (1, 5, 500):
        last = watching.growth(table, most).iloc[-1]
        assert last.to_dict() == {"asked for": found.asked, "answered": found.answered, "passed": found.passed}
        assert last.name == 12
