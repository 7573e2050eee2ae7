"""Labelling projects on made-up corpora, for examples and tests."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.studio.project import LabelProject, new_project
from seral_core.types import Floats

#: Frames per second of a made-up project that is traced, and how long its clips are.
TRACED_HZ, TRACED_S = 5.0, 8.0


def made_project(
    clips: int = 40,
    targets: tuple[str, ...] = ("emotion=anger,neutral,sadness",),
    folder: Path | None = None,
    raters: tuple[str, ...] = ("me",),
    **how: Any,
) -> Path:
    """Make a project on a table of clips without audio, with ready features that separate the classes.

    Parameters
    ----------
    clips : int
        How many; clip ``i`` is called ``0000.wav`` and so on.
    targets : tuple of str
        What is asked; the table's own labels are those of its first three classes in turn.
    folder : Path, optional
        Where; a temporary one where left out.
    raters : tuple of str
        Who labels.
    **how
        Further fields of `seral_core.studio.project.LabelProject`.

    Returns
    -------
    Path
        The project's folder.

    Examples
    --------
    >>> sorted(path.name for path in made_project(clips=6).parent.iterdir())
    ['clips.csv', 'features.npz', 'project']
    """
    root = Path(tempfile.mkdtemp()) if folder is None else folder
    names = [f"{i:04}.wav" for i in range(clips)]
    classes = np.arange(clips) % 3
    rng = np.random.default_rng(0)
    values = np.eye(3)[classes] @ rng.normal(size=(3, 8)) * 2 + rng.normal(size=(clips, 8))
    np.savez(root / "features.npz", ids=np.array(names), values=values)
    nouns = ("anger", "neutral", "sadness")
    lines = [f"{name},{i % 5},{nouns[c]}" for i, (name, c) in enumerate(zip(names, classes, strict=True))]
    (root / "clips.csv").write_text("file,speaker,emotion\n" + "\n".join(lines) + "\n", encoding="utf-8")
    how = {"features": str(root / "features.npz"), **how}
    new_project(root / "project", LabelProject(str(root / "clips.csv"), targets, **how), raters)
    return root / "project"


def answered(folder: Path, n: int, wrong: float = 0.0, rater: str = "me") -> Path:
    """Have a made-up rater answer ``n`` clips of a made-up project, a share of them wrongly; return the folder.

    Examples
    --------
    >>> from seral_core.studio.session import Session
    >>> Session(answered(made_project(clips=12), 5), train=False).progress("me")["answered"]
    5
    """
    import uuid

    from seral_core.studio.session import Session

    session, rng = Session(folder, train=False), np.random.default_rng(0)
    nouns = session.studio.task[0].classes
    for second in range(n):
        clip = session.next(rater)["clips"][0]
        true = int(Path(clip["segment"]).stem) % len(nouns)
        value = nouns[(true + int(rng.random() < wrong)) % len(nouns)]
        answer = {"id": str(uuid.uuid4()), "target": session.studio.task[0].name, "value": value}
        session.record(
            rater,
            {
                "shown": clip["shown"],
                "segment": clip["segment"],
                "answers": [answer],
                "answered_at": 1e9 + 3.0 * second,
            },
        )
    return folder


def traced_project(
    clips: int = 12,
    answered: int = 0,
    folder: Path | None = None,
    targets: tuple[str, ...] = ("arousal@5",),
    **how: Any,
) -> Path:
    """Make a project that asks for traces, on clips without audio, with ready frames that tell how arousal drifts.

    Parameters
    ----------
    clips, folder, targets, **how
        As in `made_project`.
    answered : int
        How many clips a made-up rater has traced, nearly as `true_curve` says.

    Examples
    --------
    >>> from seral_core.studio.session import Session
    >>> Session(traced_project(clips=4, answered=3), train=False).progress("me")["answered"]
    3
    """
    root = Path(tempfile.mkdtemp()) if folder is None else folder
    names = [f"{i:04}.wav" for i in range(clips)]
    curves, rng = [true_curve(name) for name in names], np.random.default_rng(0)
    values = np.concatenate([np.outer(curve, [1.0, -0.5, 0.0]) for curve in curves])
    values += rng.normal(0, 0.05, values.shape)
    bounds = np.arange(clips + 1) * len(curves[0])
    np.savez(root / "frames.npz", ids=np.array(names), values=values, bounds=bounds, rate_hz=TRACED_HZ)
    rows = [f"{name},{i % 5}" for i, name in enumerate(names)]
    (root / "clips.csv").write_text("file,speaker\n" + "\n".join(rows) + "\n", encoding="utf-8")
    how = {"features": str(root / "frames.npz"), "test_share": 0.0, **how}
    new_project(root / "project", LabelProject(str(root / "clips.csv"), targets, **how), ("me",))
    return trace_clips(root / "project", answered)


def true_curve(name: str) -> Floats:
    """Return how arousal drifts in a clip of a made-up project, of shape (frames,)."""
    at = np.arange(int(TRACED_HZ * TRACED_S)) / TRACED_HZ
    return np.asarray(0.8 * np.sin(at / 2 + int(Path(name).stem)), dtype=np.float64)


def trace_clips(folder: Path, n: int, rater: str = "me") -> Path:
    """Have a made-up rater trace the next ``n`` clips of a made-up project; return the folder."""
    import uuid

    from seral_core.studio.session import Session

    session = Session(folder, train=False)
    for _ in range(n):
        clip = session.next(rater)["clips"][0]
        for target in session.studio.task:
            samples = [[i / TRACED_HZ, float(v)] for i, v in enumerate(true_curve(clip["segment"]))]
            trace = {"id": str(uuid.uuid4()), "target": target.name, "samples": samples}
            session.trace(rater, {"shown": clip["shown"], "segment": clip["segment"], "answered_at": 1e9, **trace})
    return folder
