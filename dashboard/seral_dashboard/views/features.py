"""Asking for features: an extractor, a pretrained encoder, or a file that others made."""

from __future__ import annotations

import streamlit as st

from seral_core.corpora.corpus import Corpus
from seral_core.deep.proposal import how_to_get, proposal, wants_encoder
from seral_core.features.base import extractors, offered, placed_features
from seral_core.options import split_options
from seral_core.runs.plan import Plan


def asked_features(corpus: Corpus) -> str:
    """Ask which features a new experiment has; an encoder that is at hand comes first, with the reason."""
    proposed = proposal(corpus)
    first = proposed.features if proposed else Plan.features
    names = list(dict.fromkeys([first, Plan.features, *offered()]))
    features = placed_features(str(st.selectbox(
        "Features", names, key=f"new-features-{first}" if proposed else "new-features", accept_new_options=True,
        help="An extractor, the folder or Hugging Face name of a pretrained encoder, or the path of ready features "
        "(.npz, .npy, .csv, .parquet): type it. Options follow: `whisper-tiny.en:layer=2:pool=mean`.",
    )))  # fmt: skip
    name, _ = split_options(features)
    if name in extractors:
        st.caption(extractors.summary(name))
    if proposed:
        st.caption(f"Proposed: {proposed.text}")
    elif wants_encoder(corpus):
        st.caption(how_to_get())
    return features
