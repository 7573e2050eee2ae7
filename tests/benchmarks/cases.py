"""Each benchmark: the same question to scikit-activeml and to SERAL."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from skactiveml.classifier import SklearnClassifier
from skactiveml.pool import Badge, CoreSet, GreedySamplingTarget, GreedySamplingX, UncertaintySampling
from skactiveml.pool._bald import batch_bald
from skactiveml.regressor import SklearnRegressor
from sklearn.linear_model import LogisticRegression

from seral_core.learners.base import Learner, trained
from seral_core.learners.linear import CVLogistic
from seral_core.learners.offers import Offers
from seral_core.learners.per_target import PerTarget
from seral_core.learners.softmax import SoftmaxRegression
from seral_core.runs.events import Asked
from seral_core.runs.loops import pool_loop
from seral_core.runs.rounds import Step
from seral_core.strategies.base import View, strategies
from seral_core.types import Classes, Task
from tests.benchmarks import decoding, partitions, raters, self_training, streams, strengths
from tests.benchmarks.data import AFFECT, EMOTION, Data, PlainRidge, Teacher

START = 20
Picks = list[int]


@dataclass(frozen=True)
class Case:
    """One comparison.

    Parameters
    ----------
    name : str
        What is measured.
    theirs, ours : callable
        Both return the rows they picked, in order.
    wanted : float
        How many times faster SERAL should be.
    picks : callable, optional
        Both picks, from runs that are not timed: where training to the usual tolerance leaves them open.
    same : bool
        Whether the two methods are the same, so that picks must be.
    agree : float
        Part of the picks that must be the same.
    times : int
        How often each side is timed; the shortest counts.
    """

    name: str
    theirs: Callable[[], Picks]
    ours: Callable[[], Picks]
    wanted: float
    picks: Callable[[], tuple[Picks, Picks]] | None = None
    same: bool = True
    agree: float = 1.0
    times: int = 3


def entropy_query(rows: int) -> Case:
    """Ten most uncertain of many clips, with a trained logistic regression."""
    data, known = Data(rows, 88), 400
    y = np.full(rows, np.nan)
    y[:known] = data.classes[:known]
    exact = LogisticRegression(tol=1e-10, max_iter=10_000)
    classifier = SklearnClassifier(exact, classes=range(4), missing_label=np.nan).fit(data.values, y)
    pool = data.pool((EMOTION,), known)
    learner = trained(PerTarget((EMOTION,), SoftmaxRegression(tolerance=1e-10)), pool.known(), np.random.default_rng(0))

    def theirs() -> Picks:
        query = UncertaintySampling(method="entropy", random_state=0)
        return query.query(data.values, y, classifier, fit_clf=False, batch_size=10).tolist()

    def ours() -> Picks:
        view = pool.view((EMOTION,), 0, Offers(learner.predict, learner.predict))
        return strategies["entropy"](view, 10, np.random.default_rng(0)).tolist()

    return Case(f"entropy, 10 of {rows:,} x 88", theirs, ours, 3)


def entropy_loop() -> Case:
    """Two hundred rounds of training the recommended classifier and asking one clip."""
    return _entropy_loop(
        "loop, 200 queries of 3,900 x 45",
        lambda tol: LogisticRegression(C=0.03, class_weight="balanced", max_iter=10_000, tol=tol),
        lambda tolerance: SoftmaxRegression(C=0.03, balanced=True, tolerance=tolerance),
        2.5,
    )


def crossed_loop() -> Case:
    """The same loop, with the strength chosen by cross-validation in every round."""
    return _entropy_loop(
        "the same, strength by cross-validation", strengths.searched, lambda to: CVLogistic(tolerance=to), 6, times=1
    )


def crossed_run() -> Case:
    """A whole run of the paper's experiment, scored in every round; as picks, the strengths that were chosen."""
    clips = strengths.Clips()
    return Case(
        "200 cross-validations and queries, 2,350 x 25 (GridSearchCV)",
        lambda: [round for round, _ in enumerate(strengths.plain_rounds(clips))],
        lambda: strengths.asked(strengths.rounds(clips, (strengths.EMOTION,), "entropy")),
        12,
        lambda: strengths.chosen_strengths(clips),
        agree=0.95,
        times=1,
    )


def crossed_scales() -> Case:
    """The same with ridges of three targets."""
    clips = strengths.Clips()
    return Case(
        "200 cross-validations of 3 scales, 2,350 x 25 (GridSearchCV)",
        lambda: strengths.plain_scales(clips),
        lambda: strengths.scales(clips),
        12,
        lambda: strengths.chosen_ridges(clips),
        agree=0.95,
        times=1,
    )


