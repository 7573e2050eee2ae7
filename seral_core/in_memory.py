"""Tables and arrays of other libraries, as pandas and numpy know them."""

from __future__ import annotations

from typing import Any


def in_memory(given: Any) -> Any:
    """Return what pandas or numpy know of a table or array: polars, torch and sparse matrices become theirs.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> in_memory(csr_matrix([[0, 1]])).tolist(), in_memory([1, 2])
    ([[0, 1]], [1, 2])
    """
    import pandas as pd

    if hasattr(given, "to_pandas"):  # polars
        frame = given.to_pandas()
        return frame if isinstance(frame, pd.DataFrame) else frame.to_numpy()
    if hasattr(given, "toarray"):  # scipy's sparse matrices
        return given.toarray()
    if hasattr(given, "detach"):  # torch
        return given.detach().cpu().numpy()
    return given
