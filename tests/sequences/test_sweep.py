"""The sweep over language models and weights, on noisy classifiers of slow traces."""

from __future__ import annotations

import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.scores.metrics import ccc
from seral_core.sequences.decode import decode
from seral_core.sequences.heads import Decoder, Head
from seral_core.sequences.levels import Levels
from seral_core.sequences.sweep import sweep

FRAMES = 200


def trace(seed: int) -> np.ndarray:
    return np.sin(np.cumsum(np.random.default_rng(seed).standard_normal(FRAMES)) / 8)


TRAIN, DEV = [trace(seed) for seed in range(4)], [trace(seed) for seed in range(10, 13)]
HEADS = [
    Head.fit(Levels.fit(np.concatenate(TRAIN), k, np.random.default_rng(0)), TRAIN) for k in (4, 6)
]  # fmt: skip


def output(head: Head, gold: np.ndarray, seed: int) -> np.ndarray:
    """A classifier that sees the trace through noise."""
    noisy = gold + np.random.default_rng(seed).standard_normal(len(gold))
    logits = -((noisy[:, None] - head.levels.means) ** 2)
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


OUTPUTS = [[output(head, gold, 7 * i + j) for j, head in enumerate(HEADS)] for i, gold in enumerate(DEV)]


def test_the_table_has_every_language_model_with_every_weight() -> None:
    table = sweep(OUTPUTS, DEV, HEADS).table
    assert table["language"].tolist() == ["bigram"] * 8 + ["trigram"] * 8
    assert table["weight"].tolist() == [0, 2, 4, 6, 8, 10, 12, 14] * 2
    # Without a weight, a bigram is as good as a trigram.
    assert table["ccc"].iloc[0] == table["ccc"].iloc[8]


def test_the_best_is_that_of_the_table_and_decodes_to_its_score() -> None:
    found = sweep(OUTPUTS, DEV, HEADS)
    best = found.table.loc[found.table["ccc"].idxmax()]
    assert (found.best.order, found.best.weight) == (best["order"], best["weight"])
    again = np.concatenate([found.best.values(recording) for recording in OUTPUTS])
    assert ccc(np.concatenate(DEV), again) == pytest.approx(best["ccc"])


def test_decoding_helps_a_noisy_classifier() -> None:
    found = sweep(OUTPUTS, DEV, HEADS)
    assert found.table["ccc"].max() > found.raw + 0.1
    raw = np.concatenate([found.best.raw(recording) for recording in OUTPUTS])
    assert ccc(np.concatenate(DEV), raw) == pytest.approx(found.raw)


def test_several_heads_are_averaged_after_each_is_decoded() -> None:
    decoder = Decoder(tuple(HEADS), order=3, weight=2)
    each = [
        head.levels.values(decode(out, head.transitions, head.languages[3], 2))
        for head, out in zip(HEADS, OUTPUTS[0], strict=True)
    ]
    assert np.array_equal(decoder.values(OUTPUTS[0]), (each[0] + each[1]) / 2)


def test_the_same_input_gives_the_same_table() -> None:
    one, other = (sweep(OUTPUTS, DEV, HEADS, weights=(0, 6)).table for _ in range(2))
    assert one.equals(other)


def test_of_settings_that_are_level_the_first_is_best() -> None:
    sure = [[np.where(out == out.max(axis=1, keepdims=True), 0.0, -1e6) for out in recording] for recording in OUTPUTS]
    found = sweep(sure, DEV, HEADS, orders=(3, 2), weights=(4, 2))
    assert found.table["ccc"].nunique() == 1
    assert (found.best.order, found.best.weight) == (3, 4)


def test_frames_without_gold_do_not_count() -> None:
    holes = [np.where(np.arange(FRAMES) < 50, np.nan, gold) for gold in DEV]
    found = sweep(OUTPUTS, holes, HEADS, orders=(2,), weights=(2,))
    part = np.concatenate([found.best.values(recording)[50:] for recording in OUTPUTS])
    assert found.table["ccc"].tolist() == pytest.approx([ccc(np.concatenate([g[50:] for g in DEV]), part)])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(BadPlan, match="got outputs of 1 heads; expected 2"):
        sweep([recording[:1] for recording in OUTPUTS], DEV, HEADS)
    with pytest.raises(BadPlan, match="got 2 predictions"):
        sweep(OUTPUTS[:2], DEV, HEADS)
    for gold, weights in ((DEV, ()), ([np.full(FRAMES, np.nan)] * 3, (0,))):
        with pytest.raises(BadPlan, match="expected one or more of each, with gold"):
            sweep(OUTPUTS, gold, HEADS, weights=weights)
