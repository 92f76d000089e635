# make run   set up what is missing and run the product on sample data
# make run-cluster the same as two units on PostgreSQL (the system's, started here for it)
# make test  set up what is missing and run every test
# make check lint, format, types, import directions

PYTHON ?= $(shell command -v python3.11 || command -v python3)
TORCH := 2.13.0
TESTS_AT_ONCE ?= 2
BIN := .venv/bin
UV = $(shell command -v uv || echo .venv/uv/bin/uv)
export RASA_TELEMETRY_ENABLED := false
export PYTHONUNBUFFERED := 1

.PHONY: run run-cluster test check format lock setup setup-dev clean

run: setup
	@$(BIN)/tellonce run

run-cluster: setup
	@$(BIN)/python -m bot.cluster

test: setup-dev
	@$(BIN)/python -m pytest -n $(TESTS_AT_ONCE) --dist loadfile

check: setup-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: setup-dev
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

setup: .venv/.run
setup-dev: .venv/.dev

.venv/.run: requirements.lock pyproject.toml | .venv/.uv
	@echo "Installing libraries (a few minutes the first time) …"
	@$(call install,requirements.lock)
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml | .venv/.uv
	@echo "Installing libraries and test tools (a few minutes the first time) …"
	@$(call install,requirements-dev.lock)
	@touch $@ .venv/.run

# torch is the one package whose build depends on the machine: it comes after the lock, for this one.
define install
	$(UV) pip install -q --python $(BIN)/python --require-hashes -r $(1)
	$(UV) pip install -q --python $(BIN)/python --no-config --no-deps torch==$(TORCH) \
		$(if $(PIP_FIND_LINKS),--find-links $(PIP_FIND_LINKS),--torch-backend $(or $(TORCH_BACKEND),cpu))
	echo "$(CURDIR)" > .venv/lib/python3.11/site-packages/tellonce.pth
	printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m bot "$$@"\n' > $(BIN)/tellonce
	chmod +x $(BIN)/tellonce
endef

.venv/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "TellOnce needs Python 3.11; name it with: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Creating .venv …"
	@$(PYTHON) -m venv .venv || { echo "Install Python's venv module (Debian: apt install python3.11-venv)"; exit 1; }
	@command -v uv >/dev/null || $(BIN)/python -m pip install -qq --disable-pip-version-check --target .venv/uv uv
	@touch $@

# New versions within the bounds of pyproject.toml. The locks hold hashes and no addresses.
lock: .venv/.uv
	@$(UV) pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		pyproject.toml -o requirements.lock
	@$(UV) pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--extra dev pyproject.toml -o requirements-dev.lock

clean:
	@rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache
