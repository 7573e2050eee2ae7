"""Run all comparisons and print the table; exit with 1 where a ratio is missed or picks differ."""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
import warnings

from tests.benchmarks.cases import Case, Picks, cases
from tests.benchmarks.streams import flat

ROW = "{:<62} {:>9} {:>9} {:>7} {:>6}  {:<10} {:>8}"


def timed(work: object) -> tuple[Picks, float]:
    """Return what ``work()`` gives, and its seconds of processor time, so that other programs do not count."""
    gc.collect()
    begin = time.process_time()
    picks = work()  # type: ignore[operator]
    return picks, time.process_time() - begin


def best_of(work: object, times: int = 3) -> tuple[Picks, float]:
    """Time work several times, the same for both sides, and take the shortest."""
    runs = [timed(work) for _ in range(times)]
    return runs[0][0], min(seconds for _, seconds in runs)


def peak_mb(work: object) -> float:
    """Return the most memory that ``work()`` took beyond what was there, in megabytes."""
    tracemalloc.start()
    work()  # type: ignore[operator]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def compare(case: Case) -> bool:
    """Print one row; return whether it is as it should be."""
    ours, ours_s = best_of(case.ours)
    theirs, theirs_s = best_of(case.theirs)
    if case.picks:
        theirs, ours = case.picks()
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    agree = f"{same}/{len(ours)}" if case.same else "other"
    ratio = theirs_s / ours_s
    numbers = f"{theirs_s:.3f} s", f"{ours_s:.3f} s", f"{ratio:.1f}x", f"{case.wanted:g}x", agree
    print(ROW.format(case.name, *numbers, f"{peak_mb(case.ours):.0f} MB"), flush=True)
    return ratio >= case.wanted and (same == len(ours) or not case.same)


def main(wanted: list[str]) -> int:
    """Run the cases whose name holds one of the words; all where none is given.

    ``kernel`` is long, and runs alone; so does ``labelling`` with what it is followed by: alone, eight, kills.
    """
    if wanted[:1] == ["labelling"]:
        from tests.benchmarks import labelling

        return 0 if labelling.main(wanted[1:]) else 1
    if wanted[:1] == ["kernel"]:
        from tests.benchmarks import kernel

        return kernel.main(*map(int, wanted[1:2]))
    from threadpoolctl import threadpool_limits

    print(ROW.format("", "s.-activeml", "SERAL", "ratio", "aim", "same picks", "peak"))
    fine = True
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for make in cases():
            case = make()
            if not wanted or any(word in case.name for word in wanted):
                fine &= compare(case)
        if not wanted or "memory" in wanted:
            fine &= flat()
    if not wanted:
        from tests.benchmarks import labelling

        fine &= labelling.main([])
    print("every aim reached, same picks where the method is the same" if fine else "an aim is missed: see above")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
