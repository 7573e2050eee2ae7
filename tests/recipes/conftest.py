"""What tests of recipes share: reports without pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seral_core import pictures
from seral_core.errors import MissingExtra
from seral_core.recipes import report_files


@pytest.fixture(scope="module", autouse=True)
def no_pictures() -> Iterator[None]:
    """A browser takes seconds for every picture; the tests of the pages draw them."""

    def html_only(figure: Any, path: Path) -> None:
        if path.suffix != ".html":
            raise MissingExtra(f"a {path.suffix} file", "kaleido", "pictures")
        pictures.save(figure, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_files, "save", html_only)
        yield
