"""How the letters of a text file are written: found out where one way makes sense of them, refused otherwise."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from itertools import islice
from pathlib import Path

from seral_core.errors import BadCorpus

#: How files of programs begin that people rename or cannot open as a table.
_KINDS = {
    b"PK\x03\x04": "a workbook of a spreadsheet",
    b"\xd0\xcf\x11\xe0": "a workbook of a spreadsheet",
    b"PAR1": "a parquet file",
    b"\x1f\x8b": "a packed file",
    b"{\rtf": "a text document",
    b"%PDF": "a PDF",
}
#: Signs that stand within no western word: another encoding's letters.
_SIGNS = re.compile(r"[^\W\d_][³£¹¿¯¢¥§¶¬]|[³£¹¿¶¬][^\W\d_]")
#: Bytes at the start of a file that say its encoding; those of UTF-16 begin UTF-32 too.
_MARKS = (
    *((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32")),
    *((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")),
)
#: A word with a letter beyond ASCII, and what may stand around it.
_FOREIGN = re.compile(r"[^\s,;|\"]*[^\x00-\x7f][^\s,;|\"]*")
_QUOTES = "“”„‘’‚«»‹›–—…"
#: What programs take UTF-8 for.
_TAKEN_FOR = ("cp1252", "latin-1", "mac-roman", "cp850", "cp1251")
#: Bytes that are read at once, and words of them that are looked at.
_BLOCK, _ENOUGH = 2**20, 5000
_REMEDY = "save it as 'CSV UTF-8' in the program that it is from"


def encoding_of(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return how the letters of a CSV are written.

    Parameters
    ----------
    path : Path
        A text file.

    Returns
    -------
    encoding : str
        As Python calls it.
    notes : tuple of str
        That it is a guess, or that letters were damaged before.

    Raises
    ------
    BadCorpus
        When no way of reading makes sense of them.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> _ = path.write_text("file,emotion", encoding="utf-32")
    >>> encoding_of(path)
    ('utf-32', ('the table was read as UTF-32, which it says it is',))
    """
    with path.open("rb") as file:
        head = file.read(5)
        kind = next((name for start, name in _KINDS.items() if head.startswith(start)), "")
        if kind:
            raise BadCorpus(f"{path} is {kind}; expected a table as text; save it as 'CSV UTF-8' in its program")
        marked = next((name for mark, name in _MARKS if head.startswith(mark)), "")
        if marked not in ("", "utf-8-sig"):
            return marked, (f"the table was read as {marked.upper()}, which it says it is",)
        decoder = codecs.getincrementaldecoder("utf-8")()
        notes: tuple[str, ...] = ()
        file.seek(0)
        try:
            while block := file.read(_BLOCK):
                notes = notes or _damaged(path, decoder.decode(block))
            decoder.decode(b"", final=True)
            return "utf-8-sig", notes
        except UnicodeDecodeError:
            file.seek(0)
            return "cp1252", (_western(path, file.read(_BLOCK)),)


def _damaged(path: Path, text: str) -> tuple[str, ...]:
    """Return a note on letters that another program read wrongly before it wrote them; raise where they are no text."""
    if "\0" in text:
        raise BadCorpus(f"{path} is written neither in UTF-8 nor with western letters; expected UTF-8; {_REMEDY}")
    words = (match[0].strip(_QUOTES) for match in _FOREIGN.finditer(text)) if not text.isascii() else ()
    for word in islice(words, _ENOUGH):
        if "\ufffd" in word:
            return (f"letters were lost before, such as in '{word}'; {_REMEDY}, where they are right",)
        if meant := _meant(word):
            return (f"letters were written wrongly before, such as '{word}' for '{meant}'; {_REMEDY}",)
    return ()


def _meant(word: str) -> str:
    """Return what a word was before its UTF-8 was misread, as ``Ã„rger`` was ``Ärger``; nothing where it is right.

    No other word makes sense on that way back: letters beyond ASCII that follow one another are no UTF-8.
    """
    for encoding in _TAKEN_FOR:
        with suppress(UnicodeError):
            meant = word.encode(encoding).decode("utf-8")
            if meant != word:
                return meant
    return ""


def _western(path: Path, raw: bytes) -> str:
    """Return the note for a table in Windows' encoding of western letters, or raise where that makes no sense of it."""
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    odd = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    foreign = sum(sum(letter > "\x7f" for letter in word) * 2 > len(word) for word in odd)
    if "\0" in text or not odd or foreign * 2 > len(odd) or _SIGNS.search(text):
        raise BadCorpus(f"{path} is written neither in UTF-8 nor with western letters; expected UTF-8; {_REMEDY}")
    return (
        f"the table is not in UTF-8 and was read as Windows-1252, such as '{odd[0]}'; if that is wrong, save it as CSV "
        "UTF-8"
    )
