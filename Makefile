# Fairlead: `make run` to try it, `make test` before a change goes in.

VENV := .venv
BIN := $(VENV)/bin
PACKAGES := core billing affiliates marketplace wsgi.py

# The first of these that runs and is new enough; PYTHON=... overrides.
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for python in python3.11 python3; do \
	$$python $(NEW_ENOUGH) 2>/dev/null && echo $$python && break; done)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-fast bench format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/installed ## Start everything with demo data on http://127.0.0.1:8000 (PORT=8001 make run for another port)
	@exec $(BIN)/python -m core.launcher

test: $(VENV)/installed ## Check format, lint and types, then run every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

test-fast: $(VENV)/installed ## Run the tests that need no server and no browser
	$(BIN)/python -m pytest -n auto -m "not slow" $(ARGS)

bench: $(VENV)/installed ## Measure this machine against the project's targets
	$(BIN)/python -m benchmarks $(ARGS)

format: $(VENV)/installed ## Format the code and sort its imports
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

clean: ## Remove the virtual environment and caches (never the data in instance/)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/installed: requirements.txt
	@$(or $(PYTHON),false) $(NEW_ENOUGH) || \
		{ echo "Fairlead needs Python 3.11 or newer. If yours has another name: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Installing the packages of requirements.txt into $(VENV)…"
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "No virtual environment could be made. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@
