"""Texts of others are read in time that grows as they do: what once took minutes ends at once."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from seral_core.corpora.base import open_corpus
from seral_core.corpora.readers.iemocap import _TURN
from seral_core.errors import SeralError

LONG = 60_000
TABLES = {
    "a long word beside a foreign letter": f"file,emotion,note\na.wav,Ärger,{'A' * LONG}\nb.wav,Angst,x\n",
    "a column of digits": f"file,emotion,a{'1' * LONG}x\na.wav,anger,2\nb.wav,fear,3\n",
    "a trace's attribute of blanks": f"@relation x\n@attribute a {' ' * LONG}?\n@data\n",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("what", TABLES)
def test_a_table_is_read_or_refused_at_once(what: str, tmp_path: Path) -> None:
    path = tmp_path / ("t.arff" if "trace" in what else "t.csv")
    path.write_text(TABLES[what], encoding="utf-8")
    with pytest.raises(SeralError) if "trace" in what else nullcontext():
        assert len(open_corpus(path)) == 2


@pytest.mark.timeout(60)
def test_a_turn_of_a_dialog_is_matched_at_once() -> None:
    assert _TURN.match(f"[1.0 - 2.0]\tSes01F_{'_F' * LONG}!") is None
    assert _TURN.match("[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5, 2.5, 2.5]")
