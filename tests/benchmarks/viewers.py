"""People who watch the view Run: their browsers' half of Streamlit's protocol, without a browser."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


@dataclass
class Viewer:
    """One who opens a run's page and has its live part looked at again as often as the page asks for.

    Parameters
    ----------
    address : str
        Of the server, ``http://127.0.0.1:PORT``.
    cookie : str
        That the server knows, as ``name=value``.
    run : str
        Name of the experiment.
    """

    address: str
    cookie: str
    run: str
    #: Milliseconds from asking for the live part to having all of it.
    waits_ms: list[float] = field(default_factory=list)
    #: Bytes that came.
    bytes_in: int = 0
    _page: str = ""
    _fragments: dict[str, float] = field(default_factory=dict)
    _asked: float = 0.0

    async def watch(self, seconds: float) -> None:
        """Watch for so long."""
        where = self.address.replace("http", "ws") + "/_stcore/stream"
        told = {"Origin": self.address, "Cookie": self.cookie}
        async with websockets.connect(
            where, additional_headers=told, subprotocols=["streamlit"], max_size=None
        ) as line:  # type: ignore[list-item]
            await line.send(self._rerun())
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                try:
                    raw = await asyncio.wait_for(line.recv(), min(left, self._pause()))
                except TimeoutError:
                    if self._fragments and not self._asked and left > 0:
                        self._asked = time.monotonic()
                        for fragment in list(self._fragments):
                            await line.send(self._rerun(fragment))
                    continue
                self._hear(raw)

    def _pause(self) -> float:
        return min(self._fragments.values(), default=60.0) if not self._asked else 60.0

    def _hear(self, raw: Any) -> None:
        self.bytes_in += len(raw)
        said = ForwardMsg.FromString(raw)
        match said.WhichOneof("type"):
            case "new_session":
                self._page = said.new_session.page_script_hash
            case "auto_rerun":
                self._fragments = {said.auto_rerun.fragment_id: said.auto_rerun.interval}
            case "script_finished" if self._asked:
                self.waits_ms.append(1000 * (time.monotonic() - self._asked))
                self._asked = 0.0

    def _rerun(self, fragment: str = "") -> bytes:
        message = BackMsg()
        message.rerun_script.query_string = f"run={self.run}"
        message.rerun_script.page_script_hash = self._page
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        return message.SerializeToString()  # type: ignore[no-any-return]


async def watched(viewers: list[Viewer], seconds: float) -> None:
    """Have all of them watch at once."""
    await asyncio.gather(*(viewer.watch(seconds) for viewer in viewers))
