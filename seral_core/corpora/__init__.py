"""Recordings, who speaks in them, and what raters said."""
