# The same verbs on a laptop and in CI; `make help` lists them. Nothing is installed outside .venv; what `make assets`
# builds, the programs of real clusters, is kept in the user's cache.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
# Newer than the lock: what it holds is installed, and nothing is fetched.
STAMP := $(VENV)/.installed
RESOLVE := $(BIN)/uv pip compile --quiet
# All that is asked for in pyproject.toml, but for Go, which is needed where there is none.
ALL := pyproject.toml --all-extras --group dev
# As in `make lock UPGRADE=`, which changes no more of the lock than it must.
UPGRADE := --upgrade
LOCKED := --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: venv other-python lock demo test test-quick test-sandbox test-newest test-oldest check contract bench assets
.PHONY: assets-if-possible generated docs clean help

venv: $(STAMP) ## Make .venv, with kfed and all that its development needs

$(STAMP): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "kfed needs Python 3.11 or newer; name one, as in: make PYTHON=python3.12" >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# A Python that is named is the one that .venv gets, also where there is one already.
version = $(shell $(1) -c 'import sys; print(sys.version)' 2>/dev/null)
ifneq ($(origin PYTHON),file)
ifneq ($(call version,$(BIN)/python),$(call version,$(PYTHON)))
$(STAMP): other-python
endif
endif
other-python:
	@$(PYTHON) -c "" && rm -rf $(VENV)

lock: | $(BIN)/uv ## Renew the lock: the newest of all that pyproject.toml asks for, for every Python that kfed runs on
	$(RESOLVE) $(ALL) $(LOCKED) --output-file $(LOCK)
	$(RESOLVE) --group go $(LOCKED) --output-file tests/clusters/go.lock

$(BIN)/uv:
	@$(MAKE) venv

demo: venv ## Generate a type, render an object of it, and try both on a small fleet
	$(BIN)/python docs/examples/demo.py

test: venv ## Run all tests
	$(BIN)/pytest -n auto

test-quick: venv ## Run the tests that take no more than a moment each, without those of the sandbox
	$(BIN)/pytest -n auto -m "not slow and not cluster and not sandbox"

test-sandbox: venv ## Run the tests of the sandbox, its contract with a real API server included
	$(BIN)/pytest -n auto -m sandbox

check: venv ## Lint, types, import contracts, generated files and documentation
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/kfed generate --all --check -o generated
	$(BIN)/python -m docs.build.cli --check
	$(BIN)/python -m docs.build.findings --check
	$(BIN)/python -m docs.build.sandbox_contract --check
	$(BIN)/python -m docs.build.links

test-newest: ## Run all tests with the newest of everything that pyproject.toml allows
test-oldest: ## Run all tests with the oldest that it allows; PYTHON is to be 3.11, which old versions know

test-newest: RESOLUTION := highest
test-oldest: RESOLUTION := lowest-direct
test-newest test-oldest: test-%: venv assets-if-possible
	$(BIN)/uv venv --quiet --clear --python $(PYTHON) $(VENV)-$*
	$(RESOLVE) $(ALL) --resolution $(RESOLUTION) --python $(VENV)-$* --output-file $(VENV)-$*/requirements.txt
	$(BIN)/uv pip install --quiet --python $(VENV)-$* --requirement $(VENV)-$*/requirements.txt
	$(BIN)/uv pip install --quiet --python $(VENV)-$* --no-deps --no-build-isolation --editable .
	$(VENV)-$*/bin/pytest -n auto

contract: venv ## Hold the sandbox to a real API server, and write down how it did
	-$(BIN)/pytest -n auto tests/sandbox/contract --junit-xml=build/contract.xml
	$(BIN)/python -m docs.build.sandbox_contract build/contract.xml

bench: venv ## Measure render, generate and start-up
	$(BIN)/python tests/bench/run.py

assets: venv ## Build, once, the programs of the real clusters that tests run against
	$(BIN)/python tests/clusters/assets.py

# Without Go and a network the other tests are still worth running: pytest says what did not run, and fails in CI.
assets-if-possible: venv
	@$(BIN)/python tests/clusters/assets.py || echo "Going on without them." >&2

test test-sandbox contract: assets-if-possible

generated: venv ## Write generated/, the types of the newest Kubernetes release
	$(BIN)/kfed generate --all -o generated

docs: venv ## Write the parts of docs/ that are made from the code
	$(BIN)/python -m docs.build.cli
	$(BIN)/python -m docs.build.findings

clean: ## Remove what make made, .venv included
	rm -rf $(VENV) $(VENV)-newest $(VENV)-oldest build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## List these verbs
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r verb text; do \
		printf '  %-12s %s\n' "$$verb" "$$text"; done
