# Needs Python 3.11 or newer, git and make; everything else is installed into .venv from hashed lock files.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types layers coverage contract integration bench lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.demo ## play the whole story on the embedded simulator (ARGS=--once ends with it)
	@$(BIN)/python -m bot demo $(ARGS)

test: $(VENV)/.dev ## all tests, in parallel
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not registry and not contract" $(ARGS)

check: lint types layers coverage ## what every commit must pass: format, lint, types, import layers, tests with coverage

format: $(VENV)/.dev ## rewrite the code in our format
	@$(BIN)/ruff format bot tests
	@$(BIN)/ruff check --fix-only --quiet bot tests

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check bot tests
	@$(BIN)/ruff check bot tests

types: $(VENV)/.dev
	@$(BIN)/mypy

layers: $(VENV)/.dev
	@$(BIN)/lint-imports

coverage: $(VENV)/.dev ## the tests once more, holding core/ and manifests/ to every branch
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not registry and not contract" --cov --cov-report= $(ARGS)
	@$(BIN)/coverage report --include='bot/core/*,bot/manifests/*' --fail-under=100

contract: $(VENV)/.dev ## hold queries, simulator and receiver to GitHub's published schemas (needs npm)
	@$(BIN)/python -m pytest -n $(WORKERS) -m contract $(ARGS)

integration: $(VENV)/.dev ## against Debian's docker-registry and skopeo
	@$(BIN)/python -m pytest -m registry $(ARGS)

bench: $(VENV)/.dev ## speed and memory, as ratios against something run beside them
	@$(BIN)/python -m tests.bench $(ARGS)

lock: ## rewrite requirements/*.txt (needs uv)
	@requirements/update.sh

clean: ## remove what make installed and cached
	@rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and this is " + sys.version.split()[0] + "; say `make PYTHON=python3.12 …`")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python requirements/demo.txt
	@echo "Setting up (once) …"
	@$(PIP) install --require-hashes -r requirements/demo.txt
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements/dev.txt pyproject.toml
	@echo "Setting up for development (once) …"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.demo
