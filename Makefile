.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export GROUNDSWELL_DATA ?= $(CURDIR)/data
# What dbt's unions take up (dbt_project/macros/unions.sql); the same as room_models() in orchestration/settings.py.
export GROUNDSWELL_MODELS := $(sort $(basename $(notdir $(wildcard dbt_project/models/staging/*/*.sql dbt_project/models/intermediate/*/*.sql))))

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}'

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Groundswell needs Python 3.11 or later: make PYTHON=python3.11 …")'
	@echo "setting up .venv (once; a few minutes)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

manifest: .venv/ready
	@GROUNDSWELL_WAREHOUSE=$(CURDIR)/data/warehouse.duckdb $(BIN)/dbt parse --quiet --project-dir $(CURDIR)/dbt_project --profiles-dir $(CURDIR)/dbt_project

models: ## Name the models in the platforms' rooms, for a dbt that is started by hand
	@echo $(GROUNDSWELL_MODELS)

setup: manifest ## Create the environment

demo: manifest ## Run 32 nights of a simulated social web, end to end
	@$(BIN)/groundswell demo

test: manifest ## Run every test (ARGS="-k mastodon": some)
	$(BIN)/pytest -n auto --dist loadfile $(ARGS)

test-fast: manifest ## Run the tests but whole nights, real servers and dbt builds
	$(BIN)/pytest -n auto --dist loadfile -m "not slow" $(ARGS)

check: manifest ## Lint, type-check, parse
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/analyses orchestration/publishing/superset/datasets
	GROUNDSWELL_WAREHOUSE=unused.duckdb $(BIN)/dbt parse --no-partial-parse --show-all-deprecations --project-dir $(CURDIR)/dbt_project --profiles-dir $(CURDIR)/dbt_project
	DAGSTER_HOME=$(CURDIR) DAGSTER_STATE=$(GROUNDSWELL_DATA)/dagster $(BIN)/dagster definitions validate -m orchestration.definitions

dev: manifest ## Open the Dagster UI
	@mkdir -p $(GROUNDSWELL_DATA)/dagster
	PATH=$(CURDIR)/$(BIN):$$PATH DAGSTER_HOME=$(CURDIR) DAGSTER_STATE=$(GROUNDSWELL_DATA)/dagster $(BIN)/dagster dev -m orchestration.definitions

docs: manifest ## Write what every table means and comes from, as one HTML file
	@GROUNDSWELL_WAREHOUSE=$(GROUNDSWELL_DATA)/warehouse.duckdb $(BIN)/dbt docs generate --static --quiet --target-path $(GROUNDSWELL_DATA)/docs --project-dir $(CURDIR)/dbt_project --profiles-dir $(CURDIR)/dbt_project
	@echo $(GROUNDSWELL_DATA)/docs/static_index.html

bench: manifest ## Measure extraction, load and build against bare DuckDB
	$(BIN)/python -m tests.bench.pipeline

bench-attribution: manifest ## Measure attribution: a million orders against bare joins (ARGS=--sandbox: against planted causes)
	$(BIN)/python -m tests.bench.attribution $(ARGS)

train-signals: .venv/ready ## Learn the models of signals from labelled text (LABELLED=folder)
	$(BIN)/python -m orchestration.signals.training $(if $(LABELLED),--labelled $(LABELLED))

bench-signals: .venv/ready ## Measure the signals on text that they were not trained on
	$(BIN)/python -m tests.bench.signals

bench-score: manifest ## Measure the influence score in worlds whose truth is known (ARGS=--size: time, memory; --sandbox: end to end)
	$(BIN)/python -m tests.bench.score $(ARGS)

bench-serve: .venv/ready ## Measure 16 readers while nights are published, and publishing 10 million rows (DATABASE=postgresql://…)
	DATABASE=$(DATABASE) $(BIN)/python -m tests.bench.serve

lock: ## Pin every dependency with its hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url --no-header -o requirements.lock pyproject.toml

.PHONY: help manifest models setup demo test test-fast check dev docs bench bench-score bench-attribution bench-serve train-signals bench-signals lock
