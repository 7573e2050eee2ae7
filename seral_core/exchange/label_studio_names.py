"""What Label Studio calls things: files behind its addresses, who annotated, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from seral_core.errors import BadLabel

#: What users call the field of a task that holds the recording.
AUDIO = ("audio", "url", "file", "sound", "wav")
#: Where Label Studio keeps what was uploaded to it; a server below another address adds that before it.
_UPLOADED = re.compile(r"(?:/data/upload/(?:\d+/)?|/[^#?]*/data/upload/\d+/(?=[0-9a-f]{8}-))(?:[0-9a-f]{8}-)?")
_OWN = re.compile(r"/data/upload/|/data/local-files/|/[^#?]*/data/(?:upload/\d+/[0-9a-f]{8}-|local-files/$)")


def file_of(address: str) -> str:
    """Return the file behind an address: without what Label Studio adds, and without what signs it for a day.

    Examples
    --------
    >>> file_of("/data/upload/1/1a2b3c4d-anna_01.wav"), file_of("/data/local-files/?d=study/a%20b.wav")
    ('anna_01.wav', 'study/a b.wav')
    >>> file_of("http://localhost:8080/data/upload/1/55555555-a.wav"), file_of("s3://bucket/a.wav")
    ('a.wav', 's3://bucket/a.wav')
    >>> file_of("https://example.org/label/data/upload/3/abcd1234-a.wav"), file_of("http://h/data/upload/b.wav")
    ('a.wav', 'b.wav')
    """
    path = address
    if re.match(r"https?://", address, re.IGNORECASE):
        parts = urlsplit(address)
        behind = address.partition("//")[2].removeprefix(parts.netloc)
        path = behind if _OWN.match(parts.path) else f"{parts.scheme}://{parts.netloc}{unquote(parts.path)}"
    if "/data/local-files/" in path:
        asked = urlsplit(path).query
        # A plus is a blank in old forms alone: who writes %20 for blanks means a plus.
        asked = asked.replace("+", "%2B") if "%20" in asked else asked
        return parse_qs(asked).get("d", [path])[0]
    return unquote(_UPLOADED.sub("", path)) if _UPLOADED.match(path) else path


def rater_of(who: Any) -> str:
    """Return the name of whoever annotated.

    Examples
    --------
    >>> rater_of(7), rater_of("7"), rater_of({"id": 3, "email": "r@example.org"}), rater_of(None)
    ('label-studio-7', 'label-studio-7', 'r@example.org', 'label-studio')
    """
    if isinstance(who, dict):
        return str(who.get("email") or rater_of(who.get("id")))
    if isinstance(who, float) and who.is_integer():
        who = int(who)
    if who is None or who == "":
        return "label-studio"
    return who if isinstance(who, str) and not who.isdecimal() else f"label-studio-{who}"


def time_of(raw: Any) -> float | None:
    """Return a time as seconds since the epoch.

    Examples
    --------
    >>> time_of("2024-03-01T10:00:00Z"), time_of("")
    (1709287200.0, None)
    """
    if not raw:
        return None
    time = datetime.fromisoformat(str(raw))
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def segment_of(data: Mapping[str, Any]) -> str:
    """Return which segment a task is about: SERAL's own name for it, or the file behind Label Studio's address.

    Examples
    --------
    >>> segment_of({"id": "3", "audio": "/data/upload/1/1a2b3c4d-anna_01.wav"})
    'anna_01.wav'
    """
    texts = {key: value for key, value in data.items() if isinstance(value, str) and value}
    for key in ("segment", *AUDIO, *texts):
        if key in texts:
            return texts[key] if key == "segment" else file_of(texts[key])
    raise BadLabel(f"a task has the data {str(data)[:80]}; expected the address of an audio file; add 'audio'")
