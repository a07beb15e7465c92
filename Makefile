.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
DEMO ?= data/demo
# What dbt's unions take up (dbt_project/macros/unions.sql); the same as room_models() in orchestration/settings.py.
export GROUNDSWELL_MODELS := $(sort $(basename $(notdir $(wildcard dbt_project/models/staging/*/*.sql dbt_project/models/intermediate/*/*.sql))))
# The extras that requirements.lock pins: all but spark, whose 450 MB `make setup` and `make test` do without.
LOCKED := explore mysql postgres train dev

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
	@$(BIN)/python -m orchestration.warehouse.manifest

models: ## Name the models in the platforms' rooms, for a dbt that is started by hand
	@echo $(GROUNDSWELL_MODELS)

setup: manifest ## Create the environment

demo: manifest ## Run 32 nights of a simulated social web, end to end
	@$(BIN)/groundswell demo $(DEMO)

test: manifest ## Run every test (ARGS="-k mastodon": some)
	$(BIN)/pytest -n auto --dist loadfile $(ARGS)

test-fast: manifest ## Run the tests but whole nights, real servers and dbt builds
	$(BIN)/pytest -n auto --dist loadfile -m "not slow" $(ARGS)

test-damage: manifest ## Feed damaged input to whole nights, ROUNDS times with other damage (ROUNDS=5)
	GROUNDSWELL_DAMAGE_ROUNDS=$(or $(ROUNDS),5) $(BIN)/pytest tests/orchestration/nightly/test_damaged_input.py $(ARGS)

check: lint types sql parse ## Lint, type-check, parse (make -j2: side by side)

lint: manifest
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: manifest
	$(BIN)/mypy

sql: manifest
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar dbt_project/models dbt_project/analyses orchestration/publishing/superset/datasets

parse: manifest
	GROUNDSWELL_WAREHOUSE=unused.duckdb $(BIN)/dbt parse --no-partial-parse --show-all-deprecations --project-dir $(CURDIR)/dbt_project --profiles-dir $(CURDIR)/dbt_project
	DAGSTER_HOME=$(CURDIR) DAGSTER_STATE=$(CURDIR)/data/dagster GROUNDSWELL_HOME=$(CURDIR)/connectors/sandbox/home GROUNDSWELL_DATA=$(CURDIR)/data $(BIN)/dagster definitions validate -m orchestration.definitions

dev: manifest ## Open the Dagster UI of a home (HOME_FOLDER=…; the demo's by default)
	$(BIN)/groundswell -C $(or $(HOME_FOLDER),$(DEMO)) dev

docs: manifest ## Write what every table means and comes from, as one HTML file
	@GROUNDSWELL_WAREHOUSE=$(or $(HOME_FOLDER),$(DEMO))/data/warehouse.duckdb $(BIN)/dbt docs generate --static --quiet --target-path $(or $(HOME_FOLDER),$(DEMO))/data/docs --project-dir $(CURDIR)/dbt_project --profiles-dir $(CURDIR)/dbt_project
	@echo $(or $(HOME_FOLDER),$(DEMO))/data/docs/static_index.html

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

bench-keeping: manifest ## Measure what 200 nights leave on the disk (BENCH_NIGHTS=…)
	$(BIN)/python -m tests.bench.keeping

bench-nights: manifest ## Measure a first night, one of 1 % more and one with nothing new, beside DuckDB, pandas and dlt (BENCH_POSTS=…)
	$(BIN)/python -m tests.bench.nights

.venv-spark/ready: requirements.lock pyproject.toml
	@command -v java > /dev/null || { echo "Spark needs Java 17 or 21: apt-get install openjdk-17-jre-headless"; exit 1; }
	@echo "setting up .venv-spark (once; a few minutes)"
	$(PYTHON) -m venv .venv-spark
	.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[spark]'
	@touch $@

spark-test: .venv-spark/ready ## Build two nights on Apache Spark and on DuckDB, and compare every table (WAREHOUSE=…; the demo's by default; ARGS="--workers 2": a cluster that loses one)
	.venv-spark/bin/python -m tests.spark.compare $(or $(WAREHOUSE),$(DEMO)/data/warehouse.duckdb) $(ARGS)

bench-spark: .venv-spark/ready ## Measure the score's frames on DuckDB, on Spark in one process and on two workers (BENCH_MENTIONS=10000000)
	.venv-spark/bin/python -m tests.bench.spark

lock: ## Pin every dependency with its hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 $(addprefix --extra ,$(LOCKED)) --generate-hashes --no-emit-index-url --no-header -o requirements.lock pyproject.toml

.PHONY: help manifest models setup demo test test-fast test-damage check lint types sql parse dev docs bench bench-score bench-attribution bench-serve bench-keeping bench-nights train-signals bench-signals spark-test bench-spark lock
