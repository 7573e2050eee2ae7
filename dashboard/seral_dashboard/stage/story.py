"""A story: scenes in order, read from a TOML file. A scene is an address of the dashboard and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from seral_core import toml
from seral_core.errors import BadPlan

SHIPPED = Path(__file__).with_name("demo.toml")
MOST_SCENES = 200


@dataclass(frozen=True)
class Scene:
    """One picture of a story.

    Parameters
    ----------
    at : str
        Address of a view, without the host: ``duel?run=demo&a=margin&b=random``.
    caption : str
        What stands below it.

    Examples
    --------
    >>> scene = Scene("duel?run=demo&a=margin&b=random")
    >>> scene.view, scene.asked["a"]
    ('duel', 'margin')
    >>> Scene("https://example.org/run")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: a scene is at 'https://example.org/run'; expected an address of this dashboard, ...
    """

    at: str
    caption: str = ""

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.at)
            outside = bool(parts.scheme or parts.netloc)
        except ValueError:
            outside = True
        if (
            outside
            or self.at.startswith(("/", "\\"))
            or self.at != self.at.strip()
            or any(ord(sign) < 32 for sign in self.at)
        ):
            raise BadPlan(
                f"a scene is at {self.at[:80]!r}; expected an address of this dashboard, without the host, such as "
                "duel?run=demo&a=margin&b=random; correct it"
            )

    @property
    def view(self) -> str:
        """Which view it shows: the word before the question mark."""
        return urlsplit(self.at).path or "run"

    @property
    def asked(self) -> dict[str, str]:
        """What the address says beyond the view."""
        return dict(parse_qsl(urlsplit(self.at).query))


@dataclass(frozen=True)
class Story:
    """Scenes in their order.

    Parameters
    ----------
    scenes : tuple of Scene
        At least one.
    title : str
        Of the whole.
    """

    scenes: tuple[Scene, ...]
    title: str = "SERAL"

    def __post_init__(self) -> None:
        if not 1 <= len(self.scenes) <= MOST_SCENES:
            raise BadPlan(
                f"the story has {len(self.scenes)} scenes; expected 1 to {MOST_SCENES}, each a [[scenes]] with at = "
                '"run?run=demo" and a caption; add or remove some'
            )


def read(path: Path) -> Story:
    """Return the story of a TOML file.

    Raises
    ------
    SeralError
        When the file is not one: what is wrong, and what to change.

    Examples
    --------
    >>> [scene.view for scene in read(SHIPPED).scenes][:2]
    ['hear', 'map']
    """
    return toml.build(Story, toml.read(path), f"in {path.name}, story entry")
