"""Recordings, who speaks in them, and the answers of raters."""
