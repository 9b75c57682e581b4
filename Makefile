# `make run` and `make test` need nothing but Python 3.11 with venv, pip, make and git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The build of PyTorch: cpu (small), default (what pip finds), or auto, which see tools/install.py.
TORCH ?= auto
INSTALL := $(BIN)/python tools/install.py --torch $(TORCH)
CHECKED := uasrm_core uasrm_gui tests tools packaging setup.py

# Tests run in so many processes; with 0 they run in the first, as a debugger wants it.
TEST_PROCESSES ?= 2

# A display server means a window; macOS has one without saying so.
ifneq ($(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s)),)
SCREEN := yes
endif

.DEFAULT_GOAL := help
.PHONY: help run test check check-style check-types check-layers words docs benchmarks package package-test \
	package-check deb deb-test appimage appimage-test licences sbom clean libraries-run libraries-test

help:
	@echo "make run           open the program on the bundled damaged recording"
	@echo "                   (without a screen: repair it and print how well that went)"
	@echo "make test          run the tests"
	@echo "make check         ruff, mypy and import-linter"
	@echo "make words         gather what is to be translated, and write the guide's page of keys"
	@echo "make docs          build the guide in build/site/"
	@echo "make benchmarks    print the tables of docs/benchmarks.md, with what is at hand"
	@echo "make package       build the stand-alone application in dist/"
	@echo "make package-test  start the built application and repair the demo with it"
	@echo "make package-check check desktop entry, manifests, workflows, forms and scripts"
	@echo "make deb           build a Debian package of it; make deb-test tries it in a bare Debian"
	@echo "make appimage      build one file of it that runs where it lies; make appimage-test likewise"
	@echo "make licences      write the page of third-party software from what is bundled"
	@echo "make sbom          write a bill of materials of what is bundled"
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
	$(BIN)/mypy --config-file tools/mypy.ini

check-layers: libraries-test $(VENV)/.installed-dev
	$(BIN)/lint-imports

words: $(VENV)/.installed-dev
	$(BIN)/pybabel --quiet extract --no-default-keywords -k tr -k mark -k tr_count:1,2 -k mark_count:1,2 --no-wrap \
		--omit-header --sort-by-file --add-location=file -o resources/locale/uasrm.pot uasrm_core uasrm_gui
	$(BIN)/python tools/update_translations.py
	$(BIN)/python tools/write_keys_page.py

docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "build/site/index.html"

$(VENV)/.installed-docs: $(VENV)/.installed-dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[docs]"
	@touch $@

# BENCHMARKS="--list" tells what there is; BENCHMARKS="rival boxes" prints some.
benchmarks: $(VENV)/.installed-dev
	$(BIN)/python tools/benchmarks.py $(BENCHMARKS)

libraries-run:
	@$(PYTHON) tools/system_libraries.py python $(if $(SCREEN),window sound)

libraries-test:
	@$(PYTHON) tools/system_libraries.py python window sound compiler

$(BIN)/python: | libraries-run
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml setup.py constraints.txt | $(BIN)/python
	@$(INSTALL) gui
	@touch $@

$(VENV)/.installed-dev: pyproject.toml setup.py constraints.txt | $(BIN)/python
	@$(INSTALL) gui,train,evaluate,dev
	@touch $@ $(VENV)/.installed

package: $(VENV)/.installed-dev
	MAKER=$(BIN)/python packaging/build.sh

package-test:
	packaging/smoke_test.sh

package-check:
	packaging/check.sh

deb: package
	packaging/build_deb.sh

deb-test:
	packaging/test_in_bare.sh dist/uasrm_*.deb

appimage: package
	packaging/build_appimage.sh

appimage-test:
	packaging/test_in_bare.sh dist/uasrm-*.AppImage

licences:
	build/packaging-venv/bin/python tools/list_licences.py

sbom:
	packaging/write_sbom.sh

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
