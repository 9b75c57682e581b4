# `make run` and `make test` need nothing but Python 3.11 with venv, pip, make and git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
CHECKED := uasrm_core uasrm_gui tests tools packaging setup.py

# Tests run in so many processes; with 0 they run in the first, as a debugger wants it.
TEST_PROCESSES ?= 2

# A display server means a window; macOS has one without saying so.
ifneq ($(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s)),)
SCREEN := yes
endif

.DEFAULT_GOAL := help
.PHONY: help run test check check-style check-types check-layers words package package-test clean \
	libraries-run libraries-test

help:
	@echo "make run           open the program on the bundled damaged recording"
	@echo "                   (without a screen: repair it and print how well that went)"
	@echo "make test          run the tests"
	@echo "make check         ruff, mypy and import-linter"
	@echo "make words         gather what is to be translated in resources/locale/uasrm.pot"
	@echo "make package       build the stand-alone application in dist/"
	@echo "make package-test  start the built application and repair the demo with it"
	@echo "make clean         remove everything that these commands made"

ifdef SCREEN
run: libraries-run $(VENV)/.installed
	$(BIN)/uasrm-gui --demo
else
run: libraries-run $(VENV)/.installed
	$(BIN)/uasrm demo
endif

test: libraries-test $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile $(PYTEST_ARGS)

check: check-style check-types check-layers

check-style: libraries-test $(VENV)/.installed-dev
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)

check-types: libraries-test $(VENV)/.installed-dev
	$(BIN)/mypy

check-layers: libraries-test $(VENV)/.installed-dev
	$(BIN)/lint-imports

words: $(VENV)/.installed-dev
	$(BIN)/pybabel --quiet extract --no-default-keywords -k tr -k mark -k tr_count:1,2 --no-wrap \
		--omit-header --sort-by-file --add-location=file -o resources/locale/uasrm.pot uasrm_core uasrm_gui

libraries-run:
	@$(PYTHON) tools/system_libraries.py python $(if $(SCREEN),window sound)

libraries-test:
	@$(PYTHON) tools/system_libraries.py python window sound

$(BIN)/python: | libraries-run
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml setup.py constraints.txt | $(BIN)/python
	@echo "Installing the program and its libraries into $(VENV); the first time takes minutes."
	$(PIP_INSTALL) -e ".[gui]"
	@touch $@

$(VENV)/.installed-dev: pyproject.toml setup.py constraints.txt | $(BIN)/python
	@echo "Installing the program, its libraries and the tools for development into $(VENV);"
	@echo "the first time takes minutes."
	$(PIP_INSTALL) -e ".[gui,train,evaluate,dev]"
	@touch $@ $(VENV)/.installed

package:
	packaging/build.sh

package-test:
	packaging/smoke_test.sh

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
