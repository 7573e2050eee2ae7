"""Start the dashboard: one process, pages and routes together, on this computer's own address unless it is shared."""

from __future__ import annotations

import contextlib
import html
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from seral_core.charts import ACCENT, INK, PAPER
from seral_core.errors import BadPlan
from seral_core.files import write_text
from seral_core.folders import kind_of
from seral_core.guard import echo, for_terminal
from seral_core.home import home, placed
from seral_core.process import elsewhere
from seral_dashboard.access import Gate
from seral_dashboard.connections import be_polite
from seral_dashboard.dark import DARK, LINE, SOFT
from seral_dashboard.explicit import STRICT, only_ours
from seral_dashboard.keys import token
from seral_dashboard.ports import take_port
from seral_dashboard.reach import LOCALHOST, Reach

#: From how addresses of the server begin to lines that are printed when it is there.
Announced = Callable[[str], Iterable[str]]
PAGES = Path(__file__).with_name("app.py")

#: Of pages by day; by night each colour has another (see `seral_dashboard.dark`).
THEME = {
    "primaryColor": ACCENT, "backgroundColor": PAPER, "secondaryBackgroundColor": SOFT, "textColor": INK,
    "borderColor": LINE,
}  # fmt: skip
#: Nothing leaves this computer, nothing is watched or collected, and errors show no traceback.
SETTINGS: dict[str, Any] = {
    "server.address": LOCALHOST,
    "browser.serverAddress": "localhost",
    "browser.gatherUsageStats": False,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 100,
    "server.disconnectedSessionTTL": 30,
    "runner.postScriptGC": False,
    "runner.magicEnabled": False,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,
    "global.disableWidgetStateDuplicationWarning": True,
    **{f"theme.light.{name}": colour for name, colour in THEME.items()},
    **{f"theme.dark.{name}": DARK.get(colour, colour) for name, colour in THEME.items()},
    "theme.baseRadius": "8px",
    "theme.baseFontSize": 16,
}


def serve(
    port: int = 8501,
    place: Path | None = None,
    browser: bool = True,
    runs: Path | None = None,
    reach: Reach | None = None,
    announced: Announced | None = None,
    first: str = "",
) -> None:
    """Serve the dashboard until it is interrupted.

    Parameters
    ----------
    port : int
        Wanted port; where it is taken, the next free one is used, and printed.
    place : Path, optional
        What to show first: the folder of an experiment, a run or a labelling project, or recordings
        or a table.
    browser : bool
        Whether to open the user's browser.
    runs : Path, optional
        Where experiments are kept; left out: the ``runs`` folder of SERAL's home.
    reach : Reach, optional
        Who may come from where; left out: only the user of this computer, by the token in the
        printed address.
    first : str
        Address of what is shown first, where no place says so: ``present?story=demo``.

    Raises
    ------
    SeralError
        When ``place`` is neither an experiment nor a corpus, or no port is free.
    """
    place = placed(place) if place is not None else None
    if runs is not None:
        os.environ["SERAL_RUNS"] = str(placed(runs).resolve())
    with elsewhere():
        _serve(port, place, browser, reach or Reach(), announced or (lambda _: ()), first)


