"""Names that every docstring example may use without importing them."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

_TORCH = re.compile(r"^(import|from) torch\b", re.MULTILINE)
#: Examples of files that begin by importing torch need it.
collect_ignore = [
    str(path)
    for path in Path(__file__).parent.glob("seral_core/deep/*.py")
    if importlib.util.find_spec("torch") is None and _TORCH.search(path.read_text(encoding="utf-8"))
]


@pytest.fixture(autouse=True)
def _example_names(doctest_namespace: dict[str, object]) -> None:
    from seral_core.corpora.corpus import toy_corpus
    from seral_core.strategies.base import line_view

    doctest_namespace.update(np=np, line_view=line_view, toy_corpus=toy_corpus)
