# From a bare machine (git, make, Python 3.11 or newer) to results: see README.md.
#   make demo        set up, then compare the status quo and three modes on the shipped county
#   make test        the fast tests
#   make check       style, types, every test, coverage
#   make slurm-test  studies on a real Slurm of two virtual nodes (installs it first where that may be done)
#   make office      installs LibreOffice and poppler where that may be done: tests then open documents as an office does
#   make extras      installs what notebooks, app, live map and the site need
#   make browser     installs Chromium where that may be done, and what drives it
#   make notebooks   builds the notebooks of notebooks/ in both languages, runs them, looks for a picture in every figure
#   make pages-test  the what-if page, the app, the school map and the site in a real browser
#   make site        the documentation as a site, in out/site
#   make wheel-test  build sdist and wheel and test them in clean environments, every extra too
#   make nightly     newest libraries in place of the pinned ones, on every Python here: the fast tests
#   make bench       the benchmark table
#   make patterns    the model against stylised facts and negative controls (docs/patterns.md)
#   make liveness    what moving each clause of each policy does (docs/liveness.md), and the numbers that tests keep of it
# Another interpreter, in an environment of its own: make test PYTHON=python3.12 VENV=.venv312

# The first of these that really runs and is 3.11 or newer (a version manager may leave names that do not run).
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python3.14 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/.ready
# What notebooks, pages and the site need beside what a run needs; installed when one of them is made.
OPEN := $(VENV)/.open

# Tests import and rewrite the same files in every process: keep what was compiled, also where the environment says not to.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: docs patterns liveness headline demo style test check office extras browser notebooks pages-test site slurm-test wheel-test nightly bench bench-studies setup clean
.DEFAULT_GOAL := help

help:
	@sed -n '2,16s/^# \{0,3\}//p' Makefile

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed and was not found; name one: make PYTHON=/path/to/python3.11" >&2; \
		echo "需要 Python 3.11 或更新版本；可指定：make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@echo "== setting up $(VENV) with $$($(PYTHON) --version) (about a minute the first time)"
	@$(PYTHON) -m venv --clear $(VENV) || { \
		echo "The venv module is missing; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "== installing the pinned versions of constraints.txt"
	@$(PIP) install --quiet --constraint constraints.txt pip hatchling editables
	@$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $@
	@echo "== ready: $(BIN)/edusim --help"

$(OPEN): $(STAMP)
	@echo "== installing what notebooks, pages and the site need (about a minute the first time)"
	@$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[dev,notebook,viz,docs,browser]'
	@touch $@

demo: $(STAMP)
	@echo "== edusim compare county --draws 20 --out out/demo"
	@$(BIN)/edusim compare county --draws 20 --out out/demo --force

# Coverage is what the fast tests reach, and those slow ones marked `measured`. Tracing doubles a test's time.
# `make style test check MEASURE=1` makes each of these once: `check` leaves out what stands before it.
# Long tests wait for processes of their own: one more worker than cores keeps the cores busy.
CROWD := $(shell python3 -c 'import os; print((os.cpu_count() or 1) + 1)' 2>/dev/null || echo auto)
MEASURED := -m "(not slow or measured) and not pages and not notebooks" -n auto --dist loadfile

test: $(STAMP)
	@echo "== fast tests (the first run compiles the loops)"
	@$(if $(MEASURE),$(BIN)/coverage erase)
	@$(BIN)/$(if $(MEASURE),coverage run -m pytest $(MEASURED),python -m pytest -m "not slow and not pages and not notebooks" -n auto --dist loadfile)

# The types are checked on one core while the loops are compiled on another.
style: $(STAMP)
	@echo "== style and types"
	@$(BIN)/ruff check .
	@$(BIN)/python -c "from edusim.model import warm_up; warm_up()" & compiling=$$!; \
		$(BIN)/mypy; types=$$?; wait $$compiling && exit $$types

# Loops that are compiled are invisible to coverage: tests marked `plain` run again as plain Python; only their files are read.
# Of the bulk of small runs one in ten is made, of the others the kept numbers are judged (tests/kept.py): EDUSIM_EVERYTHING=1 makes all.
check: $(if $(MEASURE),$(STAMP),style)
	@$(if $(MEASURE),,echo "== fast tests, with coverage")
	@$(if $(MEASURE),,$(BIN)/coverage erase && $(BIN)/coverage run -m pytest $(MEASURED))
	@echo "== slow tests; every clause and every parameter moved$(if $(EDUSIM_EVERYTHING),,, one in ten of them anew)"
	@$(BIN)/python -m pytest -m "slow and not measured and not slurm and not pages and not notebooks" -n $(CROWD) --dist loadfile --no-loadscope-reorder --durations=12
	@echo "== the loops as plain Python"
	@NUMBA_DISABLE_JIT=1 $(BIN)/coverage run -m pytest -m "plain and not slow" -n auto --dist loadfile $$(grep -rl --include='*.py' 'mark.plain' tests)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

office:
	@echo "== an office for the tests of documents"
	@tools/install_office.sh

extras: $(OPEN)

browser: $(OPEN)
	@echo "== a browser for the tests of pages"
	@tools/install_browser.sh

pages-test: browser
	@echo "== pages in a real browser: no request leaves, no complaint, every control"
	@EDUSIM_REQUIRE_BROWSER=1 $(BIN)/python -m pytest -m pages -n auto --dist loadfile

notebooks: $(OPEN)
	@echo "== notebooks, built and run in both languages"
	@$(BIN)/python -m pytest -m notebooks -n auto --dist load

site: $(OPEN)
	@echo "== the documentation as a site (under a minute)"
	@$(BIN)/python tools/make_site.py out/site

slurm-test: $(STAMP)
	@echo "== studies on a real Slurm: by array and by Dask, with losses"
	@experiments/cluster/install.sh
	@EDUSIM_REQUIRE_SLURM=1 $(BIN)/python -m pytest -m slurm tests/study/test_slurm.py --durations=5

wheel-test: $(STAMP)
	@echo "== source archive and wheel, installed and used in clean environments; every extra by itself; all fast tests of the archive"
	@EDUSIM_ALL=1 $(BIN)/python -m pytest tests/test_package.py

# With what pyproject.toml allows at its newest, not with constraints.txt; environments of its own under .venv-nightly/.
nightly:
	@$(PYTHON) tools/nightly.py $(foreach one,$(PYTHONS),--python $(one)) $(if $(TESTS),-- $(TESTS))

bench: $(STAMP)
	@$(BIN)/python -m benchmarks

bench-studies: $(STAMP)
	@echo "== what studies cost around the model (some minutes)"
	@$(BIN)/python -m benchmarks.studies

docs: $(STAMP)
	@echo "== generated pages of docs/"
	@$(BIN)/python tools/make_docs.py

patterns: $(STAMP)
	@echo "== the model against stylised facts and negative controls (a minute or two)"
	@$(BIN)/python tools/patterns_page.py

liveness: $(STAMP)
	@echo "== what moving each clause and each parameter does (some minutes)"
	@$(BIN)/python tools/liveness_page.py

headline: $(STAMP)
	@echo "== headline numbers and pictures of README and CHANGELOG, from a run of the shipped county"
	@$(BIN)/python tools/quote_demo.py

clean:
	rm -rf $(VENV) .venv-nightly out dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
