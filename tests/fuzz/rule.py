"""What must hold of every command and every request: an answer or a sentence; never a traceback, and never for long."""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[2]

#: A command that computes for so long, or waits for so long, hangs.
CPU_S, WALL_S = 10, 60


class Hang(BaseException):
    """Nothing came back; not an Exception, so that nobody catches it."""


class Broken(AssertionError):
    """A traceback where a sentence was expected.

    Parameters
    ----------
    where : str
        The innermost line of SERAL's and what was raised: two that share it are one fault.
    """

    def __init__(self, where: str, wrong: str) -> None:
        super().__init__(f"{where}\n{wrong[-3000:]}")
        self.where = where


#: Faults that were reported already, and are passed over.
known: set[str] = set()


def signature(wrong: BaseException) -> str:
    """Return the innermost line of SERAL's, and what was raised there."""
    own = "?"
    for frame, _ in traceback.walk_tb(wrong.__traceback__):
        path = Path(frame.f_code.co_filename)
        if ROOT in path.parents and "tests" not in path.parts and ".venv" not in path.parts:
            own = f"{path.relative_to(ROOT)}:{frame.f_code.co_name}"
    return f"{own} {type(wrong).__name__}"


def report(wrong: BaseException) -> None:
    """Raise `Broken`, unless this fault is known."""
    where = signature(wrong)
    if where not in known:
        raise Broken(where, "".join(traceback.format_exception(wrong))) from None


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """End what computes or waits for too long with `Hang`."""

    def end(number: int, frame: FrameType | None) -> None:
        raise Hang(f"signal {number}")

    before = signal.signal(signal.SIGPROF, end), signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_PROF, CPU_S)
    signal.setitimer(signal.ITIMER_REAL, WALL_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGPROF, before[0])
        signal.signal(signal.SIGALRM, before[1])


@contextlib.contextmanager
def at(folder: os.PathLike[str]) -> Iterator[None]:
    """Work in a folder."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
