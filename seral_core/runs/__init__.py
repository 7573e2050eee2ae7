"""Runs: loops that yield events, and the folders that keep them."""
