"""Figures show the numbers, and their curves can be distinguished without colour."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from seral_core import charts


def a_frame(parts: int = 3, seeds: int = 1) -> pd.DataFrame:
    rows = [
        (strategy, seed, part, "emotion", "uar", spent, 0.3 + spent / 200 + gain + part / 100)
        for strategy, gain in (("random", 0.0), ("recommended", 0.05))
        for part in range(parts)
        for seed in range(seeds)
        for spent in (20, 30, 40)
    ]
    return pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value"])


def lines(figure: object) -> list[object]:
    return [trace for trace in figure.data if trace.mode == "lines+markers"]  # type: ignore[attr-defined]


def test_a_curve_shows_the_mean_over_runs() -> None:
    random, recommended = lines(charts.learning_curves(a_frame()))
    np.testing.assert_allclose(random.y, [0.41, 0.46, 0.51])
    np.testing.assert_allclose(recommended.y, [0.46, 0.51, 0.56])


def test_a_band_needs_three_test_parts_however_many_runs_there_are() -> None:
    assert len(charts.learning_curves(a_frame(2)).data) == 2
    assert len(charts.learning_curves(a_frame(1, seeds=10)).data) == 2
    assert len(charts.learning_curves(a_frame(3)).data) == 4


def test_curves_differ_in_colour_dash_and_marker() -> None:
    random, recommended = lines(charts.learning_curves(a_frame()))
    assert random.line.color != recommended.line.color
    assert random.line.dash != recommended.line.dash
    assert random.marker.symbol != recommended.marker.symbol


def test_many_curves_never_share_colour_and_dash() -> None:
    names = ["random", "recommended", "entropy", *(f"s{i}" for i in range(6))]
    colour, dash = charts.colours(names), charts.dashes(names)
    looks = [(colour[name], dash[name]) for name in names]
    assert len(set(looks)) == len(names)


def test_neighbouring_colours_differ_in_lightness_or_hue_for_the_colour_blind() -> None:
    def seen(colour: str) -> np.ndarray:  # deuteranopia, after Vienot, Brettel and Mollon (1999)
        rgb = (np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255) ** 2.2
        to_lms = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
        without_m = np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])
        back: np.ndarray = np.linalg.inv(to_lms) @ without_m @ to_lms @ rgb
        return np.clip(back, 0, 1) ** (1 / 2.2)

    for one, other in itertools.combinations(charts.PALETTE[:6], 2):
        assert np.linalg.norm(seen(one) - seen(other)) > 0.1, (one, other)


def test_the_gap_to_random_is_the_paired_mean() -> None:
    figure = charts.differences(a_frame())
    (point,) = [trace for trace in figure.data if trace.x[0] is not None]
    assert point.y[0] == "recommended"
    np.testing.assert_allclose([point.x[0], point.error_x.array[0]], [0.05, 0.0], atol=1e-9)
    (single,) = [trace for trace in charts.differences(a_frame(1)).data if trace.x[0] is not None]
    assert single.error_x.array is None, "one run has no interval"
    assert single.marker.symbol == "circle-open"


def test_the_map_shows_labelled_queried_and_predicted_with_different_shapes_and_rims() -> None:
    positions = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    figure = charts.pool_map(positions, ["a", "b"] * 3, labelled=[0, 1], asked=[2])
    by_name = {trace.name: trace for trace in figure.data}
    assert [len(by_name[n].x) for n in ("predicted", "labelled", "just queried")] == [3, 2, 1]
    looks = {
        (by_name[n].marker.symbol, by_name[n].marker.line.width) for n in ("predicted", "labelled", "just queried")
    }
    assert len(looks) == 3


def test_bars_keep_names_and_counts_together() -> None:
    (bar,) = charts.bars(pd.Series({"anger": 3, "sadness": 1})).data
    assert (list(bar.x), list(bar.y)) == (["anger", "sadness"], [3, 1])


def test_an_empty_frame_gives_an_empty_figure() -> None:
    assert not charts.learning_curves(a_frame().iloc[:0]).data
