"""How far raters agree: with one another, with themselves, with known answers, and along a trace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from seral_core.exchange import ratings_of
from seral_core.scores.agreement import against_rest, alpha, self_agreement
from seral_core.scores.traces import lags, pairwise_ccc, resampled, shifted
from seral_core.store import Answer
from seral_core.studio.control_clips import control_clips
from seral_core.studio.human_vs_gold import Versus
from seral_core.studio.session import Session
from seral_core.types import Floats, Target
from seral_dashboard import projects

#: Frames per second at which traces are compared; fewer clips than all where there are very many.
COMPARED_HZ, MOST_CLIPS = 10.0, 200


@dataclass(frozen=True)
class Agreement:
    """How far the raters of one target agree.

    Parameters
    ----------
    alpha : float
        Krippendorff's; nan where no clip has two raters.
    clips : int
        How many have two raters or more.
    rest : DataFrame by rater
        Each against the others.
    self : DataFrame by rater
        Each against the same rater's earlier answers.
    gold : DataFrame by rater
        Each against known answers.
    """

    alpha: float
    clips: int
    rest: pd.DataFrame
    self: pd.DataFrame
    gold: pd.DataFrame


def agreement(session: Session, target: Target) -> Agreement:
    """Return how far the raters agree on a target, with one another, with themselves, and with known answers."""
    answers = [a for a in session.store.current() if a.target == target.name]
    votes, again = ratings_of(answers), ratings_of(answers, purposes=("repeat",))
    many = votes.groupby("segment")["rater"].nunique() if len(votes) else pd.Series(dtype=int)
    clips = int((many > 1).sum())
    return Agreement(
        alpha(votes, "interval" if target.is_scale else "nominal") if clips else float("nan"),
        clips,
        against_rest(votes, target) if clips else pd.DataFrame(),
        self_agreement(votes, again, target) if len(again) else pd.DataFrame(),
        against_gold(session, answers, target),
    )


def against_gold(session: Session, answers: Iterable[Answer], target: Target) -> pd.DataFrame:
    """Return each rater against the known answers that were hidden among the clips."""
    known = control_clips(session.studio, session.corpus)
    given = ratings_of(answers, purposes=("gold",))
    rows = [(s, of[target.name]) for s, of in known.items() if target.name in of]
    if not rows or not len(given):
        return pd.DataFrame()
    truth = pd.concat(
        [pd.DataFrame(rows, columns=["segment", "value"]).assign(rater=r) for r in given["rater"].unique()]
    )
    return self_agreement(given, truth, target)


@dataclass(frozen=True)
class Traced:
    """How far traces of the same clips agree.

    Parameters
    ----------
    clips : int
        How many were traced by two raters or more.
    raw, corrected : float
        Mean CCC over pairs of raters, as it was traced, and after each rater's lag was taken back; nan where no
        clip has two.
    lags : DataFrame by rater
        ``clips``, and ``lag_s``: median over clips, in seconds behind the quickest.
    """

    clips: int
    raw: float
    corrected: float
    lags: pd.DataFrame


def traced(session: Session, target: Target) -> Traced:
    """Return how far the traces of a target agree, before and after their lags are corrected."""
    by_clip: dict[str, dict[str, Answer]] = {}
    for answer in session.store.current():
        traced_by_person = answer.trace and answer.source != "machine"
        if answer.target == target.name and traced_by_person and answer.purpose != "repeat":
            by_clip.setdefault(answer.segment, {})[answer.rater] = answer
    many = {segment: of for segment, of in by_clip.items() if len(of) > 1}
    raw: list[float] = []
    corrected: list[float] = []
    late: list[tuple[str, float]] = []
    for of in list(many.values())[:MOST_CLIPS]:
        traces = _together(of)
        lag = lags(traces, COMPARED_HZ)
        placed = np.stack([shifted(trace, by, COMPARED_HZ) for trace, by in zip(traces, lag, strict=True)])
        raw.append(float(np.nanmean(pairwise_ccc(traces))))
        corrected.append(float(np.nanmean(pairwise_ccc(placed))))
        late += zip(of, lag.tolist(), strict=True)
    by_rater = pd.DataFrame(late, columns=["rater", "lag_s"]).groupby("rater")
    frame = by_rater.agg(clips=("lag_s", "size"), lag_s=("lag_s", "median"))
    nothing = float("nan")
    return Traced(
        len(many), float(np.mean(raw)) if raw else nothing, float(np.mean(corrected)) if raw else nothing, frame
    )


def _together(of: dict[str, Answer]) -> Floats:
    """Return traces of one clip on common frames, one row per rater."""
    samples = [np.array([sample[:2] for sample in answer.trace or ()]) for answer in of.values()]
    end_s = min(float(rows[-1, 0]) for rows in samples)
    return np.stack([resampled(rows[:, 0], rows[:, 1], COMPARED_HZ, max(end_s, 2 / COMPARED_HZ)) for rows in samples])


def versus(folder: Path, target: str, rater: str) -> Versus:
    """Return a person beside the recorded gold, worked out again when there are new labels."""
    rows = projects.session(folder).store.rows()
    return _versus(folder, target, rater, rows[-1].seq if rows else 0)


@lru_cache(maxsize=16)
def _versus(folder: Path, target: str, rater: str, _changed: int) -> Versus:
    from seral_core.studio.human_vs_gold import versus as compare

    return compare(folder, target, rater)
