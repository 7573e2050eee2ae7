"""A few seconds of what ``python -m tests.fuzz`` does for an hour."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz import commands, routes

QUICK = settings(
    deadline=None, derandomize=True, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
#: Those that take hundredths of a second.
SHORT = ("show", "corpora", "labels export", "labels import", "dashboard", "recipe han2013", "recipe ctial")


@pytest.mark.parametrize("name", SHORT)
def test_a_command_ends_well_or_with_a_sentence(name: str) -> None:
    commands.made()  # not while an example is drawn

    @settings(QUICK, max_examples=8)
    @given(commands.lines(name))
    def check(example: tuple[list[str], str, bytes | None]) -> None:
        assert commands.carry_out(*example) in (0, 2)

    check()


def test_a_request_is_answered_and_never_by_a_mistake() -> None:
    routes.place()

    @settings(QUICK, max_examples=80)
    @given(st.deferred(routes.requests))
    def check(request: routes.Ask) -> None:
        assert routes.send(request) < 500

    check()