def _serve(port: int, place: Path | None, browser: bool, reach: Reach, announced: Announced, first: str) -> None:
    from seral_dashboard import data

    only_ours()
    first = _first_page(place) if place is not None else first
    free, held = take_port(port, reach.listens)
    if free != port:
        echo(f"port {port} is taken by another program; the dashboard uses {free} instead")
    _keep_log(data.log_path())
    _load()
    os.environ["SERAL_SHARED"] = "yes" if reach.password else ""
    os.environ["SERAL_ADDRESS"] = reach.address(free)  # as raters' links begin
    os.environ["FORWARDED_ALLOW_IPS"] = reach.trusted  # what uvicorn goes by
    be_polite()
    listening: list[int] = []

    def tell() -> None:
        listening.append(free)
        address = f"{reach.own(free)}/{first}{'&' if '?' in first else '?'}token={token()}"
        echo(f"SERAL dashboard: {address}   (stop it with Ctrl-C; runs go on)")
        for text in (*announced(reach.address(free)), *filter(None, [reach.greeting(free)])):
            echo(*text.split("\n"))
        if browser:
            threading.Thread(target=_open_browser, args=(address,), daemon=True).start()

    settings = {**SETTINGS, **STRICT, **reach.settings, "server.port": free, "server.headless": True}
    try:
        _app(free, reach, tell).run(config=settings)
    except SystemExit:
        if listening:
            raise
        raise BadPlan(
            f"another program took port {free} while the dashboard was starting; start it again, or choose another "
            f"port: --port {free + 1}"
        ) from None
    finally:
        if held is not None:
            held.close()


def _first_page(place: Path) -> str:
    from seral_core.corpora.base import open_corpus
    from seral_dashboard import data, speech, watching

    match kind_of(place):
        case "stream":
            return "?" + urlencode({"stream": watching.show_too(place)})
        case "project":
            from seral_core.studio.copies import take
            from seral_dashboard import projects

            if note := take(place.resolve(), projects.studio(place.resolve()).marks):  # says at once what is wrong
                echo(f"note: {note}")
            projects.remember(place)
            for note in projects.notes(place.resolve()):
                echo(f"note: {note}")
            return "label?" + urlencode({"project": projects.key_of(place)})
        case "grid" | "run":
            return "?" + urlencode({"run": data.show_too(place)})
    open_corpus(place)  # says at once what is wrong with it
    return "corpus?" + urlencode({"corpus": speech.remember(str(place))})


def _app(port: int, reach: Reach, tell: Callable[[], None]) -> Any:
    """Make the application; ``tell`` is called when the port is the server's own and nobody else's.

    Before that another user's program might take it, and the token would go there.
    """
    import streamlit as st
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from seral_dashboard import class_pages, routes, routes_class, routes_label, routes_wall
    from seral_dashboard.pages import show_error
    from seral_dashboard.stage import routes as routes_stage
    from seral_dashboard.stage.routes import Presenting

    guards = [
        Middleware(TrustedHostMiddleware, allowed_hosts=reach.hosts, www_redirect=False),
        Middleware(Gate, token=token(), port=port, password=reach.password, origin=reach.proxy),
        Middleware(Presenting),
    ]

    @contextlib.asynccontextmanager
    async def told(_app: object) -> AsyncIterator[None]:
        tell()
        yield

    rooms = (routes, routes_label, class_pages, routes_class, routes_wall, routes_stage)
    every = [route for room in rooms for route in room.ROUTES]
    return st.App(PAGES, routes=every, middleware=guards, on_script_error=show_error, lifespan=told)


def _load() -> None:
    """Start a worker, and meanwhile load what the pages import, so that the first visit is quick.

    Not in a thread: two threads that import the same packages can block each other.
    """
    from seral_dashboard.workers import crew

    crew().warm()
    import plotly.graph_objects  # noqa: F401
    import sklearn.ensemble  # noqa: F401

    import seral_core.runs.build  # noqa: F401


class Lines(logging.Formatter):
    """A line for each message, whatever names and texts of others are in it: a terminal may show the log."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line of a record."""
        return for_terminal(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return a traceback, each of its lines as text."""
        return "\n".join(map(for_terminal, super().formatException(ei).split("\n")))


def _keep_log(path: Path) -> None:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(Lines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log = logging.getLogger("seral")
    log.addHandler(handler)
    log.propagate = False


def _open_browser(address: str) -> None:
    """Open the page.

    By way of a file: what a program was started with, other users of this computer can read.
    """
    import webbrowser

    page = home() / "open.html"
    write_text(page, f'<meta http-equiv="refresh" content="0; url={html.escape(address)}">', mode=0o600)
    webbrowser.open(page.as_uri())
