"""Bodies of requests: no longer than they may be, and here in time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

#: Seconds until a body must have come; pages give up after 15.
BODY_S = 30.0
#: Bytes in a second that even a slow line carries: pages wait so much longer for what is large.
SLOWEST = 50_000


class NoBody(Exception):
    """A body that did not arrive; ``answer`` is for a sender that is still there and may send it again."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


async def body_of(request: Request, most: int, *, known: bool = False) -> bytes | None:
    """Return the body of a request; None where it is longer than ``most`` bytes.

    Whoever is ``known`` has longer for a large one.

    Raises
    ------
    NoBody
        When the connection was cut, or the body is not here in time.
    """
    within_s = BODY_S + (most / SLOWEST if known else 0.0)
    try:
        async with asyncio.timeout(within_s):
            body = bytearray()
            async for part in request.stream():
                body += part
                if len(body) > most:
                    return None
            return bytes(body)
    except ClientDisconnect:
        raise NoBody(Response(status_code=400)) from None
    except TimeoutError:
        text = f"what was sent is not here after {within_s:.0f} s; send it again"
        raise NoBody(PlainTextResponse(text, 408, {"Connection": "close"})) from None
