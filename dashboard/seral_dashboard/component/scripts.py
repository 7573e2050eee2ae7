"""Which scripts make up which component, and their text: read in order, as one module."""

from __future__ import annotations

from functools import cache
from pathlib import Path

HERE = Path(__file__).parent

LABEL = (
    "look.js", "player.js", "plots.js", "transport.js", "kept.js", "draft.js", "outbox.js", "windows.js", "shelf.js",
    "keys.js", "choices.js", "scales.js", "pad.js", "manikins.js", "trace.js", "screen.js", "why.js", "beside.js",
    "progress.js", "held.js", "face.js", "label.js",
)  # fmt: skip
PHONE = ("look.js", "player.js", "plots.js", "transport.js", "kept.js", "outbox.js", "class_sound.js", "class_phone.js")
WALL = ("look.js", "player.js", "plots.js", "transport.js", "class_curves.js", "class_map.js", "class_wall.js")
SCRIPTS = {
    "clips": ("look.js", "player.js", "plots.js", "in_time.js", "clips.js", "clips_main.js"),
    "in_time": ("look.js", "player.js", "plots.js", "in_time.js", "clips.js", "run_in_time.js", "in_time_main.js"),
    "map": (
        "look.js", "player.js", "plots.js", "address.js", "in_time.js", "clips.js", "map.js", "pointer.js",
        "map_main.js",
    ),
    "map_widget": (
        "look.js", "player.js", "plots.js", "address.js", "transport.js", "in_time.js", "clips.js", "map.js",
        "pointer.js", "map_widget.js",
    ),
    "duel": (
        "look.js", "player.js", "plots.js", "address.js", "in_time.js", "clips.js", "map.js", "duel.js", "duel_main.js",
    ),
    "present": (
        "look.js", "player.js", "plots.js", "address.js", "in_time.js", "clips.js", "map.js", "pointer.js", "duel.js",
        "hear.js", "curves.js", "stage.js", "present_main.js",
    ),
    "present_key": ("whole.js", "present_key_main.js"),
    "label": (*LABEL, "label_main.js"),
    "label_page": (*LABEL, "label_page.js"),
    "label_widget": (*LABEL, "label_widget.js"),
    "class_phone": (*PHONE, "class_phone_main.js"),
    "class_wall": (*WALL, "class_wall_main.js"),
}  # fmt: skip


@cache
def script(name: str) -> str:
    """Return the module of a component.

    Examples
    --------
    >>> script("label_page").count("class LabelView")
    1
    """
    return "\n".join((HERE / part).read_text(encoding="utf-8") for part in SCRIPTS[name])


@cache
def style(label: bool = False) -> str:
    """Return the look of all components; with ``label``, that of the labelling view too."""
    return "\n".join((HERE / part).read_text(encoding="utf-8") for part in ("style.css", *["label.css"] * label))
