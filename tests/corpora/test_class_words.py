"""What people write into the cells of classes and names: read where it is plain, asked about where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadCorpus
from tests.corpora.test_tables import noted, written


def labelled(place: Path, *cells: str, column: str = "emotion") -> Corpus:
    return open_corpus(written(place, f"file;{column}", [f"{i}.wav;{cell}" for i, cell in enumerate(cells)]))


@pytest.mark.parametrize(
    ("cells", "gold", "note"),
    [
        (("anger (3), joy (1)", "joy (1), fear (2)"), ["anger", "fear"], "count as that many votes"),
        (("anger:3|joy:1|fear:0", "fear"), ["anger", "fear"], "1 cells of emotion hold several labels: their numbers"),
        (("{'anger': 1, 'fear': 4}", "2 x joy / 1 x fear"), ["fear", "happiness"], "count as that many votes"),
        (("joy 5/fear 2", "anger=4, joy=4"), ["happiness", "tie"], "count as that many votes"),
        (("anger 60%, joy 40%", "joy 10%, fear 90%"), ["anger", "fear"], "shares, of which the largest counts alone"),
        (("anger: 0,6 | joy: 0,4", "joy"), ["anger", "happiness"], "shares, of which the largest counts alone"),
        (("anger(2) joy(1)", "joy", "fear"), ["anger", "happiness", "fear"], "count as that many votes"),
        (("anger > joy", "fear >> anger > joy", "joy"), ["anger", "fear", "happiness"], "2 cells of emotion hold sev"),
    ],
)
def test_counts_shares_and_orders_of_labels_are_read(
    cells: tuple[str, ...], gold: list[str], note: str, tmp_path: Path
) -> None:
    corpus = labelled(tmp_path, *cells)
    assert corpus.gold("emotion").fillna("tie").tolist() == gold
    assert noted(corpus, note)


@pytest.mark.parametrize(
    ("cells", "notes"),
    [
        (("anger joy", "sad_fear", "joy"), ["classes of emotion hold several emotions: anger_joy, sad_fear; if they"]),
        (("anger:1|joy:2", "fear:1|joy:2"), ["hold several emotions: anger:1|joy:2, fear:1|joy:2"]),
        (("anger -> joy", "joy"), ["hold several emotions: anger_->_joy"]),
        (("<joy>", "<anger>"), ["hold an emotion and something more: <anger>, <joy>"]),
        (("anger (3)", "very angry", "joy"), ["hold an emotion and something more: anger_(3), very_angry"]),
        (("?rger", "\ufffdberraschung", "anger?"), ["have lost a letter: ?rger, \ufffdberraschung"]),
        (("W", "L", "E", "T", "N"), ["are read as EmoDB writes them: e disgust, l boredom, n neutral, t sadness, w a"]),
        (("P", "Q", "P"), ["classes of emotion are letters: p, q; give them names"]),
        (("A", "F", "N"), ["classes of emotion are letters: a, f, n; give them names"]),
        (("an", "ha", "sa"), ["classes of emotion are no known words for emotions: an, ha, sa; give them names"]),
        (("A:3 H:1", "H:4"), ["classes of emotion are no known words for emotions: a:3_h:1, h:4"]),
        (("angryhappy", "SadAngry", "joy"), ["hold several emotions: angryhappy, sadangry"]),
    ],
)
def test_classes_that_are_several_damaged_or_codes_are_all_named(
    cells: tuple[str, ...], notes: list[str], tmp_path: Path
) -> None:
    corpus = labelled(tmp_path, *cells)
    assert noted(corpus, *notes)
    assert not noted(corpus, "is it meant to be 'happiness'")


def test_names_that_differ_in_case_or_as_numbers_do_are_asked_about(tmp_path: Path) -> None:
    rows = ["a.wav,1,Anna,joy", "a.wav,1,anna,joy", "b.wav,1.0,Ben,fear", "c.wav,s02,Cy,joy", "d.wav,S2,ben,joy"]
    corpus = open_corpus(written(tmp_path, "file,speaker,rater,emotion", rows))
    assert noted(corpus, "speakers 1 and 1.0, S2 and s02 count", "raters Anna and anna, Ben and ben count as different")


def test_splits_that_differ_in_case_are_one(tmp_path: Path) -> None:
    rows = [f"{i}.wav,{split},joy" for i, split in enumerate(("Train", "TEST", "train", "Test1", "Train"))]
    corpus = open_corpus(written(tmp_path, "file,split,emotion", rows))
    assert corpus.segments["split"].tolist() == ["Train", "TEST", "Train", "Test1", "Train"]
    assert noted(corpus, "splits Train and train are one, Train")


@pytest.mark.parametrize(
    ("column", "written_as", "sexes"),
    [
        ("sexo", "VM", "male female"),
        ("geslacht", "VM", "female male"),
        ("sesso", "UD", "male female"),
        ("sexe", "HF", "male female"),
        ("gender", "MF", "male female"),
        ("geschlecht", "MWD", "male female d"),
    ],
)
def test_letters_for_sexes_are_read_in_the_language_of_their_column(
    column: str, written_as: str, sexes: str, tmp_path: Path
) -> None:
    rows = [f"{i}.wav,{letter},joy" for i, letter in enumerate(written_as)]
    corpus = open_corpus(written(tmp_path, f"file,{column},emotion", rows))
    assert corpus.segments["sex"].tolist() == sexes.split()


@pytest.mark.parametrize(("column", "letters"), [("sex", "VM"), ("sexo", "M"), ("sex", "12")])
def test_letters_that_may_be_either_sex_are_kept_and_named(column: str, letters: str, tmp_path: Path) -> None:
    rows = [f"{i}.wav,{letter},joy" for i, letter in enumerate(letters)]
    corpus = open_corpus(written(tmp_path, f"file,{column},emotion", rows))
    assert corpus.segments["sex"].tolist() == list(letters.lower())
    assert noted(corpus, f"sexes {', '.join(sorted(letters.lower()))} are kept as they are written")


@pytest.mark.parametrize("wrong", ["cp1252", "latin-1", "mac-roman", "cp850"])
def test_letters_that_were_written_wrongly_before_are_noted(wrong: str, tmp_path: Path) -> None:
    word = "Ärger".encode().decode(wrong)
    assert noted(labelled(tmp_path, word, "Freude"), f"letters were written wrongly before, such as '{word}' for 'Ärge")
    assert noted(labelled(tmp_path, "\ufffdrger", "Freude"), "letters were lost before, such as in '\ufffdrger'")
    fine = labelled(tmp_path, "Ärger", "раздражение", "厌恶", "tão só", "„LE CAFÉ“", "ÊTRE")
    assert not noted(fine, "wrongly before")


def test_utf_32_and_utf_16_are_read_and_what_is_no_text_is_refused(tmp_path: Path) -> None:
    rows = ["a.wav,Ärger", "b.wav,Freude"]
    for encoding in ("utf-32", "utf-16", "utf-16-le"):
        corpus = open_corpus(written(tmp_path, "file,emotion", rows, encoding=encoding))
        assert corpus.task[0].classes == ("anger", "happiness")
    with pytest.raises(BadCorpus, match="expected UTF-8; save it as 'CSV UTF-8'"):
        open_corpus(written(tmp_path, "file,emotion", [row.replace("Ä", "A") for row in rows], encoding="utf-32-be"))
