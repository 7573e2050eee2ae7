"""What an extractor is: it turns the samples of one clip into one row of numbers, or into frames."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seral_core import own
from seral_core.errors import UnknownName
from seral_core.features.audio import Signal
from seral_core.features.framing import FRAMES_HZ
from seral_core.features.joined import Joined, sets_in
from seral_core.home import placed
from seral_core.options import option_values, split_options
from seral_core.registry import Registry

#: Endings of files with ready features: rows that others extracted.
SUFFIXES = (".npz", ".npy", ".csv", ".arff", ".parquet")
#: Of these, tables: a folder may hold one for each recording.
TABLES = (".csv", ".arff", ".parquet")
#: The file that makes a folder a feature set in partitions; see `seral_core.far`.
PARTITIONED = "features.json"
#: Name of the factory that makes an extractor of any pretrained encoder: of a folder, or of a Hugging Face name.
ENCODER = "encoder"
_AT_HUGGING_FACE = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


class Extractor(Protocol):
    """Anything that describes a clip by a fixed number of features, once or in each of its frames.

    It is stored and sent to worker processes, so it holds only its parameters; heavy parts are made
    on first use. A clip whose row is not finite is left out of the table. An extractor of frames has an
    attribute ``frames_hz``, how many it gives per second; without it, a clip is one row. One whose rows are not worth
    keeping in the cache has ``cached = False``.

    Examples
    --------
    >>> class Loudness:
    ...     key, rate_hz, names = "rms.1", 16_000, ("rms",)
    ...     def __call__(self, signal):
    ...         return np.array([np.sqrt(np.mean(signal**2))], np.float32)
    >>> Loudness()(np.full(1_600, 0.5, np.float32))
    array([0.5], dtype=float32)
    """

    @property
    def key(self) -> str:
        """Name, version and parameters: rows with equal keys may be reused from the cache."""
        ...

    @property
    def rate_hz(self) -> int:
        """Sampling rate that `__call__` expects, in Hz."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names, one per column."""
        ...

    def __call__(self, signal: Signal) -> NDArray[np.float32]:
        """Return the features of one clip, of shape (features,); of frames, of shape (frames, features).

        Parameters
        ----------
        signal : float32 array of shape (samples,)
            Mono samples in [-1, 1], at least 100 ms, not silent.
        """
        ...


def frames_hz(extractor: Extractor) -> float:
    """Return how many frames per second an extractor gives; 0 where it gives one row per clip.

    Examples
    --------
    >>> frames_hz(extractors["SERALv01"]())
    0.0
    """
    return float(getattr(extractor, "frames_hz", 0.0))


#: Factories: ``extractors["SERALv01"](**options)`` gives an `Extractor`.
extractors: Registry[Callable[..., Extractor]] = Registry("extractor", "seral_core.features")


def extractor_from(text: str) -> Extractor:
    """Return the extractor that a text describes.

    Parameters
    ----------
    text : str
        A registered name, the folder of a pretrained encoder, or its Hugging Face name such as
        ``"facebook/wav2vec2-base"``; options follow, as in ``"whisper-tiny.en:layer=2:pool=mean"``. Several are joined
        by ``+``, as in ``"SERALv01+eGeMAPSv02"``.

    Raises
    ------
    UnknownName
        When nothing has this name.
    BadPlan
        When it has no such option, or a value is bad.

    Examples
    --------
    >>> extractor_from("SERALv01").key
    'SERALv01.1'
    >>> extractor_from("SERALv1")
    Traceback (most recent call last):
    seral_core.errors.UnknownName: extractor 'SERALv1'; did you mean 'SERALv01'? known: ...
    """
    if len(sets := _sets(text)) > 1:
        return Joined(sets, tuple(extractor_from(each) for each in sets))
    name, given = split_options(text)
    model = name not in extractors and _is_model(name)
    factory = extractors[ENCODER if model else name]
    parameters = inspect.signature(factory).parameters.values()
    named = {"model": name} if model else {}
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty and p.name not in named}
    return factory(**named, **option_values(given, defaults, f"extractor {name}", text))


