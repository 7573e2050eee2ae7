"""Affective norms: the built-in words, ranges, lexicon files, and values of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core.errors import BadCorpus, BadPlan
from seral_core.norms import ADJECTIVES, DIMENSIONS, NRC, Norms, dimension, norms
from seral_core.types import Target

PAPER = """
angry 0.122 0.830 0.604
happy 1.000 0.735 0.772
sad 0.225 0.333 0.149
disgusted 0.051 0.773 0.274
fearful 0.083 0.482 0.278
surprised 0.784 0.855 0.539
frustrated 0.080 0.651 0.255
neutral 0.469 0.184 0.357
"""
ROWS = "angry\t0.1\t0.8\t0.6\nanger\t0.2\t0.9\t0.7\n"


def scales(low: float = 0.0, high: float = 1.0) -> tuple[Target, ...]:
    return tuple(Target(name, low=low, high=high) for name in DIMENSIONS)


def lexicon(folder: Path, text: str, name: str = "lexicon.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_eight_words_are_those_of_the_paper() -> None:
    table = {word: tuple(map(float, row)) for word, *row in (line.split() for line in PAPER.split("\n") if line)}
    assert set(NRC.values) == set(table)
    for word, row in table.items():
        assert NRC.of((word,), scales()).tolist() == [list(row)]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (1, 5), (-1, 1), (0, 100)])
def test_norms_are_brought_to_the_native_range(low: float, high: float) -> None:
    plain = NRC.of(("anger", "neutral"), scales())
    assert NRC.of(("anger", "neutral"), scales(low, high)) == pytest.approx(low + (high - low) * plain)


def test_ranges_may_differ_between_dimensions() -> None:
    mixed = (Target("valence", low=1, high=5), Target("arousal", low=-1, high=1), Target("dominance", low=0, high=10))
    assert NRC.of(("happy",), mixed)[0] == pytest.approx([5.0, 0.47, 7.72])


@pytest.mark.parametrize("noun", [noun for noun, word in ADJECTIVES.items() if word in NRC.values])
def test_nouns_and_adjectives_of_an_emotion_are_one_word(noun: str) -> None:
    both = NRC.of((noun, ADJECTIVES[noun].title()), scales())
    assert both[0].tolist() == both[1].tolist()


def test_a_class_is_looked_up_as_written_before_its_adjective(tmp_path: Path) -> None:
    read = norms(str(lexicon(tmp_path, ROWS)))
    assert read.of(("anger", "angry"), scales()).tolist() == [[0.2, 0.9, 0.7], [0.1, 0.8, 0.6]]


@pytest.mark.parametrize(
    "text",
    [
        ROWS,
        "Word\tValence\tArousal\tDominance\n" + ROWS,
        "\ufeffterm\tvalence\tarousal\tdominance\r\n" + ROWS.replace("\n", "\r\n"),
        "word\tv\ta\td\n\n" + ROWS + "\n",
        ROWS.replace("\n", "\t\n"),
        "word\tDominance\tPleasure\tActivation\nangry\t0.6\t0.1\t0.8\nANGER\t0.7\t0.2\t0.9",
    ],
    ids=["no header", "header", "windows", "empty lines", "tabs at the end", "other order"],
)
def test_a_lexicon_is_read_with_and_without_header(tmp_path: Path, text: str) -> None:
    read = Norms.read(lexicon(tmp_path, text))
    assert read.of(("anger", "angry"), scales()).tolist() == [[0.2, 0.9, 0.7], [0.1, 0.8, 0.6]]


def test_a_lexicon_on_another_scale_is_brought_to_one(tmp_path: Path) -> None:
    read = Norms.read(lexicon(tmp_path, "calm\t1\t5\t9\n"), low=1, high=9)
    assert read.of(("calm",), scales()).tolist() == [[0.0, 0.5, 1.0]]
    with pytest.raises(BadPlan, match=r"got \[9, 1\] as the lexicon's scales; expected low below high"):
        Norms.read(lexicon(tmp_path, ROWS), low=9, high=1)


@pytest.mark.parametrize(
    ("bad", "number"),
    [
        ("sad\t0.2\t0.3\n", 3),
        ("sad\t0.2\t0.3\t0.1\t0.4\n", 3),
        ("sad\t0.2\tmuch\t0.1\n", 3),
        ("sad\t0.2\tnan\t0.1\n", 3),
        ("sad\t0.2\t1.3\t0.1\n", 3),
        ("sad 0.2 0.3 0.1\n", 3),
        ("\t0.2\t0.3\t0.1\n", 3),
        ("\nanger\t0.5\t0.5\t0.5\n", 4),
    ],
)
def test_bad_lines_are_named_by_number(tmp_path: Path, bad: str, number: int) -> None:
    with pytest.raises(BadCorpus, match=rf"lexicon.txt cannot be read as norms: line {number} .*expected a word"):
        Norms.read(lexicon(tmp_path, ROWS + bad))


def test_many_bad_lines_are_counted(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=r"line 1 .*line 2 .*line 3 .*and 7 more"):
        Norms.read(lexicon(tmp_path, "sad\t0.1\t7\t0.1\n" * 10))


def test_a_word_may_be_listed_twice_with_the_same_values(tmp_path: Path) -> None:
    assert len(Norms.read(lexicon(tmp_path, ROWS + ROWS)).values) == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("word\tpleasantness\tweight\tdominance\n" + ROWS, "line 1 of .* names the columns pleasantness, weight"),
        ("word\tvalence\tpleasure\tdominance\n" + ROWS, "each once"),
        ("angry\t0,1\t0,8\t0,6\n", "numbers with a point"),
        ("word\tv\ta\td\n", "no line but that of the columns' names"),
        ("angry\t2.5\t7.1\t5.5\nhappy\t8.2\t6.4\t6.6\n", "bring its values of 2.5 to 8.2 to .0, 1., as Norms.read"),
    ],
)
def test_files_that_are_no_lexicon_say_what_is_expected(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadCorpus, match=complaint):
        Norms.read(lexicon(tmp_path, text))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=r"nowhere.txt.*correct the path"):
        norms(str(tmp_path / "nowhere.txt"))
    (tmp_path / "latin.txt").write_bytes("f\xe2ch\xe9\t0.1\t0.2\t0.3\n".encode("latin-1"))
    with pytest.raises(BadCorpus, match=r"latin.txt.*expected text in UTF-8"):
        norms(str(tmp_path / "latin.txt"))


def test_a_class_without_a_norm_is_named_with_a_remedy() -> None:
    with pytest.raises(BadPlan, match=r"'boredom' \(looked for boredom, bored\).*set it with norms.with_"):
        NRC.of(("anger", "boredom"), scales())
    with pytest.raises(
        BadPlan, match=r"no norm for the class 'anger' on intensity \(it has valence, arousal, dominance\)"
    ):
        NRC.of(("anger",), (Target("intensity"),))


def test_own_values_are_added_to_and_put_before_others() -> None:
    own = NRC.with_({"Boredom": {"valence": 0.2, "activation": 0.1, "power": 0.3}, "anger": {"arousal": 1.0}})
    assert own.of(("boredom", "anger", "angry"), scales()).tolist() == [
        [0.2, 0.1, 0.3],
        [0.122, 1.0, 0.604],
        [0.122, 0.83, 0.604],
    ]
    assert "boredom" not in NRC.values, "the built-in norms stay as they are"


def test_words_are_found_in_whatever_case_they_were_given() -> None:
    own = Norms({" Angry": {"Pleasure": 0.3}})
    assert own.of(("ANGER",), (Target("valence"),)).tolist() == [[-0.4]]
    assert own == Norms({"angry": {"valence": 0.3}})
    assert hash(own) == hash(Norms({"angry": {"valence": 0.3}}))


@pytest.mark.parametrize("value", [1.2, -0.1, float("nan"), "much", None])
def test_values_outside_of_0_to_1_are_refused(value: object) -> None:
    with pytest.raises(BadPlan, match=r"the norm of 'boredom' on valence is .*expected a number in \[0, 1\]"):
        NRC.with_({"boredom": {"valence": value}})  # type: ignore[dict-item]


def test_a_value_on_something_that_is_no_dimension_is_refused() -> None:
    with pytest.raises(BadPlan, match=r"on tension is 0.5; expected .* valence, arousal, dominance"):
        NRC.with_({"boredom": {"tension": 0.5}})


@pytest.mark.parametrize(
    ("name", "meant"),
    [("pleasure", "valence"), ("Activation", "arousal"), ("power", "dominance"), ("control", "dominance"), ("x", "x")],
)
def test_dimensions_have_other_names(name: str, meant: str) -> None:
    assert dimension(name) == meant


def test_a_file_of_one_word_goes_before_the_built_in_ones(tmp_path: Path) -> None:
    own = norms(str(lexicon(tmp_path, "boredom\t0.2\t0.1\t0.3\nanger\t0.5\t0.5\t0.5\n")))
    found = own.of(("boredom", "angry", "sadness"), (Target("valence", low=0, high=1),))
    assert found[:, 0].tolist() == [0.2, 0.5, 0.225]
