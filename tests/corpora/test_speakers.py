"""Names of speakers that come back in every session are people of that session, or asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus


def opened(place: Path, speakers: list[str], sessions: list[str], **options: object) -> Corpus:
    rows = [f"{i}.wav,{a},{b},{'joy' if i % 2 else 'anger'}" for i, (a, b) in enumerate(zip(speakers, sessions))]
    table = place / "labels.csv"
    table.write_text("\n".join(["file,who,sess,emotion", *rows]), encoding="utf-8")
    return open_corpus(table, columns={"speaker": "who", "session": "sess", **options})


def test_speakers_called_after_their_sex_are_people_of_their_own_session(tmp_path: Path) -> None:
    corpus = opened(tmp_path, ["female", "male", "female", "male", "male"], ["1", "1", "2", "2", ""])
    assert corpus.segments["speaker"].tolist() == ["1_female", "1_male", "2_female", "2_male", None]
    assert any("each is taken for a person of that session, such as 1_female" in note for note in corpus.notes)


@pytest.mark.parametrize(
    ("speakers", "sessions", "words"),
    [
        (
            ["A", "B", "A", "B", "A", "B"],
            ["1", "1", "2", "2", "3", "3"],
            "speakers A, B are in nearly all of 3 sessions",
        ),
        (["F", "M", "F", "M"], ["1"] * 4, "speakers are called F, M; if that is only their sex"),
        (["anna", "ben", "carl", "dora"], ["1", "1", "2", "2"], ""),
    ],
)
def test_other_names_stay_and_those_in_all_sessions_are_asked_about(
    speakers: list[str], sessions: list[str], words: str, tmp_path: Path
) -> None:
    corpus = opened(tmp_path, speakers, sessions)
    assert corpus.segments["speaker"].tolist() == speakers
    asked = [note for note in corpus.notes if note.startswith("speakers ")]
    assert [words in note for note in asked] == ([True] if words else [])
