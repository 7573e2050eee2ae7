"""Bring a public corpus from its publisher to this computer: ``seral fetch emodb``."""

from __future__ import annotations

import errno
import json
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from seral_core.corpora.base import readers
from seral_core.corpora.catalogue import Source, fetched, sources
from seral_core.errors import BadCorpus, SeralError, UnknownName
from seral_core.files import DAMAGED, write_text
from seral_core.guard import echo
from seral_core.home import home

_BLOCK = 1 << 16
_TRIES = 3
_FULL = {errno.ENOSPC, errno.EDQUOT}
_WAIT_S = 30.0


def fetch(
    name: str, *, base_url: str | None = None, progress: bool = True, say: Callable[[str], object] | None = None
) -> Path:
    """Download and unpack a corpus, once; a download that broke off is continued.

    Parameters
    ----------
    name : str
        One of `seral_core.corpora.catalogue.sources`.
    base_url : str, optional
        Folder of a mirror that has the archive under its own name; left out: the publisher.
    progress : bool
        Whether to draw a bar on the error stream.
    say : callable, optional
        Told licence and citation before anything is downloaded; left out: the error stream.

    Returns
    -------
    Path
        The corpus's folder, for `seral_core.corpora.base.open_corpus`.

    Raises
    ------
    UnknownName
        When nobody knows where the corpus is.
    BadCorpus
        When it must be fetched by hand, the connection breaks, or the file is not the one that was
        published.

    Examples
    --------
    >>> fetch("savee")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: savee cannot be downloaded by a program; register at ...
    """
    if name not in sources:
        raise UnknownName("corpus", name, sources)
    source, place = sources[name], fetched(name)
    if place.is_dir():
        return place
    if not source.url:
        raise BadCorpus(f"{name} cannot be downloaded by a program; {source.by_hand}")
    url = f"{base_url.rstrip('/')}/{source.archive}" if base_url else source.url
    (say or _to_stderr)(terms(name, url))
    with _alone(name):
        if place.is_dir():  # another process has just brought it
            return place
        archive, checksum = _download(source, url, progress)
        _unpack(archive, place)
        archive.unlink(missing_ok=True)
        if not source.checksum:
            _trust(name, checksum)
    return place


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Hold a corpus's download: two that write to one part would mix."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(home() / f".fetching-{name}", timeout=0):
            yield
    except Timeout:
        raise BadCorpus(f"{name} is being fetched by another process already; wait for it to end") from None


def terms(name: str, url: str = "") -> str:
    """Return what a user must know before downloading a corpus: licence, citation, origin.

    Examples
    --------
    >>> print(terms("emodb"))
    emodb
      licence:  free for research
      cite:     Burkhardt et al., A database of German emotional speech, Interspeech 2005
      from:     http://emodb.bilderbar.info/download/download.zip
      checksum: the publisher gives none; the first download is trusted, later ones must agree with it
    """
    source, reader = sources[name], readers[name]
    check = source.checksum or "the publisher gives none; the first download is trusted, later ones must agree with it"
    return (
        f"{name}\n  licence:  {getattr(reader, 'licence', '')}\n  cite:     "
        f"{getattr(reader, 'citation', '')}\n  from:     {url or source.url or source.by_hand}\n  "
        f"checksum: {check}"
    )


def _to_stderr(text: str) -> None:
    echo(*text.split("\n"), err=True)


def _download(source: Source, url: str, progress: bool) -> tuple[Path, str]:
    """Return the archive, compared with the expected checksum by pooch, and its own."""
    import pooch

    expected = source.checksum or _trusted().get(source.name)
    folder = home("corpora")
    downloader = _Resuming(folder / f"{source.name}.part", progress)
    pooch.get_logger().setLevel("WARNING")  # `terms` and the bar show what it would log
    try:
        kept = pooch.retrieve(url, expected, f"{source.name}.zip", folder, downloader=downloader)
    except SeralError:
        raise
    except ValueError:  # pooch: the checksum differs
        raise BadCorpus(
            f"the file from {url} is not the {source.name} that was published: its checksum "
            f"differs from {expected}; it was deleted; try again later, or compare with the "
            "publisher's page"
        ) from None
    return Path(kept), f"sha256:{pooch.file_hash(kept, alg='sha256')}"


def _trusted() -> dict[str, str]:
    """Checksums of first downloads, by corpus."""
    file = home("corpora") / "checksums.json"
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise BadCorpus(f"{file} is damaged; expected checksums by corpus; delete it and fetch again") from None