def is_extractor(text: str) -> bool:
    """Whether a text describes an extractor, and not ready features or nothing at all.

    Examples
    --------
    >>> is_extractor("SERALv01"), is_extractor("facebook/wav2vec2-base:layer=6"), is_extractor("out/features.npz")
    (True, True, False)
    """
    return all(map(_is_set, _sets(text)))


def _is_set(text: str) -> bool:
    name, _ = split_options(text)
    return name in extractors or _is_model(name)


def _sets(text: str) -> tuple[str, ...]:
    return (text,) if "+" not in text or _present(text) else sets_in(text, _is_set)


def features_at(features: str, rate_hz: float) -> str:
    """Return the name of an extractor with as many frames per second as a trace has values, unless it says how many.

    Examples
    --------
    >>> features_at("mfcc-windows", 10.0), features_at("mfcc-windows", 25.0), features_at("frames.csv", 10.0)
    ('mfcc-windows:rate=10', 'mfcc-windows', 'frames.csv')
    """
    if rate_hz == FRAMES_HZ or not is_extractor(features) or "rate" in split_options(features)[1]:
        return features
    return f"{features}:rate={rate_hz:g}"


def placed_features(text: str) -> str:
    """Return what a user means by features: where it is a path that exists, as one that holds in any folder.

    Examples
    --------
    >>> placed_features("SERALv01"), placed_features("facebook/wav2vec2-base:layer=6")
    ('SERALv01', 'facebook/wav2vec2-base:layer=6')
    """
    name, _ = split_options(text)
    path = None if name in extractors else _present(name)
    return text if path is None else str(path.resolve()) + text.strip()[len(name) :]


def offered() -> list[str]:
    """Return the names of extractors that are offered for choice: each once, and none that wants a model besides.

    Examples
    --------
    >>> offered()[:3]
    ['ComParE_2016', 'SERALv01', 'data2vec-audio-base']
    """
    return [name for name in extractors if name not in ("default", ENCODER)]


def check_features(text: str) -> None:
    """Raise what is wrong with a text that is to describe features, before any are extracted or read.

    Raises
    ------
    UnknownName
        When it is neither an extractor nor the path of ready features.
    BadPlan
        When an option is bad.

    Examples
    --------
    >>> check_features("SERALv1")
    Traceback (most recent call last):
    seral_core.errors.UnknownName: extractor (or path to ready features: .npz, .npy, .csv, .arff, .parquet) ...
    """
    if own.is_own(text):
        own.found(text)
        return
    if is_extractor(text):
        extractor_from(text)
        return
    is_path = text.lower().endswith(SUFFIXES) or len(Path(text).parts) > 1
    if not (is_path or _present(text)):
        raise UnknownName(f"extractor (or path to ready features: {', '.join(SUFFIXES)})", text, extractors)


def holds_tables(folder: Path) -> bool:
    """Whether a folder holds tables of ready features, and no model.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> holds_tables(folder)
    False
    >>> (folder / "dev_1.arff").touch()
    >>> holds_tables(folder)
    True
    """
    if (folder / "config.json").exists():
        return False
    return any(path.suffix.lower() in TABLES for path in folder.rglob("*"))


def _is_model(name: str) -> bool:
    """Whether a name is that of a model's folder, or can be one at Hugging Face; ready features are files."""
    path = _present(name)
    if path is not None:
        return path.is_dir() and not (path / PARTITIONED).is_file() and not holds_tables(path)
    return bool(_AT_HUGGING_FACE.fullmatch(name)) and not name.lower().endswith(SUFFIXES)


def _present(name: str) -> Path | None:
    """Return the path that a text names, where there is one."""
    try:
        return placed(name) if name and placed(name).exists() else None
    except (OSError, RuntimeError, ValueError):  # too long for a name, or ~ of an unknown user: no path
        return None
