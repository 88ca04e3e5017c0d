# Every command that a person or CI runs. `make` prints them.
# `make demo` needs the packages that a user needs; everything else installs the developers' as well.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
PROJECTS := -e . -e plugins/azuraforge-forecaster
SETTINGS := pyproject.toml $(wildcard plugins/*/pyproject.toml)
PYTEST_ARGS ?= -n auto --dist worksteal

export HYPOTHESIS_STORAGE_DIRECTORY := .cache/hypothesis
export ORT_DISABLE_TELEMETRY := 1

.PHONY: help setup demo test coverage lint format typecheck docs bench fuzz gpu-check wheel-test lock clean \
  manifests openapi migration released-schema images images-list cluster cluster-shell e2e e2e-full release-dry-run kill-test

help:  ## Print these targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.developer  ## Create .venv with everything that developers need

demo: $(VENV)/.user  ## Train a real model on real weather, end to end, and say where the report is
	@$(BIN)/azuraforge run -f examples/weather.yaml

test: $(VENV)/.developer  ## Run every test that needs neither a GPU nor a cluster
	@$(BIN)/pytest $(PYTEST_ARGS) -m "not gpu and not cluster"

coverage: $(VENV)/.developer  ## Run the tests and show the lines that none of them reaches
	@$(BIN)/coverage erase
	@$(BIN)/pytest $(PYTEST_ARGS) -m "not gpu and not cluster" --cov --cov-report=
	@$(BIN)/coverage report

lint: $(VENV)/.developer typecheck  ## Check format, style, import directions and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports

format: $(VENV)/.developer  ## Format the code and mend what can be mended by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

typecheck: $(VENV)/.developer  ## Check types
	@$(BIN)/mypy

docs: $(VENV)/.developer  ## Build the documentation into docs/_build/html; a warning is an error
	@$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: $(VENV)/.developer  ## Run the benchmarks that need no GPU; results go to benchmarks/results
	@$(BIN)/python benchmarks/shared_cache.py
	@$(BIN)/python benchmarks/engine_step.py

kill-test: $(VENV)/.developer  ## Kill the service and its database 50 times each while jobs tell events
	@PYTHONPATH=tests/harness $(BIN)/python -m benchmarks.service_kills

fuzz: $(VENV)/.developer  ## Ask the service 20,000 drawn requests on each database (FUZZ_ARGS="--requests 50000 --seed 7")
	@PYTHONPATH=tests/harness $(BIN)/python -m azuraforge_api_harness.fuzz --out benchmarks/results/fuzz.json $(FUZZ_ARGS)

gpu-check: ## Run the GPU tests and benchmarks on this machine, with the Python named by PYTHON
	@$(PYTHON) benchmarks/gpu_check.py

wheel-test: $(VENV)/.developer  ## Build the wheels, install them into a fresh environment and run the tests from there
	@rm -rf dist build/wheel-venv
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist plugins/azuraforge-forecaster >/dev/null
	@$(call create_venv,build/wheel-venv)
	@$(call install,build/wheel-venv,-r requirements/developer.txt)
	@$(call install,build/wheel-venv,--no-deps dist/*.whl)
	@build/wheel-venv/bin/pytest $(PYTEST_ARGS) -m "not gpu and not cluster" -p no:cacheprovider

openapi: $(VENV)/.developer  ## Write the API's reference: addresses (OpenAPI), problems, metrics
	@$(BIN)/python -m azuraforge_api.reference docs/reference

manifests: $(VENV)/.developer  ## Write every generated file: the chart's and the API's reference (MANIFESTS_ARGS=--check compares)
	@PYTHONPATH=charts $(BIN)/python -m azuraforge_chart $(MANIFESTS_ARGS)
	@$(BIN)/python -m azuraforge_api.reference docs/reference $(MANIFESTS_ARGS)

migration: $(VENV)/.developer  ## Write the next revision of the database's schema: make migration MESSAGE="add notes"
	@$(BIN)/python -m azuraforge_migrations "$(MESSAGE)"
	@$(BIN)/python -m azuraforge_migrations.released_schema
	@$(BIN)/ruff format --quiet migrations
	@$(BIN)/ruff check --quiet --fix migrations

released-schema: $(VENV)/.developer  ## Record what this version's code reads and writes, for the tests of later schemas
	@$(BIN)/python -m azuraforge_migrations.released_schema

images:  ## Build the images of operator, API and trainers (IMAGES="operator trainer-cpu" for some)
	@tests/cluster/run.sh trainer-image/build_images.sh $(IMAGES)

images-list: $(VENV)/.developer  ## Print every image that the chart can use (VALUES="mine.yaml more.yaml" for yours)
	@PYTHONPATH=charts $(BIN)/python -m azuraforge_chart.images_list $(foreach file,$(VALUES),--values $(file))

cluster:  ## Build what a kind cluster needs, once; seconds where it is there
	@tests/cluster/run.sh true

cluster-shell:  ## Open a shell beside a kind cluster with AzuraForge installed
	@tests/cluster/run.sh tests/cluster/shell.sh

e2e: $(VENV)/.developer  ## Run the most telling tests on a real kind cluster
	@$(call run_e2e,-m "cluster and telling")

e2e-full: $(VENV)/.developer  ## Run every test on a real kind cluster
	@$(call run_e2e,-m cluster)

bench-operator: $(VENV)/.developer  ## Measure the operator under load on a kind cluster (BENCH_ARGS="--jobs 100")
	@tests/cluster/run.sh benchmarks/operator_load.sh $(abspath $(BIN))/python $(BENCH_ARGS)

release-dry-run: $(VENV)/.developer  ## Make everything that a release publishes, into dist/, and publish nothing
	@.ci/release.sh --dry-run "$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml | head -1)"

lock:  ## Resolve the locked requirements anew; they carry hashes and no addresses
	@$(call compile,user) pyproject.toml --extra api
	@$(call compile,developer) pyproject.toml --extra api --group developer -c requirements/user.txt
	@$(call compile,operator) --group operator-image -c requirements/developer.txt
	@$(call compile,api) pyproject.toml --extra api --extra export -c requirements/developer.txt
	@$(call compile,trainer-cpu) --group trainer-image -c requirements/developer.txt
	@$(call compile,trainer-gpu) --group trainer-gpu-image -c requirements/developer.txt
	@$(call compile,image-build) --group image-build -c requirements/developer.txt

clean:  ## Remove everything that was built or installed here, but no run
	@rm -rf $(VENV) build dist docs/_build .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are made last, so that an interrupted installation is done again.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "AzuraForge needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(call create_venv,$(VENV))

$(VENV)/.user: requirements/user.txt $(SETTINGS) | $(VENV)/bin/python
	@echo "Installing what a run needs into $(VENV) …"
	@$(call install,$(VENV),-r requirements/user.txt)
	@$(call install,$(VENV),--no-deps $(PROJECTS))
	@touch $@

$(VENV)/.developer: requirements/developer.txt $(SETTINGS) | $(VENV)/bin/python
	@echo "Installing what development needs into $(VENV) …"
	@$(call install,$(VENV),-r requirements/developer.txt)
	@$(call install,$(VENV),--no-deps --no-build-isolation $(PROJECTS))
	@touch $(VENV)/.user $@

# One session: the images are built, then the tests run, beside the same Docker.
run_e2e = tests/cluster/run.sh tests/e2e/run.sh $(abspath $(BIN))/pytest $(1) --durations 0 --timeout 900 $(E2E_ARGS) tests/e2e

# uv where it is, the standard library's venv and pip where it is not.
ifneq ($(UV),)
create_venv = $(UV) venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(1)
install = $(UV) pip install --quiet --python $(1)/bin/python $(2)
else
create_venv = $(PYTHON) -m venv $(1) || \
  { echo "$(PYTHON) cannot create an environment: install its venv module (Debian: apt-get install python3-venv) or uv." >&2; exit 1; }
install = $(1)/bin/python -m pip install --quiet --disable-pip-version-check $(2)
endif
compile = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --custom-compile-command "make lock" --output-file requirements/$(1).txt
