"""The contract of strategies: the rules for every one, as a function to call in tests.

`check_strategy` walks a strategy through scenes that go wrong easily: nothing labelled, one
candidate, more wanted than there are, clips that coincide, features that never change, float32,
segments of many frames, learners with several units per row, one target and several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers
from seral_core.strategies.base import Strategy, View
from seral_core.types import Belief, Classes, Floats, Ints, Prediction, Scale, Target, Task

EMOTION = Target("emotion", ("anger", "happiness", "sadness"))
AROUSAL, VALENCE = Target("arousal"), Target("valence", low=1, high=5)
TRACE, OTHER_TRACE = Target("arousal", rate_hz=4.0), Target("valence", low=1, high=5, rate_hz=4.0)
TASKS: dict[str, Task] = {
    "a category": (EMOTION,),
    "a scale": (AROUSAL,),
    "two scales": (AROUSAL, VALENCE),
    "a category and a scale": (EMOTION, AROUSAL),
    "a trace": (TRACE,),
    "two traces": (TRACE, OTHER_TRACE),
}
#: What is asked for, and what a source model knows.
CROSS: dict[str, tuple[Task, Task]] = {
    "a category beside source scales": ((EMOTION,), (AROUSAL, VALENCE)),
    "two scales beside a source category": ((AROUSAL, VALENCE), (EMOTION,)),
}


def check_strategy(strategy: Strategy) -> None:
    """Raise `AssertionError` with a sentence where ``strategy`` breaks the contract.

    In every scene it must return distinct candidates, as many as wanted or fewer, the same for the
    same seed, the same with an empty ``scratch``, and leave the view as it was. Where a learner
    believes the same of all units of a row, it must choose as if there were one. It may refuse a
    scene with `BadPlan`, but not every scene.

    Parameters
    ----------
    strategy : Strategy
        A function, or an instance of a dataclass with ``__call__``.

    Examples
    --------
    >>> check_strategy(lambda view, n, rng: view.candidates[:n])
    >>> check_strategy(lambda view, n, rng: view.candidates[[0, 0]])
    Traceback (most recent call last):
    AssertionError: a category, plain: got 2 of 3, but a candidate twice
    """
    refused: list[str] = []
    worked = 0
    for name, view in scenes():
        try:
            check_scene(strategy, view, name)
            worked += 1
        except BadPlan as why:
            refused.append(f"{name}: {why}")
    _require(worked > 0, "no scene was to its liking; " + "; ".join(refused[:3]))
    _check_units(strategy)


def check_scene(strategy: Strategy, view: View, name: str = "the view") -> None:
    """Check one strategy on one view; see `check_strategy`.

    Parameters
    ----------
    strategy : Strategy
        What is tried.
    view : View
        What it is tried on; not changed.
    name : str
        How messages call the view.

    Raises
    ------
    AssertionError
        With a sentence that says which promise was broken.
    BadPlan
        When the strategy refuses the view.

    Examples
    --------
    >>> check_scene(lambda view, n, rng: view.candidates[:n], line_view(*range(9)))
    >>> try:
    ...     check_scene(lambda view, n, rng: view.candidates, line_view(*range(9)))
    ... except AssertionError as wrong:
    ...     print(wrong)
    the view: got 9; expected 3 or fewer
    """
    before = _state(view)
    for n in (3, 1, 0, len(view.table) + 5):
        picks = strategy(view, n, np.random.default_rng(7))
        _check_picks(picks, view, n, name)
        again = strategy(view, n, np.random.default_rng(7))
        _require(picks.tolist() == again.tolist(), f"{name}: the same seed gave {again} after {picks}")
        fresh = strategy(replace(view, scratch={}), n, np.random.default_rng(7))
        _require(picks.tolist() == fresh.tolist(), f"{name}: an empty scratch changed {picks} to {fresh}")
    _require(_state(view) == before, f"{name}: the view was changed; work on copies")
    _check_rounds(strategy, view, name)


def scenes() -> Iterator[tuple[str, View]]:
    """Go through small views, each with a name.

    Yields
    ------
    name : str
        What is asked for, and what is odd about the pool.
    view : View
        Of 24 rows at most.

    Examples
    --------
    >>> names = [name for name, _ in scenes()]
    >>> len(names), names[0]
    (98, 'a category, plain')
    """
    tasks = {title: (task, ()) for title, task in TASKS.items()} | CROSS
    for title, (task, related) in tasks.items():
        for scene, values in _features().items():
            some = (0, 2, 5) if len(values) > 6 else (0,)
            yield f"{title}, {scene}", toy_view(values, task, some, related=related)
        plain = _features()["plain"]
        yield f"{title}, nothing labelled", toy_view(plain, task, (), related=related)
        yield f"{title}, nothing labelled, all alike", toy_view(np.ones((9, 3)), task, (), related=related)
        yield f"{title}, one candidate", _one_candidate(toy_view(plain, task, (0, 2, 5), related=related))
        yield f"{title}, segments of several frames", toy_view(plain, task, (0, 2, 4), frames=2, related=related)
        if task[0].rate_hz:
            yield f"{title}, segments of many frames", toy_view(np.repeat(plain, 5, axis=0), task, (0, 2), frames=10)
        yield f"{title}, a learner with several units per row", toy_view(plain, task, (0, 2, 5), 1, related, units=3)
        yield f"{title}, frames and other units", toy_view(plain, task, (0, 2, 4), 2, related, units=3)


def toy_view(
    values: Floats, task: Task, labelled: tuple[int, ...], frames: int = 1, related: Task = (), units: int = 0
) -> View:
    """Return a view with a learner that believes what a fixed formula of the features says.

    Parameters
    ----------
    values : Floats of shape (rows x frames, features)
        The features.
    task : tuple of Target
        What is asked for.
    labelled : tuple of int
        Rows with an answer for every target; where there is none, there is no learner.
    frames : int
        Frames a row of the table.
    related : tuple of Target
        What the learner believes something of without being asked.
    units : int
        Units a row of the learner's beliefs; 0: as many as the table has frames.

    Returns
    -------
    View
        Its committee has four members.

    Examples
    --------
    >>> view = toy_view(np.eye(5), (AROUSAL,), (0, 3))
    >>> view.candidates, view.scale(AROUSAL).mean.shape, view.committee(view.candidates)["arousal"].mean.shape
    (array([1, 2, 4]), (1, 3), (4, 3))
    """
    rows = len(values) // frames
    bounds = np.arange(0, rows * frames + 1, frames, dtype=np.intp)
    rate_hz = max(target.rate_hz for target in task)
    ids = tuple(f"clip{i}" for i in range(rows))
    table = FeatureTable(values[: rows * frames], ids, bounds=bounds, rate_hz=rate_hz)
    known = np.array(labelled, dtype=np.intp)
    answers = {target.name: _answers(target, known, frames) for target in task}
    others = np.setdiff1d(np.arange(rows), known).astype(np.intp)
    view = View(table, task, others, known, answers, related=related)
    if not labelled:
        return view

    def predict(asked: Ints, members: int = 1) -> Prediction:
        part = table.take(asked)
        if units:  # a learner that cuts clips in its own way
            parts = np.tile(np.linspace(0.5, 1.5, units), len(part))
            values = np.repeat(part.pooled().values, units, axis=0) * parts[:, None]
            part = FeatureTable(values, part.ids, bounds=np.arange(0, units * len(part) + 1, units))
        return {target.name: _belief(target, part, members) for target in (*task, *related)}

    return replace(view, predict=predict, committee=lambda asked: predict(asked, 4))


def _features() -> dict[str, Floats]:
    plain = np.random.default_rng(3).normal(size=(24, 4))
    return {
        "plain": plain,
        "float32": plain.astype(np.float32),
        "coinciding clips": np.repeat(plain[:4], 4, axis=0),
        "features that never change": np.full((12, 3), 0.1),
        "one feature, far off": 1e6 + plain[:, :1],
        "two clips": plain[:2],
    }


def _answers(target: Target, rows: Ints, frames: int) -> Answers:
    ones = np.ones(len(rows))
    if target.rate_hz:
        values = np.linspace(target.low, target.high, frames * len(rows))
        values[1::3] = np.nan if frames > 1 else values[1::3]  # traces have gaps
        return Answers(rows, values, ones, np.arange(0, len(values) + 1, frames))
    if target.is_scale:
        return Answers(rows, np.linspace(target.low, target.high, len(rows)), ones)
    return Answers(rows, np.arange(len(rows)) % len(target.classes), ones)


def _belief(target: Target, part: FeatureTable, members: int) -> Belief:
    width = part.values.shape[1]
    weights = np.sin(np.arange(1.0, 1 + members * width * 3)).reshape(members, width, 3)
    reach = np.tanh(np.einsum("uf,mfc->muc", part.values.astype(np.float64), weights))
    if not target.is_scale:
        e = np.exp(reach)
        return Classes(e / e.sum(axis=-1, keepdims=True), part.bounds)
    middle, half = (target.low + target.high) / 2, (target.high - target.low) / 2
    return Scale(middle + half * reach[..., 0], np.abs(reach[..., 1]), part.bounds)


def _one_candidate(view: View) -> View:
    return view.among(view.candidates[:1])


def _require(fine: bool, sentence: str) -> None:
    # Not an assert statement: this must speak under python -O as well.
    if not fine:
        raise AssertionError(sentence)


def _check_picks(picks: Ints, view: View, n: int, name: str) -> None:
    _require(isinstance(picks, np.ndarray), f"{name}: expected an array of row numbers, not {picks!r}")
    _require(picks.ndim == 1, f"{name}: expected one row of numbers, not an array of shape {picks.shape}")
    _require(np.issubdtype(picks.dtype, np.integer), f"{name}: picks are {picks.dtype}; expected whole numbers")
    _require(len(picks) <= n, f"{name}: got {len(picks)}; expected {n} or fewer")
    _require(n == 0 or len(picks) > 0, f"{name}: got none; expected up to {n} of {len(view.candidates)} candidates")
    _require(len(set(picks.tolist())) == len(picks), f"{name}: got {len(picks)} of {n}, but a candidate twice")
    strange = set(picks.tolist()) - set(view.candidates.tolist())
    _require(not strange, f"{name}: rows {sorted(strange)} are no candidates")


def _check_units(strategy: Strategy) -> None:
    """Units that are alike are as good as one, however a strategy joins them."""
    for title, (task, related) in ({title: (task, ()) for title, task in TASKS.items()} | CROSS).items():
        view = toy_view(_features()["plain"], task, (0, 2, 5), related=related)
        thrice = replace(view, predict=_thrice(view.predict), committee=_thrice(view.committee), scratch={})
        try:
            one, three = (strategy(each, 3, np.random.default_rng(7)).tolist() for each in (view, thrice))
        except BadPlan:
            continue
        _require(one == three, f"{title}: three equal units per row changed the choice from {one} to {three}")


def _thrice(predict: Callable[[Ints], Prediction]) -> Callable[[Ints], Prediction]:
    def repeated(asked: Ints) -> Prediction:
        bounds, units = np.arange(0, 3 * len(asked) + 1, 3), np.repeat(np.arange(len(asked)), 3)
        return {name: replace(belief.at(units), bounds=bounds) for name, belief in predict(asked).items()}

    return repeated


def _check_rounds(strategy: Strategy, view: View, name: str) -> None:
    """A run that goes on with its scratch chooses as one that lost it."""
    kept: View = replace(view, scratch={})
    for turn in range(3):
        if len(kept.candidates) < 2:
            return
        picks = strategy(kept, 1, np.random.default_rng(turn))
        lost = strategy(replace(kept, scratch={}), 1, np.random.default_rng(turn))
        _require(picks.tolist() == lost.tolist(), f"{name}, round {turn}: a resumed run chose {lost}, not {picks}")
        labelled = np.union1d(kept.labelled, picks)
        kept = replace(kept, labelled=labelled, candidates=np.setdiff1d(kept.candidates, picks), round=turn + 1)


def _state(view: View) -> tuple[object, ...]:
    arrays = (view.table.values, view.table.bounds, view.candidates, view.labelled)
    answers = [(k, a.rows.tobytes(), a.values.tobytes(), a.weights.tobytes()) for k, a in view.answers.items()]
    return (*(a.tobytes() for a in arrays), tuple(answers), view.task, view.round)
