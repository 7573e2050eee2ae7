"""Label in a notebook: the dashboard's own labelling view, which writes to the same store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from seral_core.errors import MissingExtra, SeralError


def label(project: Path | str, rater: str = "", *, train: bool = True) -> Any:
    """Show the labelling view of a project in Jupyter.

    Keys count while the widget has the focus: click into it once. Every answer is in the project's
    store before it is acknowledged, so the kernel may be stopped at any time.

    Parameters
    ----------
    project : Path or str
        Folder of a project, see `seral_core.studio.project.new_project`.
    rater : str
        Who labels; left out, the project's first rater.
    train : bool
        Whether the model learns in the background.

    Returns
    -------
    anywidget.AnyWidget
        Shown where it is a cell's last value.

    Raises
    ------
    MissingExtra
        When anywidget is not installed.
    SeralError
        When there is no such project or rater.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> widget = label(made_project(clips=6), train=False)
    >>> widget.reply("next", {"n": 2})["rater"]
    'me'
    """
    from seral_dashboard import projects

    folder = Path(project).resolve()
    session = projects.session(folder, train=train)
    who = session.studio.rater(rater) if rater else session.studio.raters[0]
    mark = hashlib.sha256(who.secret.encode()).hexdigest()[:12]
    return _widget_class()(folder, who.name, mark)


def mistake(wrong: Exception) -> str:
    """Return what a widget says where something went wrong that SERAL has no sentence for.

    Examples
    --------
    >>> mistake(KeyError("a.wav"))
    "the kernel could not answer (KeyError: 'a.wav'); its log shows where"
    """
    return f"the kernel could not answer ({type(wrong).__name__}: {wrong}); its log shows where"


@cache
def _widget_class() -> Any:
    """Return the widget's class; anywidget is needed from here on only."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise MissingExtra("labelling in a notebook", "anywidget", "notebook") from None
    from seral_dashboard.component.scripts import script, style

    class LabelWidget(anywidget.AnyWidget):
        """The labelling view of one rater, answered by messages to the kernel."""

        _esm = script("label_widget")
        _css = style(label=True)
        name = traitlets.Unicode().tag(sync=True)

        def __init__(self, folder: Path, rater: str, name: str) -> None:
            super().__init__(name=name)
            self.folder, self.rater = folder, rater
            self.on_msg(self._answer)

        def reply(self, verb: str, request: Mapping[str, Any]) -> Any:
            """Return what the project's session answers, as over HTTP."""
            from seral_dashboard import label_api, projects
            from seral_dashboard.jsonable import finite

            return finite(label_api.reply(projects.session(self.folder), self.rater, verb, request))

        def _answer(self, _: Any, asked: Mapping[str, Any], __: Any) -> None:
            from seral_dashboard import label_api, projects

            number, body = asked.get("number"), asked.get("body") or {}
            try:
                if asked.get("verb") == "clip":
                    projects.session(self.folder).check_given(self.rater, str(body.get("segment", "")))
                    self.send({"number": number}, [projects.clip(self.folder, str(body.get("segment", "")))])
                else:
                    self.send({"number": number, "content": self.reply(str(asked.get("verb")), body)})
            except SeralError as wrong:
                status, content = label_api.refusal(wrong)
                self.send({"number": number, "status": status, **content})
            except Exception as wrong:  # of whatever kind: the page keeps the answer, and says this
                self.send({"number": number, "status": 500, "error": mistake(wrong)})
                raise

    return LabelWidget
