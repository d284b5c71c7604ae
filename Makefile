# Everything a person or CI does with this project. `make help` lists it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8080
SAMPLE ?= 1
VENV := .venv
BIN := $(VENV)/bin
PROTOS := $(wildcard proto/duibiao/contracts/v1/*.proto)
CHECKED := tests/unit tests/service/register tests/service/client tests/meta
INSTALL := $(BIN)/pip install -q --disable-pip-version-check

# Each of many processes would compile the code again.
check test soak: export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run check checked test soak bench fmt docs proto secrets lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## all three services on http://127.0.0.1:8080 (PORT=, SAMPLE=0)
	@DUIBIAO_PORT=$(PORT) exec $(BIN)/duibiao up $(if $(filter 0,$(SAMPLE)),--no-sample)

check: $(VENV)/.dev ## linters, types, import rules, tests that need no server
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(CHECKED)

checked: # what CI need not run again
	@echo $(CHECKED)

# Much of a test's time is waiting for servers, so there are more processes than cores.
test: $(VENV)/.dev $(VENV)/.browser ## every test, on real servers
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not soak" tests

soak: $(VENV)/.dev $(VENV)/.browser ## the full counts of the kill, fuzz and volume tests (hours)
	$(BIN)/pytest -m soak -p no:randomly -s --timeout=0 tests

bench: $(VENV)/.dev ## the speed table, both sides of each row in turns (a quarter of an hour, on a quiet machine)
	$(BIN)/python -m bench.speed

fmt: $(VENV)/.dev ## format and mend what the linter can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.dev ## rewrite the tables of docs/ and Grafana's board from the code
	$(BIN)/python -m docs.tables
	$(BIN)/python -m deploy.grafana.board

proto: $(VENV)/.dev ## regenerate duibiao/contracts/v1 from proto/
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m grpc_tools.protoc -I proto --python_out=. --mypy_out=quiet:. $(PROTOS)

secrets: ## passwords for docker compose, into deploy/secrets; those that are there are kept
	@deploy/new-secrets

lock: $(VENV)/.dev ## compile requirements/*.in into locked files with hashes
	for name in run dev; do $(BIN)/uv pip compile requirements/$$name.in -o requirements/$$name.txt \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	  --python-version 3.11 --universal --quiet || exit 1; done

clean: ## remove what the other targets made, local state in var/ apart
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/pip
	$(INSTALL) --require-hashes --no-deps -r requirements/run.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/pip
	$(INSTALL) --require-hashes --no-deps -r requirements/dev.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

$(VENV)/.browser: tests/setup tests/support/servers/kafka-pom.xml | $(VENV)/.dev
	bash tests/setup
	@touch $@
