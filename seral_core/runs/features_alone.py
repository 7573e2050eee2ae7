"""What to do where a feature set is named as a corpus: it has clips, but no labels and no sound."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from seral_core.errors import BadCorpus
from seral_core.far.opening import is_far


@contextmanager
def features_named(where: str) -> Iterator[None]:
    """Say in a ``with`` block how a feature set is used, where it cannot be read as a corpus.

    Examples
    --------
    >>> with features_named("s3://bucket/set"):
    ...     raise BadCorpus("no reader recognises it")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: s3://bucket/set holds features of clips, without labels; expected a corpus; give a ...
    """
    try:
        yield
    except BadCorpus:
        if not is_far(where):
            raise
        raise BadCorpus(
            f"{where} holds features of clips, without labels; expected a corpus; give a table of labels (file, "
            f"emotion ...) as the corpus, with these as its features: seral grid --corpus labels.csv --features "
            f"{where}; or collect labels: seral label {where} --features {where} --target emotion=anger,neutral,sadness"
        ) from None
