"""Labels of other tools, into and out of a project whose pool lies in partitions: as of one in memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.exchange import import_labels
from seral_core.exchange.asked import Asked
from seral_core.far.corpus import FarCorpus
from seral_core.studio import far_recordings
from seral_core.studio.opening import opened_project
from seral_core.studio.project import open_project
from seral_core.studio.recordings import recordings
from seral_core.studio.stores import store_of
from tests.far.test_far_labelling import in_parts

IDS = [
    *(f"wav/s{i}/{number:02}.wav" for i in range(4) for number in range(6)),
    *(f"{file}.wav#{i}.000-{i + 1}.000" for i in range(30) for file in ("long", "longer")),
    *("call.wav#ch1#0.000-1.000", "call.wav#ch2#0.000-1.000", "b.wav", "A B.wav"),
]
#: By id, by place, by a part of the path, unclear, in other folders, without odd letters, as a whole file, not at all.
THEIRS = (
    "wav/s0/00.wav", "s1/01.wav", "02.wav", "s9/03.wav", "a_b.flac", "b.wav#0.000-0.100", "long.wav#3.000-4.000",
    "x/longer.wav#7.000-8.000", "long.wav#7.500-9.000", "b.wav#ch2", "s0/00.wav", "there/none.wav",
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_set_is_kept_open() -> None:
    far_recordings.far_features.cache_clear()


def project(root: Path, ids: list[str], monkeypatch: pytest.MonkeyPatch, *, far: bool) -> Path:
    """Return a project of these clips, in memory or where they lie."""
    monkeypatch.setattr(far_recordings, "FEW_CLIPS", 0)
    features = in_parts(root / "set", ids, np.eye(len(ids), 4), each=1000)
    if not far:
        monkeypatch.setattr(far_recordings, "FEW_CLIPS", 10**9)
        lines = ["file,start,end"]
        for segment in ids:
            file, _, times = segment.rpartition("#") if segment[-1].isdigit() else (segment, "", "-")
            lines.append(",".join([file, *times.split("-")]))
        (root / "clips.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    wanted = {"targets": ("emotion=anger,fear",), "features": features}
    where = root if far else root / "clips.csv"
    return opened_project(str(where), wanted, project=root / "project")[0]


@pytest.mark.parametrize("beside", [False, True])
def test_labels_of_others_come_to_the_same_clips_with_the_same_sentences(
    beside: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {}
    for far in (True, False):
        root = tmp_path / ("far" if far else "near")
        for segment in ("b.wav", "wav/s0/00.wav", "long.wav", "call.wav", "A B.wav"):
            (root / segment).parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(root / segment, np.zeros((800, 2) if segment == "call.wav" else 800), 8000)
        folder = project(root, IDS, monkeypatch, far=far)
        studio = open_project(folder)
        corpus = recordings(studio)
        assert isinstance(corpus, FarCorpus) == far
        assert sorted(corpus.ids) == sorted(IDS)
        theirs = (root / "wav" if beside else tmp_path / "elsewhere") / "theirs.csv"
        theirs.parent.mkdir(exist_ok=True)
        lines = [f"{name},ann,{('fear', 'anger')[i % 2]}" for i, name in enumerate(THEIRS)]
        theirs.write_text("file,rater,emotion\n" + "\n".join(lines) + "\n", encoding="utf-8")
        store = store_of(folder, studio)
        done = import_labels(store, theirs, Asked(studio.task, lambda corpus=corpus: corpus))
        rows = [(row.segment, row.rater, row.value) for row in store.current()]
        found[far] = rows, done.read, done.new, done.fit, tuple(note.replace(str(root), "") for note in done.notes)
        to = root / "tiers.textgrid"
        said = CliRunner().invoke(commands, ["labels", "export", str(folder), "--to", str(to)])
        found[far] += (
            said.exit_code,
            str(said.exception).replace(str(root), ""),
            sorted(path.name for path in to.rglob("*.*")),
        )
    assert found[True] == found[False]
    rows, read, _, fit, notes, *_ = found[True]
    assert read == len(THEIRS)
    assert 0 < fit == len(rows) < read
    assert {"wav/s1/01.wav", "b.wav", "A B.wav", "longer.wav#7.000-8.000"} <= {segment for segment, _, _ in rows}
    said = " ".join(notes)
    assert "02.wav may be wav/s0/02.wav, wav/s1/02.wav, wav/s2/02.wav and 1 more" in said
    assert "s9/03.wav is not wav/s0/03.wav, wav/s1/03.wav and 2 more" in said
    assert "they name channels" in said


def test_memory_of_an_import_does_not_grow_with_the_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = []
    for clips in (4_000, 40_000):
        root = tmp_path / str(clips)
        root.mkdir()
        soundfile.write(root / "w0.wav", np.zeros(800), 8000)
        soundfile.write(root / "w1.wav", np.zeros(800), 8000)
        folder = project(root, [f"w{i % 2}.wav#{i}.000-{i + 1}.000" for i in range(clips)], monkeypatch, far=True)
        studio = open_project(folder)
        corpus = recordings(studio)
        corpus.table.lookup  # noqa: B018  8 bytes a clip, sorted once
        names = [f"at/w{i % 2}.wav#{i}.000-{i + 1}.000" for i in range(50)] + ["at/w1.wav#5.500-6.000", "at/w7.wav"]
        lines = "".join(f"{name},ann,fear\n" for name in names)
        (tmp_path / "theirs.csv").write_text("file,rater,emotion\n" + lines, encoding="utf-8")
        tracemalloc.start()
        done = import_labels(store_of(folder, studio), tmp_path / "theirs.csv", Asked(studio.task, lambda c=corpus: c))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (done.read, done.fit) == (52, 50)
    assert peaks[1] < peaks[0] + 1_000_000  # a set of the larger pool's ids alone has 4 MB
