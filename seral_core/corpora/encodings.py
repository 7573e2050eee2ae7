"""How the letters of a text file are written: found out where one way makes sense of them, refused otherwise."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
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
#: What stands within no western word and is another encoding's letter: signs; what Polish and Romanian ones become; and
#: what Turkish, Czech, Hungarian ones do, which only Icelandic, Catalan, Estonian words would hold.
_SIGNS = re.compile(
    r"[^\W\d_][³£¹¿¯¢¥§¶¬]|[³£¹¿¶¬][^\W\d_]|œ(?![uidsetcnv])|ã(?![oeisz]|\b)|[ðþý]"
    r"|[ìùò](?=[^\W\d_])|õ(?!e)",
    re.IGNORECASE,
)
#: Where marks of Windows-1252 stand that are letters of Mac Roman: don’t, l’ami, “so”, cœur.
_MARKS_IN_PLACE = re.compile(
    r"\b(?:[cdjlmnst]|\w*qu)’(?=\w)|(?<=\w)’(?:s|t|d|m|re|ve|ll)\b|(?<!\w)[‘“„‚](?=\w)|(?<=[\w.,!?…])[’”](?!\w)"
    r"|(?<!\w)[–—](?!\w)|…(?!\w)|œ(?=[uidsetcnv])",
    re.IGNORECASE,
)
#: Quotation marks of Windows-1252 as bytes: where they stand alone, they are letters of another encoding.
_QUOTE_BYTES = frozenset(b"\x82\x84\x8b\x91\x92\x93\x94\x9b")
#: Quoted as in German: the closing mark is an opening one elsewhere, and a letter of Mac Roman.
_QUOTED = re.compile(r"„[^„“\n]*“|‚[^‚‘\n]*‘")
#: Bytes at the start of a file that say its encoding; those of UTF-16 begin UTF-32 too.
_MARKS = (
    *((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32")),
    *((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")),
)
#: A word, and what may stand around it.
_WORD = re.compile(r"[^\s,;|\"]+")
_QUOTES = "“”„‘’‚«»‹›–—…"
#: What programs take UTF-8 for.
_TAKEN_FOR = ("cp1252", "latin-1", "mac-roman", "cp850", "cp1251")
#: Bytes that are read at once, and words of them that are looked at.
_BLOCK, _ENOUGH = 2**20, 5000
_REMEDY = "save it as 'CSV UTF-8' in the program that it is from"


def encoding_of(path: Path, *, what: str = "the table", remedy: str = _REMEDY) -> tuple[str, tuple[str, ...]]:
    """Return how the letters of a CSV are written, or of another text.

    Parameters
    ----------
    path : Path
        A text file.
    what : str
        What it is, for notes.
    remedy : str
        How to save it in UTF-8.

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
        head = file.read(64)
        kind = next((name for start, name in _KINDS.items() if head.startswith(start)), "")
        if kind:
            raise BadCorpus(f"{path} is {kind}; expected {what} as text; {remedy}")
        marked = next((name for mark, name in _MARKS if head.startswith(mark)), "")
        if marked not in ("", "utf-8-sig"):
            return marked, (f"{what} was read as {marked.upper()}, which it says it is",)
        if wide := _wide(head):
            return wide, (f"{what} was read as {wide.upper()}, as every second byte is empty",)
        decoder = codecs.getincrementaldecoder("utf-8")()
        notes: tuple[str, ...] = ()
        file.seek(0)
        try:
            while block := file.read(_BLOCK):
                notes = notes or _damaged(path, decoder.decode(block), remedy)
            decoder.decode(b"", final=True)
            return "utf-8-sig", notes
        except UnicodeDecodeError:
            file.seek(0)
            return _western(path, file.read(_BLOCK), what, remedy)


def _wide(head: bytes) -> str:
    """Return which UTF-16 a text is in that begins with plain letters and says nothing of it; empty for another one."""
    letters = {"utf-16-le": (head[::2], head[1::2]), "utf-16-be": (head[1::2], head[::2])}
    for name, (low, high) in letters.items():
        if len(low) > 3 and not any(high) and all(low):
            return name
    return ""


def _damaged(path: Path, text: str, remedy: str) -> tuple[str, ...]:
    """Return a note on letters that another program read wrongly before it wrote them; raise where they are no text."""
    if "\0" in text:
        raise BadCorpus(f"{path} is written neither in UTF-8 nor with western letters; expected UTF-8; {remedy}")
    words = (word.strip(_QUOTES) for word in _foreign(text)) if not text.isascii() else ()
    for word in islice(words, _ENOUGH):
        if "\ufffd" in word:
            return (f"letters were lost before, such as in '{word}'; {remedy}, where they are right",)
        if meant := _meant(word):
            return (f"letters were written wrongly before, such as '{word}' for '{meant}'; {_REMEDY}",)
    return ()


def _foreign(text: str) -> Iterator[str]:
    """Yield the words with a letter beyond ASCII."""
    return (word for match in _WORD.finditer(text) if not (word := match[0]).isascii())


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


def _western(path: Path, raw: bytes, what: str, remedy: str) -> tuple[str, tuple[str, ...]]:
    """Return the encoding of a text with western letters, and a note, or raise where that makes no sense of it.

    Letters of Windows-1252 are from C0 up, those of Mac Roman below A0.
    """
    shown = _QUOTED.sub(lambda quoted: quoted[0][1:-1], raw.decode("cp1252", errors="replace"))
    rest = _MARKS_IN_PLACE.sub("", shown).encode("cp1252", errors="replace")
    letters = [byte for byte in rest if byte > 0x7F]
    of_mac = 2 * sum(byte < 0xA0 for byte in letters) > len(letters)
    for encoding, name in (("mac-roman", "Mac Roman"), ("cp1252", "Windows-1252"))[not of_mac :]:
        with suppress(UnicodeDecodeError):
            text = raw.decode(encoding)
            odd = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
            foreign = sum(sum(letter > "\x7f" for letter in word) * 2 > len(word) for word in odd)
            if "\0" in text or foreign * 2 > len(odd) or _SIGNS.search(text):
                continue
            if not odd and (encoding != "cp1252" or _QUOTE_BYTES.intersection(letters)):
                continue
            example = odd[0] if odd else next(_foreign(text))
            return encoding, (
                f"{what} is not in UTF-8 and was read as {name}, such as '{example}'; if that is wrong, {remedy}",
            )
    raise BadCorpus(f"{path} is written neither in UTF-8 nor with western letters; expected UTF-8; {remedy}")
