"""What goes wrong in a route, as an answer: in full for the owner, and as much as a rater may see for a rater.

A rater sees no path, no address and nothing else of the computer that keeps the project; all of it
is in the log.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from seral_core.errors import BadClip, BadLabel, BadStore, SeralError, UnknownName
from seral_core.store import Away as DatabaseAway
from seral_core.studio.recordings import Away
from seral_core.studio.session import AWAY
from seral_dashboard import clips, data
from seral_dashboard.access import NotAllowed

_log = logging.getLogger("seral.dashboard")
#: For so many seconds the log does not repeat a line; of so many lines it is remembered.
QUIET_S, MOST_LINES = 60.0, 1000
_logged: dict[str, float] = {}
PRIVATE = {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}

Handler = Callable[[Request], Response]

_SENDER = "tell the person who sent you the link; the log there shows what went wrong"
NOT_STORED = f"answers cannot be stored just now; this page keeps them and sends them again; {_SENDER}"
NOT_REACHED = (
    "the database for answers is not reached just now; this page keeps yours, and sends them by itself as soon as it "
    "is; only if that takes long, tell the person who sent you the link"
)
NOT_PLAYED = f"this clip cannot be played: its recording is missing or damaged; skip it, and {_SENDER}"
NOT_OPEN = f"this project cannot be used just now; answers wait on this page and are sent again; {_SENDER}"
NOT_TRAINED = f"labelling goes on and every answer counts; {_SENDER}"


def answered_in_words(handler: Handler) -> Handler:
    """Answer errors with a sentence, for those who may see the whole dashboard."""
    return _answering(handler, _for_owner)


def told_to_raters(handler: Handler) -> Handler:
    """Answer errors with a sentence that a rater may see; see `for_rater`."""
    return _answering(handler, for_rater)


def for_rater(wrong: Exception) -> tuple[int, str]:
    """Return status and sentence of an error for a rater; one above 499 says that the same may be sent again.

    Only what is wrong with the rater's own request is shown in full.

    Examples
    --------
    >>> for_rater(BadLabel("plays is -1; expected a whole number of at least 0; correct it"))
    (422, 'plays is -1; expected a whole number of at least 0; correct it')
    >>> status, sentence = for_rater(BadStore("/home/anna/labels.sqlite: disk full"))
    >>> status, "/home" in sentence
    (503, False)
    """
    match wrong:
        case NotAllowed():
            return 401, str(wrong)
        case BadLabel():
            return 422, str(wrong)
        case UnknownName():
            return 404, f"this project has no {wrong.kind} {wrong.name!r:.80}; reload the page"
        case BadClip():
            return 422, NOT_PLAYED
        case DatabaseAway():
            return 503, NOT_REACHED
        case BadStore():
            return 503, NOT_STORED
        case Away():
            return 503, AWAY
        case SeralError() | OSError():
            return 503, NOT_OPEN
    return 500, NOT_OPEN


def trainer_for_rater(reply: Any) -> Any:
    """Return what a session replied, less why the model could not be trained: that names files of the owner's.

    Examples
    --------
    >>> shown = trainer_for_rater({"progress": {"trainer": {"state": "failed", "trouble": "/home/anna/run is full"}}})
    >>> shown["progress"]["trainer"]["trouble"]
    'labelling goes on and every answer counts; tell the person who sent you the link; the log there shows what ...'
    """
    if not isinstance(reply, Mapping):
        return reply
    clean = {name: trainer_for_rater(part) if name in ("progress", "trainer") else part for name, part in reply.items()}
    return {**clean, "trouble": NOT_TRAINED} if "trouble" in clean and "state" in clean else clean


def _for_owner(wrong: Exception) -> tuple[int, str]:
    match wrong:
        case NotAllowed():
            return 401, str(wrong)
        case UnknownName() | clips.NotOpen():
            return 404, str(wrong)
        case BadStore():  # a full disk, say: the page keeps the answer, and sends it again
            return 503, str(wrong)
        case SeralError():
            return 422, str(wrong)
        case OSError():
            where = f"{wrong.filename}: " if wrong.filename else ""
            return 503, f"{where}{wrong.strerror or wrong}; everything recorded is kept; check the path and its rights"
    return 500, f"this could not be loaded by a mistake in SERAL; details are in {data.log_path()}"


def _is_news(line: str) -> bool:
    """Whether the log does not say it already, as of a database that is away, for which every page asks again."""
    now = time.monotonic()
    if now - _logged.get(line, float("-inf")) < QUIET_S:
        return False
    if len(_logged) > MOST_LINES:
        _logged.clear()
    _logged[line] = now
    return True


def _answering(handler: Handler, sentence: Callable[[Exception], tuple[int, str]]) -> Handler:
    @wraps(handler)
    def safe(request: Request) -> Response:
        try:
            return handler(request)
        except Exception as wrong:
            status, text = sentence(wrong)
            if (status >= 500 or text != str(wrong)) and _is_news(f"{status} {wrong}"):
                _log.warning("request answered with %s: %s", status, wrong, exc_info=status == 500)
            return JSONResponse({"error": text}, status, PRIVATE)

    return safe
