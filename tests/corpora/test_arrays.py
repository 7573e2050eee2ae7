"""Labels, speakers and features in arrays mean what people mean by them, or are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import seral_core as seral
from seral_core.errors import BadCorpus, BadFeatures
from seral_core.features.extract import features_for

CLIPS = 30
TWO = ["anger", "fear"] * 15


def made(y: Any, **how: Any) -> Any:
    how = {"speakers": [f"s{i % 3}" for i in range(CLIPS)], **how}
    return seral.from_arrays(np.arange(60.0).reshape(CLIPS, 2), y, **how)


def gold(dataset: Any, name: str = "emotion") -> list[Any]:
    return [None if pd.isna(each) else each for each in dataset.corpus.gold(name)]


@pytest.mark.parametrize(
    "y",
    [
        np.array(TWO)[:, None], np.array(TWO, dtype=bytes), [word.encode() for word in TWO], pd.Categorical(TWO),
        {"emotion": TWO}, [[word] for word in TWO],
    ],
    ids=["column", "bytes", "list of bytes", "categories", "mapping", "rows"],
)  # fmt: skip
def test_labels_of_other_shapes_and_types_are_the_same_classes(y: Any) -> None:
    assert gold(made(y)) == TWO


def test_whole_numbers_are_the_same_classes_whatever_type_holds_them() -> None:
    numbers = [0, 1] * 15
    assert gold(made(numbers)) == gold(made(np.array(numbers, float))) == [str(n) for n in numbers]
    gap = pd.Series([None, *numbers[1:]])
    assert gold(made(gap)) == gold(made(gap.astype("Int64"))) == [None, *map(str, numbers[1:])]


def test_tensors_polars_and_sparse_matrices_are_arrays() -> None:
    from scipy.sparse import csr_matrix

    x = np.eye(CLIPS)
    assert seral.from_arrays(csr_matrix(x), TWO).features().values.tolist() == x.tolist()
    torch = pytest.importorskip("torch", reason="torch is not installed")
    codes = torch.tensor([0, 1] * 15)
    assert gold(made(codes)) == gold(made(list(codes))) == ["0", "1"] * 15
    assert len(seral.from_arrays(torch.tensor(x), TWO).features()) == CLIPS


def test_what_means_no_answer_is_none_and_said() -> None:
    words = made(["", "nan", *TWO[2:]])
    assert gold(words) == [None, None, *TWO[2:]]
    assert "2 labels of emotion are taken as no answer: '', 'nan'" in words.notes
    unknown = made(TWO, speakers=[None, np.nan, "", *["s1", "s2", "s3"] * 9])
    assert unknown.corpus.speakers_of(unknown.corpus.ids)[:4] == [None, None, None, "s1"]
    assert any("3 clips have no speaker" in note for note in unknown.notes)


def test_numbers_of_a_dimension_are_a_scale_with_its_usual_range() -> None:
    likert = [1, 2, 3, 4, 5] * 6
    (scale,) = made(likert, target="arousal").task
    assert (scale.low, scale.high, scale.classes) == (1, 5, ())
    assert any("arousal is taken as a scale of [1, 5]" in note for note in made(likert, target="arousal").notes)
    (given,) = made(likert, target="quality", ranges={"quality": (0, 9)}).task
    assert (given.low, given.high) == (0, 9)


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (np.eye(2)[[0, 1] * 15], "one-hot"),
        ([np.inf, *np.linspace(0, 1, 29)], "infinite values"),
        (pd.date_range("2020", periods=CLIPS), "holds Timestamp"),
        (list(range(CLIPS)), "30 different whole numbers"),
        ([f"clip {i}" for i in range(CLIPS)], "30 classes of one clip each"),
        ([None] * CLIPS, "no values"),
    ],
)
def test_labels_that_mean_nothing_are_refused(y: Any, sentence: str) -> None:
    with pytest.raises(BadCorpus, match=sentence):
        made(y)


def test_ranges_that_do_not_fit_are_refused() -> None:
    for ranges, sentence in (
        ({"arousal": (0, 1)}, "correct the name"), ({"emotion": (2, 3)}, "goes from 0 to 1"),
    ):  # fmt: skip
        with pytest.raises(BadCorpus, match=sentence):
            made([0, 1] * 15, ranges=ranges)
    with pytest.raises(BadCorpus, match="labels are no numbers"):
        made(TWO, ranges={"emotion": (0, 1)})


def test_features_of_a_wrong_shape_are_refused_at_once_and_rows_that_are_no_numbers_are_one_sentence() -> None:
    with pytest.raises(BadFeatures, match=r"shape \(30,\)"):
        seral.from_arrays(np.arange(30.0), TWO)
    x = np.ones((CLIPS, 2))
    x[:12] = np.nan
    notes = seral.from_arrays(x, TWO, speakers=TWO).notes
    assert notes == ("left out 12 clips, 00, 01, 02 and 9 more: features are not finite",)


def test_rows_without_names_beside_rows_with_names_are_taken_in_order_and_said() -> None:
    shuffled = pd.Series(TWO, index=range(CLIPS)[::-1])
    assert gold(made(shuffled)) == TWO
    assert any("the labels have an index and the features have none" in note for note in made(shuffled).notes)
    corpus = made(TWO).corpus
    table = features_for(corpus, pd.DataFrame(np.eye(CLIPS)))
    assert any("in the order of arrays" in note for note in table.notes)
