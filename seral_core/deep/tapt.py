"""Task adaptation pre-training: an encoder goes on learning, without labels, from the training speakers' clips alone.

The adapted model is a folder like any other, below ``models`` of SERAL's home, named after all it depends on.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from seral_core.deep.folder import CONFIG, PREPROCESSOR, WEIGHTS
from seral_core.deep.tapt_job import TaptJob
from seral_core.errors import BadCorpus, MissingExtra
from seral_core.features.cache import FeatureCache
from seral_core.files import remove, write_text
from seral_core.home import home
from seral_core.learners.base import Progress

#: What lies beside the weights of an adapted model: settings, losses by epoch, seconds.
HISTORY = "tapt.json"
#: Counts changes of what comes out.
VERSION = 1


class Adaptation(TaptJob):
    """An encoder that is adapted to clips, and where the adapted model is; see `TaptJob` for its parameters."""

    @property
    def folder(self) -> Path:
        """Where the adapted model is, or will be: named after model, clips, settings and seed."""
        about = self.about
        with FeatureCache() as cache:
            paths = {segment: self.corpus.path(segment) for segment in self.segments}
            contents = cache.contents({path for path, *_ in paths.values()})
        clips = sorted(f"{segment} {contents.get(path, '')}" for segment, (path, *_) in paths.items())
        said = json.dumps([VERSION, about.fingerprint, clips, asdict(self.full_settings), self.seed], sort_keys=True)
        stem = Path(self.model).name.replace("/", "--")
        return home("models") / f"{stem}-adapted-{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    @property
    def done(self) -> bool:
        """Whether the adapted model is there."""
        return (self.folder / HISTORY).is_file()

    def run(self) -> Iterator[Progress]:
        """Adapt the model, or go on where it was stopped; nothing is done where it is there already.

        Two processes that want the same model do not both train it: the second waits.

        Yields
        ------
        Progress
            After every step.

        Raises
        ------
        BadCorpus
            When there are too few clips.
        MissingExtra
            When torch is missing.
        """
        from filelock import FileLock, Timeout

        folder = self.folder
        if self.done:
            return
        if len(self.segments) < 4:
            raise BadCorpus(f"got {len(self.segments)} clips to adapt {self.model} to; expected at least 4; add some")
        lock = FileLock(str(folder.with_name(f".{folder.name}.lock")))
        while not self.done:
            try:
                lock.acquire(timeout=2)
            except Timeout:
                yield Progress(0.0, f"another process is adapting {self.model}")
                continue
            try:
                if not self.done:
                    yield from self._run(folder)
            finally:
                lock.release()

    def _run(self, folder: Path) -> Iterator[Progress]:
        try:
            from seral_core.deep.pretraining import Pretraining
        except ImportError:
            raise MissingExtra(f"adapting '{self.model}'", "torch and transformers", "deep") from None
        work = folder.with_name(f".{folder.name}.work")
        work.mkdir(exist_ok=True)
        begun_s, training = time.monotonic(), Pretraining(self, work)
        yield from training.run()
        before = self.about.folder
        for name in (CONFIG, PREPROCESSOR):
            if (before / name).is_file():
                shutil.copyfile(before / name, work / name)
        training.write(work / WEIGHTS)
        about = {
            "model": self.model, "clips": len(self.segments), "seed": self.seed, "settings": asdict(self.full_settings),
            "seconds": round(training.seconds_before + time.monotonic() - begun_s, 3), "epochs": training.history,
        }  # fmt: skip
        write_text(work / HISTORY, json.dumps(about, indent=1) + "\n")
        work.rename(folder)
        for left_over in ("checkpoint.pt", "codewords.npz"):
            remove(folder / left_over)


def history(folder: Path) -> dict[str, Any]:
    """Return what is known of an adaptation: ``model clips seed settings seconds epochs``; empty if nothing.

    Examples
    --------
    >>> history(Path("nowhere"))
    {}
    """
    path = folder / HISTORY
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}
