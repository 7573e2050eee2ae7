"""The settings of a recipe as a form, drawn from what the recipe declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.reading import settled
from seral_core.features.base import offered, placed_features
from seral_core.learners.base import learners
from seral_core.recipes.settings import Option, Settings, options
from seral_dashboard import recipe_runs, setup
from seral_dashboard.views import reading

#: How speech is read; asked for beside its corpus. Everything else says how the experiment goes.
READING = ("reader", "ranges")

Values = dict[str, Any]
Corpora = dict[str, Corpus]


def speech_of(recipe: str, kind: type[Settings]) -> tuple[Values, Corpora] | None:
    """Ask for corpora and features, and open the corpora.

    Returns
    -------
    tuple of dict, or None
        Values by setting, and the opened corpora by the setting that names them; None while a path is missing.
    """
    values: Values = {}
    corpora: Corpora = {}
    for option in options(kind):
        if option.kind == "corpus":
            none = (option.shown or "none") if option.default == "" else ""
            where = reading.where(
                option.label, _key(recipe, option), none=none, chosen=option.default, help=option.help
            )
            if where is None:
                return None
            values[option.name] = where
            if where:
                beside = [
                    each for each in options(kind) if each.kind in (*READING, "features") and each.of == option.name
                ]
                more, corpora[option.name] = _read(recipe, where, beside)
                values |= more
    return values, corpora


def rest_of(recipe: str, kind: type[Settings], values: Values, corpora: Corpora) -> Values:
    """Ask for everything else; what is rarely needed is in a drawer."""
    asked: Values = {}
    left = [each for each in options(kind) if each.kind not in ("corpus", "features", *READING)]
    for rare in (False, True):
        mine = [each for each in left if each.rare is rare]
        with st.expander("More settings") if rare and mine else st.container():
            for option in mine:
                asked[option.name] = _ask(option, _key(recipe, option), values, corpora)
    return asked


def _key(recipe: str, option: Option) -> str:
    return f"{recipe}-{option.name}"


def _read(recipe: str, where: str, beside: list[Option]) -> tuple[Values, Corpus]:
    """Open a corpus as it is to be read, and ask for its features."""
    values: Values = {}
    how = [each for each in beside if each.kind in READING and not reading.built_in(where)]
    if how:
        with st.expander("How it is read"):
            for option in how:
                # Settings of another corpus are not kept.
                values[option.name] = _ask(option, f"{_key(recipe, option)}-{where}", {}, {})
    by_kind = {option.kind: values[option.name] for option in how}
    corpus, _ = reading.opened(where, settled(where, by_kind.get("reader", ""), by_kind.get("ranges", ())))
    for option in beside:
        if option.kind == "features":
            values[option.name] = _ask(option, _key(recipe, option), {}, {})
    return values, corpus


def _ask(option: Option, key: str, values: Mapping[str, Any], corpora: Mapping[str, Corpus]) -> Any:
    corpus = corpora.get(option.of)
    match option.kind:
        case "reader":
            return reading.reader(option.label, key, option.shown or "recognised", option.help)
        case "ranges":
            return reading.ranges(option.label, key, option.help)
        case "learner":
            return _pick(option, key, list(learners), new=True)
        case "features":
            return placed_features(_pick(option, key, offered(), new=True))
        case "targets" if corpus is not None:
            known = [target.name for target in corpus.task]
            shown = option.shown or "none"
            picked = st.multiselect(
                option.label, known, key=f"{key}-{values[option.of]}", placeholder=shown, help=option.help
            )
            return tuple(picked)
        case "part" if corpus is not None:
            known = recipe_runs.possible_parts(corpus)
            return _pick(option, key, known, new=True, say=setup.SPLITS.get)
    return _plain(option, key)


def _plain(option: Option, key: str) -> Any:
    """Ask for a setting whose type says enough."""
    default, shown = option.default, option.shown
    if isinstance(default, bool):
        # A first look comes first.
        return st.toggle(option.label, value=default or option.name == "quick", key=key, help=option.help)
    if option.choices:
        return _pick(option, key, list(option.choices))
    if isinstance(default, int | float):
        whole = isinstance(default, int)
        least = option.least if option.least is None else (int if whole else float)(option.least)
        inside = least is None or default >= least
        found = st.number_input(
            option.label,
            min_value=least,
            value=default if inside else None,
            step=1 if whole else None,
            key=key,
            placeholder=shown,
            help=option.help,
        )
        return default if found is None else found
    text = st.text_input(
        option.label,
        ", ".join(default) if isinstance(default, tuple) else default,
        key=key,
        placeholder=shown,
        help=option.help,
    ).strip()
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return placed_features(text) if option.kind == "file" else text


def _pick(
    option: Option, key: str, known: list[str], new: bool = False, say: Callable[[str], str | None] = lambda _: None
) -> str:
    """Ask for one of several; the default comes first where it is not among them."""
    known = known if option.default in known else [option.default, *known]
    picked = st.selectbox(
        option.label,
        known,
        index=known.index(option.default),
        key=key,
        accept_new_options=new,
        format_func=lambda name: say(name) or name or option.shown or "none",
        help=f"{option.help} Choose, or type it." if new else option.help,
    )
    return str(picked or option.default)
