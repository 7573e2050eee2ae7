"""Feature sets on disk, in object stores and as users' parquet: written, read, and refused where damaged."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cloudpickle
import numpy as np
import pandas as pd
import pytest

from seral_core.errors import BadFeatures
from seral_core.far.description import NAME
from seral_core.far.opening import is_far, open_far
from seral_core.far.parts import forget_files, ids_name, values_name
from seral_core.far.place import Place
from seral_core.far.table import KEPT_BYTES, FarTable
from seral_core.far.writing import Writer, problems_of
from seral_core.features.normaliser import Normaliser
from seral_core.features.table import FeatureTable
from seral_core.strategies.space import z_scored
from tests.far.pools import values_of, written

VALUES = values_of(1000)


@pytest.mark.parametrize("address", ["", "memory://bucket/features"])
def test_rows_are_found_by_number_and_by_id(tmp_path: Path, address: str) -> None:
    far, near = written(address or tmp_path, VALUES, each=300)
    rows = np.random.default_rng(0).permutation(1000)[:200]
    for found, wanted in ((far.take(rows), near.take(rows)), (far.only(near.ids[5:9]), near.only(near.ids[5:9]))):
        assert found.ids == wanted.ids
        assert np.array_equal(found.values, wanted.values)
    assert far.rows(near.ids).tolist() == list(range(1000))
    assert list(far.ids) == list(near.ids)
    assert "clip7.wav" in far
    assert "nowhere.wav" not in far
    assert 7 not in far
    with pytest.raises(BadFeatures, match=r"no features for 1 of 2 segments, first 'nowhere\.wav'"):
        far.rows(["clip3.wav", "nowhere.wav"])
    copy = cloudpickle.loads(cloudpickle.dumps(far))
    assert copy.fingerprint == far.fingerprint
    assert np.array_equal(copy.take(rows).values, near.values[rows])
    assert len(cloudpickle.dumps(far)) < 20_000


def test_mean_and_spread_are_those_of_all_rows(tmp_path: Path) -> None:
    far, near = written(tmp_path, VALUES, each=300)
    assert far.mean is not None
    assert far.std is not None
    np.testing.assert_allclose(far.mean, near.values.mean(axis=0, dtype=float), rtol=1e-12)
    np.testing.assert_allclose((near.values[:3] - far.mean) / far.std, z_scored(near.values)[:3], rtol=1e-5)


def test_a_part_of_a_set_has_its_own_rows_and_fingerprint(tmp_path: Path) -> None:
    far, near = written(tmp_path, VALUES, each=300)
    rows = np.flatnonzero(np.arange(1000) % 3 > 0)
    part = far.among(rows)
    assert part.fingerprint not in (far.fingerprint, far.among(rows[1:]).fingerprint)
    assert np.array_equal(part.take(np.arange(len(part))).values, near.values[rows])
    assert part.rows([near.ids[4]]).tolist() == [rows.tolist().index(4)]
    assert near.ids[3] not in part
    twice = part.among(np.array([0, 500]))
    assert list(twice.ids) == [near.ids[rows[0]], near.ids[rows[500]]]


def test_a_set_on_the_scale_of_a_pool_is_that_in_memory(tmp_path: Path) -> None:
    far, near = written(tmp_path, VALUES, each=300)
    scale = Normaliser.fit(near, [None] * 1000, np.arange(500), speakers=False)
    done, wanted = far.scaled(scale), scale.of(near, [None] * 1000)
    assert done.normalised == wanted.normalised
    assert done.fingerprint != far.fingerprint
    assert np.array_equal(done.take(np.arange(1000)).values, wanted.values)
    assert np.array_equal(done.blocks[1].table().values, wanted.values[300:600])


def test_half_precision_is_read_as_float32(tmp_path: Path) -> None:
    writer = Writer(Place(str(tmp_path)), dtype="float16")
    writer.write(0, ["a", "b"], VALUES[:2])
    table = open_far(writer.finish(1).address)
    assert table.take([1]).values.dtype == np.float32
    assert np.array_equal(table.take([1]).values[0], VALUES[1].astype(np.float16).astype(np.float32))
    with pytest.raises(BadFeatures, match="features of 'c' are not finite as float16"):
        writer.write(1, ["c"], np.full((1, 12), 1e6))


def test_a_set_is_whole_or_says_what_is_missing(tmp_path: Path) -> None:
    writer = Writer(Place(str(tmp_path)), each=2, key="one")
    writer.write(0, ["a", "b"], np.eye(2), [("z.wav", "is silent")])
    assert not is_far(tmp_path)
    with pytest.raises(BadFeatures, match="not finished"):
        open_far(tmp_path)
    assert not Writer(Place(str(tmp_path)), each=2, key="two").has(0)
    writer.write(1, ["c"], np.ones((1, 2)))
    table = open_far(writer.finish(2).address)
    assert is_far(tmp_path)
    assert problems_of(Place(str(tmp_path)), 2) == [("z.wav", "is silent")]
    for name, break_it in (
        (values_name(1), lambda path: path.write_bytes(path.read_bytes()[:90])),
        (ids_name(1), lambda path: path.write_bytes(b"ARROW1")),
        (values_name(0), Path.unlink),
    ):
        kept = (tmp_path / name).read_bytes()
        forget_files()
        break_it(tmp_path / name)
        with pytest.raises(BadFeatures, match=f"{name} is damaged"):
            _ = [list(block.ids()) + block.table().values.tolist() for block in table.blocks]
        (tmp_path / name).write_bytes(kept)
    forget_files()
    about = json.loads((tmp_path / NAME).read_text())
    for wrong in ({"rows": [2, -1]}, {"width": 3}, {"dtype": "object"}, {"kind": "x"}, {"other": 1}):
        (tmp_path / NAME).write_text(json.dumps(about | wrong))
        with pytest.raises(BadFeatures):
            _ = open_far(tmp_path).take([0])


@pytest.mark.parametrize("address", ["", "memory://bucket/once-more"])
def test_a_killed_writer_never_leaves_new_numbers_in_an_old_set(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place.of(address or tmp_path)
    writer = Writer(place, each=2)
    for number, ids in enumerate((["a", "b"], ["c", "d"])):
        writer.write(number, ids, np.eye(2), of="first")
    before = open_far(writer.finish(2).address)
    whole = Place.write

    def killed(self: Place, name: str, content: bytes, **how: bool) -> None:
        if name == ids_name(1):
            raise KeyboardInterrupt
        whole(self, name, content, **how)

    with monkeypatch.context() as patch:
        patch.setattr(Place, "write", killed)
        writer.write(0, ["a", "b"], 2 * np.eye(2), of="second")
        with pytest.raises(KeyboardInterrupt):
            writer.write(1, ["c", "d"], 2 * np.eye(2), of="second")
    forget_files()
    with pytest.raises(BadFeatures, match="not finished"):
        open_far(place.address)
    with pytest.raises(BadFeatures, match=r"ids-00000\.arrow is damaged \(got a partition of another extraction\)"):
        _ = list(before.blocks[0].ids())
    assert not writer.has(1, "first")  # its ids would go with the other numbers
    writer.write(1, ["c", "d"], np.eye(2), of="first")
    place.remove(values_name(1))
    forget_files()
    assert not writer.has(1, "first")  # as the message about a damaged file says


@pytest.mark.parametrize(
    "address",
    [
        "dask://example.org:8786/x::file:///tmp", "simplecache::dask://example.org:8786/x", "reference://x", "ftp://x/y",
        "simplecache::s3://a::s3://b", "simplecache::://x", "git://x:y@z/", "S3://bucket", "dir::file:///tmp",
    ],
)  # fmt: skip
def test_an_address_that_is_no_store_of_files_is_refused_before_anybody_is_asked(address: str) -> None:
    with pytest.raises(BadFeatures, match="expected a store of files: s3"):
        open_far(address)


def test_an_id_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    writer = Writer(Place(str(tmp_path)), each=2)
    writer.write(0, ["a", "b"], np.eye(2))
    writer.write(1, ["c", "a"], np.eye(2))
    with pytest.raises(BadFeatures, match="segment 'a' has two rows of features"):
        open_far(writer.finish(2).address).rows(["c"])


def test_a_parquet_dataset_is_read_by_row_groups(tmp_path: Path) -> None:
    frame = pd.DataFrame({"file": [f"{i}.wav" for i in range(10)], "a": np.arange(10.0), "b": np.arange(10)})
    frame.iloc[:6].to_parquet(tmp_path / "0.parquet", row_group_size=4)
    frame.iloc[6:].to_parquet(tmp_path / "1.parquet")
    table = open_far(tmp_path)
    assert [len(block) for block in table.blocks] == [4, 2, 4]
    assert table.names == ("a", "b")
    assert table.only(["7.wav", "1.wav"]).values.tolist() == [[7, 7], [1, 1]]
    frame.iloc[6:].assign(a=0.0).to_parquet(tmp_path / "1.parquet")
    os.utime(tmp_path / "1.parquet", (1, 1))
    assert open_far(tmp_path).fingerprint != table.fingerprint
    # Values that change places leave sizes and extremes as they were.
    places, before = frame.iloc[6:].assign(a=[6.0, 8.0, 7.0, 9.0]), frame.iloc[6:]
    before.to_parquet(tmp_path / "1.parquet")
    first, size = open_far(tmp_path), (tmp_path / "1.parquet").stat().st_size
    places.to_parquet(tmp_path / "1.parquet")
    assert (tmp_path / "1.parquet").stat().st_size == size
    assert open_far(tmp_path).fingerprint != first.fingerprint
    assert open_far(tmp_path).only(["7.wav"]).values.tolist() == [[8, 7]]
    assert is_far(tmp_path)
    (tmp_path / "a.wav").write_bytes(b"")
    assert not is_far(tmp_path)
    frame.drop(columns="file").to_parquet(tmp_path / "2.parquet")
    with pytest.raises(BadFeatures, match="expected one of id, segment, file, name"):
        open_far(tmp_path)


def test_what_is_labelled_is_read_once_and_bulk_is_not_kept(tmp_path: Path) -> None:
    far, _ = written(tmp_path, VALUES, each=300)
    far.take([1, 2])
    assert set(far._kept) == {1, 2}
    wide = FarTable(far.blocks, "x", "y")
    wide.values.shape = (1000, KEPT_BYTES // 4)
    with pytest.raises(BadFeatures, match="lies in partitions"):
        _ = wide.values[:]
    assert isinstance(far.take(np.arange(999)), FeatureTable)
