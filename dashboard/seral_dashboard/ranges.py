"""A clip as an answer over HTTP: whole, or a range of its bytes, a block at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from seral_dashboard import clips

WAV = "audio/wav"


class _Parts(StreamingResponse):
    """Parts of a clip; the recording is closed as soon as nobody listens, as at each jump of a player."""

    def __init__(self, parts: Generator[bytes, None, None], *how: Any) -> None:
        super().__init__(parts, *how)
        self._close = parts.close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._close()


def streamed(request: Request, sound: clips.Sound, headers: Mapping[str, str]) -> Response:
    """Answer with the part of a clip that was asked for; only that is decoded, and no more once nobody listens.

    Parameters
    ----------
    request : Request
        May name a range.
    sound : Sound
        The clip.
    headers : mapping
        More headers.
    """
    size, about = sound.size, {**headers, **_ranged(sound.version)}
    if _is_known(request, about):
        return Response(None, 304, about)
    wanted = _asked(request, size, about)
    first, last = wanted or (0, size - 1)
    if first > last:
        return Response(b"", 416, {**about, "Content-Range": f"bytes */{size}"})
    about["Content-Length"] = str(last + 1 - first)
    if wanted:
        about["Content-Range"] = f"bytes {first}-{last}/{size}"
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return Response(None, status, about, WAV)
    return _Parts(sound.read(first, last), status, about, WAV)


def whole(request: Request, content: bytes, headers: Mapping[str, str]) -> Response:
    """Answer with a clip that is in memory, or a range of it."""
    size, about = len(content), {**headers, **_ranged(hashlib.blake2b(content, digest_size=16).hexdigest())}
    if _is_known(request, about):
        return Response(None, 304, about)
    wanted = _asked(request, size, about)
    if wanted is None:
        return Response(content, 200, about, WAV)
    first, last = wanted
    if first > last:
        return Response(b"", 416, {**about, "Content-Range": f"bytes */{size}"})
    about["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Response(content[first : last + 1], 206, about, WAV)


def _ranged(version: str) -> dict[str, str]:
    return {"Accept-Ranges": "bytes", **({"ETag": f'"{version}"'} if version else {})}


def _is_known(request: Request, about: Mapping[str, str]) -> bool:
    """Whether the browser kept this very clip."""
    kept = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    return bool(kept & {about.get("ETag", ""), "*"} - {""})


def _asked(request: Request, size: int, about: Mapping[str, str]) -> tuple[int, int] | None:
    """Return the range that is asked for; None for the whole, also where the range is of another clip."""
    of = request.headers.get("if-range", "")
    return None if of and of != about.get("ETag") else asked_range(request.headers.get("range", ""), size)


def asked_range(text: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of a range header; None for the whole; first > last where it does not fit.

    Examples
    --------
    >>> asked_range("bytes=10-19", 100), asked_range("bytes=-5", 100), asked_range("bytes=200-", 100)
    ((10, 19), (95, 99), (200, 99))
    """
    unit, _, span = text.partition("=")
    first, dash, last = (part.strip() for part in span.partition("-"))
    if unit.strip() != "bytes" or not dash or len(span) > 40 or "," in span:
        return None
    if not all(part == "" or part.isdecimal() for part in (first, last)):
        return None
    if not first:
        return (max(0, size - int(last)), size - 1) if last else None
    return int(first), min(int(last) if last else size - 1, size - 1)