def _entropy_loop(
    name: str, plain: Callable[[float], object], own: Callable[[float], object], wanted: float, times: int = 3
) -> Case:
    """Ask for the clip of highest entropy again and again; both models take a tolerance."""
    data, rounds = Data(3900, 45), 200

    def theirs(tol: float = 1e-4) -> Picks:
        y = np.full(data.rows, np.nan)
        y[:START] = data.classes[:START]
        classifier = SklearnClassifier(plain(tol), classes=range(4), missing_label=np.nan)
        query, picks = UncertaintySampling(method="entropy", random_state=0), []
        for _ in range(rounds):
            picks.append(int(query.query(data.values, y, classifier)[0]))
            y[picks[-1]] = data.classes[picks[-1]]
        return picks

    def ours(tolerance: float = 1e-5) -> Picks:
        return _run(data, (EMOTION,), PerTarget((EMOTION,), own(tolerance)), "entropy", rounds)

    # Where training ends early, so do the digits that separate one uncertain clip from the next.
    return Case(name, theirs, ours, wanted, lambda: (theirs(1e-10), ours(1e-10)), times=times)


def gsx() -> Case:
    """Two hundred clips by distance, one per round."""
    data, rounds = Data(3900, 45), 200

    def theirs() -> Picks:
        y = np.full(data.rows, np.nan)
        y[:START] = 0
        query, picks = GreedySamplingX(random_state=0), []
        for _ in range(rounds):
            picks.append(int(query.query(data.values, y)[0]))
            y[picks[-1]] = 0
        return picks

    def ours() -> Picks:
        pool, picks = data.pool(AFFECT[:1], START), []
        for _ in range(rounds):
            picks += strategies["gsx"](pool.view(AFFECT[:1], 0), 1, np.random.default_rng(0)).tolist()
            pool.add(data.labels(AFFECT[:1], picks[-1:]))
        return picks

    return Case("GSx, 200 picks of 3,900 x 45", theirs, ours, 100)


def igs(targets: int) -> Case:
    """Two hundred clips by distance in features and labels, one per round, a ridge trained in each."""
    data, rounds, task = Data(3900, 45), 200, AFFECT[:targets]

    def theirs() -> Picks:
        # One target a query is all there is: for several, the scores of several queries are summed.
        y = np.full((data.rows, targets), np.nan)
        y[:START] = data.scales[:START, :targets]
        query, picks = GreedySamplingTarget(random_state=0), []
        for _ in range(rounds):
            scores = [
                query.query(data.values, y[:, t], SklearnRegressor(PlainRidge()), return_utilities=True)[1][0]
                for t in range(targets)
            ]
            picks.append(int(np.nanargmax(np.sum(scores, axis=0))))
            y[picks[-1]] = data.scales[picks[-1], :targets]
        return picks

    def ours() -> Picks:
        return _run(data, task, PerTarget(task, PlainRidge()), "igs", rounds)

    note = "" if targets == 1 else f", {targets} targets (there {targets} queries)"
    return Case(f"iGS, 200 picks of 3,900 x 45{note}", theirs, ours, 20, same=targets == 1)


def k_centre() -> Case:
    """A hundred clips at once."""
    data = Data(10_000, 88)
    y = np.full(data.rows, np.nan)
    y[:START] = 0

    def theirs() -> Picks:
        return CoreSet(random_state=0).query(data.values, y, batch_size=100).tolist()

    def ours() -> Picks:
        view = data.pool(AFFECT[:1], START).view(AFFECT[:1], 0)
        return strategies["k-centre"](view, 100, np.random.default_rng(0)).tolist()

    return Case("k-centre, 100 of 10,000 x 88", theirs, ours, 4)


def batchbald(members: int) -> Case:
    """Ten clips whose labels together tell the members apart best, on a thousand joint outcomes."""
    proba = np.random.default_rng(0).dirichlet(np.ones(4), size=(members, 5000))
    beliefs = {"emotion": Classes(proba)}
    view = View(Data(5000, 8).table, (EMOTION,), np.arange(5000), np.arange(0), committee=lambda rows: beliefs)

    def theirs() -> Picks:
        return np.nanargmax(batch_bald(proba.copy(), 10, n_MC_samples=1000, random_state=0), axis=1).tolist()

    def ours() -> Picks:
        return strategies["batchbald"](outcomes=1000)(view, 10, np.random.default_rng(0)).tolist()

    # Five picks are exact on both sides; then each draws its own outcomes.
    def exact() -> tuple[Picks, Picks]:
        return theirs()[:5], ours()[:5]

    return Case(f"BatchBALD, 10 of 5,000, {members} members", theirs, ours, 3, exact)


