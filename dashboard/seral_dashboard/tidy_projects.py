"""Labelling projects, and the classes among them, get another name, or go to the bin with all their answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from seral_core.home import home
from seral_core.studio.project import editing, open_project, write_project
from seral_dashboard import classes, labelling, projects
from seral_dashboard.tidy import Shelf, Thrown, at_work, named


class Projects(Shelf):
    """Labelling projects. Raters' links open nothing while a project is in the bin, and work again when it is back."""

    @property
    def root(self) -> Path:
        """Where projects are kept unless somebody says otherwise."""
        return home("labels")

    def name_of(self, thrown: Thrown) -> str:
        """Return what people call a project."""
        return labelling.label_name(thrown.folder)

    def rename(self, folder: Path, wanted: str) -> Path:
        """Call a project something else, wherever it lies; its folder stays, so that links and stores do."""
        name = named(wanted)
        with editing(folder):
            write_project(folder, replace(open_project(folder), name=name))
        return folder

    @contextmanager
    def at_rest(self, folder: Path, done: str) -> Iterator[None]:
        """End the trainer, let go of the answers; `BadPlan` where a class goes on, or another process has it."""
        name = labelling.label_name(folder)
        with classes.closed(folder) as none_there, projects.closed(folder) as ours:
            if not none_there or not ours:
                raise at_work(name, done)
            yield
