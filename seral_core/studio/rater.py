"""Who labels: a name, and the secret of a link."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from seral_core.errors import BadPlan


@dataclass(frozen=True)
class Rater:
    """A person who labels: a name, which is in the store, and a secret, which is in the link.

    Examples
    --------
    >>> len(Rater.new("anna").secret) > 20
    True
    """

    name: str
    secret: str

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.secret.strip():
            raise BadPlan("a rater's name or secret is empty; expected both; correct that entry of studio.toml")

    @classmethod
    def new(cls, name: str) -> Rater:
        """Return a rater with a fresh secret."""
        if not name.strip() or len(name) > 80 or not name.isprintable():
            raise BadPlan(f"got rater {name!r:.90}; expected a name of 1 to 80 printable letters; choose another")
        return cls(name.strip(), secrets.token_urlsafe(24))
