"""What the pages' components fetch: clips, lists of clips, maps and rounds.

All under ``/api``, for browsers that the gate knows (see `dashboard.access`); other sites' pages cannot read
answers. Besides, ``/run`` leads to the view Run.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard import atlas, clips, data, published, speech
from dashboard.access import NotAllowed
from dashboard.plain import finite
from seral_core.errors import BadStore, SeralError, UnknownName

_log = logging.getLogger("seral.dashboard")
PRIVATE = {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}

FRAMED = {
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; frame-ancestors 'self'",
}

Handler = Callable[[Request], Response]


def told(handler: Handler) -> Handler:
    """Answer errors with a sentence."""

    @wraps(handler)
    def safe(request: Request) -> Response:
        try:
            return handler(request)
        except NotAllowed as wrong:
            return JSONResponse({"error": str(wrong)}, 401, PRIVATE)
        except (UnknownName, clips.NotOpen) as wrong:
            return JSONResponse({"error": str(wrong)}, 404, PRIVATE)
        except BadStore as wrong:  # a full disk, say: whoever asked keeps the answer, and sends it again
            return JSONResponse({"error": str(wrong)}, 503, PRIVATE)
        except SeralError as wrong:
            return JSONResponse({"error": str(wrong)}, 422, PRIVATE)
        except Exception:
            _log.exception("request %s failed", request.url.path)
            sentence = f"this could not be loaded by a mistake in SERAL; details are in {data.log_path()}"
            return JSONResponse({"error": sentence}, 500, PRIVATE)

    return safe


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


@told
def figure(request: Request) -> Response:
    """An interactive figure of a recipe's report: its scripts run in a frame that may touch and ask nothing."""
    name = request.path_params["name"]
    found = next((one.html for one in published.report(published.trial(request.path_params["trial"]))
                  if one.html is not None and one.html.stem == name), None)  # fmt: skip
    if found is None:
        raise UnknownName("figure", name[:80], ())
    return Response(found.read_bytes(), 200, {**PRIVATE, **FRAMED, "Cache-Control": "no-store"}, "text/html")


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
    Route("/api/figure/{trial}/{name}", figure),
    Route("/api/rounds/{experiment}/{run}", rounds),
]
