"""How far long work has come: a bar in a terminal, and the time that is left."""

from __future__ import annotations

import math
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Over how many of the last steps the pace is taken.
RECENT = 12


def in_notebook() -> bool:
    """Return whether this is the kernel of a notebook.

    Examples
    --------
    >>> in_notebook()
    False
    """
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return type(get_ipython()).__name__ == "ZMQInteractiveShell"


def progress_bar(what: str, unit: str = "clip") -> Callable[[int, int, str], None]:
    """Return a progress callback that draws a bar in one line, but only where there is something to wait for.

    Parameters
    ----------
    what : str
        Text before the bar.
    unit : str
        What is counted.

    Returns
    -------
    callable
        Takes ``(done, total, text)``; done and total count units. Draws nothing where there is
        neither a terminal nor a notebook.

    Examples
    --------
    >>> report = progress_bar("extracting")
    >>> report(1, 2, "a.wav"), report(2, 2, "b.wav")
    (None, None)
    """
    from tqdm import tqdm

    bars: list[Any] = []
    how: dict[str, Any] = {"disable": None, "leave": False}
    if in_notebook():
        how = {"file": _NotebookLine(), "disable": False, "leave": True, "ncols": 90}

    def report(done: int, total: int, _: str = "") -> None:
        if not bars:
            bars.append(tqdm(total=total, desc=what, unit=unit, delay=0.5, **how))
        bars[0].total = total
        bars[0].update(done - bars[0].n)
        if done >= total:
            bars.pop().close()

    return report


class _NotebookLine:
    """One line of a cell's output, which is written anew; a widget of tqdm would be lost in exported notebooks."""

    def __init__(self) -> None:
        self._shown: Any = None

    def write(self, text: str) -> None:
        """Show a line in place of the one before."""
        from IPython import display

        show: Any = display.display
        line = {"text/plain": text.strip("\r\n")}
        if not line["text/plain"].strip():
            return
        if self._shown is None:
            self._shown = show(line, raw=True, display_id=True)
        else:
            self._shown.update(line, raw=True)

    def flush(self) -> None:
        """Do nothing: every line is shown at once."""


@dataclass
class Pace:
    """Guesses how long the rest takes, from the pace of the last steps.

    Parameters
    ----------
    clock : callable
        Returns seconds.

    Examples
    --------
    >>> now = iter((0.0, 10.0, 20.0))
    >>> pace = Pace(lambda: next(now))
    >>> [pace.left_s(done, 6) for done in (0, 1, 2)]
    [nan, 50.0, 40.0]
    """

    clock: Callable[[], float] = time.monotonic
    _total: int = 0
    _last: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=RECENT))

    def left_s(self, done: int, total: int) -> float:
        """Return the seconds left after so many steps; nan before they can be estimated, also of a new stage.

        Parameters
        ----------
        done, total : int
            Steps; where ``total`` changes or ``done`` falls, another stage has begun.
        """
        if total != self._total or (self._last and done < self._last[-1][1]):
            self._last.clear()
            self._total = total
        self._last.append((self.clock(), done))
        (first, before), (now, after) = self._last[0], self._last[-1]
        return (now - first) / (after - before) * (total - done) if after > before else math.nan
