"""A bar for long work in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def progress_bar(what: str, unit: str = "clip") -> Callable[[int, int, str], None]:
    """Return a progress callback that draws a bar, but only where there is something to wait for.

    Parameters
    ----------
    what : str
        Stands before the bar.
    unit : str
        What is counted.

    Returns
    -------
    callable
        Takes ``(done, total, text)``; done and total count units. Draws nothing where there is no terminal.

    Examples
    --------
    >>> report = progress_bar("extracting")
    >>> report(1, 2, "a.wav"), report(2, 2, "b.wav")
    (None, None)
    """
    from tqdm import tqdm

    bars: list[Any] = []

    def report(done: int, total: int, _: str = "") -> None:
        if not bars:
            bars.append(tqdm(total=total, desc=what, unit=unit, disable=None, delay=0.5, leave=False))
        bars[0].total = total
        bars[0].update(done - bars[0].n)
        if done >= total:
            bars.pop().close()

    return report
