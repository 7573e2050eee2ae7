"""The folder of a watched stream: its settings, and its results so far."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from seral_core import toml
from seral_core.corpora.channel_choice import MIX, check_choice
from seral_core.corpora.channels import file_and_channel
from seral_core.errors import BadPlan, SeralError
from seral_core.files import write_text
from seral_core.folders import FILES, claim, inside, kind_of
from seral_core.home import home
from seral_core.runs.events import Asked, Event, Labelled
from seral_core.runs.log import Log
from seral_core.types import Target, Task

#: By recording and target, the value that was learned.
Learned: TypeAlias = dict[str, dict[str, object]]

#: Nobody waits longer for a recording to be complete.
LONGEST_S = 86_400
#: So many folders outside of SERAL's own are remembered.
MOST = 50


@dataclass(frozen=True)
class Watch:
    """What to do with recordings that arrive.

    Parameters
    ----------
    folder : Path
        Where they arrive.
    out : Path
        Holds ``events.jsonl``, ``questions.csv`` (the open ones, rewritten each time) and
        ``clips.sqlite``.
    task : tuple of Target
        What is asked for.
    answers : Path
        Table that people fill in: ``file`` and a column for each target.
    strategy : str
        Chooses; left out: binary-confidence for scales, margin for classes, variable-gate for both.
    learner, features : str
        As in a plan; ``features`` is the name of an extractor.
    buffer : int
        How many arrivals are looked at together; 1 decides at once.
    keep : float
        Most of a buffer that is asked for, in (0, 1]; a gate that is named decides that itself.
    initial : int
        So many first arrivals are asked for without looking.
    seed : int
        Of every random choice.
    settle_s : float
        A recording that has not changed for so long is complete, in seconds.
    channel : str
        Of recordings with several: ``each`` asks for every channel, a number for that one, ``mix`` for all as one;
        left out, they are mixed as well, and two voices are named.
    """

    folder: Path
    out: Path
    task: Task
    answers: Path
    strategy: str = ""
    learner: str = "recommended"
    features: str = "SERALv01"
    buffer: int = 20
    keep: float = 0.5
    initial: int = 20
    seed: int = 0
    settle_s: float = 1.0
    channel: str = ""

    def __post_init__(self) -> None:
        check_choice(self.channel)
        if not self.folder.is_dir():
            raise BadPlan(f"{self.folder} is no folder; expected the one that recordings arrive in; check the path")
        if not self.task:
            raise BadPlan("got no target; expected at least one, such as --target emotion=anger,sadness or arousal")
        for name, low in (("buffer", 1), ("initial", 0), ("seed", 0)):
            if not low <= getattr(self, name) <= toml.LARGEST:
                raise BadPlan(toml.too_far(name, getattr(self, name), low))
        if not 0 < self.keep <= 1:
            raise BadPlan(f"keep is {self.keep}; expected a share over 0, at most 1; correct it")
        if not 0 < self.settle_s <= LONGEST_S:
            raise BadPlan(f"settle is {self.settle_s}; expected seconds over 0, at most {LONGEST_S}; correct it")
        names = [target.name for target in self.task]
        if len(set(names)) < len(names):
            raise BadPlan(f"got targets {', '.join(names)}; expected each once; leave one out")

    @property
    def chosen(self) -> str:
        """The strategy, also where none was named."""
        scales = {target.is_scale for target in self.task}
        usual = {frozenset({True}): "binary-confidence", frozenset({False}): "margin"}
        return self.strategy or usual.get(frozenset(scales), f"variable-gate:share={self.keep}")

    @property
    def most(self) -> int:
        """How many of a buffer are asked for at most, and at least one: no more than ``keep`` says."""
        return max(1, math.floor(self.keep * self.buffer + 1e-9))

    def clip(self, name: str) -> tuple[str, int | None]:
        """Return in which recording a clip lies, and on which channel where one is asked for by itself."""
        return (name, None) if self.channel in ("", MIX) else file_and_channel(name)


def target_from(text: str) -> Target:
    """Read a target: ``arousal``, ``arousal=1:9`` or ``emotion=anger,sadness``.

    Raises
    ------
    BadPlan
        When it is none of these.

    Examples
    --------
    >>> target_from("arousal=1:9").high, target_from("emotion=anger,sadness").classes
    (9.0, ('anger', 'sadness'))
    """
    name, _, rest = (part.strip() for part in text.partition("="))
    number = r"[-+]?\d*\.?\d+"
    if name and name not in ("file", "rater"):
        if not rest:
            return Target(name)
        if match := re.fullmatch(rf"({number}):({number})", rest):
            low, high = float(match[1]), float(match[2])
            if -math.inf < low < high < math.inf:
                return Target(name, low=low, high=high)
        classes = tuple(dict.fromkeys(c.strip() for c in rest.split(",") if c.strip()))
        if len(classes) > 1:
            return Target(name, classes)
    raise BadPlan(
        f"got target '{text}'; expected a scale with its range, such as arousal or arousal=1:9, or "
        "at least two classes, such as emotion=anger,sadness; correct it"
    )


def save(plan: Watch) -> None:
    """Write the settings of a stream, and where it is, so that it is found and goes on.

    Parameters
    ----------
    plan : Watch
        ``watch.toml`` is written into its ``out``.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> plan = Watch(place, place, (target_from("arousal=1:9"),), place / "answers.csv", buffer=5)
    >>> save(plan)
    >>> saved(place) == plan, place in streams()
    (True, True)
    """
    path, entries = inside(plan.out, FILES["stream"]), _entries(plan)
    claim(plan.out, "stream")
    if path.is_file():
        _check_same(toml.read(path), toml.parse(toml.to_toml(entries), "the stream"), plan.out)
    write_text(path, toml.sealed(toml.to_toml(entries)))
    out = plan.out.absolute()
    if out.parent != home("streams"):
        others = [str(other) for other in _elsewhere() if other != out]
        write_text(home("streams") / "elsewhere.json", json.dumps([str(out), *others][:MOST], indent=1))


def _entries(plan: Watch) -> dict[str, Any]:
    entries = {name: value for name, value in asdict(plan).items() if name not in ("out", "task")}
    near = plan.answers.is_relative_to(plan.out)
    answers = plan.answers.relative_to(plan.out) if near else plan.answers.absolute()
    entries |= {"folder": plan.folder.absolute(), "answers": answers}
    return {**entries, "targets": [{k: v for k, v in asdict(target).items() if v != ()} for target in plan.task]}


def _check_same(before: dict[str, Any], now: dict[str, Any], out: Path) -> None:
    """Raise `BadPlan` where a stream would go on with other choices: what was decided so far would be hidden in it."""
    before, now = ({**usual, **entries} for usual in [_usual()] for entries in (before, now))
    free = {"answers", "settle_s"} | ({"folder"} if not Path(str(before.get("folder", ""))).is_dir() else set())
    for name in sorted((before.keys() | now.keys()) - free):
        if before.get(name) != now.get(name):
            raise BadPlan(
                f"{out} holds a stream whose {name} is {before.get(name)!r:.200}, not "
                f"{now.get(name)!r:.200}; choose another folder (--out), or go on with that one: "
                f"seral resume {out}"
            )


def _usual() -> dict[str, Any]:
    return {f.name: f.default for f in fields(Watch) if f.default is not MISSING}


def saved(out: Path) -> Watch:
    """Return the settings of a folder's stream.

    Raises
    ------
    BadPlan
        Where the folder holds no stream, or the one that it watches is gone.

    Examples
    --------
    >>> saved(Path("nowhere"))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: no stream at nowhere; expected a folder with watch.toml, as 'seral stream --out' makes
    """
    path = inside(out, FILES["stream"])
    if not path.is_file():
        raise BadPlan(f"no stream at {out}; expected a folder with watch.toml, as 'seral stream --out' makes")
    try:
        entries = toml.read(path)
        task = {"task": entries.pop("targets")} if "targets" in entries else {}
        plan = toml.build(Watch, {**entries, **task, "out": str(out)}, "stream entry")
    except SeralError as wrong:
        raise BadPlan(f"{path} cannot be read: {wrong}; or start the stream again with all its options") from None
    return replace(plan, answers=out / plan.answers)


def streams() -> list[Path]:
    """Return the folders of all watched streams that are known on this computer, the last started first."""
    here = [path for path in home("streams").iterdir() if path.is_dir()]
    found = [path for path in dict.fromkeys([*_elsewhere(), *here]) if kind_of(path) == "stream"]
    return sorted(found, key=lambda path: (path / FILES["stream"]).stat().st_mtime, reverse=True)


def _elsewhere() -> list[Path]:
    try:
        return [Path(text) for text in json.loads((home("streams") / "elsewhere.json").read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def decisions(lines: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return what was decided on each recording, and what people answered.

    Parameters
    ----------
    lines : sequence of dict
        Events of a stream, as `seral_core.runs.log.Log.lines` returns them.

    Returns
    -------
    DataFrame
        A row per recording, in order of arrival: ``file``, ``at`` (when it was decided on),
        ``round``, ``decision`` (``"ask"`` or ``"pass"``), ``remark``, ``answered`` and a column for
        each target, empty while it is open.

    Examples
    --------
    >>> asked = {"event": "Asked", "at": "2013-08-25T10:00", "round": 1, "segments": ["b.wav"], "places": [1]}
    >>> table = decisions([{**asked, "let_go": ["a.wav"], "step": "query", "remark": ""}])
    >>> table[["file", "decision", "answered"]].values.tolist()
    [['a.wav', 'pass', False], ['b.wav', 'ask', False]]
    """
    rows: list[tuple[Any, ...]] = []
    answers: dict[str, dict[str, Any]] = {}
    targets: list[str] = []
    for line in lines:
        match line["event"]:
            case "Started":
                targets = list(line["targets"])
            case "Asked":
                asked, others = dict(zip(line["places"], line["segments"], strict=True)), iter(line["let_go"])
                for place in range(len(line["segments"]) + len(line["let_go"])):
                    decided = (asked[place], "ask") if place in asked else (next(others), "pass")
                    rows.append((decided[0], line["at"], line["round"], decided[1], line["remark"]))
            case "Labelled":
                for label in line["labels"]:
                    answers.setdefault(label["segment"], {})[label["target"]] = label["value"]
    table = pd.DataFrame(rows, columns=["file", "at", "round", "decision", "remark"])
    table["answered"] = table["file"].isin(list(answers))
    for target in targets:
        table[target] = [answers.get(file, {}).get(target) for file in table["file"]]
    return table


