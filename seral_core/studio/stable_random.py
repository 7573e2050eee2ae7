"""Drawing at random without a state: the same question has the same answer in every process."""

from __future__ import annotations

import hashlib


def stable_random(*parts: object) -> float:
    """Return a number in [0, 1) that is drawn at random, always the same for the same parts.

    Examples
    --------
    >>> stable_random(0, "test", "a.wav") == stable_random(0, "test", "a.wav") != stable_random(1, "test", "a.wav")
    True
    """
    digest = hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
