"""View: what a corpus holds, and how it sounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from seral_core import charts
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.durations import durations_s
from seral_core.corpora.reading import remembered
from seral_core.corpora.tables import GOLD
from seral_core.errors import SeralError
from seral_core.scores.agreement import per_clip
from seral_core.scores.traces import pairwise_ccc, stacked
from seral_core.types import Target
from seral_dashboard import component, data, speech
from seral_dashboard.as_text import escaped
from seral_dashboard.dark import plot
from seral_dashboard.pages import facts, lead, sentences
from seral_dashboard.views import reading, understood

HEIGHT = 220


def show() -> None:
    where = _choose()
    if not where:
        st.info(
            "Give the path of a folder with recordings, or of a table (CSV or parquet) with a "
            "column `file`. Nothing is copied or sent anywhere.",
            icon=":material/folder_open:",
        )
        return
    try:
        corpus, key = reading.opened(where, remembered(where))
    except SeralError as wrong:
        understood.cannot(wrong)
        understood.ask(where, None)
        return
    understood.ask(where, corpus)
    _facts(corpus)
    _small_print(corpus)
    _onward(where, corpus)
    _charts(corpus)
    st.subheader("Listen")
    component.clip_list(key, key="clips", filter=_clicked(corpus))
    _notes(corpus)


def _choose() -> str:
    known = speech.known_corpora()
    asked = st.query_params.get("corpus", "")
    options = [*dict.fromkeys([*known, *([asked] if asked else [])]), reading.OTHER]
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    picked = left.selectbox(
        "Corpus", options, index=options.index(asked) if asked in options else 0, key="corpus-pick", format_func=_named
    )
    if picked == reading.OTHER:
        typed = right.text_input("Folder or table", key="corpus-path", placeholder="/home/me/recordings")
        picked = speech.remember(typed.strip()) if typed.strip() else ""
    elif right.button("Read again", icon=":material/refresh:", help="After files or labels were changed"):
        speech.forget()
    if picked:
        st.query_params["corpus"] = picked
    return str(picked)


def _named(where: str) -> str:
    return "Built-in corpus (synthetic voices)" if where == "synthetic" else where


def _facts(corpus: Corpus) -> None:
    seconds = durations_s(corpus)
    raters = corpus.ratings["rater"].nunique()
    known = {
        "Recordings" if any(target.rate_hz for target in corpus.task) else "Clips": f"{len(corpus):,}",
        "Speakers": f"{corpus.segments['speaker'].nunique() or 'unknown'}",
        "Speech": data.spread_s(float(seconds.sum())) if seconds.notna().any() else "no audio",
        "Median length": f"{seconds.median():.1f} s" if seconds.notna().any() else "–",
        "Raters": f"{raters}",
    }
    facts(known)


def _onward(where: str, corpus: Corpus) -> None:
    """Offer what can be done with a corpus."""
    one, two, _ = st.columns([1.2, 1.2, 3])
    if corpus.task and one.button("Run an experiment", icon=":material/play_circle:", width="stretch"):
        lead("run", new="1", corpus=where)
    if corpus.root is not None and two.button("Label it", icon=":material/headphones:", width="stretch"):
        lead("label", new="1", corpus=where)


def _clicked(corpus: Corpus) -> str:
    """Return what was clicked in the charts as a filter of the list."""
    names = [target.name for target in corpus.task] or [""]
    target = st.session_state["target"] if st.session_state.get("target") in names else names[0]
    found = []
    for key, name, axis in (("chart-gold", target, "y"), ("chart-speakers", "speaker", "x")):
        points = (st.session_state.get(key) or {}).get("selection", {}).get("points", [])
        found += [f"{name}:{point[axis]}" for point in points[:1] if isinstance(point.get(axis), str)]
    return " ".join(term for term in found if " " not in term)


@sentences
def _charts(corpus: Corpus) -> None:
    if not corpus.task:
        st.info("This corpus has no labels yet: add a table with a column for a target, or a folder for each class.")
        return
    names = [target.name for target in corpus.task]
    name = names[0]
    if len(names) > 1:
        name = (
            st.segmented_control(
                "Target",
                names,
                default=names[0],
                format_func=escaped,
                key="target",
                bind="query-params",
                label_visibility="collapsed",
            )
            or names[0]
        )
    target, gold = corpus.target(name), corpus.gold(name)
    one, two, three, four = st.columns(4)
    with one:
        st.caption(f"**{escaped(name)}**, {_rule(corpus, target)}")
        plot(_gold(target, gold), key="chart-gold", on_select="rerun")
    with two:
        st.caption("**Clips of each speaker**")
        plot(charts.bars(_speakers(corpus), height=HEIGHT), key="chart-speakers", on_select="rerun")
    with three:
        st.caption("**Durations**")
        seconds = durations_s(corpus).dropna()
        if len(seconds):
            plot(charts.histogram(seconds, "seconds", height=HEIGHT), key="chart-durations")
        else:
            st.write("There is no audio: this corpus has features only.")
    with four:
        st.caption("**How far raters agree**")
        _agreement(corpus, target)
    missing = int(gold.isna().sum())
    if missing:
        why = "nobody traced them" if target.rate_hz else "nobody rated them, or the votes tie"
        st.caption(f"{missing} clips have no gold for {escaped(name)}: {why}.")


def _rule(corpus: Corpus, target: Target) -> str:
    """Return how ratings become gold, in words."""
    if target.rate_hz:
        return f"gold at {target.rate_hz:g} Hz: {corpus.trace_gold}"
    return "mean of the ratings" if target.is_scale else "majority of the votes"


def _gold(target: Target, gold: pd.Series[Any]) -> Any:
    """Draw how gold is spread: over clips, or of traces over all their moments."""
    if not target.is_scale:
        classes = gold.explode().dropna() if target.rate_hz else gold
        counts = classes.value_counts().reindex(list(target.classes), fill_value=0)
        title = "frames" if target.rate_hz else "clips"
        return charts.bars(counts, title, height=HEIGHT, across=True)
    traces = [np.array(trace, dtype=np.float64) for trace in gold.dropna()] if target.rate_hz else []
    values = np.concatenate([np.zeros(0), *traces]) if target.rate_hz else gold.astype(float)
    title = target.name if np.isinf(target.high) else f"{target.name}, {target.low:g} to {target.high:g}"
    return charts.histogram(values, title, bins=24, height=HEIGHT, what="frames" if target.rate_hz else "clips")


def _speakers(corpus: Corpus) -> pd.Series[int]:
    counts = corpus.segments["speaker"].fillna("unknown").value_counts()
    if len(counts) <= 40:
        return counts.sort_index()
    return counts.rename(index=str).head(40)


def _agreement(corpus: Corpus, target: Target) -> None:
    ratings = corpus.of(target.name)
    found = _trace_agreement(ratings) if target.rate_hz and target.is_scale else per_clip(ratings, target)
    if not len(found):
        st.write("Every clip has one rating, so agreement is not known.")
        return
    if target.rate_hz:
        figure = charts.histogram(found, "mean CCC of two raters", bins=20, height=HEIGHT, what="recordings")
    elif target.is_scale:
        figure = charts.histogram(found, "standard deviation of a clip's ratings", bins=20, height=HEIGHT)
    else:
        figure = charts.histogram(100 * found, "% of votes for the top class", bins=10, height=HEIGHT)
    plot(figure, key="chart-agreement")


def _trace_agreement(ratings: pd.DataFrame) -> pd.Series[float]:
    """Return the mean concordance of the pairs of raters of each recording that has two or more."""
    people = ratings[ratings["rater"] != GOLD]
    traces = [stacked(list(mine)) for _, mine in people.groupby("segment", sort=False)["value"] if len(mine) > 1]
    found = [np.nanmean(pairs) for each in traces if not np.isnan(pairs := pairwise_ccc(each)).all()]
    return pd.Series(found, dtype=float)


def _small_print(corpus: Corpus) -> None:
    lines = [f"**Licence:** {escaped(corpus.licence)}"] if corpus.licence else []
    lines += [f"**Please cite:** {escaped(corpus.citation)}"] if corpus.citation else []
    if lines:
        st.caption(". ".join(lines))


def _notes(corpus: Corpus) -> None:
    if corpus.notes:
        with st.expander(f"{len(corpus.notes)} notes from reading the corpus"):
            for note in corpus.notes[:200]:
                st.write(f"- {escaped(note)}")
