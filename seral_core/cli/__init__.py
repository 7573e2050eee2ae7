"""The ``seral`` command: `commands` joins the others."""

import os
import sys

# ``python -m seral_core.cli`` puts the current folder before everything else, and it may hold
# anybody's files.
if sys.argv[0] == "-m" and not os.path.samefile(sys.path[0], os.path.join(os.path.dirname(__file__), "..", "..")):
    del sys.path[0]

from seral_core.cli.commands import commands
from seral_core.cli.entry import main

__all__ = ["commands", "main"]