def _trust(name: str, checksum: str) -> None:
    known = _trusted() | {name: checksum}
    write_text(home("corpora") / "checksums.json", json.dumps(known, indent=2) + "\n")


@dataclass(frozen=True)
class _Resuming:
    """A downloader for pooch that goes on where the last one stopped: the part stays under a name of its own."""

    part: Path
    progress: bool

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:
        for attempt in range(_TRIES):
            have = self._size()
            try:
                done = self._go_on(url)
            except HTTPError as why:
                raise BadCorpus(
                    f"{url} answered {why.code} {why.reason}; expected the archive; "
                    "try again later, or look at the publisher's page"
                ) from None
            except (URLError, HTTPException, OSError) as why:
                if getattr(why, "errno", None) in _FULL:
                    raise BadCorpus(f"the disk is full below {self.part.parent}; make room and fetch again") from None
                done, reason = False, str(getattr(why, "reason", why))
            else:
                reason = "the connection broke"
            if done:
                shutil.move(self.part, output_file)
                self._said.unlink(missing_ok=True)
                return
            if self._size() == have and attempt:
                break
        raise BadCorpus(
            f"{url} could not be read to the end ({reason}); {self._size() / 1e6:.1f} MB are kept; "
            "check the connection and run the same command again: it continues from there"
        )

    @property
    def _said(self) -> Path:
        """What the server calls the version of the file that the part is of."""
        return self.part.with_suffix(".part-of")

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _go_on(self, url: str) -> bool:
        """Fetch what is missing; return whether all is there."""
        from tqdm import tqdm

        have = self._size()
        of = self._said.read_text(encoding="utf-8") if have and self._said.exists() else ""
        headers = {"Range": f"bytes={have}-", **({"If-Range": of} if of else {})} if have else {}
        request = Request(url, headers=headers)
        try:
            answer = urlopen(request, timeout=_WAIT_S)
        except HTTPError as why:
            if why.code == 416 and have:  # more than all is here: start again
                self.part.unlink()
                return False
            raise
        with answer:
            if answer.status != 206:  # the server does not resume, or has another file now: start again
                have = 0
                tag = answer.headers.get("ETag") or ""
                version = answer.headers.get("Last-Modified") or "" if tag.startswith("W/") or not tag else tag
                self._said.write_text(version, encoding="utf-8")
            left = answer.headers.get("Content-Length")
            total = have + int(left) if left else None
            bar = tqdm(
                total=total, initial=have, unit="B", unit_scale=True, desc=self.part.stem, disable=not self.progress
            )
            with bar, self.part.open("ab" if have else "wb") as sink:
                while block := answer.read(_BLOCK):
                    sink.write(block)
                    bar.update(len(block))
        return total is None or self._size() == total


def _unpack(archive: Path, place: Path) -> None:
    """Unpack into ``place``, all or nothing."""
    fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        with zipfile.ZipFile(archive) as bundle:
            for member in bundle.infolist():
                _check_member(member, archive)
            _check_room(sum(member.file_size for member in bundle.infolist()), place.parent)
            bundle.extractall(fresh)
        fresh.chmod(0o755)
        fresh.replace(place)
    except BadCorpus:
        raise
    except DAMAGED as why:
        if isinstance(why, OSError) and why.errno:  # of the disk; decoders raise it too, without a number
            remedy = f"make room below {place.parent}" if why.errno in _FULL else "mend that"
            raise BadCorpus(f"{archive} could not be unpacked ({why}); {remedy} and fetch again") from None
        archive.unlink(missing_ok=True)
        raise BadCorpus(f"{archive} is no whole zip archive ({why}); it was deleted; fetch again") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _check_member(member: zipfile.ZipInfo, archive: Path) -> None:
    """Refuse an entry that would be written outside the folder, or is a link."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    if not path.parts and member.is_dir():
        return  # the folder itself
    if not path.parts or path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or is_link:
        archive.unlink(missing_ok=True)
        raise BadCorpus(
            f"{archive.name} has an entry '{member.filename}' that leads outside its folder, or "
            "has no name; expected plain files below it; nothing was unpacked and the archive was "
            "deleted: do not trust this source"
        )


def _check_room(needed: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise BadCorpus(
            f"the corpus needs {needed / 1e6:.0f} MB and {free / 1e6:.0f} MB are free below "
            f"{folder}; make room, or set SERAL_HOME to another disk"
        )
