"""Tests that share what is slow to make run in one process."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def shared() -> None:
    """What tests of this file would share."""


@pytest.mark.usefixtures("shared")
def test_groups_reach_what_hands_tests_out(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("tests are handed out in groups by: make test")
    assert request.node.nodeid.endswith("@tests/test_together.py")
