"""Normalisation: bring speakers and features to one scale, with statistics of only the pool."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadFeatures
from seral_core.features.table import FeatureTable
from seral_core.types import Floats, Ints, Target

ENOUGH_CLIPS = 20
#: Units that are normalised at once.
_AT_ONCE = 50_000
SHRINKAGE = 5.0
#: Where labels of one speaker are more alike than this, normalising speakers takes away what is to be learned. Measured
#: with speakers given a main class in ever larger shares (RAVDESS, EmoDB) or a level of their own (built-in scales):
#: with SERALv01 and an encoder's features, normalising gained up to .12 below .15, and lost up to .24 above .3.
ALIKE = 0.2


def speaker_normalise(
    table: FeatureTable, speakers: Sequence[str | None], fit_rows: Ints, shrinkage: float = SHRINKAGE
) -> FeatureTable:
    """Return each speaker's features as z-scores, with means and variances drawn towards the pool's.

    A speaker with ``n`` clips keeps the share ``n / (n + shrinkage)`` of the own mean and variance;
    the rest is the pool's, so that few clips do not mislead. No labels are used, but a test
    speaker's own clips are: this takes them as known in advance. Of frames, means and variances are those over all
    frames, so a longer clip weighs more; but ``n`` counts clips, for the frames of one are much alike.

    Parameters
    ----------
    table : FeatureTable
        One unit or several per row; units of a row belong to its speaker.
    speakers : sequence of (str or None) of length ``len(table)``
        Who speaks; clips of None take only the pool's statistics.
    fit_rows : Ints
        Row numbers of the pool, which the common mean and variance come from.
    shrinkage : float
        Number of clips at which a speaker's own statistics weigh one half.

    Returns
    -------
    FeatureTable
        float32; features that are constant in the pool become 0.

    Raises
    ------
    BadFeatures
        When ``speakers`` does not have one entry per row, or ``fit_rows`` is empty.

    References
    ----------
    .. [1] Busso, Mariooryad, Metallinou and Narayanan, Iterative feature normalization scheme for
       automatic emotion detection from speech, IEEE Transactions on Affective Computing 4(4), 2013.

    Examples
    --------
    >>> table = FeatureTable(np.array([[1.0], [3.0], [11.0], [13.0]]), ("a", "b", "c", "d"))
    >>> speaker_normalise(table, ["x", "x", "y", "y"], np.arange(4), shrinkage=0).values.ravel().tolist()
    [-1.0, 1.0, -1.0, 1.0]
    """
    return by_speaker(table, speakers, *statistics(table, fit_rows), shrinkage=shrinkage)


def by_speaker(
    table: FeatureTable,
    speakers: Sequence[str | None],
    mean: Floats,
    variance: Floats,
    *,
    shrinkage: float = SHRINKAGE,
    enough: int = 1,
) -> FeatureTable:
    """Do what `speaker_normalise` does, with a pool's mean and variance that are known already.

    Parameters
    ----------
    table, speakers, shrinkage
        As in `speaker_normalise`.
    mean, variance : Floats of shape (features,)
        Of the pool.
    enough : int
        A speaker with fewer clips takes only the pool's.

    Examples
    --------
    >>> table = FeatureTable(np.array([[1.0], [3.0], [13.0]]), ("a", "b", "c"))
    >>> by_speaker(table, ["x", "x", "y"], np.zeros(1), np.ones(1), shrinkage=0, enough=2).values.ravel().tolist()
    [-1.0, 1.0, 13.0]
    """
    if len(speakers) != len(table):
        raise BadFeatures(f"got {len(speakers)} speakers for {len(table)} rows; expected one per row (None if unknown)")
    number = {speaker: i for i, speaker in enumerate(dict.fromkeys(map(_known, speakers)))}
    owner = np.repeat([number[_known(speaker)] for speaker in speakers], np.diff(table.bounds))
    values = np.empty(table.values.shape, dtype=np.float32)
    clips = Counter(map(_known, speakers))
    for speaker, i in number.items():
        units = owner == i
        own = np.asarray(table.values[units], dtype=np.float64)
        m, v = mean, variance
        if speaker is not None and len(own) and clips[speaker] >= enough:
            m, v = drawn_to_pool(own, clips[speaker], mean, variance, shrinkage)
        values[units] = _z(own, m, v, variance)
    return _rescaled(table, values, "speaker", mean, variance)


def drawn_to_pool(
    own: Floats, clips: int, mean: Floats, variance: Floats, shrinkage: float = SHRINKAGE
) -> tuple[Floats, Floats]:
    """Return a speaker's mean and variance, drawn towards those of the pool; see `speaker_normalise`.

    Parameters
    ----------
    own : Floats of shape (units, features)
        All units of the speaker.
    clips : int
        How many clips they come from.
    mean, variance : Floats of shape (features,)
        Of the pool.
    shrinkage : float
        Number of clips at which the speaker's own statistics weigh one half.

    Returns
    -------
    mean, variance : Floats of shape (features,)

    Examples
    --------
    >>> drawn_to_pool(np.array([[2.0], [4.0]]), 2, np.zeros(1), np.ones(1), shrinkage=2)
    (array([1.5]), array([1.]))
    """
    return towards_pool(own.mean(axis=0), own.var(axis=0), clips, mean, variance, shrinkage)


def towards_pool(
    own_mean: Floats, own_variance: Floats, clips: int, mean: Floats, variance: Floats, shrinkage: float = SHRINKAGE
) -> tuple[Floats, Floats]:
    """Do what `drawn_to_pool` does, with a speaker's mean and variance that are known already.

    Examples
    --------
    >>> towards_pool(np.array([3.0]), np.ones(1), 2, np.zeros(1), np.ones(1), shrinkage=2)
    (array([1.5]), array([1.]))
    """
    share = clips / (clips + shrinkage)
    return share * own_mean + (1 - share) * mean, share * own_variance + (1 - share) * variance


def standardise(table: FeatureTable, fit_rows: Ints) -> FeatureTable:
    """Return features with mean 0 and standard deviation 1 over the pool.

    Parameters
    ----------
    table : FeatureTable
        All rows, of the pool and beyond.
    fit_rows : Ints
        Row numbers of the pool, which mean and standard deviation come from.

    Returns
    -------
    FeatureTable
        float32; features that are constant in the pool become 0.

    Raises
    ------
    BadFeatures
        When ``fit_rows`` is empty.

    Examples
    --------
    >>> table = FeatureTable(np.array([[1.0, 7.0], [3.0, 7.0], [5.0, 8.0]]), ("a", "b", "c"))
    >>> standardise(table, np.array([0, 1])).values.tolist()
    [[-1.0, 0.0], [1.0, 0.0], [3.0, 0.0]]
    """
    return z_scores(table, *statistics(table, fit_rows))


def z_scores(table: FeatureTable, mean: Floats, variance: Floats) -> FeatureTable:
    """Do what `standardise` does, with a pool's mean and variance that are known already.

    Examples
    --------
    >>> z_scores(FeatureTable(np.array([[5.0, 7.0]]), ("a",)), np.array([3.0, 7.0]), np.array([4.0, 0.0])).values
    array([[1., 0.]], dtype=float32)
    """
    values = np.empty(table.values.shape, dtype=np.float32)
    for part in _parts(len(values)):
        values[part] = _z(np.asarray(table.values[part], dtype=np.float64), mean, variance, variance)
    return _rescaled(table, values, "z", mean, variance)


def statistics(table: FeatureTable, rows: Ints) -> tuple[Floats, Floats]:
    """Return mean and variance of some rows, such as the pool's, each of shape (features,).

    Raises
    ------
    BadFeatures
        When there are no rows.

    Examples
    --------
    >>> statistics(FeatureTable(np.array([[1.0], [3.0], [9.0]]), ("a", "b", "c")), np.array([0, 1]))
    (array([2.]), array([1.]))
    """
    if not len(rows):
        raise BadFeatures("got no rows to take the pool's mean and variance from; expected the rows of the pool")
    pool = table.take(np.asarray(rows, dtype=np.intp))
    if pool.plain:
        values = np.asarray(pool.values, dtype=np.float64)
        return values.mean(axis=0), values.var(axis=0)
    return _of_frames(pool.values)


def _of_frames(values: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return mean and variance over frames, in the memory of some of them."""
    if not len(values):
        raise BadFeatures("got no frames to take the pool's mean and variance from; expected some; extract them again")
    mean = values.mean(axis=0, dtype=np.float64)
    parts = (np.asarray(values[part], dtype=np.float64) - mean for part in _parts(len(values)))
    return mean, np.sum([np.square(part).sum(axis=0) for part in parts], axis=0) / len(values)


