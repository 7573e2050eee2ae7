"""Names that every docstring example may use without importing them."""

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _example_names(doctest_namespace: dict[str, object]) -> None:
    from seral_core.corpora.corpus import toy_corpus
    from seral_core.strategies.base import line_view

    doctest_namespace.update(np=np, line_view=line_view, toy_corpus=toy_corpus)
