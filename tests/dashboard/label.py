"""What tests of the labelling view share: folders of recordings that nobody has labelled, and a server for raters."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import soundfile
import uvicorn
from starlette.applications import Starlette

from seral_core.store import Answer
from seral_core.studio.project import LabelProject, new_project
from seral_dashboard import projects
from seral_dashboard.routes_label import ROUTES
from tests.patience import PATIENCE

EMOTION = "emotion=anger,happiness,neutral,sadness"


def recordings(folder: Path, clips: int = 24, seconds: float = 0.5) -> Path:
    """Make a folder of noises that nobody has labelled."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    time = np.arange(int(8000 * seconds)) / 8000
    for i in range(clips):
        tone = np.sin(2 * np.pi * (150 + 20 * i) * time) * np.hanning(len(time))
        soundfile.write(folder / f"clip {i:02}.wav", 0.4 * tone + 0.02 * rng.normal(size=len(time)), 8000)
    return folder


def project(folder: Path, *targets: str, raters: tuple[str, ...] = ("anna", "ben"), **how: Any) -> Path:
    """Make a project on a folder of recordings of its own, and open it without a trainer."""
    clips = {name: how.pop(name) for name in ("clips", "seconds") if name in how}
    corpus = how.pop("corpus", None) or str(recordings(folder / "recordings", **clips))
    how = {"test_share": 0.0, **how}
    new_project(folder / "project", LabelProject(corpus, targets or (EMOTION,), **how), raters)
    projects.remember(folder / "project")
    projects.session((folder / "project").resolve(), train=False)
    return (folder / "project").resolve()


@dataclass(frozen=True)
class Desk:
    """One rater's way to a project: sends what it is given, as a hostile program would."""

    port: int
    folder: Path
    rater: str = "anna"

    @property
    def secret(self) -> str:
        return projects.studio(self.folder).rater(self.rater).secret

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.port}/rate/{self.secret}"

    @property
    def place(self) -> str:
        return f"/api/label/{projects.key_of(self.folder)}"

    @property
    def said(self) -> list[Answer]:
        """The valid answers of this rater."""
        return projects.session(self.folder).store.current(self.rater)

    def get(self, verb: str, **query: Any) -> Reply:
        return self.ask("GET", f"{self.place}/{verb}" + (f"?{urlencode(query)}" if query else ""))

    def post(self, verb: str, body: Any, **headers: str) -> Reply:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", f"{self.place}/{verb}", content, **headers)

    def ask(self, method: str, path: str, content: bytes | None = None, **headers: str) -> Reply:
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.secret}", **headers}
        with contextlib.closing(line):
            line.request(method, path, content, headers)
            answer = line.getresponse()
            return Reply(answer.status, answer.headers, answer.read())


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Message
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


@contextlib.contextmanager
def serving(routes: Any = ROUTES, app: Any = None) -> Iterator[int]:
    """Serve raters' routes in this process; yield the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        made = app or Starlette(routes=routes)
        server = uvicorn.Server(uvicorn.Config(made, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE)
