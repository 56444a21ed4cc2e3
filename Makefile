# Two commands on a fresh clone: `make demo` and `make test`. Needs Python 3.11+ with venv, and make.
SHELL := /bin/bash
BIN := .venv/bin
MADE := .venv/.made
LOCK = $(BIN)/uv pip compile --quiet pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
TESTS ?= tests
LOCK_FILE ?= requirements.lock

.DEFAULT_GOAL := help
.PHONY: help setup demo test up down check bench lock clean

help: ## show this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

setup: $(MADE) ## make .venv/ (the other commands do it by themselves)

$(MADE): requirements.lock pyproject.toml scripts/setup
	@scripts/setup

demo: setup ## a made-up city through every DAG on a real Airflow, with a summary at the end
	@$(BIN)/vaxtally demo

test: setup ## the whole test suite; TESTS=tests/unit for a part
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(TESTS)

up: setup ## leave PostgreSQL and Airflow running; prints the address and the login
	@$(BIN)/vaxtally up

down: setup ## stop what `make up` started
	@$(BIN)/vaxtally down

check: setup ## style, types, SQL, lock file, compose file
	@scripts/check

bench: setup ## times of intake beside raw COPY and a peer; minutes
	@$(BIN)/python benchmarks/ingest.py

lock: setup ## resolve pyproject.toml into requirements.lock anew
	@$(LOCK) --output-file $(LOCK_FILE)

clean: ## delete what the commands above made, the embedded database of this checkout included
	@if [ -x $(BIN)/vaxtally ]; then $(BIN)/python -P -m vaxtally.stack.clean .vaxtally demo; fi
	@rm -rf .vaxtally demo build .pytest_cache .ruff_cache .hypothesis .venv
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