def _parts(units: int) -> Iterator[slice]:
    """Yield parts that are worked on one after another, so that tables of frames need little memory."""
    return (slice(at, at + _AT_ONCE) for at in range(0, units, _AT_ONCE))


def _rescaled(
    table: FeatureTable, values: NDArray[np.float32], way: str, mean: Floats, variance: Floats
) -> FeatureTable:
    """Return a table with other values, which says by which way and which pool they were made."""
    digest = hashlib.sha256(np.ascontiguousarray(np.stack([mean, variance])).data).hexdigest()[:12]
    key = f"{table.key}+{way}" if table.key else ""
    return replace(table, values=values, key=key, normalised=f"{table.normalised} {way}:{digest}".strip())


def advise_normalisation(
    speakers: Sequence[str | None], labels: Mapping[Target, NDArray[Any]] | None = None
) -> tuple[bool, str]:
    """Say whether speaker normalisation is likely to help, and why.

    Parameters
    ----------
    speakers : sequence of (str or None)
        Who speaks, one entry per clip.
    labels : mapping of Target to array of shape (clips,), optional
        What is known so far: class numbers with -1 where unknown, or native units with nan where unknown.

    Returns
    -------
    advised : bool
        On where every speaker is known and has at least 20 clips, unless each speaker has labels of nearly one kind:
        then what is normal for a speaker is what is to be learned.
    reason : str
        One sentence.

    Examples
    --------
    >>> advise_normalisation(["a"] * 25 + ["b"] * 3)
    (False, "speaker normalisation is off: speaker 'b' has 3 clips only, and fewer than 20 may mislead")
    """
    for target, values in (labels or {}).items():
        alike, doubt = likeness(values, speakers, is_scale=target.is_scale)
        if alike - doubt > ALIKE:
            return False, (
                f"speaker normalisation is off: a speaker's clips have much the same {target.name} (agreement beyond "
                f"chance {alike:.2f}), and normalising would take away what is to be learned"
            )
    counts = Counter(speaker for speaker in map(_known, speakers) if speaker is not None)
    unknown = len(speakers) - counts.total()
    if not counts:
        return False, "speaker normalisation is off: the speakers are not known"
    if unknown:
        return False, f"speaker normalisation is off: the speaker of {unknown} of {len(speakers)} clips is not known"
    speaker, fewest = min(counts.items(), key=lambda item: (item[1], item[0]))
    if fewest < ENOUGH_CLIPS:
        clips = "1 clip" if fewest == 1 else f"{fewest} clips"
        few = f"speaker '{speaker}' has {clips} only, and fewer than {ENOUGH_CLIPS} may mislead"
        return False, f"speaker normalisation is off: {few}"
    return True, (
        f"speaker normalisation is on: each of the {len(counts)} speakers has at least {fewest} "
        "clips (it uses the unlabelled clips of test speakers)"
    )


