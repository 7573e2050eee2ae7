"""Fuzzing every command and route: a few seconds among the tests, ``python -m tests.fuzz --minutes 60`` by hand."""
