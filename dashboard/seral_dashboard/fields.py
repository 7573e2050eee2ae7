"""Several texts in one field of a form, with commas between; what holds a comma itself is in quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

#: Text in quotes, or anything up to the next comma.
_PART = re.compile(r'\s*("(?:[^"\\]|\\.)*"(?=\s*(?:,|$))|[^,]*)\s*(?:,|$)')


def joined(texts: Iterable[str]) -> str:
    r"""Return texts as one line; `parts` takes it apart again.

    Examples
    --------
    >>> print(joined(["0=anger", "angry, loud=anger", "calm\n2="]))
    0=anger, "angry, loud=anger", "calm\n2="
    """
    return ", ".join(json.dumps(text, ensure_ascii=False) if _needs_quotes(text) else text for text in texts)


def parts(line: str) -> tuple[str, ...]:
    r"""Return the texts in a line, without blanks around them; empty ones are left out.

    Examples
    --------
    >>> parts('0=anger, "angry, loud=anger",, say "so"=neutral')
    ('0=anger', 'angry, loud=anger', 'say "so"=neutral')
    """
    found = (_plain(match[1].strip()) for match in _PART.finditer(line))
    return tuple(text for text in found if text.strip())


def _needs_quotes(text: str) -> bool:
    return "," in text or '"' in text or not text.isprintable() or text != text.strip()


def _plain(text: str) -> str:
    if text[:1] != '"':
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text
