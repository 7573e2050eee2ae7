"""What the README shows is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_python_way_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import plotly.graph_objects as go

    shown: list[go.Figure] = []
    monkeypatch.setattr(go.Figure, "show", lambda figure: shown.append(figure))
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.S)
    exec(compile(block.replace("budget=100", "budget=30"), "README.md", "exec"), {})
    names = {trace.name for trace in shown[0].data}
    assert {"recommended", "entropy", "random"} <= names
    assert "Finished(spent=30" in capsys.readouterr().out


def test_every_path_it_names_exists() -> None:
    text = README.read_text(encoding="utf-8")
    for path in re.findall(r"\]\(([^)#]+)\)", text):
        assert (README.parent / path).exists(), path
