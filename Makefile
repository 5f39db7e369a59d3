# One-liners that people and CI share. `make help` lists them.
SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
# `PROFILE=quick` builds in seconds, for the edit-and-test loop; timings need the default.
PROFILE ?= release
UV = $(shell command -v uv || echo $(VENV)/bin/uv)
export PYO3_PYTHON := $(CURDIR)/$(PY)
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
# uv's own list of certificates lacks that of a company's proxy; the system's has it.
export UV_SYSTEM_CERTS := 1
# Tests start many processes, and uv leaves libraries uncompiled: each process would compile torch.
unexport PYTHONDONTWRITEBYTECODE

# Real recordings, where they lie beside the project; tests that need them skip without.
ifndef KINEFUSE_DATA
ifneq ($(wildcard ../shared/data),)
export KINEFUSE_DATA := $(abspath ../shared/data)
endif
endif

RUST_SOURCES := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock

.PHONY: help setup demo test test-rust test-python bench bench-quick reproduce reproduce-clmm lint format docs clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.built ## make the environment in .venv and build the extension into it

$(VENV)/bin/python:
	python3 -m venv $(VENV)

$(VENV)/.deps: pyproject.toml constraints.txt | $(VENV)/bin/python
	command -v uv >/dev/null || $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	$(UV) pip install --quiet --python $(PY) --constraint constraints.txt \
		--requirements pyproject.toml --extra all --group dev
	touch $@

$(VENV)/.built: $(VENV)/.deps $(RUST_SOURCES)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/maturin develop --profile $(PROFILE) --locked --uv --quiet
	echo $(PROFILE) > $@

$(VENV)/.peers: $(VENV)/.deps
	$(UV) pip install --quiet --python $(PY) --constraint constraints.txt \
		--requirements pyproject.toml --extra all --group dev --group bench
	touch $@

demo: setup ## the main job: pretrain, fine-tune with few labels, evaluate, report
	$(VENV)/bin/kinefuse demo --out runs/demo $(if $(KINEFUSE_DATA),--data "$(KINEFUSE_DATA)/utd-mhad")

test: test-rust test-python bench-quick ## all tests, Rust and Python

test-rust: setup
	if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --locked -p kinefuse-core -p kinefuse-dispatch; \
	else cargo test --locked -p kinefuse-core -p kinefuse-dispatch; fi

# Files go to as many processes as there are cores; each computes on one thread.
test-python: setup
	OMP_NUM_THREADS=1 $(PY) -m pytest -p no:benchmark \
		-n $$(getconf _NPROCESSORS_ONLN) --dist loadfile --no-loadscope-reorder

# A table of a build made for editing would mislead: this one is always of a release build.
bench: $(VENV)/.peers ## kinefuse beside its peers, in one run; writes benches/RESULTS.md
	grep -qx release $(VENV)/.built || rm -f $(VENV)/.built
	$(MAKE) setup PROFILE=release
	mkdir -p runs && rm -f runs/bench.json
	status=0; $(PY) -m pytest benches -q -p no:cacheprovider --benchmark-quiet --benchmark-disable-gc \
		--benchmark-max-time=0.5 --benchmark-json=runs/bench.json || status=$$?; \
	$(PY) benches/report.py runs/bench.json benches/RESULTS.md && exit $$status

bench-quick: setup ## every benchmark once, on little data, untimed: they still run and agree
	$(PY) -m pytest benches -q --benchmark-disable

reproduce: setup ## the tables of docs/results, from UTD-MHAD in KINEFUSE_DATA
	$(VENV)/bin/kinefuse reproduce cmc-cmkm --data "$(KINEFUSE_DATA)/utd-mhad" --out runs/reproduce --docs docs/results

reproduce-clmm: setup ## the tables of CLMM, from the recordings in KINEFUSE_DATA; takes hours
	for table in clmm clmm-ablation; do \
		$(VENV)/bin/kinefuse reproduce $$table --data "$(KINEFUSE_DATA)" --out runs/clmm --docs docs/results || exit; done

lint: setup ## what CI checks besides the tests
	cargo fmt --check
	cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/stubtest --allowlist <(echo 'kinefuse._native.__all__') kinefuse._native

format: setup ## rewrite the sources in the project's format
	cargo fmt
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

docs: setup ## the documentation, into docs/_build/html
	$(PY) -m sphinx -W -b html docs docs/_build/html

clean: ## remove what the build made, the environment too
	rm -rf $(VENV) target docs/_build runs
