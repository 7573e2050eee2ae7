"""Components for the browser: clips with their player, recordings in time, the map with its rounds, the labelling view.

They fetch what they show from ``/api`` by themselves; the page only says what to show. So a click
is heard, and a round is drawn, without a way through the page script.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from seral_dashboard.component.scripts import script, style


def clip_list(corpus_key: str, key: str, filter: str = "") -> None:
    """Show all clips of an opened corpus, each playable with waveform and spectrogram.

    Parameters
    ----------
    corpus_key : str
        Of the corpus, as `seral_dashboard.clips.admit` gives it.
    key : str
        Of the component in the page.
    filter : str
        What the list begins with, such as ``"speaker:07"``; the user may change it.
    """
    _component("clips")(data={"corpus": corpus_key, "filter": filter}, key=key)


def map_view(experiment: str, run: str, layout: str, active: bool, key: str) -> None:
    """Show the map of a run with its rounds, learning curve, confusion matrix and player.

    Parameters
    ----------
    experiment, run : str
        The experiment's id, and the key of one of its runs.
    layout : {"umap", "tsne", "pca"}
        How the pool is laid out.
    active : bool
        Whether the run goes on, so that new rounds may come.
    key : str
        Of the component in the page.
    """
    shown = {"experiment": experiment, "run": run, "layout": layout, "active": active, "addressed": True}
    _component("map")(data=shown, key=key)


def duel_view(experiment: str, sides: list[dict[str, str]], layout: str, unit: str, over: str, key: str) -> None:
    """Show two runs of an experiment on one map, with both curves, both confusion matrices and one player.

    Parameters
    ----------
    experiment : str
        The experiment's id.
    sides : list of dict
        Left and right: ``run`` (its key), ``name`` (its strategy) and ``colour``.
    layout : {"umap", "tsne", "pca"}
        How the pool is laid out, once for both.
    unit : str
        What labels cost, as people say it.
    over : str
        What all runs of both show; empty where there is no more to say.
    key : str
        Of the component in the page.
    """
    shown = {"experiment": experiment, "sides": sides, "layout": layout, "unit": unit, "over": over}
    _component("duel")(data=shown, key=key)


def in_time_view(experiment: str, run: str, learner: str, scored: int, key: str) -> None:
    """Show recordings of a run on traces: gold, raters, the model's curve, and the stretches that were asked for.

    Parameters
    ----------
    experiment, run : str
        The experiment's id, and the key of one of its runs.
    learner : str
        Whose curve it is.
    scored : int
        How many scores there are: when there are more, the curves are fetched again.
    key : str
        Of the component in the page.
    """
    _component("in_time")(data={"experiment": experiment, "run": run, "learner": learner, "scored": scored}, key=key)


def label_view(base: str, secret: str, name: str, key: str) -> None:
    """Show the labelling view of one rater.

    Parameters
    ----------
    base : str
        Where the project's routes begin.
    secret : str
        The rater's.
    name : str
        By which the browser keeps what is not saved yet.
    key : str
        Of the component in the page.
    """
    _component("label")(data={"base": base, "secret": secret, "name": name}, key=key)


def presents() -> None:
    """Let the key P show a page on the stage."""
    _component("present_key")(key="present-key", height=0)


@cache
def _component(name: str) -> Callable[..., Any]:
    import streamlit as st

    css, js = style(label=name == "label"), script(name)
    return st.components.v2.component(f"seral_{name}", html='<div class="seral"></div>', css=css, js=js)
