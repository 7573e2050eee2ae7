"""A vector a clip, from an encoder that stays as it is: heard once, kept, and from then on looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus
from seral_core.deep.encoders import Encoder
from seral_core.errors import BadCorpus, BadFeatures
from seral_core.features.extract import extract
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Progress

#: Clips between two words on how far it is.
CLIPS = 32

Rows = NDArray[np.float32]


class Vectors:
    """Vectors of all clips of a corpus, in SERAL's feature cache.

    Parameters
    ----------
    corpus : Corpus
        Has the sound.
    folder : Path
        Of the encoder.
    layer, pool : str
        As in `seral_core.deep.encoders.Encoder`.
    """

    def __init__(self, corpus: Corpus, folder: Path, layer: str, pool: str) -> None:
        self.corpus, self.extractor = corpus, Encoder(str(folder), layer, pool)
        self.table: FeatureTable | None = None

    def prepare(self) -> Iterator[Progress]:
        """Hear what was not heard before."""
        if self.table is not None:
            return
        ids = self.corpus.ids
        for start in range(0, len(ids), CLIPS):
            some = self.corpus.only(ids[start : start + CLIPS])
            with suppress(BadCorpus):  # none of these can be used: the whole corpus says which
                extract(some, self.extractor, jobs=1)
            yield Progress(0.0, f"hearing clip {min(start + CLIPS, len(ids))} of {len(ids)}")
        self.table = extract(self.corpus, self.extractor, jobs=1)
        self._row = {segment: row for row, segment in enumerate(self.table.ids)}

    def of(self, segments: Sequence[str]) -> Rows:
        """Return the vectors of segments.

        Raises
        ------
        BadFeatures
            When one cannot be heard.
        """
        for _ in self.prepare():
            pass
        assert self.table is not None
        lost = next((segment for segment in segments if segment not in self._row), None)
        if lost is not None:
            why = dict(self.table.problems).get(lost, f"is no segment of {self.corpus.name}")
            raise BadFeatures(f"{lost} cannot be heard: it {why}; leave it out")
        return np.asarray(self.table.values, dtype=np.float32)[[self._row[segment] for segment in segments]]
