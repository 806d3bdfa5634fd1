# Every target makes its own .venv when it is missing.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2

.PHONY: run test test-all lint format bench clean

run: .venv
	$(BIN)/territory run scenarios/fes-meknes/baseline.yaml --workers $(WORKERS)

test: .venv
	$(BIN)/pytest -n $(WORKERS)

test-all: .venv
	$(BIN)/pytest -n $(WORKERS) -m "slow or not slow"

lint: .venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv
	$(BIN)/python benchmarks/main_job.py

.venv: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("territory needs Python 3.11 or newer, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[fast,osm,test,lint]"
	touch .venv

clean:
	rm -rf .venv runs
