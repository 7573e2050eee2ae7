"""openSMILE: an opt-in with a licence of its own."""

from __future__ import annotations

import builtins
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from seral_core.errors import MissingExtra
from seral_core.features import opensmile as wing
from seral_core.features.base import extractors

needs_opensmile = pytest.mark.skipif(
    importlib.util.find_spec("opensmile") is None, reason='openSMILE is not installed: pip install -e ".[opensmile]"'
)


@needs_opensmile
@pytest.mark.parametrize(("name", "count"), [("eGeMAPSv02", 88), ("ComParE_2016", 6373)])
def test_a_set_has_its_known_size(name, count, voice) -> None:
    made = extractors[name]()
    row = made(voice(150, 1.0))
    assert row.shape == (count,) == (len(made.names),)
    assert np.isfinite(row).all()


@needs_opensmile
def test_the_licence_is_printed_in_one_line_once_per_process() -> None:
    code = (
        "import numpy as np; from seral_core.features.base import extractors;"
        "tone = np.sin(np.arange(16000) / 10).astype('f4');"
        "[extractors['eGeMAPSv02']()(tone) for _ in range(2)]; extractors['ComParE_2016']().names"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == wing.LICENCE
    assert "commercial" in wing.LICENCE


def test_without_the_package_the_message_has_the_remedy(monkeypatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "opensmile":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    wing._smile.cache_clear()
    with pytest.raises(MissingExtra, match=r"'eGeMAPSv02' needs openSMILE: pip install \"seral-speech\[opensmile\]\""):
        extractors["eGeMAPSv02"]()(np.zeros(16_000, np.float32))


@needs_opensmile
@pytest.mark.parametrize("rate", [2, 10, 25])
def test_windows_are_the_functionals_of_the_seconds_around_each_frame(rate, voice) -> None:
    signal = np.concatenate([voice(120, 3.0), voice(240, 3.0)])
    made = extractors["egemaps-windows"](rate=rate)
    frames = made(signal)
    assert frames.shape == (6 * rate, 88) == (6 * rate, len(made.names))
    pitch = frames[:, made.names.index("F0semitoneFrom27.5Hz_sma3nz_amean")]
    assert np.allclose(pitch[: int(1.4 * rate)], pitch[0], atol=0.5)  # moved to lie within the recording
    assert abs(pitch[-1] - pitch[0] - 12) < (1 if rate > 2 else 2.5)  # of steps of half a second, one may be missing
    middle = (pitch[3 * rate - 1] + pitch[3 * rate]) / 2
    assert abs(middle - (pitch[0] + pitch[-1]) / 2) < 2  # half of each is heard where they meet


@needs_opensmile
@pytest.mark.parametrize("seconds", [0.1, 2.0, 3.04, 3.1])
def test_a_recording_about_as_short_as_a_window_has_finite_frames(seconds, voice) -> None:
    frames = extractors["egemaps-windows"]()(voice(150, seconds))
    assert len(frames) == int(seconds * 25 + 1e-3)
    assert np.isfinite(frames).all()
