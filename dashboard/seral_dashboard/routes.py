"""What the pages' components fetch: clips, lists of clips, maps and rounds.

All under ``/api``, for browsers that the gate knows (see `seral_dashboard.access`); other sites' pages
cannot read answers. Besides, ``/run`` leads to the view Run.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from seral_core.errors import UnknownName
from seral_dashboard import clips, in_time, ranges, recipe_runs, run_map, speech
from seral_dashboard.figures import redrawn
from seral_dashboard.jsonable import finite
from seral_dashboard.overview import overview
from seral_dashboard.refusals import PRIVATE, answered_in_words

FRAMED = {
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; frame-ancestors 'self'",
}


@answered_in_words
def clip(request: Request) -> Response:
    """One clip as WAV, whole or a range of bytes; with ``draw``, of a long one what it looks like."""
    key, segment = request.path_params["corpus"], request.query_params.get("id", "")
    headers = {**PRIVATE, "Cache-Control": "private, no-cache"}
    sound = clips.sound(key, segment)
    if sound.whole:
        return ranges.whole(request, clips.wav(sound), headers)
    if "draw" in request.query_params:
        return as_json(overview(sound))
    return ranges.streamed(request, sound, headers)


@answered_in_words
def clip_list(request: Request) -> Response:
    """All clips of a corpus, column by column."""
    return as_json(speech.clip_columns(clips.admitted(request.path_params["corpus"])))


@answered_in_words
def map_(request: Request) -> Response:
    """Where the clips of a run's pool lie, and what is known about them."""
    method = request.query_params.get("layout", "pca")
    return as_json(run_map.pool(request.path_params["experiment"], request.path_params["run"], method))


@answered_in_words
def rounds(request: Request) -> Response:
    """What happened in a run, round by round."""
    after = request.query_params.get("after", "-1")
    number = int(after) if after.removeprefix("-").isdecimal() and len(after) < 10 else -1
    return as_json(run_map.rounds(request.path_params["experiment"], request.path_params["run"], number))


@answered_in_words
def in_time_of_corpus(request: Request) -> Response:
    """Raters and gold of a recording of a corpus with traces."""
    asked, corpus = request.query_params, clips.admitted(request.path_params["corpus"])
    return as_json(in_time.of_corpus(corpus, asked.get("id", ""), asked.get("target", "")))


@answered_in_words
def in_time_of_run(request: Request) -> Response:
    """Which recordings of a run on traces can be shown; with ``id``, what is drawn of one."""
    asked, run = request.query_params, (request.path_params["experiment"], request.path_params["run"])
    if "id" not in asked:
        return as_json(in_time.of_run(*run))
    return as_json(in_time.of_run_recording(*run, asked["id"], asked.get("target", "")))


@answered_in_words
def figure(request: Request) -> Response:
    """An interactive figure of a recipe's report, drawn anew in a frame that may touch and ask nothing."""
    name = request.path_params["name"]
    report = recipe_runs.report(recipe_runs.trial(request.path_params["trial"]))
    found = next((one.html for one in report if one.html is not None and one.html.stem == name), None)
    if found is None:
        raise UnknownName("figure", name[:80], ())
    return Response(redrawn(found), 200, {**PRIVATE, **FRAMED, "Cache-Control": "no-store"}, "text/html")


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
    Route("/api/in-time/{corpus}", in_time_of_corpus),
    Route("/api/in-time/{experiment}/{run}", in_time_of_run),
    Route("/api/map/{experiment}/{run}", map_),
    Route("/api/figure/{trial}/{name}", figure),
    Route("/api/rounds/{experiment}/{run}", rounds),
]
