"""Traces in time: with features, as levels, decoded, post-processed and scored."""
