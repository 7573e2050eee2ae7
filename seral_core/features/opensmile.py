"""openSMILE's feature sets, eGeMAPSv02 and ComParE_2016, through the optional package of that name."""

from __future__ import annotations

import logging
import multiprocessing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import MissingExtra
from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.base import extractors
from seral_core.files import write_text
from seral_core.home import home

LICENCE = "openSMILE is free for research, teaching and private use; its licence forbids commercial use."


@dataclass(frozen=True)
class OpenSmile:
    """Functionals of one of openSMILE's sets.

    Parameters
    ----------
    set_name : str
        Name of the set, such as ``"eGeMAPSv02"``.
    windows : (float, float), optional
        Length of windows in seconds and how many there are per second; left out: the whole clip is one.

    Raises
    ------
    MissingExtra
        On first use, when openSMILE is not installed.

    References
    ----------
    .. [1] Eyben, Wollmer and Schuller, openSMILE: the Munich versatile and fast open-source audio
       feature extractor, ACM Multimedia 2010.

    Examples
    --------
    >>> OpenSmile("eGeMAPSv02").key, OpenSmile("eGeMAPSv02").rate_hz
    ('eGeMAPSv02', 16000)
    """

    set_name: str
    windows: tuple[float, float] | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """Name of the set."""
        return self.set_name

    @property
    def rate_hz(self) -> int:
        """16 kHz."""
        return RATE_HZ

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names as openSMILE gives them."""
        return tuple(_smile(self.set_name, None).feature_names)

    def __call__(self, signal: Signal) -> NDArray[np.float32]:
        """Return the features of one clip, of shape (features,)."""
        return self.rows(signal).reshape(-1)

    def rows(self, signal: Signal) -> NDArray[np.float32]:
        """Return the features of each window, of shape (windows, features)."""
        return np.asarray(_smile(self.set_name, self.windows).process_signal(signal, RATE_HZ), dtype=np.float32)


@extractors.register("eGeMAPSv02")
def egemaps() -> OpenSmile:
    """Extended Geneva minimalistic set, 88 functionals (Eyben et al. 2016); needs openSMILE, non-commercial.

    Returns
    -------
    OpenSmile
        openSMILE itself is asked for on first use.

    References
    ----------
    .. [1] Eyben et al., The Geneva minimalistic acoustic parameter set (GeMAPS) for voice research
       and affective computing, IEEE Transactions on Affective Computing 7(2), 2016.

    Examples
    --------
    >>> extractors["eGeMAPSv02"]()
    OpenSmile(set_name='eGeMAPSv02')
    """
    return OpenSmile("eGeMAPSv02")


@extractors.register("ComParE_2016")
def compare() -> OpenSmile:
    """Computational paralinguistics challenge set, 6373 functionals (Schuller et al. 2016); needs openSMILE.

    Returns
    -------
    OpenSmile
        openSMILE itself is asked for on first use.

    References
    ----------
    .. [1] Schuller et al., The INTERSPEECH 2016 computational paralinguistics challenge: deception,
       sincerity and native language, Interspeech 2016.

    Examples
    --------
    >>> extractors["ComParE_2016"]()
    OpenSmile(set_name='ComParE_2016')
    """
    return OpenSmile("ComParE_2016")


@cache
def _smile(set_name: str, windows: tuple[float, float] | None) -> Any:
    """Return the extractor of this process."""
    try:
        import opensmile
    except ImportError:
        raise MissingExtra(f"'{set_name}'", "openSMILE", "opensmile") from None
    _say_licence()
    options = {"frameModeFunctionalsConf": str(_configuration(*windows))} if windows else {}
    return opensmile.Smile(opensmile.FeatureSet[set_name], opensmile.FeatureLevel.Functionals, options=options)


def _configuration(window_s: float, rate_hz: float) -> Path:
    """Return a file that tells openSMILE to give functionals of windows at equal steps, which begin at 0."""
    conf = home("cache") / f"opensmile-{window_s:g}-{rate_hz:g}.inc"
    how = {"frameMode": "fixed", "frameSize": window_s, "frameStep": 1 / rate_hz, "frameCenterSpecial": "left"}
    write_text(conf, "".join(f"{name} = {value}\n" for name, value in how.items()))
    return conf


@cache
def _say_licence() -> None:
    """Print the licence in one line, once; worker processes do not, because their parent has."""
    if not multiprocessing.current_process().name.startswith("Loky"):
        logging.getLogger(__name__).warning(LICENCE)
