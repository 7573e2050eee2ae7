"""The dashboard's map in a notebook: click a point and hear it, slide through the rounds of a loop of your own."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadFeatures, MissingExtra, SeralError
from seral_core.features.maps import layout as layout_of
from seral_core.features.table import FeatureTable
from seral_core.runs.speech import codes
from seral_core.widget import mistake


@dataclass(frozen=True)
class Round:
    """What the map shows of one round.

    Parameters
    ----------
    asked : sequence of str
        Clips that were asked for in it; they count as labelled, with their gold label, in later rounds.
    guess : mapping from str to str or float
        What the model takes a clip for; clips that are left out are grey.
    spent : int
        Labels so far.
    score : float
        Of the model, UAR for classes and CCC for scales.
    """

    asked: Sequence[str] = ()
    guess: Mapping[str, Any] = field(default_factory=dict)
    spent: int = 0
    score: float | None = None


def sounding_map(
    corpus: Corpus,
    table: FeatureTable,
    rounds: Sequence[Round] = (),
    *,
    target: str = "",
    layout: str = "tsne",
    gold: bool = True,
) -> Any:
    """Show a map of clips in Jupyter; a click plays the clip.

    Parameters
    ----------
    corpus : Corpus
        Whose clips are heard.
    table : FeatureTable
        The clips that are drawn, near to those that sound alike.
    rounds : sequence of Round
        What was asked for and guessed, round by round.
    target : str
        What colours mean; left out, the corpus's first target.
    layout : {"tsne", "pca", "umap"}
        As in `seral_core.features.maps.layout`.
    gold : bool
        Whether the recorded gold may be seen.

    Returns
    -------
    anywidget.AnyWidget
        Shown where it is a cell's last value.

    Raises
    ------
    MissingExtra
        When anywidget is not installed.
    BadFeatures
        When a round names a clip that is not in the table.

    Examples
    --------
    >>> from seral_core.corpora.synthetic import synthetic
    >>> from seral_core.features.extract import features_for
    >>> corpus = synthetic(clips=8, speakers=2)
    >>> shown = sounding_map(corpus, features_for(corpus), [Round(asked=corpus.ids[:2])], layout="pca")
    >>> shown.reply("rounds", {})["rounds"][0]["asked"]
    [0, 1]
    """
    aim = corpus.target(target) if target else corpus.task[0]
    known, ids = codes(corpus, aim)
    place = {segment: i for i, segment in enumerate(ids)}
    missing = [one for one in table.ids if one not in place]
    if missing:
        raise BadFeatures(
            f"the corpus has no clip {missing[0]}; expected a table of its clips; give features_for(corpus)"
        )
    answers = [_known(known[place[one]], aim.is_scale) for one in table.ids]
    row = {segment: i for i, segment in enumerate(table.ids)}
    at = layout_of(table, layout)
    speakers = corpus.about["speaker"].reindex(list(table.ids))
    pool = {
        "ids": list(table.ids), "x": _packed(at[:, 0], "<f4"), "y": _packed(at[:, 1], "<f4"),
        "speakers": [None if one != one or one is None else str(one) for one in speakers],
        "target": {
            "name": aim.name, "classes": list(aim.classes), "scale": aim.is_scale, "low": aim.low, "high": aim.high,
        },
        "gold": answers if gold else [None] * len(answers), "corpus": corpus.name, "curves": [], "strategy": "this run",
        "layout": "pca", "notes": [],
    }  # fmt: skip
    frames = [_frame(number, one, row, answers, aim) for number, one in enumerate(rounds)]
    return _widget_class()(corpus, {"map": pool, "rounds": {"rounds": frames, "finished": True}}, set(row))


def _frame(number: int, one: Round, row: Mapping[str, int], answers: Sequence[Any], aim: Any) -> dict[str, Any]:
    strange = [clip for clip in (*one.asked, *one.guess) if clip not in row]
    if strange:
        raise BadFeatures(
            f"round {number} names {strange[0]}, which the table lacks; expected its ids; leave that clip out"
        )
    asked = [row[clip] for clip in one.asked]
    frame: dict[str, Any] = {
        "round": number, "asked": asked, "labelled": asked, "answers": [answers[i] for i in asked],
        "machine": [0] * len(asked), "withdrawn": [], "spent": one.spent or None,
        "scores": {} if one.score is None else {"ccc" if aim.is_scale else "uar": float(one.score)}, "confusion": None,
    }  # fmt: skip
    if one.guess:
        said = np.full(len(row), np.nan if aim.is_scale else -1.0)
        for clip, value in one.guess.items():
            said[row[clip]] = float(value) if aim.is_scale else aim.classes.index(str(value))
        frame["guess"] = _packed(said, "<f4" if aim.is_scale else "i1")
    return frame


def _known(value: Any, scale: bool) -> float | None:
    return (float(value) if value == value else None) if scale else int(value)


def _packed(values: NDArray[Any], kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


@cache
def _widget_class() -> Any:
    """Return the widget's class; anywidget is needed from here on only."""
    try:
        import anywidget
    except ImportError:
        raise MissingExtra("the map in a notebook", "anywidget", "notebook") from None
    from seral_dashboard.component.scripts import script, style

    class MapWidget(anywidget.AnyWidget):
        """The map, answered by messages to the kernel."""

        _esm = script("map_widget")
        _css = style()

        def __init__(self, corpus: Corpus, contents: Mapping[str, Any], shown: set[str]) -> None:
            super().__init__()
            self.corpus, self.contents, self.shown = corpus, contents, shown
            self.on_msg(self._answer)

        def reply(self, verb: str, request: Mapping[str, Any]) -> Any:
            """Return the map or its rounds; for ``clip``, a WAV file."""
            if verb != "clip":
                return self.contents[verb]
            if request.get("segment") not in self.shown:
                raise BadFeatures(f"the map has no clip {request.get('segment')}; click a point")
            return _wav(self.corpus, str(request["segment"]))

        def _answer(self, _: Any, asked: Mapping[str, Any], __: Any) -> None:
            number, verb = asked.get("number"), str(asked.get("verb"))
            try:
                found = self.reply(verb, asked.get("body") or {})
            except (SeralError, KeyError) as wrong:
                self.send({"number": number, "status": 400, "error": str(wrong)})
                return
            except Exception as wrong:  # of whatever kind: the page waits for an answer
                self.send({"number": number, "status": 500, "error": mistake(wrong)})
                raise
            if verb == "clip":
                self.send({"number": number}, [found])
            else:
                self.send({"number": number, "content": found})

    return MapWidget


def _wav(corpus: Corpus, segment: str) -> bytes:
    from seral_core.features.audio import RATE_HZ, read_segment

    samples = np.int16(np.clip(read_segment(*corpus.path(segment)), -1, 1) * 32767).tobytes()
    head = b"RIFF" + (36 + len(samples)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    kind = (
        b"\x01\x00\x01\x00" + RATE_HZ.to_bytes(4, "little") + (2 * RATE_HZ).to_bytes(4, "little") + b"\x02\x00\x10\x00"
    )
    return head + kind + b"data" + len(samples).to_bytes(4, "little") + samples
