"""Run all comparisons and print the table; exit with 1 where a ratio is missed or picks differ."""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
import warnings

from seral_core.threads import one_thread
from tests.benchmarks import ctial
from tests.benchmarks.cases import Case, Picks, cases
from tests.benchmarks.streams import flat

ROW = "{:<62} {:>9} {:>9} {:>7} {:>6}  {:<10} {:>8}"


def timed(work: object) -> tuple[Picks, float]:
    """Return what ``work()`` gives, and its seconds of processor time, so that other programs do not count."""
    gc.collect()
    begin = time.process_time()
    picks = work()  # type: ignore[operator]
    return picks, time.process_time() - begin


def best_of(work: object, times: int) -> tuple[Picks, float]:
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
    ours, ours_s = best_of(case.ours, case.times)
    theirs, theirs_s = best_of(case.theirs, case.times)
    if case.picks:
        theirs, ours = case.picks()
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    agree = f"{same}/{len(ours)}" if case.same else "other"
    ratio = theirs_s / ours_s
    numbers = f"{theirs_s:.3f} s", f"{ours_s:.3f} s", f"{ratio:.1f}x", f"{case.wanted:g}x", agree
    print(ROW.format(case.name, *numbers, f"{peak_mb(case.ours):.0f} MB"), flush=True)
    return ratio >= case.wanted and (same >= case.agree * len(ours) or not case.same)


def main(wanted: list[str]) -> int:
    """Run the cases whose name holds one of the words; all where none is given.

    ``kernel``, ``curves``, ``coverage`` (of intervals) and ``imbalance`` are long, and run alone; so do ``ctial``,
    ``classroom``, ``remote-raters``, ``shown``, ``far`` and
    ``far-self-training`` (behind it, a folder for its sets), and ``labelling`` with what
    it is followed by: alone, eight, kills. Where no word is given, ``ctial`` and ``labelling`` come last.
    """
    if wanted[:1] == ["labelling"]:
        from tests.benchmarks import labelling

        return 0 if labelling.main(wanted[1:]) else 1
    if wanted[:1] == ["shown"]:
        from tests.benchmarks import shown

        return 0 if shown.main(wanted[1:]) else 1
    if wanted[:1] == ["classroom"]:
        from tests.benchmarks import classroom

        return classroom.main(*map(int, wanted[1:3]))
    if wanted[:1] == ["far"]:
        from tests.benchmarks import far

        return far.main(*wanted[1:])
    if wanted[:1] == ["far-self-training"]:
        from tests.benchmarks import far_self_training

        return far_self_training.main(*wanted[1:])
    if wanted[:1] == ["remote-raters"]:
        from tests.benchmarks import remote_raters

        return remote_raters.main(*map(int, wanted[1:4]))
    if wanted[:1] == ["kernel"]:
        from tests.benchmarks import kernel

        return kernel.main(*map(int, wanted[1:2]))
    if wanted[:1] == ["coverage"]:
        from tests.benchmarks import coverage

        with one_thread():
            return coverage.main(*map(int, wanted[1:2]))
    if wanted[:1] == ["imbalance"]:
        from tests.benchmarks import imbalance

        return imbalance.main(wanted[1:])
    if wanted[:1] == ["ctial"]:
        return ctial.main(*wanted[1:])
    if wanted[:1] == ["curves"]:
        from tests.benchmarks import strengths

        with one_thread():
            return 0 if strengths.curves(*map(int, wanted[1:2])) else 1
    print(ROW.format("", "others", "SERAL", "ratio", "aim", "same picks", "peak"))
    fine = True
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for make in cases():
            case = make()
            if not wanted or any(word in case.name for word in wanted):
                fine &= compare(case)
        if not wanted or "memory" in wanted:
            fine &= flat()
    if not wanted:
        fine &= ctial.main() == 0
        from tests.benchmarks import labelling

        fine &= labelling.main([])
    print("every aim reached, same picks where the method is the same" if fine else "an aim is missed: see above")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
