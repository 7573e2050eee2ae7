"""Loads what a stream needs, so that processes forked from one that has read this begin at once."""

import soundfile  # noqa: F401

from seral_core.features.base import extractors
from seral_core.runs.fit import check_fit
from seral_core.types import Target

check_fit("recommended", "margin", (Target("emotion", ("anger", "sadness")),))
list(extractors)