def likeness(values: NDArray[Any], speakers: Sequence[str | None], *, is_scale: bool) -> tuple[float, float]:
    """Return how much more alike two labels of one speaker are than any two labels.

    One minus the ratio of the mean distance of two labels of one speaker to that of any two: 0 where speakers do not
    matter, 1 where all labels of a speaker are the same. Distances are those of Krippendorff's alpha: different or not
    for a category, squared for a scale.

    Parameters
    ----------
    values : array of shape (clips,)
        Class numbers with -1 where unknown, or native units with nan where unknown.
    speakers : sequence of (str or None) of length ``len(values)``
        Who speaks.
    is_scale : bool
        Which kind of label it is.

    Returns
    -------
    alike, doubt : float
        ``doubt`` is two standard errors or more where speakers do not matter: large for few labels, and for labels of
        which nearly all are the same; infinite where no speaker has two labels, or none differ.

    Examples
    --------
    >>> alike, doubt = likeness(np.array([0, 0, 0, 1, 1, -1]), ["a", "a", "a", "b", "b", "b"], is_scale=False)
    >>> alike, round(doubt, 2)
    (1.0, 1.0)
    """
    known = ~np.isnan(values) if is_scale else values >= 0
    rows = [i for i in np.flatnonzero(known).tolist() if _known(speakers[i]) is not None]
    every, owner = np.asarray(values)[rows], np.array([str(speakers[i]) for i in rows])
    groups = [every[owner == speaker] for speaker in dict.fromkeys(owner.tolist())]
    pairs = sum(len(group) * (len(group) - 1) for group in groups)
    overall = _distances(every, is_scale)
    if not pairs or overall <= 0:
        return 0.0, float("inf")
    within = sum(_distances(group, is_scale) for group in groups) / pairs
    mean = overall / (len(every) * (len(every) - 1))
    # Without speakers, distances of different pairs are not correlated: their mean varies as one of them over the root.
    square = 2 * ((every - every.mean()) ** 4).mean() + 1.5 * mean**2 if is_scale else mean
    variation = np.sqrt(max(square / mean**2 - 1, 1.0))  # no less, as few pairs are not spread normally
    return float(1 - within / mean), float(2 * variation / np.sqrt(pairs / 2))


def _distances(values: NDArray[Any], is_scale: bool) -> float:
    """Return the sum of the distances of all ordered pairs."""
    if is_scale:
        centred = values - values.mean() if len(values) else values
        return float(2 * len(values) * (centred**2).sum())
    return float(len(values) ** 2 - (np.bincount(values.astype(np.intp), minlength=1) ** 2).sum())


def _known(speaker: object) -> str | None:
    """Return the speaker, or None where a table says missing in another way."""
    return speaker if isinstance(speaker, str) else None


def divisors(mean: Floats, variance: Floats, pool_variance: Floats) -> Floats:
    """Return what differences from a mean are divided by; infinite where pool or speaker hardly vary, to give 0.

    Examples
    --------
    >>> divisors(np.zeros(2), np.array([4.0, 0.0]), np.ones(2))
    array([ 2., inf])
    """
    size = np.maximum(mean**2, 1.0)
    alive = (pool_variance > 1e-12 * size) & (variance > 1e-12 * size)
    return np.sqrt(np.where(alive, variance, np.inf))


def _z(values: Floats, mean: Floats, variance: Floats, pool_variance: Floats) -> Floats:
    """Return z-scores; where the pool does not vary, or the speaker hardly does, 0."""
    by = divisors(mean, variance, pool_variance)
    return np.where(np.isinf(by), 0.0, (values - mean) / by)
