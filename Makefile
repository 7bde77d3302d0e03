# What can be done with this repository. `make help` lists it.

export PATH := $(PATH):$(CURDIR)/.venv-tools/bin
# Boatyard starts many processes: each would compile all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE
# uv gives up after 30 s without an answer, which a slow mirror needs at times.
export UV_HTTP_TIMEOUT ?= 120
# What is passed on: make test ARGS="-k push", make bench ARGS=B5, make doctor ARGS=…
ARGS ?=
# What is installed for the first time is compiled at once, or the first start would take that time.
COMPILE := $(if $(wildcard .venv/bin/boatyard),,--compile-bytecode)

# As many as there are processors: those that start a whole Boatyard leave the others little of theirs.
# A file stays with one worker, since its tests share what they started; those that take long come first.
WORKERS ?= $(shell nproc)
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run demo doctor setup test compose-test image-test postgresql-test browser check lint fix docs bench migration clean

help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Install what is missing and start Boatyard; Ctrl-C stops it
	@tools/bootstrap run
	@uv sync --quiet --frozen --no-dev --inexact $(COMPILE)
	@tools/console
	@exec .venv/bin/boatyard serve

demo: ## Try continuous builds without GitHub: one of our own stands beside Boatyard (ARGS: --help)
	@tools/bootstrap demo
	@uv sync --quiet --frozen --no-dev --inexact $(COMPILE)
	@tools/console
	@exec .venv/bin/python -m tools.demo $(ARGS)

doctor: ## Check every part of this Boatyard and say what is wrong
	@tools/bootstrap run
	@uv sync --quiet --frozen --no-dev --inexact
	@exec .venv/bin/boatyard doctor

setup: ## Install what development and the tests need
	@tools/bootstrap test
	@uv sync --quiet --frozen $(COMPILE)

test: setup ## Run every test, on real parts and in a real browser (ARGS go to pytest)
	@tools/console strict
	uv run --no-sync pytest $(PARALLEL) --ignore=tests/compose $(ARGS)

compose-test: setup ## Build the images, start compose.yaml and use it; ten minutes, as root (ARGS go to pytest)
	@tools/bootstrap compose
	uv run --no-sync pytest tests/compose $(ARGS)

image-test: setup ## Of these, only those of the services' images as containers; five minutes, as root (ARGS go to pytest)
	@tools/bootstrap compose
	uv run --no-sync pytest tests/compose/test_images.py tests/compose/test_main_line.py $(ARGS)

postgresql-test: setup ## Run the tests of whole installations with their data in PostgreSQL (ARGS go to pytest)
	@tools/console strict
	uv run --no-sync pytest $(PARALLEL) --database postgresql -m "not sqlite" tests/e2e tests/console tests/integration/cli $(ARGS)

browser: setup ## Run only those that use the console as a person would (ARGS go to pytest)
	@tools/console strict
	uv run --no-sync pytest tests/console $(ARGS)

check: lint ## Look for faults without starting anything: what lint looks for, and the quick tests
	uv run --no-sync pytest -q $(PARALLEL) tests/unit tests/contract tests/architecture

lint: setup ## Look for faults without running anything: format, lint, types, imports
	uv run --no-sync ruff format --check .
	uv run --no-sync ruff check .
	uv run --no-sync mypy
	uv run --no-sync lint-imports

fix: setup ## Mend what can be mended by itself: format, imports, simple lint
	uv run --no-sync ruff format .
	uv run --no-sync ruff check --fix .

docs: setup ## Write what is generated from the code: docs/reference, asyncapi.yaml, .env.example
	uv run --no-sync python -m tools.generate

bench: setup ## Measure the budgets and print their table (ARGS: which, such as B5)
	@tools/bootstrap bench
	@uv sync --quiet --frozen --group bench
	uv run --no-sync python -m benchmarks $(ARGS)

migration: setup ## Draft a migration: make migration service=catalog name=add_tag_remarks
	uv run --no-sync python tools/migration.py $(service) $(name)

clean: ## Remove what was installed and cached here, never the data in var/
	rm -rf .venv .venv-tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
