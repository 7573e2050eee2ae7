"""A file that says something else than a rater said here never wins without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core.exchange.base import export_labels, import_labels, ratings_of
from seral_core.exchange.flat import write_csv
from seral_core.store import Answer, LabelStore


@pytest.fixture
def store(tmp_path: Path) -> LabelStore:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.append(
        [
            Answer("1", "a.wav", "emotion", "neutral", rater="anna", run="r", screen="s"),
            Answer("2", "b.wav", "emotion", "anger", rater="anna", purpose="gold", run="r", screen="t"),
            Answer("3", "b.wav", "emotion", "fear", rater="anna", purpose="repeat", run="r", screen="u"),
        ]
    )
    return store


def table(folder: Path, *rows: str, name: str = "v.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(["file,emotion,rater", *rows]) + "\n")
    return path


def votes(store: LabelStore) -> dict[tuple[str, str], str]:
    ratings = ratings_of(store.current(), purposes=("query", "free", "gold"))
    return {(row.rater, row.segment): row.value for row in ratings.itertuples()}


def test_what_a_rater_answered_here_stands_against_a_file(store: LabelStore, tmp_path: Path) -> None:
    file = table(tmp_path, "a.wav,anger,anna", "b.wav,anger,anna", "a.wav,fear,ben")
    found = import_labels(store, file)
    assert found.new == 1  # ben's; anna's second answer is the one that she gave here
    assert [note for note in found.notes if "answered otherwise" in note] == [
        "answers left out: 1 of 3, since the same raters answered otherwise here: a.wav: emotion = anger, but anna "
        "answered neutral; if the file is right, import it with --corrects"
    ]
    assert votes(store) == {("anna", "a.wav"): "neutral", ("anna", "b.wav"): "anger", ("ben", "a.wav"): "fear"}


def test_a_file_that_corrects_takes_the_place_of_the_answer(store: LabelStore, tmp_path: Path) -> None:
    file = table(tmp_path, "a.wav,anger,anna")
    found = import_labels(store, file, corrects=True)
    assert (found.new, len(store.current())) == (1, 3)
    assert "correct what the same raters answered here: 1 (a.wav: emotion = anger" in " ".join(found.notes)
    assert votes(store)["anna", "a.wav"] == "anger"
    assert import_labels(store, file, corrects=True).new == 0


def test_a_file_that_replaces_another_one_says_so(store: LabelStore, tmp_path: Path) -> None:
    first, second = (table(tmp_path, f"c.wav,{word},cleo", name=f"{word}.csv") for word in ("anger", "sadness"))
    assert import_labels(store, first).new == 1
    for file, word, before in ((second, "sadness", "anger"), (first, "anger", "sadness")):
        found = import_labels(store, file)
        said = (
            f"answers that replace those of the same raters from an earlier import: 1 (c.wav: emotion = {word}, before "
        )
        assert f"{said}{before})" in found.notes
        assert votes(store)["cleo", "c.wav"] == word
    assert [row.value for row in store.current() if row.rater == "cleo"] == ["anger"]


@pytest.mark.parametrize(
    "row",
    [
        Answer("9", "a.wav", "emotion", rater="anna", kind="retraction", of="1"),
        Answer("9", "a.wav", "emotion", "fear", rater="anna", of="1", run="r"),
        Answer("9", "a.wav", "emotion", "fear", rater="anna", run="r", screen="s"),
        Answer("9", "a.wav", "emotion", rater="anna", kind="unsure", run="r", screen="s"),
        Answer("9", "a.wav", "emotion", "neutral", rater="anna", source="machine"),
        Answer("9", "a.wav", "emotion", "fear", rater="anna", purpose="free"),
    ],
    ids=["taken back", "corrected", "answered again", "unsure", "by a machine", "picked"],
)
@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_file_of_ours_replaces_or_takes_back_nothing_without_a_word(
    store: LabelStore, tmp_path: Path, row: Answer, ending: str
) -> None:
    other = LabelStore(tmp_path / "other.sqlite")
    other.append([*store.rows(), row, Answer("10", "c.wav", "emotion", "fear", rater="anna", run="r")])
    export_labels(other, file := tmp_path / f"edited{ending}")
    before = store.current()
    found = import_labels(store, file)
    assert (found.new, store.current()[:-1]) == (1, before)  # c.wav contradicts nothing
    assert "since they take back or replace" in " ".join(found.notes)
    assert "a.wav: emotion = neutral by anna" in " ".join(found.notes)
    found = import_labels(store, file, corrects=True)
    assert (found.new, "takes back or replaces, given here: 1" in " ".join(found.notes)) == (1, True)
    assert {each.id for each in store.current()} == {each.id for each in other.current()}


def test_only_a_session_says_that_a_clip_was_shown(store: LabelStore, tmp_path: Path) -> None:
    row = Answer("9", "c.wav", "", rater="anna", kind="shown", screen="z", purpose="gold")
    with_shown = tmp_path / "edited.csv"
    write_csv([*store.rows(), row], with_shown)
    assert import_labels(store, with_shown).new == 0
