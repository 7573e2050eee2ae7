"""What the README shows is true."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from seral_core.corpora.base import open_corpus

README = Path(__file__).parents[1] / "README.md"


def test_the_python_way_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import plotly.graph_objects as go

    shown: list[go.Figure] = []
    monkeypatch.setattr(go.Figure, "show", lambda figure: shown.append(figure))
    monkeypatch.chdir(tmp_path)
    front, parts = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.S)
    small = "synthetic:clips=80:speakers=8"
    (tmp_path / "new").mkdir()
    corpus = open_corpus(small)
    for segment in corpus.ids[:3]:
        shutil.copy(corpus.path(segment)[0], tmp_path / "new")
    front = front.replace("path/to/recordings", small).replace("seeds=5", "seeds=3, budget=30, split='speakers:3'")
    front = front.replace('map("mine")', 'map("mine", method="pca")')  # the usual UMAP compiles for half a minute
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(front, "README.md", "exec"), space)
    assert (tmp_path / "report.html").stat().st_size > 1e6
    assert space["model"].predict("new/*.wav")["emotion"].notna().sum() == 3
    assert shown[0].data

    exec(compile(parts.replace("budget=100", "budget=30"), "README.md", "exec"), space)
    said = capsys.readouterr().out
    assert said.count("is finished") == 9
    assert "Finished(spent=30" in said


def test_every_path_it_names_exists() -> None:
    text = README.read_text(encoding="utf-8")
    for path in re.findall(r"\]\(([^)#]+)\)", text):
        assert (README.parent / path).exists(), path
