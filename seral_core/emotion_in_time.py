"""Figure: emotion in time, the raters' traces and predictions of a recording over its waveform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from seral_core.charts import ACCENT, DASHES, FAINT, INK, PALETTE, styled
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.recording import Recording, frames_of
from seral_core.corpora.stretches import stretches_within
from seral_core.corpora.tables import GOLD
from seral_core.errors import BadPlan, SeralError
from seral_core.figure_text import figure_text
from seral_core.scores.traces import thinned
from seral_core.types import Floats, Target

#: A line is drawn with so many points, and a waveform with so many columns, however long a recording is.
MOST_POINTS, COLUMNS = 1500, 1000
Kind = Literal["rater", "gold", "prediction"]


@dataclass(frozen=True, eq=False)
class Line:
    """A trace as it is drawn.

    Parameters
    ----------
    name : str
        A rater, ``gold``, or what predicted it.
    kind : {"rater", "gold", "prediction"}
        Which of these.
    values : Floats
        In native units; nan in gaps.
    rate_hz : float
        Values per second; value ``i`` stands for the middle of its frame.
    """

    name: str
    kind: Kind
    values: Floats
    rate_hz: float

    @property
    def times_s(self) -> Floats:
        """When each value is, in seconds from the start of the recording."""
        return np.asarray((np.arange(len(self.values)) + 0.5) / self.rate_hz)

    @property
    def seconds(self) -> float:
        """How long the trace is."""
        return len(self.values) / self.rate_hz


def traced_target(corpus: Corpus, name: str = "") -> Target:
    """Return a target of a corpus that has traces: the one that is named, else the first.

    Raises
    ------
    BadPlan
        When it has none.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> traced_target(toy_corpus(), "arousal")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: arousal of toy has no traces; expected a target with a rate: none of this corpus has
    """
    traced = [target for target in corpus.task if target.rate_hz and target.is_scale]
    for target in traced:
        if name in ("", target.name):
            return target
    what = corpus.target(name).name if name else "every target"
    names = ", ".join(target.name for target in traced) or "none of this corpus has"
    raise BadPlan(f"{what} of {corpus.name} has no traces; expected a target with a rate: {names}")


def lines_of(
    corpus: Corpus, recording: str, target: Target, predictions: Mapping[str, Sequence[float] | Floats] | None = None
) -> list[Line]:
    """Return what is drawn of a recording: each rater, gold where there is any, and predictions, of bounded length.

    Parameters
    ----------
    corpus : Corpus
        With traces.
    recording : str
        Id of a segment.
    target : Target
        With a rate.
    predictions : mapping of str to Floats of shape (frames,), optional
        By name, at the target's rate.

    Examples
    --------
    >>> from seral_core.corpora.corpus import rating_frame, segment_index
    >>> import pandas as pd
    >>> task, rows = (Target("arousal", rate_hz=2.0),), [("a.wav", "arousal", "anna", (0.0, 0.5))]
    >>> corpus = Corpus("one", pd.DataFrame(index=segment_index(["a.wav"])), rating_frame(rows), task)
    >>> [(line.name, line.kind, line.times_s.tolist()) for line in lines_of(corpus, "a.wav", task[0])]
    [('anna', 'rater', [0.25, 0.75]), ('gold', 'gold', [0.25, 0.75])]
    """
    if recording not in corpus.ids:
        raise BadPlan(f"{corpus.name} has no recording {recording}; expected one of its ids; correct it")
    rated = corpus.of(target.name)
    rated = rated[(rated["segment"] == recording) & (rated["rater"] != GOLD)]
    found: list[tuple[str, Kind, Any]] = [
        (str(rater), "rater", trace) for rater, trace in zip(rated["rater"], rated["value"], strict=True)
    ]
    gold = corpus.gold(target.name)[recording]
    found += [] if gold is None else [("gold", "gold", gold)]
    found += [(name, "prediction", values) for name, values in (predictions or {}).items()]
    return [
        Line(name, kind, *thinned(np.asarray(values, dtype=np.float64), target.rate_hz, MOST_POINTS))
        for name, kind, values in found
    ]


def envelope(corpus: Corpus, recording: str, columns: int = COLUMNS) -> tuple[Floats, float]:
    """Return how loud a recording is along its time: a bounded number of columns, whatever its length.

    Returns
    -------
    extremes : Floats of shape (columns or fewer, 2)
        Lowest and highest sample of each column, of the loudest; empty where there is no audio that can be read.
    seconds : float
        How long the recording is; 0 where there is no audio.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> envelope(toy_corpus(), "a.wav")
    (array([], shape=(0, 2), dtype=float64), 0.0)
    """
    nothing = np.zeros((0, 2)), 0.0
    if corpus.root is None:
        return nothing
    try:
        path, start_s, end_s, channel = corpus.path(recording)
        with Recording(path, channel) as file:
            start, stop = file.span(start_s, end_s, frames_of(path))
            found = np.tile([np.inf, -np.inf], (min(columns, stop - start), 1))
            begins = -(-np.arange(len(found)) * (stop - start) // len(found))  # first sample of each column
            at = 0
            for block in file.blocks(start, stop, strict=False):
                mono = np.nan_to_num(block[:, 0] if block.shape[1] == 1 else block.mean(axis=1))
                first, last = np.searchsorted(begins, [at, at + len(mono) - 1], side="right") - 1
                parts = np.maximum(begins[first : last + 1] - at, 0)
                low, high = found[first : last + 1].T
                low[:] = np.minimum(low, np.minimum.reduceat(mono, parts))
                high[:] = np.maximum(high, np.maximum.reduceat(mono, parts))
                at += len(mono)
            rate_hz = file.rate_hz
    except SeralError:
        return nothing
    found = np.where(np.isfinite(found), found, 0.0)
    return found / max(float(np.abs(found).max(initial=0.0)), 1e-3), (stop - start) / rate_hz


def emotion_in_time(
    corpus: Corpus, recording: str, target: str = "", *,
    predictions: Mapping[str, Sequence[float] | Floats] | None = None, asked: Sequence[str] = (), height: int = 420,
) -> Any:  # fmt: skip
    """Draw one recording: its waveform, raters thin, gold bold, predictions, and shaded the stretches asked for.

    Parameters
    ----------
    corpus : Corpus
        With traces; the waveform is drawn where it has audio.
    recording : str
        Id of a segment.
    target : str
        Left out, the first that has traces.
    predictions : mapping of str to Floats of shape (frames,), optional
        By name, at the target's rate.
    asked : sequence of str
        Ids of stretches in the order in which they were asked for; those of other recordings are passed over. The
        number of each is written above it.
    height : int
        In pixels.

    Returns
    -------
    plotly Figure
        Gaps of a trace are gaps of its line.

    Raises
    ------
    BadPlan
        When the target has no traces, or there is no such recording.

    Examples
    --------
    >>> from seral_core.corpora.corpus import rating_frame, segment_index
    >>> import pandas as pd
    >>> task, rows = (Target("arousal", rate_hz=2.0),), [("a.wav", "arousal", "anna", (0.0, 0.5))]
    >>> corpus = Corpus("one", pd.DataFrame(index=segment_index(["a.wav"])), rating_frame(rows), task)
    >>> [line.name for line in emotion_in_time(corpus, "a.wav", predictions={"ridge": [0.1, 0.2]}).data]
    ['1 rater', 'gold', 'ridge']
    """
    import plotly.graph_objects as go

    about = traced_target(corpus, target)
    lines = lines_of(corpus, recording, about, predictions)
    figure = styled(go.Figure(), height)
    sound, seconds = envelope(corpus, recording)
    seconds = max([seconds, *(line.seconds for line in lines)])
    if len(sound):
        figure.add_trace(_waveform(sound, seconds))
    _shade(figure, stretches_within(recording, asked), seconds)
    raters = sum(line.kind == "rater" for line in lines)
    for trace in _drawn(lines, raters):
        figure.add_trace(trace)
    figure.update_layout(margin_t=64, yaxis2={"overlaying": "y", "range": [-1.05, 1.05], "visible": False})
    figure.update_xaxes(title="seconds", range=[0, seconds], showgrid=False)
    ends = [about.low, about.high] if np.isfinite([about.low, about.high]).all() else None
    return figure.update_yaxes(title=figure_text(about.name), range=ends, selector={"overlaying": None})


def _waveform(sound: Floats, seconds: float) -> Any:
    """Return a grey shape: along the highest samples, and back along the lowest."""
    import plotly.graph_objects as go

    times = (np.arange(len(sound)) + 0.5) * seconds / len(sound)
    return go.Scatter(
        x=np.concatenate([times, times[::-1]]), y=np.concatenate([sound[:, 1], sound[::-1, 0]]), yaxis="y2",
        fill="toself", fillcolor="rgba(92,107,117,.22)", line={"width": 0}, mode="lines", name="waveform",
        hoverinfo="skip",
    )  # fmt: skip


def _shade(figure: Any, stretches: Sequence[tuple[int, float, float]], seconds: float) -> None:
    for number, start, end in stretches:
        end = seconds if np.isnan(end) else end
        figure.add_vrect(x0=start, x1=end, fillcolor=PALETTE[4], opacity=0.2, line_width=0, layer="below")
        figure.add_annotation(
            x=(start + end) / 2, y=1, yref="paper", yanchor="bottom", text=str(number), showarrow=False,
            font={"color": FAINT, "size": 13},
        )  # fmt: skip


def _drawn(lines: Sequence[Line], raters: int) -> list[Any]:
    import plotly.graph_objects as go

    found, predicted, rated = [], 0, 0
    for line in lines:
        name, shown = figure_text(line.name), True
        hover = f"{name}, %{{x:.1f}} s: %{{y:.2f}}<extra></extra>"
        match line.kind:
            case "rater":
                look: dict[str, Any] = {"color": FAINT, "width": 1}
                rated += 1
                name, shown = f"{raters} rater{'s' * (raters != 1)}", rated == 1
            case "gold":
                look = {"color": INK, "width": 4}
            case "prediction":
                colour = (PALETTE[1], ACCENT, *PALETTE[2:])[predicted % len(PALETTE)]
                look = {"color": colour, "width": 3, "dash": DASHES[predicted % len(DASHES)]}
                predicted += 1
        found.append(
            go.Scatter(
                x=line.times_s, y=line.values, name=name, mode="lines", line=look, connectgaps=False,
                legendgroup=name, showlegend=shown, hovertemplate=hover,
            )
        )  # fmt: skip
    return found
