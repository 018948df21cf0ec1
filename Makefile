# One gate for laptop and CI. `make demo` and `make test` set everything up by themselves.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# uv needs to be told where; pip knows by its own place.
INSTALL := $(if $(shell command -v uv),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check)

.PHONY: help setup demo test test-wide model postgresql crash bench bench-quick fuzz run check docs format lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(STAMP) ## create .venv and install what the lock says

# A changed lock or pyproject installs again; a .venv whose python is gone is made anew.
$(STAMP): requirements.lock pyproject.toml
	@if ! $(BIN)/python -c '' 2>/dev/null; then \
	  found=""; \
	  for each in python3.13 python3.12 python3.11 python3 python3.14; do \
	    if $$each -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$each; break; fi; \
	  done; \
	  if [ -z "$$found" ] && ! command -v uv >/dev/null; then \
	    echo "hub: no Python 3.11 or later with venv was found; on Debian: apt-get install python3 python3-venv" >&2; exit 1; \
	  fi; \
	  echo "hub: creating $(VENV) with $${found:-uv}" >&2; \
	  rm -rf $(VENV); \
	  if command -v uv >/dev/null; then uv venv --quiet --python "$${found:->=3.11}" $(VENV); else $$found -m venv $(VENV); fi; \
	fi
	@command -v uv >/dev/null || $(BIN)/python -c 'import pip' 2>/dev/null || $(BIN)/python -m ensurepip >/dev/null # made by a uv that is gone
	@echo "hub: installing what requirements.lock says" >&2
	@$(INSTALL) --requirement requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q hub # the reading children write no bytecode: what only they import was compiled at each start
	@touch $(STAMP)

demo: setup ## the main job on the sample partners, in a throw-away workspace
	@$(BIN)/hub demo

test: setup ## all tests
	@$(BIN)/python -m pytest -q -n auto

test-wide: setup ## all tests, every catalogue read and kept as if it were a large one
	@HUB_TEST_WIDE=1 $(BIN)/python -m pytest -q -n auto

model: setup ## the hub against a simple model of it, for some minutes (a sample of it is in make test)
	@HUB_MODEL=long $(BIN)/python -m pytest -q tests/model

postgresql: setup ## the story tests and the lock on a PostgreSQL server of their own
	@.ci/postgresql $(BIN)/python -m pytest -q -n auto tests/ends tests/service/test_lock.py

crash: setup ## kill the hub and let the system fail it at every system call in turn (hours; goes on where it was stopped; a sample is in make test)
	$(BIN)/python -m tests.crash.sweep --fault kill --fault error
	$(BIN)/python -m tests.crash.power
	$(BIN)/python -m tests.crash.children
	$(BIN)/python -m tests.crash.races
	$(BIN)/python -m tests.crash.notice

bench: setup ## every speed of the README beside the limit (under an hour on a quiet machine)
	@$(BIN)/python -m bench

bench-quick: setup ## the same at a tenth of the size (under five minutes)
	@$(BIN)/python -m bench --share 0.1 --times 1

fuzz: setup ## thousands of hostile files through every mapping
	@HUB_FUZZ=$${FILES:-2000} $(BIN)/python -m pytest -q -n auto tests/fuzz

run: setup ## the daemon on this folder's own workspace
	@$(BIN)/hub run --home .

check: setup ## format, lint, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup ## write from the code what is made of it: docs/reference, hub/store/new.sql
	@PYTHONPATH=. $(BIN)/python tools/reference.py
	@PYTHONPATH=. $(BIN)/python tools/new_store.py

format: setup ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## resolve anew and write requirements.lock
	@bash .ci/lock

clean: ## remove what make made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
