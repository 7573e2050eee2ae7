"""What the tests of the studio share: made-up projects, and raters who answer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seral_core.studio.session import Session
from seral_core.studio.testing import made_project

CLASSES = ("anger", "neutral", "sadness")


def truth(segment: str) -> str:
    """Class of a clip of a made-up project."""
    return CLASSES[int(Path(segment).stem) % 3]


def said(clip: dict[str, Any], value: object = None, target: str = "emotion", **more: Any) -> dict[str, Any]:
    """What a screen sends when a rater answers."""
    part = {"id": str(uuid.uuid4()), "target": target, "value": truth(clip["segment"]) if value is None else value}
    return {"shown": clip["shown"], "segment": clip["segment"], "answers": [part], "answered_at": time.time(), **more}


def skipped(clip: dict[str, Any]) -> dict[str, Any]:
    return {"shown": clip["shown"], "segment": clip["segment"], "kind": "skip"}


def label(session: Session, rater: str, n: int, answer: Callable[..., dict[str, Any]] = said) -> list[str]:
    """Answer the next ``n`` clips; return them."""
    heard = []
    for _ in range(n):
        clips = session.next(rater)["clips"]
        if not clips:
            break
        session.record(rater, answer(clips[0]))
        heard.append(clips[0]["segment"])
    return heard


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    def make(**how: Any) -> Path:
        return made_project(folder=tmp_path, **how)

    return make


@pytest.fixture
def session(project: Callable[..., Path]) -> Callable[..., Session]:
    """Make a session without a trainer."""

    def make(**how: Any) -> Session:
        return Session(project(**how), train=False)

    return make
