"""The page Corpus keeps what was said of how a corpus is read, whatever is in the words, and whoever said it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from seral_core.corpora.reading import Reading, remember, remembered
from seral_core.home import home
from tests.patience import PATIENCE


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))
    words = ['"angry, loud"', '"calm\n2"', "A", "H"]
    rows = [f"{i}.wav,{words[i % 4]},{1 + i % 4}" for i in range(8)]
    (tmp_path / "t.csv").write_text("\n".join(["file,emotion,arousal", *rows]) + "\n")
    return str(tmp_path / "t.csv")


def page(where: str) -> AppTest:
    imports = "from seral_dashboard.pages import sentences\nfrom seral_dashboard.views import corpus\n"
    script = f"{imports}sentences(corpus.show)()\n"
    made = AppTest.from_string(script, default_timeout=PATIENCE)
    made.query_params["corpus"] = where
    return made.run()


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def field(app: AppTest, name: str, where: str) -> AppTest:
    return app.text_input(key=f"understood-{name}-{where}")


def test_words_with_commas_and_line_feeds_are_shown_kept_and_forgotten(where: str) -> None:
    said = ("class angry, loud=anger", "class calm\n2=neutral", 'class say "so"=joy')
    remember(where, Reading(said=said))
    app = page(where)
    assert not app.error
    field(app, "ranges", where).set_value("arousal=1:9")
    press(app, "Read it like this")
    assert not app.error
    assert remembered(where) == Reading(ranges=("arousal=1:9",), said=said)
    press(app, "Read it as it is")
    assert not remembered(where)


@pytest.mark.parametrize("typed", ["angry", "A=anger, a=sadness", "=anger"])
def test_words_that_cannot_be_are_said_and_the_form_stays(typed: str, where: str) -> None:
    remember(where, Reading(said=("class A=anger",)))
    app = page(where)
    field(app, "words", where).set_value(typed)
    press(app, "Read it like this")
    assert app.error
    assert {"Read it like this", "Read it as it is"} <= {button.label for button in app.button}
    assert remembered(where).said == ("class A=anger",)


@pytest.mark.parametrize("choice", ["Save mine", "Take the other"])
def test_a_reading_that_was_changed_elsewhere_is_not_replaced_without_asking(choice: str, where: str) -> None:
    one, other = page(where), page(where)
    field(one, "words", where).set_value("A=anger")
    press(one, "Read it like this")
    field(other, "ranges", where).set_value("arousal=0:9")
    press(other, "Read it like this")
    theirs, mine = Reading(said=("class A=anger",)), Reading(ranges=("arousal=0:9",))
    assert remembered(where) == theirs
    assert "class A=anger" in other.warning[0].value
    assert "arousal=0:9" in other.warning[0].value
    press(other, choice)
    assert remembered(where) == (mine if choice == "Save mine" else theirs)
    assert not other.warning
    assert field(other, "words", where).value == ("" if choice == "Save mine" else "A=anger")
    assert field(one.run(), "words", where).value == "A=anger", "the first page shows what it was opened with"


def test_a_damaged_reading_is_said_and_can_be_forgotten_on_the_page(where: str) -> None:
    remember(where, Reading(said=("class A=anger",)))
    (kept,) = home("readings").iterdir()
    kept.write_text("")
    app = page(where)
    assert "cannot be used" in app.error[0].value
    press(app, "Read it as it is")
    assert not app.error
    assert list(home("readings").iterdir()) == []
