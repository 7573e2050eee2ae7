"""What was shown to whom, and what became of it: the store's rows, indexed as they arrive.

Every clip that a rater is given is written to the store before it is given. So what is open on
somebody's screen follows only from the store, in any process, after any end.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from seral_core.store import Answer
from seral_core.store.overtaken import ASKED

#: Over how many answers a rater's pace is taken.
PACE = 30
#: What the row of a clip says that the strategy chose.
RANKED = "ranked"
#: What it says where others have answered, and this rater is expected to help most.
HELPS = "helps"


@dataclass
class Screening:
    """One clip that was given to one rater.

    Parameters
    ----------
    screen : str
        Id that its answers share.
    segment, rater : str
        What, and to whom.
    purpose : str
        Why, as in `seral_core.store.Answer`.
    round : int
        Round of the ranking that the clip is from.
    position : int
        How many clips the rater was given before; -1 for one that nobody gave.
    ranked : bool
        Whether the strategy chose it, and not the lot.
    helps : bool
        Whether the rater got it for what their answer is expected to tell beside those of others.
    again : bool
        Whether the rater had answered it and took that back.
    anew : str
        The screen that shows it again, once that was taken back.
    """

    screen: str
    segment: str
    rater: str
    purpose: str
    round: int
    position: int
    ranked: bool = False
    helps: bool = False
    again: bool = False
    live: dict[str, Answer] = field(default_factory=dict)
    anew: str = ""
    lost: bool = False
    taken_back: bool = False
    at: int = 0
    state: str = "open"

    @property
    def replaced(self) -> bool:
        """Whether the clip was given again on another screen."""
        return bool(self.anew)

    @property
    def void(self) -> bool:
        """Whether nobody waits for it any more: it was given again, or went to another rater."""
        return self.replaced or self.lost or self.position < 0

    def resolved(self, required: frozenset[str]) -> bool:
        """Whether all that is required was answered, or the clip was skipped."""
        return self.skipped or (bool(self.live) and required <= {row.target for row in self.live.values()})

    @property
    def skipped(self) -> bool:
        """Whether the rater passed it over."""
        return any(row.kind == "skip" for row in self.live.values())

    @property
    def labelled(self) -> bool:
        """Whether there is a label, not just a rater who could not say."""
        return any(row.kind == "answer" for row in self.live.values())


@dataclass
class Hand:
    """All that one rater was given, in order; ``clips`` has every segment of it, also those that others got since."""

    slots: list[Screening] = field(default_factory=list)
    open: dict[int, Screening] = field(default_factory=dict)
    seen: dict[str, list[Screening]] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    clips: set[str] = field(default_factory=set)
    given: int = 0
    at: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    times: deque[float] = field(default_factory=lambda: deque(maxlen=PACE))

    def gave_sign(self, at: float | None) -> None:
        """Note when the rater did something; a clock that was ahead counts as now."""
        self.at = max(self.at, min(at or 0.0, time.time()))

    def silent_s(self) -> float:
        """Return for how long the rater has given no sign; from now on where the last one is in the future."""
        now = time.time()
        self.at = min(self.at, now)  # this computer's own clock was ahead, and was corrected
        return now - self.at


class Screenings:
    """An index of slots by screen, rater and segment.

    Parameters
    ----------
    required : iterable of str
        Names of the targets that make an answer whole.
    k : int
        How many raters' labels make a clip labelled enough.
    counts : callable
        Whether a row counts; one whose value is of another project leaves its clip open.
    agree : int
        A clip is labelled enough, too, once so many gave the same class for each category; 0 for never.
    categories : iterable of str
        Names of the targets with classes.

    Examples
    --------
    >>> slots = Screenings(["emotion"])
    >>> shown = Answer("1", "a.wav", "", rater="anna", kind="shown", screen="s1", seq=1)
    >>> slots.feed([shown, Answer("2", "a.wav", "emotion", "anger", rater="anna", screen="s1", seq=2)])
    >>> slots.by_screen["s1"].resolved(slots.required), slots.answered("a.wav"), slots.seq
    (True, {'anna'}, 2)
    >>> slots.feed([Answer("3", "a.wav", "emotion", rater="anna", kind="retraction", of="2", seq=3)])
    >>> slots.by_screen["s1"].taken_back, slots.answered("a.wav")
    (True, set())
    """

    def __init__(
        self,
        required: Iterable[str],
        k: int = 1,
        counts: Callable[[Answer], bool] = lambda _: True,
        *,
        agree: int = 0,
        categories: Iterable[str] = (),
    ) -> None:
        self.required, self.k, self._counts = frozenset(required), k, counts
        self.agree, self.categories = agree, tuple(categories)
        self.seq = 0
        self.known: set[str] = set()
        self.enough: set[str] = set()
        self.by_screen: dict[str, Screening] = {}
        self.hands: dict[str, Hand] = {}
        self._of_row: dict[str, Screening] = {}
        self._on: dict[str, list[Screening]] = {}
        self._answered: dict[str, set[str]] = {}
        self._holding: dict[str, set[str]] = {}

    @property
    def segments(self) -> set[str]:
        """All clips that anybody was shown or has answered."""
        seen = (hand.seen for hand in self.hands.values())
        return set().union(self._answered, self._holding, *seen)

    def feed(self, rows: Sequence[Answer]) -> None:
        """Take in rows in order of arrival; a machine's label is no answer."""
        for row in rows:
            self.seq = max(self.seq, row.seq)
            self.known.add(row.id)
            match row.kind:
                case "shown":
                    self._given(row)
                case "answer" | "unsure" | "skip" | "comment" if row.source != "machine" and self._counts(row):
                    self._said(row)
                case "retraction":
                    self._taken_back(row)

    def hand(self, rater: str) -> Hand:
        """Return what a rater was given."""
        return self.hands.setdefault(rater, Hand())

    def answered(self, segment: str) -> set[str]:
        """Return who has labelled a segment; not to be changed."""
        return self._answered.get(segment, set())

    def holding(self, segment: str) -> set[str]:
        """Return who has a segment before them without having answered; not to be changed."""
        return self._holding.get(segment, set())

    def latest(self, slot: Screening) -> Screening:
        """Return the screen that shows the clip of a slot now."""
        while slot.anew:
            slot = self.by_screen[slot.anew]
        return slot

    def of_row(self, made: str) -> Screening | None:
        """Return the screen that has an answer, by the answer's id; None where none does."""
        slot = self._of_row.get(made)
        return slot if slot is not None and made in slot.live else None

    def last(self, rater: str) -> Screening | None:
        """Return what a rater answered or skipped last and has not taken back."""
        answered = [slot for slot in self.hand(rater).slots if slot.live]
        return max(answered, key=lambda slot: slot.at, default=None)

    def votes(self, target: str) -> Iterator[tuple[str, str, str]]:
        """Yield segment, rater and value of every answer about a target that stands; repeats are left out."""
        for segment, on in self._on.items():
            for slot in on:
                for row in slot.live.values() if slot.state == "answered" and slot.purpose != "repeat" else ():
                    if row.kind == "answer" and row.target == target and row.value is not None:
                        yield segment, slot.rater, str(row.value)

    def begun(self) -> Iterable[str]:
        """Return the segments that anybody has answered or holds."""
        return self._on.keys()

    def _given(self, row: Answer) -> None:
        if row.screen in self.by_screen:
            return
        hand = self.hand(row.rater)
        before = self.by_screen.get(row.of)
        if before is not None:
            before = self.latest(before)
            before.anew = row.screen
            position = before.position
        else:
            position, hand.given = hand.given, hand.given + 1
        words, again = row.comment.split(), before is not None
        ranked, helps = RANKED in words, HELPS in words
        slot = Screening(row.screen, row.segment, row.rater, row.purpose, row.round, position, ranked, helps, again)
        hand.gave_sign(row.shown_at)
        if row.purpose == "repeat":
            hand.again.add(row.segment)
        self._keep(slot)
        self._let_go(slot)

    def _let_go(self, slot: Screening) -> None:
        """Take a clip out of the hands of those who need not hear it: never what lies open before somebody else."""
        on = self._on[slot.segment]
        for other in on:
            waits = other is not slot and other.state == "open" and not other.void
            if not waits or other.purpose not in ASKED:
                continue
            done, holding = self._answered[slot.segment], self._holding[slot.segment]
            theirs = other.position > min(self.hand(other.rater).open) and slot.purpose in (*ASKED, "free")
            full = len(done) + len(holding) > self.k or slot.segment in self.enough
            if other.rater in done or (theirs and full):
                self._lose(other)

    def _lose(self, slot: Screening) -> None:
        hand = self.hand(slot.rater)
        slot.lost = True
        hand.open.pop(slot.position)
        hand.seen[slot.segment].remove(slot)
        if not hand.seen[slot.segment]:
            del hand.seen[slot.segment]
        self._recount(slot)

    def _said(self, row: Answer) -> None:
        slot = self.by_screen.get(row.screen)
        if slot is None or slot.rater != row.rater or slot.segment != row.segment:
            place = f"{row.rater}\n{row.segment}"
            slot = self.by_screen.get(place)
            if slot is None:
                if row.kind == "comment":
                    return
                slot = Screening(place, row.segment, row.rater, row.purpose, row.round, -1)
                self._keep(slot)
        if slot.lost:  # a browser had it at hand already
            slot.lost = False
            self.hand(slot.rater).seen.setdefault(slot.segment, []).append(slot)
        slot.live[row.id], slot.at, slot.taken_back = row, row.seq, False
        self._of_row[row.id] = slot
        self._recount(slot)
        self._let_go(slot)
        if row.answered_at is not None and slot.state == "answered":
            self.hand(row.rater).times.append(row.answered_at)
        self.hand(row.rater).gave_sign(row.answered_at)

    def _taken_back(self, row: Answer) -> None:
        slot = self._of_row.get(row.of)
        if slot is not None and slot.rater == row.rater and slot.live.pop(row.of, None) is not None:
            slot.taken_back = not slot.live
            self._recount(slot)

    def _keep(self, slot: Screening) -> None:
        hand = self.hand(slot.rater)
        hand.counts["open"] += 1
        self.by_screen[slot.screen] = slot
        hand.clips.add(slot.segment)
        hand.slots.append(slot)
        hand.seen.setdefault(slot.segment, []).append(slot)
        self._on.setdefault(slot.segment, []).append(slot)
        self._recount(slot)

    def _recount(self, slot: Screening) -> None:
        hand, on = self.hand(slot.rater), self._on[slot.segment]
        whole = slot.resolved(self.required)
        state = "open" if not whole else "skipped" if slot.skipped else "answered" if slot.labelled else "unsure"
        hand.counts[slot.state] -= 1
        hand.counts[state] += 1
        slot.state = state
        if not slot.void:
            if whole:
                hand.open.pop(slot.position, None)
            else:
                hand.open[slot.position] = slot
        done = {s.rater for s in on if s.state == "answered"}
        holding = {s.rater for s in on if s.state == "open" and not s.void}
        self._answered[slot.segment], self._holding[slot.segment] = done, holding - done
        whole = len(done) >= self.k or (len(done) >= self.agree > 0 and self._agreed(on))
        (self.enough.add if whole else self.enough.discard)(slot.segment)

    def _agreed(self, on: Iterable[Screening]) -> bool:
        """Whether enough raters gave a clip the same class, for each category."""
        said: dict[str, dict[str, object]] = {name: {} for name in self.categories}
        for slot in on:
            for row in slot.live.values() if slot.state == "answered" and slot.purpose != "repeat" else ():
                if row.kind == "answer" and row.target in said:
                    said[row.target][slot.rater] = row.value
        return all(max(Counter(by.values()).values(), default=0) >= self.agree for by in said.values())
