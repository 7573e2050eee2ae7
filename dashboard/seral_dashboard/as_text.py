"""Data as text: Streamlit takes every label, caption and message for Markdown, and names may hold anything.

For figures, `seral_core.figure_text` does the same.
"""

from __future__ import annotations

import re

#: Shown as nothing; ends what looks like a link, a logo or an arrow. Streamlit looks for these in
#: text where a backslash has done its work already. Commands that are quoted hold none, so that
#: they can be copied.
_JOINER = "\u2060"
_LOOKS = re.compile(
    r"(?<=http)s?:(?=//)|:(?=material/|[a-z+_-][\w+-]*:)|\bwww(?=\.)|(?<=[\w.+-])@(?=[\w-]+\.)|(?<!\S)(<->|->|<-|--|>=|<=|~=)(?!\S)",
    re.IGNORECASE,
)
_MARKS = re.compile(r"([\\`*_\[\]<>$~{}&|#]|:(?=[\w+/\-]))")
_STARTS = re.compile(r"^(\d*)([-+=.)])")


def escaped(text: object) -> str:
    r"""Return text so that Streamlit shows it as it is: no Markdown, picture, link, colour, icon or formula.

    Parameters
    ----------
    text : object
        Such as the name of a file, a speaker or a class, an error that quotes one, or what an
        address asks for. Lines become one.

    Examples
    --------
    >>> print(escaped("speaker *a* :red[b]"))
    speaker \*a\* \:red\[b\]
    >>> print(escaped("![x](http://example.org)").replace(_JOINER, "|"))
    !\[x\](http:|//example.org)
    """
    line = _LOOKS.sub(lambda found: found[0] + _JOINER, " ".join(str(text).split()))
    return _STARTS.sub(r"\1\\\2", _MARKS.sub(r"\\\1", line))


def code(text: object) -> str:
    """Return text in the letters of code, such as a path: between more backticks than it holds.

    Examples
    --------
    >>> code("runs/first"), code("a`b")
    ('`runs/first`', '`` a`b ``')
    """
    line = " ".join(str(text).split())
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence, gap = "`" * (longest + 1), " " * bool(longest)
    return f"{fence}{gap}{line}{gap}{fence}"
