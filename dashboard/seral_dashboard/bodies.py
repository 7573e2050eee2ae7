"""Bodies of requests: no longer than they may be, and here in time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

#: Seconds until a body must have come; pages give up after 15.
BODY_S = 30.0


class NoBody(Exception):
    """A body that did not arrive; ``answer`` is for a sender that is still there and may send it again."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


async def body_of(request: Request, most: int) -> bytes | None:
    """Return the body of a request; None where it is longer than ``most`` bytes.

    Raises
    ------
    NoBody
        When the connection was cut, or the body is not here in time.
    """
    try:
        async with asyncio.timeout(BODY_S):
            body = bytearray()
            async for part in request.stream():
                body += part
                if len(body) > most:
                    return None
            return bytes(body)
    except ClientDisconnect:
        raise NoBody(Response(status_code=400)) from None
    except TimeoutError:
        text = f"what was sent is not here after {BODY_S:.0f} s; send it again"
        raise NoBody(PlainTextResponse(text, 408, {"Connection": "close"})) from None
