"""Ready features: read from the usual files, joined by id."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from seral_core import unpacking
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index, toy_corpus
from seral_core.errors import BadFeatures
from seral_core.features.ready import load_features, match
from seral_core.features.table import FeatureTable

IDS = ["b.wav", "a.wav"]
VALUES = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def corpus_named(files: list[str]) -> Corpus:
    return Corpus("tiny", pd.DataFrame({"speaker": "s"}, index=segment_index(files)), rating_frame([]), ())


def frame(**keys: list[object]) -> pd.DataFrame:
    return pd.DataFrame({**keys, "f1": VALUES[:, 0], "f2": VALUES[:, 1], "f3": VALUES[:, 2]})


def test_npz_is_read_with_its_names(tmp_path) -> None:
    np.savez(tmp_path / "f.npz", ids=IDS, values=VALUES, names=["x", "y", "z"])
    table = load_features(tmp_path / "f.npz")
    assert table.ids == ("b.wav", "a.wav")
    assert table.names == ("x", "y", "z")
    assert table.values.dtype == np.float32
    assert table.values.tolist() == VALUES.tolist()
    assert table.key.startswith("f-")


@pytest.mark.parametrize("beside", ["f.ids.txt", "f.ids"])
def test_npy_is_read_with_the_ids_beside_it(tmp_path, beside) -> None:
    np.save(tmp_path / "f.npy", VALUES.astype(np.float32))
    (tmp_path / beside).write_text("b.wav\na.wav\n", encoding="utf-8")
    table = load_features(tmp_path / "f.npy")
    assert table.ids == ("b.wav", "a.wav")
    assert table.values.tolist() == VALUES.tolist()


@pytest.mark.parametrize("key", ["file", "segment", "id"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tables_are_read_by_their_key_column(tmp_path, key, kind) -> None:
    path = tmp_path / f"f.{kind}"
    rows = frame(**{key: IDS})
    rows.to_csv(path, index=False) if kind == "csv" else rows.to_parquet(path)
    table = load_features(path)
    assert (table.ids, table.names) == (("b.wav", "a.wav"), ("f1", "f2", "f3"))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_audformat_index_is_read(tmp_path, kind) -> None:
    path = tmp_path / f"f.{kind}"
    rows = frame().set_index(segment_index(["a.wav", "a.wav"], [0.0, 1.5], [1.5, np.nan]))
    rows.to_csv(path) if kind == "csv" else rows.to_parquet(path)
    assert load_features(path).ids == ("a.wav#0.000-1.500", "a.wav#1.500-")


def test_times_in_seconds_are_read(tmp_path) -> None:
    frame(file=["a.wav", "a.wav"], start=[0.0, 1.5], end=[1.5, 3.0]).to_csv(tmp_path / "f.csv", index=False)
    assert load_features(tmp_path / "f.csv").ids == ("a.wav#0.000-1.500", "a.wav#1.500-3.000")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"values": VALUES}, "holds values; expected ids and values"),
        ({"ids": IDS, "values": VALUES[:1]}, r"values of shape \(1, 3\) and 2 ids"),
        ({"ids": IDS, "values": VALUES[:, 0]}, r"values of shape \(2,\)"),
        ({"ids": ["a.wav", "a.wav"], "values": VALUES}, "1 ids more than once, first 'a.wav'"),
        ({"ids": IDS, "values": VALUES, "names": ["x"]}, "1 feature names for 3 columns"),
        ({"ids": IDS, "values": VALUES.astype(str)}, "expected real numbers"),
        ({"ids": np.array(IDS, dtype=object), "values": VALUES}, "not as Python objects"),
        ({"ids": IDS, "values": VALUES, "bounds": [0, 1]}, r"and 2 ids; .* bounds with one number more than ids"),
        ({"ids": IDS, "values": VALUES, "bounds": [0, 3, 2]}, "rise from 0 to 2"),
        ({"ids": IDS, "values": VALUES, "bounds": [0, 1, 2], "rate_hz": -1}, "rate_hz of -1; expected frames"),
        ({"ids": IDS, "values": VALUES, "bounds": [0, 1, 2], "rate_hz": [1, 2]}, "cannot be read"),
    ],
)
def test_a_faulty_npz_says_what_is_wrong(tmp_path, content, message) -> None:
    np.savez(tmp_path / "f.npz", **content)
    with pytest.raises(BadFeatures, match=message):
        load_features(tmp_path / "f.npz")


@pytest.mark.parametrize("name", ["f.npz", "f.npy", "f.parquet"])
def test_a_file_that_is_not_what_its_name_says_is_named(tmp_path, name) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind")
    (tmp_path / "f.ids").write_text("a.wav")
    with pytest.raises(BadFeatures, match=rf"{name} cannot be read"):
        load_features(tmp_path / name)


def test_a_damaged_npz_that_is_packed_otherwise_is_named(tmp_path) -> None:
    np.savez(tmp_path / "plain.npz", ids=np.array(IDS), values=VALUES)
    with (
        zipfile.ZipFile(tmp_path / "plain.npz") as plain,
        zipfile.ZipFile(tmp_path / "f.npz", "w", zipfile.ZIP_LZMA) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    body = bytearray((tmp_path / "f.npz").read_bytes())
    body[50:80] = b"\xff" * 30
    (tmp_path / "f.npz").write_bytes(body)
    with pytest.raises(BadFeatures, match=r"f.npz cannot be read"):
        load_features(tmp_path / "f.npz")


def test_npy_without_ids_says_where_they_are_expected(tmp_path) -> None:
    np.save(tmp_path / "f.npy", VALUES)
    with pytest.raises(BadFeatures, match=r"has no ids; expected f\.ids\.txt beside it"):
        load_features(tmp_path / "f.npy")


def test_a_table_without_key_column_shows_its_columns(tmp_path) -> None:
    frame(stuff=IDS).to_csv(tmp_path / "f.csv", index=False)
    with pytest.raises(BadFeatures, match="has the columns stuff, f1, f2, f3; expected a column 'file'"):
        load_features(tmp_path / "f.csv")


def corpus_of_sound(folder, lengths_s: list[float]) -> Corpus:
    files = [f"wav/c{i}.wav" for i in range(len(lengths_s))]
    (folder / "wav").mkdir()
    for file, length_s in zip(files, lengths_s, strict=True):
        soundfile.write(folder / file, np.zeros(round(8000 * length_s)), 8000)
    return replace(corpus_named(files), root=folder)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_rows_from_the_start_to_the_end_of_files_are_those_of_whole_files(tmp_path, kind) -> None:
    corpus = corpus_of_sound(tmp_path, [1.25, 0.8])
    index = segment_index(["wav/c1.wav", "wav/c0.wav", "z.wav"], None, [0.8, 1.25, 1])
    rows = pd.DataFrame({"F0": [1.0, 2.0, 9.0]}, index)
    rows.to_csv(tmp_path / "f.csv") if kind == "csv" else rows.to_parquet(tmp_path / "f.parquet")
    table = match(load_features(tmp_path / f"f.{kind}"), corpus)
    assert (table.ids, table.values.ravel().tolist()) == (corpus.ids, [2.0, 1.0])
    assert table.notes == (
        "features of 2 rows from 0 s on are taken for whole files: they end with the file",
        "1 rows of features belong to no clip of tiny, such as z.wav#0.000-1.000",
    )


def test_a_part_of_a_file_is_not_taken_for_the_whole_where_its_length_is_known(tmp_path) -> None:
    corpus = corpus_of_sound(tmp_path, [1.25, 0.8])
    theirs = FeatureTable(np.ones((2, 1)), ("wav/c0.wav#0.000-0.800", "wav/c1.wav#0.000-0.800"))
    with pytest.raises(BadFeatures, match="no features for 1 of 2"):
        match(theirs, corpus)


def test_without_audio_a_files_only_row_from_its_start_is_that_of_the_whole_file() -> None:
    theirs = FeatureTable(np.arange(4.0)[:, None], tuple(f"{c}.wav#0.000-1.200" for c in "abcd"))
    table = match(theirs, toy_corpus())
    assert table.ids == toy_corpus().ids
    assert "there is no audio to compare with, and each file has one row" in table.notes[0]
    twice = FeatureTable(np.zeros((2, 1)), ("a.wav#0.000-1.200", "a.wav#2.000-3.000"))
    with pytest.raises(BadFeatures, match="no features for"):
        match(twice, corpus_named(["a.wav"]))


def test_a_table_of_smilextract_is_read(tmp_path) -> None:
    (tmp_path / "f.csv").write_text("name;frameTime;F0;F1\n'a.wav';0.000000;1.0e+00;2\n'NA';0.000000;3;4\n")
    table = load_features(tmp_path / "f.csv")
    assert (table.ids, table.names, table.values.tolist()) == (("a.wav", "NA"), ("F0", "F1"), [[1, 2], [3, 4]])


@pytest.mark.parametrize("kind", ["moments", "parts"])
def test_several_rows_per_clip_are_its_frames(tmp_path, kind) -> None:
    if kind == "moments":
        rows = [f"'{clip}';{i};{i / 50:.2f};{i}" for i in (1, 0, 2) for clip in "ba"]
        (tmp_path / "f.csv").write_text("name;frameIndex;frameTime;F0\n" + "\n".join(rows))
    else:
        day = "0 days 00:00:00"
        rows = [f"{clip}.wav,{day}.{i * 2:02},{day}.{i * 2 + 4:02},{i}" for i in range(3) for clip in "ba"]
        (tmp_path / "f.csv").write_text("file,start,end,F0\n" + "\n".join(rows))
    table = match(load_features(tmp_path / "f.csv"), corpus_named(["a.wav", "b.wav"]))
    assert (table.ids, table.bounds.tolist(), table.rate_hz) == (("a.wav", "b.wav"), [0, 3, 6], 50.0)
    assert table.values.ravel().tolist() == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize("times", ["0 0", "0 0.1 0.15"], ids=["equal", "uneven"])
def test_rows_of_one_name_at_odd_times_are_refused(tmp_path, times) -> None:
    (tmp_path / "f.csv").write_text("name;frameTime;F0\n" + "\n".join(f"'unknown';{t};1" for t in times.split()))
    with pytest.raises(BadFeatures, match=r"several rows for a clip \('unknown' has \d of \d\).*-instname"):
        load_features(tmp_path / "f.csv")


def test_a_spreadsheets_decimal_commas_are_read_and_doubtful_ones_refused(tmp_path) -> None:
    (tmp_path / "f.csv").write_text("Filename;F0;F1\n007;0,5;1,250\n008;1;3,5\n")
    table = load_features(tmp_path / "f.csv")
    assert (table.ids, table.values.tolist()) == (("007", "008"), [[0.5, 1.25], [1, 3.5]])
    assert table.notes == ("commas are read as decimal points in F0, F1",)
    (tmp_path / "f.csv").write_text("file;F0\na.wav;1,250\nb.wav;3,500\n")
    with pytest.raises(BadFeatures, match="may be a thousand"):
        load_features(tmp_path / "f.csv")


def test_columns_that_know_gaps_and_decimals_are_numbers_and_times_are_not(tmp_path) -> None:
    path, ids = tmp_path / "f.parquet", ["a.wav", "b.wav"]
    frame = pd.DataFrame({"file": ids, "x": pd.array([1, None], "Int64"), "y": [Decimal("0.5"), Decimal("1.5")]})
    frame.to_parquet(path)
    table = load_features(path)
    np.testing.assert_array_equal(table.values, np.array([[1.0, 0.5], [np.nan, 1.5]], np.float32))
    assert table.notes == ()
    for when in (pd.to_datetime(["2026-01-01", "2026-01-02"]), pd.to_timedelta([1, 2], "s")):
        frame.assign(when=when).to_parquet(path)
        with pytest.raises(BadFeatures, match="columns that are not numbers: when"):
            load_features(path)
    np.savez(tmp_path / "f.npz", ids=ids, values=np.array([[1], [2]], "m8[s]"))
    with pytest.raises(BadFeatures, match="expected real numbers"):
        load_features(tmp_path / "f.npz")


def test_an_empty_column_without_a_name_is_no_feature_and_two_of_one_name_are_named(tmp_path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("file,x,\na.wav,1,\nb.wav,2,\n")
    assert load_features(path).values.ravel().tolist() == [1.0, 2.0]
    pq.write_table(pa.table([ids := pa.array(["a", "b"]), ids, ids], names=["file", "x", "x"]), tmp_path / "f.parquet")
    with pytest.raises(BadFeatures, match="two columns called 'x'"):
        load_features(tmp_path / "f.parquet")


def test_what_was_labelled_and_running_numbers_are_no_features(tmp_path) -> None:
    frame(file=IDS, emotion=[0, 1], Speaker=[3, 4]).to_csv(tmp_path / "f.csv")
    table = load_features(tmp_path / "f.csv")
    assert table.names == ("f1", "f2", "f3")
    assert [note.split(" is left out")[0] for note in table.notes] == [
        "column emotion", "column Speaker", "column 'Unnamed: 0'",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_index_without_a_name_names_the_clips(tmp_path, kind) -> None:
    rows = frame().set_index(pd.Index(IDS))
    rows.to_csv(tmp_path / "f.csv") if kind == "csv" else rows.to_parquet(tmp_path / "f.parquet")
    assert load_features(tmp_path / f"f.{kind}").ids == tuple(IDS)


def test_rows_with_more_cells_than_columns_are_refused(tmp_path) -> None:
    (tmp_path / "f.csv").write_text("file,F0\na.wav,0,5\nb.wav,1,5\n")
    with pytest.raises(BadFeatures, match="more cells than columns"):
        load_features(tmp_path / "f.csv")


def test_clips_are_named_in_the_usual_languages(tmp_path) -> None:
    (tmp_path / "f.csv").write_text("Datei;F0\na.wav;120,5\nb.wav;90,0\n")
    assert load_features(tmp_path / "f.csv").ids == ("a.wav", "b.wav")


def test_a_column_of_text_is_named(tmp_path) -> None:
    frame(file=IDS, comment=["loud", "short"]).to_csv(tmp_path / "f.csv", index=False)
    with pytest.raises(BadFeatures, match="columns that are not numbers: comment"):
        load_features(tmp_path / "f.csv")


def test_another_kind_of_file_and_a_missing_one_are_named(tmp_path) -> None:
    with pytest.raises(BadFeatures, match=r"f\.xlsx as features; expected a file that ends with \.npz"):
        load_features(tmp_path / "f.xlsx")
    with pytest.raises(BadFeatures, match="does not exist"):
        load_features(tmp_path / "f.npz")


names = st.lists(st.from_regex(r"[a-z]{1,4}", fullmatch=True), min_size=2, max_size=20, unique=True)


@given(names, st.sampled_from(["{}.wav", "there/{}.wav", "{}", "x/y/{}.flac"]), st.randoms(use_true_random=False))
def test_rows_are_joined_by_id_or_name_whatever_their_order(stems, pattern, random) -> None:
    corpus = corpus_named([f"{stem}.wav" for stem in stems])
    order = random.sample(range(len(stems)), len(stems))
    theirs = FeatureTable(np.array(order, float)[:, None], tuple(pattern.format(stems[i]) for i in order))
    joined = match(theirs, corpus)
    assert joined.ids == corpus.ids
    assert joined.values[:, 0].tolist() == list(range(len(stems)))
    assert bool(joined.notes) == (pattern != "{}.wav")


def test_more_rows_than_segments_do_no_harm() -> None:
    theirs = FeatureTable(np.arange(6.0)[:, None], ("z", "d.wav", "c.wav", "b.wav", "a.wav", "y"))
    assert match(theirs, toy_corpus()).values[:, 0].tolist() == [4, 3, 2, 1]


def test_features_for_half_the_clips_are_an_error_that_counts() -> None:
    theirs = FeatureTable(np.zeros((2, 1)), ("a.wav", "c.wav"))
    with pytest.raises(BadFeatures, match=r"no features for 2 of 4 segments of toy, first 'b\.wav', 'd\.wav'"):
        match(theirs, toy_corpus())


def test_features_of_another_corpus_show_both_kinds_of_id() -> None:
    theirs = FeatureTable(np.zeros((1, 1)), ("03a01Fa.wav",))
    with pytest.raises(BadFeatures, match=r"no features for 4 of 4 .*first id in the features: '03a01Fa\.wav'"):
        match(theirs, toy_corpus())


def test_fewer_than_five_percent_missing_are_left_out_and_named() -> None:
    files = [f"{i}.wav" for i in range(100)]
    joined = match(FeatureTable(np.zeros((96, 1)), tuple(files[4:])), corpus_named(files))
    assert joined.ids == tuple(files[4:])
    assert joined.problems == tuple((f, "has no features") for f in files[:4])
    with pytest.raises(BadFeatures, match="no features for 5 of 100"):
        match(FeatureTable(np.zeros((95, 1)), tuple(files[5:])), corpus_named(files))


def test_listed_problems_may_be_missing() -> None:
    theirs = FeatureTable(
        np.zeros((2, 1)), ("a.wav", "c.wav"), problems=(("b.wav", "is silent"), ("d.wav", "is empty"))
    )
    joined = match(theirs, toy_corpus())
    assert joined.ids == ("a.wav", "c.wav")
    assert joined.problems == (("b.wav", "is silent"), ("d.wav", "is empty"))


def test_an_ambiguous_file_name_joins_nothing() -> None:
    corpus = corpus_named(["x/1.wav", "y/1.wav"])
    with pytest.raises(BadFeatures, match="no features for 2 of 2"):
        match(FeatureTable(np.zeros((2, 1)), ("p/1.wav", "q/1.wav")), corpus)


def test_rows_that_are_not_finite_are_left_out_and_named() -> None:
    values = np.array([[1.0], [np.nan], [2.0], [3.0]])
    joined = match(FeatureTable(values, ("a.wav", "b.wav", "c.wav", "d.wav")), toy_corpus())
    assert joined.ids == ("a.wav", "c.wav", "d.wav")
    assert joined.problems == (("b.wav", "features are not finite"),)


def test_only_rows_that_are_not_finite_are_an_error() -> None:
    with pytest.raises(BadFeatures, match="no segment of toy has finite features"):
        match(FeatureTable(np.full((4, 1), np.inf), toy_corpus().ids), toy_corpus())


def test_ready_features_of_the_default_extractor_survive_a_round_trip(tmp_path) -> None:
    table = FeatureTable(np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32), toy_corpus().ids)
    np.savez(tmp_path / "f.npz", ids=table.ids, values=table.values)
    assert match(load_features(tmp_path / "f.npz"), toy_corpus()).fingerprint == table.fingerprint


def test_frames_come_with_bounds_and_their_rate(tmp_path) -> None:
    values = np.arange(5.0)[:, None]
    np.savez(tmp_path / "f.npz", ids=["b.wav", "a.wav"], values=values, bounds=[0, 3, 5], rate_hz=4)
    table = match(load_features(tmp_path / "f.npz"), corpus_named(["a.wav", "b.wav"]))
    assert (table.ids, table.bounds.tolist(), table.rate_hz) == (("a.wav", "b.wav"), [0, 2, 5], 4.0)
    assert table.values.ravel().tolist() == [3, 4, 0, 1, 2]


def test_a_clip_without_frames_or_with_one_that_is_not_finite_is_left_out_and_named(tmp_path) -> None:
    ids, values = [f"{i}.wav" for i in range(40)], np.ones((79, 1))
    values[77] = np.nan  # of the last but one
    np.savez(tmp_path / "f.npz", ids=ids, values=values, bounds=[*range(0, 80, 2), 79])
    np.savez(tmp_path / "g.npz", ids=ids, values=values[:78], bounds=[*range(0, 78, 2), 78, 78])
    assert match(load_features(tmp_path / "f.npz"), corpus_named(ids)).problems == (
        ("38.wav", "features are not finite"),
    )
    assert match(load_features(tmp_path / "g.npz"), corpus_named(ids)).problems == (
        ("38.wav", "features are not finite"),
        ("39.wav", "has no frames"),
    )


def test_a_small_archive_that_unpacks_to_far_more_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1_000_000)
    path = tmp_path / "features.npz"
    np.savez_compressed(path, ids=np.array(["a.wav", "b.wav"]), values=np.zeros((2, 1_000_000)))
    with pytest.raises(BadFeatures, match="it unpacks to more than"):
        load_features(path)


def test_rows_of_another_folder_are_not_joined_by_the_name_of_their_file() -> None:
    ours = corpus_named(["s1/01.wav", "s1/02.wav"])
    theirs = FeatureTable(np.arange(2.0)[:, None], ("s2/01.wav", "s2/02.wav"))
    with pytest.raises(BadFeatures, match=r"no features for 2 of 2 .* 's2/01.wav' is not 's1/01.wav'"):
        match(theirs, ours)
    renamed = FeatureTable(np.arange(2.0)[:, None], ("audio16k/02.wav", "audio16k/01.wav"))
    assert match(renamed, ours).values.ravel().tolist() == [1.0, 0.0]
    copied = FeatureTable(np.arange(4.0)[:, None], ("/x/s2/01.wav", "/x/s2/02.wav", "/x/s1/01.wav", "/x/s1/02.wav"))
    assert match(copied, ours).values.ravel().tolist() == [2.0, 3.0]
