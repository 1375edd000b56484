# Needs make and Python 3.11 or later; everything else comes with the first run.

ifndef PYTHON
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
endif
ifeq ($(PYTHON),)
$(error Python 3.11 or later is needed; name it with PYTHON=/path/to/python3)
endif

BIN := .venv/bin
# Each worker of pytest keeps a database of its own, so more than four rarely pay.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, os.cpu_count() or 1))')
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header \
	--python-version 3.11 --universal

# $(call step,heading,command): the heading, the command, and how long it took.
step = @printf '\n== %s\n' '$(1)'; start=$$(date +%s); $(2) && echo "-- $$(($$(date +%s) - start)) s"

.PHONY: help run test bench soak lint format lock parts
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 8

run: PARTS = run
run: .venv/installed ## demo company, web server, worker and scheduler; Ctrl-C stops all
	@exec $(BIN)/python manage.py up

test: PARTS = test
test: lint ## all checks and tests, except the long ones
	$(call step,Migrations are complete,$(BIN)/python manage.py makemigrations --check --dry-run)
	@printf '\n== Tests\n'
	@$(BIN)/pytest -m "not soak" -n $(WORKERS) --dist worksteal

soak: PARTS = test
soak: .venv/installed ## the long tests: kills, grids, fuzzing
	@$(BIN)/pytest -m soak -v

bench: PARTS = run
bench: .venv/installed ## benchmarks beside their floors; ONLY="intake pdf" chooses
	@$(BIN)/python -m tests.bench $(ONLY)

lint: .venv/installed ## format, ruff, mypy and the import contracts
	$(call step,Format,$(BIN)/ruff format --check .)
	$(call step,Ruff,$(BIN)/ruff check .)
	$(call step,Types,$(BIN)/mypy)
	$(call step,Imports,$(BIN)/lint-imports)

format: .venv/installed ## write the format and the safe fixes
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

lock: $(BIN)/uv ## write both lock files again; ARGS=--upgrade moves the versions
	$(COMPILE) $(ARGS) --output-file requirements.lock
	$(COMPILE) $(ARGS) --group dev --constraint requirements.lock --output-file requirements-dev.lock

# Parts of the system that pip does not bring; what is there already costs a few milliseconds.
PARTS = environment
parts:
	@$(PYTHON) -m billing_site.bootstrap $(PARTS)

$(BIN)/uv: | parts
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/installed: requirements-dev.lock | $(BIN)/uv
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-dev.lock
	@touch $@
