"""Published experiments that run by name on any fitting corpus, one a file."""
