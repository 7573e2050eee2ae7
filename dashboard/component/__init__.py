"""Two components for the browser: the list of clips with its player, and the map with its rounds.

They fetch what they show from ``/api`` by themselves; the page only says what to show. So a click is
heard, and a round is drawn, without a way through the page script.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def clip_list(corpus_key: str, key: str) -> None:
    """Show all clips of an opened corpus, each playable with waveform and spectrogram."""
    _component("seral_clips", ("player.js", "clips.js", "clips_main.js"))(data={"corpus": corpus_key}, key=key)


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
    show = _component("seral_map", ("player.js", "clips.js", "plots.js", "map.js", "pointer.js", "map_main.js"))
    show(data={"experiment": experiment, "run": run, "layout": layout, "active": active}, key=key)


@cache
def _component(name: str, scripts: tuple[str, ...]) -> Callable[..., Any]:
    import streamlit as st

    js = "\n".join((HERE / script).read_text(encoding="utf-8") for script in scripts)
    css = (HERE / "style.css").read_text(encoding="utf-8")
    return st.components.v2.component(name, html='<div class="seral"></div>', css=css, js=js)
