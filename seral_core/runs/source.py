"""Where related labels come from: another corpus, or the part of the same one that is not asked about."""

from __future__ import annotations

from dataclasses import dataclass

from seral_core.errors import BadPlan, UnknownName

#: The source is the part of the plan's own corpus that its split holds back.
SAME = "same"
#: How the features of two corpora are brought together, and to how many dimensions (Xu et al.,
#: section 3.2).
ADAPTATIONS = {"none": 0, "tca": 30, "bda": 40, "cca": 30, "sparse-autoencoder": 60}


@dataclass(frozen=True)
class Source:
    """What is labelled already, with other targets than those that are asked for.

    Parameters
    ----------
    corpus : str
        As in `seral_core.runs.plan.Plan`; ``"same"`` for the part of the plan's corpus that its
        split holds back; empty for no source.
    reader : str
        How to read a path; empty to recognise it.
    ranges : tuple of str
        Native ranges of a table's scales, such as ``"arousal=1:9"``.
    features : str
        Extractor or path; empty for the plan's own.
    targets : tuple of str
        What the source model predicts; empty for the other kind than the plan's targets: the scales
        of the source where classes are asked for, its first category where scales are.
    adapt : str
        ``"none"``, ``"tca"``, ``"bda"``, ``"cca"`` or ``"sparse-autoencoder"``, with a number of dimensions where
        others than 30, 40, 30 and 60 are wanted: ``"tca:20"``; ``"auto"``: TCA for scales and BDA for classes of
        another corpus, none for the same.
    learner : str
        Of the source model, with options.
    reading : tuple of str
        What else was said about how to read the corpus; see `seral_core.corpora.reading.Reading`.
    norms : str
        Path to a lexicon of valence, arousal and dominance; empty for the built-in one.

    Raises
    ------
    BadPlan
        When the number of dimensions is none; `UnknownName` when there is no such adaptation.

    Examples
    --------
    >>> bool(Source()), bool(Source("same"))
    (False, True)
    >>> Source("vam", adapt="tca:20").dimensions("tca")
    20
    >>> Source("vam", adapt="coral")
    Traceback (most recent call last):
    seral_core.errors.UnknownName: adaptation 'coral'; did you mean 'tca'? known: auto, bda, cca, ...
    """

    corpus: str = ""
    reader: str = ""
    ranges: tuple[str, ...] = ()
    features: str = ""
    targets: tuple[str, ...] = ()
    adapt: str = "auto"
    learner: str = "cross-validated"
    norms: str = ""
    reading: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        way, colon, number = self.adapt.partition(":")
        if way not in (*ADAPTATIONS, "auto"):
            raise UnknownName("adaptation", self.adapt, (*ADAPTATIONS, "auto"))
        if colon and (not number.isdecimal() or int(number) < 1 or way in ("none", "auto")):
            raise BadPlan(f"got adaptation '{self.adapt}'; expected a number of dimensions, such as tca:30 or bda:40")

    def __bool__(self) -> bool:
        return bool(self.corpus)

    @property
    def same(self) -> bool:
        """Whether the source is a part of the plan's own corpus."""
        return self.corpus == SAME

    def way(self, scales: bool) -> str:
        """Return how features are adapted, given whether the source model predicts scales.

        Examples
        --------
        >>> Source("meld").way(scales=False), Source("same").way(scales=True)
        ('bda', 'none')
        """
        way = self.adapt.partition(":")[0]
        if way != "auto":
            return way
        return "none" if self.same else "tca" if scales else "bda"

    def dimensions(self, way: str) -> int:
        """Return to how many dimensions features are adapted."""
        number = self.adapt.partition(":")[2]
        return int(number) if number else ADAPTATIONS[way]
