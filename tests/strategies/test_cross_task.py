"""Cross-task strategies choose what the equations of Xu et al. say, worked out by hand or the slow way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers
from seral_core.norms import NRC
from seral_core.strategies import View, strategies
from seral_core.strategies.contract import toy_view
from seral_core.strategies.inconsistency import example_view, inconsistency, inconsistency_scores, mapped
from seral_core.strategies.space import squared_distances
from seral_core.strategies.uncertainty import entropy_scores, least_confidence_scores
from seral_core.types import Belief, Classes, Floats, Ints, Prediction, Scale, Target, Task

EMOTION = Target("emotion", ("anger", "happiness", "sadness"))
VALENCE, AROUSAL, DOMINANCE = (Target(name, low=1, high=5) for name in ("valence", "arousal", "dominance"))
SCALES = (VALENCE, AROUSAL, DOMINANCE)
DIM2CAT = ("cti", "ent-ctial", "lc-ctial", "source-mtigs")
CAT2DIM = ("cti", "mtigs-ctial", "ctigs", "source-least-confidence")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def some_view(task: Task, related: Task, rows: int = 90, labelled: int = 12, seed: int = 3, **fields: object) -> View:
    """Return a view of random features (of unequal spread), beliefs and answers."""
    draw = rng(seed)
    table = FeatureTable(draw.normal(size=(rows, 4)) * [4, 2, 1, 0.5], tuple(f"c{i}" for i in range(rows)))
    beliefs = {t.name: random_belief(t, rows, draw) for t in (*task, *related)}
    known = np.sort(draw.choice(rows, labelled, replace=False))
    answers = {t.name: random_answers(t, known, draw) for t in task}

    def predict(asked: Ints) -> Prediction:
        return {name: taken(belief, asked) for name, belief in beliefs.items()}

    others = np.setdiff1d(np.arange(rows), known)
    return View(table, task, others, known, answers, predict=predict, related=related, **fields)  # type: ignore[arg-type]


def random_belief(target: Target, rows: int, draw: np.random.Generator) -> Belief:
    if target.is_scale:
        return Scale(draw.uniform(target.low, target.high, (1, rows)), np.zeros((1, rows)))
    return Classes(draw.dirichlet(np.ones(len(target.classes)), (1, rows)))


def random_answers(target: Target, known: Ints, draw: np.random.Generator) -> Answers:
    if target.is_scale:
        values = draw.uniform(target.low, target.high, len(known))
    else:
        values = draw.integers(len(target.classes), size=len(known))
    return Answers(known, values, np.ones(len(known)))


def taken(belief: Belief, rows: Ints) -> Belief:
    if isinstance(belief, Classes):
        return Classes(belief.proba[:, rows])
    return Scale(belief.mean[:, rows], belief.std[:, rows])


def slow_inconsistency(view: View, scales: Task = SCALES) -> Floats:
    """CTI in native units, one candidate and one class at a time."""
    (emotion,) = [t for t in (*view.task, *view.related) if not t.is_scale]
    found = []
    for i in range(len(view.candidates)):
        square = 0.0
        for scale in scales:
            place = sum(
                view.beliefs[emotion.name].proba[0, i, e] * NRC.of((name,), (scale,))[0, 0]
                for e, name in enumerate(emotion.classes)
            )
            square += (view.beliefs[scale.name].mean[0, i] - place) ** 2
        found.append(np.sqrt(square))
    return np.array(found)


def slow_greedy(
    view: View,
    n: int,
    fuse: Callable[[Floats], float],
    scales: Task,
    known: Floats,
    weight: Floats | None = None,
    groups: Callable[[Ints], Ints] | None = None,
) -> list[int]:
    """Greedy sampling in native units and plain Euclidean distances, one pair at a time."""
    guess = np.stack([view.beliefs[t.name].guess for t in scales], axis=1)
    have = list(zip(view.labelled.tolist(), known, strict=True))
    left = {r: (guess[i], 1.0 if weight is None else weight[i]) for i, r in enumerate(view.candidates.tolist())}
    group = {r: 0 if groups is None else int(groups(np.array([r]))[0]) for r in range(len(view.table))}
    picks: list[int] = []
    for _ in range(n):
        scores = {}
        for i, (value, heavy) in left.items():
            near = [(j, y) for j, y in have if group[j] == group[i]] or have
            place = view.table.values
            scores[i] = heavy * min(np.linalg.norm(place[i] - place[j]) * fuse(value - y) for j, y in near)
        picks.append(max(scores, key=scores.__getitem__))
        have.append((picks[-1], left.pop(picks[-1])[0]))
    return picks


def product(y: Floats) -> float:
    return float(np.prod(np.abs(y)))


def norm(y: Floats) -> float:
    return float(np.linalg.norm(y))


def known_values(view: View) -> Floats:
    return np.stack([view.answers[t.name].values for t in view.task], axis=1)


# The equations, by hand: p = (.5, .3, .2) of anger, happiness and sadness, in [1, 5] as in the paper.
PROBA = np.array([0.5, 0.3, 0.2])
MAPPED = (2.624, 3.8084, 3.2536)
ESTIMATED = (3.0, 3.5, 3.0)
CTI = 0.5484519


def by_hand(value: tuple[float, float, float] = ESTIMATED) -> View:
    """One candidate with the beliefs above, labelled points around it."""
    beliefs: Prediction = {"emotion": Classes(PROBA[None, None])}
    beliefs |= {t.name: Scale(np.array([[v]]), np.zeros((1, 1))) for t, v in zip(SCALES, value, strict=True)}  # type: ignore[operator]
    table = FeatureTable(np.zeros((1, 2)), ("a",))
    return View(table, (EMOTION,), np.array([0]), np.zeros(0, np.intp), predict=lambda _: beliefs, related=SCALES)


def test_equation_3_maps_probabilities_to_the_scales() -> None:
    assert mapped(PROBA, NRC.of(EMOTION.classes, SCALES)) == pytest.approx(MAPPED)


def test_equations_4_and_5_are_the_distance_of_both_beliefs() -> None:
    places = NRC.of(EMOTION.classes, SCALES)
    assert inconsistency_scores(np.array(ESTIMATED), PROBA, places) == pytest.approx(CTI)
    # In the strategies each scale counts from 0 to 1, so [1, 5] gives a fourth of it.
    assert inconsistency(by_hand()) == pytest.approx([CTI / 4])


def test_equations_6_and_7_are_entropy_and_confidence() -> None:
    assert entropy_scores(PROBA) == pytest.approx(-0.5 * np.log(0.5) - 0.3 * np.log(0.3) - 0.2 * np.log(0.2))
    assert 1 - least_confidence_scores(PROBA) == 0.5


def test_equations_8_and_9_join_inconsistency_and_uncertainty() -> None:
    # Candidates: (p of anger, valence), with norms .122 and 1: mapped to .561, .2976 and .2098.
    view = example_rows([[0.5, 0.5], [0.8, 0.2], [0.9, 0.1]], [0.461, 0.5376, 0.5598])
    apart = [0.1, 0.24, 0.35]
    entropies, confidences = [0.693147, 0.500402, 0.325083], [0.5, 0.8, 0.9]
    assert inconsistency(view) == pytest.approx(apart)
    assert [round(a * h, 4) for a, h in zip(apart, entropies, strict=True)] == [0.0693, 0.1201, 0.1138]
    assert [round(a / c, 4) for a, c in zip(apart, confidences, strict=True)] == [0.2, 0.3, 0.3889]
    assert strategies["cti"](view, 3, rng()).tolist() == [3, 2, 1]
    assert strategies["ent-ctial"](view, 3, rng()).tolist() == [2, 3, 1]
    assert strategies["lc-ctial"](view, 3, rng()).tolist() == [3, 2, 1]
    nearer = example_rows([[0.5, 0.5], [0.9, 0.1]], [0.361, 0.4898])
    assert inconsistency(nearer) == pytest.approx([0.2, 0.28])
    assert strategies["cti"](nearer, 1, rng()).tolist() == [2]
    assert strategies["lc-ctial"](nearer, 1, rng()).tolist() == [1], ".2 / .5 is more than .28 / .9"


def example_rows(proba: list[list[float]], valence: list[float]) -> View:
    """As `example_view`, of any number of candidates."""
    table = FeatureTable(np.arange(len(proba) + 1.0)[:, None], tuple(f"p{i}" for i in range(len(proba) + 1)))
    beliefs: Prediction = {
        "emotion": Classes(np.array([proba])),
        "valence": Scale(np.array([valence]), np.zeros((1, len(valence)))),
    }
    first = np.array([0])
    answers = {"emotion": Answers(first, first, np.ones(1))}
    emotion, scale = Target("emotion", ("anger", "happiness")), Target("valence", low=0, high=1)
    candidates = np.arange(1, len(table))
    return View(table, (emotion,), candidates, first, answers, predict=lambda _: beliefs, related=(scale,))


def test_equations_10_to_12_by_hand() -> None:
    # Labelled: (0, 0) at (2, 2), and (6, 8) at (5, 5). Candidates: (3, 4) guessed (4, 3), and (6, 0) guessed (2, 4).
    table = FeatureTable(np.array([[0.0, 0], [6, 8], [3, 4], [6, 0]]), ("a", "b", "c", "d"))
    task, both = (VALENCE, AROUSAL), np.array([0, 1])
    answers = {t.name: Answers(both, np.array([2.0, 5.0]), np.ones(2)) for t in task}
    proba = np.array([[[1.0, 0, 0], [0, 1.0, 0]]])
    beliefs: Prediction = {
        "valence": Scale(np.array([[4.0, 2.0]]), np.zeros((1, 2))),
        "arousal": Scale(np.array([[3.0, 4.0]]), np.zeros((1, 2))),
        "emotion": Classes(proba),
    }
    view = View(table, task, np.array([2, 3]), both, answers, predict=lambda _: beliefs, related=(EMOTION,))
    published = [min(5 * 2 * 1, 5 * 1 * 2), min(6 * 0 * 2, 8 * 3 * 1)]
    modified = [min(5 * 5**0.5, 5 * 5**0.5), min(6 * 2, 8 * 10**0.5)]
    apart = [np.hypot(4 - 1.488, 3 - 4.32), np.hypot(2 - 5, 4 - 3.94)]
    assert published == [10, 0]
    assert modified == pytest.approx([11.180, 12], abs=1e-3)
    assert inconsistency(view) * 4 == pytest.approx(apart)
    assert strategies["mtigs"](view, 1, rng()).tolist() == [2]
    assert strategies["mtigs-modified"](view, 1, rng()).tolist() == [3]
    assert np.argmax(np.multiply(apart, modified)) == 1
    assert strategies["mtigs-ctial"](view, 1, rng()).tolist() == [3]


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("n", [1, 7])
def test_the_published_and_the_modified_mtigs_equal_the_slow_way(n: int, few: bool) -> None:
    view = scoped(some_view(SCALES, (EMOTION,)), few)
    known = known_values(view)
    assert strategies["mtigs"](view, n, rng()).tolist() == slow_greedy(view, n, product, SCALES, known)
    assert strategies["mtigs-modified"](view, n, rng()).tolist() == slow_greedy(view, n, norm, SCALES, known)
    heavy = slow_inconsistency(view)
    assert strategies["mtigs-ctial"](view, n, rng()).tolist() == slow_greedy(view, n, norm, SCALES, known, heavy)


def scoped(view: View, few: bool) -> View:
    """A view of few candidates takes another way to its distances."""
    return view.among(view.candidates[::9]) if few else view


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("n", [1, 7])
def test_source_mtigs_takes_the_source_s_estimates_on_both_sides(n: int, few: bool) -> None:
    view = scoped(some_view((EMOTION,), SCALES), few)
    known = np.stack([view.predict(view.labelled)[t.name].guess for t in SCALES], axis=1)
    assert strategies["source-mtigs"](view, n, rng()).tolist() == slow_greedy(view, n, product, SCALES, known)


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("n", [1, 7])
@pytest.mark.parametrize("labelled", [1, 2, 12])
def test_ctigs_compares_within_predicted_classes(n: int, few: bool, labelled: int) -> None:
    for seed in range(5):
        view = scoped(some_view(SCALES, (EMOTION,), labelled=labelled, seed=seed), few)
        slow = slow_greedy(
            view, n, product, SCALES, known_values(view), groups=lambda rows, of=view: of.predict(rows)["emotion"].guess
        )
        assert strategies["ctigs"](view, n, rng()).tolist() == slow


def answered(view: View, pick: int, draw: np.random.Generator) -> View:
    """The view of the next round: one more row with answers, and a scratch that went on."""
    labelled, answers = np.union1d(view.labelled, [pick]), {}
    for t in view.task:
        values = np.insert(
            view.answers[t.name].values, np.searchsorted(view.labelled, pick), draw.uniform(t.low, t.high)
        )
        answers[t.name] = Answers(labelled, values, np.ones(len(labelled)))
    return replace(view, labelled=labelled, answers=answers, candidates=np.setdiff1d(view.candidates, [pick]))


@pytest.mark.parametrize("name", ["mtigs", "mtigs-modified", "mtigs-ctial", "ctigs"])
def test_round_after_round_equals_the_slow_way(name: str) -> None:
    view, draw = some_view(SCALES, (EMOTION,), rows=400), rng(8)
    fuse = product if name in ("mtigs", "ctigs") else norm
    for _ in range(5):
        (pick,) = strategies[name](view, 1, rng()).tolist()
        weight = slow_inconsistency(view) if name == "mtigs-ctial" else None
        groups = (lambda rows, of=view: of.predict(rows)["emotion"].guess) if name == "ctigs" else None
        assert [pick] == slow_greedy(view, 1, fuse, SCALES, known_values(view), weight, groups)
        view = answered(view, pick, draw)


def test_ctigs_needs_no_norms() -> None:
    style = Target("style", ("whispered", "shouted"))
    assert len(strategies["ctigs"](some_view(SCALES, (style,)), 3, rng())) == 3


def test_ctigs_is_not_mtigs() -> None:
    views = [some_view(SCALES, (EMOTION,), seed=seed) for seed in range(5)]
    both = [[strategies[name](view, 5, rng()).tolist() for view in views] for name in ("ctigs", "mtigs")]
    assert both[0] != both[1]


@pytest.mark.parametrize("name", ["cti", "ent-ctial", "lc-ctial"])
def test_strategies_for_classes_equal_the_slow_way(name: str) -> None:
    view = some_view((EMOTION,), SCALES)
    proba = view.beliefs["emotion"].proba[0]
    joined = {"cti": 1.0, "ent-ctial": -(proba * np.log(proba)).sum(1), "lc-ctial": 1 / proba.max(1)}[name]
    order = view.candidates[np.argsort(-slow_inconsistency(view) * joined)]
    assert strategies[name](view, 20, rng()).tolist() == order[:20].tolist()


def test_source_least_confidence_looks_at_the_source_alone() -> None:
    view = some_view(SCALES, (EMOTION,))
    sure = view.beliefs["emotion"].proba[0].max(axis=1)
    assert (
        strategies["source-least-confidence"](view, 5, rng()).tolist() == view.candidates[sure.argsort()[:5]].tolist()
    )


def test_scales_of_different_ranges_count_alike() -> None:
    wide, narrow = Target("valence", low=0, high=100), Target("arousal", low=-1, high=1)
    view = some_view((EMOTION,), (wide, narrow))
    same = some_view((EMOTION,), (VALENCE, AROUSAL))  # the same draws, in other units
    assert inconsistency(view) == pytest.approx(inconsistency(same))
    assert strategies["source-mtigs"](view, 9, rng()).tolist() == strategies["source-mtigs"](same, 9, rng()).tolist()


@pytest.mark.parametrize("name", ["cti", "mtigs-ctial"])
def test_only_scales_with_norms_are_compared(name: str) -> None:
    intensity = Target("intensity", low=1, high=5)
    view = some_view((AROUSAL, intensity), (EMOTION,))
    assert inconsistency(view) * 4 == pytest.approx(slow_inconsistency(view, (AROUSAL,)))
    assert len(strategies[name](view, 3, rng())) == 3


def test_a_lexicon_without_dominance_compares_the_two_others() -> None:
    short = type(NRC)({word: {d: v for d, v in of.items() if d != "dominance"} for word, of in NRC.values.items()})
    view = some_view((EMOTION,), SCALES, norms=short)
    assert inconsistency(view) * 4 == pytest.approx(slow_inconsistency(view, (VALENCE, AROUSAL)))


def test_other_names_of_the_dimensions_are_known() -> None:
    other = (Target("activation", low=1, high=5), Target("Pleasure", low=1, high=5))
    view = some_view((EMOTION,), other)
    assert inconsistency(view) * 4 == pytest.approx(slow_inconsistency(view, other))


def test_nothing_in_common_names_both_sides() -> None:
    view = some_view((EMOTION,), (Target("intensity"), Target("tension")))
    with pytest.raises(
        BadPlan, match=r"emotion is asked for and the source knows intensity, tension; expected a scale"
    ):
        strategies["cti"](view, 1, rng())


def test_a_class_without_a_norm_is_named_and_may_be_set() -> None:
    odd = Target("emotion", ("anger", "boredom", "sadness"))
    view = some_view((odd,), SCALES)
    for name in ("cti", "ent-ctial", "lc-ctial"):
        with pytest.raises(BadPlan, match="no norm for the class 'boredom'"):
            strategies[name](view, 1, rng())
    own = NRC.with_({"boredom": {"valence": 0.2, "arousal": 0.1, "dominance": 0.3}})
    assert len(strategies["cti"](replace(view, norms=own), 2, rng())) == 2


def test_a_class_that_the_source_never_saw_has_no_weight() -> None:
    view = some_view(SCALES, (EMOTION,))
    proba = view.beliefs["emotion"].proba.copy()
    proba[..., 2] = 0
    proba /= proba.sum(-1, keepdims=True)
    fewer = Target("emotion", EMOTION.classes[:2])
    unseen = replace(view, predict=lambda rows: {**view.predict(rows), "emotion": Classes(proba)})
    absent = replace(
        view, related=(fewer,), predict=lambda rows: {**view.predict(rows), "emotion": Classes(proba[..., :2])}
    )
    assert inconsistency(unseen) == pytest.approx(inconsistency(absent))


def test_categories_without_norms_play_no_part_and_a_remark_names_them() -> None:
    sex = Target("sex", ("female", "male"))
    view = some_view((EMOTION, sex), SCALES)
    assert inconsistency(view) * 4 == pytest.approx(slow_inconsistency(replace(view, task=(EMOTION,))))
    assert view.remarks == ["sex plays no part: its classes have no norms"]
    alone = some_view((sex,), SCALES)
    with pytest.raises(BadPlan, match="no norm for the class 'female'"):
        strategies["cti"](alone, 1, rng())


def test_several_members_count_by_their_mean() -> None:
    view = some_view((EMOTION,), SCALES)
    proba, mean = view.beliefs["emotion"].proba, view.beliefs["valence"].mean
    other, shift = rng(9).dirichlet(np.ones(3), proba.shape[1])[None], np.full_like(mean, 0.2)

    def several(rows: Ints) -> Prediction:
        return {
            **view.predict(rows),
            "emotion": Classes(np.concatenate([proba, other])),
            "valence": Scale(np.concatenate([mean - shift, mean + shift]), np.zeros((2, mean.shape[1]))),
        }

    average = {**view.beliefs, "emotion": Classes((proba + other) / 2)}
    expected = inconsistency(replace(view, predict=lambda rows: average))
    assert inconsistency(replace(view, predict=several)) == pytest.approx(expected)


def test_a_learner_of_both_kinds_may_disagree_with_itself() -> None:
    view = some_view((EMOTION, *SCALES), ())
    assert inconsistency(view) * 4 == pytest.approx(slow_inconsistency(view))


@pytest.mark.parametrize("name", sorted({*DIM2CAT, *CAT2DIM}))
def test_a_run_without_a_source_is_asked_to_give_one(name: str) -> None:
    task = (EMOTION,) if name in DIM2CAT else SCALES
    with pytest.raises(BadPlan, match=r"is asked for and the source knows nothing.*give the plan a source"):
        strategies[name](some_view(task, ()), 1, rng())


@pytest.mark.parametrize(
    ("name", "task"), [("ent-ctial", SCALES), ("lc-ctial", SCALES), ("mtigs-ctial", (EMOTION,)), ("ctigs", (EMOTION,))]
)
def test_the_other_direction_is_refused_with_a_remedy(name: str, task: Task) -> None:
    view = some_view(task, (EMOTION,) if task is SCALES else SCALES)
    with pytest.raises(BadPlan, match=r"but (valence|emotion) is not|give the plan a source"):
        strategies[name](view, 1, rng())


@pytest.mark.parametrize("name", sorted({*DIM2CAT, *CAT2DIM}))
def test_first_labels_are_left_to_another_strategy(name: str) -> None:
    task, related = ((EMOTION,), SCALES) if name in DIM2CAT else (SCALES, (EMOTION,))
    view = toy_view(rng().normal(size=(30, 4)), task, (), related=related)
    with pytest.raises(BadPlan, match="let another one choose the first labels"):
        strategies[name](view, 1, rng())


@pytest.mark.parametrize("n", [1, 4])
@pytest.mark.parametrize("name", sorted({*DIM2CAT, *CAT2DIM}))
def test_a_trained_learner_without_any_label_of_the_pool_is_enough(name: str, n: int) -> None:
    task, related = ((EMOTION,), SCALES) if name in DIM2CAT else (SCALES, (EMOTION,))
    view = some_view(task, related, labelled=0)
    assert len(set(strategies[name](view, n, rng()).tolist())) == n


def test_without_labels_mtigs_ctial_begins_where_inconsistency_is_highest() -> None:
    view = some_view(SCALES, (EMOTION,), labelled=0)
    assert strategies["mtigs-ctial"](view, 1, rng()) == strategies["cti"](view, 1, rng())


@pytest.mark.parametrize("name", ["mtigs", "mtigs-modified", "mtigs-ctial", "ctigs"])
def test_one_more_label_costs_one_more_column(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from seral_core.strategies import space

    columns: list[int] = []

    def counted(some: Floats, one: Floats) -> Floats:
        columns.append(len(some))
        return squared_distances(some, one)

    monkeypatch.setattr(space, "squared_distances", counted)
    view = some_view(SCALES, (EMOTION,))
    (pick,) = strategies[name](view, 1, rng())
    assert len(columns) == 12
    more = replace(
        view,
        labelled=np.union1d(view.labelled, pick),
        candidates=np.setdiff1d(view.candidates, pick),
    )
    strategies[name](more, 1, rng())
    assert len(columns) == 13


def test_distances_in_own_units_and_z_scored_ones_do_not_mix() -> None:
    view = some_view(SCALES, (EMOTION,))
    alone = {name: strategies[name](replace(view, scratch={}), 5, rng()).tolist() for name in ("igs", "mtigs-modified")}
    shared = {name: strategies[name](view, 5, rng()).tolist() for name in ("igs", "mtigs-modified", "igs")}
    assert alone == shared
    assert alone["igs"] != alone["mtigs-modified"]


def test_the_example_view_gives_what_its_documentation_says() -> None:
    view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.2, 0.8], asked="valence")
    assert [t.name for t in (*view.task, *view.related)] == ["valence", "emotion"]
    assert view.predict(view.labelled)["emotion"].guess.tolist() == [0]
