"""The API reference, by pdoc from the docstrings: ``make docs`` writes it to ``build/docs``.

A link in it that leads nowhere is an error, and so is whatever pdoc warns of.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import warnings
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pdoc

import seral_core

#: The command line documents itself, by ``--help``.
WITHOUT = "!seral_core.cli"


class Page(HTMLParser):
    """What a page links to, and the names of its own places."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.places: set[str] = {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link or a place."""
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.links.add(value)
            elif value and name == "id":
                self.places.add(value)


def build(folder: Path, *, code: bool = True) -> None:
    """Write the reference.

    Parameters
    ----------
    folder : Path
        Gets an HTML page for each module.
    code : bool
        Whether pages show the code as well, which takes more than half of the time.
    """
    _prepare()
    pdoc.render.configure(docformat="numpy", math=True, show_source=code, footer_text=f"SERAL {seral_core.__version__}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Error parsing type annotation")  # those are shown as they are written
        pdoc.pdoc("seral_core", WITHOUT, output_directory=folder)


def _prepare() -> None:
    """Have pdoc find names that are loaded when first used, and modules beside the names that a package lists."""
    for _, name, _ in pkgutil.walk_packages(seral_core.__path__, "seral_core."):
        if not name.endswith("__main__"):
            try:
                importlib.import_module(name)
            except ImportError as wrong:
                raise SystemExit(f"{name} cannot be read: {wrong}; first: pip install -e '.[dev,deep]'") from None
    for module in [module for name, module in sys.modules.items() if name.split(".")[0] == "seral_core"]:
        listed = getattr(module, "__all__", None)
        for name in listed or ():
            setattr(module, name, getattr(module, name))
        if listed is not None and hasattr(module, "__path__"):
            module.__all__ = [*listed, *(found.name for found in pkgutil.iter_modules(module.__path__))]


def broken(folder: Path) -> list[str]:
    """Return the links of all pages that lead nowhere, each with its page; other sites' are not followed."""
    pages = {path: Page(path) for path in folder.rglob("*.html")}
    wrong = []
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or parts.fragment.startswith("_"):  # a private base has no place
                continue
            to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = to.exists() and (to not in pages or unquote(parts.fragment) in pages[to].places)
            wrong += [] if there else [f"{path.relative_to(folder)} links to {link}"]
    return wrong


def main() -> int:
    """Write the reference to the folder that is named, and print what is wrong; the test of its links needs no code."""
    folder = Path(sys.argv[1]).resolve()
    build(folder, code="--without-code" not in sys.argv)
    wrong = broken(folder)
    print(*wrong, f"{folder / 'index.html'}: {len(wrong)} links lead nowhere", sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
