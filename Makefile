# make demo    set up and open the dashboard on the built-in corpus
# make test    set up and run all checks and tests
# make docs    write the API reference to build/docs
# make course  write students' lessons to notebooks, instructors' to build/instructor
# make gallery run all lessons and write them as web pages to build/gallery
# make bench   compare speed with scikit-activeml and crowd-kit, in one run
# make lock    pin the newest versions that are allowed, after trying them

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What this project was called in environments that an earlier checkout made.
FORMER = @$(PIP) uninstall --yes seral 2>/dev/null || true

.PHONY: demo test check docs course gallery bench lock clean help

help:
	@sed -n 's/^# make/make/p' Makefile

demo: $(VENV)/.demo
	$(BIN)/seral demo

test: $(VENV)/.dev check
	$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder --max-worker-restart 0

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.lint_scripts

docs: $(VENV)/.dev
	$(BIN)/python -m docs build/docs

course: $(VENV)/.dev
	$(BIN)/python -m notebooks build/instructor

gallery: $(VENV)/.dev
	$(BIN)/python -m docs.gallery build/gallery

bench: $(VENV)/.dev
	$(PIP) install -c constraints.txt -e ".[bench]"
	$(BIN)/python -m tests.benchmarks

lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet "torch==2.13.0" -e ".[dev,deep,bench,notebook,opensmile]"
	build/lock/bin/pip freeze --exclude-editable --exclude torch | sed '/^-e /d; /@ file/d; /^torch/d' > constraints.txt
	echo "torch==2.13.0" >> constraints.txt

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed, $$($(PYTHON) --version) came: make PYTHON=/path/to/python3.11 demo"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo "setting up in $(VENV), once: this takes a minute"
	$(FORMER)
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "setting up in $(VENV), once: this takes a minute or two"
	$(FORMER)
	$(PIP) install -c constraints.txt -e ".[dev]"
	@touch $@ $(VENV)/.demo
