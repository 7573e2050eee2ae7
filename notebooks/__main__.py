"""``make course``: students' editions beside this file, instructors' in the folder that is named."""

from __future__ import annotations

import sys
from pathlib import Path

from notebooks.editions import HERE, SOURCES, edition, text


def main() -> None:
    """Write both editions of every lesson."""
    instructors = Path(sys.argv[1])
    instructors.mkdir(parents=True, exist_ok=True)
    for path in SOURCES:
        for folder, kind in ((HERE, "student"), (instructors, "instructor")):
            (folder / f"{path.stem}.ipynb").write_text(text(edition(path, kind)), encoding="utf-8")
    print(f"{len(SOURCES)} lessons: students' in {HERE}, instructors' in {instructors}")


if __name__ == "__main__":
    main()
