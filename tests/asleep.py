"""A child that does nothing for long."""

from __future__ import annotations

import time


def main() -> None:
    time.sleep(600)
