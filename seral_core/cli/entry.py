"""Run the command line: what goes wrong becomes a sentence and an exit status."""

from __future__ import annotations

import io
import os
import sys

import click

from seral_core.cli.commands import commands
from seral_core.console import echo
from seral_core.errors import SeralError
from seral_core.process import elsewhere


def main() -> None:
    """Run the command line; errors with a remedy become one line and exit status 2."""
    try:
        with elsewhere():
            code = commands.main(standalone_mode=False)
    except SeralError as wrong:
        echo(f"{type(wrong).__name__}: {wrong}", err=True)
        code = 2
    except click.ClickException as wrong:
        shown = io.StringIO()
        wrong.show(shown)
        echo(*shown.getvalue().rstrip("\n").split("\n"), err=True)
        code = wrong.exit_code
    except (click.Abort, KeyboardInterrupt):
        echo("interrupted; everything recorded is kept; the same command continues from there", err=True)
        code = 130
    except UnicodeEncodeError as wrong:
        echo(f"{wrong.object!r:.200} is not in UTF-8; rename the file or folder, or correct the text", err=True)
        code = 2
    except RuntimeError as wrong:
        if "Symlink loop" not in str(wrong):
            raise
        echo(f"{wrong}: a link that leads to itself; correct the link, or name another folder", err=True)
        code = 2
    except OSError as wrong:
        echo(
            f"{wrong.filename or _nameless()} cannot be used: {wrong.strerror or wrong}; everything "
            "recorded is kept; check the path, its rights and the space left, or choose another "
            "folder (--out, SERAL_HOME)",
            err=True,
        )
        code = 2
    sys.exit(code if isinstance(code, int) else 0)


def _nameless() -> str:
    """Return what a fault without a name is about: the folder that a terminal is in may be removed."""
    try:
        os.getcwd()
    except OSError:
        return "the folder that you are in"
    return "a file"
