# Duogui on a machine with python3 >= 3.11, make and git. Everything else is installed when it is needed.

SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
# Options of `duogui demo`, of pytest and of the benchmarks, for example: make demo DEMO="--no-serve", make test TESTS="tests/unit -x",
# make bench BENCH="--scale 0.1 --runs 1"
DEMO ?=
TESTS ?=
BENCH ?=
WORKERS ?= 2
# In the order of the folders: the long tests of browser and services come first, the short ones even out the end.
PARALLEL := --numprocesses=$(WORKERS) --dist=loadscope --no-loadscope-reorder --max-worker-restart=1

WEB := app/web
WEB_MODULES := $(WEB)/node_modules/.package-lock.json
WEB_PAGE := $(WEB)/dist/index.html
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public -type f 2>/dev/null) \
	$(wildcard $(WEB)/*.html $(WEB)/*.json $(WEB)/*.ts $(WEB)/*.js)

# The steps share one environment.
.NOTPARALLEL:
.PHONY: help demo test coverage lint format bench web clean environment-demo environment-test environment-bench

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: environment-demo web ## install what is missing, import and check the sample, serve it on http://127.0.0.1:8000
	@DUOGUI_ENVIRONMENT=$${DUOGUI_ENVIRONMENT:-development} $(BIN)/duogui demo $(DEMO)

test: environment-test web ## install what is missing and run every test against a PostGIS of its own
	@$(WEB)/npm test
	@$(BIN)/pytest $(PARALLEL) $(TESTS)

coverage: environment-test web ## run every test and tell which lines none of them reaches
	@$(BIN)/pytest $(PARALLEL) --cov --cov-report=term $(TESTS)

lint: environment-test $(WEB_MODULES) ## style, types and import rules, of Python and of the web page
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(WEB)/npm run check
	$(WEB)/npm run lint
	$(WEB)/npm run format:check

format: environment-test $(WEB_MODULES) ## bring the sources into their standard form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(WEB)/npm run format

# With the allocator that the image has.
bench: environment-bench ## measure against the peers, and write benchmarks/RESULTS.md
	@LD_PRELOAD=libjemalloc.so.2 $(BIN)/python -m benchmarks $(BENCH)

web: environment-demo $(WEB_PAGE) ## build the map page

clean: ## remove what was built and installed here; databases are left alone
	rm -rf .venv .stamps $(WEB)/node_modules $(WEB)/dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache \
		.hypothesis .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

environment-demo:
	@scripts/packages.sh demo
	@scripts/environment.sh demo

environment-test:
	@scripts/packages.sh test
	@scripts/environment.sh test

environment-bench:
	@scripts/packages.sh bench
	@scripts/environment.sh bench

# npm writes this file last and afresh at every `npm ci`.
$(WEB_MODULES): $(WEB)/package-lock.json | environment-demo
	$(WEB)/npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(WEB_PAGE): $(WEB_SOURCES) $(WEB_MODULES) | environment-demo
	$(WEB)/npm run build
	@touch $@
