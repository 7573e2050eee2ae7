"""How long a test waits for what must happen: long, as a busy machine is no fault of the program."""

from __future__ import annotations

#: Seconds. A wait that is over early costs nothing.
PATIENCE = 240
