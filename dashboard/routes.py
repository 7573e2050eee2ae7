"""What the pages' components fetch: clips, lists of clips, maps and rounds.

All under ``/api``, readable from this computer alone: the server listens on localhost, other host
names are refused, and other sites' pages cannot read answers. Besides, ``/run`` leads to the view Run.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dashboard import atlas, clips, speech
from dashboard.plain import finite
from dashboard.refusals import PRIVATE, told


@told
def clip(request: Request) -> Response:
    """One clip as WAV, whole or a range of bytes."""
    content = clips.wav(request.path_params["corpus"], request.query_params.get("id", ""))
    headers = {**PRIVATE, "Accept-Ranges": "bytes", "Cache-Control": "private, max-age=3600"}
    wanted = _range(request.headers.get("range", ""), len(content))
    if wanted is None:
        return Response(content, 200, headers, "audio/wav")
    first, last = wanted
    if first > last:
        return Response(b"", 416, {**headers, "Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], 206, headers, "audio/wav")


def _range(text: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of a range header; None for the whole; first > last where it fits not."""
    unit, _, span = text.partition("=")
    first, dash, last = span.partition("-")
    if unit.strip() != "bytes" or not dash or "," in span:
        return None
    if not all(part.strip() == "" or part.strip().isdecimal() for part in (first, last)):
        return None
    if not first.strip():
        return (max(0, size - int(last)), size - 1) if last.strip() else None
    return int(first), min(int(last) if last.strip() else size - 1, size - 1)


@told
def clip_list(request: Request) -> Response:
    """All clips of a corpus, column by column."""
    return as_json(speech.clip_columns(clips.admitted(request.path_params["corpus"])))


@told
def map_(request: Request) -> Response:
    """Where the clips of a run's pool lie, and what is known about them."""
    method = request.query_params.get("layout", "pca")
    return as_json(atlas.pool(request.path_params["experiment"], request.path_params["run"], method))


@told
def rounds(request: Request) -> Response:
    """What happened in a run, round by round."""
    after = request.query_params.get("after", "-1")
    number = int(after) if after.lstrip("-").isdecimal() else -1
    return as_json(atlas.rounds(request.path_params["experiment"], request.path_params["run"], number))


def run_view(request: Request) -> Response:
    """Lead ``/run``, with what it asks for, to the view Run: the first page has no address of its own."""
    return RedirectResponse(str(request.url.replace(path="/", scheme="", netloc="")) or "/", 307)


def as_json(content: Any) -> Response:
    """Answer with JSON that is not kept."""
    text = json.dumps(finite(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(text, 200, {**PRIVATE, "Cache-Control": "no-store"}, "application/json")


ROUTES = [
    Route("/run", run_view),
    Route("/api/clip/{corpus}", clip),
    Route("/api/clips/{corpus}", clip_list),
    Route("/api/map/{experiment}/{run}", map_),
    Route("/api/rounds/{experiment}/{run}", rounds),
]
