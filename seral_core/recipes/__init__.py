"""Published experiments that run by name on any fitting corpus, a file or a folder each."""
