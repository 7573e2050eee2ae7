"""Streamlit is set up only by SERAL: no file and no variable of the surroundings weakens it."""

from __future__ import annotations

import os
from typing import Any

#: What a file or variable could weaken, as it must be; given as flags, which come before files and variables.
STRICT: dict[str, Any] = {
    "secrets.files": [],
    "global.developmentMode": False,
    "server.baseUrlPath": "",
    "server.corsAllowedOrigins": [],
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "server.scriptHealthCheckEnabled": False,
}


def only_ours() -> None:
    """Have Streamlit read no ``config.toml``, no ``secrets.toml`` and no variable from now on.

    The folder that the user is in comes with recordings of others. Secrets would even become variables of the
    environment, which children obey.

    Examples
    --------
    >>> only_ours()
    >>> from streamlit import config
    >>> config.get_config_files("secrets.toml")
    []
    """
    from streamlit import config
    from streamlit.logger import get_logger

    for name in [name for name in os.environ if name.startswith("STREAMLIT_")]:
        del os.environ[name]
    config.get_config_files = _none
    config.get_config_options(force_reparse=True)
    # The options that `serve` gives are in force; Streamlit would tell the user to start it again.
    get_logger("streamlit.config").addFilter(lambda record: "config option section" not in str(record.msg))


def _none(file_name: str) -> list[str]:
    return []
