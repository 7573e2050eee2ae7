"""Decoding against brute force, Viterbi, and a wide beam."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path

import numba
import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.sequences import decode as decoding
from seral_core.sequences.decode import decode, path_score, viterbi
from seral_core.sequences.language import Language
from seral_core.sequences.transitions import transitions

ROOT = Path(__file__).parents[2]


def walk(frames: int, k: int, seed: int) -> np.ndarray:
    """Levels that move slowly."""
    wave = np.cumsum(np.random.default_rng(seed).standard_normal(frames)) * 0.4
    return np.clip((k / 2 * (1 + np.sin(wave))).astype(int), 0, k - 1)


class Case:
    """A noisy classifier of a recording, with models counted in others."""

    def __init__(self, frames: int, k: int, seed: int = 0) -> None:
        labels = [walk(200, k, 100 + i) for i in range(5)]
        self.k, self.transitions = k, transitions(labels, k)
        self.languages = {order: Language.fit(labels, k, order) for order in (2, 3)}
        noise = np.random.default_rng(seed).standard_normal((frames, k))
        noise[np.arange(frames), walk(frames, k, seed)] += 1
        self.log_proba = noise - np.logaddexp.reduce(noise, axis=1, keepdims=True)

    def score(self, labels: np.ndarray, order: int, weight: float) -> float:
        return path_score(labels, self.log_proba, self.transitions, self.languages[order], weight)

    def decode(self, order: int, weight: float, beam: int = 0) -> np.ndarray:
        return decode(self.log_proba, self.transitions, self.languages[order], weight, beam)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize("weight", [0, 0.5, 2, 14])
def test_decoding_finds_the_best_of_all_paths(seed: int, order: int, weight: float) -> None:
    case = Case(frames=7, k=3, seed=seed)
    paths = [np.array(path) for path in product(range(3), repeat=7)]
    best = max(paths, key=lambda path: case.score(path, order, weight))
    assert case.decode(order, weight).tolist() == best.tolist()


def test_a_path_s_score_by_hand() -> None:
    """Eq. 8 and 9, term by term."""
    log_proba = np.log([[0.7, 0.3], [0.6, 0.4], [0.2, 0.8]])
    between = np.log([[0.9, 0.1], [0.2, 0.8]])
    language = Language.fit([np.array([0, 1, 0])], 2, 2)
    begins, follows = language.log_p[0, 0], language.log_p[1, 1]
    acoustic = np.log(0.7) + np.log(0.6) + np.log(0.8) + np.log(0.9) + np.log(0.1)
    found = path_score(np.array([0, 0, 1]), log_proba, between, language, 2.0)
    assert found == pytest.approx(acoustic + 2 * (begins + follows))


@pytest.mark.parametrize("beam", [0, 4, 50])
def test_without_a_language_model_beam_search_agrees_with_viterbi(beam: int) -> None:
    case = Case(frames=300, k=10)
    exact = viterbi(case.log_proba, case.transitions)
    assert np.array_equal(exact, decode(case.log_proba, case.transitions, beam=50))
    assert np.array_equal(exact, _textbook(case.log_proba, case.transitions))
    # A trigram that is not looked at changes nothing.
    assert np.array_equal(exact, case.decode(3, 0.0, 50))
    assert case.score(decode(case.log_proba, case.transitions, beam=beam), 2, 0) <= case.score(exact, 2, 0)


def _textbook(log_proba: np.ndarray, between: np.ndarray) -> np.ndarray:
    score, back = log_proba[0], []
    for frame in log_proba[1:]:
        moves = score[:, None] + between
        back.append(moves.argmax(axis=0))
        score = moves.max(axis=0) + frame
    path = [int(score.argmax())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    return np.array(path[::-1])


@pytest.mark.parametrize("weight", [1, 6])
def test_the_exact_search_agrees_with_a_wide_beam(weight: float) -> None:
    case = Case(frames=300, k=10, seed=3)
    exact = case.decode(3, weight)
    assert np.array_equal(exact, case.decode(3, weight, beam=1000))
    assert np.array_equal(exact, case.decode(3, weight, beam=90))


def test_a_narrower_beam_never_finds_a_better_path() -> None:
    case = Case(frames=200, k=6, seed=2)
    found = [case.score(case.decode(3, 4, beam), 3, 4) for beam in (1, 3, 10, 0)]
    assert found[0] < found[-1]
    assert max(found) == pytest.approx(found[-1])


def test_a_higher_weight_leaves_fewer_regions() -> None:
    """As in Figure 3 of Le et al.: decoding smooths."""
    case = Case(frames=500, k=8)
    raw = case.log_proba.argmax(axis=1)
    changes = [np.count_nonzero(np.diff(labels)) for labels in (raw, case.decode(2, 0), case.decode(3, 6))]
    assert changes[0] > changes[1] > changes[2]


def test_the_compiled_search_does_what_its_source_says(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(frames=60, k=4)
    compiled = [case.decode(order, 2, beam) for order in (2, 3) for beam in (0, 3)]
    monkeypatch.setattr(decoding, "_compiled", lambda: decoding._search)
    assert all(map(np.array_equal, compiled, [case.decode(order, 2, beam) for order in (2, 3) for beam in (0, 3)]))


def test_where_nothing_can_be_kept_on_disk_it_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_folder(*, nogil: bool, cache: bool = False) -> object:
        if cache:
            raise RuntimeError("cannot cache function '_search': no locator available for file")
        return lambda function: function

    monkeypatch.setattr(numba, "njit", no_folder)
    assert decoding._compiled.__wrapped__() is decoding._search


def test_levels_out_of_the_question_are_not_decoded() -> None:
    log_proba = np.array([[0.0, -np.inf], [-np.inf, 0.0], [0.0, -np.inf]])
    assert viterbi(log_proba, np.log([[0.99, 0.01], [0.01, 0.99]])).tolist() == [0, 1, 0]


def test_one_frame_and_none_are_decoded() -> None:
    between = np.log(np.full((2, 2), 0.5))
    assert viterbi(np.log([[0.2, 0.8]]), between).tolist() == [1]
    assert viterbi(np.zeros((0, 2)), between).tolist() == []


@pytest.mark.parametrize(
    ("log_proba", "between", "message"),
    [
        ([[0.0, 0.0, 0.0]], np.zeros((2, 2)), "expected .frames, levels."),
        ([[0.0, np.nan]], np.zeros((2, 2)), "frame 0 has no usable"),
        ([[0.0, 0.0], [-np.inf, -np.inf]], np.zeros((2, 2)), "frame 1 has no usable"),
        ([[0.0, np.inf]], np.zeros((2, 2)), "frame 0 has no usable"),
        ([[0.0, 0.0]], np.array([[0.0, np.nan], [0.0, 0.0]]), "the transitions have no usable"),
        ([[0.0, -np.inf], [-np.inf, 0.0]], np.array([[0.0, -np.inf], [-np.inf, 0.0]]), "no sequence of levels"),
    ],
)  # fmt: skip
def test_what_cannot_be_decoded_is_refused(log_proba: list, between: np.ndarray, message: str) -> None:
    with pytest.raises(BadPlan, match=message):
        decode(np.array(log_proba), between)


def test_settings_that_do_not_fit_are_refused() -> None:
    case = Case(frames=5, k=3)
    for weight, beam in ((-1, 0), (np.nan, 0), (np.inf, 0), (1, -1)):
        with pytest.raises(BadPlan, match="expected 0 or more of each"):
            case.decode(2, weight, beam)
    other = Case(frames=5, k=4)
    with pytest.raises(BadPlan, match="got a language model of 3 levels; expected 4"):
        decode(other.log_proba, other.transitions, case.languages[2], 1)


def test_numba_is_imported_when_something_is_decoded_and_torch_never() -> None:
    code = (
        "import sys, numpy as np\n"
        "from seral_core.sequences import aligned, chain, decode, parts, sweep\n"
        "print('numba' in sys.modules)\n"
        "decode.viterbi(np.zeros((2, 2)), np.zeros((2, 2)))\n"
        "print('numba' in sys.modules, 'torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.split() == ["False", "True", "False"]
