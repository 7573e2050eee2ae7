"""Registries, asked by several threads at once: pages and requests of a server are threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ASKED_AT_ONCE = """
import sys, threading
from seral_core.features.base import extractors
from seral_core.learners.base import learners
sys.setswitchinterval(1e-5)
begin, wrong = threading.Barrier(6), []
def ask():
    begin.wait()
    try:
        extractors["SERALv01"], learners["ridge"]
        if "mfcc-windows" not in extractors:
            wrong.append("mfcc-windows is missing")
    except Exception as error:
        wrong.append(repr(error))
threads = [threading.Thread(target=ask) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(wrong)
"""


def test_threads_that_ask_first_all_find_every_part() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED_AT_ONCE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


PARTS_OF_OTHERS = {
    "plug.dist-info/METADATA": "Metadata-Version: 2.1\nName: plug\nVersion: 1\n",
    "plug.dist-info/entry_points.txt": "[seral.learners]\na = plug_a\nb = plug_b\nc = plug_c\n",
    "plug_a.py": "from seral_core.learners import base as b, incremental\n@b.learners.register('theirs')\nclass A: 0\n",
    "plug_b.py": "from seral_core.learners import base\n\n@base.learners.register('ridge')\nclass T: ...\n",
    "plug_c.py": "raise OSError('not today')\n",
}
ASKED = """
from seral_core.learners.base import learners
for name in ("sgd", "theirs", "ridge", "c", "svr"):
    try:
        print(name, learners[name].__module__)
    except Exception as wrong:
        print(name, str(wrong).split(";")[0])
"""


def test_parts_of_others_that_import_ours_keep_them_and_their_twins_are_refused(tmp_path: Path) -> None:
    for name, text in PARTS_OF_OTHERS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    there = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True, env=there)
    assert done.stdout.splitlines() == [
        "sgd seral_core.learners.incremental",
        "theirs plug_a",
        "ridge learner 'ridge' of plug_b exists already",
        "c learner 'c' cannot be loaded (OSError: not today)",
        "svr seral_core.learners.kernel",
    ]
