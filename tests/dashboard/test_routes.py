"""What components fetch: clips of opened corpora and nothing else."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pytest
import soundfile
import uvicorn
from starlette.applications import Starlette

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_dashboard import clips
from seral_dashboard.routes import ROUTES
from tests.patience import PATIENCE


@dataclass(frozen=True)
class Answer:
    status_code: int
    headers: Message
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Asks for paths exactly as they are written, as a hostile program would."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, params: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Answer:
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        line.request("GET", path + ("?" + urlencode(params) if params else ""), headers=headers or {})
        answer = line.getresponse()
        try:
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            line.close()


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=ROUTES), log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield Client(listener.getsockname()[1])
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    import pandas as pd

    tone = (0.5 * np.sin(np.arange(48_000) / 10)).astype(np.float32)
    (tmp_path / "audio" / "sub").mkdir(parents=True)
    soundfile.write(tmp_path / "audio" / "sub" / "a b#1.flac", np.stack([tone, -tone], axis=1), 48_000)
    soundfile.write(tmp_path / "secret.wav", tone, 48_000)
    index = segment_index(["sub/a b#1.flac", "sub/a b#1.flac"], [0.0, 0.25], [float("nan"), 0.5])
    return Corpus("two", pd.DataFrame(index=index), rating_frame([]), (), tmp_path / "audio")


def test_a_segment_of_a_flac_file_comes_as_wav(client: Client, corpus: Corpus) -> None:
    key = clips.admit("two", corpus)
    answer = client.get(f"/api/clip/{key}", params={"id": corpus.ids[1]})
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == "audio/wav"
    assert (rate, samples.shape) == (48_000, (12_000, 2))


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("nonsense", 200, slice(None)),
    ],
)
def test_a_range_of_bytes_can_be_asked_for(
    client: Client, corpus: Corpus, asked: str, status: int, part: slice
) -> None:
    address = f"/api/clip/{clips.admit('two', corpus)}?id={quote(corpus.ids[0])}"
    whole = client.get(address).content
    answer = client.get(address, headers={"Range": asked})
    assert answer.status_code == status
    assert answer.content == whole[part]


@pytest.mark.parametrize(
    "wanted", ["../secret.wav", "sub/../../secret.wav", "/etc/passwd", "secret.wav", "sub", "", "..%2Fsecret.wav"]
)
def test_what_is_no_segment_of_the_corpus_is_refused(client: Client, corpus: Corpus, wanted: str) -> None:
    key = clips.admit("two", corpus)
    absolute = str(Path(corpus.root or "").parent / "secret.wav")
    for name in (wanted, absolute):
        answer = client.get(f"/api/clip/{key}", params={"id": name})
        assert answer.status_code == 404
        assert "segment" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/api/clip/../../etc/passwd", "/api/clip/%2e%2e%2fsecret", "/api/clip/nobody?id=a"])
def test_a_corpus_that_was_not_opened_is_refused(client: Client, corpus: Corpus, path: str) -> None:
    assert client.get(path).status_code == 404
    assert "reload the page" in client.get("/api/clip/nobody?id=a").json()["error"]


def test_a_file_that_is_gone_is_named_in_a_sentence(client: Client, corpus: Corpus) -> None:
    key = clips.admit("gone", corpus)
    clips.recent.clear()
    (Path(corpus.root or "") / "sub" / "a b#1.flac").unlink()
    answer = client.get(f"/api/clip/{key}", params={"id": corpus.ids[0]})
    assert answer.status_code == 422
    assert answer.json()["error"] == "a b#1.flac does not exist; record it again or leave it out"


def test_the_map_and_the_rounds_join_by_id(client: Client, runs: Path, small_grid: Any) -> None:
    plan = small_grid().plans()[0]
    pool = client.get(f"/api/map/small/{plan.key}?layout=pca").json()
    rounds = client.get(f"/api/rounds/small/{plan.key}?after=-1").json()
    assert rounds["finished"]
    assert [frame["round"] for frame in rounds["rounds"]] == [0, 1, 2, 3]
    assert [len(frame["asked"]) for frame in rounds["rounds"]] == [10, 10, 10, 0]
    x = np.frombuffer(base64.b64decode(pool["x"]), "<f4")
    guess = np.frombuffer(base64.b64decode(rounds["rounds"][-1]["guess"]), "i1")
    assert len(pool["ids"]) == len(x) == len(guess)
    for frame in rounds["rounds"]:
        for row, answer in zip(frame["labelled"], frame["answers"], strict=True):
            assert pool["gold"][row] == answer


def test_rounds_have_two_doubts_which_do_not_depend_on_which_rounds_are_asked_for(
    client: Client, runs: Path, small_grid: Any
) -> None:
    from seral_dashboard import doubts

    plan = small_grid().plans()[0]
    every = client.get(f"/api/rounds/small/{plan.key}?after=-1").json()["rounds"]
    doubts.unknown_in.cache_clear()
    last = client.get(f"/api/rounds/small/{plan.key}?after=2").json()["rounds"]
    assert last[0]["unknown"] == every[-1]["unknown"] != every[1]["unknown"]
    for frame in every[1:]:
        parts = [np.frombuffer(base64.b64decode(frame[name]), "u1") for name in ("ambiguous", "unknown")]
        assert len(parts[0]) == len(parts[1]) == len(np.frombuffer(base64.b64decode(frame["sure"]), "u1"))
        assert len(set(parts[1].tolist())) > 1


def test_curves_on_the_map_are_of_the_same_seed_and_test_part(client: Client, runs: Path, small_grid: Any) -> None:
    from seral_dashboard import data

    plan = next(plan for plan in small_grid().plans() if plan.seed == 1)
    drawn = client.get(f"/api/map/small/{plan.key}", params={"layout": "pca"}).json()["curves"]
    scores = data.scores(data.experiment("small")).query("metric == 'uar' and seed == 1 and fold == 0")
    for curve in drawn:
        assert curve["mean"] == scores[scores["strategy"] == curve["name"]]["value"].round(4).tolist()
    assert {curve["name"] for curve in drawn} == {"margin", "random"}


def test_only_later_rounds_are_sent_when_earlier_ones_are_known(client: Client, runs: Path, small_grid: Any) -> None:
    plan = small_grid().plans()[0]
    rounds = client.get(f"/api/rounds/small/{plan.key}?after=1").json()
    assert [frame["round"] for frame in rounds["rounds"]] == [2, 3]


@pytest.mark.parametrize("path", ["/api/map/nothing/abc", "/api/rounds/small/abc", "/api/map/..%2f..%2fetc/abc"])
def test_an_unknown_run_is_refused_in_a_sentence(client: Client, runs: Path, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 422)
    if answer.status_code == 422:
        assert "choose one that the page offers" in answer.json()["error"]


def test_the_address_of_the_view_run_keeps_what_it_asks_for(client: Client) -> None:
    answer = client.get("/run?run=a%20b&new=1")
    assert answer.status_code == 307
    assert answer.headers["location"] == "/?run=a%20b&new=1"
    assert client.get("/run").headers["location"] == "/"


def test_the_server_answers_to_no_other_host_name(server: Any) -> None:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    with pytest.raises(HTTPError) as refused:
        urlopen(Request(f"{server.address}/api/clips/abc", headers={"Host": "evil.example"}), timeout=PATIENCE)
    assert refused.value.code == 400
