"""Long recordings: streamed by ranges, drawn by the server, and never decoded whole."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.errors import BadClip
from seral_dashboard import clips, projects, routes, routes_label
from seral_dashboard.overview import COLUMNS, overview
from tests.dashboard.label import Desk, Reply, project, serving
from tests.patience import PATIENCE

RATE_HZ, MINUTES = 48_000, 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A FLAC of twenty minutes in stereo: two seconds of a tone, then silence, which packs very well."""
    folder = tmp_path_factory.mktemp("long")
    tone = (9000 * np.sin(np.arange(2 * RATE_HZ) / 7)).astype(np.int16)
    with soundfile.SoundFile(folder / "long.flac", "w", RATE_HZ, 2) as file:
        file.write(np.stack([tone, -tone // 2], axis=1))
        for _ in range(MINUTES * 6):
            file.write(np.zeros((10 * RATE_HZ, 2), np.int16))
    return folder


def corpus_of(folder: Path) -> Corpus:
    return Corpus("long", pd.DataFrame(index=segment_index(["long.flac"])), rating_frame([]), (), folder)


@pytest.fixture
def address(folder: Path) -> str:
    return f"/api/clip/{clips.admit(str(folder), corpus_of(folder))}?id=long.flac"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving([*routes.ROUTES, *routes_label.ROUTES]) as port:
        yield port


@dataclass(frozen=True)
class Client:
    port: int

    def get(self, path: str, wanted: str = "", method: str = "GET", **headers: str) -> Reply:
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(line):
            line.request(method, path, headers={**({"Range": wanted} if wanted else {}), **headers})
            answer = line.getresponse()
            return Reply(answer.status, answer.headers, answer.read())


@pytest.fixture
def client(port: int) -> Client:
    return Client(port)


def peak_of(what: Callable[[], Any]) -> int:
    """Return how many bytes Python and numpy held at most."""
    tracemalloc.start()
    try:
        what()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_any_range_of_a_long_clip_is_that_part_of_the_wav(client: Client, folder: Path, address: str) -> None:
    samples, _ = soundfile.read(folder / "long.flac", frames=4 * RATE_HZ, dtype="int16")
    start = client.get(address, "bytes=0-400000")
    assert start.status == 206
    assert start.content[44:] == samples.tobytes()[: len(start.content) - 44]
    size = int(start.headers["content-range"].split("/")[1])
    assert size == 44 + 4 * RATE_HZ * (60 * MINUTES + 2)
    head = soundfile.info(io.BytesIO(start.content + bytes(1000)))
    assert (head.samplerate, head.channels, head.subtype) == (RATE_HZ, 2, "PCM_16")
    for first, last in ((40, 50), (43, 43), (44, 47), (381_001, 395_006)):
        part = client.get(address, f"bytes={first}-{last}").content
        assert part == start.content[first : last + 1]
    assert client.get(address, "bytes=-9").content == bytes(9)
    assert client.get(address, f"bytes={size}-").status == 416
    about = client.get(address, method="HEAD")
    assert (about.headers["content-length"], about.content) == (str(size), b"")


def test_memory_is_bounded_by_the_request_not_by_the_recording(folder: Path) -> None:
    sound = clips.sound(clips.admit(str(folder), corpus_of(folder)), "long.flac")
    assert not sound.whole
    assert peak_of(lambda: [len(part) for part in sound.read(0, 30_000_000)]) < 8_000_000
    assert peak_of(lambda: overview(sound)) < 16_000_000


def test_a_long_clip_is_drawn_by_the_server_in_bounded_size(client: Client, address: str) -> None:
    answer = client.get(f"{address}&draw=1")
    seen = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.content) < 200_000
    assert seen["seconds"] == 60 * MINUTES + 2
    assert len(seen["low"]) == len(seen["high"]) == COLUMNS
    assert seen["high"][0] == 1
    assert max(seen["high"][2:]) == 0


def test_a_rater_streams_a_long_clip_with_a_ticket_for_it_alone(
    client: Client, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = project(tmp_path, corpus=str(folder))
    desk = Desk(client.port, place)
    desk.get("next")
    base, stream = desk.place, desk.get("clip", segment="long.flac").json()["stream"]
    part = client.get(f"{base}/{stream}", "bytes=0-3")
    assert (part.status, part.content) == (206, b"RIFF")
    for forged in (stream.replace("long", "lang"), stream.replace("until=1", "until=2"), stream[:-1], "stream"):
        assert client.get(f"{base}/{forged}").status == 401
    assert client.get(f"{base}/{stream.replace('rater=anna', 'rater=ben')}").status == 401, "signed for another rater"
    late = time.time() + projects.TICKET_S + 1
    monkeypatch.setattr(projects.time, "time", lambda: late)
    assert client.get(f"{base}/{stream}").status == 401, "too old"
    monkeypatch.undo()
    with pytest.raises(BadClip, match="too long for a notebook"):
        projects.clip(place, "long.flac")
    seen = (folder / "long.flac").stat()
    os.utime(folder / "long.flac", ns=(seen.st_atime_ns, seen.st_mtime_ns - 1_000_000_000))
    assert client.get(f"{base}/{stream}", "bytes=9-").status == 422, "the rest of another recording is no part of it"
    fresh = desk.get("clip", segment="long.flac").json()["stream"]
    assert client.get(f"{base}/{fresh}", "bytes=0-3").status == 206


def test_a_clip_that_a_browser_kept_is_not_sent_again_unless_it_is_another_one_now(
    client: Client, address: str, folder: Path
) -> None:
    first = client.get(address, "bytes=0-3")
    tag = first.headers["etag"]
    assert client.get(address, **{"If-None-Match": tag}).status == 304
    assert client.get(address, **{"If-None-Match": f'"other", W/{tag}'}).status == 304  # as proxies ask that compress
    assert client.get(address, "bytes=4-7", **{"If-Range": tag}).status == 206
    seen = (folder / "long.flac").stat()
    os.utime(folder / "long.flac", ns=(seen.st_atime_ns, seen.st_mtime_ns - 1_000_000_000))
    assert client.get(address, "bytes=0-3", **{"If-None-Match": tag}).status == 206
    whole = client.get(address, "bytes=4-7", **{"If-Range": tag}, method="HEAD")
    assert whole.status == 200, "a range of another one is not put behind what was kept"


def test_what_is_missing_of_a_promised_clip_is_silence(folder: Path, tmp_path: Path) -> None:
    content = (folder / "long.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(content[: len(content) // 2])
    sound = clips.Sound(tmp_path / "cut.flac", 0, 60 * MINUTES * RATE_HZ, RATE_HZ, 2)
    last = 80_000_000
    assert sum(len(part) for part in sound.read(0, last)) == last + 1


def test_a_clip_longer_than_a_wav_file_can_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(tmp_path / "long.flac", np.zeros(8000), 8000)
    monkeypatch.setattr(clips, "frames_of", lambda _: 2**40)
    monkeypatch.setattr(clips, "WHOLE", 0)
    with pytest.raises(BadClip, match="more than a WAV file can hold"):
        clips.sound(clips.admit(str(tmp_path), corpus_of(tmp_path)), "long.flac")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are not to be seen here")
def test_a_recording_is_closed_as_soon_as_nobody_listens(folder: Path, address: str, port: int) -> None:
    def held() -> int:
        names = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        return sum(os.path.lexists(name) and os.readlink(name).endswith("long.flac") for name in names)

    gc.collect()
    gc.disable()
    try:
        lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
        for line in lines:
            line.sendall(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        until = time.monotonic() + PATIENCE
        while held() < 4 and time.monotonic() < until:
            time.sleep(0.01)
        for line in lines:
            line.close()
        while held() and time.monotonic() < until:
            time.sleep(0.01)
        assert held() == 0
    finally:
        gc.enable()
