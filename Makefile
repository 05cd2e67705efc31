# What developers do here, by name; `make` alone lists it. `run` and `demo` need Python 3.11+; `test` also fetches a
# browser, some of whose libraries root may have to install; `check`, `types`, `format`, `hooks` and `lock` need Node
# besides. Everything is fetched once, from lock files with hashes: stamps in .venv and node_modules say what was
# fetched, so that the next time costs a moment and works without a network.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv)
N := 20
api_types := frontend/core/api-types.d.ts
make_api_types := $(BIN)/python scripts/api_types.py | node_modules/.bin/prettier --stdin-filepath $(api_types)

help:
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' Makefile | expand -t 14

run: $(VENV)/.run ## start Clubroom on http://localhost:8000
	@exec $(BIN)/clubroom run

demo: $(VENV)/.run ## start a club of made-up people to look around in, on the same address
	@exec $(BIN)/clubroom demo

test: $(VENV)/.browser test-js ## everything, API and browser; ARGS="-k files" for less
	$(BIN)/python -m pytest -n 2 $(counted) $(ARGS)

smoke: $(VENV)/.browser ## the shortest proof that it works, under 20 s
	$(BIN)/python -m pytest -n 2 -m smoke e2e $(ARGS)

e2e: $(VENV)/.browser ## the journeys in a real browser only
	$(BIN)/python -m pytest -n 2 e2e $(ARGS)

soak: $(VENV)/.browser ## the journeys N=20 times over: a test that fails once is broken
	$(BIN)/python -m e2e.harness.soak $(N) e2e $(ARGS)

coverage: ## make test, and which lines it runs, Python and JavaScript; never fewer than coverage.json says
	@$(MAKE) test counted='--cov --cov-report='
	$(BIN)/python -m e2e.harness.coverage_report coverage.json

test-js:
	@if [ "$$(node -p 'process.versions.node.split(".")[0] >= 20' 2>/dev/null)" != true ]; \
	then echo "The JavaScript unit tests are skipped: they need Node 20 or newer."; \
	else echo "JavaScript unit tests:"; node --test --test-reporter=dot $$(find frontend -name '*.test.js'); fi

check: check-python check-js ## formatting, lint, types and the floor of coverage; changes nothing

check-python: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/python -m e2e.harness.coverage_report --check coverage.json

check-js: $(VENV)/.dev node_modules/.made
	@$(make_api_types) | diff $(api_types) - || \
	{ echo "$(api_types) is not what the server says: make types" >&2; exit 1; }
	node_modules/.bin/prettier --check .
	node_modules/.bin/eslint .
	node_modules/.bin/tsc

types: $(VENV)/.dev node_modules/.made ## tell the page's types what the server answers
	$(make_api_types) > $(VENV)/api-types.d.ts
	mv $(VENV)/api-types.d.ts $(api_types)

format: $(VENV)/.dev node_modules/.made ## put everything in the form that check asks for
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	node_modules/.bin/prettier --write .

bench: $(VENV)/.dev ## how fast it is, beside what this machine can do at all
	$(BIN)/python -m bench $(ARGS)

screenshots: $(VENV)/.browser ## draw the README's pictures anew, and record the login
	$(BIN)/python -m e2e.demo

hooks: $(VENV)/.dev node_modules/.made ## let git run .githooks/pre-commit here, without network
	git config core.hooksPath .githooks

lock: ## bring the lock files up to pyproject.toml and package.json; needs uv and Node; ARGS=--upgrade for newer versions
	uv pip compile $(lock) $(ARGS) pyproject.toml -o requirements.lock
	uv pip compile $(lock) $(ARGS) pyproject.toml -o requirements-dev.lock --group dev -c requirements.lock
	npm install --package-lock-only

# No annotations and no address of an index: a lock file says what is installed, not where one machine fetched it.
lock := -q --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock"

clean: ## remove what was fetched and made; the club's data stays
	rm -rf $(VENV) node_modules dist test-results .coverage* .*_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# --- What is fetched once ---------------------------------------------------------------------------------------------

ifneq ($(UV),)
install := uv pip install -q --compile-bytecode --python $(BIN)/python
else
install := $(BIN)/python -m pip install -qq --disable-pip-version-check
endif
python := $(or $(PYTHON),python3)

# An environment stands on one Python of this machine: where that was replaced or removed, it is made anew.
ifneq ($(wildcard $(VENV)/.run),)
ifneq ($(shell { $(BIN)/python -c 'import click' || echo no; } 2>/dev/null),)
$(shell rm -f $(VENV)/.made)
endif
endif

$(VENV)/.made:
ifneq ($(UV),)
	@uv venv -q --clear --python '$(or $(PYTHON),>=3.11)' $(VENV) || \
	{ echo "Clubroom needs Python 3.11 or newer: install it, then try again." >&2; exit 1; }
else
	@$(python) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "Clubroom needs Python 3.11 or newer, and $(python) is none: install it, or name it: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(python) -c 'import ensurepip' 2>/dev/null || \
	{ echo "$(python) cannot make an environment: install python3-venv (Debian, Ubuntu) or uv, then try again." >&2; exit 1; }
	@$(python) -m venv --clear $(VENV)
	@$(BIN)/python -m pip uninstall -qq -y setuptools # Python 3.11 brings it; its hook costs every start 13 ms
endif
	@touch $@

# The checkout joins the environment by a .pth file and a two-line script: what an editable install comes to,
# without the build backend that one has to download. Both are relative, so the folder may be moved.
$(VENV)/.run: requirements.lock $(VENV)/.made
	@echo "Installing what Clubroom needs; the next start finds it here."
	@$(install) --require-hashes -r $<
	@echo ../../../../backend > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/clubroom.pth"
	@printf '#!/bin/sh\nexec "$${0%%/*}/python" -m clubroom "$$@"\n' > $(BIN)/clubroom
	@chmod +x $(BIN)/clubroom
	@$(BIN)/python -m compileall -q backend/clubroom
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what its tests and checks need."
	@$(install) --require-hashes -r $<
	@touch $@

$(VENV)/.browser: $(VENV)/.dev
	@$(BIN)/python -m e2e.harness.browser --install
	@touch $@

node_modules/.made: package-lock.json
	@[ "$$(node -p '[a, b] = process.versions.node.split("."), a >= 24 || a == 22 && b >= 13 || a == 20 && b >= 19' 2>/dev/null)" = true ] || \
	{ echo "The checks of JavaScript and CSS need Node 20.19, 22.13, 24 or newer: install one, then try again." >&2; exit 1; }
	@npm ci --loglevel=error --no-audit --no-fund
	@touch $@

.PHONY: help run demo test smoke e2e soak coverage test-js check check-python check-js types format bench screenshots hooks lock clean
