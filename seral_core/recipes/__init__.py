"""Published experiments that run by name on any fitting corpus, one file or folder per recipe."""
