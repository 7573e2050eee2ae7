"""How objects look in a notebook: a title and a few facts, as text that is never markup."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape


def look(title: str, facts: Mapping[str, object]) -> str:
    """Return a title and facts as HTML; a fact that is empty is left out.

    Examples
    --------
    >>> look("Corpus <toy>", {"clips": 4, "notes": ""})
    '<b>Corpus &lt;toy&gt;</b><table><tr><th>clips</th><td>4</td></tr></table>'
    """
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(fact))}</td></tr>"
        for name, fact in facts.items()
        if fact not in ("", None, (), [])
    )
    return f"<b>{escape(title)}</b>" + (f"<table>{rows}</table>" if rows else "")
