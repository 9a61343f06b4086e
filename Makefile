# Two commands do everything on a fresh machine: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-stamp
# Processes for the tests; 0 runs them in one.
JOBS ?= 2

.PHONY: help setup syslibs syslibs-desktop-tests lock run test lint format unit qt e2e bench screenshots icons package clean

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 24

setup: syslibs $(STAMP)  ## make .venv with the pinned environment and both distributions, editable

$(STAMP): requirements/dev.txt pyproject.toml server/pyproject.toml scripts/setup.sh
	@scripts/setup.sh

syslibs:  ## install the system libraries that Qt needs, or say which are missing
	@scripts/syslibs.sh

syslibs-desktop-tests: syslibs  ## what the tests of tray, notifications and windows need besides
	@scripts/syslibs.sh --desktop-tests

lock:  ## recompile requirements/*.txt (make lock ARGS=--upgrade for newer versions)
	@scripts/lock.sh $(ARGS)

run: setup  ## open the window, or draw it to parrot.png where there is no display
	@scripts/run.sh $(ARGS)

test: setup lint unit qt e2e  ## linters, then all tests, the quick ones first

lint: setup  ## ruff, pyright, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/pyright

format: setup  ## let ruff format and fix what it can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

unit qt e2e: setup  ## one layer of the tests
	@scripts/pytest.sh tests/$@ -n $(JOBS) $(ARGS)

bench: setup  ## measure the figures (make bench F=F6 for one)
	$(BIN)/python -m benchmarks $(F)

screenshots: setup  ## draw the pictures of README and docs anew
	QT_QPA_PLATFORM=offscreen $(BIN)/python scripts/screenshots.py

icons: setup  ## draw the .png, .ico and .icns of the app icon from parrot.svg
	QT_QPA_PLATFORM=offscreen $(BIN)/python scripts/app_icon.py

package: setup  ## freeze both programs into dist/parrot with PyInstaller
	$(BIN)/pyinstaller --noconfirm --clean installers/parrot.spec

clean:  ## remove the environment and everything that was built
	rm -rf $(VENV) .setup.lock build dist parrot.png .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
