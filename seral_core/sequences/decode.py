"""Decoding: the most probable levels of a whole recording, by classifier, transitions and language model."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from seral_core.errors import BadPlan
from seral_core.sequences.language import Language
from seral_core.types import Floats, Ints


def decode(
    log_proba: Floats,
    transitions: Floats,
    language: Language | None = None,
    weight: float = 0.0,
    beam: int = 50,
) -> Ints:
    """Return the levels with the highest AM + weight x LM (Eq. 8 and 9 of Le et al.).

    Paths that are in the same state of the language model have the same future, so the best of them stands for all. Of
    the states that are left, at most ``beam`` go on to the next frame. A trigram of ten levels has 101: the exact
    search (``beam=0``) is nearly as fast. Eq. 9 has no term for the first level, so it costs nothing but its LM.

    Parameters
    ----------
    log_proba : Floats of shape (frames, k)
        Natural logarithm of the classifier's probabilities; -inf for a level that is out of the question.
    transitions : Floats of shape (k, k)
        See `seral_core.sequences.transitions.transitions`.
    language : Language, optional
        Of the same levels; left out, none.
    weight : float
        Of the language model, 0 or more; with 0 it is not looked at.
    beam : int
        How many states go on from each frame; 0 for all, which is exact.

    Returns
    -------
    Ints of shape (frames,)
        Of paths that are equally good, the same one every time.

    Raises
    ------
    BadPlan
        Where shapes do not fit, values are no logarithms of probabilities, or no path is possible.

    Notes
    -----
    The first call after an installation compiles the search, which takes one to three seconds; numba keeps the result
    beside the package, or in the user's cache where that is read-only. Of states that are as good as the last one in
    the beam, all go on.

    Examples
    --------
    >>> log_proba = np.log([[0.9, 0.1], [0.4, 0.6], [0.9, 0.1]])
    >>> decode(log_proba, np.log([[0.5, 0.5], [0.5, 0.5]]))
    array([0, 1, 0])
    >>> decode(log_proba, np.log([[0.9, 0.1], [0.1, 0.9]]))
    array([0, 0, 0])
    """
    log_proba = _checked(log_proba, transitions, language, weight, beam)
    if not len(log_proba):
        return np.zeros(0, dtype=np.intp)
    last, step, gain = _graph(np.asarray(transitions, dtype=np.float64), language if weight else None, weight)
    states, score = _compiled()(log_proba, step, gain, beam or len(step))
    if score == -np.inf:
        raise BadPlan(
            "no sequence of levels is possible: got probabilities of 0 everywhere on each path; expected transitions "
            "that are smoothed; widen the beam, or smooth"
        )
    return np.asarray(last[states])


def viterbi(log_proba: Floats, transitions: Floats) -> Ints:
    """Return the most probable levels without a language model: Viterbi's search, exact (Eq. 9 of Le et al.).

    Parameters
    ----------
    log_proba : Floats of shape (frames, k)
        As for `decode`.
    transitions : Floats of shape (k, k)
        As for `decode`.

    Examples
    --------
    >>> viterbi(np.log([[0.6, 0.4], [0.4, 0.6], [0.2, 0.8]]), np.log([[0.9, 0.1], [0.1, 0.9]]))
    array([1, 1, 1])
    """
    return decode(log_proba, transitions, beam=0)


def path_score(
    labels: Ints, log_proba: Floats, transitions: Floats, language: Language | None = None, weight: float = 0.0
) -> float:
    """Return AM + weight x LM of given levels: what `decode` makes as large as it can.

    Examples
    --------
    >>> log_proba = np.log([[0.9, 0.1], [0.4, 0.6]])
    >>> round(float(np.exp(path_score(np.array([0, 1]), log_proba, np.log([[0.9, 0.1], [0.1, 0.9]])))), 3)
    0.054
    """
    acoustic = log_proba[np.arange(len(labels)), labels].sum() + transitions[labels[:-1], labels[1:]].sum()
    if language is None or not weight:
        return float(acoustic)
    return float(acoustic + weight * language.score(labels[np.flatnonzero(np.diff(labels, prepend=-1))]))


def _checked(log_proba: Floats, transitions: Floats, language: Language | None, weight: float, beam: int) -> Floats:
    log_proba = np.ascontiguousarray(log_proba, dtype=np.float64)
    k = len(transitions)
    if log_proba.ndim != 2 or log_proba.shape[1] != k or np.shape(transitions) != (k, k):
        raise BadPlan(
            f"got log probabilities of shape {log_proba.shape} and transitions of {np.shape(transitions)}; expected "
            "(frames, levels) and (levels, levels); take both from the same levels"
        )
    if language is not None and language.log_p.shape[1] != k:
        raise BadPlan(f"got a language model of {language.log_p.shape[1]} levels; expected {k}, as the classifier has")
    if not (0 <= weight < np.inf) or beam < 0:
        raise BadPlan(f"got weight {weight:g} and beam {beam}; expected 0 or more of each (beam 0: all states)")
    # Not a bound of 0: a classifier's scaled likelihoods are welcome too.
    bad = np.flatnonzero(~((best := log_proba.max(axis=1)) < np.inf) | (best == -np.inf))
    if len(bad) or not (np.asarray(transitions) < np.inf).all():
        where = f"frame {bad[0]} has" if len(bad) else "the transitions have"
        raise BadPlan(f"{where} no usable log probabilities; expected numbers, or -inf where another level is finite")
    return log_proba


def _graph(transitions: Floats, language: Language | None, weight: float) -> tuple[Ints, Ints, Floats]:
    """Return states to search: the level of each, and for each next level the state that follows and what is gained."""
    k = len(transitions)
    if language is None:
        last, step = np.arange(-1, k), np.tile(np.arange(1, k + 1), (k + 1, 1))
        return last, step, np.vstack([np.zeros(k), transitions])
    last, gain, step = language.last, weight * language.log_p, language.step.copy()
    inside = np.flatnonzero(last >= 0)
    gain[inside] += transitions[last[inside]]
    # Within a region the language model has nothing to say.
    gain[inside, last[inside]] = transitions[last[inside], last[inside]]
    step[inside, last[inside]] = inside
    return last, step, gain


@cache
def _compiled() -> Any:
    """Compile the search when it is first needed: importing numba takes half a second."""
    import numba

    try:
        return numba.njit(cache=True, nogil=True)(_search)
    except RuntimeError:  # no folder to keep it in: then for this process alone
        return numba.njit(nogil=True)(_search)


def _search(log_proba: Floats, step: Ints, gain: Floats, beam: int) -> tuple[Ints, float]:
    """Walk through the graph from state 0; return the best states, one a frame, and their score.

    In plain loops, and in one function: that compiles in a second, where numpy's sorting alone takes several.
    """
    frames, k = log_proba.shape
    states = step.shape[0]
    back = np.zeros((frames, states), dtype=np.int32)
    score, new, order = np.full(states, -np.inf), np.empty(states), np.empty(states)
    score[0] = 0.0
    for frame in range(frames):
        least = -np.inf
        if beam < states:
            # The beam-th best score, by Hoare's selection.
            for state in range(states):
                order[state] = score[state]
            low, high, wanted = 0, states - 1, states - beam
            while low < high:
                pivot, i, j = order[wanted], low, high
                while i <= j:
                    while order[i] < pivot:
                        i += 1
                    while pivot < order[j]:
                        j -= 1
                    if i <= j:
                        order[i], order[j] = order[j], order[i]
                        i, j = i + 1, j - 1
                if j < wanted:
                    low = i
                if wanted < i:
                    high = j
            least = order[wanted]
        for state in range(states):
            new[state] = -np.inf
        for state in range(states):
            if score[state] == -np.inf or score[state] < least:
                continue
            for level in range(k):
                value = score[state] + gain[state, level] + log_proba[frame, level]
                to = step[state, level]
                if value > new[to]:
                    new[to] = value
                    back[frame, to] = state
        score, new = new, score
    best = 0
    for state in range(states):
        if score[state] > score[best]:
            best = state
    top = score[best]
    path = np.empty(frames, dtype=np.intp)
    for frame in range(frames - 1, -1, -1):
        path[frame] = best
        best = back[frame, best]
    return path, top
