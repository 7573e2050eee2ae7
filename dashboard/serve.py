"""Start the dashboard: one process, pages and routes together, on this computer's own address unless it is shared."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dashboard.access import Gate, check_password
from dashboard.quick import answer_at_once
from seral_core.charts import ACCENT, INK
from seral_core.errors import BadPlan
from seral_core.folders import kind_of

LOCALHOST, EVERYWHERE = "127.0.0.1", "0.0.0.0"
PAGES = Path(__file__).with_name("app.py")

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
    "global.disableWidgetStateDuplicationWarning": True,
    "theme.base": "light",
    "theme.primaryColor": ACCENT,
    "theme.backgroundColor": "#FFFFFF",
    "theme.secondaryBackgroundColor": "#F3F6F7",
    "theme.textColor": INK,
    "theme.borderColor": "#D9E0E3",
    "theme.baseRadius": "8px",
    "theme.baseFontSize": 16,
}


def serve(
    port: int = 8501, place: Path | None = None, browser: bool = True, runs: Path | None = None, password: str = ""
) -> None:
    """Serve the dashboard until it is interrupted: on localhost, or with a password to the whole network.

    Parameters
    ----------
    port : int
        Wanted port; where it is taken, the next free one is used, and said.
    place : Path, optional
        What to show first: the folder of an experiment, a run or a labelling project, or recordings or a table.
    browser : bool
        Whether to open the user's browser.
    runs : Path, optional
        Where experiments are kept; left out: the ``runs`` folder of SERAL's home.
    password : str
        Shares the dashboard: other computers reach it, and must know this password, or have a rater's link,
        which opens the labelling view alone.

    Raises
    ------
    SeralError
        When ``place`` is neither an experiment nor a corpus, or no port is free.
    """
    from dashboard import data

    if runs is not None:
        os.environ["SERAL_RUNS"] = str(runs.resolve())
    if password:
        check_password(password)
    first = _first_page(place) if place is not None else ""
    free = free_port(port, EVERYWHERE if password else LOCALHOST)
    if free != port:
        print(f"port {port} is taken by another program; the dashboard uses {free} instead")
    _keep_log(data.log_path())
    _load()
    address = f"http://localhost:{free}/{first}"
    print(f"SERAL dashboard: {address}   (stop it with Ctrl-C; runs go on)", flush=True)
    if password:
        print(_shared(free), flush=True)
    os.environ["SERAL_SHARED"] = links_begin(free) if password else ""
    if browser:
        threading.Thread(target=_open_browser, args=(free, address), daemon=True).start()
    answer_at_once()
    where = {"server.address": EVERYWHERE} if password else {}
    _app(password).run(config={**SETTINGS, **where, "server.port": free, "server.headless": True})


def links_begin(port: int) -> str:
    """Return how addresses of this server begin, as other computers write them."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; asks which way out there is
            return f"http://{probe.getsockname()[0]}:{port}"
        except OSError:
            return f"http://{socket.gethostname()}:{port}"


def _shared(port: int) -> str:
    return (
        f"shared: others open {links_begin(port)} with the password; raters open their own links (view Label).\n"
        "What is sent is not encrypted: on a network that you do not trust, put a server with HTTPS before it."
    )


def _first_page(place: Path) -> str:
    from dashboard import data, speech, watching
    from seral_core.corpora.base import open_corpus

    match kind_of(place):
        case "stream":
            return "?" + urlencode({"stream": watching.show_too(place)})
        case "project":
            from dashboard import projects

            projects.studio(place.resolve())  # says at once what is wrong with it
            projects.remember(place)
            return "label?" + urlencode({"project": projects.key_of(place)})
        case "grid" | "run":
            return "?" + urlencode({"run": data.show_too(place)})
    open_corpus(place)  # says at once what is wrong with it
    return "corpus?" + urlencode({"corpus": speech.remember(str(place))})


def free_port(wanted: int, address: str = LOCALHOST, tries: int = 50) -> int:
    """Return the first free port from ``wanted`` on, or raise `BadPlan`.

    Examples
    --------
    >>> 1024 < free_port(8501) < 65536
    True
    """
    if not 0 < wanted < 65536:
        raise BadPlan(f"port is {wanted}; expected 1 to 65535; choose another one: --port 8501")
    for port in range(wanted, min(wanted + tries, 65536)):
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((address, port))
                return port
    raise BadPlan(f"no free port from {wanted} on; choose another one: seral dashboard --port 9000")


def _app(password: str = "") -> Any:
    import streamlit as st
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from dashboard.pages import show_error
    from dashboard.routes import ROUTES
    from dashboard.routes_label import ROUTES as LABEL_ROUTES

    # Other host names that point here (DNS rebinding) would let a web site read recordings. Where the dashboard is
    # shared, any name may be its own, and such a site lacks the cookie.
    alone = Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", LOCALHOST])
    guard = Middleware(Gate, password=password) if password else alone
    return st.App(PAGES, routes=[*ROUTES, *LABEL_ROUTES], middleware=[guard], on_script_error=show_error)


def _load() -> None:
    """Start a worker, and meanwhile load what the pages import, so that the first visit is quick.

    Not in a thread: two threads that import the same packages can block each other.
    """
    from dashboard.workers import crew

    crew().warm()
    import plotly.graph_objects  # noqa: F401
    import sklearn.ensemble  # noqa: F401

    import seral_core.runs.build  # noqa: F401


def _keep_log(path: Path) -> None:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log = logging.getLogger("seral")
    log.addHandler(handler)
    log.propagate = False


def _open_browser(port: int, address: str) -> None:
    """Open the page as soon as the server answers."""
    import time
    import webbrowser

    for _ in range(300):
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
            if probe.connect_ex((LOCALHOST, port)) == 0:
                webbrowser.open(address)
                return
        time.sleep(0.1)
