"""Numbers that describe each segment: extracted from audio, or brought ready."""
