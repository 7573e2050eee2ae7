"""The queue: which clip a rater hears next.

A rater's clips are those the trainer ranked highest, and where there is no ranking, the rater's own
random order. Among them, unmarked, come clips with known answers, clips heard before, and a random
test part that no model is ever trained on. What is given is written to the store first: see
`slots`.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, islice
from pathlib import Path
from typing import Any

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadLabel
from seral_core.files import read_bytes
from seral_core.store import Answer, LabelStore
from seral_core.store.overtaken import Taken
from seral_core.studio.clips import FarClips, Order
from seral_core.studio.clips import test_part as test_part
from seral_core.studio.given import SPACE, taken_back
from seral_core.studio.heard import word_of
from seral_core.studio.project import LabelProject
from seral_core.studio.screenings import HELPS, RANKED, Hand, Screening
from seral_core.studio.stable_random import stable_random
from seral_core.studio.whom import ABSENT_S, Helpful, screenings_of

#: Clips that a browser has at hand.
AHEAD = 4
#: A clip comes again at the earliest after so many others.
APART = 10
#: A clip that a rater has skipped so often is not offered to that rater again.
SKIPS = 2
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Ranking:
    """What the trainer wants labelled next, best first, and what nobody can; ``round`` is -1 before the first."""

    round: int = -1
    segments: tuple[str, ...] = ()
    unusable: frozenset[str] = frozenset()

    @cached_property
    def members(self) -> frozenset[str]:
        """What is wanted, in no order."""
        return frozenset(self.segments)


class Ranked:
    """The trainer's last word, read from its file when that has changed.

    Examples
    --------
    >>> Ranked(Path("nowhere.json")).now()
    Ranking(round=-1, segments=(), unusable=frozenset())
    """

    def __init__(self, path: Path) -> None:
        self.path, self._stamp, self._last = path, (0, 0), Ranking()

    def now(self) -> Ranking:
        """Return the ranking; the last readable one where the file is damaged."""
        try:
            stat = self.path.stat()
            if (stat.st_mtime_ns, stat.st_ino) != self._stamp:
                kept = json.loads(read_bytes(self.path))
                unusable = frozenset(map(str, kept.get("unusable", ())))
                self._last = Ranking(int(kept["round"]), tuple(map(str, kept["segments"])), unusable)
                self._stamp = (stat.st_mtime_ns, stat.st_ino)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass
        return self._last


class Queue:
    """What every rater hears next. Not safe for threads: `seral_core.studio.session.Session` takes turns.

    Parameters
    ----------
    studio : LabelProject
        How clips are dealt.
    ids : sequence of str or FarClips
        All clips of the corpus that can be labelled.
    store : LabelStore
        Holds what was given and answered.
    ranked : Path
        The trainer's ``next.json``.
    gold : collection of str
        Clips with known answers.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> project = LabelProject("recordings", ("arousal",))
    >>> queue = Queue(project, list("abcdef"), LabelStore(folder / "l.sqlite"), folder / "n")
    >>> first = queue.next("anna", 2)
    >>> [slot.segment for slot in queue.next("anna", 2)] == [slot.segment for slot in first]
    True
    """

    def __init__(
        self,
        studio: LabelProject,
        ids: Sequence[str] | FarClips,
        store: LabelStore,
        ranked: Path,
        gold: Collection[str] = (),
    ) -> None:
        self.studio, self.store, self.ranked = studio, store, Ranked(ranked)
        self.slots = screenings_of(studio)
        self._whom = Helpful(studio, self.slots)
        self._ranks: dict[str, dict[str, float]] = {}
        self.deal(ids, gold)

    def deal(self, ids: Iterable[str] | FarClips, gold: Iterable[str] = (), corpus: Corpus | None = None) -> None:
        """Deal these clips of a corpus from now on; without any, answers are kept and nothing is given."""
        self._corpus = corpus
        self.all: Any = ids if isinstance(ids, FarClips) else frozenset(ids)
        self._all_gold = frozenset(gold) & self.all
        self._all_test = test_part(self.studio, self.all - self._all_gold)
        self._leave_out(frozenset())

    def sync(self) -> None:
        """Take in what is new in the store, from this process and others."""
        if self.ranked.now().unusable != self._unusable:
            self._leave_out(self.ranked.now().unusable)
        new = self.store.rows(after=self.slots.seq)
        self.slots.feed(new)
        if any(row.kind in ("retraction", "skip", "unsure") for row in new):
            self._orders.clear()  # a clip may be free again that was passed over for good

    def _leave_out(self, unusable: frozenset[str]) -> None:
        """Leave out clips that turned out to be silent or broken."""
        self._unusable, self.ids = unusable, self.all - unusable
        self.gold, self.test = self._all_gold - unusable, self._all_test - unusable
        self.pool = self.ids - self.gold - self.test
        self._orders: dict[tuple[str, str], Order] = {}

    def next(self, rater: str, n: int = 4) -> list[Screening]:
        """Return the clips that a rater hears next, the one that is open first; fewer than ``n`` near the end."""
        return self.write((), rater, n)

    def undo(self, slot: Screening, rater: str, at: float, n: int = 4) -> list[Screening]:
        """Take back the answers of a screen, give the clip again, and return what is next.

        Parameters
        ----------
        slot : Screening
            The screen, as ``slots`` has it.
        rater : str
            Whose it is.
        at, n : float, int
            When, in seconds since the epoch; how many clips shall be at hand.
        """
        rows = taken_back(list(slot.live.values()), at)
        if slot.position >= 0 and not slot.replaced:
            rows.append(self._row(slot, rater, slot.position, slot))
        return self.write(rows, rater, n)

    def write(
        self, rows: Sequence[Answer], rater: str, n: int = 4, done: str = "", seen: int | None = None
    ) -> list[Screening]:
        """Write a rater's answers together with the clips that come next, and return those.

        Parameters
        ----------
        rows : sequence of Answer
            The answers; may be empty.
        rater : str
            By whom.
        n : int
            How many clips shall be at hand.
        done : str
            Screen that ``rows`` resolve.
        seen : int, optional
            Last ``seq`` that was taken in when ``rows`` were decided on.

        Returns
        -------
        list of Screening
            The open clip first, at most ``n``.

        Raises
        ------
        BadLabel
            When an id is another answer's already; `BadStore` when nothing could be written, and of
            these `seral_core.store.overtaken.Overtaken` when their screen has changed since ``seen``.
        """
        if seen is None:  # else that was done for it
            self.sync()
        for tries_left in (3, 2, 1, 0):  # in the last one nothing is given, so that the answers are kept
            new = [*rows, *(self._reserved(rater, n, done) if tries_left else ())]
            if not new:
                break
            try:
                self.store.append(new, seen=seen, chosen=self.slots.seq)
            except (BadLabel, Taken):  # another process gave this rater a clip, or one of these: go by what it wrote
                if not tries_left:
                    raise
                self.sync()
                continue
            self.sync()
            break
        return self.window(rater)[:n]

    def window(self, rater: str, done: str = "") -> list[Screening]:
        """Return what lies before a rater, in order."""
        hand = self.slots.hand(rater)
        slots = [hand.open[p] for p in sorted(hand.open)]
        return [slot for slot in slots if slot.screen != done and slot.segment in self.ids]

    def _labelled(self, segment: str) -> bool:
        return segment not in self.gold and segment in self.slots.enough

    def _reserved(self, rater: str, n: int, done: str) -> list[Answer]:
        """Return rows that give a rater what is missing of ``n`` clips, and those taken back once more."""
        hand, window = self.slots.hand(rater), self.window(rater, done)
        rows = [self._row(slot, rater, slot.position, slot) for slot in window if slot.taken_back]
        taken: set[str] = set()
        for position in islice(count(hand.given), max(0, n - len(window))):
            picked = self._pick(rater, hand, position, taken, done)
            if picked is None:
                break
            taken.add(picked[0])
            rows.append(self._row(picked, rater, position))
        return rows

    def _row(
        self, what: Screening | tuple[str, str, int], rater: str, position: int, before: Screening | None = None
    ) -> Answer:
        ranked = what.ranked if isinstance(what, Screening) else what[0] in self.ranked.now().members
        if isinstance(what, Screening):
            what = (what.segment, what.purpose, what.round)
        segment, purpose, number = what
        of, reason = before.screen if before else "", self._reason(segment, rater, ranked) if purpose == "query" else ""
        made = str(uuid.uuid5(SPACE, f"{self.studio.run}\n{rater}\n{position}\n{of}"))
        return Answer(
            made, segment, "", rater=rater, kind="shown", of=of, purpose=purpose,  # type: ignore[arg-type]
            screen=made, round=number, run=self.studio.run, shown_at=time.time(),
            comment=f"{reason} {word_of(segment, self._corpus)}".strip(),
        )  # fmt: skip

    def _reason(self, segment: str, rater: str, ranked: bool) -> str:
        return HELPS if (rater, segment) in self._whom.chosen else RANKED if ranked else ""

    def _pick(self, rater: str, hand: Hand, position: int, taken: set[str], done: str) -> tuple[str, str, int] | None:
        free, number = self._free(rater, hand, taken), max(self.ranked.now().round, 0)
        for kind in self._wishes(rater, position):
            match kind:
                case "repeat":
                    segment = self._heard_before(rater, hand, position, taken, done)
                case "gold":
                    segment = self._own(rater, "gold", free)
                case "test":
                    segment = self._among(rater, "test", free)
                case _:
                    segment = self._query(rater, free)
            if segment is not None:
                return segment, kind, number
        left = None
        if not taken and not self.window(rater, done):
            left = self._held_by_others(rater, hand) or self._skipped(hand)
        if left is None:
            return None
        return left, "test" if left in self.test else "query", number

    def _wishes(self, rater: str, position: int) -> Iterator[str]:
        """Yield what a position is for, and what else would do.

        Steps of the golden ratio keep every share over any stretch, and cannot be guessed while
        listening.
        """
        at = (stable_random(self.studio.seed, "purpose", rater) + position * _GOLDEN) % 1.0
        for kind in ("repeat", "gold", "test"):
            share = getattr(self.studio, f"{kind}_share")
            if 0 <= at < share:
                yield kind
            at -= share
        yield "query"
        yield "test"

    def _free(self, rater: str, hand: Hand, taken: set[str]) -> Callable[[str], bool]:
        slots, k = self.slots, self.studio.k

        def free(segment: str) -> bool:
            if segment in hand.seen or segment in taken or segment not in self.ids:
                return False
            asked = len(slots.answered(segment)) + len(slots.holding(segment))
            return segment in self.gold or (asked < k and segment not in slots.enough)

        return free

    def _query(self, rater: str, free: Callable[[str], bool]) -> str | None:
        begun = self._begun_by_others(rater, "query", free)
        if begun is not None:
            return begun
        best = (i for i in self.ranked.now().segments if i in self.pool and free(i))
        first = islice(best, self.studio.batch)
        return min(first, key=lambda i: self._rank(rater, i), default=None) or self._own(rater, "query", free)

    def _among(self, rater: str, kind: str, free: Callable[[str], bool]) -> str | None:
        return self._begun_by_others(rater, kind, free) or self._own(rater, kind, free)

    def _begun_by_others(self, rater: str, kind: str, free: Callable[[str], bool]) -> str | None:
        """Return a clip that asks for several raters and has some, in the rater's own order."""
        if self.studio.k == 1:
            return None
        wanted = self.test if kind == "test" else self.pool
        begun = [i for i in self.slots.begun() if i in wanted and free(i)]
        if self.studio.whom and kind == "query":
            return self._whom.best(rater, begun)
        return min(begun, key=lambda i: self._rank(rater, i), default=None)

    def _own(self, rater: str, kind: str, free: Callable[[str], bool]) -> str | None:
        """Return the first clip of one kind that is free, in the rater's own random order."""
        if (rater, kind) not in self._orders:
            kinds = {"test": self.test, "gold": self.gold, "query": self.pool}
            self._orders[rater, kind] = Order(kinds[kind], lambda segment: self._rank(rater, segment))
        return self._orders[rater, kind].first(free)

    def _rank(self, rater: str, segment: str) -> float:
        known = self._ranks.setdefault(rater, {})
        if segment not in known:
            known[segment] = stable_random(self.studio.seed, "order", rater, segment)
        return known[segment]

    def _heard_before(self, rater: str, hand: Hand, position: int, taken: set[str], done: str) -> str | None:
        early = [
            slot
            for slot in hand.slots
            if 0 <= slot.position < position - APART
            and slot.segment not in hand.again
            and slot.segment not in taken
            and slot.labelled
            and not slot.void
            and slot.segment in self.ids
            and slot.screen != done
        ]
        return (
            early[int(stable_random(self.studio.seed, "repeat", rater, position) * len(early))].segment
            if early
            else None
        )

    def _held_by_others(self, rater: str, hand: Hand) -> str | None:
        """Return a clip that another rater has not come to yet, or has open but left."""
        waiting: dict[str, bool] = {}
        for name, other in self.slots.hands.items():
            gone = other.silent_s() > ABSENT_S
            for place, slot in enumerate(map(other.open.get, sorted(other.open))):
                if name != rater and slot is not None and slot.purpose in ("query", "test") and (place or gone):
                    waiting[slot.segment] = True
        left = [i for i in waiting if i not in hand.seen and i in self.ids and not self._labelled(i)]
        return min(left, key=lambda i: self._rank(rater, i), default=None)

    def _skipped(self, hand: Hand) -> str | None:
        """Return the clip that the rater skipped first."""
        for segment, slots in hand.seen.items():
            mine = [slot for slot in slots if not slot.void]
            again = mine and all(slot.skipped for slot in mine) and len(mine) < SKIPS
            if again and segment in self.ids and not self._labelled(segment):
                return segment
        return None


def some(slots: Iterable[Screening]) -> list[dict[str, Any]]:
    """Return slots as plain data for a screen: nothing that shows a rater why a clip was chosen.

    Examples
    --------
    >>> some([Screening("s1", "a.wav", "anna", "gold", 0, 4)])
    [{'segment': 'a.wav', 'shown': 's1', 'round': 0}]
    """
    return [{"segment": slot.segment, "shown": slot.screen, "round": slot.round} for slot in slots]