def learned_by(events: Iterable[Event]) -> Learned:
    """Return, by name, every recording that was decided on, with the value learned for each target.

    Parameters
    ----------
    events : iterable of Event
        Of a stream.

    Returns
    -------
    dict of str to dict
        Nothing for a recording that is open, or was let go.

    Examples
    --------
    >>> from seral_core.types import Label
    >>> asked, label = Asked(0, "query", ("b.wav",), "", (1,), ("a.wav",)), Label("b.wav", "emotion", "anger", "r1")
    >>> learned_by([asked, Labelled(0, "query", (label,))])
    {'b.wav': {'emotion': 'anger'}, 'a.wav': {}}
    """
    learned: Learned = {}
    for event in events:
        learn(learned, event)
    return learned


def learn(learned: Learned, event: Event) -> None:
    """Add to what `learned_by` returns what one more event decides or learns."""
    match event:
        case Asked(segments=segments, let_go=let_go):
            learned.update({name: {} for name in (*segments, *let_go) if name not in learned})
        case Labelled(labels=labels):
            for label in labels:
                learned.setdefault(label.segment, {})[label.target] = label.value
        case _:
            pass


@dataclass(frozen=True)
class Tally:
    """How far a stream has come, in recordings.

    Parameters
    ----------
    asked, passed, answered : int
        What was decided on, and how many answers were learned from.
    open : tuple of str
        Recordings that were asked for and wait for an answer.

    Examples
    --------
    >>> Tally(asked=8, passed=4, answered=7, open=("a.wav",)).arrived
    12
    """

    asked: int
    passed: int
    answered: int
    open: tuple[str, ...]

    @property
    def arrived(self) -> int:
        """What was decided on."""
        return self.asked + self.passed


def tally(table: pd.DataFrame) -> Tally:
    """Count what `decisions` returned.

    Parameters
    ----------
    table : DataFrame
        A row per recording.
    """
    asked = table[table["decision"] == "ask"]
    waiting = tuple(asked.loc[~asked["answered"], "file"])
    return Tally(len(asked), len(table) - len(asked), len(asked) - len(waiting), waiting)


def decided(out: Path) -> pd.DataFrame:
    """Return the `decisions` of the stream in a folder; empty where it has none yet."""
    return decisions(Log(out).lines())
