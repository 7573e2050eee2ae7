"""The ``seral`` command: `commands` joins the others."""

from seral_core.cli.commands import commands, main

__all__ = ["commands", "main"]
