"""So that ``python -m seral_core.cli`` is the ``seral`` command."""

from seral_core.cli.entry import main

main()
