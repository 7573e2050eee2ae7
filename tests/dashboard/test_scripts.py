"""The dashboard's scripts by themselves, on node's own test runner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.patience import PATIENCE


def test_scripts_keep_their_promises_by_themselves() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the tests in Chromium hold what is essential")
    scripts = sorted(map(str, Path(__file__).parent.glob("*.test.mjs")))
    done = subprocess.run([node, "--test", *scripts], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