def badge(features: int) -> Case:
    """Fifty clips drawn by k-means++ on the gradients of the last layer."""
    data, known = Data(10_400, features), 400
    values, y = data.values.astype(np.float32), np.full(data.rows, np.nan)
    y[:known] = data.classes[:known]
    logistic = LogisticRegression(max_iter=200)
    classifier = SklearnClassifier(logistic, classes=range(4), missing_label=np.nan).fit(values, y)
    view = View(
        replace(data.table, values=values), (EMOTION,), np.arange(known, data.rows), np.arange(known),
        predict=lambda rows: {"emotion": Classes(classifier.predict_proba(values[rows])[None])},
        embed=values.__getitem__,
    )  # fmt: skip

    def theirs() -> Picks:
        return Badge(random_state=0).query(values, y, classifier, fit_clf=False, batch_size=50)

    def ours() -> Picks:
        # A new view, which has asked the model nothing yet.
        return strategies["badge"](replace(view), 50, np.random.default_rng(0)).tolist()

    return Case(f"BADGE, 50 of 10,000 x {features}, 4 classes", theirs, ours, 10, same=False)


def gate(clips: int, loop: bool) -> Case:
    """Decide on clips that arrive, under a budget; there one at a time, here in buffers."""
    values, model, classifier = streams.made_up(clips)
    work, buffer = (streams.through_the_loop, 100) if loop else (streams.by_the_gate, 20)
    return Case(
        f"variable gate, {clips:,} clips in buffers of {buffer}{', whole loop' if loop else ''}",
        lambda: streams.one_at_a_time(values, classifier),
        lambda: work(values, model, buffer),
        20,
    )


def decoder() -> Case:
    """A recording of five minutes at 25 Hz, against plain numpy: scikit-activeml does not decode."""
    recording = decoding.Recording()
    recording.compiled()  # compiled once for each environment
    name = "decoding 7,500 frames, 10 levels, trigram, beam 50 (or numpy)"
    return Case(name, recording.plain, recording.compiled, 5)


def cases() -> list[Callable[[], Case]]:
    """Return makers, so that the data of one case are gone before those of the next come."""
    return [
        lambda: entropy_query(100_000),
        lambda: entropy_query(1_000_000),
        entropy_loop,
        crossed_loop,
        crossed_run,
        crossed_scales,
        gsx,
        lambda: igs(1),
        lambda: igs(3),
        k_centre,
        lambda: batchbald(10),
        lambda: batchbald(50),
        lambda: badge(88),
        lambda: badge(768),
        lambda: gate(5000, False),
        lambda: gate(5000, True),
        decoder,
        self_trained,
        dawid_and_skene,
        lambda: in_partitions("margin"),
        lambda: in_partitions("k-centre"),
        *_with_torch(),
    ]


def self_trained() -> Case:
    """A round of self-training: at most half as long again as the same on plain arrays, with the same solver."""
    work = self_training.SelfTraining()
    name = "self-training, 20,000 of 100,000 x 88 (numpy, by hand)"
    return Case(name, work.plain, work.ours, 0.667, times=7)


def dawid_and_skene() -> Case:
    """Confusions of raters and true classes of as many votes as CREMA-D has, in crowd-kit and here."""
    votes = raters.Votes()
    return Case("Dawid-Skene, 7,442 x 9 votes (crowd-kit)", votes.theirs, votes.ours, 2, agree=0.999)


def in_partitions(strategy: str) -> Case:
    """Rounds in partitions: at most half as long again as in memory."""
    work = partitions.Rounds(strategy)
    name = f"{strategy} in partitions, 6 rounds, 100,000 x 256 (in memory)"
    return Case(name, work.in_memory, work.in_partitions, 0.667)


def _with_torch() -> list[Callable[[], Case]]:
    """Return the comparisons with a plain loop in PyTorch, where it is installed."""
    if importlib.util.find_spec("torch") is None:
        return []
    from tests.benchmarks import recurrent

    return [recurrent.one_by_one, recurrent.by_length]


def _run(data: Data, task: Task, learner: Learner, strategy: str, rounds: int) -> Picks:
    """Run the real loop and return what it asked for."""
    step = Step("query", strategies[strategy], Teacher(data), 1)
    events = pool_loop(data.pool(task, START), learner, [step], lambda *_: ({}, {}), budget=10**9)
    picks: Picks = []
    for event in events:
        if isinstance(event, Asked):
            picks += data.table.rows(event.segments).tolist()
        if len(picks) == rounds:
            break
    return picks
