"""What labelling must survive: kills at any moment; and what is exported is what was pressed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.scripted import CLASSES, Dashboard, begun, killed, open_page, press, settled, unlabelled
from tests.patience import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Kills of each of the three; the benchmark does 20.
KILLS = int(os.environ.get("SERAL_TEST_KILLS", "2"))


@pytest.mark.timeout(900)
def test_kills_of_server_browser_and_trainer_lose_no_acknowledged_label(chromium: Any, tmp_path: Path) -> None:
    corpus = unlabelled(tmp_path / "recordings", 60 + 15 * KILLS)
    run = killed(chromium.browser_type, tmp_path, KILLS, corpus)
    assert len(run.written.saved) > 2 * 3 * KILLS
    assert {what for what, _, _ in run.gone_on} == {"server", "browser", "trainer"}


def test_the_exported_labels_are_those_that_were_pressed_while_the_model_retrained(
    chromium: Any, tmp_path: Path
) -> None:
    import pandas as pd

    from seral_core.exchange import export_labels
    from seral_core.store import LabelStore

    corpus = unlabelled(tmp_path / "recordings", 60)
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    with begun(Dashboard.on(tmp_path, corpus)) as dashboard:
        page = open_page(context, dashboard.link("anna"))
        pressed = {press(page, str(1 + i % 8)): CLASSES[i % 8] for i in range(30)}
        settled(page)
        page.wait_for_function(
            "document.querySelector('main.seral').__seral_label.face.progress.state.trainer.round >= 0",
            timeout=1000 * PATIENCE,
        )
        context.close()
    export_labels(LabelStore(dashboard.folder / "labels.sqlite"), tmp_path / "labels.csv", only_current=True)
    labels = pd.read_csv(tmp_path / "labels.csv")
    labels = labels[labels["kind"] == "answer"]
    assert dict(zip(labels["segment"], labels["class"], strict=True)) == pressed
