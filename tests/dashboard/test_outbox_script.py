"""The outbox's script by itself, without a browser, where node is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def test_the_outbox_keeps_its_promises_by_itself() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the tests in Chromium hold what is essential")
    done = subprocess.run(
        [node, "--test", str(Path(__file__).with_name("outbox.test.mjs"))], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
