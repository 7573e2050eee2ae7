"""Speed against scikit-activeml, on the same data, in one run, single-threaded: ``make bench``."""
