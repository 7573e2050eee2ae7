"""Projects whose clips are known by their ids alone: those of a feature set, which has no recordings."""

from __future__ import annotations

from pathlib import Path

from seral_core.home import placed
from seral_core.runs.far_features import is_far

#: What is said of such a project.
NOTE = "clips are known by their ids alone: there is no audio, and nobody knows who speaks"


def ids_alone(corpus: str, features: str) -> bool:
    """Whether a project's clips are those of its feature set, and nothing else is known of them.

    Parameters
    ----------
    corpus, features : str
        As a project has them.

    Examples
    --------
    >>> ids_alone("s3://bucket/set", "s3://bucket/set"), ids_alone("recordings", "s3://bucket/set")
    (True, False)
    """
    if not is_far(features):
        return False
    return corpus == features or ("://" not in features and placed(corpus).resolve() == placed(features).resolve())


def silence(corpus: str, folder: Path) -> str:
    """Return why nobody can label a project by ear, and what can be done.

    Parameters
    ----------
    corpus : str
        What the project names as its recordings.
    folder : Path
        Of the project.

    Examples
    --------
    >>> silence("calls", Path("out/project"))[:44]
    'calls has no audio, so nobody can label it b'
    """
    return (
        f"{corpus} has no audio, so nobody can label it by ear here; labels that are made elsewhere come in with: "
        f"seral labels import {folder} labels.csv; which clips to label next says: seral labels next {folder}"
    )
