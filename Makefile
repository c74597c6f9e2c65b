# Everything below works on a machine that has only Python 3.11+ and make: the first run sets up .venv from the locked, hashed requirements.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_PYTHON := $(BIN)/python
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help core media dev assets demo test lint bench docs lock clean

help:  ## show these lines
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(BIN)/uv: locks/uv.txt
	$(PYTHON) -c 'import sys; sys.exit("Jianwei needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/uv.txt
	@touch $@

$(VENV)/.core: $(BIN)/uv locks/core.txt pyproject.toml
	$(BIN)/uv pip install --quiet --require-hashes -r locks/core.txt
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -c 'from jianwei.common.compiled import warm; warm()'
	@touch $@

$(VENV)/.dev: $(VENV)/.core locks/dev.txt
	$(BIN)/uv pip install --quiet --require-hashes -r locks/dev.txt
	@touch $@

VENDOR := src/jianwei/render/assets/vendor
$(VENDOR)/.built: $(VENV)/.core src/jianwei/render/assets/package-lock.json src/jianwei/render/build_assets.py
	$(BIN)/python -m jianwei.render.build_assets
	@touch $@

core: $(VENV)/.core $(VENDOR)/.built  ## what users need: the package, its core dependencies, the charts' script

media: core locks/media.txt  ## core, and what voices and pictures need
	$(BIN)/uv pip install --quiet --require-hashes -r locks/media.txt

dev: $(VENV)/.dev $(VENDOR)/.built  ## core, and what tests, lint and docs need

assets: $(VENDOR)/.built  ## the charts' script, from npm

demo: core  ## a simulated shop, end to end, ending with a report
	$(BIN)/jianwei demo

test: dev  ## all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: dev  ## ruff, mypy --strict, import layers
	$(BIN)/ruff check src tests benchmarks tools
	$(BIN)/ruff format --check src tests benchmarks tools
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: dev  ## side by side with peers; writes docs/benchmarks.md
	$(BIN)/uv pip install --quiet --require-hashes -r locks/bench.txt
	$(BIN)/python -m benchmarks

docs: dev  ## check the guide: every snippet and table in it is run or compared by a test
	$(BIN)/python -m pytest tests/docs

lock: $(BIN)/uv  ## resolve the requirements anew (hashes, no addresses)
	./tools/lock.sh

clean:  ## remove what make built
	rm -rf $(VENV) $(VENDOR) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
