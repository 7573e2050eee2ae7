"""Registries, asked by several threads at once: pages and requests of a server are threads."""

from __future__ import annotations

import subprocess
import sys

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
