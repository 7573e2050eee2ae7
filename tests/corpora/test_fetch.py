"""A corpus is brought once, whole and unharmed, from a server on this computer that misbehaves on request."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seral_core.corpora import fetch as module
from seral_core.corpora.base import open_corpus, readers
from seral_core.corpora.catalogue import fetched, sources
from seral_core.corpora.fetch import fetch, terms
from seral_core.errors import BadCorpus, UnknownName

CLIPS = ("wav/03a01Fa.wav", "wav/03a02Wb.wav", "wav/08b01Ta.wav")


def archive(*members: str, size: int = 100_000) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as bundle:
        for i, member in enumerate(members or CLIPS):
            bundle.writestr(member, bytes([i]) * size)
    return kept.getvalue()


@dataclass
class Publisher:
    """What the server does, and what it was asked."""

    url: str
    body: bytes = field(default_factory=archive)
    #: How many bytes each of the next answers gives before the connection breaks.
    breaks: list[int] = field(default_factory=list)
    resumes: bool = True
    tag: str = ""
    status: int = 0
    ranges: list[str] = field(default_factory=list)


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            state.ranges.append(asked)
            same = self.headers.get("If-Range", state.tag) == state.tag
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and state.resumes and same else 0
            rest = state.body[start:]
            if state.status or not rest:
                self.send_error(state.status or 416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(rest)))
            if state.tag:
                self.send_header("ETag", state.tag)
            self.end_headers()
            self.wfile.write(rest[: state.breaks.pop(0)] if state.breaks else rest)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Publisher(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()


def bring(publisher: Publisher, name: str = "emodb") -> Path:
    return fetch(name, base_url=publisher.url, progress=False, say=lambda _: None)


def expect(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    """Let the publisher of emodb have given the checksum of ``body``."""
    given = replace(sources["emodb"], checksum=f"md5:{hashlib.md5(body).hexdigest()}")
    monkeypatch.setitem(sources, "emodb", given)


def test_a_fetched_corpus_opens_by_its_name(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bring(publisher) == fetched("emodb")
    monkeypatch.chdir(tmp_path)
    assert open_corpus("emodb").ids == CLIPS


def test_fetching_again_asks_nobody(publisher: Publisher) -> None:
    bring(publisher)
    bring(publisher)
    assert publisher.ranges == [""]


def test_nothing_but_the_corpus_and_its_checksum_is_left_behind(publisher: Publisher) -> None:
    bring(publisher)
    assert sorted(p.name for p in fetched("emodb").parent.iterdir()) == ["checksums.json", "emodb"]


def test_licence_and_citation_are_shown_before_the_download(publisher: Publisher) -> None:
    told: list[tuple[str, int]] = []
    fetch("emodb", base_url=publisher.url, progress=False, say=lambda t: told.append((t, len(publisher.ranges))))
    text, requests_before = told[0]
    assert requests_before == 0
    assert "free for research" in text
    assert "Burkhardt" in text


def test_terms_go_to_the_error_stream_by_default(publisher: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    fetch("emodb", base_url=publisher.url, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "licence:" in err
    assert "100%" in err


def test_a_broken_connection_is_taken_up_where_it_broke(publisher: Publisher) -> None:
    publisher.breaks = [120_000]
    bring(publisher)
    assert publisher.ranges == ["", "bytes=120000-"]
    assert (fetched("emodb") / CLIPS[2]).read_bytes() == b"\x02" * 100_000


def test_the_next_command_continues_where_the_last_one_gave_up(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect(monkeypatch, publisher.body)
    publisher.breaks = [100_000, 50_000, 50_000]
    with pytest.raises(BadCorpus, match=r"0\.2 MB are kept; .*run the same command again"):
        bring(publisher)
    assert not fetched("emodb").exists()
    bring(publisher)
    assert publisher.ranges[-1] == "bytes=200000-"
    assert open_corpus(fetched("emodb")).ids == CLIPS


def test_a_server_that_cannot_resume_is_read_from_the_start(publisher: Publisher) -> None:
    publisher.resumes, publisher.breaks = False, [120_000]
    bring(publisher)
    assert open_corpus(fetched("emodb")).ids == CLIPS


def test_what_is_missing_of_a_file_that_was_replaced_is_not_put_behind_the_old_part(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TRIES", 1)
    publisher.tag, publisher.breaks = '"one"', [120_000]
    with pytest.raises(BadCorpus, match="continues from there"):
        bring(publisher)
    publisher.tag, publisher.body = '"two"', archive(*CLIPS, size=110_000)
    monkeypatch.setattr(module, "_TRIES", 3)
    bring(publisher)
    assert (publisher.ranges[-1], len(publisher.ranges)) == ("bytes=120000-", 2)
    assert {path.stat().st_size for path in fetched("emodb").rglob("*.wav")} == {110_000}


def test_two_that_fetch_at_once_do_not_mix(publisher: Publisher) -> None:
    with module._alone("emodb"), pytest.raises(BadCorpus, match="fetched by another process"):
        bring(publisher)
    bring(publisher)


def test_a_part_that_is_longer_than_the_archive_is_thrown_away(publisher: Publisher) -> None:
    part = fetched("emodb").with_name("emodb.part")
    part.write_bytes(b"x" * (len(publisher.body) + 1))
    bring(publisher)
    assert open_corpus(fetched("emodb")).ids == CLIPS


def test_another_archive_than_the_published_one_is_refused(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect(monkeypatch, archive("wav/03a01Fa.wav"))
    with pytest.raises(BadCorpus, match=r"checksum differs from md5:.*; it was deleted; try again later"):
        bring(publisher)
    assert list(fetched("emodb").parent.iterdir()) == []


def test_without_a_published_checksum_the_first_download_sets_it(publisher: Publisher) -> None:
    first = bring(publisher)
    first.rename(first.with_name("moved away"))
    publisher.body = archive("wav/03a01Fa.wav")
    with pytest.raises(BadCorpus, match="checksum differs from sha256:"):
        bring(publisher)


@pytest.mark.parametrize("member", ["../evil.wav", "/evil.wav", "wav/../../evil.wav", "..\\evil.wav", "C:\\evil.wav"])
def test_an_archive_that_leads_outside_is_refused(member: str, publisher: Publisher, tmp_path: Path) -> None:
    publisher.body = archive(CLIPS[0], member)
    with pytest.raises(BadCorpus, match=r"leads outside its folder.*do not trust this source"):
        bring(publisher)
    assert not list(tmp_path.rglob("*evil*"))
    assert not fetched("emodb").exists()


def test_an_archive_with_a_link_is_refused(publisher: Publisher) -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as bundle:
        link = zipfile.ZipInfo("wav/link.wav")
        link.external_attr = 0o120777 << 16
        bundle.writestr(link, "/etc/passwd")
    publisher.body = kept.getvalue()
    with pytest.raises(BadCorpus, match="leads outside its folder"):
        bring(publisher)


def test_what_is_no_archive_is_refused_and_deleted(publisher: Publisher) -> None:
    publisher.body = b"<html>Please log in</html>"
    with pytest.raises(BadCorpus, match="is no whole zip archive"):
        bring(publisher)
    publisher.body = archive()
    bring(publisher)


def test_a_damaged_archive_is_refused_however_it_is_packed(publisher: Publisher) -> None:
    for number, way in enumerate((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)):
        kept = io.BytesIO()
        with zipfile.ZipFile(kept, "w", way) as bundle:
            bundle.writestr("wav/03a01Fa.wav", bytes(range(256)) * 8)
        body = bytearray(kept.getvalue())
        body[54:84] = b"\xff" * 30
        publisher.body = bytes(body)
        with pytest.raises(BadCorpus, match="is no whole zip archive"):
            bring(publisher)
        assert not fetched("emodb").exists(), number


def test_an_archive_with_a_nameless_entry_is_refused(publisher: Publisher) -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as bundle:
        bundle.writestr("wav/03a01Fa.wav", b"")
        bundle.writestr("x", b"")
    publisher.body = kept.getvalue().replace(b"x", b"\0")
    with pytest.raises(BadCorpus):
        bring(publisher)


def test_a_page_that_is_gone_is_reported(publisher: Publisher) -> None:
    publisher.status = 404
    with pytest.raises(BadCorpus, match="answered 404 Not Found"):
        bring(publisher)


def test_no_server_at_all_is_refused_with_a_sentence(publisher: Publisher) -> None:
    with pytest.raises(BadCorpus, match=r"could not be read to the end .*check the connection"):
        fetch("emodb", base_url="http://127.0.0.1:9", progress=False, say=lambda _: None)


def test_a_disk_too_small_is_reported_before_unpacking(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(BadCorpus, match=r"needs 0 MB and 0 MB are free below .*SERAL_HOME"):
        bring(publisher)


@pytest.mark.parametrize(
    ("number", "sentence"), [(28, "full.* make room below .*fetch again"), (5, "full.* mend that and fetch again")]
)
def test_a_disk_that_fills_up_or_fails_while_unpacking_leaves_no_half_corpus(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, "full")

    monkeypatch.setattr(zipfile.ZipFile, "extractall", full)
    with pytest.raises(BadCorpus, match=f"could not be unpacked .*{sentence}"):
        bring(publisher)
    assert [p.name for p in fetched("emodb").parent.iterdir()] == ["emodb.zip"]


@pytest.mark.parametrize("name", ["cremad", "savee"])
def test_a_corpus_that_must_be_fetched_by_hand_says_how(name: str) -> None:
    with pytest.raises(BadCorpus, match=r"cannot be downloaded by a program; .* open (its|the) folder"):
        fetch(name)


def test_a_misspelt_corpus_gets_the_nearest_one() -> None:
    with pytest.raises(UnknownName, match="did you mean 'ravdess'"):
        fetch("ravdes")


def test_every_source_has_a_reader_with_licence_and_citation() -> None:
    for name in sources:
        assert readers[name].name == name
        assert "\n  licence:  \n" not in terms(name)
        assert "\n  cite:     \n" not in terms(name)
